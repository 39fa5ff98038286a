#include "planner/lower/lower.h"

#include <map>

#include <fmt/format.h>

#include "planner/lower/lower_nodes.h"

namespace millrace::planner {
namespace {

using plan::PhysicalKind;
using plan::PhysicalNode;

// What state is found by again: the root's table, the kind of the operator and its place among its like, counted from
// the sources on. Filters and projections come and go without moving the others.
void AssignIds(PhysicalNode& node, const std::string& root, uint32_t& next_id, std::map<std::string, int>& counts) {
  for (const plan::PhysicalPtr& input : node.inputs) AssignIds(*input, root, next_id, counts);
  node.id = next_id++;
  std::string place(plan::PhysicalKindName(node.kind));
  if (node.kind == PhysicalKind::kSource) place += ":" + node.table_name;
  const int number = ++counts[place];
  node.uid = number == 1 ? fmt::format("{}/{}", root, place) : fmt::format("{}/{}#{}", root, place, number);
}

std::string JobName(const plan::LogicalPlan& plan) {
  std::string name;
  for (const plan::LogicalRoot& root : plan.roots) {
    if (root.sink == nullptr) return "collect";
    name += (name.empty() ? "insert-into_" : ",") + root.sink->path.Dotted();
  }
  return name;
}

}  // namespace

Result<plan::PhysicalPlan> Lower(const plan::LogicalPlan& logical, const Context& context) {
  plan::PhysicalPlan plan;
  plan.job_name = context.job_name.empty() ? JobName(logical) : context.job_name;
  plan.parallelism = context.parallelism;
  plan.streaming = context.streaming;
  plan.zone = context.zone;
  plan.auto_watermark_interval_millis = context.auto_watermark_interval_millis;
  plan.environment = context.environment;
  Lowering lowering{.context = context, .plan = plan};
  uint32_t next_id = 1;
  std::map<std::string, int> roots_of_table;
  for (const plan::LogicalRoot& root : logical.roots) {
    MR_ASSIGN(plan::PhysicalPtr physical, LowerRoot(root, lowering));
    std::string name = root.sink == nullptr ? "collect" : root.sink->path.Dotted();
    const int number = ++roots_of_table[name];
    if (number > 1) name += fmt::format("#{}", number);
    std::map<std::string, int> counts;
    AssignIds(*physical, name, next_id, counts);
    plan.roots.push_back(std::move(physical));
  }
  return plan;
}

}  // namespace millrace::planner
