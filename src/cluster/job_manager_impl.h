#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"
#include "cluster/job_manager.h"
#include "cluster/job_store.h"
#include "cluster/scheduler.h"
#include "cluster/task_manager_link.h"
#include "engine/plan_job.h"
#include "http/router.h"
#include "http/server.h"

namespace millrace::cluster {

// The threads of the job manager: one that lets the scheduler decide, stores what changed and passes orders on; those
// of the server that task managers report to; two per task manager (TaskManagerLink). The mutex guards the scheduler
// and is never held across a call or a write.
struct JobManager::Impl {
 public:
  static Result<std::unique_ptr<Impl>> Start(JobManagerOptions options);
  ~Impl();

  int port() const { return server_->port(); }
  const JobManagerOptions& options() const { return options_; }
  http::Client& calls() { return calls_; }  // for callers' threads

  template <typename F>
  auto WithScheduler(F use) {
    const std::lock_guard lock(mutex_);
    return use(*scheduler_);
  }
  // Until `done(scheduler)` or `millis` have passed.
  template <typename F>
  void WaitUntil(int64_t millis, F done) {
    std::unique_lock lock(mutex_);
    decided_.wait_for(lock, std::chrono::milliseconds(millis), [&] { return done(*scheduler_); });
  }
  void AwaitChange(int64_t max_millis) {
    std::unique_lock lock(mutex_);
    decided_.wait_for(lock, std::chrono::milliseconds(max_millis));
  }
  void Wake();  // something is to be decided

  // The job is on disk on return.
  Status Accept(const engine::JobSpec& spec, const engine::PlannedJob& planned);
  // Of the task manager that runs the job.
  Result<std::string> AddressOfJob(std::string_view id);
  // What a task manager is asked for: a relative folder means the working folder of this process. Without one it is the
  // job's own, else that of the cluster's present configuration, as in Flink.
  Result<codec::Json> SavepointBody(std::string_view id, std::string directory);
  Result<std::string> AskForSnapshot(std::string_view id, std::string_view action, const codec::Json& body);

 private:
  explicit Impl(JobManagerOptions options);
  void AddRoutes();
  http::Response OnHeartbeat(const http::Request& request);
  void Decide();  // the thread
  void Store(const Scheduler::Changes& changes);
  void PassOn(std::vector<Scheduler::Order> orders, const std::vector<Scheduler::CancelOrder>& cancels);
  void Deploy(http::Client& client, const Scheduler::Order& order);
  void UpdateLinks(const std::vector<engine::TaskManagerReport>& task_managers);

  const JobManagerOptions options_;
  std::optional<DirectoryLock> lock_;
  std::unique_ptr<JobStore> store_;
  http::Client calls_;
  http::Client savepoint_calls_;
  http::Router router_;
  std::unique_ptr<http::Server> server_;

  std::mutex mutex_;
  std::condition_variable woken_;
  std::condition_variable decided_;       // and after every heartbeat
  std::unique_ptr<Scheduler> scheduler_;  // under mutex_, as all below
  bool woken_flag_ = false;
  bool stopping_ = false;

  // Of the thread.
  std::map<std::string, std::unique_ptr<TaskManagerLink>> links_;  // by task manager
  std::vector<std::unique_ptr<TaskManagerLink>> retired_links_;    // until their last calls have ended
  std::thread thread_;
};

}  // namespace millrace::cluster
