#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "broker/groups/offset_store.h"
#include "broker/storage.h"

namespace millrace::broker {

// The partitions that transactions write to, as the coordinator needs them. One thread.
class TransactionPartitions {
 public:
  virtual ~TransactionPartitions() = default;
  // Lets the producer's transactional batches into the partition.
  virtual void Begin(const TopicPartition& partition, int64_t producer_id, int16_t epoch) = 0;
  // Writes a marker and calls `done`, inside the call or later on the same thread, once it is as durable as the flush
  // policy asks. A partition that is gone needs none: that is a success.
  virtual void End(const TopicPartition& partition, const TransactionMarker& marker,
                   std::function<void(Status)> done) = 0;
  // All that are open in the logs.
  virtual std::vector<std::pair<TopicPartition, ActiveProducer>> Open() = 0;
};

}  // namespace millrace::broker
