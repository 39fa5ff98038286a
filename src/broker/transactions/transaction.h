#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "broker/groups/offset_store.h"

namespace millrace::broker {

// The numbers are on disk.
enum class TransactionState : uint8_t {
  kEmpty = 0,
  kOngoing = 1,
  kPrepareCommit = 2,
  kPrepareAbort = 3,
  kCompleteCommit = 4,
  kCompleteAbort = 5,
};
std::string_view TransactionStateName(TransactionState state);  // as Kafka spells it: "PrepareCommit"
std::optional<TransactionState> ParseTransactionState(std::string_view name);

// A transactional id, the producer that holds it and its current or last transaction: what the coordinator keeps over a
// restart.
struct Transaction {
  std::string id;
  int64_t producer_id = -1;
  int16_t epoch = -1;
  // Before the last InitProducerId that named the producer's own epoch, else -1: such a request may be a repeated one.
  int64_t last_producer_id = -1;
  int16_t last_epoch = -1;
  TransactionState state = TransactionState::kEmpty;
  int32_t timeout_ms = 0;
  int64_t start_ms = -1;                        // of the current or last transaction, wall time
  int64_t update_ms = 0;                        // of the last change
  std::set<TopicPartition> partitions;          // of the current transaction
  std::map<std::string, GroupOffsets> offsets;  // of the current transaction, by group; empty at first

  // The decision is taken, its markers are not all written.
  bool deciding() const {
    return state == TransactionState::kPrepareCommit || state == TransactionState::kPrepareAbort;
  }
  bool open() const { return state == TransactionState::kOngoing || deciding(); }
};

}  // namespace millrace::broker
