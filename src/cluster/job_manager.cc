#include "cluster/job_manager.h"

#include "cluster/cluster_calls.h"
#include "cluster/job_manager_impl.h"
#include "cluster/process_text.h"
#include "engine/local_jobs.h"

namespace millrace::cluster {
namespace {

constexpr int64_t kEndKnownMillis = 5'000;  // how long a stopped job's end may be on its way

}  // namespace

JobManager::JobManager(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JobManager::~JobManager() = default;

Result<std::unique_ptr<JobManager>> JobManager::Start(JobManagerOptions options) {
  MR_ASSIGN(auto impl, Impl::Start(std::move(options)));
  return std::unique_ptr<JobManager>(new JobManager(std::move(impl)));
}

void JobManager::AwaitChange(int64_t max_millis) { impl_->AwaitChange(max_millis); }
int JobManager::port() const { return impl_->port(); }

Status JobManager::Submit(const engine::JobSpec& spec) {
  MR_ASSIGN(const engine::PlannedJob planned, engine::PlanJob(spec, impl_->options().environment));
  return impl_->Accept(spec, planned);
}

std::vector<engine::JobReport> JobManager::Jobs() const {
  return impl_->WithScheduler([](Scheduler& scheduler) { return scheduler.Reports(); });
}

std::optional<engine::JobReport> JobManager::Find(std::string_view id) const {
  return impl_->WithScheduler([&](Scheduler& scheduler) { return scheduler.Report(id); });
}

Status JobManager::Cancel(std::string_view id) {
  const Status cancelled = impl_->WithScheduler([&](Scheduler& scheduler) { return scheduler.Cancel(id); });
  impl_->Wake();
  return cancelled;
}

Result<std::string> JobManager::StopWithSavepoint(std::string_view id, std::string directory, bool drain) {
  MR_ASSIGN(codec::Json body, impl_->SavepointBody(id, std::move(directory)));
  body.Set("drain", drain);
  MR_ASSIGN(std::string path, impl_->AskForSnapshot(id, "stop", body));
  impl_->WaitUntil(kEndKnownMillis, [&](Scheduler& scheduler) {
    const ClusterJob* job = scheduler.Find(id);
    return job == nullptr || job->ended();
  });
  return path;
}

Result<std::string> JobManager::TakeSavepoint(std::string_view id, std::string directory) {
  MR_ASSIGN(const codec::Json body, impl_->SavepointBody(id, std::move(directory)));
  return impl_->AskForSnapshot(id, "savepoint", body);
}

Result<std::string> JobManager::TakeCheckpoint(std::string_view id) {
  return impl_->AskForSnapshot(id, "checkpoint", codec::Json::MakeObject());
}

Result<engine::EdgeSample> JobManager::SampleEdge(std::string_view id, uint32_t operator_id, size_t limit) {
  MR_ASSIGN(const std::string address, impl_->AddressOfJob(id));
  MR_ASSIGN(const codec::Json answer,
            Call(impl_->calls(), "GET", fmt::format("{}/jobs/{}/edges/{}?limit={}", address, id, operator_id, limit)));
  return EdgeSampleFromJson(answer);
}

std::vector<engine::TaskManagerReport> JobManager::TaskManagers() const {
  return impl_->WithScheduler([](Scheduler& scheduler) { return scheduler.TaskManagers(); });
}

Result<std::string> JobManager::TaskManagerText(std::string_view task_manager, std::string_view what) {
  if (task_manager.empty()) return ProcessText(what);
  const auto address = impl_->WithScheduler([&](Scheduler& scheduler) { return scheduler.AddressOf(task_manager); });
  if (!address) {
    return engine::TaskManagerNotFound(task_manager);
  }
  return CallText(impl_->calls(), fmt::format("{}/{}", *address, http::UrlEncode(what)));
}

// The rows of a query, fetched from its task manager while they are read.
class JobManager::Rows final : public engine::RowStream {
 public:
  Rows(Impl* manager, std::string id, Schema schema)
      : manager_(manager), id_(std::move(id)), schema_(std::move(schema)) {}
  ~Rows() override {
    manager_->WithScheduler([&](Scheduler& scheduler) { scheduler.CloseRows(id_); });
    manager_->Wake();
  }

  const Schema& schema() const override { return schema_; }

  Result<std::optional<Batch>> Next(int64_t max_wait_millis) override {
    if (ended_) return std::optional<Batch>();
    if (position_ == frames_.size()) {
      MR_ASSIGN(const auto address, AwaitAddress(max_wait_millis));
      if (ended_) return std::optional<Batch>();
      if (!address) return std::optional(Batch());
      position_ = 0;
      MR_ASSIGN(frames_,
                CallText(manager_->calls(), fmt::format("{}/jobs/{}/rows?wait={}", *address, id_, max_wait_millis)));
      if (frames_.empty()) return std::optional(Batch());
    }
    std::string_view left = std::string_view(frames_).substr(position_);
    MR_ASSIGN(Frame frame, TakeFrame(left, schema_));
    position_ = frames_.size() - left.size();
    if (frame.kind == FrameKind::kError) return frame.error;
    ended_ = frame.kind == FrameKind::kEnd;
    return ended_ ? std::optional<Batch>() : std::optional(std::move(frame.rows));
  }

 private:
  // Of the job's task manager; nullopt while there is none.
  Result<std::optional<std::string>> AwaitAddress(int64_t max_wait_millis) {
    manager_->WaitUntil(max_wait_millis, [&](Scheduler& scheduler) {
      const ClusterJob* job = scheduler.Find(id_);
      return job == nullptr || job->ended() || job->phase == ClusterJob::Phase::kRunning;
    });
    return manager_->WithScheduler([&](Scheduler& scheduler) -> Result<std::optional<std::string>> {
      const ClusterJob* job = scheduler.Find(id_);
      if (job == nullptr) return engine::JobNotFound(id_);
      auto address = scheduler.AddressOf(job->task_manager);
      // It may have ended with rows left; but what never ran, or whose task manager is gone, has none.
      if (job->ended() && (!job->started || !address)) {
        if (job->report->state == "FAILED") return LastFailure(*job);
        ended_ = true;
      }
      return job->phase == ClusterJob::Phase::kDeploying ? std::nullopt : std::move(address);
    });
  }

  static Error LastFailure(const ClusterJob& job) {
    const auto& failures = job.report->failures;
    return ExternalError(failures.empty() ? "The query has failed." : failures.back().message, Retry::kNo)
        .WithCode(failures.empty() ? "" : failures.back().code);
  }

  Impl* const manager_;
  const std::string id_;
  const Schema schema_;
  std::string frames_;
  size_t position_ = 0;  // in frames_
  bool ended_ = false;
};

Result<std::unique_ptr<engine::RowStream>> JobManager::Query(const engine::JobSpec& spec) {
  MR_ASSIGN(engine::PlannedJob planned, engine::PlanJob(spec, impl_->options().environment));
  MR_TRY(impl_->Accept(spec, planned));
  return std::unique_ptr<engine::RowStream>(
      std::make_unique<Rows>(impl_.get(), spec.id, std::move(planned.result.schema)));
}

}  // namespace millrace::cluster
