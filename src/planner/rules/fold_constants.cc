#include <algorithm>

#include "planner/rules/expr_rewrite.h"
#include "planner/rules/rule.h"

namespace millrace::planner {
namespace {

using plan::Expr;
using plan::ExprPtr;

void MakeLiteral(ExprPtr& expr, Value value) {
  ExprPtr literal = Expr::Literal(std::move(value), expr->type);
  literal->span = expr->span;
  expr = std::move(literal);
}

bool IsTrue(const Expr& expr) { return IsLiteral(expr) && !expr.literal.is_null() && std::get<bool>(expr.literal); }
bool IsNull(const Expr& expr) { return IsLiteral(expr) && expr.literal.is_null(); }
bool IsFalse(const Expr& expr) { return IsLiteral(expr) && !expr.literal.is_null() && !std::get<bool>(expr.literal); }

// One row through the kernel. A kernel that fails keeps the call: whether it is ever evaluated is known at run time
// only.
void FoldCall(ExprPtr& expr, const Context& context) {
  if (!expr->function->deterministic || expr->function->kernel == nullptr) return;
  std::vector<ColumnPtr> arguments;
  for (const ExprPtr& arg : expr->args) {
    if (!IsLiteral(*arg) || arg->type.kind == TypeKind::kNull) return;
    arguments.push_back(ConstantColumn(arg->type, arg->literal, 1));
  }
  const functions::KernelContext kernel{.zone = context.zone, .streaming = context.streaming};
  const auto result = expr->function->kernel(kernel, arguments, expr->type, 1);
  if (result.ok()) MakeLiteral(expr, ColumnValue(**result, 0));
}

void FoldCast(ExprPtr& expr, const Context& context) {
  const Expr& arg = *expr->args[0];
  if (!IsLiteral(arg)) return;
  if (arg.literal.is_null()) return MakeLiteral(expr, {});
  const functions::KernelContext kernel{.zone = context.zone, .streaming = context.streaming};
  const auto result = functions::CastColumn(kernel, ConstantColumn(arg.type, arg.literal, 1), expr->type,
                                            expr->kind == Expr::Kind::kTryCast);
  if (result.ok()) MakeLiteral(expr, ColumnValue(**result, 0));
}

// `neutral` (TRUE of AND, FALSE of OR) is dropped, its opposite decides the whole.
void FoldLogic(ExprPtr& expr, bool neutral) {
  std::vector<ExprPtr> kept;
  for (ExprPtr& arg : expr->args) {
    const bool decides = neutral ? IsFalse(*arg) : IsTrue(*arg);
    if (decides) return MakeLiteral(expr, Value(!neutral));
    const bool drop = neutral ? IsTrue(*arg) : IsFalse(*arg);
    if (!drop) kept.push_back(std::move(arg));
  }
  if (kept.empty()) return MakeLiteral(expr, Value(neutral));
  if (kept.size() == 1) {
    expr = std::move(kept[0]);
    return;
  }
  expr->args = std::move(kept);
}

void FoldCase(ExprPtr& expr) {
  std::vector<ExprPtr> kept;
  for (size_t i = 0; i + 1 < expr->args.size(); i += 2) {
    if (IsFalse(*expr->args[i]) || IsNull(*expr->args[i])) continue;
    if (IsTrue(*expr->args[i])) {
      kept.push_back(std::move(expr->args[i + 1]));  // the new ELSE
      break;
    }
    kept.push_back(std::move(expr->args[i]));
    kept.push_back(std::move(expr->args[i + 1]));
  }
  if (kept.size() % 2 == 0) kept.push_back(std::move(expr->args.back()));
  if (kept.size() == 1) {
    const DataType type = expr->type;
    expr = std::move(kept[0]);
    expr->type = type;
    return;
  }
  expr->args = std::move(kept);
}

void FoldCoalesce(ExprPtr& expr) {
  std::vector<ExprPtr> kept;
  for (ExprPtr& arg : expr->args) {
    if (IsNull(*arg)) continue;
    const bool last = IsLiteral(*arg);
    kept.push_back(std::move(arg));
    if (last) break;
  }
  if (kept.empty()) return MakeLiteral(expr, {});
  if (kept.size() == 1) {
    const DataType type = expr->type;
    expr = std::move(kept[0]);
    expr->type = type;
    return;
  }
  expr->args = std::move(kept);
}

void Fold(ExprPtr& expr, const Context& context) {
  for (ExprPtr& arg : expr->args) Fold(arg, context);
  switch (expr->kind) {
    case Expr::Kind::kCall: return FoldCall(expr, context);
    case Expr::Kind::kCast:
    case Expr::Kind::kTryCast: return FoldCast(expr, context);
    case Expr::Kind::kAnd: return FoldLogic(expr, true);
    case Expr::Kind::kOr: return FoldLogic(expr, false);
    case Expr::Kind::kCase: return FoldCase(expr);
    case Expr::Kind::kCoalesce: return FoldCoalesce(expr);
    case Expr::Kind::kInput:
    case Expr::Kind::kLiteral:
    case Expr::Kind::kField: return;
  }
}

}  // namespace

Status FoldConstants(plan::LogicalPtr& root, const Context& context) {
  return ForEachNode(root, [&](plan::LogicalPtr& node) -> Status {
    ForEachExpr(*node, [&](ExprPtr& expr) { Fold(expr, context); });
    const bool always = node->kind == plan::LogicalKind::kFilter && IsTrue(*node->condition);
    if (always) {
      plan::LogicalPtr input = std::move(node->inputs[0]);
      node = std::move(input);
    }
    return Ok();
  });
}

}  // namespace millrace::planner
