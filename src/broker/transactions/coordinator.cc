#include "broker/transactions/coordinator.h"

#include <algorithm>

#include "base/failpoint.h"
#include "base/log.h"

namespace millrace::broker {

using kafka::Code;
using kafka::ErrorCode;

namespace {

// One epoch is left for fencing: nobody is ever given the last one.
constexpr int16_t kLastEpoch = INT16_MAX - 1;
constexpr int32_t kCoordinatorEpoch = 0;  // there is only ever one

}  // namespace

TransactionCoordinator::TransactionCoordinator(const Clock& clock, TransactionSettings settings,
                                               TransactionStore& store, TransactionPartitions& partitions,
                                               std::function<void(const std::string& group)> offsets_committed)
    : clock_(clock),
      settings_(settings),
      store_(store),
      partitions_(partitions),
      offsets_committed_(std::move(offsets_committed)),
      next_expiration_(Now() + settings.expiration_check_ms) {}

void TransactionCoordinator::Start() {
  for (Transaction& stored : store_.Transactions()) {
    Entry& entry = entries_[stored.id];
    entry.stored = std::move(stored);
    const Transaction& transaction = entry.stored;
    if (transaction.state != TransactionState::kOngoing) continue;
    const int64_t left = transaction.start_ms + transaction.timeout_ms - clock_.WallMillis();
    entry.deadline = Now() + std::clamp<int64_t>(left, 0, transaction.timeout_ms);
    for (const TopicPartition& partition : transaction.partitions) {
      partitions_.Begin(partition, transaction.producer_id, transaction.epoch);
    }
  }
  AbortOrphans();
  for (auto& [id, entry] : entries_) {
    if (!entry.stored.deciding()) continue;
    Log(LogLevel::kInfo, "transactions", "finishing the transaction of '{}', decided before the restart: {}", id,
        TransactionStateName(entry.stored.state));
    entry.unmarked = entry.stored.partitions;
    WriteMarkers(&entry);
  }
}

// A crash of the machine can take the coordinator's word of a transaction and leave its records. Nobody will end it.
void TransactionCoordinator::AbortOrphans() {
  std::map<int64_t, const Transaction*> by_producer;
  for (const auto& [id, entry] : entries_) by_producer[entry.stored.producer_id] = &entry.stored;
  for (const auto& [partition, producer] : partitions_.Open()) {
    const auto owner = by_producer.find(producer.id);
    if (owner != by_producer.end() && owner->second->open() && owner->second->partitions.contains(partition)) continue;
    Log(LogLevel::kWarn, "transactions", "{}-{}: aborting a transaction of producer {} at offset {} that nobody knows",
        partition.topic, partition.partition, producer.id, producer.open_transaction_from);
    const TransactionMarker marker{producer.id, producer.epoch, false, kCoordinatorEpoch};
    partitions_.End(partition, marker, [](const Status& status) {
      if (!status.ok()) Log(LogLevel::kError, "transactions", "cannot write a marker: {}", status.error().ToString());
    });
  }
}

TransactionCoordinator::Entry* TransactionCoordinator::Find(const std::string& id) {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second;
}

ErrorCode TransactionCoordinator::Check(const TransactionCaller& caller, Entry** entry) {
  if (caller.transactional_id.empty()) return ErrorCode::kInvalidRequest;
  *entry = Find(caller.transactional_id);
  if (*entry == nullptr || (*entry)->stored.producer_id != caller.producer_id) {
    return ErrorCode::kInvalidProducerIdMapping;
  }
  return (*entry)->stored.epoch == caller.epoch ? ErrorCode::kNone : ErrorCode::kProducerFenced;
}

bool TransactionCoordinator::Store(Entry* entry, Transaction next,
                                   const std::map<std::string, GroupOffsets>& committed) {
  next.update_ms = clock_.WallMillis();
  if (const Status status = store_.PutTransaction(next, committed); !status.ok()) {
    Log(LogLevel::kError, "transactions", "cannot store the transaction of '{}': {}", next.id,
        status.error().ToString());
    return false;
  }
  entry->stored = std::move(next);
  return true;
}

// ---- The producer
// ----------------------------------------------------------------------------------------------------

kafka::InitProducerIdResponse TransactionCoordinator::InitProducerId(const kafka::InitProducerIdRequest& request) {
  kafka::InitProducerIdResponse response;
  response.producer_epoch = -1;
  const auto refuse = [&response](ErrorCode error) {
    response.error_code = Code(error);
    return response;
  };
  const std::string& id = *request.transactional_id;
  if (id.empty()) return refuse(ErrorCode::kInvalidRequest);
  if (request.transaction_timeout_ms <= 0 || request.transaction_timeout_ms > settings_.max_timeout_ms) {
    return refuse(ErrorCode::kInvalidTransactionTimeout);
  }
  Entry* entry = Find(id);
  const bool fresh = entry == nullptr;
  if (fresh) {
    entry = &entries_[id];
    entry->stored.id = id;
  } else {
    const Transaction& known = entry->stored;
    const bool retried = request.producer_id == known.last_producer_id && request.producer_epoch >= kLastEpoch;
    if (request.producer_id >= 0 && request.producer_id != known.producer_id && !retried) {
      return refuse(ErrorCode::kProducerFenced);
    }
    const bool stale = request.producer_id == known.producer_id && request.producer_epoch != known.epoch &&
                       request.producer_epoch != known.last_epoch;
    if (stale) return refuse(ErrorCode::kProducerFenced);
    if (known.state == TransactionState::kOngoing && !Fence(entry)) return refuse(ErrorCode::kCoordinatorNotAvailable);
    if (known.deciding()) return refuse(ErrorCode::kConcurrentTransactions);
  }
  const ErrorCode error = Renew(entry, entry->stored, request);
  if (error == ErrorCode::kNone) {
    response.producer_id = entry->stored.producer_id;
    response.producer_epoch = entry->stored.epoch;
    return response;
  }
  if (fresh) entries_.erase(id);
  return refuse(error);
}

// The next epoch for whoever asks; the same one again for a producer that repeats a request of its own.
ErrorCode TransactionCoordinator::Renew(Entry* entry, Transaction next, const kafka::InitProducerIdRequest& request) {
  const bool named = request.producer_id >= 0;
  if (next.producer_id < 0 || (next.epoch >= kLastEpoch && (!named || request.producer_epoch == next.epoch))) {
    const Result<int64_t> producer_id = store_.NextProducerId();
    if (!producer_id.ok()) {
      Log(LogLevel::kError, "transactions", "cannot give out a producer id: {}", producer_id.error().ToString());
      return ErrorCode::kCoordinatorNotAvailable;
    }
    next.last_producer_id = next.producer_id;
    next.last_epoch = named ? next.epoch : static_cast<int16_t>(-1);
    next.producer_id = *producer_id;
    next.epoch = 0;
  } else if (!named || request.producer_epoch == next.epoch) {
    next.last_epoch = named ? next.epoch : static_cast<int16_t>(-1);
    ++next.epoch;
  } else if (request.producer_epoch != next.last_epoch) {
    return ErrorCode::kProducerFenced;
  }
  next.timeout_ms = request.transaction_timeout_ms;
  next.state = TransactionState::kEmpty;
  next.start_ms = -1;
  return Store(entry, std::move(next)) ? ErrorCode::kNone : ErrorCode::kCoordinatorNotAvailable;
}

// ---- A transaction grows
// -----------------------------------------------------------------------------------------------

ErrorCode TransactionCoordinator::Extend(Entry* entry, Transaction next) {
  if (next.state != TransactionState::kOngoing) {
    next.state = TransactionState::kOngoing;
    next.start_ms = clock_.WallMillis();
  }
  const bool begins = entry->stored.state != TransactionState::kOngoing;
  if (!Store(entry, std::move(next))) return ErrorCode::kCoordinatorNotAvailable;
  if (begins) entry->deadline = Now() + entry->stored.timeout_ms;
  return ErrorCode::kNone;
}

ErrorCode TransactionCoordinator::AddPartitions(const TransactionCaller& caller,
                                                const std::set<TopicPartition>& partitions) {
  Entry* entry = nullptr;
  if (const ErrorCode error = Check(caller, &entry); error != ErrorCode::kNone) return error;
  if (entry->stored.deciding()) return ErrorCode::kConcurrentTransactions;
  Transaction next = entry->stored;
  next.partitions.insert(partitions.begin(), partitions.end());
  const bool known = next.state == TransactionState::kOngoing && next.partitions == entry->stored.partitions;
  if (!known) {
    if (const ErrorCode error = Extend(entry, std::move(next)); error != ErrorCode::kNone) return error;
  }
  for (const TopicPartition& partition : partitions) partitions_.Begin(partition, caller.producer_id, caller.epoch);
  return ErrorCode::kNone;
}

ErrorCode TransactionCoordinator::AddGroup(const TransactionCaller& caller, const std::string& group) {
  Entry* entry = nullptr;
  if (const ErrorCode error = Check(caller, &entry); error != ErrorCode::kNone) return error;
  if (entry->stored.deciding()) return ErrorCode::kConcurrentTransactions;
  if (entry->stored.state == TransactionState::kOngoing && entry->stored.offsets.contains(group)) {
    return ErrorCode::kNone;
  }
  Transaction next = entry->stored;
  next.offsets[group];
  return Extend(entry, std::move(next));
}

ErrorCode TransactionCoordinator::StageOffsets(const TransactionCaller& caller, const std::string& group,
                                               const GroupOffsets& offsets) {
  Entry* entry = nullptr;
  if (const ErrorCode error = Check(caller, &entry); error != ErrorCode::kNone) return error;
  if (entry->stored.deciding()) return ErrorCode::kConcurrentTransactions;
  if (entry->stored.state != TransactionState::kOngoing || !entry->stored.offsets.contains(group)) {
    return ErrorCode::kInvalidTxnState;
  }
  Transaction next = entry->stored;
  for (const auto& [partition, offset] : offsets) next.offsets[group][partition] = offset;
  return Store(entry, std::move(next)) ? ErrorCode::kNone : ErrorCode::kCoordinatorNotAvailable;
}

// ---- A transaction ends
// ------------------------------------------------------------------------------------------------

void TransactionCoordinator::End(const TransactionCaller& caller, bool committed, EndReply reply) {
  Entry* entry = nullptr;
  if (const ErrorCode error = Check(caller, &entry); error != ErrorCode::kNone) return reply(error);
  switch (entry->stored.state) {
    case TransactionState::kOngoing:
      if (!Decide(entry, committed, entry->stored.epoch)) return reply(ErrorCode::kCoordinatorNotAvailable);
      entry->replies.push_back(std::move(reply));
      return WriteMarkers(entry);
    case TransactionState::kPrepareCommit:
    case TransactionState::kPrepareAbort:
      return reply(committed == (entry->stored.state == TransactionState::kPrepareCommit)
                       ? ErrorCode::kConcurrentTransactions
                       : ErrorCode::kInvalidTxnState);
    case TransactionState::kCompleteCommit: return reply(committed ? ErrorCode::kNone : ErrorCode::kInvalidTxnState);
    case TransactionState::kCompleteAbort: return reply(committed ? ErrorCode::kInvalidTxnState : ErrorCode::kNone);
    case TransactionState::kEmpty: return reply(ErrorCode::kInvalidTxnState);
  }
}

bool TransactionCoordinator::Decide(Entry* entry, bool committed, int16_t epoch) {
  Transaction next = entry->stored;
  next.state = committed ? TransactionState::kPrepareCommit : TransactionState::kPrepareAbort;
  next.epoch = epoch;
  if (epoch != entry->stored.epoch) next.last_epoch = -1;
  if (!Store(entry, std::move(next))) return false;
  entry->unmarked = entry->stored.partitions;
  FailPoint("broker.txn.prepared");
  return true;
}

bool TransactionCoordinator::Fence(Entry* entry) {
  if (!Decide(entry, /*committed=*/false, static_cast<int16_t>(entry->stored.epoch + 1))) return false;
  WriteMarkers(entry);
  return true;
}

void TransactionCoordinator::WriteMarkers(Entry* entry) {
  const Transaction& transaction = entry->stored;
  entry->deadline = INT64_MAX;
  const TransactionMarker marker{transaction.producer_id, transaction.epoch,
                                 transaction.state == TransactionState::kPrepareCommit, kCoordinatorEpoch};
  // One more than the markers, so that the last of them does not finish before all were begun.
  entry->in_flight = entry->unmarked.size() + 1;
  const std::set<TopicPartition> wanted = entry->unmarked;
  for (const TopicPartition& partition : wanted) {
    partitions_.End(partition, marker,
                    [this, id = transaction.id, partition](const Status& status) { OnMarker(id, partition, status); });
  }
  if (--entry->in_flight == 0) Finish(entry);
}

void TransactionCoordinator::OnMarker(const std::string& id, const TopicPartition& partition, const Status& status) {
  Entry* entry = Find(id);
  if (status.ok()) {
    FailPoint("broker.txn.marker");
    entry->unmarked.erase(partition);
  } else {
    Log(LogLevel::kError, "transactions", "cannot write the marker of '{}' to {}-{}, trying again: {}", id,
        partition.topic, partition.partition, status.error().ToString());
  }
  if (--entry->in_flight == 0) Finish(entry);
}

void TransactionCoordinator::Finish(Entry* entry) {
  if (entry->unmarked.empty()) {
    FailPoint("broker.txn.marked");
    Complete(entry);
  }
  if (entry->stored.deciding()) entry->deadline = Now() + settings_.retry_ms;
  for (const EndReply& reply : std::exchange(entry->replies, {})) reply(ErrorCode::kNone);
}

void TransactionCoordinator::Complete(Entry* entry) {
  Transaction next = entry->stored;
  const bool committed = next.state == TransactionState::kPrepareCommit;
  next.state = committed ? TransactionState::kCompleteCommit : TransactionState::kCompleteAbort;
  next.partitions.clear();
  std::map<std::string, GroupOffsets> offsets = std::exchange(next.offsets, {});
  std::erase_if(offsets, [&](const auto& each) { return !committed || each.second.empty(); });
  if (!Store(entry, std::move(next), offsets)) return;
  FailPoint("broker.txn.completed");
  for (const auto& [group, of_group] : offsets) offsets_committed_(group);
}

void TransactionCoordinator::OnTopicDeleted(const std::string& topic) {
  for (auto& [id, entry] : entries_) {
    Transaction next = entry.stored;
    size_t removed = std::erase_if(next.partitions, [&](const auto& partition) { return partition.topic == topic; });
    for (auto& [group, offsets] : next.offsets) {
      removed += std::erase_if(offsets, [&](const auto& each) { return each.first.topic == topic; });
    }
    if (removed > 0) Store(&entry, std::move(next));
  }
}

bool TransactionCoordinator::HasStagedOffset(const std::string& group, const TopicPartition& partition) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& each) {
    const auto staged = each.second.stored.offsets.find(group);
    return staged != each.second.stored.offsets.end() && staged->second.contains(partition);
  });
}

