#include "planner/lower/lower_nodes.h"

#include <fmt/format.h>

#include "planner/rules/expr_rewrite.h"

namespace millrace::planner {
namespace {

using plan::Exchange;
using plan::LogicalKind;
using plan::LogicalNode;
using plan::PhysicalKind;
using plan::PhysicalNode;
using plan::PhysicalPtr;

Error PlanError(const LogicalNode& node, std::string message) {
  return UserError(std::move(message)).WithCode(std::string(kTableException)).WithSpan(node.span);
}

PhysicalPtr LowerValues(const LogicalNode& node) {
  auto out = std::make_unique<PhysicalNode>();
  out->kind = PhysicalKind::kValues;
  out->schema = node.schema;
  out->rows = node.rows;
  return out;
}

Result<PhysicalPtr> LowerWatermark(const LogicalNode& node, Lowering& lowering) {
  MR_ASSIGN(PhysicalPtr input, LowerNode(*node.inputs[0], lowering));
  PhysicalPtr out = OverInput(PhysicalKind::kWatermarkAssigner, std::move(input));
  out->schema = node.schema;
  out->watermark = plan::WatermarkSpec{.rowtime_column = node.watermark->rowtime_column,
                                       .expression = node.watermark->expression->Clone(),
                                       .idle_timeout_millis = node.watermark->idle_timeout_millis};
  return out;
}

// Also a Filter or a Project that no rule made into a Calc.
Result<PhysicalPtr> LowerCalc(const LogicalNode& node, Lowering& lowering) {
  MR_ASSIGN(PhysicalPtr input, LowerNode(*node.inputs[0], lowering));
  PhysicalPtr out = OverInput(PhysicalKind::kCalc, std::move(input));
  out->schema = node.schema;
  if (node.condition != nullptr) out->condition = node.condition->Clone();
  if (node.kind == LogicalKind::kFilter) {
    out->projections = IdentityProjections(node.schema);
  } else {
    for (const plan::ExprPtr& projection : node.projections) out->projections.push_back(projection->Clone());
  }
  return out;
}

Result<PhysicalPtr> LowerUnion(const LogicalNode& node, Lowering& lowering) {
  auto out = std::make_unique<PhysicalNode>();
  out->kind = PhysicalKind::kUnion;
  out->schema = node.schema;
  for (const plan::LogicalPtr& logical : node.inputs) {
    MR_ASSIGN(PhysicalPtr input, LowerNode(*logical, lowering));
    out->changelog.update_before |= input->changelog.update_before;
    out->changelog.update_after |= input->changelog.update_after;
    out->changelog.remove |= input->changelog.remove;
    out->inputs.push_back(std::move(input));
  }
  return out;
}

Result<PhysicalPtr> LowerSort(const LogicalNode& node, Lowering& lowering) {
  MR_ASSIGN(PhysicalPtr input, LowerNode(*node.inputs[0], lowering));
  if (lowering.context.streaming) {
    const PhysicalNode::SortKey& first = node.sort_keys[0];
    if (input->schema.fields[first.column].type.time_attribute == TimeAttribute::kNone || !first.ascending) {
      return PlanError(node, "Sort on a non-time-attribute field is not supported.")
          .WithHint(
              "Order by an event-time column ascending first, or SET 'execution.runtime-mode' = 'batch' over bounded "
              "tables.");
    }
  }
  if (!input->changelog.IsInsertOnly()) {
    return PlanError(
        node, "Sort doesn't support consuming update and delete changes which is produced by node " + NodeLine(*input));
  }
  PhysicalPtr out =
      OverInput(PhysicalKind::kSort, AddExchange(std::move(input), {.kind = Exchange::Kind::kSingle, .keys = {}}));
  out->sort_keys = node.sort_keys;
  return out;
}

Result<PhysicalPtr> LowerLimit(const LogicalNode& node, Lowering& lowering) {
  MR_ASSIGN(PhysicalPtr input, LowerNode(*node.inputs[0], lowering));
  if (!input->changelog.IsInsertOnly()) {
    return PlanError(node, "Limit doesn't support consuming update and delete changes which is produced by node " +
                               NodeLine(*input));
  }
  const bool single = input->kind == PhysicalKind::kSort;  // already on one slot
  if (!single) input = AddExchange(std::move(input), {.kind = Exchange::Kind::kSingle, .keys = {}});
  PhysicalPtr out = OverInput(PhysicalKind::kLimit, std::move(input));
  out->offset = node.offset;
  out->limit = node.limit;
  return out;
}

}  // namespace

Result<PhysicalPtr> LowerNode(const LogicalNode& node, Lowering& lowering) {
  MR_ASSIGN(PhysicalPtr out, LowerKind(node, lowering));
  // One logical operator may become several; those below them have their lines already.
  for (PhysicalNode* made = out.get(); made->line == 0; made = made->inputs[0].get()) {
    made->line = node.span.line;
    if (made->inputs.empty() || node.span.line == 0) break;
  }
  return out;
}

Result<PhysicalPtr> LowerKind(const LogicalNode& node, Lowering& lowering) {
  switch (node.kind) {
    case LogicalKind::kScan: return LowerScan(node, lowering);
    case LogicalKind::kValues: return LowerValues(node);
    case LogicalKind::kWatermark: return LowerWatermark(node, lowering);
    case LogicalKind::kFilter:
    case LogicalKind::kProject:
    case LogicalKind::kCalc: return LowerCalc(node, lowering);
    case LogicalKind::kWindowTableFunction: return LowerWindowFunction(node, lowering);
    case LogicalKind::kWindowAggregate: return LowerWindowAggregate(node, lowering);
    case LogicalKind::kUnion: return LowerUnion(node, lowering);
    case LogicalKind::kSort: return LowerSort(node, lowering);
    case LogicalKind::kLimit: return LowerLimit(node, lowering);
  }
  return InternalError("LowerNode: unknown kind");
}

PhysicalPtr OverInput(PhysicalKind kind, PhysicalPtr input) {
  auto out = std::make_unique<PhysicalNode>();
  out->kind = kind;
  out->schema = input->schema;
  out->changelog = input->changelog;
  out->inputs.push_back(std::move(input));
  return out;
}

PhysicalPtr AddExchange(PhysicalPtr input, Exchange exchange) {
  PhysicalPtr out = OverInput(PhysicalKind::kExchange, std::move(input));
  out->exchange = std::move(exchange);
  return out;
}

std::string NodeLine(const PhysicalNode& node) {
  const std::string tree = ToString(node);
  return tree.substr(0, tree.find('\n'));
}

}  // namespace millrace::planner
