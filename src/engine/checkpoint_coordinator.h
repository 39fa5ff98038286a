#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connect/job_context.h"
#include "engine/checkpoint_report.h"
#include "engine/job_run.h"
#include "engine/job_settings.h"
#include "state/checkpoint_storage.h"

namespace millrace::engine {

// Takes the checkpoints of a job and decides what a run starts from (docs/exactly-once.md). One thread: the job's.
class CheckpointCoordinator {
 public:
  struct JobInfo {
    std::string id;
    std::string name;
    const plan::PhysicalPlan* plan = nullptr;
    Clock* clock = nullptr;
    FileSystem* files = nullptr;
    JobSettings settings;
    std::string directory;  // of this job's checkpoints
    std::string process;    // hex digits that no other process has
  };
  explicit CheckpointCoordinator(JobInfo job);

  // Before the first run: whether the state of `execution.state-recovery.path`, if the job will start from it, fits.
  Status CheckRestorePath();
  // Before a run: tells the sinks, ends what earlier runs left open, finds the state to start from. Fails when that
  // state does not fit the job.
  Status PrepareRun();
  const exec::RestorePoint* restore() const { return restore_ ? &*restore_ : nullptr; }
  // For the job's report: the checkpoint that is being taken, and what the run begins from; id 0 = none.
  CheckpointReport in_progress() const;
  CheckpointReport restored() const;
  bool enabled() const { return job_.settings.checkpoints.enabled(); }

  // While a run goes on: does what is due and returns how many millis may pass until the next call. An error ends the
  // run.
  Result<int64_t> Advance(JobRun& run);
  // The last checkpoint of a run that stops: after it the sources are silent. Done when last_id() has moved.
  void RequestStop(bool drain, const std::string& savepoint_folder);
  // A savepoint; `folder` "": a checkpoint, not waiting for its time.
  void RequestSnapshot(const std::string& folder);
  uint64_t next_id() const { return next_id_; }
  // A run has found damage: whether it began from what was not checked before. From now on all is.
  bool StopTrustingOwn();
  bool stopped() const { return stopped_; }  // the checkpoint of RequestStop is complete
  // The run is cancelled, or its checkpoint failed: slots that wait for a sink's other side leave.
  void CancelSinks();
  // The slots of the run have left. A savepoint that was being taken has failed; one that was only asked for, and a
  // checkpoint that was, is taken by the next run.
  void EndRun();
  // The job is over for good; `keep`: its checkpoints stay.
  void Close(bool keep);

  void OnReport(std::function<void(const CheckpointReport&)> take) { on_report_ = std::move(take); }

 private:
  struct Pending {
    uint64_t id = 0;
    int64_t trigger_nanos = 0;  // monotonic
    bool stop = false;
    bool final = false;
    bool asked = false;  // somebody waits for this checkpoint
    std::string savepoint_folder;
    bool savepoint_done = false;
    CheckpointReport report;                     // as far as it is known
    std::vector<state::SlotSnapshot> snapshots;  // once all have come
    int64_t snapshots_nanos = 0;                 // monotonic: when they had
    bool stored = false;
    std::string last_error;  // why it could not be stored so far
  };
  bool savepoint_failed() const;  // of pending_: told already; the checkpoint goes on
  Status OpenStorage();
  Status JoinSinks();
  using Marker = std::optional<connect::CheckpointName>;
  Result<Marker> RecoverCommitters();
  Result<std::optional<exec::RestorePoint>> ChooseRestorePoint(const Marker& marker);
  // Removes snapshots whose rows are in transactions that were not committed.
  Status DropUncommitted(const Marker& marker);
  Result<std::optional<exec::RestorePoint>> LoadNewest(const Marker& marker);
  Result<exec::RestorePoint> LoadPath(const std::string& path);
  // Whether the sinks' rows of the snapshot at the path that is restored are there for readers.
  Status CheckCommitted(const exec::RestorePoint& point, const Marker& marker) const;
  Status CheckState(const exec::RestorePoint& point) const;
  state::StateLayout LayoutOf(const plan::PhysicalNode& node) const;
  Status Trigger(JobRun& run, bool stop);
  Status Complete(JobRun& run);
  Status StoreCheckpoint();
  void StoreSavepoint(JobRun& run);
  void NoteStored(const state::CheckpointMetadata& stored);
  // The job goes on when it was to stop with the savepoint that has failed.
  void CallOffStop();
  int64_t MillisLeft() const;  // until the pending checkpoint expires
  Status Expire(JobRun& run);
  // What is on the disk of a pending checkpoint that nobody will commit.
  void Discard();
  state::CheckpointMetadata Metadata() const;
  void Report(const std::string& failure);
  int64_t Monotonic() const { return job_.clock->MonotonicNanos() / 1'000'000; }

  JobInfo job_;
  connect::JobContext context_;
  std::optional<state::CheckpointStorage> storage_;
  std::optional<exec::RestorePoint> restore_;
  bool trusts_own_ = true;  // checkpoints of this process were written well
  bool path_verified_ = false;
  uint64_t next_id_ = 1;
  std::optional<Pending> pending_;
  int64_t last_trigger_ = 0;  // monotonic millis
  int64_t last_end_ = 0;
  int64_t failures_ = 0;           // in a row
  bool said_intolerable_ = false;  // JoinSinks is called for every run
  int64_t next_write_ = 0;         // after a write that failed
  bool final_done_ = false;
  bool stop_requested_ = false;
  bool drain_ = false;
  bool stopped_ = false;
  std::string savepoint_folder_;
  bool snapshot_requested_ = false;
  std::function<void(const CheckpointReport&)> on_report_;
};

}  // namespace millrace::engine
