#include "engine/job_run.h"

#include <algorithm>
#include <chrono>

namespace millrace::engine {

JobRun::JobRun(const plan::PhysicalPlan& plan, Options options)
    : backend_(std::move(options.backend)),
      bad_records_(std::make_unique<exec::BadRecords>(plan)),
      rows_(std::move(options.rows)),
      num_running_(plan.parallelism) {
  shared_.plan = &plan;
  shared_.clock = options.clock;
  start_nanos_ = options.clock->MonotonicNanos();
  shared_.external_retry_millis = options.external_retry_millis;
  shared_.bad_records = bad_records_.get();
  shared_.align = options.align;
  shared_.restore = options.restore;
  shared_.backend = backend_.get();
  shared_.on_rows = [this, take = std::move(options.on_rows)](const Batch& batch) {
    const std::lock_guard lock(rows_mutex_);
    if (rows_) rows_->Put(batch, shared_.cancelled);
    if (take) take(batch);
  };
  shared_.on_snapshot = [this](int64_t checkpoint, state::SlotSnapshot snapshot) {
    const std::lock_guard lock(mutex_);
    if (checkpoint < snapshots_of_) return;  // it has expired
    if (checkpoint > snapshots_of_) snapshots_.clear();
    snapshots_of_ = checkpoint;
    snapshots_.push_back(std::move(snapshot));
    ++changes_;
    changed_.notify_all();
  };
  shared_.on_finished = [this](uint32_t) {
    const std::lock_guard lock(mutex_);
    ++num_finished_;
    ++changes_;
    changed_.notify_all();
  };
  exec::MakeChannels(shared_);
  for (uint32_t slot = 0; slot < plan.parallelism; ++slot) {
    tasks_.push_back(std::make_unique<exec::Task>(&shared_, slot));
  }
}

JobRun::~JobRun() {
  Cancel();
  for (std::thread& thread : threads_) thread.join();
}

void JobRun::Start() {
  for (auto& task : tasks_) threads_.emplace_back([this, one = task.get()] { RunSlot(*one); });
}

void JobRun::Cancel() {
  shared_.cancelled.store(true);
  if (rows_) rows_->Wake();
}

void JobRun::Fail(Error why, Place place) {
  const std::lock_guard lock(mutex_);
  if (!error_) {
    error_ = std::move(why);
    failed_at_ = place;
    ++changes_;
    changed_.notify_all();
  }
  Cancel();
}

void JobRun::RunSlot(exec::Task& task) {
  Status status = task.Build();
  {
    std::unique_lock lock(mutex_);
    ++num_open_;
    all_built_ &= status.ok();
    ++changes_;
    changed_.notify_all();
    // Nothing is read before every slot has found its sinks and sources.
    changed_.wait(lock, [&] { return num_open_ == tasks_.size(); });
  }
  if (status.ok()) status = task.Run();
  if (!status.ok()) Fail(std::move(status).error(), {task.failed(), task.slot()});
  bool last = false;
  {
    const std::lock_guard lock(mutex_);
    last = num_running_ == 1;
    if (!last) --num_running_;
  }
  if (!last) return;
  const Status flushed = bad_records_->Flush();
  if (!flushed.ok()) Fail(flushed.error(), {});
  const std::lock_guard lock(mutex_);
  num_running_ = 0;
  end_nanos_ = shared_.clock->MonotonicNanos();
  ++changes_;
  changed_.notify_all();
}

void JobRun::WaitForChange(int64_t millis) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(millis), [&] { return changes_ != seen_changes_; });
  seen_changes_ = changes_;
}

void JobRun::Wake() {
  const std::lock_guard lock(mutex_);
  ++changes_;
  changed_.notify_all();
}

bool JobRun::open() const {
  const std::lock_guard lock(mutex_);
  return num_open_ == tasks_.size() && all_built_;
}

bool JobRun::all_finished() const {
  const std::lock_guard lock(mutex_);
  return num_finished_ == tasks_.size();
}

bool JobRun::ended() const {
  const std::lock_guard lock(mutex_);
  return num_running_ == 0;
}

std::optional<Error> JobRun::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

JobRun::Place JobRun::failed_at() const {
  const std::lock_guard lock(mutex_);
  return failed_at_;
}

int64_t JobRun::lasted_millis() const {
  const std::lock_guard lock(mutex_);
  return ((end_nanos_ == 0 ? shared_.clock->MonotonicNanos() : end_nanos_) - start_nanos_) / 1'000'000;
}

std::vector<state::SlotSnapshot> JobRun::TakeSnapshots(int64_t checkpoint) {
  const std::lock_guard lock(mutex_);
  if (snapshots_of_ != checkpoint || snapshots_.size() != tasks_.size()) return {};
  // They came in any order; operators get their parts back in that of the slots.
  std::sort(snapshots_.begin(), snapshots_.end(), [](const auto& a, const auto& b) { return a.slot < b.slot; });
  return std::move(snapshots_);
}

}  // namespace millrace::engine
