#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "broker/groups/group.h"
#include "broker/groups/offset_store.h"
#include "kafka/protocol/messages/offsets.h"
#include "kafka/protocol/messages/transactions.h"

namespace millrace::broker {

// All groups of the broker and their committed offsets. One thread (the broker's control loop); replies that have to
// wait are called later from another call or from Tick(), on the same thread.
class GroupCoordinator {
 public:
  // `new_id` makes the random part of member ids (a UUID).
  GroupCoordinator(const Clock& clock, GroupSettings settings, OffsetStore& offsets,
                   std::function<std::string()> new_id);
  ~GroupCoordinator();

  void Join(const GroupCaller& caller, const kafka::JoinGroupRequest& request, JoinReply reply);
  void Sync(const kafka::SyncGroupRequest& request, SyncReply reply);
  kafka::HeartbeatResponse Heartbeat(const kafka::HeartbeatRequest& request);
  kafka::LeaveGroupResponse Leave(const GroupCaller& caller, const kafka::LeaveGroupRequest& request);

  kafka::ListGroupsResponse List(const kafka::ListGroupsRequest& request);
  kafka::DescribeGroupsResponse Describe(const kafka::DescribeGroupsRequest& request);
  kafka::DeleteGroupsResponse Delete(const kafka::DeleteGroupsRequest& request);

  // `partition_exists` decides per partition; unknown ones are answered UNKNOWN_TOPIC_OR_PARTITION.
  using PartitionExists = std::function<bool(const std::string& topic, int32_t partition)>;
  kafka::OffsetCommitResponse CommitOffsets(const kafka::OffsetCommitRequest& request,
                                            const PartitionExists& partition_exists);
  // The same judgement of offsets that a transaction is to commit; the accepted ones are for the transaction to keep.
  kafka::TxnOffsetCommitResponse JudgeStagedOffsets(const kafka::TxnOffsetCommitRequest& request,
                                                    const PartitionExists& partition_exists, GroupOffsets* accepted);
  // A transaction has set offsets of the group.
  void OnOffsetsCommitted(const std::string& group) { FindOrCreate(group); }
  // Whether an open transaction may change the offset: then a caller that asks for stable ones is told to come again.
  using IsUndecided = std::function<bool(const std::string& group, const TopicPartition& partition)>;
  kafka::OffsetFetchResponse FetchOffsets(const GroupCaller& caller, const kafka::OffsetFetchRequest& request,
                                          const IsUndecided& is_undecided = {});
  kafka::OffsetDeleteResponse DeleteOffsets(const kafka::OffsetDeleteRequest& request);
  // Forgets what groups committed for a topic that was deleted.
  void OnTopicDeleted(const std::string& topic);

  // Acts on everything that is due.
  void Tick();
  // The monotonic millisecond of the next thing to do; INT64_MAX: nothing.
  int64_t NextDeadline() const;

 private:
  int64_t Now() const { return clock_.MonotonicNanos() / 1'000'000; }
  Group* Find(const std::string& id);
  Group& FindOrCreate(const std::string& id);
  std::string NewMemberId(const GroupCaller& caller, const kafka::JoinGroupRequest& request) const;
  kafka::ErrorCode CheckCommit(const std::string& group_id, const std::string& member_id,
                               const std::optional<std::string>& instance_id, int32_t generation);
  kafka::ErrorCode DeleteGroup(const std::string& id);
  void Sweep(int64_t now);

  const Clock& clock_;
  const GroupSettings settings_;
  OffsetStore& offsets_;
  const std::function<std::string()> new_id_;
  std::map<std::string, std::unique_ptr<Group>> groups_;
  int64_t next_sweep_ = 0;
};

}  // namespace millrace::broker
