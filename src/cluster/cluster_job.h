#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/job_report.h"
#include "engine/job_settings.h"
#include "engine/job_spec.h"

namespace millrace::cluster {

// A job as the job manager keeps it, in memory and on disk.
struct ClusterJob {
  enum class Phase {
    kWaiting,    // for slots, or for the pause of its restart strategy
    kDeploying,  // handed to a task manager that has not answered yet
    kRunning,
    kEnded,
  };

  engine::JobSpec spec;
  engine::RestartSettings restart;
  int64_t ordinal = 0;  // in order of submission
  int64_t submit_millis = 0;
  Phase phase = Phase::kWaiting;
  uint32_t attempt = 0;      // number of the last time it was handed to a task manager
  std::string task_manager;  // that it was handed to; "" while it waits
  bool cancel_requested = false;
  bool started = false;  // has run, since it was submitted
  bool has_checkpoints = false;
  int64_t changed_millis = 0;  // of `phase`
  std::string waiting_for;     // why it does not run, where this is not a matter of slots
  // What earlier attempts have left: failures, checkpoints and how often it was started again.
  engine::JobReport past;
  std::shared_ptr<const engine::JobReport> report;  // the present attempt's last one; never null

  bool ended() const { return phase == Phase::kEnded; }
  bool placed() const { return phase == Phase::kDeploying || phase == Phase::kRunning; }
};

// What is known of a job before it has run.
std::shared_ptr<const engine::JobReport> FirstReport(const engine::JobSpec& spec);
// Adds what the present attempt has seen to `job.past`: the attempt is over.
void FoldAttempt(ClusterJob& job);
// The job as everybody sees it. `waiting_for` is the reason to show while it waits for slots.
engine::JobReport ReportOf(const ClusterJob& job, const std::string& waiting_for, int64_t now_millis);

codec::Json ToJson(const ClusterJob& job);
Result<ClusterJob> ClusterJobFromJson(const codec::Json& json);

}  // namespace millrace::cluster
