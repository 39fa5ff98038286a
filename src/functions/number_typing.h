#pragma once

#include "data/type.h"
#include "functions/decimal.h"

namespace millrace::functions {

// The DECIMAL that holds every value of an integer type: TINYINT (3, 0) .. BIGINT (19, 0). A DECIMAL is itself.
DataType AsDecimal(const DataType& number);
// DECIMAL(precision, scale) brought below 39 digits: the integer digits are kept, the scale gives way down to 6.
DataType BoundedDecimal(int32_t precision, int32_t scale);
// The type in which two numbers are compared, added to a UNION or computed with; not both DECIMAL or DECIMAL with
// integer (those have rules of their own per operator).
DataType WiderNumber(const DataType& a, const DataType& b);
inline DecimalType ParametersOf(const DataType& decimal) { return {decimal.precision, decimal.scale}; }

}  // namespace millrace::functions
