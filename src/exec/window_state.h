#pragma once

#include <functional>
#include <map>
#include <memory>

#include "exec/group_table.h"
#include "state/backend.h"
#include "state/snapshot.h"

namespace millrace::exec {

// A few groups: their keys and their state rows.
struct GroupBlock {
  size_t size = 0;
  std::vector<ColumnPtr> keys;
  std::span<const char* const> states;
};

// The groups of all open slices of one window aggregation in one slot: a table per slice, named by the slice's end.
// Entries of its snapshots: slice end (ordered) and encoded keys -> serialised accumulators.
class WindowState {
 public:
  using TakeBlock = std::function<Status(const GroupBlock&)>;

  WindowState(std::vector<DataType> key_types, AggregateSet aggregates);

  const AggregateSet& aggregates() const { return *aggregates_; }
  bool Has(int64_t slice_end) const { return slices_.contains(slice_end); }
  std::vector<int64_t> slices() const;  // ends, ascending
  // Whether some slice ends in (after, last].
  bool AnyIn(int64_t after, int64_t last) const;
  // The table that takes the slice's rows; makes the slice when it is new.
  GroupTable& TableOf(int64_t slice_end);
  // Hands over the groups of the slices that end in (after, last], equal keys merged, in blocks of kBatchRows.
  // `keep_merged` puts the result in the slices' place, under the name `last`.
  Status Read(int64_t after, int64_t last, bool keep_merged, const TakeBlock& take);
  // Forgets the slices that end at `last` or before.
  void DropUpTo(int64_t last);

  std::unique_ptr<state::KeyedSnapshot> Snapshot() const;
  // Adds the entries of all parts that lie in the state's range.
  Status Restore(const state::OperatorState& state);

 private:
  class Loader;
  Status ReadTable(const GroupTable& table, const TakeBlock& take) const;

  std::vector<DataType> key_types_;
  std::shared_ptr<const AggregateSet> aggregates_;
  std::map<int64_t, GroupTable> slices_;
};

}  // namespace millrace::exec
