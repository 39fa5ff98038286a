#include "planner/rules/expr_rewrite.h"

namespace millrace::planner {

using plan::Expr;
using plan::ExprPtr;
using plan::LogicalKind;
using plan::LogicalNode;
using plan::LogicalPtr;

void ForEachInput(const Expr& expr, const std::function<void(size_t)>& visit) {
  if (expr.kind == Expr::Kind::kInput) visit(expr.input);
  for (const ExprPtr& arg : expr.args) ForEachInput(*arg, visit);
}

void MarkInputs(const Expr& expr, std::vector<bool>& used) {
  ForEachInput(expr, [&](size_t column) { used[column] = true; });
}

void RemapInputs(Expr& expr, const std::vector<size_t>& map) {
  if (expr.kind == Expr::Kind::kInput) expr.input = map[expr.input];
  for (ExprPtr& arg : expr.args) RemapInputs(*arg, map);
}

ExprPtr InlineProjections(const Expr& expr, const std::vector<ExprPtr>& projections) {
  if (expr.kind == Expr::Kind::kInput) {
    ExprPtr copy = projections[expr.input]->Clone();
    copy->type = expr.type;  // the reader may know the column under another time attribute
    return copy;
  }
  ExprPtr copy = expr.Clone();
  for (size_t i = 0; i < copy->args.size(); ++i) copy->args[i] = InlineProjections(*expr.args[i], projections);
  return copy;
}

bool IsDeterministic(const Expr& expr) {
  if (expr.kind == Expr::Kind::kCall && !expr.function->deterministic) return false;
  for (const ExprPtr& arg : expr.args) {
    if (!IsDeterministic(*arg)) return false;
  }
  return true;
}

bool IsLiteral(const Expr& expr) { return expr.kind == Expr::Kind::kLiteral; }

void ForEachExpr(LogicalNode& node, const std::function<void(ExprPtr&)>& visit) {
  if (node.condition != nullptr) visit(node.condition);
  for (ExprPtr& projection : node.projections) visit(projection);
  if (node.watermark) visit(node.watermark->expression);
}

Status ForEachNode(LogicalPtr& root, const std::function<Status(LogicalPtr&)>& visit) {
  for (LogicalPtr& input : root->inputs) MR_TRY(ForEachNode(input, visit));
  return visit(root);
}

std::vector<ExprPtr> IdentityProjections(const Schema& schema) {
  std::vector<ExprPtr> out;
  for (size_t i = 0; i < schema.size(); ++i) out.push_back(Expr::Input(i, schema.fields[i].type));
  return out;
}

LogicalPtr MakeCalc(LogicalPtr input, ExprPtr condition, std::vector<ExprPtr> projections, Schema schema) {
  auto calc = std::make_unique<LogicalNode>();
  calc->kind = LogicalKind::kCalc;
  calc->span = input->span;
  calc->window_columns = plan::ProjectWindow(*input, projections);
  calc->schema = std::move(schema);
  calc->condition = std::move(condition);
  calc->projections = std::move(projections);
  calc->inputs.push_back(std::move(input));
  return calc;
}

}  // namespace millrace::planner
