#pragma once

#include <cstdint>
#include <span>

#include "data/batch.h"

namespace millrace {

// A 64-bit hash per row over the key columns, equal for equal values (NULL equals NULL, -0.0 equals 0.0). The function
// is part of the state format: key groups are derived from it, so it must never change. `out` has num_rows places.
void HashRows(const Batch& batch, std::span<const size_t> key_columns, uint64_t* out);
uint64_t HashBytes(std::string_view bytes);  // of files, names; not what a string column gives
inline uint64_t HashInt(uint64_t value) {
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93ULL;
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93ULL;
  return value ^ value >> 32;
}

inline constexpr uint32_t kDefaultKeyGroups = 128;
// The key group of a key, 0 .. num_groups - 1, and the slot that owns a key group at a given parallelism (contiguous
// ranges).
inline uint32_t KeyGroupOf(uint64_t hash, uint32_t num_groups) {
  return static_cast<uint32_t>((static_cast<unsigned __int128>(hash) * num_groups) >> 64);
}
inline uint32_t SlotOfKeyGroup(uint32_t group, uint32_t num_groups, uint32_t parallelism) {
  return group * parallelism / num_groups;
}

}  // namespace millrace
