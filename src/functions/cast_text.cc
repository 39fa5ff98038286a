#include "functions/cast_text.h"

#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "base/strings.h"
#include "functions/kernel.h"
#include "functions/number_typing.h"
#include "functions/temporal_values.h"
#include "functions/utf8.h"

namespace millrace::functions {
namespace {

std::string_view CutText(std::string_view text, const DataType& to) {
  if (to.precision == kMaxLength) return text;
  const auto length = static_cast<size_t>(to.precision);
  if (to.IsBinary()) return text.substr(0, length);
  return text.size() <= length ? text : text.substr(0, ByteOffset(text, length));
}

// How many bytes of padding `text` needs.
size_t Padding(std::string_view text, const DataType& to) {
  const auto length = static_cast<size_t>(to.precision);
  if (to.kind == TypeKind::kBinary) return length - text.size();
  return to.kind == TypeKind::kChar ? length - CodePoints(text) : 0;
}

ColumnPtr TextToText(const Column& column, const DataType& to) {
  const StringRef* values = column.values<StringRef>();
  ColumnBuilder builder(to);
  builder.Reserve(column.size());
  for (const auto& owner : column.parts().keep_alive) builder.KeepAlive(owner);
  const char fill = to.kind == TypeKind::kBinary ? '\0' : ' ';
  for (size_t row = 0; row < column.size(); ++row) {
    if (column.IsNull(row)) {
      builder.AppendNull();
      continue;
    }
    const std::string_view text = CutText(values[row].view(), to);
    const size_t padding = Padding(text, to);
    if (padding == 0) {
      builder.AppendStringNoCopy(text);
      continue;
    }
    char* bytes = builder.AllocateStringBytes(text.size() + padding);
    std::memcpy(bytes, text.data(), text.size());
    std::memset(bytes + text.size(), fill, padding);
    builder.AppendStringNoCopy({bytes, text.size() + padding});
  }
  return builder.Finish();
}

template <typename T>
void IntegersToText(const Column& column, ColumnBuilder& out) {
  const T* values = column.values<T>();
  for (size_t row = 0; row < column.size(); ++row) {
    if (column.IsNull(row)) {
      out.AppendNull();
    } else {
      const fmt::format_int text(values[row]);
      out.AppendString({text.data(), text.size()});
    }
  }
}

ColumnPtr ValuesToText(const KernelContext& context, const Column& column) {
  ColumnBuilder out(DataType::String());
  out.Reserve(column.size());
  switch (column.type().kind) {
    case TypeKind::kTinyInt: IntegersToText<int8_t>(column, out); break;
    case TypeKind::kSmallInt: IntegersToText<int16_t>(column, out); break;
    case TypeKind::kInt: IntegersToText<int32_t>(column, out); break;
    case TypeKind::kBigInt: IntegersToText<int64_t>(column, out); break;
    default: {
      std::string text;
      for (size_t row = 0; row < column.size(); ++row) {
        text.clear();
        if (column.IsNull(row)) {
          out.AppendNull();
        } else {
          AppendValueText(text, column, row, context.zone);
          out.AppendString(text);
        }
      }
    }
  }
  return out.Finish();
}

Error Unreadable(std::string_view text, const DataType& to) {
  std::string message;
  if (to.IsNumeric()) {
    message = fmt::format("For input string: '{}'. Invalid character found or out of range of {}.", text,
                          to.Nullable().ToString());
  } else {
    message = fmt::format("Text '{}' could not be parsed as {}.", text, to.Nullable().ToString());
  }
  return UserError(std::move(message))
      .WithCode(to.IsNumeric() ? "java.lang.NumberFormatException" : "java.time.DateTimeException")
      .WithHint("TRY_CAST gives NULL instead of an error.");
}

// out[row] = parse(text), or the error of the first text that is refused.
template <typename Out, typename Parse>
Result<ColumnPtr> ParseRows(const Column& column, const DataType& to, bool try_cast, Parse parse) {
  const StringRef* values = column.values<StringRef>();
  std::optional<size_t> failed;
  ColumnPtr out = MapRowsOrNull<Out>(to, column.size(), column.parts().validity, [&](size_t row) {
    std::optional<Out> value = parse(values[row].view());
    if (!value && !failed) failed = row;
    return value;
  });
  if (failed && !try_cast) return Unreadable(values[*failed].view(), to);
  return out;
}

template <typename T>
Result<ColumnPtr> ParseIntegers(const Column& column, const DataType& to, bool try_cast) {
  return ParseRows<T>(column, to, try_cast, [](std::string_view text) -> std::optional<T> {
    const auto value = ParseInteger(text, std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
    return value ? std::optional<T>(static_cast<T>(*value)) : std::nullopt;
  });
}

template <typename T>
Result<ColumnPtr> ParseDoubles(const Column& column, const DataType& to, bool try_cast) {
  return ParseRows<T>(column, to, try_cast, [](std::string_view text) -> std::optional<T> {
    const auto value = ParseJavaDouble(text);
    return value ? std::optional<T>(static_cast<T>(*value)) : std::nullopt;
  });
}

Result<ColumnPtr> ParseTimestamps(const KernelContext& context, const Column& column, const DataType& to,
                                  bool try_cast) {
  const TimeZone* zone = to.kind == TypeKind::kTimestampLtz ? context.zone : nullptr;
  const auto parse = [&](std::string_view text) {
    std::optional<Timestamp> value = ParseTimestamp(text);
    if (value) *value = TruncateFraction(*value, to.precision);
    if (value && zone != nullptr) value->millis = zone->ToInstantMillis(value->millis);
    return value;
  };
  if (to.physical() == Physical::kTimestamp) return ParseRows<Timestamp>(column, to, try_cast, parse);
  return ParseRows<int64_t>(column, to, try_cast, [&](std::string_view text) -> std::optional<int64_t> {
    const auto value = parse(text);
    return value ? std::optional<int64_t>(value->millis) : std::nullopt;
  });
}

}  // namespace

Result<ColumnPtr> CastToText(const KernelContext& context, const ColumnPtr& column, const DataType& to) {
  const bool is_text = column->type().physical() == Physical::kString;
  const ColumnPtr text = is_text ? column : ValuesToText(context, *column);
  const bool fits = to.precision == kMaxLength && to.kind != TypeKind::kChar && to.kind != TypeKind::kBinary;
  return fits ? text->WithType(to) : TextToText(*text, to);
}

Result<ColumnPtr> CastFromText(const KernelContext& context, const Column& column, const DataType& to, bool try_cast) {
  switch (to.kind) {
    case TypeKind::kTinyInt: return ParseIntegers<int8_t>(column, to, try_cast);
    case TypeKind::kSmallInt: return ParseIntegers<int16_t>(column, to, try_cast);
    case TypeKind::kInt: return ParseIntegers<int32_t>(column, to, try_cast);
    case TypeKind::kBigInt: return ParseIntegers<int64_t>(column, to, try_cast);
    case TypeKind::kFloat: return ParseDoubles<float>(column, to, try_cast);
    case TypeKind::kDouble: return ParseDoubles<double>(column, to, try_cast);
    case TypeKind::kDecimal:
      return ParseRows<Int128>(column, to, try_cast, [&](std::string_view text) {
        text = Trim(text);
        if (text == ".") return std::optional<Int128>(0);  // as Flink reads it
        return ParseDecimal(text, to.precision, to.scale);
      });
    case TypeKind::kBoolean:
      return ParseRows<uint8_t>(column, to, try_cast, [](std::string_view text) -> std::optional<uint8_t> {
        const auto value = ParseSqlBoolean(text);
        return value ? std::optional<uint8_t>(*value) : std::nullopt;
      });
    case TypeKind::kDate: return ParseRows<int32_t>(column, to, try_cast, ParseDate);
    case TypeKind::kTime:
      return ParseRows<int32_t>(column, to, try_cast, [&](std::string_view text) -> std::optional<int32_t> {
        const auto millis = ParseTime(text);
        if (!millis) return std::nullopt;
        return static_cast<int32_t>(TruncateFraction({*millis, 0}, std::min(to.precision, 3)).millis);
      });
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz: return ParseTimestamps(context, column, to, try_cast);
    case TypeKind::kNull:
    case TypeKind::kChar:
    case TypeKind::kVarChar:
    case TypeKind::kBinary:
    case TypeKind::kVarBinary:
    case TypeKind::kIntervalYearMonth:
    case TypeKind::kIntervalDaySecond:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset:
    case TypeKind::kRow: break;
  }
  return InternalError("CAST: no conversion from STRING to " + to.ToString());
}

std::optional<int64_t> ParseInteger(std::string_view text, int64_t min, int64_t max) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  const std::string_view fraction = dot == std::string_view::npos ? "" : text.substr(dot + 1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (whole.empty() && dot == std::string_view::npos) return std::nullopt;  // Flink: "." is 0
  for (const char c : fraction) {
    if (!is_digit(c)) return std::nullopt;
  }
  Int128 value = 0;
  for (const char c : whole) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
    if (value > Int128{1} << 64) return std::nullopt;
  }
  if (negative) value = -value;
  if (value < min || value > max) return std::nullopt;
  return static_cast<int64_t>(value);
}

std::optional<double> ParseJavaDouble(std::string_view text) {
  text = Trim(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  if (text == "NaN") {
    value = std::numeric_limits<double>::quiet_NaN();
  } else if (text == "Infinity") {
    value = std::numeric_limits<double>::infinity();
  } else {
    if (!text.empty() && std::string_view("dDfF").find(text.back()) != std::string_view::npos) text.remove_suffix(1);
    const bool starts_as_number = !text.empty() && (text[0] == '.' || (text[0] >= '0' && text[0] <= '9'));
    if (!starts_as_number) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end != text.data() + text.size()) return std::nullopt;
    if (error == std::errc::result_out_of_range) {
      const size_t e = text.find_first_of("eE");
      const bool tiny = e != std::string_view::npos && text.substr(e + 1).starts_with('-');
      value = tiny ? 0 : std::numeric_limits<double>::infinity();
    } else if (error != std::errc()) {
      return std::nullopt;
    }
  }
  return negative ? -value : value;
}

std::optional<bool> ParseSqlBoolean(std::string_view text) {
  for (const std::string_view yes : {"t", "true", "y", "yes", "1"}) {
    if (EqualsIgnoreCase(text, yes)) return true;
  }
  for (const std::string_view no : {"f", "false", "n", "no", "0"}) {
    if (EqualsIgnoreCase(text, no)) return false;
  }
  return std::nullopt;
}

}  // namespace millrace::functions
