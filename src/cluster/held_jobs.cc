#include "cluster/held_jobs.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine/job.h"

namespace millrace::cluster {
namespace {

constexpr size_t kAnswerBytes = size_t{1} << 20;  // of rows, in one answer

Error ShuttingDown() {
  return UserError("a task manager that is shutting down").WithCode(std::string(kCheckpointsHeld));
}

// Whether the job's checkpoints outlive it although it ended well.
bool Retains(const engine::JobReport& report) {
  if (report.state != "CANCELED") return false;
  const auto settings = engine::ReadJobSettings(engine::Config(report.settings));
  return !settings.ok() || settings->checkpoints.retain_on_cancel;
}

}  // namespace

HeldJobs::HeldJobs(Options options) : options_(std::move(options)), local_(options_.local, &directory_) {}

HeldJobs::~HeldJobs() { CancelAll(); }

void HeldJobs::CancelAll() {
  for (const auto& job : directory_.Jobs()) job->Cancel();
  for (const auto& job : directory_.Jobs()) job->Wait();
}

std::shared_ptr<HeldJobs::Held> HeldJobs::Find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto it = held_.find(id);
  return it == held_.end() ? nullptr : it->second;
}

// The folder of the checkpoints becomes this process's.
Status HeldJobs::Claim(Held& held) const {
  const engine::JobSpec& spec = held.deployment.spec;
  if (spec.query) return Ok();
  held.folder = spec.checkpoint_directory.empty() ? options_.data_dir + "/jobs/" + spec.id : spec.checkpoint_directory;
  if (held.deployment.needs_checkpoints && !RealFileSystem().Exists(held.folder)) {
    return UserError(
               fmt::format("The checkpoints of job {} are not at {} of {}.", spec.id, held.folder, options_.owner))
        .WithHint(
            "Give all task managers the same --data-dir, or set execution.checkpointing.dir to a folder that all "
            "machines share.")
        .WithCode(std::string(kCheckpointsNotFound));
  }
  auto lock = DirectoryLock::Acquire(held.folder, options_.owner);
  if (!lock.ok() && lock.error().code != "DIRECTORY_IN_USE") {
    return std::move(lock).error().InContext(fmt::format("The checkpoints of job {}", spec.id));
  }
  if (!lock.ok()) {
    return UserError(fmt::format("the checkpoints of job {}. {}", spec.id, lock.error().message))
        .WithHint("The job goes on when that process answers again, or has ended.")
        .WithCode(std::string(kCheckpointsHeld));
  }
  held.lock.emplace(std::move(*lock));
  return Ok();
}

Status HeldJobs::Run(Held& held) {
  MR_TRY(Claim(held));
  engine::JobSpec spec = held.deployment.spec;
  spec.checkpoint_directory = held.folder;
  if (!spec.query) return local_.Submit(spec);
  auto rows = local_.Query(spec);
  if (!rows.ok()) return std::move(rows).error();
  held.rows = std::move(*rows);
  return Ok();
}

Status HeldJobs::Start(const Deployment& deployment) {
  const std::string& id = deployment.spec.id;
  if (const auto there = Find(id)) {
    if (there->deployment.attempt == deployment.attempt) return Ok();
    const auto report = local_.Find(id);
    if (!there->started || (report && !report->ended())) {
      (void)local_.Cancel(id).ok();
      return UserError(fmt::format("Job {} still runs here as attempt {}.", id, there->deployment.attempt))
          .WithCode(std::string(kCheckpointsHeld));
    }
    Drop({id, there->deployment.attempt}, true);
  }
  auto held = std::make_shared<Held>();
  held->deployment = deployment;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return ShuttingDown();
    if (!held_.emplace(id, held).second) return Ok();  // the same call, twice at once
  }
  Status started = Run(*held);
  {
    const std::lock_guard lock(mutex_);
    held->started = started.ok() && !stopping_;
    if (held->started) return started;
  }
  // Of a job that started while all are being stopped nobody was told.
  if (const auto job = directory_.Find(id)) {
    job->Cancel();
    job->Wait();
    directory_.Remove(id);
  }
  const std::lock_guard lock(mutex_);
  held_.erase(id);
  return started.ok() ? ShuttingDown() : started;
}

