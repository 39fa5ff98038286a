#pragma once

#include <vector>

#include "data/batch.h"
#include "functions/scalar_function.h"
#include "plan/expr.h"

namespace millrace::exec {

// The expression's value for every row of the batch, of type expr.type. Branches of CASE, AND, OR and COALESCE are computed
// only for the rows that need them. Errors (division by zero, failing CAST) carry the span of the expression.
Result<ColumnPtr> Evaluate(const plan::Expr& expr, const Batch& batch, const functions::KernelContext& context);

// The rows for which the condition is TRUE (neither FALSE nor NULL), ascending.
Result<std::vector<uint32_t>> EvaluateFilter(const plan::Expr& condition, const Batch& batch,
                                             const functions::KernelContext& context);

}  // namespace millrace::exec
