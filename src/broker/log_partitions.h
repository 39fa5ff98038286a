#pragma once

#include "broker/storage.h"
#include "broker/transactions/transaction_partitions.h"

namespace millrace::broker {

// The partitions of the storage, for the transaction coordinator. On the control thread.
class LogPartitions final : public TransactionPartitions {
 public:
  // `flush_always`: a marker is done once it is on the disk; `post` (any thread) runs what follows on the control
  // thread.
  LogPartitions(Storage& storage, bool flush_always, std::function<void(std::function<void()>)> post)
      : storage_(storage), flush_always_(flush_always), post_(std::move(post)) {}

  void Begin(const TopicPartition& partition, int64_t producer_id, int16_t epoch) override;
  void End(const TopicPartition& partition, const TransactionMarker& marker, std::function<void(Status)> done) override;
  std::vector<std::pair<TopicPartition, ActiveProducer>> Open() override;

 private:
  Storage& storage_;
  const bool flush_always_;
  const std::function<void(std::function<void()>)> post_;
};

}  // namespace millrace::broker
