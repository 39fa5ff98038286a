#include "connectors/print/java_text.h"

#include <charconv>

#include <fmt/format.h>

#include "data/value.h"

namespace millrace::connectors {
namespace {

constexpr int64_t kMillisPerDay = 86'400'000;

// As many fraction digits as LocalTime.toString prints: none, 3, 6 or 9.
std::string FractionText(int64_t nanos) {
  if (nanos == 0) return "";
  if (nanos % 1'000'000 == 0) return fmt::format(".{:03}", nanos / 1'000'000);
  if (nanos % 1'000 == 0) return fmt::format(".{:06}", nanos / 1'000);
  return fmt::format(".{:09}", nanos);
}

// LocalTime.toString leaves zero seconds out, Instant.toString does not.
std::string ClockText(int64_t millis_of_day, int32_t nanos, bool always_seconds) {
  const int64_t fraction = millis_of_day % 1000 * 1'000'000 + nanos;
  const int64_t seconds = millis_of_day / 1000 % 60;
  std::string out = fmt::format("{:02}:{:02}", millis_of_day / 3'600'000, millis_of_day / 60'000 % 60);
  if (always_seconds || seconds != 0 || fraction != 0) out += fmt::format(":{:02}", seconds) + FractionText(fraction);
  return out;
}

std::string TimestampText(const Timestamp& value, bool is_instant) {
  int64_t days = value.millis / kMillisPerDay;
  int64_t millis = value.millis % kMillisPerDay;
  if (millis < 0) {
    millis += kMillisPerDay;
    --days;
  }
  return FormatDate(static_cast<int32_t>(days)) + "T" + ClockText(millis, value.nanos, is_instant) +
         (is_instant ? "Z" : "");
}

// Period.toString of years and months.
std::string PeriodText(int32_t months) {
  if (months == 0) return "P0D";
  std::string out = "P";
  if (months / 12 != 0) out += fmt::format("{}Y", months / 12);
  if (months % 12 != 0) out += fmt::format("{}M", months % 12);
  return out;
}

// Duration.toString.
std::string DurationText(int64_t millis) {
  if (millis == 0) return "PT0S";
  const int64_t whole = millis / 1000;
  std::string out = "PT";
  if (whole / 3600 != 0) out += fmt::format("{}H", whole / 3600);
  if (whole / 60 % 60 != 0) out += fmt::format("{}M", whole / 60 % 60);
  const int64_t rest = millis % 60'000;
  if (rest == 0) return out;
  std::string seconds = fmt::format("{}{}.{:03}", rest < 0 ? "-" : "", std::abs(rest) / 1000, std::abs(rest) % 1000);
  while (seconds.back() == '0') seconds.pop_back();
  if (seconds.back() == '.') seconds.pop_back();
  return out + seconds + "S";
}

void AppendText(std::string& out, const Column& column, size_t row);

void AppendElements(std::string& out, const Column& column, size_t row) {
  const auto begin = static_cast<size_t>(column.offsets()[row]);
  const auto end = static_cast<size_t>(column.offsets()[row + 1]);
  const bool is_map = column.num_children() == 2;
  out.push_back(is_map ? '{' : '[');
  for (size_t i = begin; i < end; ++i) {
    if (i != begin) out += ", ";
    AppendText(out, *column.child(0), i);
    if (!is_map) continue;
    out.push_back('=');
    AppendText(out, *column.child(1), i);
  }
  out.push_back(is_map ? '}' : ']');
}

void AppendBytes(std::string& out, std::string_view bytes) {
  out.push_back('[');
  for (size_t i = 0; i < bytes.size(); ++i) {
    out += fmt::format("{}{}", i == 0 ? "" : ", ", static_cast<int>(static_cast<int8_t>(bytes[i])));
  }
  out.push_back(']');
}

void AppendText(std::string& out, const Column& column, size_t row) {
  if (column.IsNull(row)) {
    out += "null";
    return;
  }
  const DataType& type = column.type();
  switch (type.kind) {
    case TypeKind::kBoolean: out += column.values<uint8_t>()[row] != 0 ? "true" : "false"; break;
    case TypeKind::kBinary:
    case TypeKind::kVarBinary: AppendBytes(out, column.values<StringRef>()[row].view()); break;
    case TypeKind::kTime: out += ClockText(column.values<int32_t>()[row], 0, false); break;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      out += TimestampText(
          type.precision <= 3 ? Timestamp{column.values<int64_t>()[row], 0} : column.values<Timestamp>()[row],
          type.kind == TypeKind::kTimestampLtz);
      break;
    case TypeKind::kIntervalYearMonth: out += PeriodText(column.values<int32_t>()[row]); break;
    case TypeKind::kIntervalDaySecond: out += DurationText(column.values<int64_t>()[row]); break;
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset: AppendElements(out, column, row); break;
    case TypeKind::kRow:
      out += "+I[";
      for (size_t i = 0; i < column.num_children(); ++i) {
        if (i != 0) out += ", ";
        AppendText(out, *column.child(i), row);
      }
      out.push_back(']');
      break;
    case TypeKind::kNull:
    case TypeKind::kTinyInt:
    case TypeKind::kSmallInt:
    case TypeKind::kInt:
    case TypeKind::kBigInt:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kDecimal:
    case TypeKind::kChar:
    case TypeKind::kVarChar:
    case TypeKind::kDate: AppendValueText(out, column, row); break;
  }
}

}  // namespace

std::string JavaRowText(const Batch& batch, size_t row) {
  std::string out(RowKindShortName(batch.kind(row)));
  out.push_back('[');
  for (size_t i = 0; i < batch.columns.size(); ++i) {
    if (i != 0) out += ", ";
    AppendText(out, *batch.columns[i], row);
  }
  out.push_back(']');
  return out;
}

}  // namespace millrace::connectors
