#pragma once

#include <array>
#include <vector>

#include "exec/frozen_groups.h"
#include "exec/group_runs.h"
#include "state/snapshot.h"

namespace millrace::exec {

// The groups of a window aggregation at one moment: those in memory, frozen, and the runs on disk.
class WindowSnapshot final : public state::KeyedSnapshot {
 public:
  explicit WindowSnapshot(GroupLayout layout) : layout_(std::move(layout)) {}
  // `memory_bytes`: to merge them with.
  void SetRuns(std::vector<state::RunPtr> runs, int64_t dead_up_to, size_t memory_bytes) {
    runs_ = std::move(runs);
    dead_up_to_ = dead_up_to;
    merge_bytes_ = memory_bytes;
  }
  // Slices in ascending order.
  void Add(int64_t slice_end, FrozenGroups groups);

  Status Write(state::KeyedWriter& writer) override;
  std::vector<NativeFile> NativeFiles() const override;
  int64_t DeadUpTo() const override { return dead_up_to_; }
  Status WriteBesideFiles(state::KeyedWriter& writer) override;

 private:
  struct Slice {
    int64_t end;
    FrozenGroups groups;
    std::array<uint32_t, kDefaultKeyGroups + 1> begins;
    std::vector<uint32_t> order;
  };
  void Order();

  GroupLayout layout_;
  std::vector<state::RunPtr> runs_;
  int64_t dead_up_to_ = INT64_MIN;
  size_t merge_bytes_ = 0;
  std::vector<Slice> slices_;
};

}  // namespace millrace::exec
