#pragma once

#include "net/asio.h"
#include "net/frame_connection.h"

// Private to net/: takes over a connected socket of `loop`.
namespace millrace::net {

std::shared_ptr<FrameConnection> MakeTcpFrameConnection(EventLoop& loop, asio::ip::tcp::socket socket,
                                                        FrameLimits limits);

}  // namespace millrace::net
