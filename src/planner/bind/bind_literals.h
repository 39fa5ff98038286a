#pragma once

#include "plan/expr.h"
#include "sql/ast.h"

namespace millrace::planner {

// A literal with the type Flink gives it (flink-sql.md 2.1): 1 INT, 1.50 DECIMAL(3, 2), 1e0 DOUBLE, 'abc' CHAR(3), NULL
// without a type. `expr` is one of the literal kinds. Throws BindFailure for text that is no value ("DATE
// '2020-13-01'").
plan::ExprPtr BindLiteral(const sql::Expr& expr);

}  // namespace millrace::planner
