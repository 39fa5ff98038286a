#pragma once

#include <functional>
#include <memory>
#include <string>

#include "kafka/client/client_config.h"
#include "registry/schema_log.h"

namespace millrace::registry {

struct KafkaLogOptions {
  kafka::ClientConfig config;
  std::string topic = "_schemas";
  int32_t replication_factor = -1;        // of the topic if it has to be created; -1: the broker's default
  int64_t start_timeout_millis = 60'000;  // how long Start waits for a broker that is not there yet; at least 1 s
  std::function<bool()> is_cancelled;     // asked while Start waits; none: never
  int64_t write_timeout_millis = 30'000;  // until a record is durable and read back
};

// The log in a compacted topic with one partition, in Confluent's format: made when absent, shared with other
// registries (which must not write at the same moment: Confluent's elects a leader, this one is alone or behind one).
// Records are written with acks=all and read back before Append returns.
std::unique_ptr<SchemaLog> MakeKafkaSchemaLog(KafkaLogOptions options);

}  // namespace millrace::registry
