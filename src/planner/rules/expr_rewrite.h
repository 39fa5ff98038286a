#pragma once

#include <functional>
#include <vector>

#include "plan/expr.h"
#include "plan/logical.h"

namespace millrace::planner {

// Calls `visit` with the column of every kInput in `expr`.
void ForEachInput(const plan::Expr& expr, const std::function<void(size_t column)>& visit);
// Adds every input column of `expr` to `used`, which has one place per column.
void MarkInputs(const plan::Expr& expr, std::vector<bool>& used);
// Replaces input i by map[i].
void RemapInputs(plan::Expr& expr, const std::vector<size_t>& map);
// A copy of `expr` in which input i is replaced by a copy of projections[i].
plan::ExprPtr InlineProjections(const plan::Expr& expr, const std::vector<plan::ExprPtr>& projections);
bool IsDeterministic(const plan::Expr& expr);
bool IsLiteral(const plan::Expr& expr);

// Every expression of one node, for rewriting in place.
void ForEachExpr(plan::LogicalNode& node, const std::function<void(plan::ExprPtr& expr)>& visit);
// Children first.
Status ForEachNode(plan::LogicalPtr& root, const std::function<Status(plan::LogicalPtr& node)>& visit);

// Projections that pass on every column of `schema`.
std::vector<plan::ExprPtr> IdentityProjections(const Schema& schema);
// A Calc over `input`; the schema's names and types are those of the projections' targets.
plan::LogicalPtr MakeCalc(plan::LogicalPtr input, plan::ExprPtr condition, std::vector<plan::ExprPtr> projections,
                          Schema schema);

}  // namespace millrace::planner
