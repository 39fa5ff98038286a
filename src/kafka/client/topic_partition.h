#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace millrace::kafka {

struct TopicPartition {
  std::string topic;
  int32_t partition = 0;
  auto operator<=>(const TopicPartition&) const = default;
};

// An offset in a partition, or one of the two moving ends.
struct TopicPartitionOffset {
  TopicPartition place;
  int64_t offset = 0;
  std::string metadata;  // of a committed offset; else empty
};

inline constexpr int64_t kOffsetBeginning = -2;
inline constexpr int64_t kOffsetEnd = -1;
inline constexpr int64_t kNoOffset = -1001;  // nothing committed, no such record

}  // namespace millrace::kafka
