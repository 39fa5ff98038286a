#pragma once

#include <string_view>
#include <vector>

#include "plan/logical.h"
#include "planner/planner.h"

namespace millrace::planner {

// A step of the optimizer: rewrites one whole query tree into an equal one. Rules see each other only through the tree,
// and every one of them may be left out except those that are `required` (the plan would not run, or not as Flink runs
// it).
struct Rule {
  std::string_view name;
  std::string_view doc;
  bool required = false;
  Status (*apply)(plan::LogicalPtr& root, const Context& context);
};

// In the order in which they run: rules/list.cc.
const std::vector<Rule>& Rules();

// One file each.
Status FoldConstants(plan::LogicalPtr& root, const Context& context);
Status MergeCalcs(plan::LogicalPtr& root, const Context& context);
Status PushWatermarkIntoScan(plan::LogicalPtr& root, const Context& context);
Status PullUpWindow(plan::LogicalPtr& root, const Context& context);
Status PushProjectionIntoScan(plan::LogicalPtr& root, const Context& context);
Status SplitWindowAggregate(plan::LogicalPtr& root, const Context& context);

// All rules over all queries of the plan (`optimize` false: the required ones).
Result<plan::LogicalPlan> Optimize(plan::LogicalPlan plan, const Context& context, bool optimize);

}  // namespace millrace::planner
