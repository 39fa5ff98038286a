#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/protocol/errors.h"
#include "kafka/protocol/messages/groups.h"

namespace millrace::broker {

enum class GroupState : uint8_t { kEmpty, kPreparingRebalance, kCompletingRebalance, kStable, kDead };
std::string_view GroupStateName(GroupState state);  // as Kafka spells it: "PreparingRebalance"

struct GroupSettings {
  int64_t min_session_timeout_ms = 6'000;
  int64_t max_session_timeout_ms = 1'800'000;
  int64_t initial_rebalance_delay_ms = 0;  // Kafka's default is 3 000; a single machine gains nothing by waiting
  int64_t new_member_join_timeout_ms = 300'000;
  int32_t max_size = INT32_MAX;
  int32_t offset_metadata_max_bytes = 4096;
  int64_t offsets_retention_ms = 7LL * 24 * 3600 * 1000;
};

// Who sends a group request.
struct GroupCaller {
  int16_t api_version = 0;
  std::string client_id;
  std::string client_host;  // "/127.0.0.1", as Kafka shows it
};

using JoinReply = std::function<void(kafka::JoinGroupResponse)>;
using SyncReply = std::function<void(kafka::SyncGroupResponse)>;

struct GroupMember {
  std::string id;
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  int64_t session_timeout_ms = 0;
  int64_t rebalance_timeout_ms = 0;
  std::vector<kafka::JoinGroupRequest::Protocol> protocols;  // by falling preference
  std::string assignment;
  JoinReply join_reply;  // set while the member waits for the others to join
  SyncReply sync_reply;  // set while it waits for the leader's assignment
  bool is_new = false;   // has not seen a complete join yet
  int64_t session_deadline = INT64_MAX;

  const std::string* MetadataFor(std::string_view protocol) const;
};

// One consumer group under Kafka's classic rebalance protocol: the state machine alone, without threads, timers or
// disk. All times are milliseconds of a monotonic clock given by the caller; Expire() acts on what is due. Replies are
// called from inside the method that completes them, each exactly once. Rules: Kafka 3.9's group coordinator.
class Group {
 public:
  Group(std::string id, const GroupSettings& settings, int64_t now)
      : id_(std::move(id)), settings_(settings), empty_since_(now) {}

  const std::string& id() const { return id_; }
  GroupState state() const { return state_; }
  int32_t generation() const { return generation_; }
  const std::string& protocol_type() const { return protocol_type_; }
  const std::string& protocol_name() const { return protocol_name_; }
  const std::map<std::string, GroupMember>& members() const { return members_; }
  int64_t empty_since() const { return empty_since_; }
  // Topics that the members of a Stable "consumer" group subscribe to.
  std::set<std::string> SubscribedTopics() const;

  // `new_member_id`: the id for a member that comes without one.
  void Join(const GroupCaller& caller, const kafka::JoinGroupRequest& request, const std::string& new_member_id,
            int64_t now, JoinReply reply);
  void Sync(const kafka::SyncGroupRequest& request, int64_t now, SyncReply reply);
  kafka::ErrorCode Heartbeat(const kafka::HeartbeatRequest& request, int64_t now);
  kafka::ErrorCode Leave(const std::string& member_id, const std::optional<std::string>& instance_id, int64_t now);
  // Whether offsets may be committed under these credentials; counts as a sign of life.
  kafka::ErrorCode CheckCommit(const std::string& member_id, const std::optional<std::string>& instance_id,
                               int32_t generation, int64_t now);

  // Ends sessions and rebalance phases whose time is over.
  void Expire(int64_t now);
  int64_t NextDeadline() const;  // INT64_MAX: none
  // The group is deleted: members are told COORDINATOR_NOT_AVAILABLE, later calls too.
  void Kill();

 private:
  // group_join.cc
  void JoinNew(const GroupCaller& caller, const kafka::JoinGroupRequest& request, const std::string& new_member_id,
               int64_t now, JoinReply reply);
  void JoinKnown(const GroupCaller& caller, const kafka::JoinGroupRequest& request, int64_t now, JoinReply reply);
  void AddMember(const GroupCaller& caller, const kafka::JoinGroupRequest& request, const std::string& member_id,
                 int64_t now, JoinReply reply);
  void UpdateMember(const GroupCaller& caller, const kafka::JoinGroupRequest& request, GroupMember* member, int64_t now,
                    JoinReply reply);
  void ReplaceStaticMember(const GroupCaller& caller, const kafka::JoinGroupRequest& request,
                           const std::string& new_member_id, int64_t now, JoinReply reply);
  bool SupportsProtocols(const kafka::JoinGroupRequest& request) const;
  std::string SelectProtocol() const;
  kafka::JoinGroupResponse CurrentGeneration(const GroupMember& member, bool with_members) const;
  std::vector<kafka::JoinGroupResponse::Member> MemberList() const;

  // group.cc
  void PrepareRebalance(int64_t now);
  void MaybePrepareRebalance(int64_t now);
  void TryCompleteJoin(int64_t now);
  void CompleteJoin(int64_t now);
  bool ElectJoinedLeader();
  void RemoveMember(const std::string& member_id, int64_t now);
  void RefreshSession(GroupMember* member, int64_t now);
  int64_t RebalanceTimeout() const;
  // Finds the member and checks fencing of static ones.
  kafka::ErrorCode CheckMember(const std::string& member_id, const std::optional<std::string>& instance_id) const;
  void ExpireSessions(int64_t now);

  const std::string id_;
  const GroupSettings& settings_;
  GroupState state_ = GroupState::kEmpty;
  int32_t generation_ = 0;
  std::string protocol_type_;
  std::string protocol_name_;
  std::string leader_;
  std::map<std::string, GroupMember> members_;
  std::map<std::string, std::string> static_members_;  // instance id -> member id
  std::map<std::string, int64_t> pending_members_;     // ids given out by MEMBER_ID_REQUIRED -> deadline
  std::set<std::string> pending_sync_;                 // members of this generation that have not synced
  int64_t join_deadline_ = INT64_MAX;
  int64_t sync_deadline_ = INT64_MAX;
  int64_t initial_delay_left_ = 0;  // of an Empty group's first rebalance
  bool member_added_in_delay_ = false;
  bool in_initial_delay_ = false;
  int64_t empty_since_;
};

}  // namespace millrace::broker
