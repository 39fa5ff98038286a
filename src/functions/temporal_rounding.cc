#include "functions/temporal_rounding.h"

#include <array>

#include <fmt/format.h>

#include "base/strings.h"
#include "functions/civil.h"
#include "functions/kernel.h"
#include "functions/temporal_values.h"
#include "functions/typing.h"

namespace millrace::functions {
namespace {

struct UnitRow {
  std::string_view name;
  TimeUnit unit;
  int64_t millis;
  int64_t months;
};

constexpr std::array<UnitRow, 19> kUnits = {{
    {"MILLENNIUM", TimeUnit::kMillennium, 0, 12'000},
    {"CENTURY", TimeUnit::kCentury, 0, 1'200},
    {"DECADE", TimeUnit::kDecade, 0, 120},
    {"YEAR", TimeUnit::kYear, 0, 12},
    {"ISOYEAR", TimeUnit::kIsoYear, 0, 0},
    {"QUARTER", TimeUnit::kQuarter, 0, 3},
    {"MONTH", TimeUnit::kMonth, 0, 1},
    {"WEEK", TimeUnit::kWeek, 7 * kDayMillis, 0},
    {"DAY", TimeUnit::kDay, kDayMillis, 0},
    {"DOW", TimeUnit::kDow, 0, 0},
    {"ISODOW", TimeUnit::kIsoDow, 0, 0},
    {"DOY", TimeUnit::kDoy, 0, 0},
    {"HOUR", TimeUnit::kHour, 3'600'000, 0},
    {"MINUTE", TimeUnit::kMinute, 60'000, 0},
    {"SECOND", TimeUnit::kSecond, 1'000, 0},
    {"MILLISECOND", TimeUnit::kMillisecond, 1, 0},
    {"MICROSECOND", TimeUnit::kMicrosecond, 0, 0},
    {"NANOSECOND", TimeUnit::kNanosecond, 0, 0},
    {"EPOCH", TimeUnit::kEpoch, 0, 0},
}};

bool CanRoundTo(TimeUnit unit) { return FixedUnitMillis(unit) != 0 || UnitMonths(unit) != 0; }

// The start of the unit that contains the day. Centuries and millennia start in their year 1.
int64_t FloorDays(int64_t days, TimeUnit unit) {
  if (unit == TimeUnit::kDay) return days;
  if (unit == TimeUnit::kWeek) return days - FloorMod(days + 4, 7);  // 1970-01-01 was a Thursday, weeks start on Sunday
  const CivilDate date = CivilFromDays(days);
  switch (unit) {
    case TimeUnit::kMonth: return DaysFromCivil(date.year, date.month, 1);
    case TimeUnit::kQuarter: return DaysFromCivil(date.year, (date.month - 1) / 3 * 3 + 1, 1);
    case TimeUnit::kDecade: return DaysFromCivil(FloorDiv(date.year, 10) * 10, 1, 1);
    case TimeUnit::kCentury: return DaysFromCivil(FloorDiv(date.year - 1, 100) * 100 + 1, 1, 1);
    case TimeUnit::kMillennium: return DaysFromCivil(FloorDiv(date.year - 1, 1000) * 1000 + 1, 1, 1);
    default: return DaysFromCivil(date.year, 1, 1);
  }
}

int64_t NextDays(int64_t floor, TimeUnit unit) {
  if (unit == TimeUnit::kDay) return floor + 1;
  if (unit == TimeUnit::kWeek) return floor + 7;
  return AddMonthsToDays(floor, UnitMonths(unit));
}

int64_t RoundMillis(int64_t millis, bool has_nanos, TimeUnit unit, bool ceil) {
  const int64_t fixed = FixedUnitMillis(unit);
  if (fixed != 0 && fixed < kDayMillis) {
    const int64_t floor = FloorDiv(millis, fixed) * fixed;
    return ceil && (floor != millis || has_nanos) ? floor + fixed : floor;
  }
  const int64_t day = FloorDays(FloorDiv(millis, kDayMillis), unit);
  // From a week on the time of day does not count (Flink: CEIL of the first of a month at noon is that first).
  const bool exact =
      unit == TimeUnit::kDay ? day * kDayMillis == millis && !has_nanos : day == FloorDiv(millis, kDayMillis);
  return (ceil && !exact ? NextDays(day, unit) : day) * kDayMillis;
}

}  // namespace

std::optional<TimeUnit> ParseTimeUnit(std::string_view name) {
  std::string upper = ToUpper(Trim(name));
  if (upper.starts_with("SQL_TSI_")) upper = upper.substr(8);
  for (const UnitRow& row : kUnits) {
    if (upper == row.name || upper == std::string(row.name) + "S") return row.unit;
  }
  return std::nullopt;
}

int64_t FixedUnitMillis(TimeUnit unit) { return kUnits[static_cast<size_t>(unit)].millis; }
int64_t UnitMonths(TimeUnit unit) { return kUnits[static_cast<size_t>(unit)].months; }

Result<CallTyping> InferTemporalRounding(std::string_view name, std::span<const Argument> arguments) {
  const DataType& type = arguments[0].type;
  const auto unit = ParseTimeUnit(LiteralText(arguments[1]));
  const bool moment = type.kind == TypeKind::kDate || type.kind == TypeKind::kTime || type.IsTimestamp();
  if (!moment && !IsNullType(type)) return CannotApply(name, arguments);
  if (!unit || !CanRoundTo(*unit)) {
    return ValidationError(fmt::format("{}: a time cannot be rounded to '{}'.", name, LiteralText(arguments[1])))
        .WithHint("Units are YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND.");
  }
  const DataType value = IsNullType(type) ? DataType::TimestampOf(3) : type;
  return CallTyping{{value, arguments[1].type}, value};
}

Result<ColumnPtr> RoundMoments(const KernelContext& context, std::span<const ColumnPtr> arguments,
                               const DataType& result, size_t count, bool ceil) {
  const Column& column = *arguments[0];
  if (count == 0) return NullColumn(result, 0);
  const auto unit = ParseTimeUnit(arguments[1]->values<StringRef>()[0].view());
  if (!unit || !CanRoundTo(*unit)) return InternalError("FLOOR, CEIL: unknown unit");
  const MomentReader read(column);
  const TimeZone* zone = column.type().kind == TypeKind::kTimestampLtz ? context.zone : nullptr;
  const bool time = column.type().kind == TypeKind::kTime;
  const auto rounded = [&](size_t row) {
    const Timestamp value = read(row);
    const int64_t local = zone == nullptr ? value.millis : zone->ToLocalMillis(value.millis);
    const int64_t out = RoundMillis(local, value.nanos != 0, *unit, ceil);
    if (time) return FloorMod(out, kDayMillis);
    return zone == nullptr ? out : zone->ToInstantMillis(out);
  };
  ValidityPtr validity = column.parts().validity;
  switch (result.physical()) {
    case Physical::kInt32:
      return MapRows<int32_t>(result, count, std::move(validity), [&](size_t row) {
        const int64_t millis = rounded(row);
        return static_cast<int32_t>(time ? millis : FloorDiv(millis, kDayMillis));
      });
    case Physical::kTimestamp:
      return MapRows<Timestamp>(result, count, std::move(validity),
                                [&](size_t row) { return Timestamp{rounded(row), 0}; });
    default: return MapRows<int64_t>(result, count, std::move(validity), rounded);
  }
}

}  // namespace millrace::functions
