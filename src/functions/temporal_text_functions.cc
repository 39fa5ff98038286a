// Times from and to text, with Java's date patterns.
#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "functions/civil.h"
#include "functions/datetime_pattern.h"
#include "functions/function_tables.h"
#include "functions/kernel.h"
#include "functions/number_typing.h"
#include "functions/temporal_values.h"
#include "functions/typing.h"

namespace millrace::functions {
namespace {

using Text = std::string_view;
using Dialect = DateTimePattern::Dialect;
constexpr Text kDefaultPattern = "yyyy-MM-dd HH:mm:ss";

// java.util.Calendar takes the later of two equal wall-clock times.
int64_t ToInstant(const TimeZone* zone, int64_t local) {
  return zone == nullptr ? local : std::max(zone->ToInstantMillis(local), zone->ToLastInstantMillis(local));
}
int64_t ToLocal(const TimeZone* zone, int64_t instant) {
  return zone == nullptr ? instant : zone->ToLocalMillis(instant);
}

// The instant that the text names; a wall-clock time is one of `zone`. Nested: error of the pattern, NULL of the text.
Result<std::optional<int64_t>> ParseInstant(Text text, Text pattern, Dialect dialect, const TimeZone* zone) {
  MR_ASSIGN(const DateTimePattern* compiled, DateTimePattern::Find(pattern, dialect));
  const auto parsed = compiled->Parse(text);
  if (!parsed) return std::optional<int64_t>();
  if (parsed->offset_millis) return std::optional<int64_t>(parsed->local.millis - *parsed->offset_millis);
  return std::optional<int64_t>(ToInstant(zone, parsed->local.millis));
}

// out[row] = function(row), which may fail or give NULL.
template <typename Out, typename F>
Result<ColumnPtr> FallibleMap(std::span<const ColumnPtr> arguments, const DataType& result, size_t count, F function) {
  std::optional<Error> error;
  ColumnPtr out =
      MapRowsOrNull<Out>(result, count, CombineValidity(arguments, count), [&](size_t row) -> std::optional<Out> {
        if (error) return std::nullopt;
        Result<std::optional<Out>> value = function(row);
        if (value.ok()) return *value;
        error = std::move(value).error();
        return std::nullopt;
      });
  if (error) return std::move(*error);
  return out;
}

Text TextAt(std::span<const ColumnPtr> arguments, size_t index, size_t row, Text otherwise) {
  return index < arguments.size() ? arguments[index]->values<StringRef>()[row].view() : otherwise;
}

// TO_TIMESTAMP, TO_DATE, TO_TIMESTAMP_LTZ -------------------------------------------------------------------------

// A whole text as a signed number of at most 9 digits.
std::optional<int64_t> SmallInteger(Text text) {
  const Text digits = text.starts_with('-') || text.starts_with('+') ? text.substr(1) : text;
  const bool number = !digits.empty() && digits.find_first_not_of("0123456789") == Text::npos && digits.size() <= 9;
  return number ? ParseInt64(text.starts_with('+') ? digits : text) : std::nullopt;
}

// java.sql.Timestamp.valueOf, which Flink tries where a pattern does not fit ("1999-9-10 05:20:10"):
// `yyyy-[M]M-[d]d[ h:m:s[.1-9 digits]]`; what is too large runs over into the next unit.
std::optional<Timestamp> ParseJdbcTimestamp(Text text) {
  text = Trim(text);
  const size_t blank = text.find(' ');
  const std::vector<std::string> date = Split(text.substr(0, blank), '-');
  if (date.size() != 3 || date[0].size() != 4 || date[1].size() > 2 || date[2].size() > 2) return std::nullopt;
  const auto year = SmallInteger(date[0]);
  const auto month = SmallInteger(date[1]);
  const auto day = SmallInteger(date[2]);
  if (!year || !month || !day || *month < 1 || *month > 12 || *day < 1 || *day > 31) return std::nullopt;
  Timestamp out{(DaysFromCivil(*year, *month, 1) + *day - 1) * kDayMillis, 0};
  if (blank == Text::npos) return out;
  Text time = text.substr(blank + 1);
  const size_t dot = time.find('.');
  if (dot != Text::npos) {
    std::string fraction(time.substr(dot + 1));
    if (fraction.empty() || fraction.size() > 9 || fraction.find_first_not_of("0123456789") != std::string::npos) {
      return std::nullopt;
    }
    fraction.resize(9, '0');
    const int64_t nanos = *ParseInt64(fraction);
    out.millis += nanos / 1'000'000;
    out.nanos = static_cast<int32_t>(nanos % 1'000'000);
    time = time.substr(0, dot);
  }
  const std::vector<std::string> parts = Split(time, ':');
  if (parts.size() != 3) return std::nullopt;
  int64_t seconds = 0;
  for (const std::string& part : parts) {
    const auto number = SmallInteger(part);
    if (!number) return std::nullopt;
    seconds = seconds * 60 + *number;
  }
  out.millis += seconds * 1000;
  return out;
}

Result<ColumnPtr> ToTimestamp(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                              size_t count) {
  return FallibleMap<int64_t>(arguments, result, count, [&](size_t row) -> Result<std::optional<int64_t>> {
    const Text text = TextAt(arguments, 0, row, "");
    if (arguments.size() == 2) {
      MR_ASSIGN(const DateTimePattern* pattern,
                DateTimePattern::Find(TextAt(arguments, 1, row, ""), Dialect::kFormatter));
      if (const auto parsed = pattern->Parse(text)) return std::optional<int64_t>(parsed->local.millis);
    }
    const auto value = arguments.size() == 2 ? ParseJdbcTimestamp(text) : ParseTimestamp(text);
    return value ? std::optional<int64_t>(value->millis) : std::nullopt;
  });
}

// Flink's TO_DATE(text): year[-month[-day]], anything behind a blank is ignored.
std::optional<int32_t> ParseLooseDate(Text text) {
  const size_t blank = text.find(' ');
  if (blank != Text::npos && blank > 0) text = text.substr(0, blank);
  int64_t parts[3] = {0, 1, 1};
  size_t n = 0;
  for (const std::string& piece : Split(text, '-')) {
    const Text digits = Trim(piece);
    const bool number = !digits.empty() && digits.find_first_not_of("0123456789") == Text::npos && digits.size() <= 4;
    if (n == 3 || !number) return std::nullopt;
    parts[n++] = *ParseInt64(digits);
  }
  const auto month = static_cast<int32_t>(parts[1]);
  if (month < 1 || month > 12 || parts[2] < 1 || parts[2] > DaysInMonth(parts[0], month)) return std::nullopt;
  return static_cast<int32_t>(DaysFromCivil(parts[0], month, parts[2]));
}

Result<ColumnPtr> ToDate(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                         size_t count) {
  return FallibleMap<int32_t>(arguments, result, count, [&](size_t row) -> Result<std::optional<int32_t>> {
    const Text text = TextAt(arguments, 0, row, "");
    if (arguments.size() == 1) return ParseLooseDate(text);
    MR_ASSIGN(const auto instant, ParseInstant(text, TextAt(arguments, 1, row, ""), Dialect::kSimple, nullptr));
    if (!instant) return std::optional<int32_t>();
    return std::optional<int32_t>(static_cast<int32_t>(FloorDiv(*instant, kDayMillis)));
  });
}

Result<CallTyping> InferToTimestampLtz(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.empty()) return WrongCount(name, 1);
  const DataType& type = arguments[0].type;
  if (!type.IsNumeric() && !(IsNullType(type) && arguments.size() == 2 && arguments[1].type.IsInteger())) {
    return TypeBySpec("string, string?, string? -> ltz?", name, arguments);
  }
  const bool floating = type.kind == TypeKind::kFloat || type.kind == TypeKind::kDouble;
  MR_ASSIGN(CallTyping typing, floating ? TypeBySpec("double, integer? -> ltz?", name, arguments)
                               : type.kind == TypeKind::kDecimal
                                   ? TypeBySpec("number, integer? -> ltz?", name, arguments)
                                   : TypeBySpec("integer, integer? -> ltz?", name, arguments));
  return typing;
}

std::optional<int64_t> InRange(int64_t millis) {
  constexpr int64_t kFirst = -62'167'219'200'000;  // 0000-01-01
  constexpr int64_t kLast = 253'402'300'799'999;   // 9999-12-31
  return millis >= kFirst && millis <= kLast ? std::optional<int64_t>(millis) : std::nullopt;
}

std::optional<int64_t> EpochMillis(const Column& column, size_t row, bool seconds) {
  constexpr int64_t kLargest = 300'000'000'000'000;
  if (column.type().kind == TypeKind::kDouble) {
    const double value = column.values<double>()[row] * (seconds ? 1000 : 1);
    return value > -kLargest && value < kLargest ? InRange(static_cast<int64_t>(value)) : std::nullopt;
  }
  const Int128 value = column.type().kind == TypeKind::kDecimal
                           ? column.values<Int128>()[row] / PowerOfTen(column.type().scale)
                           : Int128{column.values<int64_t>()[row]};
  const Int128 millis = seconds ? value * 1000 : value;
  return millis > -kLargest && millis < kLargest ? InRange(static_cast<int64_t>(millis)) : std::nullopt;
}

Result<ColumnPtr> ToTimestampLtz(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                                 size_t count) {
  if (arguments[0]->type().IsNumeric()) {
    const int64_t* precisions = arguments.size() == 2 ? arguments[1]->values<int64_t>() : nullptr;
    return FallibleMap<int64_t>(arguments, result, count, [&](size_t row) -> Result<std::optional<int64_t>> {
      const int64_t precision = precisions == nullptr ? 3 : precisions[row];
      if (precision != 0 && precision != 3) {
        return UserError(fmt::format("The precision value '{}' for function TO_TIMESTAMP_LTZ(numeric, precision) is "
                                     "unsupported, the supported value is '0' for second or '3' for millisecond.",
                                     precision))
            .WithCode(std::string(kTableException));
      }
      return EpochMillis(*arguments[0], row, precision == 0);
    });
  }
  return FallibleMap<int64_t>(arguments, result, count, [&](size_t row) -> Result<std::optional<int64_t>> {
    const TimeZone* zone = nullptr;
    if (arguments.size() == 3) {
      auto found = FindTimeZone(TextAt(arguments, 2, row, ""));
      if (!found.ok()) return std::optional<int64_t>();
      zone = *found;
    }
    const Text text = TextAt(arguments, 0, row, "");
    if (arguments.size() > 1) return ParseInstant(text, TextAt(arguments, 1, row, ""), Dialect::kFormatter, zone);
    const auto value = ParseTimestamp(text);
    return value ? std::optional<int64_t>(value->millis) : std::nullopt;
  });
}

// Text from times -------------------------------------------------------------------------------------------------

// out[row] = the text that function(row, text) leaves; it says whether there is one.
template <typename F>
Result<ColumnPtr> TextMap(std::span<const ColumnPtr> arguments, const DataType& result, size_t count, F function) {
  const ValidityPtr validity = CombineValidity(arguments, count);
  ColumnBuilder builder(result);
  builder.Reserve(count);
  std::string text;
  for (size_t row = 0; row < count; ++row) {
    text.clear();
    bool valid = validity == nullptr || (validity.get()[row >> 6] >> (row & 63) & 1) != 0;
    if (valid) {
      MR_ASSIGN(valid, function(row, text));
    }
    valid ? builder.AppendString(text) : builder.AppendNull();
  }
  return builder.Finish();
}

Result<CallTyping> InferDateFormat(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 2) return WrongCount(name, 2);
  const DataType& type = arguments[0].type;
  const DataType& pattern = arguments[1].type;
  const bool known = type.IsTimestamp() || type.kind == TypeKind::kDate || type.IsString() || IsNullType(type);
  if (!known || (!pattern.IsString() && !IsNullType(pattern))) return CannotApply(name, arguments);
  return CallTyping{{IsNullType(type) ? DataType::String() : type, IsNullType(pattern) ? DataType::String() : pattern},
                    DataType::String()};
}

