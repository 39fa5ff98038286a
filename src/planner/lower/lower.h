#pragma once

#include "plan/logical.h"
#include "plan/physical.h"
#include "planner/planner.h"

namespace millrace::planner {

// Logical to physical: creates the sources and sinks, places exchanges, checks that every operator and sink can take
// the changes it gets, numbers the operators.
Result<plan::PhysicalPlan> Lower(const plan::LogicalPlan& plan, const Context& context);

}  // namespace millrace::planner
