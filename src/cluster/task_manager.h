#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/job_service.h"
#include "engine/session.h"

namespace millrace::cluster {

struct TaskManagerOptions {
  std::string job_manager;  // of its rpc port: "http://127.0.0.1:6123"
  std::string bind_host = "127.0.0.1";
  std::string host;  // under which the job manager reaches it; "" = bind_host, or this machine's name
  int port = 0;      // 0: any free one
  std::vector<std::string> allowed_hosts;  // further names (http::GuardForPrograms)
  uint32_t slots = 1;
  // Checkpoints lie in "<data_dir>/jobs/<job id>", unless the job names a folder. Where several task managers shall
  // take jobs over from each other this is one folder for all.
  std::string data_dir;
  int64_t heartbeat_interval_millis = 1'000;
  engine::SessionEnvironment environment;  // of the sessions that plan the jobs
  // Makes the page "metrics" (Prometheus) of its jobs, which outlive the page; empty = there is none.
  std::function<std::function<std::string()>(const engine::JobService& jobs)> metrics;
};

// Runs the jobs that a job manager hands it, and reports them. Goes on with them while the job manager is away; tells
// what became of them when it is back. Thread-safe.
class TaskManager {
 public:
  // Listens on return; the job manager need not be there yet.
  static Result<std::unique_ptr<TaskManager>> Start(TaskManagerOptions options);
  ~TaskManager();  // cancels what runs; says nothing to the job manager

  // Takes no more jobs, stops those that run behind a last checkpoint (cancels what has not stopped after
  // `max_wait_millis`) and tells the job manager, so that they go on elsewhere.
  void Leave(int64_t max_wait_millis);

  const std::string& id() const;  // "host:port-1a2b3c"
  int port() const;

 private:
  struct Impl;
  explicit TaskManager(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::cluster
