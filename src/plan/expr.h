#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/value.h"
#include "functions/scalar_function.h"

namespace millrace::plan {

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

// A bound, typed expression over the columns of one input. `args` by kind:
//   kInput none (column `input`); kLiteral none; kCall the arguments, already cast; kCast/kTryCast 1; kAnd/kOr >= 2
//   BOOLEANs; kCase condition, value, condition, value ..., else; kCoalesce >= 1; kField 1 (ROW), member `input`
// kAnd, kOr, kCase and kCoalesce are evaluated lazily: later args only for rows that need them.
struct Expr {
  enum class Kind { kInput, kLiteral, kCall, kCast, kTryCast, kAnd, kOr, kCase, kCoalesce, kField };
  Kind kind = Kind::kLiteral;
  DataType type;
  size_t input = 0;
  Value literal;
  const functions::ScalarFunction* function = nullptr;
  std::vector<ExprPtr> args;
  SourceSpan span;  // where it stands in the statement, for run-time errors

  static ExprPtr Input(size_t column, DataType type);
  static ExprPtr Literal(Value value, DataType type);
  static ExprPtr Call(const functions::ScalarFunction* function, std::vector<ExprPtr> args, DataType type);
  static ExprPtr Cast(ExprPtr arg, DataType type);
  ExprPtr Clone() const;
  // As Flink's EXPLAIN prints it, with the names of the input columns: "(sale_amount + 1)", "CAST(x AS INT)".
  std::string ToString(const Schema& input_schema) const;
};

bool SameExpr(const Expr& a, const Expr& b);

}  // namespace millrace::plan
