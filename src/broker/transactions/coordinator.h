#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "broker/transactions/settings.h"
#include "broker/transactions/transaction.h"
#include "broker/transactions/transaction_partitions.h"
#include "broker/transactions/transaction_store.h"
#include "kafka/protocol/errors.h"
#include "kafka/protocol/messages/transactions.h"

namespace millrace::broker {

// Who speaks for a transactional id.
struct TransactionCaller {
  const std::string& transactional_id;
  int64_t producer_id;
  int16_t epoch;
};

// All transactional ids of the broker: a state machine without threads or timers. An id goes
//   Empty -> Ongoing (first partition or group) -> PrepareCommit | PrepareAbort -> CompleteCommit | CompleteAbort
//   -> Ongoing ...
// The step to Prepare* is the decision: once it is stored, markers are written to every partition and tried again until
// they stand, over restarts too; then the outcome and the offsets of groups are stored in one step. Rules and errors
// are Kafka 3.9's (TransactionCoordinator, transaction.version 0). One thread (the broker's control loop).
class TransactionCoordinator {
 public:
  // `offsets_committed` is told the groups whose offsets a commit has set.
  TransactionCoordinator(const Clock& clock, TransactionSettings settings, TransactionStore& store,
                         TransactionPartitions& partitions,
                         std::function<void(const std::string& group)> offsets_committed);

  // Once, before requests: takes up the stored transactions, finishes decided ones, aborts what is open in a log but
  // known to no transaction.
  void Start();

  kafka::InitProducerIdResponse InitProducerId(const kafka::InitProducerIdRequest& request);
  kafka::ErrorCode AddPartitions(const TransactionCaller& caller, const std::set<TopicPartition>& partitions);
  kafka::ErrorCode AddGroup(const TransactionCaller& caller, const std::string& group);
  // Keeps offsets of an added group until the transaction ends.
  kafka::ErrorCode StageOffsets(const TransactionCaller& caller, const std::string& group, const GroupOffsets& offsets);
  // Answers when the markers were tried: then the outcome is certain, though it may not show everywhere yet.
  using EndReply = std::function<void(kafka::ErrorCode)>;
  void End(const TransactionCaller& caller, bool committed, EndReply reply);

  // Whether an open transaction will or may set the offset.
  bool HasStagedOffset(const std::string& group, const TopicPartition& partition) const;
  void OnTopicDeleted(const std::string& topic);

  kafka::DescribeTransactionsResponse Describe(const kafka::DescribeTransactionsRequest& request) const;
  kafka::ListTransactionsResponse List(const kafka::ListTransactionsRequest& request) const;

  // Acts on everything that is due: timeouts, retries, expiry of ids.
  void Tick();
  // The monotonic millisecond of the next thing to do.
  int64_t NextDeadline() const;

 private:
  struct Entry {
    Transaction stored;                 // as the store has it
    int64_t deadline = INT64_MAX;       // monotonic ms: abort the transaction, or try again to finish it
    std::set<TopicPartition> unmarked;  // of a decided transaction: where the marker does not stand yet
    size_t in_flight = 0;               // markers on their way
    std::vector<EndReply> replies;
  };

  int64_t Now() const { return clock_.MonotonicNanos() / 1'000'000; }
  Entry* Find(const std::string& id);
  // The entry when the caller may change its transaction.
  kafka::ErrorCode Check(const TransactionCaller& caller, Entry** entry);
  // Stores `next` and takes it over; a failure is logged and changes nothing.
  bool Store(Entry* entry, Transaction next, const std::map<std::string, GroupOffsets>& committed = {});
  kafka::ErrorCode Renew(Entry* entry, Transaction next, const kafka::InitProducerIdRequest& request);
  kafka::ErrorCode Extend(Entry* entry, Transaction next);
  // Ends an open transaction that its producer did not: an abort under the next epoch, which fences the producer.
  bool Fence(Entry* entry);
  bool Decide(Entry* entry, bool committed, int16_t epoch);
  void WriteMarkers(Entry* entry);
  void OnMarker(const std::string& id, const TopicPartition& partition, const Status& status);
  void Finish(Entry* entry);
  void Complete(Entry* entry);
  void AbortOrphans();
  void ExpireIds();

  const Clock& clock_;
  const TransactionSettings settings_;
  TransactionStore& store_;
  TransactionPartitions& partitions_;
  const std::function<void(const std::string&)> offsets_committed_;
  std::map<std::string, Entry> entries_;  // by transactional id
  int64_t next_expiration_ = 0;
};

}  // namespace millrace::broker
