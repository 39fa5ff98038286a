#include <algorithm>
#include <memory>

#include "base/log.h"
#include "broker/log/partition_log.h"

namespace millrace::broker {
namespace {

using kafka::ErrorCode;

// The segment that holds `offset` or the gap it lies in; size() when all begin after it.
size_t SegmentOf(const Segments& segments, int64_t offset) {
  const auto after = std::upper_bound(segments.begin(), segments.end(), offset,
                                      [](int64_t o, const auto& segment) { return o < segment->base_offset(); });
  return after == segments.begin() ? segments.size() : static_cast<size_t>(after - segments.begin()) - 1;
}

}  // namespace

FileRange PartitionLog::ReadFailure(const Error& error) const {
  Log(LogLevel::kError, "log", "{}: read failed: {}", name(), error.ToString());
  return {.error = ErrorCode::kKafkaStorageError, .bounds = Bounds()};
}

FileRange PartitionLog::Locate(int64_t offset, size_t max_bytes, bool at_least_one, Isolation isolation) {
  const PartitionBounds bounds = Bounds();
  return Locate(bounds, *segments_.Snapshot(), {offset, max_bytes, at_least_one, isolation});
}

// `segments` were taken after `bounds`.
FileRange PartitionLog::Locate(const PartitionBounds& bounds, const Segments& segments, const ReadRequest& request) {
  if (state_ == State::kDropped) return {.error = ErrorCode::kUnknownTopicOrPartition};
  if (request.offset < bounds.log_start || request.offset > bounds.high_watermark) {
    return {.error = ErrorCode::kOffsetOutOfRange, .bounds = bounds};
  }
  // The last stable offset is the first one of an open transaction, so a batch never lies on both sides of it.
  const bool committed = request.isolation == Isolation::kReadCommitted;
  if (request.offset >= (committed ? bounds.last_stable : bounds.high_watermark)) return {.bounds = bounds};
  return LocateIn(segments, request, committed ? bounds.last_stable : INT64_MAX);
}

FileRange PartitionLog::LocateIn(const Segments& segments, const ReadRequest& request, int64_t readable_end) {
  const auto [offset, max_bytes, at_least_one, isolation] = request;
  for (size_t i = SegmentOf(segments, offset); i < segments.size(); ++i) {
    const std::shared_ptr<Segment>& segment = segments[i];
    uint64_t end = segment->size();
    const auto found = segment->FindBatch(offset);
    if (!found.ok()) return ReadFailure(found.error());
    if (!found->has_value()) continue;  // compaction leaves gaps
    if ((*found)->header.base_offset >= readable_end) break;
    // Asked after the size: a transaction may have opened since the bounds were read.
    if (readable_end < end_offset_.load(std::memory_order_acquire)) {
      const auto beyond = segment->FindBatch(readable_end);
      if (!beyond.ok()) return ReadFailure(beyond.error());
      if (beyond->has_value()) end = std::min(end, (*beyond)->position);
    }
    FileRange range{.segment = segment, .position = (*found)->position};
    const size_t first = (*found)->header.size();
    if (first > max_bytes) {
      if (at_least_one) range.length = first;
    } else {
      const uint64_t limit = std::min<uint64_t>(range.position + max_bytes, std::max(end, range.position + first));
      const auto boundary = segment->BatchBoundary(range.position, limit);
      if (!boundary.ok()) return ReadFailure(boundary.error());
      range.length = static_cast<size_t>(*boundary - range.position);
    }
    range.bounds = Bounds();  // not before the size was looked at: the end covers all the bytes
    return range;
  }
  return {.bounds = Bounds()};
}

ReadOutcome PartitionLog::Read(int64_t offset, size_t max_bytes, bool at_least_one, Isolation isolation) {
  const PartitionBounds bounds = Bounds();
  // The bytes and the list of what was aborted come from the same segments: retention and compaction may replace them.
  const auto segments = segments_.Snapshot();
  const FileRange range = Locate(bounds, *segments, {offset, max_bytes, at_least_one, isolation});
  ReadOutcome outcome{.error = range.error, .bounds = range.bounds};
  if (range.error != ErrorCode::kNone) return outcome;
  outcome.records.emplace();
  if (range.length == 0) return outcome;
  const auto fail = [&](const Error& error) {
    return ReadOutcome{.error = ReadFailure(error).error, .bounds = range.bounds};
  };
  const auto file = range.segment->file();
  if (!file.ok()) return fail(file.error());
  std::shared_ptr<char[]> bytes(new char[range.length]);  // not zeroed first
  const auto read = (*file)->ReadAt(range.position, bytes.get(), range.length);
  if (!read.ok()) return fail(read.error());
  if (*read != range.length) return fail(ExternalError("a segment file is shorter than it was"));
  outcome.records->bytes = {bytes.get(), range.length};
  outcome.records->owner = std::move(bytes);
  if (isolation == Isolation::kReadCommitted) {
    auto aborted = AbortedIn(*segments, offset, outcome.records->bytes);
    if (!aborted.ok()) return fail(aborted.error());
    outcome.aborted = std::move(*aborted);
  }
  return outcome;
}

Result<std::vector<AbortedRange>> PartitionLog::AbortedIn(const Segments& segments, int64_t from,
                                                          std::string_view batches) {
  int64_t to = from;
  while (batches.size() >= kafka::kBatchHeaderSize) {
    const kafka::BatchHeader header = kafka::DecodeBatchHeader(batches.data());
    to = header.next_offset();
    batches.remove_prefix(std::min(header.size(), batches.size()));
  }
  std::vector<AbortedTransaction> found;
  for (size_t i = SegmentOf(segments, from); i < segments.size(); ++i) {
    MR_ASSIGN(const bool complete, segments[i]->CollectAborted(from, to, &found));
    if (complete) break;
  }
  std::vector<AbortedRange> ranges;
  for (const AbortedTransaction& each : found) ranges.push_back({each.producer_id, each.first_offset});
  std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.first_offset < b.first_offset; });
  return ranges;
}

Result<std::optional<FoundOffset>> PartitionLog::OffsetForTime(int64_t timestamp) {
  const int64_t start = start_offset_;
  for (const auto& segment : *segments_.Snapshot()) {
    if (segment->max_timestamp() < timestamp) continue;
    MR_ASSIGN(const auto found, segment->FindTime(timestamp, start));
    if (found.has_value()) return found;
  }
  return std::optional<FoundOffset>();
}

Result<std::optional<FoundOffset>> PartitionLog::OffsetOfMaxTime() {
  const int64_t start = start_offset_;
  std::optional<FoundOffset> best;
  for (const auto& segment : *segments_.Snapshot()) {
    if (best.has_value() && segment->max_timestamp() <= best->timestamp) continue;
    MR_ASSIGN(const auto found, segment->FindMaxTime(start));
    if (found.has_value() && (!best.has_value() || found->timestamp > best->timestamp)) best = found;
  }
  return best;
}

}  // namespace millrace::broker
