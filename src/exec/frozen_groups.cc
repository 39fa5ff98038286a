#include "exec/frozen_groups.h"

#include <algorithm>
#include <cstring>

namespace millrace::exec {

FrozenGroups::FrozenGroups(const GroupTable& table, std::shared_ptr<const AggregateSet> aggregates)
    : aggregates_(std::move(aggregates)),
      keys_(table.keys_.Copy()),
      hashes_(table.hashes_),
      row_size_(table.row_size_) {
  if (!aggregates_->trivially_destructible()) {
    ends_.reserve(size());
    for (size_t group = 0; group < size(); ++group) {
      aggregates_->Serialize(table.state(group), serialized_);
      ends_.push_back(serialized_.size());
    }
    return;
  }
  states_.reset(new char[size() * row_size_]);  // operator new[] aligns to 16
  constexpr size_t kRows = 1 << GroupTable::kChunkBits;
  for (size_t group = 0; group < size(); group += kRows) {
    std::memcpy(states_.get() + group * row_size_, table.state(group), std::min(kRows, size() - group) * row_size_);
  }
}

void FrozenGroups::Value(size_t group, std::string& out) const {
  if (states_ != nullptr) return aggregates_->Serialize(states_.get() + group * row_size_, out);
  const uint64_t begin = group == 0 ? 0 : ends_[group - 1];
  out.append(serialized_, begin, ends_[group] - begin);
}

std::vector<uint32_t> FrozenGroups::ByKeyGroup(std::array<uint32_t, kDefaultKeyGroups + 1>& begins) const {
  begins.fill(0);
  for (const uint64_t hash : hashes_) ++begins[KeyGroupOf(hash, kDefaultKeyGroups) + 1];
  for (size_t k = 0; k < kDefaultKeyGroups; ++k) begins[k + 1] += begins[k];
  std::array<uint32_t, kDefaultKeyGroups + 1> next = begins;
  std::vector<uint32_t> groups(size());
  for (uint32_t group = 0; group < size(); ++group) {
    groups[next[KeyGroupOf(hashes_[group], kDefaultKeyGroups)]++] = group;
  }
  return groups;
}

}  // namespace millrace::exec
