#pragma once

#include "planner/lower/lower.h"

namespace millrace::planner {

// The state of lowering one plan.
struct Lowering {
  const Context& context;
  plan::PhysicalPlan& plan;
};

Result<plan::PhysicalPtr> LowerNode(const plan::LogicalNode& node, Lowering& lowering);  // lower_nodes.cc
Result<plan::PhysicalPtr> LowerKind(const plan::LogicalNode& node, Lowering& lowering);
Result<plan::PhysicalPtr> LowerScan(const plan::LogicalNode& node, Lowering& lowering);             // lower_scan.cc
Result<plan::PhysicalPtr> LowerWindowAggregate(const plan::LogicalNode& node, Lowering& lowering);  // lower_window.cc
Result<plan::PhysicalPtr> LowerWindowFunction(const plan::LogicalNode& node, Lowering& lowering);
Result<plan::PhysicalPtr> LowerRoot(const plan::LogicalRoot& root, Lowering& lowering);  // lower_sink.cc

// A node over one input, with the input's schema and changelog.
plan::PhysicalPtr OverInput(plan::PhysicalKind kind, plan::PhysicalPtr input);
plan::PhysicalPtr AddExchange(plan::PhysicalPtr input, plan::Exchange exchange);

// "WindowAggregate(...)": the node as error messages name it.
std::string NodeLine(const plan::PhysicalNode& node);

}  // namespace millrace::planner
