#include "planner/rules/expr_rewrite.h"
#include "planner/rules/rule.h"

namespace millrace::planner {
namespace {

using plan::Expr;
using plan::ExprPtr;
using plan::LogicalKind;
using plan::LogicalNode;
using plan::LogicalPtr;

void ToCalc(LogicalNode& node) {
  if (node.kind == LogicalKind::kFilter) node.projections = IdentityProjections(node.schema);
  node.kind = LogicalKind::kCalc;
}

// How often each column of the lower Calc is read by the upper one.
std::vector<size_t> CountUses(const LogicalNode& upper) {
  std::vector<size_t> uses(upper.inputs[0]->schema.size(), 0);
  const auto count = [&](size_t column) { uses[column] += 1; };
  if (upper.condition != nullptr) ForEachInput(*upper.condition, count);
  for (const ExprPtr& projection : upper.projections) ForEachInput(*projection, count);
  return uses;
}

// RAND() must be drawn once per row, and a filter above must see the drawn value: such a Calc stays on its own.
bool MayMerge(const LogicalNode& upper) {
  const LogicalNode& lower = *upper.inputs[0];
  if (lower.kind != LogicalKind::kCalc) return false;
  if (lower.condition != nullptr && !IsDeterministic(*lower.condition)) return false;
  const std::vector<size_t> uses = CountUses(upper);
  for (size_t i = 0; i < uses.size(); ++i) {
    if (uses[i] > (upper.condition == nullptr ? 1 : 0) && !IsDeterministic(*lower.projections[i])) return false;
  }
  return true;
}

ExprPtr And(ExprPtr first, ExprPtr second) {
  if (first == nullptr) return second;
  if (second == nullptr) return first;
  auto both = std::make_unique<Expr>();
  both->kind = Expr::Kind::kAnd;
  both->type = DataType::Of(TypeKind::kBoolean).WithNullable(first->type.nullable || second->type.nullable);
  both->span = second->span;
  for (ExprPtr* side : {&first, &second}) {
    if ((*side)->kind == Expr::Kind::kAnd) {
      for (ExprPtr& arg : (*side)->args) both->args.push_back(std::move(arg));
    } else {
      both->args.push_back(std::move(*side));
    }
  }
  return both;
}

void MergeWithInput(LogicalNode& upper) {
  LogicalNode& lower = *upper.inputs[0];
  ExprPtr condition = upper.condition == nullptr ? nullptr : InlineProjections(*upper.condition, lower.projections);
  for (ExprPtr& projection : upper.projections) projection = InlineProjections(*projection, lower.projections);
  upper.condition = And(std::move(lower.condition), std::move(condition));
  LogicalPtr below = std::move(lower.inputs[0]);
  upper.inputs[0] = std::move(below);
}

// Passes on every column under its own name and type.
bool IsIdentity(const LogicalNode& calc) {
  const Schema& input = calc.inputs[0]->schema;
  if (calc.condition != nullptr || calc.projections.size() != input.size()) return false;
  for (size_t i = 0; i < calc.projections.size(); ++i) {
    const Expr& projection = *calc.projections[i];
    if (projection.kind != Expr::Kind::kInput || projection.input != i) return false;
    if (calc.schema.fields[i].name != input.fields[i].name || !(calc.schema.fields[i].type == input.fields[i].type))
      return false;
  }
  return true;
}

}  // namespace

Status MergeCalcs(LogicalPtr& root, const Context&) {
  return ForEachNode(root, [](LogicalPtr& node) -> Status {
    const bool mergeable =
        node->kind == LogicalKind::kFilter || node->kind == LogicalKind::kProject || node->kind == LogicalKind::kCalc;
    if (!mergeable) return Ok();
    ToCalc(*node);
    while (MayMerge(*node)) MergeWithInput(*node);
    if (IsIdentity(*node)) {
      LogicalPtr input = std::move(node->inputs[0]);
      node = std::move(input);
    }
    return Ok();
  });
}

}  // namespace millrace::planner
