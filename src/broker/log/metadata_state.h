#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "broker/config_table.h"
#include "broker/groups/offset_store.h"
#include "broker/transactions/transaction.h"
#include "kafka/protocol/wire.h"

namespace millrace::broker {

struct TopicMetadata {
  std::string name;
  kafka::Uuid id;
  int32_t num_partitions = 0;
  ConfigMap configs;
  bool operator==(const TopicMetadata&) const = default;
};

// Everything the broker remembers that is not a record: the sum of all changes since the data folder was made. A change
// is a string of bytes; the functions below make them, Apply takes them. Not thread-safe.
class MetadataState {
 public:
  static std::string ClusterIdSet(std::string_view cluster_id);
  static std::string TopicSet(const TopicMetadata& topic);  // created, grown or configured
  // Also ends the committed offsets of its partitions, in all groups.
  static std::string TopicDeleted(const TopicMetadata& topic);
  static std::string FoldersRemoved(const kafka::Uuid& topic_id);  // of a deleted topic
  static std::string ProducerIdsReserved(int64_t end);             // all below may have been handed out
  static std::string OffsetsSet(const std::string& group, const GroupOffsets& offsets);
  static std::string OffsetsDeleted(const std::string& group, const std::vector<TopicPartition>& partitions);
  // With the offsets of groups that the transaction's commit sets, in one step.
  static std::string TransactionSet(const Transaction& transaction,
                                    const std::map<std::string, GroupOffsets>& committed = {});
  static std::string TransactionDeleted(std::string_view transactional_id);

  // User error when the bytes are no change this version knows; then nothing has changed.
  Status Apply(std::string_view change);
  // Changes that lead from nothing to this state.
  std::vector<std::string> Snapshot() const;

  const std::string& cluster_id() const { return cluster_id_; }
  const std::map<std::string, TopicMetadata>& topics() const { return topics_; }
  const std::map<std::string, GroupOffsets>& groups() const { return groups_; }
  const std::map<std::string, Transaction>& transactions() const { return transactions_; }
  // Deleted topics whose folders may still be there.
  const std::set<kafka::Uuid>& deleted() const { return deleted_; }
  int64_t producer_ids_end() const { return producer_ids_end_; }

 private:
  std::string cluster_id_;
  std::map<std::string, TopicMetadata> topics_;
  std::set<kafka::Uuid> deleted_;
  std::map<std::string, GroupOffsets> groups_;  // none without offsets
  std::map<std::string, Transaction> transactions_;
  int64_t producer_ids_end_ = 0;
};

}  // namespace millrace::broker
