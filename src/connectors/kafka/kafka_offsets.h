#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "connectors/kafka/kafka_options.h"
#include "kafka/client/admin.h"

namespace millrace::connectors {

using OffsetsByPartition = std::map<kafka::TopicPartition, int64_t>;

// All partitions of the table's topics, sorted. A topic that does not exist is an error; a pattern may match none.
Result<std::vector<kafka::TopicPartition>> DiscoverPartitions(kafka::AdminClient& admin, const KafkaTable& table);

// The slot that reads a partition: Flink's KafkaSourceEnumerator.getSplitOwner.
uint32_t SlotOfPartition(const kafka::TopicPartition& place, uint32_t parallelism);

// Where to start without restored state, by the startup mode.
Result<OffsetsByPartition> StartOffsets(kafka::AdminClient& admin, const KafkaTable& table,
                                        std::span<const kafka::TopicPartition> partitions);
// Where to start partitions that appeared while the job ran: at their beginning.
Result<OffsetsByPartition> FirstOffsets(kafka::AdminClient& admin, std::span<const kafka::TopicPartition> partitions);
// The first offset not to read, by the bounded mode; empty when unbounded.
Result<OffsetsByPartition> StopOffsets(kafka::AdminClient& admin, const KafkaTable& table,
                                       std::span<const kafka::TopicPartition> partitions);

}  // namespace millrace::connectors
