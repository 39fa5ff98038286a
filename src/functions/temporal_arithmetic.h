#pragma once

#include <span>

#include "functions/scalar_function.h"

namespace millrace::functions {

// + - * / where a side is a date, time, timestamp or interval.
bool IsTemporalArithmetic(std::span<const Argument> arguments);
Result<CallTyping> InferTemporalArithmetic(std::string_view name, std::span<const Argument> arguments);
Result<ColumnPtr> PlusMinusTemporal(bool minus, std::span<const ColumnPtr> arguments, const DataType& result,
                                    size_t count);
Result<ColumnPtr> ScaleInterval(bool divide, std::span<const ColumnPtr> arguments, const DataType& result,
                                size_t count);
Result<ColumnPtr> NegateInterval(const ColumnPtr& interval, const DataType& result, size_t count);

}  // namespace millrace::functions
