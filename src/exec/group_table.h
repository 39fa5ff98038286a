#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "data/batch.h"
#include "exec/group_keys.h"
#include "functions/aggregate_function.h"

namespace millrace::exec {

// The aggregate calls of one operator with the layout of their accumulators: one row of state per group, each
// accumulator 16-byte aligned.
class AggregateSet {
 public:
  struct Call {
    std::unique_ptr<functions::Aggregator> aggregator;
    size_t offset = 0;         // of the accumulator in a state row
    std::vector<size_t> args;  // input columns
    std::optional<size_t> filter;
    DataType type;
  };
  void Add(Call call);

  size_t row_size() const { return row_size_; }
  const std::vector<Call>& calls() const { return calls_; }
  void Init(char* state) const;
  void Destroy(char* state) const;
  bool trivially_destructible() const { return trivial_; }  // and to be copied as bytes
  void Merge(char* into, const char* from) const;
  void Serialize(const char* state, std::string& out) const;
  // All of `bytes`, into a state row after Init; it must be destroyed even when this fails.
  Status Deserialize(std::string_view bytes, char* state) const;
  // Adds the rows of a batch; states[i] is the state row of row i's group.
  void Update(const Batch& batch, std::span<char* const> states) const;

 private:
  std::vector<Call> calls_;
  size_t row_size_ = 0;
  bool trivial_ = true;
};

// A hash table from key columns to state rows. Groups are numbered in the order they appear; state rows never move. One
// thread.
class GroupTable {
 public:
  GroupTable(std::vector<DataType> key_types, const AggregateSet* aggregates);
  ~GroupTable();
  GroupTable(GroupTable&&) noexcept;
  GroupTable(const GroupTable&) = delete;
  GroupTable& operator=(const GroupTable&) = delete;

  size_t size() const { return hashes_.size(); }
  // Of memory, without what accumulators own.
  size_t bytes() const;
  // The state row of each row's group, making groups as needed. `hashes` and `states` have batch.num_rows places;
  // key_columns index the batch. Rows i with rows[i]; `rows` empty = all.
  void Find(const Batch& batch, std::span<const size_t> key_columns, const uint64_t* hashes,
            std::span<const uint32_t> rows, char** states);
  char* state(size_t group) const { return chunks_[group >> kChunkBits].get() + (group & kChunkMask) * row_size_; }
  uint64_t hash(size_t group) const { return hashes_[group]; }
  const GroupKeys& keys() const { return keys_; }
  const AggregateSet& aggregates() const { return *aggregates_; }
  // Adds every group of `other` (same keys and aggregates), merging accumulators.
  void MergeFrom(const GroupTable& other);

 private:
  friend class FrozenGroups;
  static constexpr size_t kChunkBits = 10;
  static constexpr size_t kChunkMask = (1 << kChunkBits) - 1;

  // same(row, group): whether the row has the group's keys.
  template <typename Same>
  void FindRows(const Batch& batch, std::span<const size_t> key_columns, const uint64_t* hashes,
                std::span<const uint32_t> rows, char** states, const Same& same);
  size_t AddGroup(uint64_t hash);
  void Grow();

  const AggregateSet* aggregates_;
  size_t row_size_;
  GroupKeys keys_;
  std::vector<uint64_t> hashes_;  // by group
  std::vector<uint64_t> slots_;   // upper 32 bits: part of the hash, lower: group + 1; 0 = empty
  std::vector<std::unique_ptr<char[]>> chunks_;
};

}  // namespace millrace::exec
