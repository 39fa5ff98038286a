#include "broker/groups/coordinator.h"

#include <algorithm>

#include "base/log.h"
#include "base/strings.h"

namespace millrace::broker {
namespace {

using kafka::Code;
using kafka::ErrorCode;

constexpr int64_t kSweepMillis = 600'000;  // Kafka's offsets.retention.check.interval.ms
constexpr int16_t kFirstBatchedLeave = 3;
constexpr std::string_view kClassic = "classic";
// What anybody may do with a group when there is no authorizer: READ, DELETE, DESCRIBE, as bits.
constexpr int32_t kGroupOperations = 1 << 3 | 1 << 6 | 1 << 8;

bool Wanted(const std::vector<std::string>& filter, std::string_view value) {
  return filter.empty() || std::any_of(filter.begin(), filter.end(),
                                       [&](const std::string& each) { return EqualsIgnoreCase(each, value); });
}

}  // namespace

GroupCoordinator::GroupCoordinator(const Clock& clock, GroupSettings settings, OffsetStore& offsets,
                                   std::function<std::string()> new_id)
    : clock_(clock), settings_(settings), offsets_(offsets), new_id_(std::move(new_id)) {
  next_sweep_ = Now() + kSweepMillis;
  for (const std::string& id : offsets_.Groups()) FindOrCreate(id);
}

GroupCoordinator::~GroupCoordinator() = default;

Group* GroupCoordinator::Find(const std::string& id) {
  const auto found = groups_.find(id);
  return found == groups_.end() ? nullptr : found->second.get();
}

Group& GroupCoordinator::FindOrCreate(const std::string& id) {
  auto& slot = groups_[id];
  if (slot == nullptr) slot = std::make_unique<Group>(id, settings_, Now());
  return *slot;
}

std::string GroupCoordinator::NewMemberId(const GroupCaller& caller, const kafka::JoinGroupRequest& request) const {
  return (request.group_instance_id.has_value() ? *request.group_instance_id : caller.client_id) + "-" + new_id_();
}

// ---- membership
// ------------------------------------------------------------------------------------------------------

void GroupCoordinator::Join(const GroupCaller& caller, const kafka::JoinGroupRequest& request, JoinReply reply) {
  const auto refuse = [&](ErrorCode error) {
    kafka::JoinGroupResponse response;
    response.error_code = Code(error);
    response.member_id = request.member_id;
    reply(std::move(response));
  };
  if (request.group_id.empty()) return refuse(ErrorCode::kInvalidGroupId);
  if (request.session_timeout_ms < settings_.min_session_timeout_ms ||
      request.session_timeout_ms > settings_.max_session_timeout_ms) {
    return refuse(ErrorCode::kInvalidSessionTimeout);
  }
  if (Find(request.group_id) == nullptr && !request.member_id.empty()) return refuse(ErrorCode::kUnknownMemberId);
  FindOrCreate(request.group_id).Join(caller, request, NewMemberId(caller, request), Now(), std::move(reply));
}

void GroupCoordinator::Sync(const kafka::SyncGroupRequest& request, SyncReply reply) {
  if (Group* group = Find(request.group_id)) return group->Sync(request, Now(), std::move(reply));
  kafka::SyncGroupResponse response;
  response.error_code = Code(request.group_id.empty() ? ErrorCode::kInvalidGroupId : ErrorCode::kUnknownMemberId);
  reply(std::move(response));
}

kafka::HeartbeatResponse GroupCoordinator::Heartbeat(const kafka::HeartbeatRequest& request) {
  Group* group = Find(request.group_id);
  kafka::HeartbeatResponse response;
  if (request.group_id.empty()) {
    response.error_code = Code(ErrorCode::kInvalidGroupId);
  } else {
    response.error_code = Code(group == nullptr ? ErrorCode::kUnknownMemberId : group->Heartbeat(request, Now()));
  }
  return response;
}

kafka::LeaveGroupResponse GroupCoordinator::Leave(const GroupCaller& caller, const kafka::LeaveGroupRequest& request) {
  kafka::LeaveGroupResponse response;
  if (request.group_id.empty()) {
    response.error_code = Code(ErrorCode::kInvalidGroupId);
    return response;
  }
  Group* group = Find(request.group_id);
  const auto leave = [&](const std::string& member_id, const std::optional<std::string>& instance_id) {
    return Code(group == nullptr ? ErrorCode::kUnknownMemberId : group->Leave(member_id, instance_id, Now()));
  };
  if (caller.api_version < kFirstBatchedLeave) {
    response.error_code = leave(request.member_id, std::nullopt);
    return response;
  }
  for (const auto& member : request.members) {
    response.members.push_back(
        {member.member_id, member.group_instance_id, leave(member.member_id, member.group_instance_id)});
  }
  return response;
}

// ---- administration
// --------------------------------------------------------------------------------------------------

kafka::ListGroupsResponse GroupCoordinator::List(const kafka::ListGroupsRequest& request) {
  kafka::ListGroupsResponse response;
  for (const auto& [id, group] : groups_) {
    const std::string_view state = GroupStateName(group->state());
    if (!Wanted(request.states_filter, state) || !Wanted(request.types_filter, kClassic)) continue;
    response.groups.push_back({id, group->protocol_type(), std::string(state), std::string(kClassic)});
  }
  return response;
}

kafka::DescribeGroupsResponse GroupCoordinator::Describe(const kafka::DescribeGroupsRequest& request) {
  kafka::DescribeGroupsResponse response;
  for (const std::string& id : request.groups) {
    auto& out = response.groups.emplace_back();
    out.group_id = id;
    const Group* group = Find(id);
    if (group == nullptr) {
      out.group_state = GroupStateName(GroupState::kDead);
      continue;
    }
    if (request.include_authorized_operations) out.authorized_operations = kGroupOperations;
    const bool stable = group->state() == GroupState::kStable;
    out.group_state = GroupStateName(group->state());
    out.protocol_type = group->protocol_type();
    if (stable) out.protocol_data = group->protocol_name();
    for (const auto& [member_id, member] : group->members()) {
      const std::string* metadata = stable ? member.MetadataFor(group->protocol_name()) : nullptr;
      out.members.push_back({member_id, member.instance_id, member.client_id, member.client_host,
                             metadata != nullptr ? *metadata : std::string(),
                             stable ? member.assignment : std::string()});
    }
  }
  return response;
}

ErrorCode GroupCoordinator::DeleteGroup(const std::string& id) {
  Group* group = Find(id);
  if (id.empty()) return ErrorCode::kInvalidGroupId;
  if (group == nullptr) return ErrorCode::kGroupIdNotFound;
  if (group->state() != GroupState::kEmpty) return ErrorCode::kNonEmptyGroup;
  std::vector<TopicPartition> partitions;
  for (const auto& [partition, offset] : offsets_.Offsets(id)) partitions.push_back(partition);
  if (!offsets_.Delete(id, partitions).ok()) return ErrorCode::kUnknownServerError;
  group->Kill();
  groups_.erase(id);
  return ErrorCode::kNone;
}

kafka::DeleteGroupsResponse GroupCoordinator::Delete(const kafka::DeleteGroupsRequest& request) {
  kafka::DeleteGroupsResponse response;
  for (const std::string& id : request.group_names) response.results.push_back({id, Code(DeleteGroup(id))});
  return response;
}

// ---- time
// ------------------------------------------------------------------------------------------------------------

void GroupCoordinator::Tick() {
  const int64_t now = Now();
  for (auto& [id, group] : groups_) {
    if (group->NextDeadline() <= now) group->Expire(now);
  }
  if (now >= next_sweep_) Sweep(now);
}

int64_t GroupCoordinator::NextDeadline() const {
  int64_t next = next_sweep_;
  for (const auto& [id, group] : groups_) next = std::min(next, group->NextDeadline());
  return next;
}

// Offsets of a group that has been empty for the retention time go; an empty group without offsets goes with them.
void GroupCoordinator::Sweep(int64_t now) {
  next_sweep_ = now + kSweepMillis;
  const int64_t wall = clock_.WallMillis();
  for (auto it = groups_.begin(); it != groups_.end();) {
    Group& group = *it->second;
    if (group.state() != GroupState::kEmpty) {
      ++it;
      continue;
    }
    std::vector<TopicPartition> expired;
    const GroupOffsets offsets = offsets_.Offsets(group.id());
    const bool empty_long = now - group.empty_since() >= settings_.offsets_retention_ms;
    for (const auto& [partition, offset] : offsets) {
      if (empty_long && wall - offset.commit_time_ms >= settings_.offsets_retention_ms) expired.push_back(partition);
    }
    if (!expired.empty()) {
      if (const Status status = offsets_.Delete(group.id(), expired); !status.ok()) {
        Log(LogLevel::kWarn, "groups", "cannot expire offsets of {}: {}", group.id(), status.error().ToString());
      }
    }
    if (expired.size() == offsets.size()) {
      group.Kill();
      it = groups_.erase(it);
    } else {
      ++it;
    }
  }
}

}  // namespace millrace::broker
