#include "planner/rules/rule.h"

namespace millrace::planner {

const std::vector<Rule>& Rules() {
  static const std::vector<Rule> rules = {
      {"fold_constants", "Calls on literals become literals.", false, FoldConstants},
      {"merge_calcs", "Filters and projections in a row become one Calc.", false, MergeCalcs},
      {"push_watermark_into_scan", "Watermarks are made per split inside the source.", true, PushWatermarkIntoScan},
      {"merge_calcs", "Calcs that met because a watermark node went away.", false, MergeCalcs},
      {"pull_up_window", "A window aggregate cuts the windows itself; rows are not copied per window.", false,
       PullUpWindow},
      {"merge_calcs", "Calcs that met because a window function went away.", false, MergeCalcs},
      {"push_projection_into_scan", "Columns that nobody needs are not read.", false, PushProjectionIntoScan},
      {"split_window_aggregate", "Rows are aggregated per slot before they are exchanged.", false,
       SplitWindowAggregate},
  };
  return rules;
}

Result<plan::LogicalPlan> Optimize(plan::LogicalPlan plan, const Context& context, bool optimize) {
  for (plan::LogicalRoot& root : plan.roots) {
    for (const Rule& rule : Rules()) {
      if (optimize || rule.required) MR_TRY(rule.apply(root.query, context));
    }
  }
  return plan;
}

}  // namespace millrace::planner
