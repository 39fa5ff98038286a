#pragma once

#include "data/column.h"
#include "functions/civil.h"

namespace millrace::functions {

// The fraction of a second cut to `precision` digits, toward the past.
inline Timestamp TruncateFraction(Timestamp value, int32_t precision) {
  constexpr int64_t kUnits[] = {1000, 100, 10, 1, 100'000, 10'000, 1'000, 100, 10, 1};
  if (precision >= 9) return value;
  const int64_t unit = kUnits[precision];
  if (precision <= 3) return {FloorDiv(value.millis, unit) * unit, 0};
  return {value.millis, static_cast<int32_t>(value.nanos / unit * unit)};
}

// DATE, TIME, TIMESTAMP and LTZ values of a column as millis and nanos: midnight of a date, a time on 1970-01-01.
class MomentReader {
 public:
  explicit MomentReader(const Column& column) : column_(column), date_(column.type().kind == TypeKind::kDate) {}
  Timestamp operator()(size_t row) const {
    switch (column_.type().physical()) {
      case Physical::kInt32: {
        const int64_t value = column_.values<int32_t>()[row];
        return {date_ ? value * kDayMillis : value, 0};
      }
      case Physical::kTimestamp: return column_.values<Timestamp>()[row];
      default: return {column_.values<int64_t>()[row], 0};
    }
  }

 private:
  const Column& column_;
  bool date_;
};

}  // namespace millrace::functions
