#pragma once

#include "plan/physical.h"
#include "state/layout.h"

namespace millrace::exec {

// What the operator of this node writes into checkpoints by key.
state::StateLayout StateLayoutOf(const plan::PhysicalNode& node, std::string_view zone);

}  // namespace millrace::exec
