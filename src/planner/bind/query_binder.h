#pragma once

#include <map>
#include <string>
#include <vector>

#include "planner/bind/expr_binder.h"
#include "planner/bind/scope.h"
#include "planner/planner.h"

namespace millrace::planner {

// Binds queries. One per statement; throws BindFailure. Parts: query_binder.cc (set operations, VALUES, ORDER BY,
// LIMIT), from_binder.cc (tables, views, sub-queries), window_function.cc, select_binder.cc, aggregate_binder.cc.
class QueryBinder {
 public:
  explicit QueryBinder(const Context& context) : context_(context) {}

  Relation BindQuery(const sql::Query& query);

 private:
  Relation BindBody(const sql::QueryBody& body, const std::vector<sql::OrderItem>& order_by);
  Relation BindUnion(const sql::QueryBody& body);
  Relation BindValues(const sql::QueryBody& body);
  Relation SortByOutput(Relation input, const std::vector<sql::OrderItem>& order_by);
  Relation Limit(Relation input, const sql::Query& query);

  Relation BindFrom(const sql::TableRef& ref);
  Relation BindNamed(const sql::Path& path, const std::vector<sql::Hint>& hints, const SourceSpan& span);
  Relation BindView(const catalog::Table& view, const SourceSpan& span);
  Relation BindTableArgument(const sql::TableArgument& argument);
  Relation BindWindowFunction(const sql::Expr& call);

  Relation BindSelect(const sql::Select& select, const std::vector<sql::OrderItem>& order_by);

  const Context& context_;
  std::vector<std::map<std::string, const Relation*>> common_tables_;  // innermost last
  int view_depth_ = 0;
};

// A SELECT's outputs and what they need of their input, over the columns of the input (aggregates follow them).
struct SelectOutput {
  plan::ExprPtr expr;
  std::string name;
};

// The window function over `input` (window_function.cc). `call` is TUMBLE(..) and the like, for messages.
struct WindowArguments {
  size_t time_column = 0;
  int64_t size = 0;
  int64_t slide = 0;
  int64_t offset = 0;
};
Relation ApplyWindow(Relation input, plan::WindowKind kind, const WindowArguments& arguments, const Context& context,
                     const SourceSpan& span);
// Adds a legacy group window (GROUP BY TUMBLE(ts, ..)) to the input: its window columns come last and are in no star.
ExprBinder::GroupWindow AddGroupWindow(Relation& input, const sql::Expr& call, const Context& context);
bool IsGroupWindow(const sql::Expr& expr);

// The aggregate over `input` (aggregate_binder.cc): `keys` are over the input's columns. `rewrite` turns expressions
// over input and aggregates into ones over the result.
class GroupedInput {
 public:
  GroupedInput(Relation input, std::vector<plan::ExprPtr> keys, std::vector<BoundAggregate> aggregates,
               const std::vector<std::string>& aggregate_names, const SourceSpan& span);
  plan::ExprPtr Rewrite(const plan::Expr& expr) const;
  plan::LogicalPtr TakeNode() { return std::move(node_); }

 private:
  size_t num_input_columns_;
  std::vector<std::string> input_names_;
  plan::LogicalPtr node_;
  std::vector<std::pair<plan::ExprPtr, size_t>> keys_;  // with the column of the result
  std::vector<size_t> aggregates_;                      // columns of the result
};

// A table's rows as the query sees them: scan, computed columns, watermark (table_scan.cc).
plan::LogicalPtr BindScan(std::shared_ptr<const catalog::Table> table, const Context& context, const SourceSpan& span);

plan::LogicalPtr MakeNode(plan::LogicalKind kind, plan::LogicalPtr input);  // with the input's schema and window
plan::LogicalPtr MakeProject(plan::LogicalPtr input, std::vector<plan::ExprPtr> projections,
                             std::vector<std::string> names);
plan::LogicalPtr MakeFilter(plan::LogicalPtr input, plan::ExprPtr condition);
// The value of an expression without columns; nullopt when it is not known before the job runs.
std::optional<Value> ConstantValue(const plan::Expr& expr, const Context& context);
// a, a -> a, a0: the names of a result are unique.
void MakeNamesUnique(Schema& schema);

}  // namespace millrace::planner
