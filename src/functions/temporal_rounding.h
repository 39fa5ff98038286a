#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "functions/scalar_function.h"

namespace millrace::functions {

enum class TimeUnit : uint8_t {
  kMillennium,
  kCentury,
  kDecade,
  kYear,
  kIsoYear,
  kQuarter,
  kMonth,
  kWeek,
  kDay,
  kDow,
  kIsoDow,
  kDoy,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kMicrosecond,
  kNanosecond,
  kEpoch,
};
// "HOUR", "hours", "SQL_TSI_HOUR".
std::optional<TimeUnit> ParseTimeUnit(std::string_view name);
// Millis of WEEK .. MILLISECOND; 0 for the others.
int64_t FixedUnitMillis(TimeUnit unit);
// Months of MONTH, QUARTER, YEAR, DECADE, CENTURY, MILLENNIUM; 0 for the others.
int64_t UnitMonths(TimeUnit unit);

// FLOOR and CEIL of a DATE, TIME, TIMESTAMP or LTZ (in the session's zone) to a unit given as a literal.
Result<CallTyping> InferTemporalRounding(std::string_view name, std::span<const Argument> arguments);
Result<ColumnPtr> RoundMoments(const KernelContext& context, std::span<const ColumnPtr> arguments,
                               const DataType& result, size_t count, bool ceil);

}  // namespace millrace::functions
