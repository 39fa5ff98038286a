#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace millrace::http {
class Router;
}

namespace millrace::server {

// The header "Server" of every answer: how a client tells our SQL gateway from Flink's, which /info does not.
inline constexpr std::string_view kServerHeader = "Millrace";

struct Address {
  std::string host = "127.0.0.1";
  int port = 0;                   // 0: any free one
  std::string home = "overview";  // the page of the web app that an address without a path opens: that or "topics"
};

struct WebOptions {
  std::vector<Address> addresses;  // 18081 REST and pages, 9021 console, 8083 SQL gateway: all serve the same
  // Names besides loopback, plain addresses, the machine's own and those in `addresses` (RequestGuard).
  std::vector<std::string> allowed_hosts;
  size_t max_body_bytes = size_t{8} << 20;
  int64_t max_changes_per_second = 200;  // of one peer
  Clock* clock = &SystemClock();
};

// A group of routes.
struct Routes {
  std::function<void(http::Router&)> add;  // to the router that all addresses share
  std::function<void()> before_stop;       // may be absent; runs while requests are still answered
};

// All that Millrace serves over HTTP: the routes it is given, and the web app at "/". The app's own addresses are
// behind
// '#', so that none clashes with Flink's bare paths (/jobs, /overview ..).
class WebServer {
 public:
  // Listens on return. What the routes use outlives the server.
  static Result<std::unique_ptr<WebServer>> Start(const WebOptions& options, std::vector<Routes> routes);
  ~WebServer();  // stops: ends streams, waits for handlers at work
  int port(size_t address = 0) const;

 private:
  struct Impl;
  explicit WebServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::server
