#include <algorithm>

#include "planner/rules/expr_rewrite.h"
#include "planner/rules/rule.h"

namespace millrace::planner {

// Marks window aggregates that aggregate per slot before the exchange. Not for DISTINCT (the sets would travel), not in
// processing time (the slice depends on when the row arrives) and not for windows that come with the rows. Lowering
// takes the mark back when the input may retract.
Status SplitWindowAggregate(plan::LogicalPtr& root, const Context& context) {
  if (!context.two_phase) return Ok();
  return ForEachNode(root, [](plan::LogicalPtr& node) -> Status {
    if (node->kind != plan::LogicalKind::kWindowAggregate || node->attached_window || !node->window.event_time)
      return Ok();
    node->two_phase = std::none_of(node->aggregates.begin(), node->aggregates.end(),
                                   [](const plan::AggregateCall& call) { return call.distinct; });
    return Ok();
  });
}

}  // namespace millrace::planner
