#include "engine/job.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "exec/task.h"

namespace millrace::engine {

std::string_view JobStateName(JobState state) {
  switch (state) {
    case JobState::kRunning: return "RUNNING";
    case JobState::kFinished: return "FINISHED";
    case JobState::kFailed: return "FAILED";
    case JobState::kCanceled: return "CANCELED";
  }
  return "?";
}

struct Job::Impl {
  std::shared_ptr<plan::PhysicalPlan> plan;
  JobOptions options;
  std::mutex rows_mutex;  // serialises on_rows
  std::unique_ptr<exec::BadRecords> bad_records;
  exec::TaskShared shared;
  std::vector<std::unique_ptr<exec::Task>> tasks;
  std::vector<std::thread> threads;

  mutable std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  uint32_t num_open = 0;     // slots that are built or failed to
  uint32_t num_running = 0;  // slots whose thread goes on
  JobState state = JobState::kRunning;
  Error error;
  bool has_error = false;

  mutable std::mutex rate_mutex;
  mutable int64_t rate_nanos = 0;
  mutable int64_t rate_records = 0;
  mutable double rate = 0;

  void Fail(Error why) {
    const std::lock_guard lock(mutex);
    if (!has_error) {
      has_error = true;
      error = std::move(why);
    }
    shared.cancelled.store(true);
  }

  void RunSlot(exec::Task& task) {
    Status status = task.Build();
    {
      std::unique_lock lock(mutex);
      ++num_open;
      changed.notify_all();
      // Nothing is read before every slot has found its sinks and sources.
      changed.wait(lock, [&] { return num_open == tasks.size(); });
    }
    if (status.ok()) status = task.Run();
    if (!status.ok()) Fail(std::move(status).error());
    EndSlot();
  }

  void EndSlot() {
    {
      const std::lock_guard lock(mutex);
      if (--num_running > 0) return;
    }
    const Status flushed = bad_records->Flush();
    if (!flushed.ok()) Fail(flushed.error());
    const std::lock_guard lock(mutex);
    state = has_error ? JobState::kFailed : shared.cancelled.load() ? JobState::kCanceled : JobState::kFinished;
    changed.notify_all();
  }
};

Job::Job(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Job>> Job::Start(std::shared_ptr<plan::PhysicalPlan> plan, JobOptions options) {
  auto impl = std::make_unique<Impl>();
  impl->plan = std::move(plan);
  impl->options = std::move(options);
  impl->bad_records = std::make_unique<exec::BadRecords>(*impl->plan);
  exec::TaskShared& shared = impl->shared;
  shared.plan = impl->plan.get();
  shared.clock = impl->options.clock;
  shared.external_retry_millis = impl->options.external_retry_millis;
  shared.bad_records = impl->bad_records.get();
  Impl* raw = impl.get();
  shared.on_rows = [raw](const Batch& batch) {
    const std::lock_guard lock(raw->rows_mutex);
    if (raw->options.on_rows) raw->options.on_rows(batch);
  };
  exec::MakeChannels(shared);
  for (uint32_t slot = 0; slot < impl->plan->parallelism; ++slot) {
    impl->tasks.push_back(std::make_unique<exec::Task>(&shared, slot));
  }
  impl->num_running = impl->plan->parallelism;
  impl->rate_nanos = impl->options.clock->MonotonicNanos();
  for (auto& task : impl->tasks) impl->threads.emplace_back([raw, one = task.get()] { raw->RunSlot(*one); });
  return std::unique_ptr<Job>(new Job(std::move(impl)));
}

Job::~Job() {
  Cancel();
  for (std::thread& thread : impl_->threads) thread.join();
}

void Job::Cancel() { impl_->shared.cancelled.store(true); }

bool Job::WaitFor(int64_t millis) {
  std::unique_lock lock(impl_->mutex);
  return impl_->changed.wait_for(lock, std::chrono::milliseconds(millis),
                                 [&] { return impl_->state != JobState::kRunning; });
}

void Job::Wait() {
  std::unique_lock lock(impl_->mutex);
  impl_->changed.wait(lock, [&] { return impl_->state != JobState::kRunning; });
}

JobState Job::state() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->state;
}

const Error& Job::error() const { return impl_->error; }
const std::string& Job::id() const { return impl_->options.job_id; }
const std::string& Job::name() const { return impl_->plan->job_name; }

JobMetrics Job::metrics() const {
  JobMetrics out;
  {
    // Vertices appear while slots are built.
    const std::lock_guard lock(impl_->mutex);
    if (impl_->num_open < impl_->tasks.size()) return out;
  }
  bool any_split = false;
  int64_t lowest = INT64_MAX;
  for (const auto& task : impl_->tasks) {
    for (const auto& vertex : task->vertices()) {
      using Kind = plan::PhysicalKind;
      const Kind kind = vertex->node->kind;
      const exec::OperatorMetrics& metrics = vertex->metrics;
      if (kind == Kind::kSource || kind == Kind::kValues) out.records_in += metrics.records_out.Get();
      if (kind == Kind::kSink || kind == Kind::kCollect) out.records_out += metrics.records_out.Get();
      out.late_rows += metrics.late_rows.Get();
      out.windows_fired += metrics.windows_fired.Get();
      out.bad_records += metrics.bad_records.Get();
    }
    for (exec::SplitStatus& split : task->splits()) {
      any_split = true;
      if (!split.idle) lowest = std::min(lowest, split.watermark);
      out.splits.push_back({std::move(split.name), split.watermark, split.idle});
    }
  }
  if (any_split) out.watermark = lowest;
  const std::lock_guard lock(impl_->rate_mutex);
  const int64_t now = impl_->options.clock->MonotonicNanos();
  if (now - impl_->rate_nanos > 500'000'000) {
    impl_->rate =
        static_cast<double>(out.records_in - impl_->rate_records) * 1e9 / static_cast<double>(now - impl_->rate_nanos);
    impl_->rate_nanos = now;
    impl_->rate_records = out.records_in;
  }
  out.records_per_second = impl_->rate;
  return out;
}

}  // namespace millrace::engine
