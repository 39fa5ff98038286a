#include "exec/window_slices.h"

#include <algorithm>

namespace millrace::exec {
namespace {

int64_t MillisAt(const Column& column, size_t row) {
  return column.type().physical() == Physical::kTimestamp ? column.values<Timestamp>()[row].millis
                                                          : column.values<int64_t>()[row];
}

}  // namespace

WindowSlices::Slice& WindowSlices::Open(int64_t end) {
  if (num_slices_ == slices_.size()) slices_.emplace_back();
  Slice& slice = slices_[num_slices_++];
  slice.end = end;
  slice.rows.clear();
  return slice;
}

Result<std::span<const WindowSlices::Slice>> WindowSlices::Split(const Batch& batch, const OperatorContext& context) {
  num_slices_ = 0;
  if (!node_.attached_window && !node_.window.event_time) {
    Open(times_->SliceEnd(times_->ToWindowClock(context.kernel.clock->WallMillis())));
  } else {
    const size_t column = node_.attached_window ? node_.attached_window->second : node_.window.time_column;
    MR_TRY(SplitByColumn(*batch.columns[column], batch.num_rows));
  }
  return std::span<const Slice>(slices_.data(), num_slices_);
}

Status WindowSlices::SplitByColumn(const Column& column, size_t rows) {
  if (column.has_nulls()) {
    for (size_t row = 0; row < rows; ++row) {
      if (column.IsNull(row)) {
        return UserError("RowTime field should not be null, please convert it to a non-null long value.")
            .WithHint("Filter such rows (WHERE ts IS NOT NULL) or give them a time in a computed column.");
      }
    }
  }
  const bool attached = node_.attached_window.has_value();
  const auto slice_end = [&](size_t row) {
    const int64_t millis = MillisAt(column, row);
    return attached ? millis : times_->SliceEnd(times_->ToWindowClock(millis));
  };
  // Most batches lie in one slice: then no row needs looking at again. (Wall clocks with DST are not monotone.)
  if (!attached && !node_.window.local_zone && column.type().physical() == Physical::kInt64) {
    const auto [lowest, highest] = std::minmax_element(column.values<int64_t>(), column.values<int64_t>() + rows);
    const int64_t end = times_->SliceEnd(*lowest);
    if (*highest < end) {
      Open(end);
      return Ok();
    }
  }
  size_t last = SIZE_MAX;
  for (size_t row = 0; row < rows; ++row) {
    const int64_t end = slice_end(row);
    if (last == SIZE_MAX || slices_[last].end != end) {
      last = 0;
      while (last < num_slices_ && slices_[last].end != end) ++last;
      if (last == num_slices_) Open(end);
    }
    slices_[last].rows.push_back(static_cast<uint32_t>(row));
  }
  return Ok();
}

}  // namespace millrace::exec
