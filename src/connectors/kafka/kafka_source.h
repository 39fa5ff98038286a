#pragma once

#include <memory>

#include "connect/connector.h"
#include "connectors/kafka/kafka_options.h"

namespace millrace::connectors {

// Reads a kafka or upsert-kafka table: each partition is a split named "TOPIC-PARTITION", its position the decimal
// offset of the next record.
//
// The first Poll of a reader asks the brokers for partitions and offsets and so may take some seconds; later ones keep
// to their wait.
Result<std::unique_ptr<connect::Source>> MakeKafkaSource(KafkaTable table, std::vector<size_t> projected_fields,
                                                         std::vector<connect::MetadataColumn> metadata);

}  // namespace millrace::connectors
