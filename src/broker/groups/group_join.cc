#include <algorithm>

#include "broker/groups/group.h"

namespace millrace::broker {
namespace {

using kafka::Code;
using kafka::ErrorCode;
using kafka::JoinGroupRequest;
using kafka::JoinGroupResponse;

constexpr int16_t kFirstMemberIdRequired = 4;
constexpr int16_t kFirstSkipAssignment = 9;

void Refuse(const JoinReply& reply, const std::string& member_id, ErrorCode error) {
  JoinGroupResponse response;
  response.error_code = Code(error);
  response.member_id = member_id;
  reply(std::move(response));
}

bool SameProtocols(const std::vector<JoinGroupRequest::Protocol>& a, const std::vector<JoinGroupRequest::Protocol>& b) {
  return a == b;
}

void TakeTimeouts(const JoinGroupRequest& request, GroupMember* member) {
  member->session_timeout_ms = request.session_timeout_ms;
  // Version 0 has no rebalance timeout: the session timeout stands for both.
  member->rebalance_timeout_ms =
      request.rebalance_timeout_ms >= 0 ? request.rebalance_timeout_ms : request.session_timeout_ms;
}

}  // namespace

void Group::Join(const GroupCaller& caller, const JoinGroupRequest& request, const std::string& new_member_id,
                 int64_t now, JoinReply reply) {
  if (state_ == GroupState::kDead) return Refuse(reply, request.member_id, ErrorCode::kCoordinatorNotAvailable);
  if (!SupportsProtocols(request)) return Refuse(reply, request.member_id, ErrorCode::kInconsistentGroupProtocol);
  if (request.member_id.empty()) {
    JoinNew(caller, request, new_member_id, now, std::move(reply));
  } else {
    JoinKnown(caller, request, now, std::move(reply));
  }
}

void Group::JoinNew(const GroupCaller& caller, const JoinGroupRequest& request, const std::string& new_member_id,
                    int64_t now, JoinReply reply) {
  if (request.group_instance_id.has_value() && static_members_.contains(*request.group_instance_id)) {
    return ReplaceStaticMember(caller, request, new_member_id, now, std::move(reply));
  }
  if (static_cast<int64_t>(members_.size() + pending_members_.size()) >= settings_.max_size) {
    return Refuse(reply, "", ErrorCode::kGroupMaxSizeReached);
  }
  if (!request.group_instance_id.has_value() && caller.api_version >= kFirstMemberIdRequired) {
    // A member that is never heard of again must not hold up the group: it joins a second time, with this id.
    pending_members_[new_member_id] = now + request.session_timeout_ms;
    return Refuse(reply, new_member_id, ErrorCode::kMemberIdRequired);
  }
  AddMember(caller, request, new_member_id, now, std::move(reply));
}

void Group::JoinKnown(const GroupCaller& caller, const JoinGroupRequest& request, int64_t now, JoinReply reply) {
  if (!request.group_instance_id.has_value() && pending_members_.erase(request.member_id) > 0) {
    return AddMember(caller, request, request.member_id, now, std::move(reply));
  }
  const ErrorCode error = CheckMember(request.member_id, request.group_instance_id);
  if (error != ErrorCode::kNone) return Refuse(reply, request.member_id, error);
  GroupMember* member = &members_.at(request.member_id);
  switch (state_) {
    case GroupState::kPreparingRebalance: return UpdateMember(caller, request, member, now, std::move(reply));
    case GroupState::kCompletingRebalance:
      // A member that never got the answer of this generation asks again.
      if (!SameProtocols(member->protocols, request.protocols))
        return UpdateMember(caller, request, member, now, std::move(reply));
      return reply(CurrentGeneration(*member, member->id == leader_));
    case GroupState::kStable:
      if (member->id == leader_ || !SameProtocols(member->protocols, request.protocols)) {
        return UpdateMember(caller, request, member, now, std::move(reply));
      }
      return reply(CurrentGeneration(*member, false));
    case GroupState::kEmpty:
    case GroupState::kDead: break;
  }
  Refuse(reply, request.member_id, ErrorCode::kUnknownMemberId);
}

void Group::AddMember(const GroupCaller& caller, const JoinGroupRequest& request, const std::string& member_id,
                      int64_t now, JoinReply reply) {
  GroupMember& member = members_[member_id];
  member.id = member_id;
  member.instance_id = request.group_instance_id;
  member.client_id = caller.client_id;
  member.client_host = caller.client_host;
  member.protocols = request.protocols;
  member.is_new = true;
  member.join_reply = std::move(reply);
  TakeTimeouts(request, &member);
  member.session_deadline = now + settings_.new_member_join_timeout_ms;
  if (member.instance_id.has_value()) static_members_[*member.instance_id] = member_id;
  if (members_.size() == 1) protocol_type_ = request.protocol_type;
  if (leader_.empty()) leader_ = member_id;
  if (in_initial_delay_) member_added_in_delay_ = true;
  MaybePrepareRebalance(now);
}

void Group::UpdateMember(const GroupCaller& caller, const JoinGroupRequest& request, GroupMember* member, int64_t now,
                         JoinReply reply) {
  // A repeated join of the same member: the older one will not be read by anybody.
  if (const JoinReply older = std::exchange(member->join_reply, nullptr))
    Refuse(older, member->id, ErrorCode::kRebalanceInProgress);
  member->protocols = request.protocols;
  member->client_id = caller.client_id;
  member->client_host = caller.client_host;
  TakeTimeouts(request, member);
  member->join_reply = std::move(reply);
  MaybePrepareRebalance(now);
}

void Group::ReplaceStaticMember(const GroupCaller& caller, const JoinGroupRequest& request,
                                const std::string& new_member_id, int64_t now, JoinReply reply) {
  const std::string old_id = static_members_.at(*request.group_instance_id);
  const std::string old_leader = leader_;
  auto node = members_.extract(old_id);
  if (const JoinReply older = std::exchange(node.mapped().join_reply, nullptr))
    Refuse(older, old_id, ErrorCode::kFencedInstanceId);
  if (const SyncReply older = std::exchange(node.mapped().sync_reply, nullptr)) {
    kafka::SyncGroupResponse fenced;
    fenced.error_code = Code(ErrorCode::kFencedInstanceId);
    older(std::move(fenced));
  }
  node.key() = new_member_id;
  GroupMember& member = members_.insert(std::move(node)).position->second;
  member.id = new_member_id;
  member.protocols = request.protocols;
  member.client_id = caller.client_id;
  member.client_host = caller.client_host;
  TakeTimeouts(request, &member);
  static_members_[*request.group_instance_id] = new_member_id;
  if (leader_ == old_id) leader_ = new_member_id;
  if (pending_sync_.erase(old_id) > 0) pending_sync_.insert(new_member_id);
  RefreshSession(&member, now);

  if (state_ == GroupState::kStable && SelectProtocol() == protocol_name_) {
    // The member is back before its session ended and nothing changed: it keeps its assignment, nobody rebalances.
    JoinGroupResponse response = CurrentGeneration(member, false);
    if (caller.api_version >= kFirstSkipAssignment) {
      response.skip_assignment = leader_ == new_member_id;
      if (response.skip_assignment) response.members = MemberList();
    } else {
      // Older clients would compute an assignment nobody takes: they are told the old leader's id, which is not theirs.
      response.leader = old_leader;
    }
    return reply(std::move(response));
  }
  member.join_reply = std::move(reply);
  MaybePrepareRebalance(now);
}

bool Group::SupportsProtocols(const JoinGroupRequest& request) const {
  if (request.protocol_type.empty() || request.protocols.empty()) return false;
  if (members_.empty()) return true;
  if (request.protocol_type != protocol_type_) return false;
  return std::any_of(request.protocols.begin(), request.protocols.end(), [&](const auto& protocol) {
    return std::all_of(members_.begin(), members_.end(),
                       [&](const auto& entry) { return entry.second.MetadataFor(protocol.name) != nullptr; });
  });
}

std::string Group::SelectProtocol() const {
  const auto common = [&](const std::string& name) {
    return std::all_of(members_.begin(), members_.end(),
                       [&](const auto& entry) { return entry.second.MetadataFor(name) != nullptr; });
  };
  std::map<std::string, int> votes;
  for (const auto& [id, member] : members_) {
    const auto choice = std::find_if(member.protocols.begin(), member.protocols.end(),
                                     [&](const auto& protocol) { return common(protocol.name); });
    if (choice != member.protocols.end()) ++votes[choice->name];
  }
  std::string best;
  int most = 0;
  for (const auto& [name, count] : votes) {
    if (count > most) {
      best = name;
      most = count;
    }
  }
  return best;
}

JoinGroupResponse Group::CurrentGeneration(const GroupMember& member, bool with_members) const {
  JoinGroupResponse response;
  response.generation_id = generation_;
  response.protocol_type = protocol_type_;
  response.protocol_name = protocol_name_;
  response.leader = leader_;
  response.member_id = member.id;
  if (with_members) response.members = MemberList();
  return response;
}

std::vector<JoinGroupResponse::Member> Group::MemberList() const {
  std::vector<JoinGroupResponse::Member> list;
  for (const auto& [id, member] : members_) {
    const std::string* metadata = member.MetadataFor(protocol_name_);
    list.push_back({id, member.instance_id, metadata != nullptr ? *metadata : std::string()});
  }
  return list;
}

}  // namespace millrace::broker
