#pragma once

#include <functional>
#include <map>
#include <memory>

#include "exec/group_table.h"
#include "exec/window_runs.h"
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
// With a backend the tables are written out when they have reached their size, and start anew; a window that has groups
// on disk is merged from there, a part of its keys at a time.
// Entries of its snapshots: slice end (ordered) and encoded keys -> serialised accumulators.
class WindowState {
 public:
  using TakeBlock = std::function<Status(const GroupBlock&)>;

  // `share`: the slot's key groups. `backend` may be null.
  WindowState(std::vector<DataType> key_types, AggregateSet aggregates, state::KeyGroupRange share,
              state::Backend* backend);

  const AggregateSet& aggregates() const { return *layout_.aggregates; }
  bool Has(int64_t slice_end) const { return slices_.contains(slice_end); }
  std::vector<int64_t> slices() const;  // ends, ascending
  // Groups, in memory and on disk, and their bytes without what accumulators own.
  struct Size {
    size_t rows = 0;
    size_t bytes = 0;
  };
  Size size() const;
  // Whether some slice ends in (after, last].
  bool AnyIn(int64_t after, int64_t last) const;
  // The table that takes the slice's rows; makes the slice when it is new. Good until MakeRoom.
  GroupTable& TableOf(int64_t slice_end);
  // After `rows` rows were added whose values take about `bytes`: writes the tables out when they are too large.
  Status MakeRoom(size_t rows, size_t bytes) {
    added_bytes_ += rows * kRowBytes + bytes;
    return added_bytes_ < check_at_ ? Ok() : CheckSize();
  }
  bool limited() const { return runs_ != nullptr; }
  // Hands over the groups of the slices that end in (after, last], equal keys merged, in blocks of kBatchRows.
  // `keep_merged` puts the result in the slices' place, under the name `last`.
  Status Read(int64_t after, int64_t last, bool keep_merged, const TakeBlock& take);
  // Forgets the slices that end at `last` or before.
  void DropUpTo(int64_t last);

  std::unique_ptr<state::KeyedSnapshot> Snapshot() const;
  // Adds the entries of all parts that lie in the state's range. `is_open`: whether a slice's rows may still count;
  // files of a backend may hold others, which are left out.
  Status Restore(const state::OperatorState& state, const std::function<bool(int64_t slice_end)>& is_open);

 private:
  static constexpr size_t kRowBytes = 64;  // of a new group, or of a value that an accumulator keeps

  Status CheckSize();
  size_t TableBytes() const;
  Status WriteOut(int64_t after, int64_t last);
  Status ReadFromDisk(int64_t after, int64_t last, bool keep_merged, const TakeBlock& take);
  Status ReadTable(const GroupTable& table, const TakeBlock& take) const;
  Status LinkFiles(const state::OperatorPart& part, const std::function<bool(int64_t)>& is_open);
  Status LoadEntries(const state::OperatorPart::ReadEntries& read, state::KeyGroupRange range, bool skip_closed,
                     const std::function<bool(int64_t)>& is_open);

  GroupLayout layout_;
  state::KeyGroupRange share_;
  std::map<int64_t, GroupTable> slices_;  // all open ones; those on disk have a table too
  std::unique_ptr<WindowRuns> runs_;      // null = everything stays in memory
  size_t added_bytes_ = 0;                // since the size was last looked at, at most
  size_t check_at_ = SIZE_MAX;
};

}  // namespace millrace::exec
