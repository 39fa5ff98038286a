#pragma once

#include <span>

#include "functions/scalar_function.h"

namespace millrace::functions {

// One table per family, each in the file of the same name. registry.cc joins them.
std::span<const ScalarFunction> ArithmeticFunctions();
std::span<const ScalarFunction> ArrayFunctions();
std::span<const ScalarFunction> CollectionFunctions();
std::span<const ScalarFunction> ComparisonFunctions();
std::span<const ScalarFunction> ConditionalFunctions();
std::span<const ScalarFunction> HashFunctions();
std::span<const ScalarFunction> JsonBuildFunctions();
std::span<const ScalarFunction> JsonFunctions();
std::span<const ScalarFunction> LogicalFunctions();
std::span<const ScalarFunction> MapFunctions();
std::span<const ScalarFunction> MathFunctions();
std::span<const ScalarFunction> RegexFunctions();
std::span<const ScalarFunction> StringFunctions();
std::span<const ScalarFunction> TemporalFunctions();
std::span<const ScalarFunction> TemporalTextFunctions();
std::span<const ScalarFunction> TextFunctions();

}  // namespace millrace::functions
