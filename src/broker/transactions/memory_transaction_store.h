#pragma once

#include <map>

#include "broker/transactions/transaction_store.h"

namespace millrace::broker {

// Transactional ids in memory only, for tests of the coordinator.
class MemoryTransactionStore final : public TransactionStore {
 public:
  std::vector<Transaction> Transactions() override {
    std::vector<Transaction> all;
    for (const auto& [id, transaction] : transactions) all.push_back(transaction);
    return all;
  }
  Status PutTransaction(const Transaction& transaction, const std::map<std::string, GroupOffsets>& committed) override {
    if (full) return ExternalError("the disk is full");
    transactions[transaction.id] = transaction;
    for (const auto& [group, of_group] : committed) {
      for (const auto& [partition, offset] : of_group) offsets[group][partition] = offset;
    }
    return Ok();
  }
  Status DeleteTransaction(const std::string& id) override {
    transactions.erase(id);
    return Ok();
  }
  Result<int64_t> NextProducerId() override { return next_producer_id++; }

  std::map<std::string, Transaction> transactions;
  std::map<std::string, GroupOffsets> offsets;
  int64_t next_producer_id = 1000;
  bool full = false;
};

}  // namespace millrace::broker
