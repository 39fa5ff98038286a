#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "exec/group_loader.h"
#include "exec/group_table.h"
#include "state/backend.h"

// Groups as runs on disk: written from tables, merged again into tables.
namespace millrace::exec {

// What groups are made of, and which part of all keys the slot has.
struct GroupLayout {
  std::vector<DataType> key_types;
  std::shared_ptr<const AggregateSet> aggregates;
  state::HashRange share;

  GroupTable NewTable() const { return {key_types, aggregates.get()}; }
};

// Writes tables as runs: slices in ascending order, and within a slice tables of ascending hash ranges. A slice with
// many groups gets a run of its own, which goes when the slice goes. One thread.
class GroupRunWriter {
 public:
  explicit GroupRunWriter(state::Store* store) : store_(store) {}
  Status Add(int64_t slice_end, const GroupTable& table);
  Result<std::vector<state::RunPtr>> Finish();

 private:
  Status Cut();

  state::Store* store_;
  std::unique_ptr<state::RunWriter> run_;
  int64_t slice_end_ = 0;
  size_t num_in_run_ = 0;
  std::vector<state::RunPtr> runs_;
  std::string key_;
  std::string value_;
};

// Brings the groups of some runs together. One thread. FIRST_VALUE and LAST_VALUE ask for an order: slice by slice, and
// within a slice run by run as they were written.
class GroupRunMerger {
 public:
  static Result<GroupRunMerger> Open(const GroupLayout& layout, std::span<const state::RunPtr> runs,
                                     size_t memory_bytes);

  // Adds groups of this part of the keys that lie in no run.
  using Beside = std::function<Status(state::HashRange part, GroupLoader& loader)>;
  // Hands over tables that together hold each group of the slices once, ordered by parts of the range. `slices` in
  // ascending order; `num_beside`: nearly how many groups `beside` (or null) adds in the whole range.
  Status Merge(std::span<const int64_t> slices, state::HashRange range, size_t num_beside, const Beside& beside,
               const std::function<Status(const GroupTable&)>& take);

 private:
  struct Input {
    state::RunPtr run;
    std::unique_ptr<state::RunReader> reader;
  };
  explicit GroupRunMerger(const GroupLayout& layout) : layout_(layout) {}
  size_t NumParts(std::span<const int64_t> slices, state::HashRange range, size_t num_beside) const;
  Status Load(std::span<const int64_t> slices, state::HashRange part, GroupLoader& loader);

  GroupLayout layout_;
  std::vector<Input> inputs_;
  size_t memory_bytes_ = 0;
};

}  // namespace millrace::exec
