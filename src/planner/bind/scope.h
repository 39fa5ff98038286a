#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/type.h"
#include "plan/logical.h"
#include "sql/ast.h"

namespace millrace::planner {

// One name that expressions may use. Position i of a scope is column i of the relation.
struct ScopeColumn {
  std::string table;  // alias or name of the table; "" when it has none
  std::string name;
  DataType type;
  bool in_star = true;  // part of SELECT *
};

// A relation under construction: its plan and the names of its columns.
struct Relation {
  plan::LogicalPtr node;
  std::vector<ScopeColumn> columns;

  // Names as in the node's schema, all under one table name.
  static Relation Of(plan::LogicalPtr node, const std::string& table);
};

// What a path leads to: a column, and the members of a ROW column after it.
struct Resolved {
  size_t column = 0;
  size_t members_from = 0;  // path[members_from..] are members
};

// `a`, `t.a`, `a.member`, `t.a.member`. Throws BindFailure: not found (with the nearest name), ambiguous.
Resolved ResolveColumn(const sql::Path& path, const std::vector<ScopeColumn>& scope);

}  // namespace millrace::planner
