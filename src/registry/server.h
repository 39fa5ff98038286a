#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "registry/schema_log.h"

namespace millrace::registry {

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 8081;                         // 0: any free one
  std::vector<std::string> allowed_hosts;  // further names (http::GuardForPrograms)
  size_t max_body_bytes = size_t{4} << 20;
};

// A Confluent-compatible schema registry on a port of its own. Answers once the whole log is read.
class Server {
 public:
  static Result<std::unique_ptr<Server>> Start(const ServerOptions& options, std::unique_ptr<SchemaLog> log);
  ~Server();  // stops
  int port() const;
  void Stop();  // ends the requests at work; the log is closed by the destructor

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::registry
