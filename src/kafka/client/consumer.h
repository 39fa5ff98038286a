#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kafka/client/client_config.h"
#include "kafka/client/topic_partition.h"

namespace millrace::kafka {

enum class TimestampType : uint8_t { kNoTimestampType, kCreateTime, kLogAppendTime };

struct HeaderView {
  std::string_view name;
  const char* value = nullptr;  // null: Kafka's null
  size_t size = 0;
};

// One record as the client library holds it. Null pointers are Kafka's nulls; an empty key or value is not null.
struct MessageView {
  const char* key = nullptr;
  const char* value = nullptr;
  size_t key_size = 0;
  size_t value_size = 0;
  int64_t offset = 0;
  int64_t timestamp = -1;  // epoch millis; -1 = none
  TimestampType timestamp_type = TimestampType::kNoTimestampType;
  const void* native = nullptr;  // for Headers()

  // Parsed on demand; the views live as long as the message.
  std::vector<HeaderView> Headers() const;
};

// Messages of one partition, in offset order: `messages[begin, end)` of the batch.
struct PartitionRun {
  uint32_t partition = 0;  // handle given by PartitionConsumer::Add
  uint32_t begin = 0;
  uint32_t end = 0;
};

// A partition whose end was reached: the next record will have this offset or a later one.
struct PartitionEnd {
  uint32_t partition = 0;
  int64_t offset = 0;
};

struct ConsumedBatch {
  std::span<const MessageView> messages;
  std::span<const PartitionRun> runs;  // partitions in order of their first message; at most one run per partition
  std::span<const PartitionEnd> ends;
};

// Reads partitions that the caller chooses: no group membership, no rebalances. One thread.
//
// The broker's answers are kept in librdkafka's queue and handed over many at a time. Connection loss heals by itself;
// Poll says so (Retry::kYes) at most once per 5 seconds while nothing can be read.
class PartitionConsumer {
 public:
  // Reads only committed records when the properties say isolation.level=read_committed. `group.id` matters only for
  // Commit and Committed.
  static Result<std::unique_ptr<PartitionConsumer>> Create(const ClientConfig& config);
  ~PartitionConsumer();

  // Starts reading from `start.offset` (or kOffsetBeginning, kOffsetEnd). The handle is dense from 0 and never reused.
  // What happens when that offset does not exist any more is up to `auto.offset.reset`: earliest, latest, or an error
  // (the default).
  Result<uint32_t> Add(const TopicPartitionOffset& start);
  Status Remove(uint32_t partition);
  Status Pause(uint32_t partition);  // for good
  const TopicPartition& place(uint32_t partition) const;

  // Waits at most `max_wait_millis` for the first message or end of a partition, then takes what is there, up to
  // `max_messages`. An empty batch is no error. The batch and all its views are valid until the next call.
  Result<ConsumedBatch> Poll(int64_t max_wait_millis, size_t max_messages);

  // Offsets of the config's group.id. The offset is that of the next record to read.
  Status Commit(std::span<const TopicPartitionOffset> offsets);
  // Does not wait; of failures in a row the first is logged, by a later Poll.
  Status CommitAsync(std::span<const TopicPartitionOffset> offsets);
  Result<std::vector<TopicPartitionOffset>> Committed(std::span<const TopicPartition> partitions);

 private:
  struct Impl;
  explicit PartitionConsumer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::kafka
