#pragma once

#include "net/frame_connection.h"

// Private to net/.
namespace millrace::net {

// Takes over a connected TCP socket; to be used on the thread of `loop`.
std::shared_ptr<FrameConnection> AdoptTcpSocket(EventLoop& loop, int descriptor, bool is_v6, FrameLimits limits);

}  // namespace millrace::net
