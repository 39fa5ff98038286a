#include "broker/log/metadata_state.h"

#include <fmt/format.h>

namespace millrace::broker {
namespace {

using kafka::Reader;
using kafka::Writer;

// The first byte of a change. The numbers are on disk: never used twice.
enum class Kind : int8_t {
  kClusterId = 1,
  kTopic = 2,
  kTopicDeleted = 3,
  kFoldersRemoved = 4,
  kProducerIds = 5,
  kOffsets = 6,
  kOffsetsDeleted = 7,
  kTransaction = 8,
  kTransactionDeleted = 9,
};

constexpr bool kCompact = true;  // strings with a varint length

Writer Begin(Kind kind) {
  Writer writer;
  writer.Int8(static_cast<int8_t>(kind));
  return writer;
}

std::string Finish(Writer&& writer) { return std::move(writer).Take().bytes; }

// Of a map entry of GroupOffsets: four integers, two lengths.
constexpr size_t kMinOffsetSize = 4 + 8 + 4 + 8 + 2;

TopicMetadata ReadTopic(Reader& reader) {
  TopicMetadata topic;
  topic.name = reader.String(kCompact);
  topic.id = reader.ReadUuid();
  topic.num_partitions = reader.Int32();
  for (int32_t left = reader.NonNullArrayLength(false, 2); left > 0; --left) {
    std::string name = reader.String(kCompact);
    topic.configs[std::move(name)] = reader.String(kCompact);
  }
  return topic;
}

GroupOffsets ReadOffsets(Reader& reader) {
  GroupOffsets offsets;
  for (int32_t left = reader.NonNullArrayLength(false, kMinOffsetSize); left > 0; --left) {
    TopicPartition partition;
    partition.topic = reader.String(kCompact);
    partition.partition = reader.Int32();
    CommittedOffset& committed = offsets[std::move(partition)];
    committed.offset = reader.Int64();
    committed.leader_epoch = reader.Int32();
    committed.metadata = reader.String(kCompact);
    committed.commit_time_ms = reader.Int64();
  }
  return offsets;
}

void WriteOffsets(const GroupOffsets& offsets, Writer* writer) {
  writer->ArrayLength(offsets.size(), false);
  for (const auto& [partition, committed] : offsets) {
    writer->String(partition.topic, kCompact);
    writer->Int32(partition.partition);
    writer->Int64(committed.offset);
    writer->Int32(committed.leader_epoch);
    writer->String(committed.metadata, kCompact);
    writer->Int64(committed.commit_time_ms);
  }
}

std::map<std::string, GroupOffsets> ReadGroups(Reader& reader) {
  std::map<std::string, GroupOffsets> groups;
  for (int32_t left = reader.NonNullArrayLength(false, 5); left > 0; --left) {
    GroupOffsets& offsets = groups[reader.String(kCompact)];
    offsets = ReadOffsets(reader);
  }
  return groups;
}

void WriteGroups(const std::map<std::string, GroupOffsets>& groups, Writer* writer) {
  writer->ArrayLength(groups.size(), false);
  for (const auto& [group, offsets] : groups) {
    writer->String(group, kCompact);
    WriteOffsets(offsets, writer);
  }
}

std::vector<TopicPartition> ReadPartitions(Reader& reader) {
  std::vector<TopicPartition> partitions;
  for (int32_t left = reader.NonNullArrayLength(false, 5); left > 0; --left) {
    TopicPartition& partition = partitions.emplace_back();
    partition.topic = reader.String(kCompact);
    partition.partition = reader.Int32();
  }
  return partitions;
}

Transaction ReadTransaction(Reader& reader) {
  Transaction transaction;
  transaction.id = reader.String(kCompact);
  transaction.producer_id = reader.Int64();
  transaction.epoch = reader.Int16();
  transaction.last_producer_id = reader.Int64();
  transaction.last_epoch = reader.Int16();
  const int8_t state = reader.Int8();
  if (state < 0 || state > static_cast<int8_t>(TransactionState::kCompleteAbort)) reader.Fail("transaction state");
  transaction.state = static_cast<TransactionState>(state);
  transaction.timeout_ms = reader.Int32();
  transaction.start_ms = reader.Int64();
  transaction.update_ms = reader.Int64();
  for (TopicPartition& partition : ReadPartitions(reader)) transaction.partitions.insert(std::move(partition));
  transaction.offsets = ReadGroups(reader);
  return transaction;
}

}  // namespace

std::string MetadataState::ClusterIdSet(std::string_view cluster_id) {
  Writer writer = Begin(Kind::kClusterId);
  writer.String(cluster_id, kCompact);
  return Finish(std::move(writer));
}

std::string MetadataState::TopicSet(const TopicMetadata& topic) {
  Writer writer = Begin(Kind::kTopic);
  writer.String(topic.name, kCompact);
  writer.WriteUuid(topic.id);
  writer.Int32(topic.num_partitions);
  writer.ArrayLength(topic.configs.size(), false);
  for (const auto& [name, value] : topic.configs) {
    writer.String(name, kCompact);
    writer.String(value, kCompact);
  }
  return Finish(std::move(writer));
}

std::string MetadataState::TopicDeleted(const TopicMetadata& topic) {
  Writer writer = Begin(Kind::kTopicDeleted);
  writer.String(topic.name, kCompact);
  writer.WriteUuid(topic.id);
  return Finish(std::move(writer));
}

std::string MetadataState::FoldersRemoved(const kafka::Uuid& topic_id) {
  Writer writer = Begin(Kind::kFoldersRemoved);
  writer.WriteUuid(topic_id);
  return Finish(std::move(writer));
}

std::string MetadataState::ProducerIdsReserved(int64_t end) {
  Writer writer = Begin(Kind::kProducerIds);
  writer.Int64(end);
  return Finish(std::move(writer));
}

std::string MetadataState::OffsetsSet(const std::string& group, const GroupOffsets& offsets) {
  Writer writer = Begin(Kind::kOffsets);
  writer.String(group, kCompact);
  WriteOffsets(offsets, &writer);
  return Finish(std::move(writer));
}

std::string MetadataState::OffsetsDeleted(const std::string& group, const std::vector<TopicPartition>& partitions) {
  Writer writer = Begin(Kind::kOffsetsDeleted);
  writer.String(group, kCompact);
  writer.ArrayLength(partitions.size(), false);
  for (const TopicPartition& partition : partitions) {
    writer.String(partition.topic, kCompact);
    writer.Int32(partition.partition);
  }
  return Finish(std::move(writer));
}

std::string MetadataState::TransactionSet(const Transaction& transaction,
                                          const std::map<std::string, GroupOffsets>& committed) {
  Writer writer = Begin(Kind::kTransaction);
  writer.String(transaction.id, kCompact);
  writer.Int64(transaction.producer_id);
  writer.Int16(transaction.epoch);
  writer.Int64(transaction.last_producer_id);
  writer.Int16(transaction.last_epoch);
  writer.Int8(static_cast<int8_t>(transaction.state));
  writer.Int32(transaction.timeout_ms);
  writer.Int64(transaction.start_ms);
  writer.Int64(transaction.update_ms);
  writer.ArrayLength(transaction.partitions.size(), false);
  for (const TopicPartition& partition : transaction.partitions) {
    writer.String(partition.topic, kCompact);
    writer.Int32(partition.partition);
  }
  WriteGroups(transaction.offsets, &writer);
  WriteGroups(committed, &writer);
  return Finish(std::move(writer));
}

std::string MetadataState::TransactionDeleted(std::string_view transactional_id) {
  Writer writer = Begin(Kind::kTransactionDeleted);
  writer.String(transactional_id, kCompact);
  return Finish(std::move(writer));
}

Status MetadataState::Apply(std::string_view change) {
  Reader reader(change);
  const auto kind = static_cast<Kind>(reader.Int8());
  // Read all of it before anything changes.
  TopicMetadata topic;
  GroupOffsets offsets;
  std::vector<TopicPartition> partitions;
  Transaction transaction;
  std::map<std::string, GroupOffsets> committed;
  std::string text;
  kafka::Uuid id;
  int64_t number = 0;
  switch (kind) {
    case Kind::kClusterId: text = reader.String(kCompact); break;
    case Kind::kTopic: topic = ReadTopic(reader); break;
    case Kind::kTopicDeleted:
      text = reader.String(kCompact);
      id = reader.ReadUuid();
      break;
    case Kind::kFoldersRemoved: id = reader.ReadUuid(); break;
    case Kind::kProducerIds: number = reader.Int64(); break;
    case Kind::kOffsets:
      text = reader.String(kCompact);
      offsets = ReadOffsets(reader);
      break;
    case Kind::kOffsetsDeleted:
      text = reader.String(kCompact);
      partitions = ReadPartitions(reader);
      break;
    case Kind::kTransaction:
      transaction = ReadTransaction(reader);
      committed = ReadGroups(reader);
      break;
    case Kind::kTransactionDeleted: text = reader.String(kCompact); break;
    default:
      return UserError(fmt::format("metadata change of the unknown kind {}", static_cast<int>(kind)))
          .WithHint("The data folder was written by a later version.");
  }
  if (!reader.ok()) return reader.error();

  switch (kind) {
    case Kind::kClusterId: cluster_id_ = std::move(text); break;
    case Kind::kTopic: topics_[topic.name] = topic; break;
    case Kind::kTopicDeleted:
      topics_.erase(text);
      deleted_.insert(id);
      for (auto& [group, of_group] : groups_) {
        std::erase_if(of_group, [&](const auto& each) { return each.first.topic == text; });
      }
      std::erase_if(groups_, [](const auto& each) { return each.second.empty(); });
      break;
    case Kind::kFoldersRemoved: deleted_.erase(id); break;
    case Kind::kProducerIds: producer_ids_end_ = number; break;
    case Kind::kOffsets:
      for (auto& [partition, committed] : offsets) groups_[text][partition] = std::move(committed);
      break;
    case Kind::kOffsetsDeleted:
      if (const auto group = groups_.find(text); group != groups_.end()) {
        for (const TopicPartition& partition : partitions) group->second.erase(partition);
        if (group->second.empty()) groups_.erase(group);
      }
      break;
    case Kind::kTransaction:
      for (auto& [group, of_group] : committed) {
        for (auto& [partition, offset] : of_group) groups_[group][partition] = std::move(offset);
      }
      transactions_[transaction.id] = transaction;
      break;
    case Kind::kTransactionDeleted: transactions_.erase(text); break;
  }
  return Ok();
}

std::vector<std::string> MetadataState::Snapshot() const {
  std::vector<std::string> changes;
  changes.push_back(ClusterIdSet(cluster_id_));
  changes.push_back(ProducerIdsReserved(producer_ids_end_));
  for (const auto& [name, topic] : topics_) changes.push_back(TopicSet(topic));
  for (const kafka::Uuid& id : deleted_) {
    TopicMetadata topic;  // the name is free again
    topic.id = id;
    changes.push_back(TopicDeleted(topic));
  }
  for (const auto& [group, offsets] : groups_) changes.push_back(OffsetsSet(group, offsets));
  for (const auto& [id, transaction] : transactions_) changes.push_back(TransactionSet(transaction));
  return changes;
}

}  // namespace millrace::broker
