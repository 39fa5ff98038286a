#pragma once

#include "exec/event.h"
#include "exec/expression.h"
#include "plan/physical.h"

namespace millrace::exec {

// Evaluates a WATERMARK expression.
class WatermarkGenerator {
 public:
  explicit WatermarkGenerator(const plan::WatermarkSpec& spec) : spec_(spec) {}

  // The highest watermark that the rows of the batch give; NULL results are ignored. kNoWatermark when there is none.
  Result<int64_t> Highest(const Batch& batch, const functions::KernelContext& context) const {
    MR_ASSIGN(const ColumnPtr column, Evaluate(*spec_.expression, batch, context));
    int64_t highest = kNoWatermark;
    const bool wide = column->type().physical() == Physical::kTimestamp;
    for (size_t row = 0; row < batch.num_rows; ++row) {
      if (column->IsNull(row)) continue;
      highest = std::max(highest, wide ? column->values<Timestamp>()[row].millis : column->values<int64_t>()[row]);
    }
    return highest;
  }

 private:
  const plan::WatermarkSpec& spec_;
};

}  // namespace millrace::exec
