#include <algorithm>

#include "base/log.h"
#include "broker/handle.h"
#include "broker/storage.h"

namespace millrace::broker {
namespace {

using kafka::Code;
using kafka::ErrorCode;
using kafka::ListOffsetsRequest;
using kafka::ListOffsetsResponse;

// The special "timestamps" of ListOffsets.
constexpr int64_t kLatest = -1;
constexpr int64_t kEarliest = -2;
constexpr int64_t kMaxTimestamp = -3;
constexpr int64_t kEarliestLocal = -4;
constexpr int64_t kLatestTiered = -5;

struct Answer {
  ErrorCode error = ErrorCode::kNone;
  FoundOffset found;  // offset -1: nothing there, which is no error
};

// What lies behind `end` is not there for the reader.
Answer FromSearch(Result<std::optional<FoundOffset>> result, int64_t end) {
  if (!result.ok()) {
    Log(LogLevel::kError, "broker", "cannot look up an offset by time: {}", result.error().ToString());
    return {ErrorCode::kKafkaStorageError, {}};
  }
  const bool readable = result->has_value() && (*result)->offset < end;
  return {ErrorCode::kNone, readable ? **result : FoundOffset{}};
}

Answer LookUp(PartitionStore& store, int64_t timestamp, int8_t isolation) {
  const PartitionBounds bounds = store.Bounds();
  const int64_t end = isolation == 1 ? bounds.last_stable : INT64_MAX;
  switch (timestamp) {
    case kLatest: return {ErrorCode::kNone, {std::min(end, bounds.high_watermark), -1}};
    case kEarliest:
    case kEarliestLocal: return {ErrorCode::kNone, {bounds.log_start, -1}};
    case kLatestTiered: return {};
    case kMaxTimestamp: return FromSearch(store.OffsetOfMaxTime(), end);
    default: break;
  }
  if (timestamp < 0) return {ErrorCode::kUnsupportedVersion, {}};
  return FromSearch(store.OffsetForTime(timestamp), end);
}

ErrorCode CheckEpoch(int32_t current_leader_epoch) {
  return current_leader_epoch > kOnlyEpoch ? ErrorCode::kUnknownLeaderEpoch : ErrorCode::kNone;
}

}  // namespace

ListOffsetsResponse HandleListOffsets(BrokerContext& broker, const Request& request,
                                      const ListOffsetsRequest& message) {
  ListOffsetsResponse response;
  for (const auto& topic : message.topics) {
    auto& out_topic = response.topics.emplace_back();
    out_topic.name = topic.name;
    const TopicPtr found = broker.store.FindTopic(topic.name);
    for (const auto& partition : topic.partitions) {
      auto& out = out_topic.partitions.emplace_back();
      out.partition_index = partition.partition_index;
      PartitionStore* store = found != nullptr ? found->Find(partition.partition_index) : nullptr;
      ErrorCode error =
          store == nullptr ? ErrorCode::kUnknownTopicOrPartition : CheckEpoch(partition.current_leader_epoch);
      Answer answer;
      if (error == ErrorCode::kNone) {
        answer = LookUp(*store, partition.timestamp, message.isolation_level);
        error = answer.error;
      }
      out.error_code = Code(error);
      out.offset = answer.found.offset;
      out.timestamp = answer.found.timestamp;
      if (answer.found.offset < 0) continue;
      out.leader_epoch = kOnlyEpoch;
      if (request.version() == 0) out.old_style_offsets.push_back(answer.found.offset);
    }
  }
  return response;
}

kafka::OffsetForLeaderEpochResponse HandleOffsetForLeaderEpoch(BrokerContext& broker, const Request&,
                                                               const kafka::OffsetForLeaderEpochRequest& message) {
  kafka::OffsetForLeaderEpochResponse response;
  for (const auto& topic : message.topics) {
    auto& out_topic = response.topics.emplace_back();
    out_topic.topic = topic.topic;
    const TopicPtr found = broker.store.FindTopic(topic.topic);
    for (const auto& partition : topic.partitions) {
      auto& out = out_topic.partitions.emplace_back();
      out.partition = partition.partition;
      const PartitionStore* store = found != nullptr ? found->Find(partition.partition) : nullptr;
      const ErrorCode error =
          store == nullptr ? ErrorCode::kUnknownTopicOrPartition : CheckEpoch(partition.current_leader_epoch);
      out.error_code = Code(error);
      if (error != ErrorCode::kNone || partition.leader_epoch != kOnlyEpoch) continue;
      out.leader_epoch = kOnlyEpoch;
      out.end_offset = store->Bounds().high_watermark;
    }
  }
  return response;
}

}  // namespace millrace::broker
