#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace millrace::broker {

struct TopicPartition {
  std::string topic;
  int32_t partition = 0;
  auto operator<=>(const TopicPartition&) const = default;
};

struct CommittedOffset {
  int64_t offset = -1;
  int32_t leader_epoch = -1;
  std::string metadata;
  int64_t commit_time_ms = 0;
};

using GroupOffsets = std::map<TopicPartition, CommittedOffset>;

// Where committed offsets live. Writes are durable on return as far as the broker's flush policy says. One thread.
class OffsetStore {
 public:
  virtual ~OffsetStore() = default;
  virtual std::vector<std::string> Groups() = 0;  // with at least one offset
  virtual GroupOffsets Offsets(const std::string& group) = 0;
  virtual std::optional<CommittedOffset> Find(const std::string& group, const TopicPartition& partition) = 0;
  virtual Status Put(const std::string& group, const GroupOffsets& offsets) = 0;
  virtual Status Delete(const std::string& group, const std::vector<TopicPartition>& partitions) = 0;
};

}  // namespace millrace::broker
