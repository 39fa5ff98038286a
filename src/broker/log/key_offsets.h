#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace millrace::broker {

// The latest offset of each key, for compaction: an open-addressing table of 24-byte slots that holds 96 bits of hash
// and the length instead of the key, as Kafka's holds an MD5. One thread.
class KeyOffsets {
 public:
  explicit KeyOffsets(int64_t memory_limit);

  // False when the table is full and the key is new.
  bool Put(std::string_view key, int64_t offset);
  std::optional<int64_t> Find(std::string_view key) const;
  size_t size() const { return used_; }

 private:
  struct Slot {
    uint64_t hash = 0;
    uint64_t check = 0;
    int64_t offset = -1;  // -1: free
  };
  static Slot KeyOf(std::string_view key);
  size_t Probe(const std::vector<Slot>& slots, const Slot& key) const;
  void Grow();

  size_t max_slots_;
  std::vector<Slot> slots_;
  size_t used_ = 0;
};

}  // namespace millrace::broker
