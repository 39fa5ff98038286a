#include <sys/statvfs.h>

#include <algorithm>

#include "base/log.h"
#include "broker/handle.h"
#include "broker/storage.h"

namespace millrace::broker {

using kafka::Code;
using kafka::ErrorCode;

kafka::DescribeClusterResponse HandleDescribeCluster(BrokerContext& broker, const Request& request,
                                                     const kafka::DescribeClusterRequest& message) {
  constexpr int8_t kBrokers = 1;
  kafka::DescribeClusterResponse response;
  response.endpoint_type = kBrokers;
  response.cluster_id = broker.store.ClusterId();
  if (message.endpoint_type != kBrokers) {
    response.error_code = Code(ErrorCode::kMismatchedEndpointType);
    response.error_message =
        "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of another type.";
    return response;
  }
  response.controller_id = broker.options.node_id;
  response.brokers.push_back(
      {broker.options.node_id, request.listener->advertised_host, request.listener->advertised_port, std::nullopt});
  if (message.include_cluster_authorized_operations) response.cluster_authorized_operations = kClusterOperations;
  return response;
}

kafka::DescribeLogDirsResponse HandleDescribeLogDirs(BrokerContext& broker, const Request&,
                                                     const kafka::DescribeLogDirsRequest& message) {
  kafka::DescribeLogDirsResponse response;
  auto& out = response.results.emplace_back();
  out.log_dir = broker.options.data_dir;
  struct statvfs disk{};
  if (::statvfs(broker.options.data_dir.c_str(), &disk) == 0) {
    out.total_bytes = static_cast<int64_t>(disk.f_blocks * disk.f_frsize);
    out.usable_bytes = static_cast<int64_t>(disk.f_bavail * disk.f_frsize);
  }
  const auto add = [&](const Topic& topic, const std::vector<int32_t>* wanted) {
    auto& out_topic = out.topics.emplace_back();
    out_topic.name = topic.name;
    for (int32_t index = 0; index < static_cast<int32_t>(topic.partitions.size()); ++index) {
      if (wanted != nullptr && std::find(wanted->begin(), wanted->end(), index) == wanted->end()) continue;
      out_topic.partitions.push_back({index, topic.partitions[static_cast<size_t>(index)]->SizeInBytes(), 0, false});
    }
  };
  if (!message.topics.has_value()) {
    for (const TopicPtr& topic : broker.store.Topics()) add(*topic, nullptr);
    return response;
  }
  for (const auto& wanted : *message.topics) {
    if (const TopicPtr topic = broker.store.FindTopic(wanted.topic)) add(*topic, &wanted.partitions);
  }
  return response;
}

kafka::ListPartitionReassignmentsResponse HandleListPartitionReassignments(
    BrokerContext&, const Request&, const kafka::ListPartitionReassignmentsRequest&) {
  return {};  // a single broker has nowhere to move a partition to: nothing is ever in progress
}

}  // namespace millrace::broker
