#pragma once

#include "data/type.h"
#include "sql/ast.h"

namespace millrace::planner {

// A type as written to a type with Flink's defaults (flink-sql.md 2.1): VARCHAR without length is STRING in DDL and
// casts. Throws BindFailure for bad lengths and types this engine has no values for.
DataType BindType(const sql::TypeName& name);

}  // namespace millrace::planner
