#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "broker/config_table.h"
#include "broker/groups/offset_store.h"
#include "broker/transactions/transaction_store.h"
#include "kafka/protocol/errors.h"
#include "kafka/protocol/wire.h"

// What the request handlers need from the broker's disk. All calls from any thread. `log_storage.cc` puts it on the
// segment files of log/.
namespace millrace::broker {

// The leader epoch of every partition: leadership never moves.
inline constexpr int32_t kOnlyEpoch = 0;

enum class Isolation : uint8_t { kReadUncommitted = 0, kReadCommitted = 1 };

struct PartitionBounds {
  int64_t log_start = 0;
  int64_t high_watermark = 0;  // the next offset to be written: a single replica
  int64_t last_stable = 0;     // first offset of the oldest open transaction, else the high watermark
};

struct AppendOutcome {
  kafka::ErrorCode error = kafka::ErrorCode::kNone;
  std::string message;               // of the error, may be empty
  std::vector<int32_t> bad_records;  // indexes in the batch, for INVALID_RECORD
  int64_t base_offset = -1;          // of a duplicate: the offset of the first time
  int64_t log_append_time_ms = -1;   // only with message.timestamp.type=LogAppendTime
  int64_t log_start = -1;
};

struct AbortedRange {
  int64_t producer_id = -1;
  int64_t first_offset = -1;
};

struct ReadOutcome {
  kafka::ErrorCode error = kafka::ErrorCode::kNone;
  PartitionBounds bounds;
  std::optional<kafka::Records> records;  // whole batches; empty at the end of the log
  // Read-committed only: the aborted transactions that have batches among the records, by first offset.
  std::vector<AbortedRange> aborted;
};

// How a transaction ends in a partition: a control batch with these fields.
struct TransactionMarker {
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;
  bool committed = false;
  int32_t coordinator_epoch = 0;
  bool operator==(const TransactionMarker&) const = default;
};

// What a partition knows of a producer.
struct ActiveProducer {
  int64_t id = -1;
  int16_t epoch = -1;
  int32_t last_sequence = -1;
  int64_t last_timestamp = -1;
  int32_t coordinator_epoch = -1;
  int64_t open_transaction_from = -1;  // first offset; -1: none is open
};

struct FoundOffset {
  int64_t offset = -1;
  int64_t timestamp = -1;
};

class PartitionStore {
 public:
  virtual ~PartitionStore() = default;
  virtual PartitionBounds Bounds() const = 0;
  virtual int64_t SizeInBytes() const = 0;

  // One record batch v2 as a client sent it; checked, numbered, written.
  virtual AppendOutcome Append(std::string_view batch) = 0;
  // From now on, until the next marker, the producer's transactional batches are let in; others are refused with
  // INVALID_TXN_STATE. Not remembered over a restart.
  virtual void BeginTransaction(int64_t producer_id, int16_t epoch) = 0;
  // Ends the producer's transaction in this partition, whether it wrote anything or not. INVALID_PRODUCER_EPOCH when
  // the partition knows a later epoch.
  virtual AppendOutcome AppendMarker(const TransactionMarker& marker) = 0;
  virtual std::vector<ActiveProducer> Producers() const = 0;
  // Calls `done` once all that was appended so far is on the disk (or could not be brought there); any thread.
  virtual void WhenDurable(std::function<void(Status)> done) = 0;

  // Whole batches from the one that holds `offset`, at most `max_bytes`; but the first batch in full when
  // `at_least_one`. OFFSET_OUT_OF_RANGE outside the log.
  virtual ReadOutcome Read(int64_t offset, size_t max_bytes, bool at_least_one, Isolation isolation) = 0;
  // Calls `observer` after each append, truncation or deletion until the handle is dropped; any thread, must not block.
  virtual std::shared_ptr<void> Observe(std::function<void()> observer) = 0;

  // The first record at or after `timestamp`; nullopt: none.
  virtual Result<std::optional<FoundOffset>> OffsetForTime(int64_t timestamp) = 0;
  virtual Result<std::optional<FoundOffset>> OffsetOfMaxTime() = 0;
  // Moves the log start up to `offset`, at most to the high watermark.
  virtual Status DeleteBefore(int64_t offset) = 0;
};

struct Topic {
  std::string name;
  kafka::Uuid id;
  std::vector<std::shared_ptr<PartitionStore>> partitions;
  ConfigMap configs;  // those of the topic itself

  PartitionStore* Find(int32_t partition) const {
    return partition >= 0 && partition < static_cast<int32_t>(partitions.size()) ? partitions[partition].get()
                                                                                 : nullptr;
  }
};
using TopicPtr = std::shared_ptr<const Topic>;

class Storage : public OffsetStore, public TransactionStore {
 public:
  virtual TopicPtr FindTopic(const std::string& name) = 0;  // null: none
  virtual TopicPtr FindTopic(const kafka::Uuid& id) = 0;
  virtual std::vector<TopicPtr> Topics() = 0;  // by name
  virtual Result<TopicPtr> CreateTopic(const std::string& name, int32_t num_partitions, const ConfigMap& configs) = 0;
  virtual Status DeleteTopic(const std::string& name) = 0;
  virtual Status AddPartitions(const std::string& name, int32_t num_partitions) = 0;
  virtual Status SetTopicConfigs(const std::string& name, const ConfigMap& configs) = 0;
  virtual std::string ClusterId() = 0;
  // Flushes and marks a clean shutdown.
  virtual Status Close() = 0;
};

}  // namespace millrace::broker
