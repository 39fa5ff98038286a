#pragma once

#include <cstdint>

namespace millrace::functions {

// `value` rounded to `digits` places after the point (negative: before it) the way Java's BigDecimal.valueOf does: on
// the shortest decimal text that reads back the same; HALF_UP or toward zero.
double RoundDouble(double value, int64_t digits, bool half_up);
float RoundFloat(float value, int64_t digits, bool half_up);
// The same for integers; only negative `digits` change anything.
int64_t RoundInteger(int64_t value, int64_t digits, bool half_up);

}  // namespace millrace::functions
