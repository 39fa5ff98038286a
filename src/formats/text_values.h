#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "data/type.h"

namespace millrace::formats {

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Values as the text formats (json, csv) spell them; Java's parsers and java.time decide what is accepted. All of them
// take the whole text and return nullopt when it is not such a value.

// Integer.parseInt and its brothers: optional sign, ASCII digits, no overflow of T (int8_t .. int64_t).
template <typename T>
std::optional<T> ParseJavaInteger(std::string_view text);
// Double.parseDouble of trimmed text: decimal digits with exponent, NaN, [+-]Infinity, a trailing d or f.
std::optional<double> ParseJavaDouble(std::string_view text);
std::optional<float> ParseJavaFloat(std::string_view text);
// Whether `new BigDecimal(text)` accepts it.
bool IsJavaBigDecimal(std::string_view text);

enum class TimestampStandard : uint8_t { kSql, kIso8601 };

std::optional<int32_t> ParseIsoDate(std::string_view text);  // yyyy-MM-dd, a date that exists; days since 1970-01-01
// HH:mm:ss[.f{1,9}], seconds may be missing when `seconds_optional`; nanos of the day.
std::optional<int64_t> ParseIsoTime(std::string_view text, bool seconds_optional);
// yyyy-MM-dd HH:mm:ss[.f{1,9}] (SQL) or with a T and optional seconds (ISO-8601). LTZ: followed by Z.
std::optional<Timestamp> ParseTimestampText(std::string_view text, TimestampStandard standard, bool with_zone);

void AppendIsoDate(std::string& out, int32_t days);           // yyyy-MM-dd
void AppendIsoTime(std::string& out, int32_t millis_of_day);  // HH:mm:ss
// The fraction has as many digits as it needs, none when it is zero. With zone: a trailing Z.
void AppendTimestampText(std::string& out, const Timestamp& value, TimestampStandard standard, bool with_zone);
// BigDecimal.toString after stripTrailingZeros (may be scientific: "1E+2"), or toPlainString of the same.
void AppendStrippedDecimal(std::string& out, Int128 unscaled, int32_t scale, bool plain);

// `value` cut to the precision of TIMESTAMP(p).
Timestamp TruncateToPrecision(const Timestamp& value, int32_t precision);

}  // namespace millrace::formats
