#include "kafka/client/partitioner.h"

#include <cstring>

namespace millrace::kafka {

int32_t Murmur2(std::string_view bytes) {
  constexpr uint32_t kMultiplier = 0x5bd1e995;
  constexpr int kShift = 24;
  uint32_t hash = 0x9747b28cU ^ static_cast<uint32_t>(bytes.size());
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 4; left -= 4, at += 4) {
    uint32_t word;
    std::memcpy(&word, at, 4);  // little-endian, as Kafka reads it
    word *= kMultiplier;
    word ^= word >> kShift;
    word *= kMultiplier;
    hash = hash * kMultiplier ^ word;
  }
  if (left > 0) {
    for (size_t i = left; i-- > 0;) hash ^= static_cast<uint32_t>(static_cast<uint8_t>(at[i])) << (8 * i);
    hash *= kMultiplier;
  }
  hash ^= hash >> 13;
  hash *= kMultiplier;
  hash ^= hash >> 15;
  return static_cast<int32_t>(hash);
}

int32_t StickyPartitioner::Next(int64_t record_bytes, int32_t num_partitions) {
  if (num_partitions == 1) return 0;
  if (current_ < 0 || current_ >= num_partitions || used_ >= batch_bytes_) {
    const int32_t before = current_;
    state_ += 0x9e3779b97f4a7c15ULL;  // splitmix64
    uint64_t mixed = (state_ ^ state_ >> 30) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebULL;
    current_ = static_cast<int32_t>((mixed >> 33) % static_cast<uint64_t>(num_partitions));
    if (current_ == before) current_ = (current_ + 1) % num_partitions;
    used_ = 0;
  }
  used_ += record_bytes;
  return current_;
}

}  // namespace millrace::kafka
