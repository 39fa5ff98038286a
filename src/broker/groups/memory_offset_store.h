#pragma once

#include <map>

#include "broker/groups/offset_store.h"

namespace millrace::broker {

// Offsets in memory only, for tests of the groups.
class MemoryOffsetStore final : public OffsetStore {
 public:
  std::vector<std::string> Groups() override {
    std::vector<std::string> names;
    for (const auto& [group, offsets] : groups_) names.push_back(group);
    return names;
  }
  GroupOffsets Offsets(const std::string& group) override {
    const auto found = groups_.find(group);
    return found == groups_.end() ? GroupOffsets() : found->second;
  }
  std::optional<CommittedOffset> Find(const std::string& group, const TopicPartition& partition) override {
    const GroupOffsets offsets = Offsets(group);
    const auto found = offsets.find(partition);
    return found == offsets.end() ? std::nullopt : std::optional(found->second);
  }
  Status Put(const std::string& group, const GroupOffsets& offsets) override {
    for (const auto& [partition, offset] : offsets) groups_[group][partition] = offset;
    return Ok();
  }
  Status Delete(const std::string& group, const std::vector<TopicPartition>& partitions) override {
    for (const TopicPartition& partition : partitions) groups_[group].erase(partition);
    if (groups_[group].empty()) groups_.erase(group);
    return Ok();
  }

 private:
  std::map<std::string, GroupOffsets> groups_;
};

}  // namespace millrace::broker