std::vector<RunningJob> HeldJobs::Report() {
  std::vector<RunningJob> out;
  std::set<std::string> stopped;  // by value: entries may go meanwhile
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, held] : held_) {
      if (!held->started) continue;
      if (held->stopped) stopped.insert(id);
      RunningJob& job = out.emplace_back();
      job.id = id;
      job.attempt = held->deployment.attempt;
      if (std::exchange(held->describe, false)) job.spec = held->deployment.spec;
    }
  }
  for (RunningJob& job : out) {
    if (auto report = local_.Find(job.id)) job.report = std::move(*report);
    // It stops for a while only.
    if (stopped.contains(job.id) && job.report.state != "FAILED") job.report.state = "RUNNING";
  }
  return out;
}

size_t HeldJobs::num_ended() const {
  size_t count = 0;
  for (const auto& job : directory_.Jobs()) count += job->end_millis() >= 0 ? 1 : 0;
  return count;
}

void HeldJobs::Obey(const HeartbeatAnswer& answer) {
  for (const JobAttempt& job : answer.cancel) {
    const auto held = Find(job.id);
    if (held != nullptr && held->deployment.attempt == job.attempt && local_.Cancel(job.id).ok())
      Log(LogLevel::kInfo, "taskmanager", "Job {} is cancelled, as the job manager says.", job.id);
  }
  for (const JobAttempt& job : answer.forget) Drop(job, false);
  for (const JobAttempt& job : answer.leave) Drop(job, true);
  const std::lock_guard lock(mutex_);
  for (const std::string& id : answer.describe) {
    if (const auto it = held_.find(id); it != held_.end()) it->second->describe = true;
  }
}

void HeldJobs::Drop(const JobAttempt& job, bool keep_checkpoints) {
  std::shared_ptr<Held> held;
  std::optional<engine::JobReport> report;
  {
    const std::lock_guard lock(mutex_);
    const auto it = held_.find(job.id);
    if (it == held_.end() || !it->second->started || it->second->deployment.attempt != job.attempt) return;
    report = local_.Find(job.id);
    if (report && !report->ended()) return;
    held = std::move(it->second);
    held_.erase(it);
    directory_.Remove(job.id);
  }
  const bool ended_well = report && report->state != "FAILED" && !Retains(*report);
  if (!keep_checkpoints && !held->deployment.spec.resumable && ended_well && !held->folder.empty()) {
    (void)RealFileSystem().RemoveTree(held->folder).ok();
  }
}

Result<std::string> HeldJobs::TakeRows(std::string_view id, int64_t max_wait_millis) {
  const auto held = Find(id);
  if (held == nullptr || !held->started || held->rows == nullptr) return engine::JobNotFound(id);
  const std::lock_guard reader(held->rows_mutex);
  std::string frames;
  while (!held->rows_ended && frames.size() < kAnswerBytes) {
    if (held->next_row == held->batch.num_rows) {
      auto rows = held->rows->Next(frames.empty() ? max_wait_millis : 0);
      if (!rows.ok()) {
        AppendError(rows.error(), frames);
        return frames;
      }
      held->rows_ended = !rows->has_value();
      if (held->rows_ended) break;
      if ((*rows)->num_rows == 0) return frames;
      held->batch = std::move(**rows);
      held->next_row = 0;
    }
    held->next_row = AppendRows(held->batch, held->next_row, kAnswerBytes, frames);
  }
  if (held->rows_ended) AppendEnd(frames);
  return frames;
}

bool HeldJobs::StopAll(int64_t max_wait_millis) {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& [id, held] : held_) {
      const auto report = held->started ? local_.Find(id) : std::nullopt;
      held->stopped = report && !report->ended();
    }
  }
  const auto jobs = directory_.Jobs();
  for (const auto& job : jobs) job->Stop();
  const int64_t deadline = SystemClock().MonotonicNanos() / 1'000'000 + max_wait_millis;
  bool all = true;
  for (const auto& job : jobs) {
    if (job->WaitFor(std::max<int64_t>(0, deadline - SystemClock().MonotonicNanos() / 1'000'000))) continue;
    all = false;
    Log(LogLevel::kWarn, "taskmanager", "{} has not stopped in {} ms and is cancelled.", job->name(), max_wait_millis);
    job->Cancel();
  }
  for (const auto& job : jobs) job->Wait();
  // Another may go on with them from here on.
  const std::lock_guard lock(mutex_);
  for (const auto& [id, held] : held_) {
    if (held->started) held->lock.reset();
  }
  return all;
}

}  // namespace millrace::cluster
