#include "engine/checkpoint_coordinator.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/failpoint.h"
#include "base/log.h"
#include "base/strings.h"
#include "data/hash.h"
#include "exec/state_layout.h"

namespace millrace::engine {
namespace {

constexpr int64_t kWriteAgainMillis = 1'000;
constexpr int64_t kIdleMillis = 1'000;               // nothing is due
constexpr const char* kCommittedName = "committed";  // number of the last checkpoint that was committed

void VisitNodes(const plan::PhysicalNode& node, const std::function<void(const plan::PhysicalNode&)>& visit) {
  for (const auto& input : node.inputs) VisitNodes(*input, visit);
  visit(node);
}

void VisitNodes(const plan::PhysicalPlan& plan, const std::function<void(const plan::PhysicalNode&)>& visit) {
  for (const auto& root : plan.roots) VisitNodes(*root, visit);
}

bool HoldsState(const state::StoredOperator& part) {
  return !part.values.empty() || part.num_entries > 0 || !part.native_files.empty() || !part.splits.empty();
}

CheckpointReport::StateSize SizeOf(const state::StoredOperator& part) {
  CheckpointReport::StateSize out;
  out.bytes = static_cast<int64_t>(part.size + part.values.size());
  for (const auto& split : part.splits) out.bytes += static_cast<int64_t>(split.position.size());
  out.added_bytes = out.bytes;
  for (const state::StoredFile& file : part.native_files) {
    out.bytes += static_cast<int64_t>(file.size);
    if (file.added) out.added_bytes += static_cast<int64_t>(file.size);
  }
  return out;
}

// By operator, in the order of the plan.
void AddSizes(const state::CheckpointMetadata& metadata, CheckpointReport& report) {
  report.state_bytes = report.added_bytes = 0;
  report.operators.clear();
  for (const auto& op : metadata.operators) {
    CheckpointReport::OperatorSize size{.name = op.name};
    CheckpointReport::StateSize sum;
    bool any = false;
    for (const state::StoredOperator& part : metadata.parts) {
      if (part.uid != op.uid) continue;
      any |= HoldsState(part);
      const CheckpointReport::StateSize in_slot = SizeOf(part);
      size.slots.resize(std::max<size_t>(size.slots.size(), part.slot + 1));
      size.slots[part.slot] = in_slot;
      sum += in_slot;
      size.rows += static_cast<int64_t>(part.num_entries);
    }
    if (!any) continue;
    report.state_bytes += sum.bytes;
    report.added_bytes += sum.added_bytes;
    report.operators.push_back(std::move(size));
  }
}

std::vector<CheckpointReport::SlotTimes> TimesOf(const std::vector<state::SlotSnapshot>& slots, int64_t trigger_nanos) {
  constexpr int64_t kNanosPerMilli = 1'000'000;
  std::vector<CheckpointReport::SlotTimes> out;
  for (const state::SlotSnapshot& slot : slots) {
    out.push_back({.start_delay_millis = (slot.begin_nanos - trigger_nanos) / kNanosPerMilli,
                   .alignment_millis = (slot.end_nanos - slot.begin_nanos - slot.sync_nanos) / kNanosPerMilli,
                   .sync_millis = slot.sync_nanos / kNanosPerMilli});
  }
  return out;
}

// What the state has positions in and the source does not read any more.
std::set<std::string> NotReadAnyMore(const state::CheckpointMetadata& metadata, const plan::PhysicalNode& node) {
  std::set<std::string> out;
  if (node.source == nullptr) return out;
  for (const state::StoredOperator& part : metadata.parts) {
    if (part.uid != node.uid) continue;
    for (const auto& split : part.splits) out.insert(node.source->NotReadAnyMore(split.name));
  }
  out.erase("");
  return out;
}

// The number in the note beside a job's checkpoints; 0 without one.
uint64_t CommittedBeside(FileSystem& files, const std::string& checkpoint) {
  const auto text = ReadWholeFile(files, checkpoint.substr(0, checkpoint.rfind('/')) + "/" + kCommittedName);
  return text.ok() ? static_cast<uint64_t>(ParseInt64(Trim(*text)).value_or(0)) : 0;
}

}  // namespace

CheckpointCoordinator::CheckpointCoordinator(JobInfo job) : job_(std::move(job)) {}

Status CheckpointCoordinator::OpenStorage() {
  if (!enabled() || storage_) return Ok();
  MR_ASSIGN(storage_,
            state::CheckpointStorage::Open(*job_.files, job_.directory, job_.settings.checkpoints.num_retained,
                                           job_.settings.checkpoints.incremental));
  return Ok();
}

Status CheckpointCoordinator::CheckRestorePath() {
  if (job_.settings.restore_path.empty()) return Ok();
  MR_TRY(OpenStorage());
  if (storage_ && !storage_->finished().empty()) {
    Log(LogLevel::kInfo, "checkpoint",
        "Job {} goes on from its own checkpoints in {}: 'execution.state-recovery.path' is for its first start.",
        job_.name, job_.directory);
    return Ok();
  }
  MR_ASSIGN(const exec::RestorePoint point, LoadPath(job_.settings.restore_path));
  return CheckState(point);
}

Status CheckpointCoordinator::PrepareRun() {
  restore_.reset();
  final_done_ = false;
  // Half an interval for the first one: what a killed job wrote anew is seen sooner (Flink: a random part of it).
  last_trigger_ = Monotonic() - job_.settings.checkpoints.interval / 2;
  last_end_ = Monotonic();
  MR_TRY(OpenStorage());
  MR_TRY(JoinSinks());
  MR_ASSIGN(const auto marker, RecoverCommitters());
  MR_ASSIGN(restore_, ChooseRestorePoint(marker));
  FailPoint("checkpoint.read");
  if (restore_) MR_TRY(CheckState(*restore_));
  if (storage_) MR_TRY(storage_->RemoveUnusedNativeFiles());
  // Within a process no number is used twice.
  if (storage_ && !storage_->finished().empty()) next_id_ = std::max(next_id_, storage_->finished().back() + 1);
  if (marker) next_id_ = std::max(next_id_, marker->number + 1);
  for (auto& [system, committer] : context_.committers) MR_TRY(committer->Begin(next_id_));
  return Ok();
}

Status CheckpointCoordinator::JoinSinks() {
  const CheckpointSettings& settings = job_.settings.checkpoints;
  context_ = {.job_id = job_.id,
              .job_name = job_.name,
              .checkpoints = settings.enabled(),
              .exactly_once = settings.enabled() && settings.exactly_once,
              .unit_millis = settings.interval + settings.min_pause + settings.timeout};
  for (const auto& root : job_.plan->roots) {
    if (root->sink != nullptr) MR_TRY(root->sink->Join(context_));
  }
  if (settings.tolerable_failures > 0 && !context_.committers.empty() && !std::exchange(said_intolerable_, true)) {
    Log(LogLevel::kWarn, "checkpoint",
        "Job {}: 'execution.checkpointing.tolerable-failed-checkpoints' = '{}' has no effect on sinks that write "
        "exactly once: rows of a checkpoint that failed cannot be committed later, so the job goes back to the last "
        "one.",
        job_.name, settings.tolerable_failures);
  }
  if (context_.committers.size() > 1) {
    std::string names;
    for (const auto& [system, committer] : context_.committers)
      names += (names.empty() ? "" : " and ") + committer->name();
    return ValidationError("One job cannot write exactly once to " + names + ": nothing commits to both at once.")
        .WithHint("Split it into a job per cluster, or set 'sink.delivery-guarantee' = 'at-least-once' on one side.");
  }
  return Ok();
}

Result<CheckpointCoordinator::Marker> CheckpointCoordinator::RecoverCommitters() {
  for (auto& [system, committer] : context_.committers) {
    auto marker = committer->Recover();
    if (!marker.ok()) return std::move(marker).error().InContext(committer->name());
    return *marker;
  }
  return Marker();
}

Result<std::optional<exec::RestorePoint>> CheckpointCoordinator::ChooseRestorePoint(const Marker& marker) {
  if (storage_) MR_TRY(DropUncommitted(marker));
  const bool holds_some = storage_ && !storage_->finished().empty();
  const bool from_path = !holds_some && !job_.settings.restore_path.empty();
  if (storage_ && !from_path && (marker || holds_some)) return LoadNewest(marker);
  if (job_.settings.restore_path.empty()) return std::optional<exec::RestorePoint>();
  MR_ASSIGN(exec::RestorePoint point, LoadPath(job_.settings.restore_path));
  MR_TRY(CheckCommitted(point, marker));
  return std::optional(std::move(point));
}

// A job's sinks may change between two runs, from exactly-once to others or back.
Status CheckpointCoordinator::DropUncommitted(const Marker& marker) {
  const std::vector<uint64_t>& finished = storage_->finished();
  const uint64_t noted = finished.empty() ? 0 : CommittedBeside(*job_.files, storage_->FolderOf(finished.back()));
  const bool transactions = !context_.committers.empty();
  const uint64_t committed = !transactions ? noted : marker ? marker->number : 0;
  size_t kept = finished.size();
  for (; kept > 0 && finished[kept - 1] > committed; --kept) {
    const auto metadata = state::ReadMetadata(*job_.files, storage_->FolderOf(finished[kept - 1]));
    if (metadata.ok() && !metadata->transactional) break;  // counts by itself
    if (!metadata.ok() && metadata.error().code != "CHECKPOINT_DAMAGED") return metadata.error();
    if (!metadata.ok() && !transactions) break;
    if (transactions && (noted > committed || (!marker && job_.files->Exists(job_.directory + "/" + kCommittedName)))) {
      return UserError(fmt::format("{} has lost the number of the last checkpoint of job {}; {} holds checkpoint {}.",
                                   context_.committers.begin()->second->name(), job_.name, job_.directory,
                                   finished.back()))
          .WithHint(
              fmt::format("Its group's offsets were deleted or have expired (offsets.retention.minutes), or no table "
                          "and transactional id prefix is as it was. To go on from that checkpoint move {} away "
                          "and SET 'execution.state-recovery.path' to its chk-{}.",
                          job_.directory, finished.back()));
    }
    // The next one is taken behind the commit of the one before: only the newest may lack it.
    if (!transactions && kept == 1) {
      return UserError(fmt::format("Checkpoint {} of job {} in {} may not have been committed: the rows that its "
                                   "sinks wrote before it would be lost.",
                                   finished[0], job_.name, job_.directory))
          .WithHint("Run the job once more with its exactly-once sinks, or move that folder away to begin anew.");
    }
    if (!transactions) {
      --kept;
      break;
    }
  }
  return kept == finished.size() ? Ok() : storage_->RemoveNewerThan(kept == 0 ? 0 : finished[kept - 1]);
}

Status CheckpointCoordinator::CheckCommitted(const exec::RestorePoint& point, const Marker& marker) const {
  const state::CheckpointMetadata& snapshot = point.metadata;
  const bool own = snapshot.job_id == job_.id;
  if (own && marker && marker->number > snapshot.id) {
    return UserError(
               fmt::format("Job {} has committed checkpoint {} since it took {}: its rows would be written again.",
                           job_.name, marker->number, point.folder))
        .WithHint(fmt::format("To go on: put the folder back that holds checkpoint {}. To go back on purpose: start "
                              "with another pipeline.name.",
                              marker->number));
  }
  if (!snapshot.transactional) return Ok();
  uint64_t committed = own && marker ? marker->number : 0;
  if (!snapshot.savepoint) committed = std::max(committed, CommittedBeside(*point.files, point.folder));
  for (const auto& [system, committer] : context_.committers) {
    MR_ASSIGN(const Marker theirs, committer->CommittedBy(snapshot.job_id));
    if (theirs) committed = std::max(committed, theirs->number);
  }
  // The path of a savepoint is told once its rows are committed.
  if (committed >= snapshot.id || (snapshot.savepoint && committed == 0)) {
    if (committed > snapshot.id)
      Log(LogLevel::kWarn, "checkpoint",
          "Job {} starts from {}, but checkpoint {} was committed after it: the rows in "
          "between are written again.",
          job_.name, point.folder, committed);
    return Ok();
  }
  return UserError(fmt::format("Checkpoint {} of job {} in {} was not committed, as far as can be seen: the rows that "
                               "its sinks wrote before it would be lost.",
                               snapshot.id, snapshot.job_name, point.folder))
      .WithHint(committed > 0 ? fmt::format("Restore checkpoint {}, the last that was.", committed)
                              : "Restore an earlier checkpoint or a savepoint. Where the sinks' pipeline.name or "
                                "transactional id prefix has changed, start with the old one.");
}

Result<std::optional<exec::RestorePoint>> CheckpointCoordinator::LoadNewest(const Marker& marker) {
  const std::vector<uint64_t>& finished = storage_->finished();
  if (marker && (finished.empty() || finished.back() < marker->number)) {
    return UserError(fmt::format("Checkpoint {} of job {} was committed, but {} does not hold it.", marker->number,
                                 job_.name, job_.directory))
        .WithHint("Was the folder moved or removed? Start with another pipeline.name to begin anew.");
  }
  for (size_t i = finished.size(); i-- > 0;) {
    auto metadata = storage_->Load(finished[i], trusts_own_ ? job_.process : "");
    if (metadata.ok()) {
      if (marker && finished[i] == marker->number && metadata->taken_by != marker->taken_by) {
        return UserError(fmt::format("Checkpoint {} of job {} was taken by another process than the one in {}.",
                                     marker->number, job_.name, job_.directory))
            .WithHint("The job went on from another folder: start it there.");
      }
      return std::optional(exec::RestorePoint{job_.files, storage_->FolderOf(finished[i]), *std::move(metadata)});
    }
    if (metadata.error().code != "CHECKPOINT_DAMAGED" || i == 0) return std::move(metadata).error();
    Log(LogLevel::kWarn, "checkpoint", "{}; going back to checkpoint {}{}", metadata.error().message, finished[i - 1],
        context_.committers.empty() ? "" : ": rows written between the two are written again");
  }
  return std::optional<exec::RestorePoint>();
}

Result<exec::RestorePoint> CheckpointCoordinator::LoadPath(const std::string& path) {
  const std::string folder =
      path.ends_with(std::string("/") + state::kMetadataName) ? path.substr(0, path.rfind('/')) : path;
  MR_ASSIGN(state::CheckpointMetadata metadata, state::ReadMetadata(*job_.files, folder));
  if (!path_verified_ || metadata.has_native_files()) MR_TRY(state::VerifyCheckpoint(*job_.files, folder, metadata));
  path_verified_ = true;
  return exec::RestorePoint{job_.files, folder, std::move(metadata)};
}

state::StateLayout CheckpointCoordinator::LayoutOf(const plan::PhysicalNode& node) const {
  return exec::StateLayoutOf(node, job_.plan->zone == nullptr ? "" : job_.plan->zone->name());
}

// Everything in the snapshot must belong to an operator of the job that reads it the same way.
Status CheckpointCoordinator::CheckState(const exec::RestorePoint& point) const {
  if (point.metadata.key_groups != kDefaultKeyGroups) {
    return UserError(fmt::format("{} has {} key groups, jobs here have {}.", point.folder, point.metadata.key_groups,
                                 kDefaultKeyGroups));
  }
  std::set<std::string> with_state;
  for (const state::StoredOperator& part : point.metadata.parts) {
    if (HoldsState(part)) with_state.insert(part.uid);
  }
  std::map<std::string, const plan::PhysicalNode*> nodes;
  VisitNodes(*job_.plan, [&](const plan::PhysicalNode& node) { nodes[node.uid] = &node; });
  std::vector<std::string> unclaimed;
  std::vector<std::string> changed;
  for (const auto& op : point.metadata.operators) {
    if (!with_state.contains(op.uid)) continue;
    const auto node = nodes.find(op.uid);
    if (node == nodes.end()) {
      unclaimed.push_back(fmt::format("{} ({})", op.name, op.uid));
      continue;
    }
    const std::string difference = state::LayoutDifference(op.layout, LayoutOf(*node->second));
    if (!difference.empty()) changed.push_back(fmt::format("{} ({}): {}", op.name, op.uid, difference));
    for (const std::string& place : NotReadAnyMore(point.metadata, *node->second))
      unclaimed.push_back(fmt::format("{} ({}) for {}", op.name, op.uid, place));
  }
  if (!changed.empty()) {
    return UserError(fmt::format("The state in {} does not fit this job: {}.", point.folder, Join(changed, "; ")))
        .WithHint(
            "Start the changed query without that state (RESET 'execution.state-recovery.path'), or run the query "
            "as it was.");
  }
  if (unclaimed.empty()) return Ok();
  const std::string names = Join(unclaimed, ", ");
  if (job_.settings.ignore_unclaimed_state) {
    Log(LogLevel::kWarn, "checkpoint", "{}: dropped the state of {}", point.folder, names);
    return Ok();
  }
  return UserError(fmt::format("{} holds state of operators that this job does not have: {}.", point.folder, names))
      .WithHint(
          "The query changed. SET 'execution.state-recovery.ignore-unclaimed-state' = 'true' to drop that state.");
}

Result<int64_t> CheckpointCoordinator::Advance(JobRun& run) {
  // A savepoint can be asked for without checkpoints.
  const bool asked = stop_requested_ || snapshot_requested_ || pending_;
  if (!run.open()) return kIdleMillis;
  if (!enabled() && !asked) {
    if (run.all_finished()) run.Release();
    return kIdleMillis;
  }
  if (pending_ && pending_->snapshots.empty()) {
    pending_->snapshots = run.TakeSnapshots(static_cast<int64_t>(pending_->id));
    pending_->snapshots_nanos = job_.clock->MonotonicNanos();
    pending_->report.slots = TimesOf(pending_->snapshots, pending_->trigger_nanos);
  }
  if (pending_ && !pending_->snapshots.empty() && Monotonic() >= next_write_) MR_TRY(Complete(run));
  if (pending_) {
    const int64_t left = MillisLeft();
    if (left > 0) return std::min(left, pending_->snapshots.empty() ? kIdleMillis : kWriteAgainMillis);
    MR_TRY(Expire(run));
  }
  if (stopped_) return kIdleMillis;
  if (run.all_finished()) {
    if (final_done_) {
      run.Release();
      return kIdleMillis;
    }
    MR_TRY(Trigger(run, stop_requested_));
    pending_->final = true;
    return kIdleMillis;
  }
  if (stop_requested_ && drain_) {
    run.shared().drain.store(true);
    return kIdleMillis;
  }
  const CheckpointSettings& settings = job_.settings.checkpoints;
  const int64_t due = enabled()
                          ? std::max(last_trigger_ + settings.interval, last_end_ + settings.min_pause) - Monotonic()
                          : kIdleMillis;
  if (due > 0 && !stop_requested_ && !snapshot_requested_) return due;
  MR_TRY(Trigger(run, stop_requested_));
  return kIdleMillis;
}

void CheckpointCoordinator::RequestStop(bool drain, const std::string& savepoint_folder) {
  stop_requested_ = true;
  drain_ = drain;
  savepoint_folder_ = savepoint_folder;
}

void CheckpointCoordinator::RequestSnapshot(const std::string& folder) {
  snapshot_requested_ = true;
  savepoint_folder_ = folder;
}

Status CheckpointCoordinator::Trigger(JobRun& run, bool stop) {
  const uint64_t id = next_id_++;
  // What is written behind the barrier belongs to the next checkpoint: its unit is open before the barrier is sent.
  for (auto& [system, committer] : context_.committers) MR_TRY(committer->Begin(id + 1));
  pending_ = {.id = id,
              .trigger_nanos = job_.clock->MonotonicNanos(),
              .stop = stop,
              .asked = std::exchange(snapshot_requested_, false) && savepoint_folder_.empty(),
              .savepoint_folder = std::exchange(savepoint_folder_, "")};
  pending_->report = {
      .id = id, .savepoint = !pending_->savepoint_folder.empty(), .trigger_millis = job_.clock->WallMillis()};
  last_trigger_ = Monotonic();
  FailPoint("checkpoint.trigger");
  if (stop) run.shared().stop_after.store(static_cast<int64_t>(id));
  run.shared().checkpoint.store(static_cast<int64_t>(id), std::memory_order_release);
  return Ok();
}

state::CheckpointMetadata CheckpointCoordinator::Metadata() const {
  state::CheckpointMetadata metadata{.id = pending_->id,
                                     .transactional = !context_.committers.empty(),
                                     .job_id = job_.id,
                                     .job_name = job_.name,
                                     .taken_by = job_.process,
                                     .time_millis = pending_->report.trigger_millis,
                                     .parallelism = job_.plan->parallelism,
                                     .key_groups = kDefaultKeyGroups,
                                     .backend = job_.settings.backend};
  VisitNodes(*job_.plan, [&](const plan::PhysicalNode& node) {
    if (!node.uid.empty()) metadata.operators.push_back({node.uid, OperatorName(node), LayoutOf(node)});
  });
  return metadata;
}

// The snapshot first, then the commit, which is the only commit point.
Status CheckpointCoordinator::Complete(JobRun& run) {
  FailPoint("checkpoint.acknowledged");
  if (!pending_->savepoint_folder.empty() && !pending_->savepoint_done) StoreSavepoint(run);
  if (Status stored = StoreCheckpoint(); !stored.ok()) {
    // The slots go on meanwhile; a disk that is full or slow may recover before the checkpoint's time is up.
    pending_->last_error = stored.error().message;
    Log(LogLevel::kWarn, "checkpoint", "Checkpoint {}: {}; trying again", pending_->id, stored.error().ToString());
    next_write_ = Monotonic() + kWriteAgainMillis;
    return Ok();
  }
  if (storage_ && MillisLeft() <= 0) return Expire(run);
  pending_->stored = true;
  for (auto& [system, committer] : context_.committers) {
    if (Status committed = committer->Commit({pending_->id, job_.process}); !committed.ok())
      return std::move(committed).error().InContext(fmt::format("Checkpoint {}", pending_->id));
  }
  FailPoint("checkpoint.completed");
  failures_ = 0;
  last_end_ = Monotonic();
  run.shared().completed.store(static_cast<int64_t>(pending_->id), std::memory_order_release);
  if (!context_.committers.empty()) {
    // Only tells a lost marker from a first start, so it need not reach the disk at once.
    const auto note = job_.files->Open(job_.directory + "/" + kCommittedName, OpenMode::kCreate);
    if (note.ok()) (void)(*note)->WriteAt(0, fmt::format("{:<20}\n", pending_->id)).ok();
  }
  FailPoint("checkpoint.noted");
  if (!savepoint_failed()) Report("");
  FailPoint("checkpoint.reported");
  if (storage_) {
    if (const Status removed = storage_->RemoveOld(pending_->id); !removed.ok())
      Log(LogLevel::kWarn, "checkpoint", "Cannot remove old checkpoints: {}", removed.error().ToString());
  }
  if (pending_->stop) stopped_ = true;
  if (pending_->final) final_done_ = true;
  pending_.reset();
  return Ok();
}

Status CheckpointCoordinator::StoreCheckpoint() {
  if (!storage_) return Ok();
  MR_ASSIGN(const state::CheckpointMetadata stored, storage_->Write(Metadata(), pending_->snapshots));
  if (!pending_->savepoint_done) NoteStored(stored);
  return Ok();
}

// A savepoint that cannot be written is told to who asked for it; the job goes on.
void CheckpointCoordinator::StoreSavepoint(JobRun& run) {
  state::CheckpointMetadata metadata = Metadata();
  metadata.savepoint = true;
  const std::string folder = pending_->savepoint_folder;
  pending_->savepoint_done = true;
  const auto written =
      state::CheckpointStorage::WriteSavepoint(*job_.files, folder, std::move(metadata), pending_->snapshots);
  if (written.ok()) return NoteStored(*written);
  Report(written.error().message);
  (void)job_.files->RemoveTree(folder).ok();
  CallOffStop();
  if (!pending_->stop) run.shared().stop_after.store(0);
  pending_->savepoint_folder.clear();
}

void CheckpointCoordinator::NoteStored(const state::CheckpointMetadata& stored) {
  AddSizes(stored, pending_->report);
  pending_->report.async_millis = (job_.clock->MonotonicNanos() - pending_->snapshots_nanos) / 1'000'000;
}

void CheckpointCoordinator::CallOffStop() {
  if (pending_->stop && !pending_->savepoint_folder.empty()) pending_->stop = stop_requested_ = drain_ = false;
}

int64_t CheckpointCoordinator::MillisLeft() const {
  return job_.settings.checkpoints.timeout - (Monotonic() - pending_->trigger_nanos / 1'000'000);
}

Status CheckpointCoordinator::Expire(JobRun& run) {
  const std::string& reason = pending_->last_error;
  Error why = ExternalError(
      fmt::format("Checkpoint {} expired before completing{}{}", pending_->id, reason.empty() ? "." : ": ", reason));
  if (!savepoint_failed()) Report(why.message);
  Discard();
  CallOffStop();
  if (!pending_->stop) run.shared().stop_after.store(0);
  pending_.reset();
  last_end_ = Monotonic();
  // Rows of a unit that no snapshot stands for cannot be committed later: the job goes back.
  if (!context_.committers.empty()) return why;
  if (++failures_ > job_.settings.checkpoints.tolerable_failures) {
    return std::move(why).InContext("Exceeded checkpoint tolerable failure threshold.");
  }
  Log(LogLevel::kWarn, "checkpoint", "{}", why.message);
  return Ok();
}

void CheckpointCoordinator::Discard() {
  if (pending_->savepoint_done && !pending_->savepoint_folder.empty())
    (void)job_.files->RemoveTree(pending_->savepoint_folder).ok();
  if (!storage_ || pending_->stored) return;  // the answer to its commit may have been lost
  // Nothing names it: should the removal fail, the next start does it.
  if (const Status removed = storage_->Discard(pending_->id); !removed.ok())
    Log(LogLevel::kWarn, "checkpoint", "Cannot remove checkpoint {}: {}", pending_->id, removed.error().ToString());
}

void CheckpointCoordinator::Report(const std::string& failure) {
  if (!on_report_) return;
  CheckpointReport report = pending_->report;
  report.duration_millis = (job_.clock->MonotonicNanos() - pending_->trigger_nanos) / 1'000'000;
  if (report.savepoint) {
    report.path = pending_->savepoint_folder;
  } else if (storage_) {
    report.path = storage_->FolderOf(report.id);
  }
  report.failure = failure;
  on_report_(report);
}

CheckpointReport CheckpointCoordinator::in_progress() const {
  return pending_ && !savepoint_failed() ? pending_->report : CheckpointReport();
}

bool CheckpointCoordinator::savepoint_failed() const {
  return pending_->savepoint_done && pending_->savepoint_folder.empty();
}

CheckpointReport CheckpointCoordinator::restored() const {
  CheckpointReport report;
  if (!restore_) return report;
  report.id = restore_->metadata.id;
  report.savepoint = restore_->metadata.savepoint;
  report.trigger_millis = restore_->metadata.time_millis;
  report.path = restore_->folder;
  AddSizes(restore_->metadata, report);
  return report;
}

bool CheckpointCoordinator::StopTrustingOwn() {
  return std::exchange(trusts_own_, false) && restore_ && restore_->metadata.taken_by == job_.process;
}

void CheckpointCoordinator::CancelSinks() {
  for (auto& [system, committer] : context_.committers) committer->Cancel();
}

void CheckpointCoordinator::EndRun() {
  for (auto& [system, committer] : context_.committers) committer->Abort();
  if (!pending_) return;
  Discard();
  // One that was asked for is taken in the next run: who asked waits for that.
  // What is stored may be committed: only the answer was lost.
  if (!pending_->asked && !pending_->stored && !savepoint_failed())
    Report("The job's run ended before it was complete.");
  CallOffStop();
  snapshot_requested_ |= pending_->asked;
  pending_.reset();
}

void CheckpointCoordinator::Close(bool keep) {
  if (keep || !storage_) return;
  if (const Status removed = storage_->RemoveAll(); !removed.ok())
    Log(LogLevel::kWarn, "checkpoint", "Cannot remove {}: {}", job_.directory, removed.error().ToString());
}

}  // namespace millrace::engine
