#pragma once

#include "exec/operator.h"
#include "plan/physical.h"

namespace millrace::exec {

// One function per operator file; build.cc holds the list. The nodes outlive the operators.
OperatorPtr MakeCalc(const plan::PhysicalNode& node);
OperatorPtr MakeCollect(std::function<void(const Batch&)> on_rows);
OperatorPtr MakeGlobalWindowAggregate(const plan::PhysicalNode& node, const plan::PhysicalNode& keyed_input,
                                      bool from_local);
OperatorPtr MakeLimit(const plan::PhysicalNode& node);
OperatorPtr MakeLocalWindowAggregate(const plan::PhysicalNode& node);
OperatorPtr MakeSink(const plan::PhysicalNode& node);
OperatorPtr MakeSort(const plan::PhysicalNode& node);
OperatorPtr MakeUnion();
OperatorPtr MakeWatermarkAssigner(const plan::PhysicalNode& node);
OperatorPtr MakeWindowTableFunction(const plan::PhysicalNode& node);

}  // namespace millrace::exec
