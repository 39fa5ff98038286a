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
  WindowSnapshot(GroupLayout layout, std::vector<state::RunPtr> runs, size_t merge_bytes)
      : layout_(std::move(layout)), runs_(std::move(runs)), merge_bytes_(merge_bytes) {}
  // Slices in ascending order.
  void Add(int64_t slice_end, FrozenGroups groups);

  Status Write(state::KeyedWriter& writer) override;
  std::vector<NativeFile> NativeFiles() const override;
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
  size_t merge_bytes_;
  std::vector<Slice> slices_;
};

}  // namespace millrace::exec
