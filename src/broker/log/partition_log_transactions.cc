#include "broker/log/partition_log.h"
#include "broker/log/transaction_marker.h"

namespace millrace::broker {

using kafka::ErrorCode;

void PartitionLog::BeginTransaction(int64_t producer_id, int16_t epoch) {
  std::lock_guard lock(append_mutex_);
  in_transaction_[producer_id] = epoch;
}

AppendOutcome PartitionLog::AppendMarker(const TransactionMarker& marker) {
  const auto config = this->config();
  const int64_t now_ms = options_.clock->WallMillis();
  const std::string batch = EncodeMarker(marker, now_ms);
  AppendOutcome outcome;
  {
    std::lock_guard lock(append_mutex_);
    if (AppendOutcome refused = CheckOpen(); refused.error != ErrorCode::kNone) return refused;
    ProducerVerdict verdict = producers_.CheckMarker(marker.producer_id, marker.producer_epoch);
    if (verdict.error != ErrorCode::kNone) return Refusal(verdict.error, std::move(verdict.message));
    kafka::BatchHeader header = kafka::DecodeBatchHeader(batch.data());
    outcome = Write(header, batch, *config, now_ms);
    if (outcome.error != ErrorCode::kNone) return outcome;
    in_transaction_.erase(marker.producer_id);
    NoteBatch(header, &marker, now_ms);
  }
  NoteDirty(batch.size());
  observers_.Notify();
  return outcome;
}

std::vector<ActiveProducer> PartitionLog::Producers() const {
  std::lock_guard lock(append_mutex_);
  return producers_.List();
}

}  // namespace millrace::broker
