#include "broker/log/partition_log.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/log.h"

namespace millrace::broker {
namespace {

using kafka::ErrorCode;

constexpr size_t kSnapshotsKept = 2;

}  // namespace

PartitionLog::PartitionLog(LogOptions options)
    : options_(std::move(options)), config_(std::make_shared<const LogConfig>(options_.config)) {}

Result<std::shared_ptr<PartitionLog>> PartitionLog::Open(LogOptions options) {
  std::shared_ptr<PartitionLog> log(new PartitionLog(std::move(options)));
  MR_TRY(log->Load());
  if (log->flushed_offset() < log->end_offset_) log->NoteDirty(0);
  return log;
}

std::shared_ptr<const LogConfig> PartitionLog::config() const {
  std::lock_guard lock(config_mutex_);
  return config_;
}

void PartitionLog::SetConfig(const LogConfig& config) {
  auto fresh = std::make_shared<const LogConfig>(config);
  std::lock_guard lock(config_mutex_);
  config_ = std::move(fresh);
}

PartitionBounds PartitionLog::Bounds() const {
  // In this order: whoever sees the end behind a transaction's first batch sees that it is open.
  const int64_t end = end_offset_.load(std::memory_order_acquire);
  const int64_t open = first_open_.load(std::memory_order_acquire);
  const int64_t start = start_offset_.load(std::memory_order_acquire);
  return {.log_start = start, .high_watermark = end, .last_stable = std::min(std::max(open, start), end)};
}

int64_t PartitionLog::SizeInBytes() const {
  uint64_t size = 0;
  for (const auto& segment : *segments_.Snapshot()) size += segment->size();
  return static_cast<int64_t>(size);
}

size_t PartitionLog::num_producers() const {
  std::lock_guard lock(append_mutex_);
  return producers_.size();
}

AppendOutcome PartitionLog::Refusal(ErrorCode error, std::string message) const {
  return {.error = error, .message = std::move(message), .log_start = start_offset_};
}

AppendOutcome PartitionLog::CheckOpen() const {
  const State state = state_;
  if (state == State::kDropped) return Refusal(ErrorCode::kUnknownTopicOrPartition, "The topic was deleted.");
  if (state != State::kOpen) return Refusal(ErrorCode::kKafkaStorageError, "The partition takes no writes.");
  return {};
}

AppendOutcome PartitionLog::Append(std::string_view batch) {
  const auto config = this->config();
  const int64_t now_ms = options_.clock->WallMillis();
  const CheckedBatch checked = CheckClientBatch(batch, *config, now_ms);
  if (checked.error != ErrorCode::kNone) {
    AppendOutcome refused = Refusal(checked.error, checked.message);
    refused.bad_records = checked.bad_records;
    return refused;
  }
  if (!checked.rewritten.empty()) batch = checked.rewritten;
  AppendOutcome outcome;
  int64_t end_before;
  {
    std::lock_guard lock(append_mutex_);
    end_before = end_offset_;
    outcome = AppendLocked(checked, batch, *config, now_ms);
  }
  const bool appended = outcome.error == ErrorCode::kNone && outcome.base_offset == end_before;
  if (appended) {
    NoteDirty(batch.size());
    observers_.Notify();
  }
  return outcome;
}

AppendOutcome PartitionLog::AppendLocked(const CheckedBatch& checked, std::string_view batch, const LogConfig& config,
                                         int64_t now_ms) {
  if (AppendOutcome refused = CheckOpen(); refused.error != ErrorCode::kNone) return refused;
  kafka::BatchHeader header = checked.header;
  if (header.has_producer()) {
    ProducerVerdict verdict = CheckProducer(header);
    if (verdict.error != ErrorCode::kNone) return Refusal(verdict.error, std::move(verdict.message));
    if (verdict.duplicate.has_value()) {
      return {.base_offset = verdict.duplicate->base_offset(),
              .log_append_time_ms = config.log_append_time ? verdict.duplicate->timestamp : -1,
              .log_start = start_offset_};
    }
  }
  AppendOutcome outcome = Write(header, batch, config, now_ms);
  if (outcome.error == ErrorCode::kNone) NoteBatch(header, nullptr, now_ms);
  return outcome;
}

ProducerVerdict PartitionLog::CheckProducer(const kafka::BatchHeader& header) const {
  ProducerVerdict verdict = producers_.Check(header);
  if (!header.transactional() || verdict.error != ErrorCode::kNone || verdict.duplicate.has_value()) return verdict;
  const auto admitted = in_transaction_.find(header.producer_id);
  if (admitted != in_transaction_.end() && admitted->second == header.producer_epoch) return verdict;
  return {.error = ErrorCode::kInvalidTxnState,
          .message = fmt::format("The partition is not part of an open transaction of producer {} with epoch {}.",
                                 header.producer_id, header.producer_epoch)};
}

AppendOutcome PartitionLog::Write(kafka::BatchHeader& header, std::string_view batch, const LogConfig& config,
                                  int64_t now_ms) {
  header.base_offset = end_offset_;
  header.leader_epoch = kOnlyEpoch;
  if (config.log_append_time) header.max_timestamp = now_ms;
  Status status = torn_tail_ ? RepairTail() : Ok();
  if (status.ok()) status = RollIfNeeded(header, config, now_ms);
  if (status.ok()) {
    char head[kafka::kBatchHeaderSize];
    std::memcpy(head, batch.data(), sizeof head);
    kafka::PatchOffsetAndEpoch(head, header.base_offset, kOnlyEpoch);
    const std::string_view records = batch.substr(sizeof head);
    if (config.log_append_time) kafka::PatchLogAppendTime(head, now_ms, records);
    status = segments_.Snapshot()->back()->Append(header, {head, sizeof head}, records);
    if (status.ok()) {
      return {.base_offset = header.base_offset,
              .log_append_time_ms = config.log_append_time ? now_ms : -1,
              .log_start = start_offset_};
    }
    torn_tail_ = true;
    if (const Status repaired = RepairTail(); !repaired.ok()) {
      Log(LogLevel::kError, "log", "{}: cannot cut off a failed write: {}", name(), repaired.error().ToString());
    }
  }
  Log(LogLevel::kError, "log", "{}: write failed: {}", name(), status.error().ToString());
  return Refusal(ErrorCode::kKafkaStorageError, status.error().message);
}

// Shows a batch that was written to readers. A transaction that opens with it is known before its bytes are, and one
// that it ends stays open until they are.
void PartitionLog::NoteBatch(const kafka::BatchHeader& header, const TransactionMarker* marker, int64_t now_ms) {
  Segment& active = *segments_.Snapshot()->back();
  if (marker != nullptr) {
    if (const auto aborted = producers_.NoteMarker(*marker, header.base_offset, now_ms)) active.AppendAborted(*aborted);
  } else if (header.has_producer()) {
    producers_.Note(header, now_ms);
    PublishStable();
  }
  // The end first: whoever sees the bytes must not see an end before them.
  end_offset_.store(header.next_offset(), std::memory_order_release);
  active.Publish();
  if (marker != nullptr) PublishStable();
}

void PartitionLog::PublishStable() {
  first_open_.store(producers_.FirstOpenOffset().value_or(INT64_MAX), std::memory_order_release);
}

// Kafka's rules: full by size or by index, offsets that do not fit 31 bits, or too old; time is that of the records
// where they have one.
Status PartitionLog::RollIfNeeded(const kafka::BatchHeader& header, const LogConfig& config, int64_t now_ms) {
  Segment& active = *segments_.Snapshot()->back();
  const uint64_t size = active.size();
  if (size == 0) return Ok();
  const int64_t max_age =
      config.compact ? std::min(config.segment_ms, config.max_compaction_lag_ms) : config.segment_ms;
  const int64_t first = active.first_timestamp();
  const int64_t age = first >= 0 && header.max_timestamp >= 0 ? header.max_timestamp - first : now_ms - rolled_ms_;
  const bool full = size + header.size() > static_cast<uint64_t>(config.segment_bytes);
  const bool index_full = active.index_bytes() + TimeEntry::kSize > static_cast<uint64_t>(config.segment_index_bytes);
  const bool too_wide = header.last_offset() - active.base_offset() > INT32_MAX;
  if (!full && !index_full && !too_wide && age <= max_age) return Ok();
  return Roll(now_ms);
}

Status PartitionLog::Roll(int64_t now_ms) {
  const auto current = segments_.Snapshot();
  MR_ASSIGN(auto fresh,
            Segment::Create(*options_.files, options_.directory, end_offset_, config()->index_interval_bytes));
  // A failure leaves the entries in memory; the next flush writes them.
  if (const Status status = current->back()->Seal(); !status.ok()) {
    Log(LogLevel::kWarn, "log", "{}: cannot write an index: {}", name(), status.error().ToString());
  }
  Segments list = *current;
  list.push_back(std::move(fresh));
  segments_.Replace(std::move(list));
  rolled_ms_ = now_ms;
  directory_dirty_ = true;
  if (const Status status = SaveProducers(); !status.ok()) {
    Log(LogLevel::kWarn, "log", "{}: cannot save the producers' state: {}", name(), status.error().ToString());
  }
  return Ok();
}

Status PartitionLog::SaveProducers() {
  const int64_t offset = end_offset_;
  MR_TRY(ReplaceFile(*options_.files, SegmentPath(options_.directory, offset, ".snapshot"), producers_.Encode(),
                     /*durable=*/false));
  if (snapshots_.empty() || snapshots_.back() != offset) snapshots_.push_back(offset);
  // Recovery after a crash begins at the newest one before the recovery point.
  int64_t recovery_point;
  {
    std::lock_guard lock(checkpoint_mutex_);
    recovery_point = checkpoint_.recovery_point;
  }
  while (snapshots_.size() > kSnapshotsKept && snapshots_[1] <= recovery_point) {
    MR_TRY(options_.files->Remove(SegmentPath(options_.directory, snapshots_.front(), ".snapshot")));
    snapshots_.erase(snapshots_.begin());
  }
  return Ok();
}

Status PartitionLog::RepairTail() {
  MR_TRY(segments_.Snapshot()->back()->CutTail());
  torn_tail_ = false;
  return Ok();
}

std::shared_ptr<void> PartitionLog::Observe(std::function<void()> observer) {
  return observers_.Add(std::move(observer));
}

void PartitionLog::Drop() {
  {
    std::lock_guard lock(append_mutex_);
    state_ = State::kDropped;
  }
  // What is under way ends, what comes later sees the state: nobody writes into the folder any more, which may soon be
  // that of another topic with the same name.
  for (std::mutex* work : {&maintenance_mutex_, &flush_mutex_, &checkpoint_mutex_}) std::lock_guard ended(*work);
  for (const auto& segment : *segments_.Snapshot()) segment->Detach();
  AnswerWaiters(ExternalError(fmt::format("{} was deleted", name()), Retry::kNo), INT64_MAX);
  observers_.Notify();
}

}  // namespace millrace::broker
