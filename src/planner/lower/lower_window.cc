#include <fmt/format.h>

#include "base/check.h"
#include "planner/lower/lower_nodes.h"

namespace millrace::planner {
namespace {

using plan::Exchange;
using plan::LogicalNode;
using plan::PhysicalKind;
using plan::PhysicalNode;
using plan::PhysicalPtr;

Exchange ByKeys(std::vector<size_t> keys) {
  const auto kind = keys.empty() ? Exchange::Kind::kSingle : Exchange::Kind::kHash;
  return {.kind = kind, .keys = std::move(keys)};
}

std::vector<size_t> FirstColumns(size_t count) {
  std::vector<size_t> out(count);
  for (size_t i = 0; i < count; ++i) out[i] = i;
  return out;
}

void CopyAggregate(const LogicalNode& node, PhysicalNode& out) {
  out.window = node.window;
  out.keys = node.keys;
  out.aggregates = node.aggregates;
  out.window_properties = node.window_properties;
  out.attached_window = node.attached_window;
}

PhysicalPtr MakeLocal(const LogicalNode& node, PhysicalPtr input) {
  PhysicalPtr local = OverInput(PhysicalKind::kLocalWindowAggregate, std::move(input));
  CopyAggregate(node, *local);
  Schema schema;
  for (size_t i = 0; i < node.keys.size(); ++i) schema.fields.push_back(node.schema.fields[i]);
  schema.fields.push_back({"$accumulators", DataType::Bytes().NotNull(), ""});
  schema.fields.push_back({"$slice_end", DataType::Of(TypeKind::kBigInt).NotNull(), ""});
  local->schema = std::move(schema);
  return local;
}

// Deletes of an upsert changelog may carry the key only, so that nothing can be taken back from an accumulator.
Status CheckRetractable(const LogicalNode& node, const PhysicalNode& input) {
  if (input.changelog.IsInsertOnly()) return Ok();
  if (!input.changelog.update_before) {
    return UserError("Window aggregate doesn't support consuming update and delete changes which is produced by node " +
                     NodeLine(input))
        .WithCode(std::string(kTableException))
        .WithSpan(node.span)
        .WithHint("The input is an upsert changelog without its old rows; aggregate an append-only table instead.");
  }
  for (const plan::AggregateCall& call : node.aggregates) {
    if (call.function->can_retract) continue;
    return UserError(fmt::format("{} cannot take back the rows of an updating input, which is produced by node {}",
                                 call.function->name, NodeLine(input)))
        .WithCode(std::string(kTableException))
        .WithSpan(node.span);
  }
  return Ok();
}

}  // namespace

Result<PhysicalPtr> LowerWindowFunction(const LogicalNode& node, Lowering& lowering) {
  MR_ASSIGN(PhysicalPtr input, LowerNode(*node.inputs[0], lowering));
  if (!input->changelog.IsInsertOnly()) {
    return UserError(
               "Window Table Function doesn't support consuming update and delete changes which is produced by node " +
               NodeLine(*input))
        .WithCode(std::string(kTableException))
        .WithSpan(node.span);
  }
  PhysicalPtr out = OverInput(PhysicalKind::kWindowTableFunction, std::move(input));
  out->schema = node.schema;
  out->window = node.window;
  return out;
}

Result<PhysicalPtr> LowerWindowAggregate(const LogicalNode& node, Lowering& lowering) {
  MR_ASSIGN(PhysicalPtr input, LowerNode(*node.inputs[0], lowering));
  MR_TRY(CheckRetractable(node, *input));
  const bool two_phase = node.two_phase && input->changelog.IsInsertOnly();
  PhysicalPtr below;
  if (two_phase) {
    below = AddExchange(MakeLocal(node, std::move(input)), ByKeys(FirstColumns(node.keys.size())));
  } else {
    below = AddExchange(std::move(input), ByKeys(node.keys));
  }
  PhysicalPtr out = OverInput(PhysicalKind::kGlobalWindowAggregate, std::move(below));
  CopyAggregate(node, *out);
  out->has_local = two_phase;
  out->schema = node.schema;
  out->changelog = ChangelogMode::InsertOnly();
  return out;
}

}  // namespace millrace::planner
