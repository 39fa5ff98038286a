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
void Append(std::vector<Topic>* topics, const TopicPartition& partition, const std::optional<CommittedOffset>& offset,
            ErrorCode error) {
  if (topics->empty() || topics->back().name != partition.topic) topics->emplace_back().name = partition.topic;
  auto& out = topics->back().partitions.emplace_back();
  const bool found = offset.has_value() && error == ErrorCode::kNone;
  out.partition_index = partition.partition;
  out.committed_offset = found ? offset->offset : -1;
  out.committed_leader_epoch = found ? offset->leader_epoch : -1;
  out.metadata = found ? offset->metadata : std::string();
  out.error_code = Code(error);
}

template <typename RequestTopic, typename Topic>
void FetchInto(OffsetStore& store, const std::string& group, const std::optional<std::vector<RequestTopic>>& wanted,
               const GroupCoordinator::IsUndecided& is_undecided, std::vector<Topic>* topics) {
  const auto append = [&](const TopicPartition& partition, const std::optional<CommittedOffset>& offset) {
    Append(topics, partition, offset,
           is_undecided && is_undecided(group, partition) ? ErrorCode::kUnstableOffsetCommit : ErrorCode::kNone);
  };
  if (!wanted.has_value()) {
    for (const auto& [partition, offset] : store.Offsets(group)) append(partition, offset);
    return;
  }
  for (const RequestTopic& topic : *wanted) {
    topics->emplace_back().name = topic.name;
    for (const int32_t index : topic.partition_indexes) {
      const TopicPartition partition{topic.name, index};
      append(partition, store.Find(group, partition));
    }
  }
}

// Fills the answer to a commit, plain or transactional, and returns what may be stored.
template <typename RequestTopic, typename ResponseTopic>
GroupOffsets JudgeOffsets(const std::vector<RequestTopic>& topics, ErrorCode group_error,
                          const GroupCoordinator::PartitionExists& partition_exists, int32_t max_metadata, int64_t wall,
                          std::vector<ResponseTopic>* answers) {
  GroupOffsets accepted;
  for (const auto& topic : topics) {
    auto& out = answers->emplace_back();
    out.name = topic.name;
    for (const auto& partition : topic.partitions) {
      ErrorCode error = group_error;
      if (error == ErrorCode::kNone && !partition_exists(topic.name, partition.partition_index)) {
        error = ErrorCode::kUnknownTopicOrPartition;
      }
      const size_t metadata_size = partition.committed_metadata.has_value() ? partition.committed_metadata->size() : 0;
      if (error == ErrorCode::kNone && metadata_size > static_cast<size_t>(max_metadata)) {
        error = ErrorCode::kOffsetMetadataTooLarge;
      }
      out.partitions.push_back({partition.partition_index, Code(error)});
      if (error != ErrorCode::kNone) continue;
      accepted[{topic.name, partition.partition_index}] = {partition.committed_offset, partition.committed_leader_epoch,
                                                           partition.committed_metadata.value_or(""), wall};
    }
  }
  return accepted;
}

}  // namespace

ErrorCode GroupCoordinator::CheckCommit(const std::string& group_id, const std::string& member_id,
                                        const std::optional<std::string>& instance_id, int32_t generation) {
  if (Group* group = Find(group_id)) return group->CheckCommit(member_id, instance_id, generation, Now());
  return generation >= 0 ? ErrorCode::kIllegalGeneration : ErrorCode::kNone;
}

kafka::TxnOffsetCommitResponse GroupCoordinator::JudgeStagedOffsets(const kafka::TxnOffsetCommitRequest& request,
                                                                    const PartitionExists& partition_exists,
                                                                    GroupOffsets* accepted) {
  // Before version 3 the request names no member, and a group with members takes it all the same.
  const bool names_member =
      request.generation_id >= 0 || !request.member_id.empty() || request.group_instance_id.has_value();
  ErrorCode error = request.group_id.empty() ? ErrorCode::kInvalidGroupId : ErrorCode::kNone;
  if (error == ErrorCode::kNone && names_member) {
    error = CheckCommit(request.group_id, request.member_id, request.group_instance_id, request.generation_id);
  }
  kafka::TxnOffsetCommitResponse response;
  *accepted = JudgeOffsets(request.topics, error, partition_exists, settings_.offset_metadata_max_bytes,
                           clock_.WallMillis(), &response.topics);
  return response;
}

kafka::OffsetCommitResponse GroupCoordinator::CommitOffsets(const kafka::OffsetCommitRequest& request,
                                                            const PartitionExists& partition_exists) {
  kafka::OffsetCommitResponse response;
  const GroupOffsets accepted =
      JudgeOffsets(request.topics,
                   CheckCommit(request.group_id, request.member_id, request.group_instance_id, request.generation_id),
                   partition_exists, settings_.offset_metadata_max_bytes, clock_.WallMillis(), &response.topics);
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
                                                          const kafka::OffsetFetchRequest& request,
                                                          const IsUndecided& is_undecided) {
  kafka::OffsetFetchResponse response;
  const IsUndecided& judge = request.require_stable ? is_undecided : IsUndecided();
  if (caller.api_version < kFirstBatchedFetch) {
    FetchInto(offsets_, request.group_id, request.topics, judge, &response.topics);
    return response;
  }
  for (const auto& group : request.groups) {
    auto& out = response.groups.emplace_back();
    out.group_id = group.group_id;
    FetchInto(offsets_, group.group_id, group.topics, judge, &out.topics);
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
  std::vector<TopicPartition> doomed;
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
    std::vector<TopicPartition> doomed;
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
