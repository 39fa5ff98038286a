#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/job_service.h"
#include "engine/session.h"

namespace millrace::cluster {

struct JobManagerOptions {
  std::string data_dir;  // keeps "<data_dir>/jobmanager/jobs.db"
  std::string bind_host = "127.0.0.1";
  int port = 0;                            // for task managers; 0: any free one
  std::vector<std::string> allowed_hosts;  // further names of that port (http::GuardForPrograms)
  engine::SessionEnvironment environment;  // of the sessions that check jobs
  int64_t heartbeat_timeout_millis = 5'000;
  size_t max_ended = 1'000;  // ended jobs that are remembered
  // No task manager has outlived the last job manager (both are one process): its jobs start again at once.
  bool alone = false;
};

// The jobs of a cluster: takes them, keeps them on disk, hands them to task managers with free slots, and to another
// one when theirs is lost. It is not on the path of their data: they run on while it is away.
class JobManager final : public engine::JobService {
 public:
  // Listens for task managers on return. Fails when another process works with the data folder.
  static Result<std::unique_ptr<JobManager>> Start(JobManagerOptions options);
  ~JobManager() override;  // jobs run on; the streams of queries must be gone

  // A job of an id that is known and has ended runs once more; of one that has not, the spec holds from its next start
  // on. Two running jobs of one name: the later one gets a number behind it.
  Status Submit(const engine::JobSpec& spec) override;
  Result<std::unique_ptr<engine::RowStream>> Query(const engine::JobSpec& spec) override;
  std::vector<engine::JobReport> Jobs() const override;
  std::optional<engine::JobReport> Find(std::string_view id) const override;
  Status Cancel(std::string_view id) override;
  Result<std::string> StopWithSavepoint(std::string_view id, std::string directory, bool drain) override;
  Result<std::string> TakeSavepoint(std::string_view id, std::string directory) override;
  Result<std::string> TakeCheckpoint(std::string_view id) override;
  Result<engine::EdgeSample> SampleEdge(std::string_view id, uint32_t operator_id, size_t limit) override;
  std::vector<engine::TaskManagerReport> TaskManagers() const override;
  Result<std::string> TaskManagerText(std::string_view task_manager, std::string_view what) override;

  // Until something was reported or decided, at most so long.
  void AwaitChange(int64_t max_millis);
  int port() const;

 private:
  struct Impl;
  class Rows;
  explicit JobManager(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::cluster
