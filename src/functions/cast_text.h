#pragma once

#include <optional>
#include <string_view>

#include "functions/scalar_function.h"

namespace millrace::functions {

// CAST to CHAR, VARCHAR, BINARY and VARBINARY: what does not fit is cut, CHAR is padded with blanks, BINARY with zeros.
Result<ColumnPtr> CastToText(const KernelContext& context, const ColumnPtr& column, const DataType& to);
// CAST of CHAR and VARCHAR. A value that cannot be read is an error, with `try_cast` NULL.
Result<ColumnPtr> CastFromText(const KernelContext& context, const Column& column, const DataType& to, bool try_cast);

// Flink's CAST(string AS TINYINT .. BIGINT): blanks around, sign, digits, and a fraction that is dropped.
std::optional<int64_t> ParseInteger(std::string_view text, int64_t min, int64_t max);
// Java's Double.parseDouble.
std::optional<double> ParseJavaDouble(std::string_view text);
std::optional<bool> ParseSqlBoolean(std::string_view text);

}  // namespace millrace::functions