Result<ColumnPtr> DateFormat(const KernelContext& context, std::span<const ColumnPtr> arguments, const DataType& result,
                             size_t count) {
  const Column& column = *arguments[0];
  if (column.type().IsString()) {
    return TextMap(arguments, result, count, [&](size_t row, std::string& out) -> Result<bool> {
      MR_ASSIGN(const auto instant,
                ParseInstant(TextAt(arguments, 0, row, ""), kDefaultPattern, Dialect::kSimple, nullptr));
      if (!instant) return false;
      MR_ASSIGN(const DateTimePattern* pattern, DateTimePattern::Find(TextAt(arguments, 1, row, ""), Dialect::kSimple));
      pattern->Format({*instant, 0}, nullptr, out);
      return true;
    });
  }
  const MomentReader read(column);
  const TimeZone* zone = column.type().kind == TypeKind::kTimestampLtz ? context.zone : nullptr;
  return TextMap(arguments, result, count, [&](size_t row, std::string& out) -> Result<bool> {
    MR_ASSIGN(const DateTimePattern* pattern,
              DateTimePattern::Find(TextAt(arguments, 1, row, ""), Dialect::kFormatter));
    Timestamp value = read(row);
    value.millis = ToLocal(zone, value.millis);
    pattern->Format(value, zone, out);
    return true;
  });
}

