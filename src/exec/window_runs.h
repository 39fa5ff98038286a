#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "exec/group_runs.h"

namespace millrace::exec {

// The part of a window aggregation's state that lies on disk: runs made of tables that had reached their size. Where
// many runs have come together another thread makes one of them. Otherwise one thread: the slot's.
class WindowRuns {
 public:
  using TakeTable = std::function<Status(const GroupTable&)>;

  WindowRuns(GroupLayout layout, std::unique_ptr<state::Store> store);
  ~WindowRuns();  // waits for the other thread

  size_t table_bytes() const { return store_->table_bytes(); }
  size_t merge_bytes() const { return store_->merge_bytes(); }
  const std::vector<state::RunPtr>& runs() const { return runs_; }
  // Whether some run may hold groups of slices that end in (after, last].
  bool AnyIn(int64_t after, int64_t last) const;

  // Writes the tables out; `open`: the slices that are still needed, ascending.
  Status Write(std::span<const std::pair<int64_t, const GroupTable*>> tables, std::span<const int64_t> open);
  // Hands over tables that together hold each group of these slices once.
  Status Read(std::span<const int64_t> slices, const TakeTable& take);
  // The same, and puts the result in the slices' place, under the name `last`, which no slice behind them reaches.
  // `open` as above.
  Status ReadAndMerge(std::span<const int64_t> slices, int64_t last, std::span<const int64_t> open,
                      const TakeTable& take);
  void DropUpTo(int64_t last);
  int64_t dropped_up_to() const { return dropped_; }
  // Takes over the file of an earlier snapshot, before anything else; the slices it holds, without the dead ones.
  Result<std::vector<int64_t>> Adopt(const state::KeyedSnapshot::NativeFile& file, int64_t dead_up_to);

 private:
  class Compaction;
  std::vector<state::RunPtr> Holding(std::span<const int64_t> slices) const;
  std::vector<state::RunPtr> Closure(size_t from, int64_t first, int64_t last) const;
  std::vector<size_t> Deepest() const;
  std::vector<state::RunPtr> RunsToMerge() const;
  void StartCompaction(std::span<const int64_t> open);
  Status TakeCompacted();
  void Replace(const std::vector<state::RunPtr>& inputs, std::vector<state::RunPtr> outputs);

  GroupLayout layout_;
  std::unique_ptr<state::Store> store_;
  std::vector<state::RunPtr> runs_;  // in the order of their rows' arrival
  int64_t dropped_;                  // slices up to here are gone
  std::unique_ptr<Compaction> compaction_;
};

}  // namespace millrace::exec
