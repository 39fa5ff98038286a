#include "broker/groups/group.h"

#include <algorithm>

#include "kafka/protocol/wire.h"

namespace millrace::broker {
namespace {

using kafka::Code;
using kafka::ErrorCode;

void RefuseSync(const SyncReply& reply, ErrorCode error) {
  kafka::SyncGroupResponse response;
  response.error_code = Code(error);
  reply(std::move(response));
}

void RefuseJoin(const JoinReply& reply, const std::string& member_id, ErrorCode error) {
  kafka::JoinGroupResponse response;
  response.error_code = Code(error);
  response.member_id = member_id;
  reply(std::move(response));
}

}  // namespace

std::string_view GroupStateName(GroupState state) {
  switch (state) {
    case GroupState::kEmpty: return "Empty";
    case GroupState::kPreparingRebalance: return "PreparingRebalance";
    case GroupState::kCompletingRebalance: return "CompletingRebalance";
    case GroupState::kStable: return "Stable";
    case GroupState::kDead: return "Dead";
  }
  return "Unknown";
}

const std::string* GroupMember::MetadataFor(std::string_view protocol) const {
  for (const auto& candidate : protocols) {
    if (candidate.name == protocol) return &candidate.metadata;
  }
  return nullptr;
}

std::set<std::string> Group::SubscribedTopics() const {
  std::set<std::string> topics;
  if (protocol_type_ != "consumer" || protocol_name_.empty()) return topics;
  for (const auto& [id, member] : members_) {
    const std::string* metadata = member.MetadataFor(protocol_name_);
    if (metadata == nullptr) continue;
    // ConsumerProtocolSubscription: version, topics, then what later versions add.
    kafka::Reader in(*metadata);
    in.Int16();
    for (int32_t n = in.NonNullArrayLength(false, 2); n > 0 && in.ok(); --n) {
      std::string topic = in.String(false);
      if (in.ok()) topics.insert(std::move(topic));
    }
  }
  return topics;
}

ErrorCode Group::CheckMember(const std::string& member_id, const std::optional<std::string>& instance_id) const {
  if (instance_id.has_value()) {
    const auto found = static_members_.find(*instance_id);
    if (found == static_members_.end()) return ErrorCode::kUnknownMemberId;
    if (found->second != member_id) return ErrorCode::kFencedInstanceId;
  }
  return members_.contains(member_id) ? ErrorCode::kNone : ErrorCode::kUnknownMemberId;
}

void Group::RefreshSession(GroupMember* member, int64_t now) {
  member->session_deadline = now + member->session_timeout_ms;
}

int64_t Group::RebalanceTimeout() const {
  int64_t longest = 0;
  for (const auto& [id, member] : members_) longest = std::max(longest, member.rebalance_timeout_ms);
  return longest;
}

// ---- the join phase
// --------------------------------------------------------------------------------------------------

void Group::MaybePrepareRebalance(int64_t now) {
  if (state_ == GroupState::kPreparingRebalance) return TryCompleteJoin(now);
  if (state_ != GroupState::kDead) PrepareRebalance(now);
}

void Group::PrepareRebalance(int64_t now) {
  if (state_ == GroupState::kCompletingRebalance) {
    // The leader's assignment will not come any more.
    for (auto& [id, member] : members_) {
      member.assignment.clear();
      if (const SyncReply waiting = std::exchange(member.sync_reply, nullptr)) {
        RefreshSession(&member, now);
        RefuseSync(waiting, ErrorCode::kRebalanceInProgress);
      }
    }
  }
  pending_sync_.clear();
  sync_deadline_ = INT64_MAX;
  in_initial_delay_ = state_ == GroupState::kEmpty && settings_.initial_rebalance_delay_ms > 0;
  state_ = GroupState::kPreparingRebalance;
  if (in_initial_delay_) {
    member_added_in_delay_ = false;
    initial_delay_left_ = std::max<int64_t>(RebalanceTimeout() - settings_.initial_rebalance_delay_ms, 0);
    join_deadline_ = now + settings_.initial_rebalance_delay_ms;
    return;
  }
  join_deadline_ = now + RebalanceTimeout();
  TryCompleteJoin(now);
}

void Group::TryCompleteJoin(int64_t now) {
  if (state_ != GroupState::kPreparingRebalance || in_initial_delay_ || !pending_members_.empty()) return;
  const bool all_here = std::all_of(members_.begin(), members_.end(),
                                    [](const auto& entry) { return entry.second.join_reply != nullptr; });
  if (all_here) CompleteJoin(now);
}

bool Group::ElectJoinedLeader() {
  const auto leader = members_.find(leader_);
  if (leader != members_.end() && leader->second.join_reply != nullptr) return true;
  for (const auto& [id, member] : members_) {
    if (member.join_reply == nullptr) continue;
    leader_ = id;
    return true;
  }
  return false;
}

void Group::CompleteJoin(int64_t now) {
  in_initial_delay_ = false;
  // Who did not come back in time is out; a static member keeps its place until its session ends.
  std::erase_if(members_, [&](const auto& entry) {
    return entry.second.join_reply == nullptr && !entry.second.instance_id.has_value();
  });
  if (!members_.empty() && !ElectJoinedLeader()) {
    join_deadline_ = now + RebalanceTimeout();  // only absent static members: wait on
    return;
  }
  join_deadline_ = INT64_MAX;
  ++generation_;
  if (members_.empty()) {
    state_ = GroupState::kEmpty;
    empty_since_ = now;
    leader_.clear();
    protocol_name_.clear();
    return;
  }
  protocol_name_ = SelectProtocol();
  state_ = GroupState::kCompletingRebalance;
  sync_deadline_ = now + RebalanceTimeout();
  pending_sync_.clear();
  std::vector<std::pair<JoinReply, kafka::JoinGroupResponse>> answers;
  for (auto& [id, member] : members_) {
    member.is_new = false;
    pending_sync_.insert(id);
    RefreshSession(&member, now);
    if (JoinReply reply = std::exchange(member.join_reply, nullptr)) {
      answers.emplace_back(std::move(reply), CurrentGeneration(member, id == leader_));
    }
  }
  for (auto& [reply, response] : answers) reply(std::move(response));
}

// ---- the sync phase and after
// ----------------------------------------------------------------------------------------

void Group::Sync(const kafka::SyncGroupRequest& request, int64_t now, SyncReply reply) {
  if (state_ == GroupState::kDead) return RefuseSync(reply, ErrorCode::kCoordinatorNotAvailable);
  const ErrorCode error = CheckMember(request.member_id, request.group_instance_id);
  if (error != ErrorCode::kNone) return RefuseSync(reply, error);
  if (request.generation_id != generation_) return RefuseSync(reply, ErrorCode::kIllegalGeneration);
  if ((request.protocol_type.has_value() && *request.protocol_type != protocol_type_) ||
      (request.protocol_name.has_value() && *request.protocol_name != protocol_name_)) {
    return RefuseSync(reply, ErrorCode::kInconsistentGroupProtocol);
  }
  GroupMember& member = members_.at(request.member_id);
  const auto answer = [this](const GroupMember& to) {
    kafka::SyncGroupResponse response;
    response.protocol_type = protocol_type_;
    response.protocol_name = protocol_name_;
    response.assignment = to.assignment;
    return response;
  };
  if (state_ == GroupState::kPreparingRebalance) return RefuseSync(reply, ErrorCode::kRebalanceInProgress);
  if (state_ == GroupState::kStable) {
    pending_sync_.erase(member.id);
    RefreshSession(&member, now);
    return reply(answer(member));
  }
  if (state_ != GroupState::kCompletingRebalance) return RefuseSync(reply, ErrorCode::kUnknownMemberId);

  if (const SyncReply older = std::exchange(member.sync_reply, std::move(reply)))
    RefuseSync(older, ErrorCode::kRebalanceInProgress);
  pending_sync_.erase(member.id);
  if (member.id != leader_) return;
  for (auto& [id, each] : members_) each.assignment.clear();
  for (const auto& assignment : request.assignments) {
    const auto found = members_.find(assignment.member_id);
    if (found != members_.end()) found->second.assignment = assignment.assignment;
  }
  state_ = GroupState::kStable;
  std::vector<std::pair<SyncReply, kafka::SyncGroupResponse>> answers;
  for (auto& [id, each] : members_) {
    if (SyncReply waiting = std::exchange(each.sync_reply, nullptr)) {
      RefreshSession(&each, now);
      answers.emplace_back(std::move(waiting), answer(each));
    }
  }
  for (auto& [waiting, response] : answers) waiting(std::move(response));
}

ErrorCode Group::Heartbeat(const kafka::HeartbeatRequest& request, int64_t now) {
  if (state_ == GroupState::kDead) return ErrorCode::kCoordinatorNotAvailable;
  const ErrorCode error = CheckMember(request.member_id, request.group_instance_id);
  if (error != ErrorCode::kNone) return error;
  if (request.generation_id != generation_) return ErrorCode::kIllegalGeneration;
  RefreshSession(&members_.at(request.member_id), now);
  return state_ == GroupState::kPreparingRebalance ? ErrorCode::kRebalanceInProgress : ErrorCode::kNone;
}

ErrorCode Group::Leave(const std::string& member_id, const std::optional<std::string>& instance_id, int64_t now) {
  if (state_ == GroupState::kDead) return ErrorCode::kCoordinatorNotAvailable;
  if (!instance_id.has_value() && pending_members_.erase(member_id) > 0) {
    TryCompleteJoin(now);
    return ErrorCode::kNone;
  }
  std::string leaving = member_id;
  if (instance_id.has_value() && member_id.empty()) {  // an administrator removes a static member by its name
    const auto found = static_members_.find(*instance_id);
    if (found == static_members_.end()) return ErrorCode::kUnknownMemberId;
    leaving = found->second;
  }
  const ErrorCode error = CheckMember(leaving, instance_id);
  if (error == ErrorCode::kNone) RemoveMember(leaving, now);
  return error;
}

void Group::RemoveMember(const std::string& member_id, int64_t now) {
  const auto found = members_.find(member_id);
  if (found == members_.end()) return;
  const GroupMember member = std::move(found->second);
  members_.erase(found);
  pending_sync_.erase(member_id);
  if (member.instance_id.has_value()) static_members_.erase(*member.instance_id);
  if (leader_ == member_id) leader_ = members_.empty() ? "" : members_.begin()->first;
  if (member.join_reply != nullptr) RefuseJoin(member.join_reply, member_id, ErrorCode::kUnknownMemberId);
  if (member.sync_reply != nullptr) RefuseSync(member.sync_reply, ErrorCode::kUnknownMemberId);
  MaybePrepareRebalance(now);
}

ErrorCode Group::CheckCommit(const std::string& member_id, const std::optional<std::string>& instance_id,
                             int32_t generation, int64_t now) {
  if (state_ == GroupState::kDead) return ErrorCode::kCoordinatorNotAvailable;
  if (generation < 0 && state_ == GroupState::kEmpty) return ErrorCode::kNone;  // a consumer that assigns itself
  const ErrorCode error = CheckMember(member_id, instance_id);
  if (error != ErrorCode::kNone) return error;
  if (generation != generation_) return ErrorCode::kIllegalGeneration;
  if (state_ == GroupState::kCompletingRebalance) return ErrorCode::kRebalanceInProgress;
  RefreshSession(&members_.at(member_id), now);
  return ErrorCode::kNone;
}

// ---- time
// ------------------------------------------------------------------------------------------------------------

void Group::ExpireSessions(int64_t now) {
  std::vector<std::string> gone;
  for (auto& [id, member] : members_) {
    if (member.session_deadline > now) continue;
    // Whoever waits for us is alive; its session starts again with our answer.
    if (!member.is_new && (member.join_reply != nullptr || member.sync_reply != nullptr)) {
      member.session_deadline = INT64_MAX;
      continue;
    }
    gone.push_back(id);
  }
  for (const std::string& id : gone) RemoveMember(id, now);
  if (std::erase_if(pending_members_, [&](const auto& entry) { return entry.second <= now; }) > 0) TryCompleteJoin(now);
}

void Group::Expire(int64_t now) {
  if (state_ == GroupState::kDead) return;
  ExpireSessions(now);
  if (state_ == GroupState::kPreparingRebalance && join_deadline_ <= now) {
    if (in_initial_delay_ && member_added_in_delay_ && initial_delay_left_ > 0) {
      // Somebody came during the delay: more may follow.
      const int64_t delay = std::min(settings_.initial_rebalance_delay_ms, initial_delay_left_);
      initial_delay_left_ -= delay;
      member_added_in_delay_ = false;
      join_deadline_ = now + delay;
    } else {
      CompleteJoin(now);
    }
  }
  if (sync_deadline_ <= now) {
    sync_deadline_ = INT64_MAX;
    const std::set<std::string> silent = std::exchange(pending_sync_, {});
    for (const std::string& id : silent) RemoveMember(id, now);
  }
}

int64_t Group::NextDeadline() const {
  int64_t next = std::min(join_deadline_, sync_deadline_);
  for (const auto& [id, member] : members_) next = std::min(next, member.session_deadline);
  for (const auto& [id, deadline] : pending_members_) next = std::min(next, deadline);
  return next;
}

void Group::Kill() {
  state_ = GroupState::kDead;
  join_deadline_ = sync_deadline_ = INT64_MAX;
  pending_members_.clear();
  for (auto& [id, member] : std::exchange(members_, {})) {
    if (member.join_reply != nullptr) RefuseJoin(member.join_reply, id, ErrorCode::kCoordinatorNotAvailable);
    if (member.sync_reply != nullptr) RefuseSync(member.sync_reply, ErrorCode::kCoordinatorNotAvailable);
  }
}

}  // namespace millrace::broker