Result<ColumnPtr> FromUnixtime(const KernelContext& context, std::span<const ColumnPtr> arguments,
                               const DataType& result, size_t count) {
  const int64_t* seconds = arguments[0]->values<int64_t>();
  return TextMap(arguments, result, count, [&](size_t row, std::string& out) -> Result<bool> {
    constexpr int64_t kLargest = 100'000LL * 366 * 86'400;
    if (seconds[row] > kLargest || seconds[row] < -kLargest) return false;
    MR_ASSIGN(const DateTimePattern* pattern,
              DateTimePattern::Find(TextAt(arguments, 1, row, kDefaultPattern), Dialect::kSimple));
    pattern->Format({ToLocal(context.zone, seconds[row] * 1000), 0}, context.zone, out);
    return true;
  });
}

Result<ColumnPtr> UnixTimestamp(const KernelContext& context, std::span<const ColumnPtr> arguments,
                                const DataType& result, size_t count) {
  if (arguments.empty()) {
    const int64_t now = FloorDiv(context.clock->WallMillis(), 1000);
    return MapRows<int64_t>(result, count, nullptr, [=](size_t) { return now; });
  }
  return FallibleMap<int64_t>(arguments, result, count, [&](size_t row) -> Result<std::optional<int64_t>> {
    MR_ASSIGN(const auto instant,
              ParseInstant(TextAt(arguments, 0, row, ""), TextAt(arguments, 1, row, kDefaultPattern), Dialect::kSimple,
                           context.zone));
    return std::optional<int64_t>(instant ? FloorDiv(*instant, 1000) : INT64_MIN);  // Flink's answer to bad text
  });
}

