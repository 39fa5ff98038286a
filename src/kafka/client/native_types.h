#pragma once

#include <memory>
#include <span>
#include <vector>

#include "kafka/client/topic_partition.h"

struct rd_kafka_s;
struct rd_kafka_queue_s;
struct rd_kafka_op_s;
struct rd_kafka_AdminOptions_s;
struct rd_kafka_topic_partition_list_s;

namespace millrace::kafka {

// Owners of librdkafka's objects. Only .cc files of this folder use them.
struct NativeDeleter {
  void operator()(rd_kafka_queue_s* queue) const;
  void operator()(rd_kafka_op_s* event) const;
  void operator()(rd_kafka_AdminOptions_s* options) const;
  void operator()(rd_kafka_topic_partition_list_s* list) const;
};
using QueuePtr = std::unique_ptr<rd_kafka_queue_s, NativeDeleter>;
using EventPtr = std::unique_ptr<rd_kafka_op_s, NativeDeleter>;
using AdminOptionsPtr = std::unique_ptr<rd_kafka_AdminOptions_s, NativeDeleter>;
using PartitionListPtr = std::unique_ptr<rd_kafka_topic_partition_list_s, NativeDeleter>;

// Offsets kOffsetBeginning and kOffsetEnd pass as librdkafka's own values, which are the same.
PartitionListPtr MakePartitionList(std::span<const TopicPartitionOffset> offsets);
PartitionListPtr MakePartitionList(std::span<const TopicPartition> partitions);
std::vector<TopicPartitionOffset> FromPartitionList(const rd_kafka_topic_partition_list_s* list);

}  // namespace millrace::kafka
