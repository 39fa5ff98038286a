#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/log.h"
#include "broker/groups/coordinator.h"
#include "broker/handle.h"
#include "broker/storage.h"
#include "broker/topic_admin.h"
#include "broker/transactions/coordinator.h"

namespace millrace::broker {
namespace {

using kafka::Code;
using kafka::ErrorCode;

constexpr int16_t kFirstWithConfigs = 5;
constexpr int16_t kFirstDeleteByEntry = 6;

// A manual assignment must name partitions 0..n-1 and only this broker.
AdminOutcome CheckAssignments(const BrokerContext& broker, const kafka::CreateTopicsRequest::Topic& topic) {
  if (topic.assignments.empty()) return {};
  if (topic.num_partitions != -1 || topic.replication_factor != -1) {
    return {ErrorCode::kInvalidRequest, "Both numPartitions or replicationFactor and replicasAssignments were set."};
  }
  std::set<int32_t> partitions;
  for (const auto& assignment : topic.assignments) {
    partitions.insert(assignment.partition_index);
    if (assignment.broker_ids != std::vector<int32_t>{broker.options.node_id}) {
      return {ErrorCode::kInvalidReplicaAssignment,
              fmt::format("Each partition must be assigned to broker {} alone.", broker.options.node_id)};
    }
  }
  const auto count = static_cast<int32_t>(topic.assignments.size());
  if (*partitions.begin() != 0 || *partitions.rbegin() != count - 1 ||
      static_cast<int32_t>(partitions.size()) != count) {
    return {ErrorCode::kInvalidReplicaAssignment, "The assignment must name each partition once, from 0 on."};
  }
  return {};
}

void FillConfigs(const BrokerContext& broker, const ConfigMap& own, kafka::CreateTopicsResponse::Topic* out) {
  auto& configs = out->configs.emplace();
  for (const ConfigDef& def : TopicConfigs()) {
    EffectiveConfig effective = ResolveTopicConfig(def, own, broker.options.configs);
    configs.push_back(
        {std::string(def.name), std::move(effective.value), false, static_cast<int8_t>(effective.source), false});
  }
}

AdminOutcome CreateOne(BrokerContext& broker, const kafka::CreateTopicsRequest& request,
                       const kafka::CreateTopicsRequest::Topic& topic, NewTopic* wanted) {
  if (std::count_if(request.topics.begin(), request.topics.end(),
                    [&](const auto& other) { return other.name == topic.name; }) > 1) {
    return {ErrorCode::kInvalidRequest, "Duplicate topic name."};
  }
  if (AdminOutcome outcome = CheckAssignments(broker, topic); !outcome.ok()) return outcome;
  wanted->name = topic.name;
  wanted->num_partitions =
      topic.assignments.empty() ? topic.num_partitions : static_cast<int32_t>(topic.assignments.size());
  wanted->replication_factor = topic.replication_factor;
  for (const auto& config : topic.configs) {
    if (!config.value.has_value())
      return {ErrorCode::kInvalidConfig, fmt::format("Null value not supported for topic configs: {}", config.name)};
    wanted->configs[config.name] = *config.value;
  }
  return CreateTopic(broker, *wanted, request.validate_only);
}

AdminOutcome GrowTopic(BrokerContext& broker, const kafka::CreatePartitionsRequest::Topic& wanted, bool validate_only) {
  const TopicPtr topic = broker.store.FindTopic(wanted.name);
  if (topic == nullptr) return {ErrorCode::kUnknownTopicOrPartition, "This server does not host this topic-partition."};
  const auto current = static_cast<int32_t>(topic->partitions.size());
  if (wanted.count <= current) {
    return {ErrorCode::kInvalidPartitions,
            wanted.count == current
                ? fmt::format("Topic already has {} partition(s).", current)
                : fmt::format("The topic {} currently has {} partition(s); {} would not be an increase.", wanted.name,
                              current, wanted.count)};
  }
  if (wanted.assignments.has_value()) {
    if (static_cast<int32_t>(wanted.assignments->size()) != wanted.count - current) {
      return {ErrorCode::kInvalidReplicaAssignment,
              fmt::format("Attempted to add {} additional partition(s), but only {} assignment(s) "
                          "were specified.",
                          wanted.count - current, wanted.assignments->size())};
    }
    for (const auto& assignment : *wanted.assignments) {
      if (assignment.broker_ids != std::vector<int32_t>{broker.options.node_id}) {
        return {ErrorCode::kInvalidReplicaAssignment, "Each new partition must be assigned to this broker alone."};
      }
    }
  }
  if (validate_only) return {};
  const Status status = broker.store.AddPartitions(wanted.name, wanted.count);
  if (!status.ok()) return {ErrorCode::kKafkaStorageError, status.error().message};
  return {};
}

}  // namespace

kafka::CreateTopicsResponse HandleCreateTopics(BrokerContext& broker, const Request& request,
                                               const kafka::CreateTopicsRequest& message) {
  kafka::CreateTopicsResponse response;
  for (const auto& topic : message.topics) {
    NewTopic wanted;
    AdminOutcome outcome = CreateOne(broker, message, topic, &wanted);
    auto& out = response.topics.emplace_back();
    out.name = topic.name;
    out.error_code = Code(outcome.error);
    if (!outcome.ok()) {
      out.error_message = std::move(outcome.message);
      continue;
    }
    if (const TopicPtr created = broker.store.FindTopic(topic.name)) out.topic_id = created->id;
    out.num_partitions = PartitionsOf(broker, wanted);
    out.replication_factor = 1;
    if (request.version() >= kFirstWithConfigs) FillConfigs(broker, wanted.configs, &out);
  }
  return response;
}

kafka::DeleteTopicsResponse HandleDeleteTopics(BrokerContext& broker, const Request& request,
                                               const kafka::DeleteTopicsRequest& message) {
  std::vector<kafka::DeleteTopicsRequest::Topic> wanted = message.topics;
  if (request.version() < kFirstDeleteByEntry) {
    for (const std::string& name : message.topic_names) wanted.push_back({name, {}});
  }
  kafka::DeleteTopicsResponse response;
  for (const auto& each : wanted) {
    const TopicPtr topic =
        each.name.has_value() ? broker.store.FindTopic(*each.name) : broker.store.FindTopic(each.topic_id);
    auto& out = response.responses.emplace_back();
    out.name = topic != nullptr ? std::optional(topic->name) : each.name;
    out.topic_id = topic != nullptr ? topic->id : each.topic_id;
    if (topic == nullptr) {
      const ErrorCode error = each.name.has_value() ? ErrorCode::kUnknownTopicOrPartition : ErrorCode::kUnknownTopicId;
      out.error_code = Code(error);
      out.error_message = std::string(kafka::ErrorText(out.error_code));
      continue;
    }
    const Status status = broker.store.DeleteTopic(topic->name);
    if (!status.ok()) {
      out.error_code = Code(ErrorCode::kKafkaStorageError);
      out.error_message = status.error().message;
      continue;
    }
    broker.groups.OnTopicDeleted(topic->name);
    broker.transactions.OnTopicDeleted(topic->name);
    Log(LogLevel::kInfo, "broker", "deleted topic {}", topic->name);
  }
  return response;
}

kafka::DeleteRecordsResponse HandleDeleteRecords(BrokerContext& broker, const Request&,
                                                 const kafka::DeleteRecordsRequest& message) {
  constexpr int64_t kToHighWatermark = -1;
  kafka::DeleteRecordsResponse response;
  for (const auto& topic : message.topics) {
    auto& out_topic = response.topics.emplace_back();
    out_topic.name = topic.name;
    const TopicPtr found = broker.store.FindTopic(topic.name);
    for (const auto& partition : topic.partitions) {
      auto& out = out_topic.partitions.emplace_back();
      out.partition_index = partition.partition_index;
      out.low_watermark = -1;
      PartitionStore* store = found != nullptr ? found->Find(partition.partition_index) : nullptr;
      if (store == nullptr) {
        out.error_code = Code(ErrorCode::kUnknownTopicOrPartition);
        continue;
      }
      const PartitionBounds bounds = store->Bounds();
      const int64_t offset = partition.offset == kToHighWatermark ? bounds.high_watermark : partition.offset;
      if (offset < 0 || offset > bounds.high_watermark) {
        out.error_code = Code(ErrorCode::kOffsetOutOfRange);
        continue;
      }
      if (!store->DeleteBefore(offset).ok()) {
        out.error_code = Code(ErrorCode::kKafkaStorageError);
        continue;
      }
      out.low_watermark = store->Bounds().log_start;
    }
  }
  return response;
}

kafka::CreatePartitionsResponse HandleCreatePartitions(BrokerContext& broker, const Request&,
                                                       const kafka::CreatePartitionsRequest& message) {
  kafka::CreatePartitionsResponse response;
  for (const auto& topic : message.topics) {
    AdminOutcome outcome = GrowTopic(broker, topic, message.validate_only);
    auto& out = response.results.emplace_back();
    out.name = topic.name;
    out.error_code = Code(outcome.error);
    if (!outcome.ok()) out.error_message = std::move(outcome.message);
  }
  return response;
}

}  // namespace millrace::broker
