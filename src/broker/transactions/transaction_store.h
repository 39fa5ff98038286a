#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "broker/groups/offset_store.h"
#include "broker/transactions/transaction.h"

namespace millrace::broker {

// Where transactional ids live. Writes are durable on return as far as the broker's flush policy says. One thread.
class TransactionStore {
 public:
  virtual ~TransactionStore() = default;
  virtual std::vector<Transaction> Transactions() = 0;
  // In one step: the transaction and, when it commits, the offsets of groups.
  virtual Status PutTransaction(const Transaction& transaction,
                                const std::map<std::string, GroupOffsets>& committed) = 0;
  virtual Status DeleteTransaction(const std::string& id) = 0;
  virtual Result<int64_t> NextProducerId() = 0;
};

}  // namespace millrace::broker
