#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "exec/operator.h"
#include "exec/window_times.h"

namespace millrace::exec {

// Sorts the rows of a batch into slices: by the time attribute, by the windows they already carry (`attached_window`),
// or by the processing time of the call.
class WindowSlices {
 public:
  struct Slice {
    int64_t end = 0;
    std::vector<uint32_t> rows;  // empty: all rows of the batch
  };
  WindowSlices(const plan::PhysicalNode& node, const WindowTimes* times) : node_(node), times_(times) {}

  // Slices in order of first row; valid until the next call. A NULL event time is an error, as in Flink.
  Result<std::span<const Slice>> Split(const Batch& batch, const OperatorContext& context);

 private:
  Status SplitByColumn(const Column& column, size_t rows);
  Slice& Open(int64_t end);

  const plan::PhysicalNode& node_;
  const WindowTimes* times_;
  std::vector<Slice> slices_;
  size_t num_slices_ = 0;
};

}  // namespace millrace::exec
