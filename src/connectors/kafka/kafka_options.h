#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connect/connector.h"
#include "kafka/client/client_config.h"

namespace millrace::connectors {

// Options of 'connector' = 'kafka' and of 'upsert-kafka' (flink-sql.md 5.1, 5.2).
const OptionTable& KafkaOptions();
const OptionTable& UpsertKafkaOptions();

enum class StartupMode : uint8_t { kGroupOffsets, kEarliest, kLatest, kTimestamp, kSpecificOffsets };
enum class BoundedMode : uint8_t { kUnbounded, kGroupOffsets, kLatest, kTimestamp, kSpecificOffsets };
enum class ErrorMode : uint8_t { kFail, kIgnore, kLog };
enum class PartitionerKind : uint8_t { kDefault, kFixed, kRoundRobin };
enum class DeliveryGuarantee : uint8_t { kNone, kAtLeastOnce, kExactlyOnce };

using PartitionOffsets = std::map<int32_t, int64_t>;

// One side (key or value) of the records: its format and the fields it holds.
struct RecordSide {
  const connect::FormatDef* format = nullptr;  // null: no such side
  Options options;                             // of the format
  std::vector<size_t> fields;  // indices into the table's physical fields, in the order they are written
  std::string prefix;          // cut off the field names ("key.fields-prefix")
};

// A kafka or upsert-kafka table, its options understood.
struct KafkaTable {
  std::string name;
  std::vector<Field> fields;  // physical
  kafka::ClientConfig client;
  bool has_own_group = false;  // 'properties.group.id' was given
  std::vector<std::string> topics;
  std::string topic_pattern;  // instead of topics
  RecordSide key;
  RecordSide value;
  bool upsert = false;

  StartupMode startup = StartupMode::kGroupOffsets;
  int64_t startup_timestamp = 0;
  PartitionOffsets startup_offsets;
  BoundedMode bounded = BoundedMode::kUnbounded;
  int64_t bounded_timestamp = 0;
  PartitionOffsets bounded_offsets;
  int64_t discovery_millis = 0;  // 0 = partitions are looked up once
  ErrorMode error_mode = ErrorMode::kFail;

  PartitionerKind partitioner = PartitionerKind::kDefault;
  DeliveryGuarantee guarantee = DeliveryGuarantee::kAtLeastOnce;
  bool has_guarantee = false;           // 'sink.delivery-guarantee' was given
  std::string transactional_id_prefix;  // "" = made from the job's name
  size_t buffer_rows = 0;               // upsert-kafka; 0 = no buffer
  int64_t buffer_millis = 0;

  const connect::Environment* environment = nullptr;
  connect::ExternalUse UseAsSource() const;
  connect::ExternalUse UseAsSink() const;  // has no group: only sources commit
  bool Reads(std::string_view topic) const {
    return topics.empty() || std::find(topics.begin(), topics.end(), topic) != topics.end();
  }
  std::string topic_words() const;  // "SALES" or "a;b" or the pattern, for messages
  // A sink that says nothing follows the job: exactly-once checkpoints give exactly-once rows.
  bool WantsTransactions(bool exactly_once_job) const {
    return guarantee == DeliveryGuarantee::kExactlyOnce || (!has_guarantee && exactly_once_job);
  }
};

// Errors are Flink's ValidationException texts. `for_sink` adds the checks of a table that is written.
Result<KafkaTable> ReadKafkaTable(const connect::TableContext& table, bool for_sink);
Result<KafkaTable> ReadUpsertKafkaTable(const connect::TableContext& table, bool for_sink);

}  // namespace millrace::connectors
