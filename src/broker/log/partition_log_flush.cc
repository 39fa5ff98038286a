#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "broker/log/partition_log.h"

namespace millrace::broker {

void PartitionLog::NoteDirty(size_t bytes) {
  const uint64_t before = unflushed_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  const bool became_dirty = !dirty_.exchange(true, std::memory_order_acq_rel);
  const bool became_urgent = before < options_.urgent_flush_bytes && before + bytes >= options_.urgent_flush_bytes;
  if (options_.flush_listener == nullptr || (!became_dirty && !became_urgent)) return;
  options_.flush_listener->NeedsFlush(shared_from_this(), became_urgent);
}

void PartitionLog::WhenDurable(std::function<void(Status)> done) {
  const int64_t end = end_offset_;
  const State state = state_;
  if (state == State::kFailed || state == State::kDropped) {
    return done(ExternalError(fmt::format("{} takes no writes", name()), Retry::kNo));
  }
  if (flushed_offset_.load(std::memory_order_acquire) >= end) return done(Ok());
  {
    std::lock_guard lock(waiters_mutex_);
    waiters_.push_back({end, std::move(done)});
  }
  if (options_.flush_listener != nullptr) options_.flush_listener->NeedsFlush(shared_from_this(), /*urgent=*/true);
}

void PartitionLog::AnswerWaiters(const Status& status, int64_t flushed) {
  std::vector<Waiter> answered;
  {
    std::lock_guard lock(waiters_mutex_);
    const auto waiting = std::stable_partition(waiters_.begin(), waiters_.end(),
                                               [&](const Waiter& waiter) { return waiter.offset > flushed; });
    std::move(waiting, waiters_.end(), std::back_inserter(answered));
    waiters_.erase(waiting, waiters_.end());
  }
  for (const Waiter& waiter : answered) waiter.done(status);
}

Status PartitionLog::Flush() {
  std::lock_guard lock(flush_mutex_);
  const State state = state_;
  if (state == State::kFailed || state == State::kDropped) {
    AnswerWaiters(ExternalError(fmt::format("{} takes no writes", name()), Retry::kNo), INT64_MAX);
    return Ok();
  }
  // Cleared before the end is read: an append in between marks the log again.
  dirty_.store(false, std::memory_order_release);
  unflushed_bytes_.store(0, std::memory_order_relaxed);
  const int64_t end = end_offset_.load(std::memory_order_acquire);
  if (flushed_offset_ < end) {
    if (const Status status = FlushSegments(end); !status.ok()) {
      if (state_ == State::kDropped) return Ok();
      // After a failed sync the kernel forgets which bytes never reached the disk: only a check from the recovery point
      // on can tell, which the next start does.
      {
        std::lock_guard append_lock(append_mutex_);
        state_ = State::kFailed;
      }
      Log(LogLevel::kError, "log", "{}: sync failed, the partition takes no more writes until a restart: {}", name(),
          status.error().ToString());
      AnswerWaiters(status, INT64_MAX);
      return status;
    }
    flushed_offset_.store(end, std::memory_order_release);
  }
  AnswerWaiters(Ok(), end);
  return Ok();
}

Status PartitionLog::FlushSegments(int64_t end) {
  const auto segments = segments_.Snapshot();
  const int64_t flushed = flushed_offset_;
  for (auto segment = segments->rbegin(); segment != segments->rend(); ++segment) {
    if ((*segment)->base_offset() < end) {
      MR_TRY((*segment)->Sync());
      if (const Status status = (*segment)->WriteIndexes(); !status.ok()) {
        Log(LogLevel::kWarn, "log", "{}: cannot write an index: {}", name(), status.error().ToString());
      }
    }
    if ((*segment)->base_offset() <= flushed) break;
  }
  if (directory_dirty_.exchange(false)) {
    const Status status = options_.files->SyncDirectory(options_.directory);
    if (!status.ok()) directory_dirty_ = true;
    MR_TRY(status);
  }
  return Ok();
}

Status PartitionLog::UpdateCheckpoint(const std::function<void(Checkpoint&)>& change) {
  std::lock_guard lock(checkpoint_mutex_);
  if (state_ == State::kDropped) return Ok();
  Checkpoint changed = checkpoint_;
  change(changed);
  if (changed == checkpoint_) return Ok();
  MR_TRY(SaveCheckpointFile(*options_.files, options_.directory, changed, /*durable=*/false));
  checkpoint_ = changed;
  return Ok();
}

Status PartitionLog::SaveCheckpoint() {
  std::lock_guard maintenance(maintenance_mutex_);
  if (state_ != State::kOpen) return Ok();
  return RaiseRecoveryPoint();
}

Status PartitionLog::RaiseRecoveryPoint() {
  const int64_t flushed = flushed_offset_;
  int64_t saved;
  {
    std::lock_guard lock(checkpoint_mutex_);
    saved = checkpoint_.recovery_point;
  }
  if (flushed > saved) {
    // Recovery will believe the indexes below the point.
    const auto segments = segments_.Snapshot();
    for (auto segment = segments->rbegin(); segment != segments->rend(); ++segment) {
      MR_TRY((*segment)->SyncIndexes());
      if ((*segment)->base_offset() <= saved) break;
    }
  }
  return UpdateCheckpoint([&](Checkpoint& checkpoint) {
    checkpoint.recovery_point = std::max(checkpoint.recovery_point, flushed);
    checkpoint.log_start = start_offset_;
  });
}

Status PartitionLog::Close() {
  std::lock_guard maintenance(maintenance_mutex_);
  Status producers_saved = Ok();
  {
    std::lock_guard lock(append_mutex_);
    if (state_ == State::kClosed || state_ == State::kDropped) return Ok();
    if (state_ == State::kFailed) return ExternalError(fmt::format("{} has failed", name()), Retry::kNo);
    state_ = State::kClosed;
    producers_saved = SaveProducers();
  }
  MR_TRY(Flush());
  MR_TRY(segments_.Snapshot()->back()->Seal());  // the others were sealed when the next one began
  MR_TRY(RaiseRecoveryPoint());
  return producers_saved;
}

}  // namespace millrace::broker
