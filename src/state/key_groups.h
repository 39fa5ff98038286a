#pragma once

#include "data/hash.h"
#include "state/snapshot.h"

namespace millrace::state {

// The share of one slot; slots of a job cover all key groups.
inline KeyGroupRange RangeOfSlot(uint32_t slot, uint32_t parallelism) {
  const auto first = [&](uint32_t n) { return (n * kDefaultKeyGroups + parallelism - 1) / parallelism; };
  return {first(slot), first(slot + 1)};
}

}  // namespace millrace::state
