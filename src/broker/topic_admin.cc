#include "broker/topic_admin.h"

#include <fmt/format.h>

#include "base/log.h"

namespace millrace::broker {
namespace {

using kafka::ErrorCode;

constexpr size_t kMaxTopicName = 249;
constexpr int32_t kMaxPartitions = 100'000;  // a typing error should not cost so many files

AdminOutcome Refuse(ErrorCode error, std::string message) { return {error, std::move(message)}; }

}  // namespace

bool IsValidTopicName(std::string_view name) {
  if (name.empty() || name.size() > kMaxTopicName || name == "." || name == "..") return false;
  for (const char c : name) {
    const bool legal =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (!legal) return false;
  }
  return true;
}

AdminOutcome CheckReplicationFactor(const BrokerContext& broker, int16_t factor) {
  if (factor == -1 || factor == 1) return {};
  if (factor <= 0)
    return Refuse(ErrorCode::kInvalidReplicationFactor,
                  "Replication factor must be larger than 0, or -1 to use the default value.");
  if (!broker.options.strict_replication_factor) return {};
  return Refuse(ErrorCode::kInvalidReplicationFactor,
                fmt::format("Unable to replicate the partition {} time(s): this broker is the only one.", factor));
}

int32_t PartitionsOf(const BrokerContext& broker, const NewTopic& topic) {
  return topic.num_partitions == -1 ? broker.options.num_partitions : topic.num_partitions;
}

AdminOutcome CreateTopic(BrokerContext& broker, const NewTopic& topic, bool validate_only) {
  if (!IsValidTopicName(topic.name)) {
    return Refuse(
        ErrorCode::kInvalidTopic,
        fmt::format("Topic name is invalid: '{}' is not 1 to 249 characters of a-z, A-Z, 0-9, '.', '_' and '-'.",
                    topic.name));
  }
  if (broker.store.FindTopic(topic.name) != nullptr) {
    return Refuse(ErrorCode::kTopicAlreadyExists, fmt::format("Topic '{}' already exists.", topic.name));
  }
  const int32_t num_partitions = PartitionsOf(broker, topic);
  if (num_partitions <= 0 || num_partitions > kMaxPartitions) {
    return Refuse(
        ErrorCode::kInvalidPartitions,
        fmt::format("Number of partitions must be between 1 and {}, or -1 to use the default value.", kMaxPartitions));
  }
  if (AdminOutcome outcome = CheckReplicationFactor(broker, topic.replication_factor); !outcome.ok()) return outcome;
  for (const auto& [name, value] : topic.configs) {
    if (const Status status = ValidateTopicConfig(name, value); !status.ok())
      return Refuse(ErrorCode::kInvalidConfig, status.error().message);
  }
  if (validate_only) return {};
  const Result<TopicPtr> created = broker.store.CreateTopic(topic.name, num_partitions, topic.configs);
  if (!created.ok()) {
    Log(LogLevel::kError, "broker", "cannot create topic {}: {}", topic.name, created.error().ToString());
    return Refuse(ErrorCode::kKafkaStorageError, created.error().message);
  }
  Log(LogLevel::kInfo, "broker", "created topic {} with {} partitions", topic.name, num_partitions);
  return {};
}

}  // namespace millrace::broker
