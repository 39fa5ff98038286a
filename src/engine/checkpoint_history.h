#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "engine/checkpoint_report.h"

namespace millrace::engine {

struct JobReport;

// The checkpoints of a job over all its runs, for its report. Not thread-safe.
class CheckpointHistory {
 public:
  // A run begins, from this checkpoint; id 0 = from nothing.
  void OnRun(CheckpointReport restored, int64_t now_millis);
  // The one that is being taken; id 0 = none.
  void OnProgress(CheckpointReport in_progress) { in_progress_ = std::move(in_progress); }
  void OnEnd(const CheckpointReport& report);

  const std::vector<CheckpointReport>& last() const { return last_; }  // the last 20, oldest first
  void FillIn(JobReport& job) const;

 private:
  CheckpointReport in_progress_;
  CheckpointReport restored_;
  std::vector<CheckpointReport> last_;
  int64_t times_restored_ = 0;
  int64_t num_completed_ = 0;
  int64_t num_failed_ = 0;
};

}  // namespace millrace::engine
