#pragma once

#include <cstdint>
#include <optional>

#include "broker/config_table.h"
#include "codec/compress.h"

namespace millrace::broker {

// The settings of one topic that its logs need, as numbers. Defaults are Kafka's; times in milliseconds.
struct LogConfig {
  int64_t segment_bytes = 1 << 30;
  int64_t segment_ms = 604'800'000;
  int64_t segment_index_bytes = 10 << 20;
  int64_t index_interval_bytes = 4096;
  int64_t max_message_bytes = 1'048'588;
  int64_t retention_ms = 604'800'000;  // -1 = for ever
  int64_t retention_bytes = -1;        // -1 = no limit
  bool delete_old = true;              // cleanup.policy has "delete"
  bool compact = false;                // cleanup.policy has "compact"
  int64_t delete_retention_ms = 86'400'000;
  int64_t min_compaction_lag_ms = 0;
  int64_t max_compaction_lag_ms = INT64_MAX;
  double min_cleanable_dirty_ratio = 0.5;
  bool log_append_time = false;
  int64_t timestamp_before_max_ms = INT64_MAX;
  int64_t timestamp_after_max_ms = INT64_MAX;
  // compression.type: a batch that comes with another one is written anew. nullopt: as the producer sent it.
  std::optional<codec::Compression> compression;
  // Kafka's producer.id.expiration.ms: a producer that was silent for longer is forgotten.
  int64_t producer_expiration_ms = 86'400'000;
  // Kafka's log.cleaner.dedupe.buffer.size: the memory one compaction may use for its table of keys.
  int64_t compaction_memory_bytes = 128 << 20;
};

// The settings in force for a topic with `topic` as its own ones; both maps have passed their validation, so a value
// that does not parse counts as absent.
LogConfig MakeLogConfig(const ConfigMap& topic, const ConfigMap& broker);

}  // namespace millrace::broker
