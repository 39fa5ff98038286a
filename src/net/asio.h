#pragma once

// The one place that fixes how standalone Asio is compiled; for .cc files of net/ only. asio.cc holds its code.
#define ASIO_STANDALONE 1
#define ASIO_NO_DEPRECATED 1
#define ASIO_SEPARATE_COMPILATION 1

#include <asio/connect.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>

#include "net/event_loop.h"

namespace millrace::net {

struct EventLoop::Impl {
  asio::io_context io{1};  // one thread
};

}  // namespace millrace::net
