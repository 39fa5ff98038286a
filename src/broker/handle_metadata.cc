#include <algorithm>

#include "broker/handle.h"
#include "broker/storage.h"
#include "broker/topic_admin.h"
#include "net/event_loop.h"

namespace millrace::broker {
namespace {

using kafka::Code;
using kafka::ErrorCode;
using kafka::MetadataRequest;
using kafka::MetadataResponse;

constexpr int16_t kFirstExplicitAutoCreate = 4;

void Describe(const BrokerContext& broker, const Topic& topic, bool with_operations, MetadataResponse::Topic* out) {
  out->name = topic.name;
  out->topic_id = topic.id;
  out->is_internal = topic.name == "__consumer_offsets" || topic.name == "__transaction_state";
  if (with_operations) out->topic_authorized_operations = kTopicOperations;
  const int32_t self = broker.options.node_id;
  for (int32_t index = 0; index < static_cast<int32_t>(topic.partitions.size()); ++index) {
    auto& partition = out->partitions.emplace_back();
    partition.partition_index = index;
    partition.leader_id = self;
    partition.leader_epoch = kOnlyEpoch;
    partition.replica_nodes = {self};
    partition.isr_nodes = {self};
  }
}

TopicPtr Find(BrokerContext& broker, const MetadataRequest::Topic& wanted) {
  if (wanted.name.has_value()) return broker.store.FindTopic(*wanted.name);
  return broker.store.FindTopic(wanted.topic_id);
}

bool WantsAll(const Request& request, const MetadataRequest& message) {
  // Version 0 has no null array: its empty one means all topics.
  return !message.topics.has_value() || (request.version() == 0 && message.topics->empty());
}

ErrorCode MissingError(const MetadataRequest::Topic& wanted) {
  if (!wanted.name.has_value()) return ErrorCode::kUnknownTopicId;
  return IsValidTopicName(*wanted.name) ? ErrorCode::kUnknownTopicOrPartition : ErrorCode::kInvalidTopic;
}

MetadataResponse Answer(BrokerContext& broker, const Request& request, const MetadataRequest& message) {
  MetadataResponse response;
  const BoundListener& self = *request.listener;
  response.brokers.push_back({broker.options.node_id, self.advertised_host, self.advertised_port, std::nullopt});
  response.cluster_id = broker.store.ClusterId();
  response.controller_id = broker.options.node_id;
  if (message.include_cluster_authorized_operations) response.cluster_authorized_operations = kClusterOperations;
  const bool with_operations = message.include_topic_authorized_operations;
  if (WantsAll(request, message)) {
    for (const TopicPtr& topic : broker.store.Topics())
      Describe(broker, *topic, with_operations, &response.topics.emplace_back());
    return response;
  }
  for (const MetadataRequest::Topic& wanted : *message.topics) {
    auto& out = response.topics.emplace_back();
    if (const TopicPtr topic = Find(broker, wanted)) {
      Describe(broker, *topic, with_operations, &out);
    } else {
      out.error_code = Code(MissingError(wanted));
      out.name = wanted.name;
      out.topic_id = wanted.topic_id;
    }
  }
  return response;
}

}  // namespace

// Topics that are missing are created before the answer, so that a producer's first try succeeds (real Kafka answers
// UNKNOWN_TOPIC_OR_PARTITION once or twice). Creation waits for the disk, hence the control thread.
void HandleMetadata(BrokerContext& broker, Request request, MetadataRequest message, const Responder& responder) {
  const bool may_create = broker.options.auto_create_topics && !WantsAll(request, message) &&
                          (request.version() < kFirstExplicitAutoCreate || message.allow_auto_topic_creation);
  const auto creatable = [&broker](const MetadataRequest::Topic& wanted) {
    return wanted.name.has_value() && IsValidTopicName(*wanted.name) && broker.store.FindTopic(*wanted.name) == nullptr;
  };
  if (!may_create || std::none_of(message.topics->begin(), message.topics->end(), creatable)) {
    return responder.Send(Answer(broker, request, message));
  }
  broker.control.Post([&broker, request = std::move(request), message = std::move(message), responder, creatable] {
    for (const MetadataRequest::Topic& wanted : *message.topics) {
      if (creatable(wanted)) CreateTopic(broker, {.name = *wanted.name}, false);
    }
    responder.Send(Answer(broker, request, message));
  });
}

}  // namespace millrace::broker
