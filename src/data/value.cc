#include "data/value.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/check.h"
#include "data/column_builder.h"

namespace millrace {
namespace {

std::shared_ptr<const ValueList> ListValue(const Column& column, size_t begin, size_t end) {
  auto list = std::make_shared<ValueList>();
  for (size_t at = begin; at < end; ++at) {
    for (size_t i = 0; i < column.num_children(); ++i) list->push_back(ColumnValue(*column.child(i), at));
  }
  return list;
}

void AppendList(std::string& out, const ValueList& list, const DataType& type, const TimeZone* zone) {
  const auto text = [&](size_t i, size_t child) {
    return list[i].is_null() ? std::string("NULL") : ValueToString(list[i], type.child(child), zone);
  };
  if (type.kind == TypeKind::kArray || type.kind == TypeKind::kRow) {
    out += type.kind == TypeKind::kArray ? '[' : '(';
    for (size_t i = 0; i < list.size(); ++i) {
      if (i > 0) out += ", ";
      out += text(i, type.kind == TypeKind::kArray ? 0 : i);
    }
    out += type.kind == TypeKind::kArray ? ']' : ')';
    return;
  }
  out += '{';
  for (size_t i = 0; i + 1 < list.size(); i += 2) {
    if (i > 0) out += ", ";
    out += text(i, 0) + "=" + text(i + 1, 1);
  }
  out += '}';
}

// Flink's CAST of intervals: "+1 00:00:00.000" and "+1-00".
std::string IntervalText(const DataType& type, int64_t value) {
  const char sign = value < 0 ? '-' : '+';
  const auto size = static_cast<uint64_t>(value < 0 ? -value : value);
  if (type.kind == TypeKind::kIntervalYearMonth) return fmt::format("{}{}-{:02}", sign, size / 12, size % 12);
  return fmt::format("{}{} {:02}:{:02}:{:02}.{:03}", sign, size / 86'400'000, size / 3'600'000 % 24, size / 60'000 % 60,
                     size / 1000 % 60, size % 1000);
}

std::string IntegerText(const DataType& type, int64_t value, const TimeZone* zone) {
  if (type.kind == TypeKind::kDate) return FormatDate(static_cast<int32_t>(value));
  if (type.kind == TypeKind::kTime) return FormatTime(static_cast<int32_t>(value), type.precision);
  if (type.kind == TypeKind::kTimestamp) return FormatTimestamp(value, 0, type.precision);
  if (type.kind == TypeKind::kTimestampLtz) {
    return FormatTimestamp(zone == nullptr ? value : zone->ToLocalMillis(value), 0, type.precision);
  }
  if (type.kind == TypeKind::kIntervalYearMonth || type.kind == TypeKind::kIntervalDaySecond)
    return IntervalText(type, value);
  return fmt::format_int(value).str();
}

// Java prints the shortest digits that read back the same: plain between 1e-3 and 1e7, else d.dddE±x.
template <typename T>
std::string JavaFloatingText(T value) {
  if (value != value) return "NaN";
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";
  if (value - value != 0) return value > 0 ? "Infinity" : "-Infinity";
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  std::string_view text(buffer, static_cast<size_t>(end - buffer));
  std::string out;
  if (text.front() == '-') {
    out = "-";
    text.remove_prefix(1);
  }
  const size_t e = text.find('e');
  std::string digits(1, text[0]);
  if (e > 2) digits += text.substr(2, e - 2);
  std::string_view exponent_text = text.substr(e + 1);
  if (exponent_text.front() == '+') exponent_text.remove_prefix(1);
  int exponent = 0;
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  if (exponent >= 7 || exponent < -3) {
    return out + digits.substr(0, 1) + "." + (digits.size() > 1 ? digits.substr(1) : "0") + "E" +
           std::to_string(exponent);
  }
  if (exponent < 0) return out + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  const auto whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole) return out + digits + std::string(whole - digits.size(), '0') + ".0";
  return out + digits.substr(0, whole) + "." + digits.substr(whole);
}

}  // namespace

bool operator==(const Value& a, const Value& b) {
  if (a.index() != b.index()) return false;
  if (const auto* list = std::get_if<std::shared_ptr<const ValueList>>(&a)) {
    return **list == *std::get<std::shared_ptr<const ValueList>>(b);
  }
  const auto& x = static_cast<const std::variant<std::monostate, bool, int64_t, double, Int128, Timestamp, std::string,
                                                 std::shared_ptr<const ValueList>>&>(a);
  return x == b;
}

Value ColumnValue(const Column& column, size_t row) {
  if (column.IsNull(row)) return {};
  switch (column.type().physical()) {
    case Physical::kBool: return column.values<uint8_t>()[row] != 0;
    case Physical::kInt8: return static_cast<int64_t>(column.values<int8_t>()[row]);
    case Physical::kInt16: return static_cast<int64_t>(column.values<int16_t>()[row]);
    case Physical::kInt32: return static_cast<int64_t>(column.values<int32_t>()[row]);
    case Physical::kInt64: return column.values<int64_t>()[row];
    case Physical::kFloat: return static_cast<double>(column.values<float>()[row]);
    case Physical::kDouble: return column.values<double>()[row];
    case Physical::kInt128: return column.values<Int128>()[row];
    case Physical::kTimestamp: return column.values<Timestamp>()[row];
    case Physical::kString: return std::string(column.values<StringRef>()[row].view());
    case Physical::kList:
    case Physical::kMap:
      return ListValue(column, static_cast<size_t>(column.offsets()[row]),
                       static_cast<size_t>(column.offsets()[row + 1]));
    case Physical::kStruct: return ListValue(column, row, row + 1);
  }
  return {};
}

