#include "connectors/kafka/kafka_offsets.h"

#include <algorithm>
#include <regex>

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::connectors {
namespace {

using kafka::TopicPartition;
using kafka::TopicPartitionOffset;

OffsetsByPartition ByPartition(const std::vector<TopicPartitionOffset>& offsets) {
  OffsetsByPartition out;
  for (const TopicPartitionOffset& one : offsets) out[one.place] = one.offset;
  return out;
}

Result<OffsetsByPartition> EndOffsets(kafka::AdminClient& admin, std::span<const TopicPartition> partitions) {
  MR_ASSIGN(const auto offsets, admin.EndOffsets(partitions));
  return ByPartition(offsets);
}

// Offsets of the first record at or after a time; the end where there is none.
Result<OffsetsByPartition> OffsetsAtTime(kafka::AdminClient& admin, std::span<const TopicPartition> partitions,
                                         int64_t epoch_millis) {
  MR_ASSIGN(const auto offsets, admin.OffsetsForTime(partitions, epoch_millis));
  OffsetsByPartition out = ByPartition(offsets);
  std::vector<TopicPartition> none;
  for (const auto& [place, offset] : out) {
    if (offset < 0) none.push_back(place);
  }
  MR_ASSIGN(const OffsetsByPartition ends, EndOffsets(admin, none));
  for (const auto& [place, offset] : ends) out[place] = offset;
  return out;
}

// What the group committed; partitions without are at kNoOffset.
Result<OffsetsByPartition> GroupOffsets(kafka::AdminClient& admin, const KafkaTable& table,
                                        std::span<const TopicPartition> partitions) {
  MR_ASSIGN(const auto offsets, admin.GroupOffsets(table.client.properties.at("group.id"), partitions));
  return ByPartition(offsets);
}

// For partitions where the group committed nothing, 'properties.auto.offset.reset' decides; Flink fails without it.
Status FillUncommitted(kafka::AdminClient& admin, const KafkaTable& table, OffsetsByPartition& offsets) {
  std::vector<TopicPartition> missing;
  std::vector<std::string> names;
  for (const auto& [place, offset] : offsets) {
    if (offset >= 0) continue;
    missing.push_back(place);
    names.push_back(fmt::format("{}-{}", place.topic, place.partition));
  }
  if (missing.empty()) return Ok();
  const auto reset = table.client.properties.find("auto.offset.reset");
  const std::string policy = reset == table.client.properties.end() ? "none" : ToLower(Trim(reset->second));
  if (policy != "earliest" && policy != "latest") {
    return UserError(fmt::format("Undefined offset with no reset policy for partitions: [{}]", Join(names, ", ")))
        .WithHint(
            fmt::format("The group '{}' has committed no offset yet: set 'scan.startup.mode' to 'earliest-offset' or "
                        "'latest-offset', or 'properties.auto.offset.reset' to 'earliest' or 'latest'.",
                        table.client.properties.at("group.id")));
  }
  MR_ASSIGN(const OffsetsByPartition found,
            policy == "earliest" ? FirstOffsets(admin, missing) : EndOffsets(admin, missing));
  for (const auto& [place, offset] : found) offsets[place] = offset;
  return Ok();
}

}  // namespace

Result<std::vector<TopicPartition>> DiscoverPartitions(kafka::AdminClient& admin, const KafkaTable& table) {
  std::vector<TopicPartition> out;
  const auto add = [&out](const kafka::TopicDescription& topic) {
    for (const kafka::PartitionDescription& partition : topic.partitions) out.push_back({topic.name, partition.id});
  };
  if (!table.topic_pattern.empty()) {
    const std::regex pattern(table.topic_pattern);  // checked when the options were read
    MR_ASSIGN(const auto topics, admin.DescribeTopics());
    for (const kafka::TopicDescription& topic : topics) {
      if (!std::regex_match(topic.name, pattern)) continue;
      if (!topic.partitions.empty()) {
        add(topic);
        continue;
      }
      // The list tells no reason: its leader is moving, or it has just been deleted.
      const auto again = admin.DescribeTopic(topic.name);
      if (again.ok()) {
        add(*again);
      } else if (again.error().code != "UNKNOWN_TOPIC_OR_PART") {
        return again.error();
      }
    }
  } else {
    for (const std::string& name : table.topics) {
      MR_ASSIGN(const kafka::TopicDescription topic, admin.DescribeTopic(name));
      add(topic);
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

uint32_t SlotOfPartition(const TopicPartition& place, uint32_t parallelism) {
  uint32_t hash = 0;  // String.hashCode; topic names are ASCII
  for (const char c : place.topic) hash = hash * 31 + static_cast<unsigned char>(c);
  const uint32_t start = ((hash * 31) & 0x7fffffffU) % parallelism;
  return (start + static_cast<uint32_t>(place.partition)) % parallelism;
}

Result<OffsetsByPartition> FirstOffsets(kafka::AdminClient& admin, std::span<const TopicPartition> partitions) {
  MR_ASSIGN(const auto offsets, admin.BeginningOffsets(partitions));
  return ByPartition(offsets);
}

Result<OffsetsByPartition> StartOffsets(kafka::AdminClient& admin, const KafkaTable& table,
                                        std::span<const TopicPartition> partitions) {
  switch (table.startup) {
    case StartupMode::kEarliest: return FirstOffsets(admin, partitions);
    case StartupMode::kLatest: return EndOffsets(admin, partitions);
    case StartupMode::kTimestamp: return OffsetsAtTime(admin, partitions, table.startup_timestamp);
    case StartupMode::kGroupOffsets: {
      MR_ASSIGN(OffsetsByPartition offsets, GroupOffsets(admin, table, partitions));
      MR_TRY(FillUncommitted(admin, table, offsets));
      return offsets;
    }
    case StartupMode::kSpecificOffsets: break;
  }
  OffsetsByPartition offsets;
  for (const TopicPartition& place : partitions) {
    const auto it = table.startup_offsets.find(place.partition);
    offsets[place] = it == table.startup_offsets.end() ? kafka::kNoOffset : it->second;
  }
  std::vector<TopicPartition> unnamed;
  for (const auto& [place, offset] : offsets) {
    if (offset < 0) unnamed.push_back(place);
  }
  // Flink asks the group for the partitions that the option does not name, then falls back to their beginning.
  MR_ASSIGN(const OffsetsByPartition committed,
            unnamed.empty() ? Result<OffsetsByPartition>(OffsetsByPartition{}) : GroupOffsets(admin, table, unnamed));
  MR_ASSIGN(const OffsetsByPartition first, FirstOffsets(admin, unnamed));
  for (const TopicPartition& place : unnamed) {
    const auto it = committed.find(place);
    offsets[place] = it != committed.end() && it->second >= 0 ? it->second : first.at(place);
  }
  return offsets;
}

Result<OffsetsByPartition> StopOffsets(kafka::AdminClient& admin, const KafkaTable& table,
                                       std::span<const TopicPartition> partitions) {
  switch (table.bounded) {
    case BoundedMode::kUnbounded: return OffsetsByPartition{};
    case BoundedMode::kLatest: return EndOffsets(admin, partitions);
    case BoundedMode::kTimestamp: return OffsetsAtTime(admin, partitions, table.bounded_timestamp);
    case BoundedMode::kGroupOffsets: {
      MR_ASSIGN(OffsetsByPartition offsets, GroupOffsets(admin, table, partitions));
      MR_ASSIGN(const OffsetsByPartition ends, EndOffsets(admin, partitions));
      for (auto& [place, offset] : offsets) {
        if (offset < 0) offset = ends.at(place);
      }
      return offsets;
    }
    case BoundedMode::kSpecificOffsets: break;
  }
  MR_ASSIGN(OffsetsByPartition offsets, EndOffsets(admin, partitions));
  for (auto& [place, offset] : offsets) {
    const auto it = table.bounded_offsets.find(place.partition);
    if (it != table.bounded_offsets.end()) offset = it->second;
  }
  return offsets;
}

}  // namespace millrace::connectors
