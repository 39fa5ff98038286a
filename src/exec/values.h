#pragma once

#include <memory>

#include "connect/source.h"
#include "plan/physical.h"

namespace millrace::exec {

// The rows of a VALUES clause as a bounded source with one split; only the `active` slot's reader has it.
std::unique_ptr<connect::SourceReader> MakeValuesReader(const plan::PhysicalNode& node, bool active);

}  // namespace millrace::exec
