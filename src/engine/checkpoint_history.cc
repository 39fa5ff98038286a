#include "engine/checkpoint_history.h"

#include "engine/job_report.h"

namespace millrace::engine {
namespace {

constexpr size_t kKept = 20;

}  // namespace

void CheckpointHistory::OnRun(CheckpointReport restored, int64_t now_millis) {
  restored_ = std::move(restored);
  if (restored_.id == 0) return;
  times_restored_ += 1;
  restored_.restored_millis = now_millis;
  for (CheckpointReport& report : last_) {
    if (report.path == restored_.path) report.restored_millis = now_millis;
  }
}

void CheckpointHistory::OnEnd(const CheckpointReport& report) {
  if (in_progress_.id == report.id) in_progress_ = {};  // in no report twice
  (report.failure.empty() ? num_completed_ : num_failed_) += 1;
  last_.push_back(report);
  if (last_.size() > kKept) last_.erase(last_.begin());
}

void CheckpointHistory::FillIn(JobReport& job) const {
  job.in_progress = in_progress_;
  job.restored = restored_;
  job.checkpoints = last_;
  job.times_restored = times_restored_;
  job.checkpoints_completed = num_completed_;
  job.checkpoints_failed = num_failed_;
}

}  // namespace millrace::engine
