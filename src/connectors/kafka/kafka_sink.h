#pragma once

#include <memory>

#include "connect/connector.h"
#include "connectors/kafka/kafka_options.h"

namespace millrace::connectors {

// Writes a kafka or upsert-kafka table. The columns of its batches: all physical fields, then `metadata`.
//
// kafka: one record per row. upsert-kafka: +I and +U write key and value, -D and -U the key and a null value; with a
// buffer only the last row per key is written when rows or time are up.
Result<std::unique_ptr<connect::Sink>> MakeKafkaSink(KafkaTable table, std::vector<connect::MetadataColumn> metadata);

}  // namespace millrace::connectors
