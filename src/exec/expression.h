#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "data/batch.h"
#include "functions/scalar_function.h"
#include "plan/expr.h"

namespace millrace::exec {

// Evaluates one expression over batches. Keeps the columns of its constants between calls, so an operator makes one per
// expression and slot. One thread. The expression must outlive it.
//
// AND, OR, CASE and COALESCE evaluate an argument only for the rows that need it: a row that no branch reaches cannot
// fail. Logic is three-valued.
class Evaluator {
 public:
  explicit Evaluator(const plan::Expr& expr) : expr_(&expr) {}

  // One column of batch.num_rows rows and the type of the expression. An error carries the span of the sub-expression
  // that failed.
  Result<ColumnPtr> Evaluate(const Batch& batch, const functions::KernelContext& context);
  // For a BOOLEAN expression: replaces `rows` by the rows where it is TRUE (not FALSE, not NULL), ascending.
  Status Filter(const Batch& batch, const functions::KernelContext& context, std::vector<uint32_t>& rows);

 private:
  class Run;
  // The first `count` rows of the constant column of a literal.
  ColumnPtr Constant(const plan::Expr& literal, size_t count);

  const plan::Expr* expr_;
  std::unordered_map<const plan::Expr*, ColumnPtr> constants_;
};

// The same for a single batch.
Result<ColumnPtr> Evaluate(const plan::Expr& expr, const Batch& batch, const functions::KernelContext& context);
Result<std::vector<uint32_t>> EvaluateFilter(const plan::Expr& condition, const Batch& batch,
                                             const functions::KernelContext& context);

}  // namespace millrace::exec
