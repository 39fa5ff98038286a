#include "connectors/kafka/kafka_source.h"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "base/failpoint.h"
#include "base/log.h"
#include "base/strings.h"
#include "connectors/kafka/kafka_offsets.h"
#include "connectors/kafka/record_decoder.h"
#include "kafka/client/admin.h"
#include "kafka/client/consumer.h"

namespace millrace::connectors {
namespace {

using connect::SourceEvent;
using kafka::TopicPartition;

constexpr int64_t kRequestMillis = 5'000;
constexpr int64_t kRetryMillis = 1'000;

// When a partition's offset is gone from the broker, go where the startup mode would have led.
std::string ResetPolicy(const KafkaTable& table) {
  const auto given = table.client.properties.find("auto.offset.reset");
  if (given != table.client.properties.end()) return given->second;
  switch (table.startup) {
    case StartupMode::kEarliest: return "earliest";
    case StartupMode::kLatest:
    case StartupMode::kTimestamp: return "latest";
    case StartupMode::kGroupOffsets:
    case StartupMode::kSpecificOffsets: break;
  }
  return "none";
}

std::string SplitName(const TopicPartition& place) { return fmt::format("{}-{}", place.topic, place.partition); }

TopicPartition PlaceOf(std::string_view split_name) {
  const size_t dash = split_name.rfind('-');
  const auto partition = ParseInt64(split_name.substr(dash + 1)).value_or(0);
  return {std::string(split_name.substr(0, dash)), static_cast<int32_t>(partition)};
}

class KafkaReader final : public connect::SourceReader {
 public:
  KafkaReader(std::shared_ptr<const KafkaTable> table, std::unique_ptr<RecordDecoder> decoder, uint32_t slot,
              uint32_t parallelism)
      : table_(std::move(table)), decoder_(std::move(decoder)), slot_(slot), parallelism_(parallelism) {}

  Result<SourceEvent> Poll(int64_t max_wait_millis) override;
  std::vector<SplitState> Snapshot() override;
  Status Restore(const std::vector<SplitState>& states) override;
  Status NotifyCheckpointComplete(const std::vector<SplitState>& states) override;

 private:
  struct Split {
    TopicPartition place;
    int64_t position = 0;  // of the next record to hand out
    int64_t stop = INT64_MAX;
    uint32_t handle = UINT32_MAX;  // of the consumer; none when there is nothing to read
    bool finished = false;
  };

  Result<SourceEvent> PollNow(int64_t max_wait_millis);
  Status Connect();
  Status AddPartitions(bool at_start);
  Status AddSplit(const TopicPartition& place, int64_t start, int64_t stop);
  Status LookForPartitions();
  Result<SourceEvent> NextRun();
  Status NoteEnds();
  Status FinishSplit(uint32_t split);
  SourceEvent TakeEvent();
  bool AllFinished() const;
  uint32_t SplitOf(uint32_t handle) const { return split_of_handle_[handle]; }

