#include <algorithm>

#include "base/log.h"
#include "broker/groups/coordinator.h"

namespace millrace::broker {
namespace {

using kafka::Code;
using kafka::ErrorCode;

constexpr int16_t kFirstBatchedFetch = 8;

// The two shapes of an answer (one group, or a list of groups) have the same fields under different type names.
template <typename Topic>
void Append(std::vector<Topic>* topics, const GroupPartition& partition, const std::optional<CommittedOffset>& offset) {
  if (topics->empty() || topics->back().name != partition.topic) topics->emplace_back().name = partition.topic;
  auto& out = topics->back().partitions.emplace_back();
  out.partition_index = partition.partition;
  out.committed_offset = offset.has_value() ? offset->offset : -1;
  out.committed_leader_epoch = offset.has_value() ? offset->leader_epoch : -1;
  out.metadata = offset.has_value() ? offset->metadata : std::string();
}

template <typename RequestTopic, typename Topic>
void FetchInto(OffsetStore& store, const std::string& group, const std::optional<std::vector<RequestTopic>>& wanted,
               std::vector<Topic>* topics) {
  if (!wanted.has_value()) {
    for (const auto& [partition, offset] : store.Offsets(group)) Append(topics, partition, offset);
    return;
  }
  for (const RequestTopic& topic : *wanted) {
    topics->emplace_back().name = topic.name;
    for (const int32_t index : topic.partition_indexes) {
      const GroupPartition partition{topic.name, index};
      Append(topics, partition, store.Find(group, partition));
    }
  }
}

}  // namespace

kafka::OffsetCommitResponse GroupCoordinator::CommitOffsets(const kafka::OffsetCommitRequest& request,
                                                            const PartitionExists& partition_exists) {
  ErrorCode group_error = ErrorCode::kNone;
  if (Group* group = Find(request.group_id)) {
    group_error = group->CheckCommit(request.member_id, request.group_instance_id, request.generation_id, Now());
  } else if (request.generation_id >= 0) {
    group_error = ErrorCode::kIllegalGeneration;
  }
  kafka::OffsetCommitResponse response;
  GroupOffsets accepted;
  const int64_t wall = clock_.WallMillis();
  for (const auto& topic : request.topics) {
    auto& out = response.topics.emplace_back();
    out.name = topic.name;
    for (const auto& partition : topic.partitions) {
      ErrorCode error = group_error;
      if (error == ErrorCode::kNone && !partition_exists(topic.name, partition.partition_index)) {
        error = ErrorCode::kUnknownTopicOrPartition;
      }
      const size_t metadata_size = partition.committed_metadata.has_value() ? partition.committed_metadata->size() : 0;
      if (error == ErrorCode::kNone && metadata_size > static_cast<size_t>(settings_.offset_metadata_max_bytes)) {
        error = ErrorCode::kOffsetMetadataTooLarge;
      }
      out.partitions.push_back({partition.partition_index, Code(error)});
      if (error != ErrorCode::kNone) continue;
      accepted[{topic.name, partition.partition_index}] = {partition.committed_offset, partition.committed_leader_epoch,
                                                           partition.committed_metadata.value_or(""), wall};
    }
  }
  if (accepted.empty()) return response;
  FindOrCreate(request.group_id);
  if (const Status status = offsets_.Put(request.group_id, accepted); !status.ok()) {
    Log(LogLevel::kError, "groups", "cannot store offsets of {}: {}", request.group_id, status.error().ToString());
    for (auto& topic : response.topics) {
      for (auto& partition : topic.partitions) {
        if (partition.error_code == 0) partition.error_code = Code(ErrorCode::kUnknownServerError);
      }
    }
  }
  return response;
}

kafka::OffsetFetchResponse GroupCoordinator::FetchOffsets(const GroupCaller& caller,
                                                          const kafka::OffsetFetchRequest& request) {
  kafka::OffsetFetchResponse response;
  if (caller.api_version < kFirstBatchedFetch) {
    FetchInto(offsets_, request.group_id, request.topics, &response.topics);
    return response;
  }
  for (const auto& group : request.groups) {
    auto& out = response.groups.emplace_back();
    out.group_id = group.group_id;
    FetchInto(offsets_, group.group_id, group.topics, &out.topics);
  }
  return response;
}

kafka::OffsetDeleteResponse GroupCoordinator::DeleteOffsets(const kafka::OffsetDeleteRequest& request) {
  kafka::OffsetDeleteResponse response;
  const Group* group = Find(request.group_id);
  if (request.group_id.empty() || group == nullptr) {
    response.error_code = Code(request.group_id.empty() ? ErrorCode::kInvalidGroupId : ErrorCode::kGroupIdNotFound);
    return response;
  }
  if (group->state() != GroupState::kEmpty && group->protocol_type() != "consumer") {
    response.error_code = Code(ErrorCode::kNonEmptyGroup);
    return response;
  }
  const std::set<std::string> subscribed = group->SubscribedTopics();
  std::vector<GroupPartition> doomed;
  for (const auto& topic : request.topics) {
    auto& out = response.topics.emplace_back();
    out.name = topic.name;
    const ErrorCode error = subscribed.contains(topic.name) ? ErrorCode::kGroupSubscribedToTopic : ErrorCode::kNone;
    for (const auto& partition : topic.partitions) {
      out.partitions.push_back({partition.partition_index, Code(error)});
      if (error == ErrorCode::kNone) doomed.push_back({topic.name, partition.partition_index});
    }
  }
  if (!offsets_.Delete(request.group_id, doomed).ok()) response.error_code = Code(ErrorCode::kUnknownServerError);
  return response;
}

void GroupCoordinator::OnTopicDeleted(const std::string& topic) {
  for (const std::string& group : offsets_.Groups()) {
    std::vector<GroupPartition> doomed;
    for (const auto& [partition, offset] : offsets_.Offsets(group)) {
      if (partition.topic == topic) doomed.push_back(partition);
    }
    if (doomed.empty()) continue;
    if (const Status status = offsets_.Delete(group, doomed); !status.ok()) {
      Log(LogLevel::kWarn, "groups", "cannot forget offsets of {} in {}: {}", topic, group, status.error().ToString());
    }
  }
}

}  // namespace millrace::broker
