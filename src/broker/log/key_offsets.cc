#include "broker/log/key_offsets.h"

#include <algorithm>
#include <bit>

#include "codec/crc32c.h"
#include "data/hash.h"

namespace millrace::broker {
namespace {

constexpr size_t kFirstSlots = 1024;

constexpr bool IsFull(size_t used, size_t slots) { return used * 10 >= slots * 9; }

}  // namespace

KeyOffsets::KeyOffsets(int64_t memory_limit)
    : max_slots_(std::bit_floor(std::max<size_t>(static_cast<size_t>(memory_limit) / sizeof(Slot), 2))),
      slots_(std::min(kFirstSlots, max_slots_)) {}

KeyOffsets::Slot KeyOffsets::KeyOf(std::string_view key) {
  return {.hash = HashBytes(key), .check = static_cast<uint64_t>(codec::Crc32c(key)) << 32 | (key.size() & UINT32_MAX)};
}

size_t KeyOffsets::Probe(const std::vector<Slot>& slots, const Slot& key) const {
  size_t at = key.hash & (slots.size() - 1);
  while (slots[at].offset >= 0 && (slots[at].hash != key.hash || slots[at].check != key.check)) {
    at = (at + 1) & (slots.size() - 1);
  }
  return at;
}

void KeyOffsets::Grow() {
  std::vector<Slot> larger(slots_.size() * 2);
  for (const Slot& slot : slots_) {
    if (slot.offset >= 0) larger[Probe(larger, slot)] = slot;
  }
  slots_.swap(larger);
}

bool KeyOffsets::Put(std::string_view key, int64_t offset) {
  Slot slot = KeyOf(key);
  size_t at = Probe(slots_, slot);
  if (slots_[at].offset < 0) {
    if (IsFull(used_ + 1, slots_.size())) {
      if (slots_.size() * 2 > max_slots_) return false;
      Grow();
      at = Probe(slots_, slot);
    }
    ++used_;
  }
  slot.offset = offset;
  slots_[at] = slot;
  return true;
}

std::optional<int64_t> KeyOffsets::Find(std::string_view key) const {
  const Slot& slot = slots_[Probe(slots_, KeyOf(key))];
  return slot.offset >= 0 ? std::optional(slot.offset) : std::nullopt;
}

}  // namespace millrace::broker
