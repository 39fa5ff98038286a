#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "engine/job_directory.h"
#include "engine/job_service.h"
#include "engine/plan_job.h"
#include "engine/session.h"

namespace millrace::engine {

// This process and the machine under it; the caller knows id, address, slots and jobs.
TaskManagerReport DescribeProcess(const std::string& data_directory);

// The jobs of this process: those it is given, and those that others put into its directory. Thread-safe.
class LocalJobs final : public JobService {
 public:
  struct Options {
    SessionEnvironment environment;  // of the sessions that plan the jobs
    // Checkpoints of jobs whose settings name no folder, each below its id: kept however a job ends, and found again by
    // a job of the same id. "" = a temporary folder for each.
    std::string state_directory;
    uint32_t slots = 1;  // what TaskManagers() says; a job starts however few are free
    std::string id = "local";
    // TaskManagerText; empty = there is none.
    std::function<Result<std::string>(std::string_view what)> text;
  };
  // `directory` outlives this and the streams of its queries.
  LocalJobs(Options options, JobDirectory* directory);

  Status Submit(const JobSpec& spec) override;
  Result<std::unique_ptr<RowStream>> Query(const JobSpec& spec) override;
  std::vector<JobReport> Jobs() const override;
  std::optional<JobReport> Find(std::string_view id) const override;
  Status Cancel(std::string_view id) override;
  Result<std::string> StopWithSavepoint(std::string_view id, std::string directory, bool drain) override;
  Result<std::string> TakeSavepoint(std::string_view id, std::string directory) override;
  Result<std::string> TakeCheckpoint(std::string_view id) override;
  Result<EdgeSample> SampleEdge(std::string_view id, uint32_t operator_id, size_t limit) override;
  std::vector<TaskManagerReport> TaskManagers() const override;
  Result<std::string> TaskManagerText(std::string_view task_manager, std::string_view what) override;

 private:
  Result<PlannedJob> Plan(const JobSpec& spec) const;
  Result<std::shared_ptr<Job>> Known(std::string_view id) const;    // JOB_NOT_FOUND
  Result<std::shared_ptr<Job>> Running(std::string_view id) const;  // JOB_ENDED too

  Options options_;
  JobDirectory* directory_;
  int64_t start_millis_;
};

}  // namespace millrace::engine
