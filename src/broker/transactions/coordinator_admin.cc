#include <algorithm>

#include "broker/transactions/coordinator.h"

// What administrators see of the transactions.
namespace millrace::broker {

using kafka::Code;
using kafka::ErrorCode;

kafka::DescribeTransactionsResponse TransactionCoordinator::Describe(
    const kafka::DescribeTransactionsRequest& request) const {
  kafka::DescribeTransactionsResponse response;
  for (const std::string& id : request.transactional_ids) {
    auto& out = response.transaction_states.emplace_back();
    out.transactional_id = id;
    const auto found = entries_.find(id);
    if (id.empty() || found == entries_.end()) {
      out.error_code = Code(id.empty() ? ErrorCode::kInvalidRequest : ErrorCode::kTransactionalIdNotFound);
      continue;
    }
    const Transaction& transaction = found->second.stored;
    out.transaction_state = TransactionStateName(transaction.state);
    out.transaction_timeout_ms = transaction.timeout_ms;
    out.transaction_start_time_ms = transaction.start_ms;
    out.producer_id = transaction.producer_id;
    out.producer_epoch = transaction.epoch;
    for (const TopicPartition& partition : transaction.partitions) {
      if (out.topics.empty() || out.topics.back().topic != partition.topic) {
        out.topics.push_back({partition.topic, {}});
      }
      out.topics.back().partitions.push_back(partition.partition);
    }
  }
  return response;
}

kafka::ListTransactionsResponse TransactionCoordinator::List(const kafka::ListTransactionsRequest& request) const {
  kafka::ListTransactionsResponse response;
  std::set<TransactionState> states;
  for (const std::string& name : request.state_filters) {
    if (const auto state = ParseTransactionState(name)) {
      states.insert(*state);
    } else {
      response.unknown_state_filters.push_back(name);
    }
  }
  const std::vector<int64_t>& producers = request.producer_id_filters;
  const int64_t now_ms = clock_.WallMillis();
  for (const auto& [id, entry] : entries_) {
    const Transaction& transaction = entry.stored;
    if (!request.state_filters.empty() && !states.contains(transaction.state)) continue;
    if (!producers.empty() && std::find(producers.begin(), producers.end(), transaction.producer_id) == producers.end())
      continue;
    if (request.duration_filter >= 0 &&
        (transaction.start_ms < 0 || now_ms - transaction.start_ms <= request.duration_filter))
      continue;
    response.transaction_states.push_back(
        {id, transaction.producer_id, std::string(TransactionStateName(transaction.state))});
  }
  return response;
}

}  // namespace millrace::broker
