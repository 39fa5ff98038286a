#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "data/column.h"

namespace millrace {

struct Value;
using ValueList = std::vector<Value>;

// One value on the slow path (literals, tests, client output). Its type is known from elsewhere.
//   monostate NULL; bool; int64_t all integers, DATE, TIME, intervals, TIMESTAMP[_LTZ] p <= 3; double FLOAT and DOUBLE;
//   Int128 DECIMAL (unscaled); Timestamp p > 3; string text and bytes; ValueList ARRAY and ROW in order, MAP and
//   MULTISET as key, value, key, value ...
struct Value : std::variant<std::monostate, bool, int64_t, double, Int128, Timestamp, std::string,
                            std::shared_ptr<const ValueList>> {
  using variant::variant;
  bool is_null() const { return index() == 0; }
};

bool operator==(const Value& a, const Value& b);

Value ColumnValue(const Column& column, size_t row);
// `count` rows of the same value.
ColumnPtr ConstantColumn(const DataType& type, const Value& value, size_t count);

// How a value looks as text. `zone_offset` turns LTZ instants to local time; null = UTC.
// Flink's CAST(.. AS STRING): booleans TRUE/FALSE, timestamps with exactly p digits, doubles as Java prints them,
// arrays [a, b], maps {k=v}, rows (a, b), bytes as UTF-8 text. NULL inside nested values prints NULL.
class TimeZone;
std::string ValueToString(const Value& value, const DataType& type, const TimeZone* zone = nullptr);
void AppendValueText(std::string& out, const Column& column, size_t row, const TimeZone* zone = nullptr);

// Java's Double.toString / Float.toString.
std::string JavaDoubleToString(double value);
std::string JavaFloatToString(float value);
std::string DecimalToString(Int128 unscaled, int32_t scale);
// Exactly rounds HALF_UP to `scale`; nullopt if text is not a number or does not fit DECIMAL(precision, scale).
std::optional<Int128> ParseDecimal(std::string_view text, int32_t precision, int32_t scale);

// Civil time without zones; all from Howard Hinnant's public algorithms via <chrono>.
std::string FormatTimestamp(int64_t millis, int32_t nanos, int32_t precision);  // "2026-01-31 12:00:00.123"
std::string FormatDate(int32_t days);
std::string FormatTime(int32_t millis, int32_t precision);
// Flink's CAST(string AS TIMESTAMP): `yyyy-[M]M-[d]d[ HH:mm:ss[.0-9 digits]]`, nothing around it; fraction truncated to
// `precision` by callers. A day up to 31 that the month does not have is its last one, 24:00:00 the next midnight.
std::optional<Timestamp> ParseTimestamp(std::string_view text);
std::optional<int32_t> ParseDate(
    std::string_view text);  // `yyyy[-[M]M[-[d]d]]`, strict; what follows a blank is ignored
std::optional<int32_t> ParseTime(std::string_view text);  // `[H]H[:mm[:ss[.fraction]]]`

// A zone of the tz database or a fixed offset ("GMT-08:00", "UTC", "Asia/Shanghai"). Implemented in functions/; data
// only needs the port.
class TimeZone {
 public:
  virtual ~TimeZone() = default;
  virtual int64_t ToLocalMillis(int64_t instant_millis) const = 0;
  // In an hour that the clock shows twice the earlier instant; in one that it leaves out the clock of before the change
  // goes on (java.time): 02:30 becomes the instant that the new clock shows as 03:30.
  virtual int64_t ToInstantMillis(int64_t local_millis) const = 0;
  // The later one: until then the clock may still show a smaller time. Of a time left out the instant of the change.
  virtual int64_t ToLastInstantMillis(int64_t local_millis) const { return ToInstantMillis(local_millis); }
  virtual std::string_view name() const = 0;
};

}  // namespace millrace
