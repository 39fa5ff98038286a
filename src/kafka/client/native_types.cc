#include "kafka/client/native_types.h"

#include <librdkafka/rdkafka.h>

namespace millrace::kafka {

static_assert(kOffsetBeginning == RD_KAFKA_OFFSET_BEGINNING && kOffsetEnd == RD_KAFKA_OFFSET_END &&
              kNoOffset == RD_KAFKA_OFFSET_INVALID);

void NativeDeleter::operator()(rd_kafka_queue_s* queue) const { rd_kafka_queue_destroy(queue); }
void NativeDeleter::operator()(rd_kafka_op_s* event) const { rd_kafka_event_destroy(event); }
void NativeDeleter::operator()(rd_kafka_AdminOptions_s* options) const { rd_kafka_AdminOptions_destroy(options); }
void NativeDeleter::operator()(rd_kafka_topic_partition_list_s* list) const {
  rd_kafka_topic_partition_list_destroy(list);
}

PartitionListPtr MakePartitionList(std::span<const TopicPartitionOffset> offsets) {
  PartitionListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const TopicPartitionOffset& one : offsets) {
    auto* added = rd_kafka_topic_partition_list_add(list.get(), one.place.topic.c_str(), one.place.partition);
    added->offset = one.offset;
    if (one.metadata.empty()) continue;
    added->metadata_size = one.metadata.size();
    added->metadata = rd_kafka_mem_malloc(nullptr, one.metadata.size());
    one.metadata.copy(static_cast<char*>(added->metadata), one.metadata.size());
  }
  return list;
}

PartitionListPtr MakePartitionList(std::span<const TopicPartition> partitions) {
  PartitionListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const TopicPartition& place : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), place.topic.c_str(), place.partition);
  }
  return list;
}

std::vector<TopicPartitionOffset> FromPartitionList(const rd_kafka_topic_partition_list_s* list) {
  std::vector<TopicPartitionOffset> out;
  if (list == nullptr) return out;
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& one = list->elems[i];
    TopicPartitionOffset offset{{one.topic, one.partition}, one.offset < 0 ? kNoOffset : one.offset, {}};
    if (one.metadata != nullptr) offset.metadata.assign(static_cast<const char*>(one.metadata), one.metadata_size);
    out.push_back(std::move(offset));
  }
  return out;
}

}  // namespace millrace::kafka