ColumnPtr ConstantColumn(const DataType& type, const Value& value, size_t count) {
  ColumnBuilder builder(type);
  if (value.is_null()) {
    builder.AppendNulls(count);
    return builder.Finish();
  }
  builder.Reserve(count);
  if (type.physical() == Physical::kString) {
    const std::string& text = std::get<std::string>(value);
    char* bytes = builder.AllocateStringBytes(text.size());
    std::copy(text.begin(), text.end(), bytes);
    for (size_t i = 0; i < count; ++i) builder.AppendStringNoCopy({bytes, text.size()});
  } else if (type.physical() == Physical::kInt64) {
    std::fill_n(builder.AppendUninitialized<int64_t>(count), count, std::get<int64_t>(value));
  } else {
    for (size_t i = 0; i < count; ++i) builder.AppendValue(value);
  }
  return builder.Finish();
}

std::string ValueToString(const Value& value, const DataType& type, const TimeZone* zone) {
  if (value.is_null()) return "NULL";
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "TRUE" : "FALSE";
  if (const auto* integer = std::get_if<int64_t>(&value)) return IntegerText(type, *integer, zone);
  if (const auto* number = std::get_if<double>(&value)) {
    return type.kind == TypeKind::kFloat ? JavaFloatToString(static_cast<float>(*number)) : JavaDoubleToString(*number);
  }
  if (const auto* decimal = std::get_if<Int128>(&value)) return DecimalToString(*decimal, type.scale);
  if (const auto* time = std::get_if<Timestamp>(&value)) {
    const bool local = type.kind == TypeKind::kTimestampLtz && zone != nullptr;
    return FormatTimestamp(local ? zone->ToLocalMillis(time->millis) : time->millis, time->nanos, type.precision);
  }
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  std::string out;
  AppendList(out, *std::get<std::shared_ptr<const ValueList>>(value), type, zone);
  return out;
}

void AppendValueText(std::string& out, const Column& column, size_t row, const TimeZone* zone) {
  if (column.type().physical() == Physical::kString && !column.IsNull(row)) {
    out += column.values<StringRef>()[row].view();
    return;
  }
  out += ValueToString(ColumnValue(column, row), column.type(), zone);
}

std::string JavaDoubleToString(double value) { return JavaFloatingText(value); }
std::string JavaFloatToString(float value) { return JavaFloatingText(value); }

std::string DecimalToString(Int128 unscaled, int32_t scale) {
  const bool negative = unscaled < 0;
  auto rest = negative ? -static_cast<unsigned __int128>(unscaled) : static_cast<unsigned __int128>(unscaled);
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  while (digits.size() <= static_cast<size_t>(scale)) digits += '0';
  std::string out(digits.rbegin(), digits.rend());
  if (scale > 0) out.insert(out.size() - static_cast<size_t>(scale), ".");
  return negative ? "-" + out : out;
}

std::optional<Int128> ParseDecimal(std::string_view text, int32_t precision, int32_t scale) {
  size_t i = 0;
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) ++i;
  std::string digits;
  int64_t fraction = 0;
  bool point = false;
  bool any = false;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.' && !point) {
      point = true;
    } else if (text[i] >= '0' && text[i] <= '9') {
      any = true;
      if (!digits.empty() || text[i] != '0') digits += text[i];
      fraction += point ? 1 : 0;
    } else {
      return std::nullopt;
    }
  }
  if (!any) return std::nullopt;
  int64_t exponent = 0;
  if (i < text.size()) {
    std::string_view rest = text.substr(i + 1);
    if (rest.starts_with('+')) rest.remove_prefix(1);
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
    if (error != std::errc() || end != rest.data() + rest.size() || exponent > 1000 || exponent < -1000)
      return std::nullopt;
  }
  // value = digits * 10^(exponent - fraction); wanted = value * 10^scale, rounded half up.
  const int64_t shift = exponent - fraction + scale;
  bool round_up = false;
  if (shift < 0) {
    const auto cut = static_cast<size_t>(-shift);
    if (cut > digits.size()) {
      digits.clear();
    } else {
      round_up = digits[digits.size() - cut] >= '5';
      digits.resize(digits.size() - cut);
    }
  } else if (!digits.empty()) {
    if (digits.size() + static_cast<size_t>(shift) > 39) return std::nullopt;
    digits.append(static_cast<size_t>(shift), '0');
  }
  if (digits.size() > 38) return std::nullopt;
  Int128 value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  value += round_up ? 1 : 0;
  Int128 limit = 1;
  for (int32_t k = 0; k < precision; ++k) limit *= 10;
  if (value >= limit) return std::nullopt;
  return negative ? -value : value;
}

}  // namespace millrace
