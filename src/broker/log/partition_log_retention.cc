#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "broker/log/partition_log.h"

namespace millrace::broker {
namespace {

// How many segments from the start on `config` and the log start let go; Kafka's rules, which know of no exception for
// the active segment.
size_t CountDoomed(const Segments& segments, const LogConfig& config, int64_t log_start, int64_t now_ms) {
  size_t doomed = 0;
  while (doomed + 1 < segments.size() && segments[doomed + 1]->base_offset() <= log_start) ++doomed;
  if (!config.delete_old) return doomed;

  const auto is_empty_active = [&](size_t i) { return i + 1 == segments.size() && segments[i]->size() == 0; };
  if (config.retention_ms >= 0) {
    while (doomed < segments.size() && !is_empty_active(doomed)) {
      const Segment& segment = *segments[doomed];
      // Records without a time have no age.
      if (segment.size() > 0 && segment.max_timestamp() < 0) break;
      if (segment.size() > 0 && now_ms - segment.max_timestamp() <= config.retention_ms) break;
      ++doomed;
    }
  }
  if (config.retention_bytes >= 0) {
    int64_t excess = -config.retention_bytes;
    for (size_t i = doomed; i < segments.size(); ++i) excess += static_cast<int64_t>(segments[i]->size());
    while (doomed < segments.size() && !is_empty_active(doomed) &&
           excess >= static_cast<int64_t>(segments[doomed]->size())) {
      excess -= static_cast<int64_t>(segments[doomed]->size());
      ++doomed;
    }
  }
  return doomed;
}

}  // namespace

Result<bool> PartitionLog::ApplyRetention(int64_t now_ms) {
  std::lock_guard maintenance(maintenance_mutex_);
  if (state_ != State::kOpen) return false;
  const auto config = this->config();
  Segments doomed;
  {
    std::lock_guard lock(append_mutex_);
    auto segments = segments_.Snapshot();
    const size_t count = CountDoomed(*segments, *config, start_offset_, now_ms);
    if (count == 0) return false;
    if (count == segments->size()) {
      MR_TRY(Roll(now_ms));  // a log always has a segment to append to
      segments = segments_.Snapshot();
    }
    const auto first_kept = segments->begin() + static_cast<std::ptrdiff_t>(count);
    doomed.assign(segments->begin(), first_kept);
    start_offset_ = std::max(start_offset_.load(), (*first_kept)->base_offset());
    segments_.Replace(Segments(first_kept, segments->end()));
  }
  MR_TRY(RemoveSegments(doomed, "retention"));
  observers_.Notify();
  return true;
}

Status PartitionLog::RemoveSegments(const Segments& doomed, std::string_view reason) {
  // The start first: a crash in between must not bring back what readers saw go. A disk too full for the few bytes must
  // not keep retention from making room.
  const auto note_start = [&](Checkpoint& checkpoint) { checkpoint.log_start = start_offset_; };
  const bool noted = UpdateCheckpoint(note_start).ok();
  uint64_t bytes = 0;
  for (const auto& segment : doomed) {
    bytes += segment->size();
    MR_TRY(segment->Remove());
  }
  directory_dirty_ = true;
  if (!noted) MR_TRY(UpdateCheckpoint(note_start));
  Log(LogLevel::kInfo, "log", "{}: removed {} segment(s) with {} bytes ({}); the log starts at offset {}", name(),
      doomed.size(), bytes, reason, start_offset_.load());
  return Ok();
}

Status PartitionLog::DeleteBefore(int64_t offset) {
  {
    std::lock_guard lock(append_mutex_);
    if (state_ == State::kDropped) return ExternalError(fmt::format("{} was deleted", name()), Retry::kNo);
    offset = std::min(offset, end_offset_.load());
    if (offset <= start_offset_) return Ok();
    start_offset_ = offset;
  }
  MR_TRY(UpdateCheckpoint([&](Checkpoint& checkpoint) { checkpoint.log_start = start_offset_; }));
  observers_.Notify();
  return Ok();
}

void PartitionLog::ExpireProducers(int64_t now_ms) {
  const int64_t expiration_ms = config()->producer_expiration_ms;
  std::lock_guard lock(append_mutex_);
  producers_.Expire(now_ms, expiration_ms);
}

}  // namespace millrace::broker
