#pragma once

#include <vector>

#include "catalog/table.h"
#include "plan/logical.h"
#include "planner/planner.h"
#include "sql/ast.h"

namespace millrace::planner {

// From syntax to a bound plan: names resolved, types known, casts inserted. Errors carry the span of the words at
// fault.

// A query whose rows go to the client.
Result<plan::LogicalPlan> BindQuery(const sql::Query& query, const Context& context);
// The INSERTs of one job, in order.
Result<plan::LogicalPlan> BindInserts(const std::vector<const sql::Insert*>& inserts, const Context& context);

// Definitions of tables and views, complete and checked but for what depends on the connector. CREATE TABLE .. AS has
// the columns of its query.
Result<catalog::Table> BindCreateTable(const sql::CreateTable& create, const Context& context);
Result<catalog::Table> BindView(const catalog::ObjectPath& path, const sql::Query& query,
                                const std::vector<sql::Identifier>& columns, const Context& context);
// `table` after ALTER TABLE; renaming the table itself is the catalog's matter.
Result<catalog::Table> BindAlterTable(const catalog::Table& table, const sql::AlterTable& alter,
                                      const Context& context);

}  // namespace millrace::planner
