#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "kafka/client/client_config.h"
#include "kafka/client/topic_partition.h"

namespace millrace::kafka {

struct TopicSpec {
  std::string name;
  int32_t num_partitions = 1;       // -1: the broker's default
  int32_t replication_factor = -1;  // -1: the broker's default
  std::map<std::string, std::string> configs;
};

struct PartitionDescription {
  int32_t id = 0;
  int32_t leader = -1;  // broker id; -1 when there is none
  std::vector<int32_t> replicas;
  std::vector<int32_t> in_sync_replicas;
};

struct TopicDescription {
  std::string name;
  std::vector<PartitionDescription> partitions;  // ascending id
};

struct BrokerDescription {
  int32_t id = 0;
  std::string host;
  int32_t port = 0;
};

struct ClusterDescription {
  std::string cluster_id;
  int32_t controller = -1;
  std::vector<BrokerDescription> brokers;
};

struct ConfigEntry {
  std::string name;
  std::optional<std::string> value;  // none: sensitive
  bool is_default = false;
  bool is_read_only = false;
  bool is_sensitive = false;
};

enum class ConfigResource : uint8_t { kTopic, kBroker };

// What a lookup over many partitions does about one that cannot be asked (deleted just now, without a leader).
enum class OnMissing : uint8_t { kFail, kSkip };  // kSkip: its offset is kNoOffset

struct GroupListing {
  std::string group_id;
  std::string state;  // "Stable", "Empty" ...
  bool is_simple = false;
};

struct GroupMember {
  std::string member_id;
  std::string client_id;
  std::string host;
  std::optional<std::string> instance_id;
  std::vector<TopicPartition> assignment;
};

struct GroupDescription {
  std::string group_id;
  std::string state;
  std::string partition_assignor;
  std::vector<GroupMember> members;
};

struct Watermarks {
  int64_t low = 0;   // first offset that can be read
  int64_t high = 0;  // one past the last
};

// Admin requests and offset queries of one cluster. Every call blocks for at most ClientConfig::request_timeout_millis
// (a few of them send two requests). Calls may come from several threads.
//
// Errors carry Kafka's own name in Error::code ("TOPIC_ALREADY_EXISTS", "UNKNOWN_TOPIC_OR_PART", "GROUP_ID_NOT_FOUND"
// ...). An unreachable broker is an external error with Retry::kYes whose message names its address.
class AdminClient {
 public:
  struct Impl;  // of this folder
  static Result<std::unique_ptr<AdminClient>> Create(const ClientConfig& config);
  ~AdminClient();

  // On return the topic can be used, unless the cluster takes longer than 3 seconds to spread the word.
  Status CreateTopic(const TopicSpec& spec);
  Status DeleteTopic(const std::string& topic);
  // Deletes the records of each partition below its offset; kOffsetEnd = all of them.
  Status DeleteRecords(std::span<const TopicPartitionOffset> before);

  // Names of all topics, sorted, internal ones (leading "__") included.
  Result<std::vector<std::string>> ListTopics();
  // Asking never creates the topic.
  Result<TopicDescription> DescribeTopic(const std::string& topic);
  Result<std::vector<TopicDescription>> DescribeTopics();  // all of them
  Result<ClusterDescription> DescribeCluster();

  // Bytes on disk by topic: of each partition its largest replica. A broker that does not answer is left out. Asked
  // over plain connections of its own, since librdkafka has no such call: where TLS or SASL is wanted it is an error.
  Result<std::map<std::string, int64_t>> DescribeLogDirs();

  // `name` is a topic or the decimal id of a broker.
  Result<std::vector<ConfigEntry>> DescribeConfigs(ConfigResource resource, const std::string& name);
  // Those of many topics in one request; a topic that cannot be described is left out.
  Result<std::map<std::string, std::vector<ConfigEntry>>> DescribeTopicConfigs(std::span<const std::string> topics);
  // Sets these and keeps the others that differ from their defaults.
  Status AlterConfigs(ConfigResource resource, const std::string& name, const std::map<std::string, std::string>& set);

  Result<std::vector<GroupListing>> ListGroups();
  Result<GroupDescription> DescribeGroup(const std::string& group);
  // Many at once; a group that cannot be described is left out.
  Result<std::vector<GroupDescription>> DescribeGroups(std::span<const std::string> groups);
  Status DeleteGroup(const std::string& group);
  // Committed offsets of a group; no `partitions` = all it has. A partition without one has offset kNoOffset.
  Result<std::vector<TopicPartitionOffset>> GroupOffsets(const std::string& group,
                                                         std::span<const TopicPartition> partitions = {});
  // Only while the group has no members.
  Status AlterGroupOffsets(const std::string& group, std::span<const TopicPartitionOffset> offsets);

  Result<Watermarks> QueryWatermarks(const TopicPartition& place);
  // First readable offset of each partition, or one past its last; one request per broker. With
  // isolation.level=read_committed the end is that of the last finished transaction.
  Result<std::vector<TopicPartitionOffset>> BeginningOffsets(std::span<const TopicPartition> partitions,
                                                             OnMissing missing = OnMissing::kFail);
  Result<std::vector<TopicPartitionOffset>> EndOffsets(std::span<const TopicPartition> partitions,
                                                       OnMissing missing = OnMissing::kFail);
  // For each partition the offset of its first record with timestamp >= `epoch_millis`; kNoOffset when there is none.
  Result<std::vector<TopicPartitionOffset>> OffsetsForTime(std::span<const TopicPartition> partitions,
                                                           int64_t epoch_millis);

 private:
  explicit AdminClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::kafka