// ---- Time
// --------------------------------------------------------------------------------------------------------------

void TransactionCoordinator::Tick() {
  const int64_t now = Now();
  for (auto& [id, entry] : entries_) {
    if (entry.deadline > now) continue;
    if (entry.stored.deciding()) {
      WriteMarkers(&entry);
      continue;
    }
    Log(LogLevel::kInfo, "transactions", "aborting the transaction of '{}': it is open for more than {} ms", id,
        entry.stored.timeout_ms);
    if (!Fence(&entry)) entry.deadline = now + settings_.retry_ms;
  }
  if (now >= next_expiration_) ExpireIds();
}

int64_t TransactionCoordinator::NextDeadline() const {
  int64_t next = next_expiration_;
  for (const auto& [id, entry] : entries_) next = std::min(next, entry.deadline);
  return next;
}

void TransactionCoordinator::ExpireIds() {
  next_expiration_ = Now() + settings_.expiration_check_ms;
  const int64_t wall = clock_.WallMillis();
  for (auto it = entries_.begin(); it != entries_.end();) {
    const Transaction& transaction = it->second.stored;
    const bool idle = !transaction.open() && wall - transaction.update_ms >= settings_.id_expiration_ms;
    if (idle && store_.DeleteTransaction(transaction.id).ok()) {
      it = entries_.erase(it);
    } else {
      ++it;
    }
  }
}

}  // namespace millrace::broker
