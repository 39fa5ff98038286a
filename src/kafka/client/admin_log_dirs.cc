#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/strings.h"
#include "kafka/client/admin_call.h"
#include "kafka/protocol/header.h"
#include "kafka/protocol/message_codec.h"
#include "kafka/protocol/messages/cluster.h"
#include "net/call_frame.h"

namespace millrace::kafka {
namespace {

constexpr int16_t kApiKey = 35;
constexpr int16_t kVersion = 1;  // that Kafka 1.0 to 4 have
constexpr size_t kMaxAnswerBytes = size_t{64} << 20;

using Steady = std::chrono::steady_clock;

Result<DescribeLogDirsResponse> Ask(const ClientConfig& config, const BrokerDescription& broker,
                                    Steady::time_point deadline) {
  std::string host = broker.host;
  std::string port = std::to_string(broker.port);
  FollowAlias(config.host_aliases, &host, &port);
  const int64_t number = ParseInt64(port).value_or(0);
  Writer header;
  EncodeRequestHeader({.api_key = kApiKey, .api_version = kVersion, .client_id = config.client_id}, header);
  const std::string frame = std::move(header).Take().bytes + EncodeToString(DescribeLogDirsRequest{}, kVersion);
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Steady::now()).count();
  MR_ASSIGN(const std::string answer,
            net::CallFrame(host, static_cast<uint16_t>(number), frame, std::max<int64_t>(left, 1), kMaxAnswerBytes));
  Reader in(answer);
  MR_TRY(DecodeResponseHeader(kApiKey, kVersion, in));
  return DecodeMessage<DescribeLogDirsResponse>(std::string_view(answer).substr(answer.size() - in.remaining()),
                                                kVersion);
}

}  // namespace

Result<std::map<std::string, int64_t>> AdminClient::DescribeLogDirs() {
  const ClientConfig& config = impl_->config;
  const auto protocol = config.properties.find("security.protocol");
  if (protocol != config.properties.end() && !EqualsIgnoreCase(protocol->second, "PLAINTEXT")) {
    return UserError("Sizes on disk can be asked of plain connections only.").WithCode("UNSUPPORTED");
  }
  MR_ASSIGN(const ClusterDescription cluster, DescribeCluster());
  const auto deadline = Steady::now() + std::chrono::milliseconds(config.request_timeout_millis);  // for all of them
  std::map<std::pair<std::string, int32_t>, int64_t> partitions;
  for (const BrokerDescription& broker : cluster.brokers) {
    const auto answer = Ask(config, broker, deadline);
    if (!answer.ok()) return answer.error();  // sums without this one's partitions would be wrong
    for (const auto& folder : answer->results) {
      for (const auto& topic : folder.topics) {
        for (const auto& one : topic.partitions) {
          int64_t& bytes = partitions[{topic.name, one.partition_index}];
          if (!one.is_future_key) bytes = std::max(bytes, one.partition_size);
        }
      }
    }
  }
  std::map<std::string, int64_t> topics;
  for (const auto& [place, bytes] : partitions) topics[place.first] += bytes;
  return topics;
}

}  // namespace millrace::kafka
