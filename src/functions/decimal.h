#pragma once

#include <compare>
#include <optional>

#include "data/type.h"

namespace millrace::functions {

// Arithmetic on unscaled DECIMAL values with Flink's rules (flink-sql.md 2.2): exact up to 256 bits, then rounded
// HALF_UP to the result's scale; nullopt when the result does not fit its precision. `precision` 1..38, scales
// 0..precision.

inline constexpr int32_t kMaxPrecision = 38;
Int128 PowerOfTen(int32_t exponent);  // 0..38

struct DecimalType {
  int32_t precision = 38;
  int32_t scale = 0;
};

std::optional<Int128> RescaleDecimal(Int128 value, int32_t from_scale, DecimalType to);
std::optional<Int128> AddDecimals(Int128 a, int32_t a_scale, Int128 b, int32_t b_scale, DecimalType to);
std::optional<Int128> SubtractDecimals(Int128 a, int32_t a_scale, Int128 b, int32_t b_scale, DecimalType to);
std::optional<Int128> MultiplyDecimals(Int128 a, int32_t a_scale, Int128 b, int32_t b_scale, DecimalType to);
// b is not zero.
std::optional<Int128> DivideDecimals(Int128 a, int32_t a_scale, Int128 b, int32_t b_scale, DecimalType to);
std::optional<Int128> RemainderOfDecimals(Int128 a, int32_t a_scale, Int128 b, int32_t b_scale, DecimalType to);
std::strong_ordering CompareDecimals(Int128 a, int32_t a_scale, Int128 b, int32_t b_scale);

// `value` rounded to `digits` places after the point (negative: before it), at the same scale; HALF_UP or toward zero.
// nullopt when that needs more than 38 digits.
std::optional<Int128> RoundDecimal(Int128 value, int32_t scale, int32_t digits, bool half_up);

// The number as Java prints it (0.1, not the binary value behind it), rounded HALF_UP; nullopt for NaN, infinities and
// what does not fit.
std::optional<Int128> DecimalFromDouble(double value, DecimalType to);
// The nearest double.
double DecimalToDouble(Int128 value, int32_t scale);

}  // namespace millrace::functions
