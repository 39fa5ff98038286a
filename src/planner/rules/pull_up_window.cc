#include <algorithm>

#include "planner/rules/expr_rewrite.h"
#include "planner/rules/rule.h"

namespace millrace::planner {
namespace {

using plan::Expr;
using plan::ExprPtr;
using plan::LogicalKind;
using plan::LogicalNode;
using plan::LogicalPtr;

bool IsWindowColumn(size_t column, size_t num_input_columns) { return column >= num_input_columns; }

bool UsesWindowColumns(const Expr& expr, size_t num_input_columns) {
  bool uses = false;
  ForEachInput(expr, [&](size_t column) { uses = uses || IsWindowColumn(column, num_input_columns); });
  return uses;
}

// Whether the Calc between aggregate and window function only passes the window columns on.
bool OnlyPassesWindowOn(const LogicalNode& calc, size_t num_input_columns) {
  if (calc.condition != nullptr && UsesWindowColumns(*calc.condition, num_input_columns)) return false;
  return std::all_of(calc.projections.begin(), calc.projections.end(), [&](const ExprPtr& projection) {
    return projection->kind == Expr::Kind::kInput || !UsesWindowColumns(*projection, num_input_columns);
  });
}

// Columns of its input that the aggregate reads, the window's own aside.
std::vector<size_t> AggregateInputs(const LogicalNode& aggregate) {
  std::vector<size_t> columns = aggregate.keys;
  for (const plan::AggregateCall& call : aggregate.aggregates) {
    columns.insert(columns.end(), call.args.begin(), call.args.end());
    if (call.filter) columns.push_back(*call.filter);
  }
  return columns;
}

void RemapAggregate(LogicalNode& aggregate, const std::vector<size_t>& map) {
  for (size_t& key : aggregate.keys) key = map[key];
  for (plan::AggregateCall& call : aggregate.aggregates) {
    for (size_t& arg : call.args) arg = map[arg];
    if (call.filter) call.filter = map[*call.filter];
  }
}

}  // namespace

// Aggregate <- [Calc] <- WindowTableFunction becomes Aggregate with the window <- [Calc without window columns]. Not
// when a condition, key or argument computes with a window column: then rows keep carrying their window.
Status PullUpWindow(LogicalPtr& root, const Context&) {
  return ForEachNode(root, [](LogicalPtr& node) -> Status {
    if (node->kind != LogicalKind::kWindowAggregate || !node->attached_window) return Ok();
    LogicalPtr calc;
    LogicalNode* below = node->inputs[0].get();
    if (below->kind == LogicalKind::kCalc) below = below->inputs[0].get();
    if (below->kind != LogicalKind::kWindowTableFunction) return Ok();
    if (below->window.size % below->window.slide != 0) return Ok();  // no slices to share
    const size_t num_columns = below->inputs[0]->schema.size();
    const bool has_calc = node->inputs[0]->kind == LogicalKind::kCalc;
    if (has_calc && !OnlyPassesWindowOn(*node->inputs[0], num_columns)) return Ok();
    // The aggregate must not read window columns as keys or arguments.
    for (const size_t column : AggregateInputs(*node)) {
      const size_t source = !has_calc ? column
                            : node->inputs[0]->projections[column]->kind == Expr::Kind::kInput
                                ? node->inputs[0]->projections[column]->input
                                : 0;
      if (IsWindowColumn(source, num_columns)) return Ok();
    }
    // Keep what the aggregate reads, add the time column, drop the window columns.
    const plan::WindowSpec spec = below->window;
    const size_t width = node->inputs[0]->schema.size();
    std::vector<ExprPtr> projections;
    Schema schema;
    std::vector<size_t> map(width, 0);
    std::optional<size_t> time_column;
    for (size_t i = 0; i < width; ++i) {
      ExprPtr projection =
          has_calc ? node->inputs[0]->projections[i]->Clone() : Expr::Input(i, node->inputs[0]->schema.fields[i].type);
      const bool passes = projection->kind == Expr::Kind::kInput;
      if (passes && IsWindowColumn(projection->input, num_columns)) continue;
      map[i] = projections.size();
      if (passes) {
        // Below the window function the time column is still an attribute.
        projection->type = below->inputs[0]->schema.fields[projection->input].type;
        if (projection->input == spec.time_column) time_column = projections.size();
      }
      Field field = node->inputs[0]->schema.fields[i];
      field.type = projection->type;
      schema.fields.push_back(std::move(field));
      projections.push_back(std::move(projection));
    }
    if (!time_column) {
      const Field& field = below->inputs[0]->schema.fields[spec.time_column];
      time_column = projections.size();
      projections.push_back(Expr::Input(spec.time_column, field.type));
      schema.fields.push_back(field);
    }
    ExprPtr condition =
        has_calc && node->inputs[0]->condition != nullptr ? node->inputs[0]->condition->Clone() : nullptr;
    LogicalPtr input =
        MakeCalc(std::move(below->inputs[0]), std::move(condition), std::move(projections), std::move(schema));
    if (has_calc) input->span = node->inputs[0]->span;
    RemapAggregate(*node, map);
    node->window = spec;
    node->window.time_column = *time_column;
    node->attached_window.reset();
    node->inputs[0] = std::move(input);
    return Ok();
  });
}

}  // namespace millrace::planner
