#pragma once

#include <array>

#include "data/hash.h"
#include "exec/group_table.h"

namespace millrace::exec {

// The groups of a table at one moment, to be read later and from any thread. Making it copies keys and accumulators as
// bytes, about 15 ns per group; accumulators that own memory (texts, DISTINCT) are serialised at once, which takes some
// 100 ns per group and more for large ones.
class FrozenGroups {
 public:
  FrozenGroups(const GroupTable& table, std::shared_ptr<const AggregateSet> aggregates);

  size_t size() const { return hashes_.size(); }
  uint64_t hash(size_t group) const { return hashes_[group]; }
  // Appends the encoded keys, the serialised accumulators.
  void Key(size_t group, std::string& out) const { keys_.Encode(group, out); }
  void Value(size_t group, std::string& out) const;
  // The numbers of the groups of one key group after the other: those of k are [begins[k], begins[k + 1]).
  std::vector<uint32_t> ByKeyGroup(std::array<uint32_t, kDefaultKeyGroups + 1>& begins) const;

 private:
  std::shared_ptr<const AggregateSet> aggregates_;
  GroupKeys keys_;
  std::vector<uint64_t> hashes_;
  size_t row_size_;
  std::unique_ptr<char[]> states_;  // plain accumulators
  std::string serialized_;          // others, with where each group's end
  std::vector<uint64_t> ends_;
};

}  // namespace millrace::exec
