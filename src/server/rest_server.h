#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "engine/job_directory.h"

namespace millrace::server {

struct RestOptions {
  std::string host = "127.0.0.1";
  int port = 18081;  // 0: any free one
};

// Flink's REST API over the jobs of this process (docs: Flink 1.20, "REST API").
class RestServer {
 public:
  // `jobs` outlives the server.
  static Result<std::unique_ptr<RestServer>> Start(const RestOptions& options, engine::JobDirectory& jobs);
  ~RestServer();  // stops; waits for savepoints at work
  int port() const;

 private:
  struct Impl;
  explicit RestServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::server
