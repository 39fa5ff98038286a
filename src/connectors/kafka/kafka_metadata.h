#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "connect/connector.h"
#include "kafka/client/consumer.h"

namespace millrace::connectors {

// Metadata columns of kafka and upsert-kafka tables (flink-sql.md 5.1).
std::vector<connect::MetadataKey> KafkaMetadataKeys();

// The column of one metadata key for the records `messages[rows[i]]`, or for all of them in order when `rows` is empty.
// leader-epoch is NULL: the client library does not tell it.
ColumnPtr MetadataColumnOf(const connect::MetadataColumn& column, std::span<const kafka::MessageView> messages,
                           std::span<const uint32_t> rows, const kafka::TopicPartition& place);

}  // namespace millrace::connectors