// An unknown zone is GMT, as in Java.
const TimeZone* ZoneOrGmt(Text name) {
  auto zone = FindTimeZone(name);
  return zone.ok() ? *zone : nullptr;
}

Result<bool> ConvertTz(Text text, Text from, Text to, std::string& out) {
  MR_ASSIGN(const auto instant, ParseInstant(text, kDefaultPattern, Dialect::kSimple, ZoneOrGmt(from)));
  if (!instant) return false;
  MR_ASSIGN(const DateTimePattern* pattern, DateTimePattern::Find(kDefaultPattern, Dialect::kSimple));
  pattern->Format({ToLocal(ZoneOrGmt(to), *instant), 0}, nullptr, out);
  return true;
}

Result<ColumnPtr> ConvertTzKernel(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                                  size_t count) {
  return TextMap(arguments, result, count, [&](size_t row, std::string& out) {
    return ConvertTz(TextAt(arguments, 0, row, ""), TextAt(arguments, 1, row, ""), TextAt(arguments, 2, row, ""), out);
  });
}

constexpr ScalarFunction kFunctions[] = {
    {.name = "TO_TIMESTAMP",
     .signature = "TO_TIMESTAMP(string [, pattern])",
     .doc = "The text as TIMESTAMP(3), by default 'yyyy-MM-dd HH:mm:ss[.fraction]'; NULL if it does not fit.",
     .example = "TO_TIMESTAMP('31.01.2026 12:30', 'dd.MM.yyyy HH:mm') -> 2026-01-31 12:30:00.000",
     .infer = &Typed<"string, string? -> timestamp?">,
     .kernel = &ToTimestamp},
    {.name = "TO_TIMESTAMP_LTZ",
     .signature = "TO_TIMESTAMP_LTZ(number [, 0 | 3]), TO_TIMESTAMP_LTZ(string [, pattern [, zone]])",
     .doc = "Seconds (0) or millis (3) since 1970-01-01 UTC, or text in a zone (UTC), as TIMESTAMP_LTZ(3).",
     .example = "TO_TIMESTAMP_LTZ(0, 0) -> 1970-01-01 00:00:00.000",
     .infer = &InferToTimestampLtz,
     .kernel = &ToTimestampLtz},
    {.name = "TO_DATE",
     .signature = "TO_DATE(string [, pattern])",
     .doc = "The text as DATE, by default 'yyyy-MM-dd'; NULL if it does not fit.",
     .example = "TO_DATE('2026-01-31') -> 2026-01-31",
     .infer = &Typed<"string, string? -> date?">,
     .kernel = &ToDate},
    {.name = "DATE_FORMAT",
     .signature = "DATE_FORMAT(time, pattern)",
     .doc = "The time as text by a Java pattern; a string is read as 'yyyy-MM-dd HH:mm:ss' first.",
     .example = "DATE_FORMAT(TIMESTAMP '2026-01-31 12:34:56', 'yyyy/MM/dd HH-mm') -> 2026/01/31 12-34",
     .infer = &InferDateFormat,
     .kernel = &DateFormat},
    {.name = "FROM_UNIXTIME",
     .signature = "FROM_UNIXTIME(seconds [, pattern])",
     .doc = "Seconds since 1970-01-01 UTC as text in the session's zone, by default 'yyyy-MM-dd HH:mm:ss'.",
     .example = "FROM_UNIXTIME(44) -> 1970-01-01 00:00:44",
     .infer = &Typed<"integer, string? -> string?">,
     .kernel = &FromUnixtime},
    {.name = "UNIX_TIMESTAMP",
     .signature = "UNIX_TIMESTAMP([string [, pattern]])",
     .doc = "Seconds since 1970-01-01 UTC, now or of a text in the session's zone; the least BIGINT for bad text.",
     .example = "UNIX_TIMESTAMP('1970-01-01 00:00:44') -> 44",
     .infer = &Typed<"string?, string? -> bigint">,
     .kernel = &UnixTimestamp,
     .deterministic = false},
    {.name = "CONVERT_TZ",
     .signature = "CONVERT_TZ(string, from_zone, to_zone)",
     .doc = "The time 'yyyy-MM-dd HH:mm:ss' of one zone in another one; NULL for bad text.",
     .example = "CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'America/Los_Angeles') -> 1969-12-31 16:00:00",
     .infer = &Typed<"string, string, string -> string?">,
     .kernel = &ConvertTzKernel},
};

}  // namespace

std::span<const ScalarFunction> TemporalTextFunctions() { return kFunctions; }

}  // namespace millrace::functions
