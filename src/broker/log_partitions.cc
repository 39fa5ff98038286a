#include "broker/log_partitions.h"

#include "base/log.h"

namespace millrace::broker {

using kafka::ErrorCode;

void LogPartitions::Begin(const TopicPartition& partition, int64_t producer_id, int16_t epoch) {
  const TopicPtr topic = storage_.FindTopic(partition.topic);
  PartitionStore* store = topic == nullptr ? nullptr : topic->Find(partition.partition);
  if (store != nullptr) store->BeginTransaction(producer_id, epoch);
}

void LogPartitions::End(const TopicPartition& partition, const TransactionMarker& marker,
                        std::function<void(Status)> done) {
  const TopicPtr topic = storage_.FindTopic(partition.topic);
  PartitionStore* store = topic == nullptr ? nullptr : topic->Find(partition.partition);
  if (store == nullptr) return done(Ok());
  const AppendOutcome outcome = store->AppendMarker(marker);
  switch (outcome.error) {
    case ErrorCode::kNone: break;
    case ErrorCode::kUnknownTopicOrPartition: return done(Ok());  // deleted at this moment
    case ErrorCode::kInvalidProducerEpoch:
      // A later epoch of the producer has written here: its transaction was ended before.
      Log(LogLevel::kWarn, "transactions", "{}-{} refuses a marker: {}", partition.topic, partition.partition,
          outcome.message);
      return done(Ok());
    default: return done(ExternalError(outcome.message));
  }
  if (!flush_always_) return done(Ok());
  store->WhenDurable([done = std::move(done), &post = post_](Status status) {
    post([done, status = std::move(status)] { done(status); });
  });
}

std::vector<std::pair<TopicPartition, ActiveProducer>> LogPartitions::Open() {
  std::vector<std::pair<TopicPartition, ActiveProducer>> open;
  for (const TopicPtr& topic : storage_.Topics()) {
    for (size_t i = 0; i < topic->partitions.size(); ++i) {
      for (const ActiveProducer& producer : topic->partitions[i]->Producers()) {
        if (producer.open_transaction_from < 0) continue;
        open.push_back({{topic->name, static_cast<int32_t>(i)}, producer});
      }
    }
  }
  return open;
}

}  // namespace millrace::broker
