#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "data/batch.h"
#include "plan/physical.h"

namespace millrace::engine {

enum class JobState { kRunning, kFinished, kFailed, kCanceled };
std::string_view JobStateName(JobState state);  // "RUNNING" ..

// One look at a running job; all counts since its start.
struct JobMetrics {
  int64_t records_in = 0;         // rows out of all sources
  double records_per_second = 0;  // over the last seconds
  int64_t records_out = 0;        // rows into sinks and to the client
  int64_t watermark = INT64_MIN;  // the lowest of all sources; INT64_MIN = none yet, INT64_MAX = end of input
  int64_t windows_fired = 0;      // rows that window aggregations emitted
  int64_t late_rows = 0;          // dropped because their window had fired
  int64_t bad_records = 0;        // could not be decoded and were skipped or logged
  struct Split {
    std::string name;  // "SALES-0"
    int64_t watermark = INT64_MIN;
    bool idle = false;
  };
  std::vector<Split> splits;
};

struct JobOptions {
  Clock* clock = &SystemClock();
  std::string job_id;
  // Rows of the kCollect root; called on slot threads, one call at a time.
  std::function<void(const Batch&)> on_rows;
  // How long a source or sink whose other side is away may keep retrying before the job fails.
  int64_t external_retry_millis = 60'000;
};

// A running job: one thread per slot. Thread-safe.
class Job {
 public:
  static Result<std::unique_ptr<Job>> Start(std::shared_ptr<plan::PhysicalPlan> plan, JobOptions options);
  ~Job();  // cancels and waits

  void Cancel();                 // asks to stop; sinks flush what they have
  bool WaitFor(int64_t millis);  // true when the job has ended
  void Wait();
  JobState state() const;
  const Error& error() const;  // of a failed job
  JobMetrics metrics() const;
  const std::string& id() const;
  const std::string& name() const;

 private:
  struct Impl;
  explicit Job(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::engine
