#pragma once

#include "exec/group_table.h"
#include "plan/physical.h"

namespace millrace::exec {

// Shared by the local and the global window aggregation: both nodes carry the same keys and calls.
AggregateSet MakeAggregateSet(const plan::PhysicalNode& node);
std::vector<DataType> KeyTypes(const plan::PhysicalNode& node);

}  // namespace millrace::exec