  std::shared_ptr<const KafkaTable> table_;
  std::unique_ptr<RecordDecoder> decoder_;
  uint32_t slot_;
  uint32_t parallelism_;
  std::unique_ptr<kafka::AdminClient> admin_;
  std::unique_ptr<kafka::PartitionConsumer> consumer_;
  bool started_ = false;
  bool restored_ = false;
  std::map<std::string, int64_t> restored_positions_;  // of this slot
  std::vector<Split> splits_;
  std::vector<uint32_t> split_of_handle_;
  std::deque<SourceEvent> events_;  // to hand out before anything else
  kafka::ConsumedBatch batch_;      // what of the last Poll is left: runs from next_run_ on
  size_t next_run_ = 0;
  int64_t next_discovery_nanos_ = 0;
  int64_t next_try_nanos_ = 0;  // after an error that may heal
};

Status KafkaReader::Connect() {
  kafka::ClientConfig config = table_->client;
  config.request_timeout_millis = kRequestMillis;
  config.properties["auto.offset.reset"] = ResetPolicy(*table_);
  if (admin_ == nullptr) {
    MR_ASSIGN(admin_, kafka::AdminClient::Create(config));
  }
  if (consumer_ == nullptr) {
    MR_ASSIGN(consumer_, kafka::PartitionConsumer::Create(config));
  }
  return Ok();
}

Status KafkaReader::AddSplit(const TopicPartition& place, int64_t start, int64_t stop) {
  Split split{place, start, stop};
  if (start < stop) {
    MR_ASSIGN(split.handle, consumer_->Add({place, start, {}}));
    split_of_handle_.resize(split.handle + 1);
    split_of_handle_[split.handle] = static_cast<uint32_t>(splits_.size());
  }
  SourceEvent added;
  added.kind = SourceEvent::Kind::kSplitAdded;
  added.split.value = static_cast<uint32_t>(splits_.size());
  added.split_name = SplitName(place);
  splits_.push_back(std::move(split));
  events_.push_back(std::move(added));
  return Ok();
}

// Looks up the partitions of this slot that are not splits yet. Nothing is added unless all questions were answered.
Status KafkaReader::AddPartitions(bool at_start) {
  MR_ASSIGN(std::vector<TopicPartition> found, DiscoverPartitions(*admin_, *table_));
  std::erase_if(found, [&](const TopicPartition& place) {
    if (SlotOfPartition(place, parallelism_) != slot_) return true;
    return std::any_of(splits_.begin(), splits_.end(), [&](const Split& split) { return split.place == place; });
  });
  if (found.empty()) return Ok();
  OffsetsByPartition starts;
  std::vector<TopicPartition> unknown;
  for (const TopicPartition& place : found) {
    const auto it = restored_positions_.find(SplitName(place));
    if (it != restored_positions_.end()) {
      starts[place] = it->second;
    } else {
      unknown.push_back(place);
    }
  }
  if (!unknown.empty()) {
    // A partition that the restored state does not know appeared after it.
    MR_ASSIGN(const OffsetsByPartition offsets,
              at_start && !restored_ ? StartOffsets(*admin_, *table_, unknown) : FirstOffsets(*admin_, unknown));
    starts.insert(offsets.begin(), offsets.end());
  }
  MR_ASSIGN(const OffsetsByPartition stops, StopOffsets(*admin_, *table_, found));
  const auto first = static_cast<uint32_t>(splits_.size());
  for (const TopicPartition& place : found) {
    const auto stop = stops.find(place);
    MR_TRY(AddSplit(place, starts.at(place), stop == stops.end() ? INT64_MAX : stop->second));
  }
  // All are announced before one ends: the watermark is the lowest of all.
  for (uint32_t index = first; index < splits_.size(); ++index) {
    if (splits_[index].handle == UINT32_MAX) MR_TRY(FinishSplit(index));
  }
  return Ok();
}

Status KafkaReader::LookForPartitions() {
  if (table_->discovery_millis <= 0 || table_->bounded != BoundedMode::kUnbounded) return Ok();
  const int64_t now = table_->environment->clock->MonotonicNanos();
  if (now < next_discovery_nanos_) return Ok();
  next_discovery_nanos_ = now + table_->discovery_millis * 1'000'000;
  if (Status status = AddPartitions(false); !status.ok()) {
    // What is being read goes on; the next round asks again.
    Log(LogLevel::kWarn, "kafka", "Looking for new partitions of table {}: {}", table_->name,
        status.error().ToString());
  }
  return Ok();
}

Result<SourceEvent> KafkaReader::Poll(int64_t max_wait_millis) {
  Clock& clock = *table_->environment->clock;
  const int64_t left_millis = (next_try_nanos_ - clock.MonotonicNanos() + 999'999) / 1'000'000;
  if (next_try_nanos_ != 0 && left_millis > 0) {
    clock.SleepMillis(std::min(left_millis, max_wait_millis));
    // Until the start succeeded nobody may take this reader for one without splits, which is what "nothing" would say.
    if (started_) return SourceEvent{};
  }
  next_try_nanos_ = 0;
  auto event = PollNow(max_wait_millis);
  if (!event.ok() && event.error().retry == Retry::kYes) {
    next_try_nanos_ = clock.MonotonicNanos() + kRetryMillis * 1'000'000;
  }
  return event;
}

Result<SourceEvent> KafkaReader::PollNow(int64_t max_wait_millis) {
  if (!started_) {
    MR_TRY(Connect());
    MR_TRY(AddPartitions(true));
    started_ = true;
    next_discovery_nanos_ = table_->environment->clock->MonotonicNanos() + table_->discovery_millis * 1'000'000;
  }
  if (!events_.empty()) return TakeEvent();
  if (next_run_ < batch_.runs.size()) return NextRun();
  if (table_->bounded != BoundedMode::kUnbounded && AllFinished()) {
    SourceEvent end;
    end.kind = SourceEvent::Kind::kEnd;
    return end;
  }
  MR_TRY(LookForPartitions());
  if (!events_.empty()) return TakeEvent();
  batch_ = {};
  next_run_ = 0;
  MR_ASSIGN(batch_, consumer_->Poll(max_wait_millis, kBatchRows));
  if (next_run_ < batch_.runs.size()) return NextRun();
  MR_TRY(NoteEnds());
  return TakeEvent();
}

SourceEvent KafkaReader::TakeEvent() {
  if (events_.empty()) return {};
  SourceEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

// The rows of one run. A failed attempt leaves the run where it is.
Result<SourceEvent> KafkaReader::NextRun() {
  const kafka::PartitionRun& run = batch_.runs[next_run_];
  Split& split = splits_[SplitOf(run.partition)];
  std::span<const kafka::MessageView> messages = batch_.messages.subspan(run.begin, run.end - run.begin);
  while (!messages.empty() && messages.back().offset >= split.stop) messages = messages.first(messages.size() - 1);
  SourceEvent event;
  if (!messages.empty() && !split.finished) {
    MR_ASSIGN(DecodedRecords decoded, decoder_->Decode(messages, split.place));
    event.bad_records = std::move(decoded.bad_records);
    event.bytes = decoded.bytes;
    if (decoded.batch.num_rows > 0) {
      event.kind = SourceEvent::Kind::kRows;
      event.split.value = SplitOf(run.partition);
      event.batch = std::move(decoded.batch);
    }
    split.position = messages.back().offset + 1;
  }
  ++next_run_;
  // Offsets have gaps, so a later record may be the first to show that the stop was passed.
  const int64_t seen = batch_.messages[run.end - 1].offset;
  if (!split.finished && seen + 1 >= split.stop) MR_TRY(FinishSplit(SplitOf(run.partition)));
  if (next_run_ == batch_.runs.size()) MR_TRY(NoteEnds());
  return event;
}

// Control records and compacted ones leave gaps before the end: reaching the end passes them.
Status KafkaReader::NoteEnds() {
  for (const kafka::PartitionEnd& end : batch_.ends) {
    const uint32_t index = SplitOf(end.partition);
    Split& split = splits_[index];
    if (split.finished) continue;
    split.position = std::max(split.position, end.offset);
    if (split.position >= split.stop) MR_TRY(FinishSplit(index));
  }
  return Ok();
}

Status KafkaReader::FinishSplit(uint32_t index) {
  Split& split = splits_[index];
  split.finished = true;
  SourceEvent event;
  event.kind = SourceEvent::Kind::kSplitFinished;
  event.split.value = index;
  events_.push_back(std::move(event));
  return split.handle == UINT32_MAX ? Ok() : consumer_->Remove(split.handle);
}

bool KafkaReader::AllFinished() const {
  return std::all_of(splits_.begin(), splits_.end(), [](const Split& split) { return split.finished; });
}

std::vector<connect::SourceReader::SplitState> KafkaReader::Snapshot() {
  // With those of partitions that could not be seen yet.
  std::map<std::string, int64_t> positions = restored_positions_;
  for (const Split& split : splits_) positions[SplitName(split.place)] = split.position;
  std::vector<SplitState> out;
  for (const auto& [name, position] : positions) out.push_back({name, std::to_string(position)});
  return out;
}

Status KafkaReader::Restore(const std::vector<SplitState>& states) {
  restored_ = true;
  for (const SplitState& state : states) {
    const auto offset = ParseInt64(state.position);
    if (!offset || *offset < 0) {
      return ExternalError(fmt::format("The checkpoint holds no offset for {}: '{}'", state.split_name, state.position),
                           Retry::kNo);
    }
    // Every slot is given those of all; those of topics that are not read any more were given up.
    const kafka::TopicPartition place = PlaceOf(state.split_name);
    if (SlotOfPartition(place, parallelism_) == slot_ && table_->Reads(place.topic))
      restored_positions_[state.split_name] = *offset;
  }
  return Ok();
}

Status KafkaReader::NotifyCheckpointComplete(const std::vector<SplitState>& states) {
  if (!table_->has_own_group || consumer_ == nullptr) return Ok();
  std::vector<kafka::TopicPartitionOffset> offsets;
  for (const SplitState& state : states) {
    for (const Split& split : splits_) {
      if (SplitName(split.place) == state.split_name) {
        offsets.push_back({split.place, ParseInt64(state.position).value_or(0), {}});
      }
    }
  }
  FailPoint("kafka.offsets.report");
  MR_TRY(consumer_->CommitAsync(offsets));
  FailPoint("kafka.offsets.reported");
  return Ok();
}

class KafkaSource final : public connect::Source {
 public:
  KafkaSource(KafkaTable table, std::vector<size_t> projected_fields, std::vector<connect::MetadataColumn> metadata)
      : table_(std::make_shared<const KafkaTable>(std::move(table))),
        projected_fields_(std::move(projected_fields)),
        metadata_(std::move(metadata)) {}

  bool bounded() const override { return table_->bounded != BoundedMode::kUnbounded; }
  ChangelogMode changelog() const override {
    return table_->upsert ? ChangelogMode::Upsert() : table_->value.format->changelog;
  }
  std::optional<connect::ExternalUse> use() const override { return table_->UseAsSource(); }
  std::string NotReadAnyMore(std::string_view split_name) const override {
    const std::string topic = PlaceOf(split_name).topic;
    return table_->Reads(topic) ? "" : "topic " + topic;
  }
  Result<std::unique_ptr<connect::SourceReader>> CreateReader(uint32_t slot, uint32_t parallelism) override {
    MR_ASSIGN(auto decoder, RecordDecoder::Create(*table_, projected_fields_, metadata_));
    return std::unique_ptr<connect::SourceReader>(
        std::make_unique<KafkaReader>(table_, std::move(decoder), slot, parallelism));
  }

 private:
  std::shared_ptr<const KafkaTable> table_;
  std::vector<size_t> projected_fields_;
  std::vector<connect::MetadataColumn> metadata_;
};

}  // namespace

Result<std::unique_ptr<connect::Source>> MakeKafkaSource(KafkaTable table, std::vector<size_t> projected_fields,
                                                         std::vector<connect::MetadataColumn> metadata) {
  auto source = std::make_unique<KafkaSource>(std::move(table), std::move(projected_fields), std::move(metadata));
  MR_TRY(source->CreateReader(0, 1));  // so that a format that cannot read the columns says so at once
  return std::unique_ptr<connect::Source>(std::move(source));
}

}  // namespace millrace::connectors
