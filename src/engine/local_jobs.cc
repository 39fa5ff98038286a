#include "engine/local_jobs.h"

#include <sys/statvfs.h>
#include <unistd.h>
#include <algorithm>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "engine/row_queue.h"

namespace millrace::engine {
namespace {

class JobRows final : public RowStream {
 public:
  JobRows(Schema schema, std::shared_ptr<RowQueue> queue, std::shared_ptr<Job> job)
      : schema_(std::move(schema)), queue_(std::move(queue)), job_(std::move(job)) {}
  ~JobRows() override { job_->Cancel(); }

  const Schema& schema() const override { return schema_; }
  Result<std::optional<Batch>> Next(int64_t max_wait_millis) override {
    bool ended = false;
    std::optional<Batch> batch = queue_->Take(max_wait_millis, ended);
    if (!ended) return batch ? std::move(batch) : std::optional(Batch());
    if (job_->state() == JobState::kFailed) return job_->error();
    return std::optional<Batch>();
  }

 private:
  Schema schema_;
  std::shared_ptr<RowQueue> queue_;
  std::shared_ptr<Job> job_;
};

}  // namespace

TaskManagerReport DescribeProcess(const std::string& data_directory) {
  TaskManagerReport report;
  const int64_t page = sysconf(_SC_PAGESIZE);
  report.process_id = getpid();
  report.cpu_cores = std::thread::hardware_concurrency();
  report.physical_memory = sysconf(_SC_PHYS_PAGES) * page;
  int64_t total = 0;
  int64_t resident = 0;
  if (std::ifstream("/proc/self/statm") >> total >> resident) report.resident_memory = resident * page;
  report.data_directory = data_directory;
  struct statvfs disk{};
  if (statvfs(data_directory.empty() ? "/" : data_directory.c_str(), &disk) == 0) {
    report.disk_free = static_cast<int64_t>(disk.f_bavail) * static_cast<int64_t>(disk.f_frsize);
  }
  return report;
}

LocalJobs::LocalJobs(Options options, JobDirectory* directory)
    : options_(std::move(options)), directory_(directory), start_millis_(SystemClock().WallMillis()) {}

Result<PlannedJob> LocalJobs::Plan(const JobSpec& spec) const {
  MR_ASSIGN(PlannedJob planned, PlanJob(spec, options_.environment));
  JobOptions& job = planned.options;
  const bool has_folder = !spec.checkpoint_directory.empty() || !job.settings.checkpoints.directory.empty();
  if (!spec.query && !has_folder && !options_.state_directory.empty()) {
    job.checkpoint_directory = options_.state_directory + "/" + spec.id;
  }
  job.resumable = !spec.query && !options_.state_directory.empty();
  return planned;
}

Status LocalJobs::Submit(const JobSpec& spec) {
  if (directory_->Find(spec.id) != nullptr) {
    return UserError(fmt::format("Job {} is already here.", spec.id)).WithCode("JOB_EXISTS");
  }
  MR_ASSIGN(PlannedJob planned, Plan(spec));
  MR_ASSIGN(auto job, Job::Start(std::move(planned.result.plan), std::move(planned.options)));
  directory_->Add(std::move(job));
  return Ok();
}

Result<std::unique_ptr<RowStream>> LocalJobs::Query(const JobSpec& spec) {
  MR_ASSIGN(PlannedJob planned, Plan(spec));
  auto queue = std::make_shared<RowQueue>();
  planned.options.rows = queue;
  MR_ASSIGN(auto started, Job::Start(std::move(planned.result.plan), std::move(planned.options)));
  std::shared_ptr<Job> job = std::move(started);
  directory_->Add(job);
  return std::unique_ptr<RowStream>(
      std::make_unique<JobRows>(std::move(planned.result.schema), std::move(queue), std::move(job)));
}

std::vector<JobReport> LocalJobs::Jobs() const {
  std::vector<JobReport> out;
  for (const auto& job : directory_->Jobs()) out.push_back(job->Report());
  return out;
}

std::optional<JobReport> LocalJobs::Find(std::string_view id) const {
  const auto job = directory_->Find(id);
  return job == nullptr ? std::nullopt : std::optional(job->Report());
}

Result<std::shared_ptr<Job>> LocalJobs::Known(std::string_view id) const {
  auto job = directory_->Find(id);
  if (job == nullptr) return JobNotFound(id);
  return job;
}

Result<std::shared_ptr<Job>> LocalJobs::Running(std::string_view id) const {
  MR_ASSIGN(auto job, Known(id));
  if (HasEnded(job->state())) return JobEnded(id, JobStateName(job->state()));
  return job;
}

Status LocalJobs::Cancel(std::string_view id) {
  MR_ASSIGN(const auto job, Running(id));
  job->Cancel();
  return Ok();
}

Result<std::string> LocalJobs::StopWithSavepoint(std::string_view id, std::string directory, bool drain) {
  MR_ASSIGN(const auto job, Running(id));
  return job->StopWithSavepoint(std::move(directory), drain);
}

Result<std::string> LocalJobs::TakeSavepoint(std::string_view id, std::string directory) {
  MR_ASSIGN(const auto job, Running(id));
  return job->TakeSavepoint(std::move(directory));
}

Result<std::string> LocalJobs::TakeCheckpoint(std::string_view id) {
  MR_ASSIGN(const auto job, Running(id));
  return job->TakeCheckpoint();
}

Result<EdgeSample> LocalJobs::SampleEdge(std::string_view id, uint32_t operator_id, size_t limit) {
  MR_ASSIGN(const auto job, Running(id));
  return job->SampleEdge(operator_id, limit);
}

std::vector<TaskManagerReport> LocalJobs::TaskManagers() const {
  TaskManagerReport report = DescribeProcess(options_.state_directory);
  report.id = options_.id;
  report.start_millis = start_millis_;
  report.last_heartbeat_millis = SystemClock().WallMillis();
  report.slots = options_.slots;
  uint32_t used = 0;
  for (const auto& job : directory_->Jobs()) {
    if (HasEnded(job->state())) continue;
    used += job->parallelism();
    report.jobs.push_back(job->id());
  }
  report.free_slots = report.slots - std::min(used, report.slots);
  return {std::move(report)};
}

Result<std::string> LocalJobs::TaskManagerText(std::string_view task_manager, std::string_view what) {
  if (!task_manager.empty() && task_manager != options_.id) {
    return TaskManagerNotFound(task_manager);
  }
  if (!options_.text) return UserError(fmt::format("This process keeps no {} of its own.", what));
  return options_.text(what);
}

}  // namespace millrace::engine
