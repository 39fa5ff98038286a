#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/result.h"
#include "engine/job_settings.h"

namespace millrace::engine {

// Mistakes of the user, bad records and damaged checkpoints come again with every run; a job that another process has
// taken over must not take it back.
bool MayRestart(const Error& error);

// Decides after each failure whether and when the job starts again.
class RestartStrategy {
 public:
  // `random`: numbers in [0, 1) for the jitter, injected so that tests know them.
  RestartStrategy(RestartSettings settings, double (*random)());

  // A failure at `now_millis` (monotonic) of a run that began at `started_millis`: how long to wait, or nullopt when
  // the job has failed for good.
  std::optional<int64_t> DelayAfterFailure(int64_t started_millis, int64_t now_millis);

 private:
  const RestartSettings settings_;
  double (*random_)();
  int64_t failures_ = 0;
  double delay_ = 0;
  std::deque<int64_t> recent_;  // of the failure rate
};

}  // namespace millrace::engine
