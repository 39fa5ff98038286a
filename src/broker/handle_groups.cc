#include "broker/groups/coordinator.h"
#include "broker/handle.h"

namespace millrace::broker {
namespace {

GroupCaller CallerOf(const Request& request) {
  return {request.version(), request.header.client_id.value_or(""), "/" + request.client_host};
}

}  // namespace

void HandleJoinGroup(BrokerContext& broker, Request request, kafka::JoinGroupRequest message,
                     const Responder& responder) {
  broker.groups.Join(CallerOf(request), message,
                     [responder](kafka::JoinGroupResponse response) { responder.Send(response); });
  broker.deadlines_changed();
}

void HandleSyncGroup(BrokerContext& broker, Request, kafka::SyncGroupRequest message, const Responder& responder) {
  broker.groups.Sync(message, [responder](kafka::SyncGroupResponse response) { responder.Send(response); });
  broker.deadlines_changed();
}

kafka::HeartbeatResponse HandleHeartbeat(BrokerContext& broker, const Request&,
                                         const kafka::HeartbeatRequest& message) {
  return broker.groups.Heartbeat(message);
}

kafka::LeaveGroupResponse HandleLeaveGroup(BrokerContext& broker, const Request& request,
                                           const kafka::LeaveGroupRequest& message) {
  kafka::LeaveGroupResponse response = broker.groups.Leave(CallerOf(request), message);
  broker.deadlines_changed();
  return response;
}

kafka::DescribeGroupsResponse HandleDescribeGroups(BrokerContext& broker, const Request&,
                                                   const kafka::DescribeGroupsRequest& message) {
  return broker.groups.Describe(message);
}

kafka::ListGroupsResponse HandleListGroups(BrokerContext& broker, const Request&,
                                           const kafka::ListGroupsRequest& message) {
  return broker.groups.List(message);
}

kafka::DeleteGroupsResponse HandleDeleteGroups(BrokerContext& broker, const Request&,
                                               const kafka::DeleteGroupsRequest& message) {
  return broker.groups.Delete(message);
}

kafka::FindCoordinatorResponse HandleFindCoordinator(BrokerContext& broker, const Request& request,
                                                     const kafka::FindCoordinatorRequest& message) {
  constexpr int16_t kFirstBatched = 4;
  constexpr int8_t kGroup = 0;
  constexpr int8_t kTransaction = 1;
  const BoundListener& self = *request.listener;
  const bool known_type = message.key_type == kGroup || message.key_type == kTransaction;
  const int16_t error = known_type ? 0 : kafka::Code(kafka::ErrorCode::kInvalidRequest);
  kafka::FindCoordinatorResponse response;
  if (request.version() < kFirstBatched) {
    response.error_code = error;
    response.node_id = broker.options.node_id;
    response.host = self.advertised_host;
    response.port = self.advertised_port;
    return response;
  }
  for (const std::string& key : message.coordinator_keys) {
    auto& out = response.coordinators.emplace_back();
    out.key = key;
    out.error_code = error;
    out.node_id = broker.options.node_id;
    out.host = self.advertised_host;
    out.port = self.advertised_port;
  }
  return response;
}

}  // namespace millrace::broker
