#pragma once

#include <algorithm>
#include <optional>

#include "exec/event.h"
#include "exec/expression.h"
#include "plan/physical.h"

namespace millrace::exec {

// Evaluates a WATERMARK expression.
class WatermarkGenerator {
 public:
  explicit WatermarkGenerator(const plan::WatermarkSpec& spec)
      : spec_(spec), monotone_column_(MonotoneColumn(*spec.expression)) {}

  // The highest watermark that the rows of the batch give; NULL results are ignored. kNoWatermark when there is none.
  Result<int64_t> Highest(const Batch& batch, const functions::KernelContext& context) const {
    if (monotone_column_) {
      const Column& column = *batch.columns[*monotone_column_];
      if (!column.has_nulls() && batch.num_rows > 1) {
        const int64_t* values = column.values<int64_t>();
        const auto row = static_cast<size_t>(std::max_element(values, values + batch.num_rows) - values);
        return HighestOf(batch.Slice(row, 1), context);
      }
    }
    return HighestOf(batch, context);
  }

 private:
  // The column c when the expression is `c`, `c - constant` or `c + constant`: its highest value gives the highest
  // watermark.
  static std::optional<size_t> MonotoneColumn(const plan::Expr& expression) {
    using Kind = plan::Expr::Kind;
    const plan::Expr* column = &expression;
    if (expression.kind == Kind::kCall && expression.args.size() == 2 && expression.args[1]->kind == Kind::kLiteral &&
        (expression.function->name == "-" || expression.function->name == "+")) {
      column = expression.args[0].get();
    }
    if (column->kind != Kind::kInput || column->type.physical() != Physical::kInt64) return std::nullopt;
    return column->input;
  }

  Result<int64_t> HighestOf(const Batch& batch, const functions::KernelContext& context) const {
    MR_ASSIGN(const ColumnPtr column, Evaluate(*spec_.expression, batch, context));
    int64_t highest = kNoWatermark;
    const bool wide = column->type().physical() == Physical::kTimestamp;
    for (size_t row = 0; row < batch.num_rows; ++row) {
      if (column->IsNull(row)) continue;
      highest = std::max(highest, wide ? column->values<Timestamp>()[row].millis : column->values<int64_t>()[row]);
    }
    return highest;
  }

  const plan::WatermarkSpec& spec_;
  std::optional<size_t> monotone_column_;
};

}  // namespace millrace::exec
