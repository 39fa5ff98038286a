#include <algorithm>

#include "base/log.h"
#include "broker/groups/coordinator.h"
#include "broker/handle.h"
#include "broker/storage.h"
#include "broker/transactions/coordinator.h"

namespace millrace::broker {
namespace {

using kafka::Code;
using kafka::ErrorCode;

// Clients of before Kafka 2.7 know one error for a producer that was fenced.
int16_t FencedCode(ErrorCode error, int16_t version, int16_t first_fenced) {
  const bool old = error == ErrorCode::kProducerFenced && version < first_fenced;
  return Code(old ? ErrorCode::kInvalidProducerEpoch : error);
}
constexpr int16_t kFirstFencedInit = 4;
constexpr int16_t kFirstFenced = 2;  // AddPartitionsToTxn, AddOffsetsToTxn, EndTxn

bool Exists(BrokerContext& broker, const std::string& topic, int32_t partition) {
  const TopicPtr found = broker.store.FindTopic(topic);
  return found != nullptr && found->Find(partition) != nullptr;
}

template <typename Message>
TransactionCaller CallerOf(const Message& message) {
  return {message.transactional_id, message.producer_id, message.producer_epoch};
}

}  // namespace

kafka::InitProducerIdResponse HandleInitProducerId(BrokerContext& broker, const Request& request,
                                                   const kafka::InitProducerIdRequest& message) {
  if (message.transactional_id.has_value()) {
    kafka::InitProducerIdResponse response = broker.transactions.InitProducerId(message);
    response.error_code = FencedCode(static_cast<ErrorCode>(response.error_code), request.version(), kFirstFencedInit);
    broker.deadlines_changed();
    return response;
  }
  kafka::InitProducerIdResponse response;
  const Result<int64_t> id = broker.store.NextProducerId();
  if (!id.ok()) {
    Log(LogLevel::kError, "broker", "cannot give out a producer id: {}", id.error().ToString());
    response.error_code = Code(ErrorCode::kCoordinatorNotAvailable);
    response.producer_epoch = -1;
    return response;
  }
  response.producer_id = *id;
  return response;
}

kafka::AddPartitionsToTxnResponse HandleAddPartitionsToTxn(BrokerContext& broker, const Request& request,
                                                           const kafka::AddPartitionsToTxnRequest& message) {
  std::set<TopicPartition> partitions;
  bool all_exist = true;
  for (const auto& topic : message.topics) {
    for (const int32_t partition : topic.partitions) {
      partitions.insert({topic.name, partition});
      all_exist = all_exist && Exists(broker, topic.name, partition);
    }
  }
  ErrorCode error = ErrorCode::kOperationNotAttempted;
  if (all_exist) error = broker.transactions.AddPartitions(CallerOf(message), partitions);
  broker.deadlines_changed();
  kafka::AddPartitionsToTxnResponse response;
  for (const auto& topic : message.topics) {
    auto& out = response.results.emplace_back();
    out.name = topic.name;
    for (const int32_t partition : topic.partitions) {
      const bool missing = !all_exist && !Exists(broker, topic.name, partition);
      out.results.push_back({partition, FencedCode(missing ? ErrorCode::kUnknownTopicOrPartition : error,
                                                   request.version(), kFirstFenced)});
    }
  }
  return response;
}

kafka::AddOffsetsToTxnResponse HandleAddOffsetsToTxn(BrokerContext& broker, const Request& request,
                                                     const kafka::AddOffsetsToTxnRequest& message) {
  const ErrorCode error = message.group_id.empty() ? ErrorCode::kInvalidGroupId
                                                   : broker.transactions.AddGroup(CallerOf(message), message.group_id);
  broker.deadlines_changed();
  kafka::AddOffsetsToTxnResponse response;
  response.error_code = FencedCode(error, request.version(), kFirstFenced);
  return response;
}

void HandleEndTxn(BrokerContext& broker, Request request, kafka::EndTxnRequest message, const Responder& responder) {
  broker.transactions.End(CallerOf(message), message.committed,
                          [responder, version = request.version()](ErrorCode error) {
                            kafka::EndTxnResponse response;
                            response.error_code = FencedCode(error, version, kFirstFenced);
                            responder.Send(response);
                          });
  broker.deadlines_changed();
}

kafka::TxnOffsetCommitResponse HandleTxnOffsetCommit(BrokerContext& broker, const Request&,
                                                     const kafka::TxnOffsetCommitRequest& message) {
  GroupOffsets accepted;
  kafka::TxnOffsetCommitResponse response = broker.groups.JudgeStagedOffsets(
      message, [&](const std::string& topic, int32_t partition) { return Exists(broker, topic, partition); },
      &accepted);
  if (accepted.empty()) return response;
  ErrorCode error = broker.transactions.StageOffsets(CallerOf(message), message.group_id, accepted);
  // A group is told what a log would say of the write.
  if (error == ErrorCode::kProducerFenced) error = ErrorCode::kInvalidProducerEpoch;
  for (auto& topic : response.topics) {
    for (auto& partition : topic.partitions) {
      if (partition.error_code == 0) partition.error_code = Code(error);
    }
  }
  return response;
}

kafka::DescribeProducersResponse HandleDescribeProducers(BrokerContext& broker, const Request&,
                                                         const kafka::DescribeProducersRequest& message) {
  kafka::DescribeProducersResponse response;
  for (const auto& topic : message.topics) {
    auto& out_topic = response.topics.emplace_back();
    out_topic.name = topic.name;
    const TopicPtr found = broker.store.FindTopic(topic.name);
    for (const int32_t index : topic.partition_indexes) {
      auto& out = out_topic.partitions.emplace_back();
      out.partition_index = index;
      const PartitionStore* store = found != nullptr ? found->Find(index) : nullptr;
      if (store == nullptr) {
        out.error_code = Code(ErrorCode::kUnknownTopicOrPartition);
        continue;
      }
      for (const ActiveProducer& producer : store->Producers()) {
        out.active_producers.push_back({producer.id, producer.epoch, producer.last_sequence, producer.last_timestamp,
                                        producer.coordinator_epoch, producer.open_transaction_from});
      }
    }
  }
  return response;
}

kafka::DescribeTransactionsResponse HandleDescribeTransactions(BrokerContext& broker, const Request&,
                                                               const kafka::DescribeTransactionsRequest& message) {
  return broker.transactions.Describe(message);
}

kafka::ListTransactionsResponse HandleListTransactions(BrokerContext& broker, const Request&,
                                                       const kafka::ListTransactionsRequest& message) {
  return broker.transactions.List(message);
}

}  // namespace millrace::broker
