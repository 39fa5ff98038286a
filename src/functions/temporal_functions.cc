#include <fmt/format.h>

#include "functions/civil.h"
#include "functions/function_tables.h"
#include "functions/kernel.h"
#include "functions/temporal_rounding.h"
#include "functions/temporal_values.h"
#include "functions/typing.h"

namespace millrace::functions {
namespace {

bool IsMoment(const DataType& type) {
  return type.kind == TypeKind::kDate || type.kind == TypeKind::kTime || type.IsTimestamp();
}

Error UnknownUnit(std::string_view name, const Argument& argument) {
  return ValidationError(fmt::format("{}: '{}' is no time unit that can be used here.", name, LiteralText(argument)))
      .WithHint("Units are YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND.");
}

// EXTRACT ---------------------------------------------------------------------------------------------------------

int64_t IsoWeekYear(int64_t days) { return CivilFromDays(days - FloorMod(days + 3, 7) + 3).year; }

// Week 1 is the one with the year's first Thursday; weeks start on Monday.
int64_t IsoWeek(int64_t days) {
  const int64_t thursday = days - FloorMod(days + 3, 7) + 3;
  return (thursday - DaysFromCivil(CivilFromDays(thursday).year, 1, 1)) / 7 + 1;
}

int64_t ExtractFromDay(int64_t days, TimeUnit unit) {
  const CivilDate date = CivilFromDays(days);
  switch (unit) {
    case TimeUnit::kYear: return date.year;
    case TimeUnit::kIsoYear: return IsoWeekYear(days);
    case TimeUnit::kQuarter: return (date.month + 2) / 3;
    case TimeUnit::kMonth: return date.month;
    case TimeUnit::kWeek: return IsoWeek(days);
    case TimeUnit::kDay: return date.day;
    case TimeUnit::kDow: return FloorMod(days + 4, 7) + 1;
    case TimeUnit::kIsoDow: return FloorMod(days + 3, 7) + 1;
    case TimeUnit::kDoy: return days - DaysFromCivil(date.year, 1, 1) + 1;
    case TimeUnit::kDecade: return date.year / 10;
    case TimeUnit::kCentury: return date.year > 0 ? (date.year + 99) / 100 : (date.year - 99) / 100;
    case TimeUnit::kMillennium: return date.year > 0 ? (date.year + 999) / 1000 : (date.year - 999) / 1000;
    default: return 0;
  }
}

int64_t ExtractField(const Timestamp& local, TimeUnit unit) {
  const int64_t of_day = FloorMod(local.millis, kDayMillis);
  switch (unit) {
    case TimeUnit::kHour: return of_day / 3'600'000;
    case TimeUnit::kMinute: return of_day / 60'000 % 60;
    case TimeUnit::kSecond: return of_day / 1000 % 60;
    case TimeUnit::kMillisecond: return of_day % 1000;
    case TimeUnit::kMicrosecond: return of_day % 1000 * 1000 + local.nanos / 1000;
    case TimeUnit::kNanosecond: return of_day % 1000 * 1'000'000 + local.nanos;
    case TimeUnit::kEpoch: return FloorDiv(local.millis, 1000);
    default: return ExtractFromDay(FloorDiv(local.millis, kDayMillis), unit);
  }
}

int64_t ExtractFromInterval(int64_t value, bool months, TimeUnit unit) {
  if (months) {
    switch (unit) {
      case TimeUnit::kYear: return value / 12;
      case TimeUnit::kQuarter: return (value % 12 + 2) / 3;
      default: return value % 12;
    }
  }
  switch (unit) {
    case TimeUnit::kDay: return value / kDayMillis;
    case TimeUnit::kHour: return value % kDayMillis / 3'600'000;
    case TimeUnit::kMinute: return value % 3'600'000 / 60'000;
    case TimeUnit::kSecond: return value % 60'000 / 1000;
    case TimeUnit::kMillisecond: return value % 1000;
    case TimeUnit::kEpoch: return value / 1000;
    default: return 0;
  }
}

bool HasField(const DataType& type, TimeUnit unit) {
  const bool time_of_day = unit >= TimeUnit::kHour;
  if (type.kind == TypeKind::kTime) return time_of_day && unit != TimeUnit::kEpoch;
  if (type.kind == TypeKind::kIntervalYearMonth) {
    return unit == TimeUnit::kYear || unit == TimeUnit::kQuarter || unit == TimeUnit::kMonth;
  }
  if (type.kind == TypeKind::kIntervalDaySecond) {
    return unit == TimeUnit::kDay || (time_of_day && unit != TimeUnit::kMicrosecond && unit != TimeUnit::kNanosecond);
  }
  return true;
}

Result<CallTyping> InferExtract(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 2) return WrongCount(name, 2);
  const auto unit = ParseTimeUnit(LiteralText(arguments[0]));
  if (!unit) return UnknownUnit(name, arguments[0]);
  const DataType& type = arguments[1].type;
  if (!IsMoment(type) && !IsInterval(type) && !IsNullType(type)) return CannotApply(name, arguments);
  if (!HasField(type, *unit)) return CannotApply(name, arguments);
  const DataType value = IsNullType(type) ? DataType::TimestampOf(3) : type;
  return CallTyping{{arguments[0].type, value}, DataType::Of(TypeKind::kBigInt).WithNullable(value.nullable)};
}

ColumnPtr ExtractRows(const KernelContext& context, const Column& column, TimeUnit unit, const DataType& result,
                      size_t count) {
  ValidityPtr validity = column.parts().validity;
  if (column.type().kind == TypeKind::kIntervalYearMonth) {
    const int32_t* values = column.values<int32_t>();
    return MapRows<int64_t>(result, count, std::move(validity),
                            [=](size_t row) { return ExtractFromInterval(values[row], true, unit); });
  }
  if (column.type().kind == TypeKind::kIntervalDaySecond) {
    const int64_t* values = column.values<int64_t>();
    return MapRows<int64_t>(result, count, std::move(validity),
                            [=](size_t row) { return ExtractFromInterval(values[row], false, unit); });
  }
  const MomentReader read(column);
  const bool instant = column.type().kind == TypeKind::kTimestampLtz;
  const TimeZone* zone = instant ? context.zone : nullptr;
  return MapRows<int64_t>(result, count, std::move(validity), [&](size_t row) {
    Timestamp value = read(row);
    // Flink's EPOCH too is one of the wall clock.
    if (zone != nullptr) value.millis = zone->ToLocalMillis(value.millis);
    return ExtractField(value, unit);
  });
}

Result<ColumnPtr> Extract(const KernelContext& context, std::span<const ColumnPtr> arguments, const DataType& result,
                          size_t count) {
  if (count == 0) return NullColumn(result, 0);
  const auto unit = ParseTimeUnit(arguments[0]->values<StringRef>()[0].view());
  if (!unit) return InternalError("EXTRACT: unknown unit");
  return ExtractRows(context, *arguments[1], *unit, result, count);
}

// YEAR(ts) = EXTRACT(YEAR FROM ts)
template <TimeUnit Unit>
Result<CallTyping> InferPart(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 1) return WrongCount(name, 1);
  const DataType& type = arguments[0].type;
  if (!IsNullType(type) && (!IsMoment(type) || !HasField(type, Unit))) return CannotApply(name, arguments);
  const DataType value = IsNullType(type) ? DataType::TimestampOf(3) : type;
  return CallTyping{{value}, DataType::Of(TypeKind::kBigInt).WithNullable(value.nullable)};
}

template <TimeUnit Unit>
Result<ColumnPtr> Part(const KernelContext& context, std::span<const ColumnPtr> arguments, const DataType& result,
                       size_t count) {
  return ExtractRows(context, *arguments[0], Unit, result, count);
}

// TIMESTAMPADD, TIMESTAMPDIFF -------------------------------------------------------------------------------------

bool CanAdd(TimeUnit unit) { return FixedUnitMillis(unit) != 0 || UnitMonths(unit) != 0; }

Result<CallTyping> InferTimestampAdd(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 3) return WrongCount(name, 3);
  const auto unit = ParseTimeUnit(LiteralText(arguments[0]));
  if (!unit || !CanAdd(*unit)) return UnknownUnit(name, arguments[0]);
  const DataType& number = arguments[1].type;
  const DataType& type = arguments[2].type;
  if (!number.IsInteger() && !IsNullType(number)) return CannotApply(name, arguments);
  if (!IsMoment(type) && !IsNullType(type)) return CannotApply(name, arguments);
  DataType result = IsNullType(type) ? DataType::TimestampOf(3) : type;
  const bool below_a_day = FixedUnitMillis(*unit) % kDayMillis != 0;
  if (type.kind == TypeKind::kDate && below_a_day) result = DataType::TimestampOf(3);
  const DataType value = IsNullType(type) ? DataType::TimestampOf(3) : type;
  return CallTyping{{arguments[0].type, DataType::Of(TypeKind::kBigInt), value},
                    result.WithNullable(number.nullable || type.nullable)};
}

Result<ColumnPtr> TimestampAdd(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                               size_t count) {
  if (count == 0) return NullColumn(result, 0);
  const auto unit = ParseTimeUnit(arguments[0]->values<StringRef>()[0].view());
  if (!unit || !CanAdd(*unit)) return InternalError("TIMESTAMPADD: unknown unit");
  const int64_t* numbers = arguments[1]->values<int64_t>();
  const MomentReader read(*arguments[2]);
  const int64_t months = UnitMonths(*unit);
  const int64_t millis = FixedUnitMillis(*unit);
  const auto added = [&](size_t row) -> std::optional<Timestamp> {
    Timestamp value = read(row);
    // Years beyond what a date can show are no result.
    constexpr int64_t kLargest = 100'000LL * 366 * kDayMillis;
    if (numbers[row] > kLargest / std::max(millis, int64_t{1}) ||
        numbers[row] < -kLargest / std::max(millis, int64_t{1})) {
      return std::nullopt;
    }
    if (months != 0 && (numbers[row] > 1'200'000 || numbers[row] < -1'200'000)) return std::nullopt;
    value.millis =
        months != 0 ? AddMonthsToMillis(value.millis, numbers[row] * months) : value.millis + numbers[row] * millis;
    return value;
  };
  ValidityPtr validity = CombineValidity(arguments, count);
  if (result.physical() == Physical::kTimestamp) return MapRowsOrNull<Timestamp>(result, count, validity, added);
  if (result.physical() == Physical::kInt32) {
    const bool time = result.kind == TypeKind::kTime;
    return MapRowsOrNull<int32_t>(result, count, validity, [&](size_t row) -> std::optional<int32_t> {
      const auto value = added(row);
      if (!value) return std::nullopt;
      return static_cast<int32_t>(time ? FloorMod(value->millis, kDayMillis) : FloorDiv(value->millis, kDayMillis));
    });
  }
  return MapRowsOrNull<int64_t>(result, count, validity, [&](size_t row) -> std::optional<int64_t> {
    const auto value = added(row);
    return value ? std::optional<int64_t>(value->millis) : std::nullopt;
  });
}

Result<CallTyping> InferTimestampDiff(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 3) return WrongCount(name, 3);
  const auto unit = ParseTimeUnit(LiteralText(arguments[0]));
  if (!unit || !CanAdd(*unit)) return UnknownUnit(name, arguments[0]);
  bool instant = false;
  for (const Argument& argument : arguments.subspan(1)) {
    if (!IsMoment(argument.type) && !IsNullType(argument.type)) return CannotApply(name, arguments);
    instant = instant || argument.type.kind == TypeKind::kTimestampLtz;
  }
  const DataType both = instant ? DataType::TimestampLtzOf(3) : DataType::TimestampOf(3);
  return CallTyping{{arguments[0].type, both, both},
                    DataType::Of(TypeKind::kInt).WithNullable(AnyNullable(arguments.subspan(1)))};
}

Result<ColumnPtr> TimestampDiff(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                                size_t count) {
  if (count == 0) return NullColumn(result, 0);
  const auto unit = ParseTimeUnit(arguments[0]->values<StringRef>()[0].view());
  if (!unit || !CanAdd(*unit)) return InternalError("TIMESTAMPDIFF: unknown unit");
  const int64_t* from = arguments[1]->values<int64_t>();
  const int64_t* to = arguments[2]->values<int64_t>();
  const int64_t months = UnitMonths(*unit);
  const int64_t millis = FixedUnitMillis(*unit);
  return MapRows<int32_t>(result, count, CombineValidity(arguments, count), [=](size_t row) {
    return static_cast<int32_t>(months != 0 ? MonthsBetween(from[row], to[row]) / months
                                            : (to[row] - from[row]) / millis);
  });
}

// The clock -------------------------------------------------------------------------------------------------------

// In streaming the time of each evaluation; a batch of rows is one.
int64_t LocalNow(const KernelContext& context) {
  const int64_t now = context.clock->WallMillis();
  return context.zone == nullptr ? now : context.zone->ToLocalMillis(now);
}

Result<ColumnPtr> Now(const KernelContext& context, std::span<const ColumnPtr>, const DataType& result, size_t count) {
  const int64_t now = context.clock->WallMillis();
  return MapRows<int64_t>(result, count, nullptr, [=](size_t) { return now; });
}

Result<ColumnPtr> LocalTimestamp(const KernelContext& context, std::span<const ColumnPtr>, const DataType& result,
                                 size_t count) {
  const int64_t now = LocalNow(context);
  return MapRows<int64_t>(result, count, nullptr, [=](size_t) { return now; });
}

Result<ColumnPtr> CurrentDate(const KernelContext& context, std::span<const ColumnPtr>, const DataType& result,
                              size_t count) {
  const auto today = static_cast<int32_t>(FloorDiv(LocalNow(context), kDayMillis));
  return MapRows<int32_t>(result, count, nullptr, [=](size_t) { return today; });
}

Result<ColumnPtr> CurrentTime(const KernelContext& context, std::span<const ColumnPtr>, const DataType& result,
                              size_t count) {
  const auto time = static_cast<int32_t>(FloorMod(LocalNow(context), kDayMillis) / 1000 * 1000);
  return MapRows<int32_t>(result, count, nullptr, [=](size_t) { return time; });
}

Result<CallTyping> InferWatermark(std::string_view name, std::span<const Argument> arguments) {
  MR_ASSIGN(CallTyping typing, TypeBySpec("timestamp -> 0?", name, arguments));
  return typing;
}

Result<ColumnPtr> CurrentWatermark(const KernelContext& context, std::span<const ColumnPtr>, const DataType& result,
                                   size_t count) {
  if (context.watermark == INT64_MIN) return NullColumn(result, count);
  const int64_t watermark = context.watermark;
  return MapRows<int64_t>(result, count, nullptr, [=](size_t) { return watermark; });
}

#define MR_PART(NAME, UNIT, DOC, EXAMPLE) \
  {.name = NAME,                          \
   .signature = NAME "(time)",            \
   .doc = DOC,                            \
   .example = EXAMPLE,                    \
   .infer = &InferPart<UNIT>,             \
   .kernel = &Part<UNIT>}
#define MR_CLOCK(NAME, SIGNATURE, SPEC, KERNEL, DOC) \
  {.name = NAME,                                     \
   .signature = SIGNATURE,                           \
   .doc = DOC,                                       \
   .example = "",                                    \
   .infer = &Typed<SPEC>,                            \
   .kernel = &KERNEL,                                \
   .deterministic = false}

constexpr ScalarFunction kFunctions[] = {
    {.name = "EXTRACT",
     .signature = "EXTRACT(unit FROM time)",
     .doc =
         "A part of a date, time, timestamp or interval as BIGINT. WEEK is the ISO week, DOW starts with 1 = Sunday.",
     .example = "EXTRACT(DAY FROM DATE '2006-06-05') -> 5",
     .infer = &InferExtract,
     .kernel = &Extract},
    MR_PART("YEAR", TimeUnit::kYear, "The year.", "YEAR(DATE '1994-09-27') -> 1994"),
    MR_PART("QUARTER", TimeUnit::kQuarter, "The quarter, 1 to 4.", "QUARTER(DATE '1994-09-27') -> 3"),
    MR_PART("MONTH", TimeUnit::kMonth, "The month, 1 to 12.", "MONTH(DATE '1994-09-27') -> 9"),
    MR_PART("WEEK", TimeUnit::kWeek, "The ISO week, 1 to 53.", "WEEK(DATE '1994-09-27') -> 39"),
    MR_PART("DAYOFYEAR", TimeUnit::kDoy, "The day of the year, 1 to 366.", "DAYOFYEAR(DATE '1994-09-27') -> 270"),
    MR_PART("DAYOFMONTH", TimeUnit::kDay, "The day of the month, 1 to 31.", "DAYOFMONTH(DATE '1994-09-27') -> 27"),
    MR_PART("DAYOFWEEK", TimeUnit::kDow, "The day of the week, 1 = Sunday.", "DAYOFWEEK(DATE '1994-09-27') -> 3"),
    MR_PART("HOUR", TimeUnit::kHour, "The hour, 0 to 23.", "HOUR(TIMESTAMP '1994-09-27 13:14:15') -> 13"),
    MR_PART("MINUTE", TimeUnit::kMinute, "The minute, 0 to 59.", "MINUTE(TIMESTAMP '1994-09-27 13:14:15') -> 14"),
    MR_PART("SECOND", TimeUnit::kSecond, "The second, 0 to 59.", "SECOND(TIMESTAMP '1994-09-27 13:14:15') -> 15"),
    {.name = "TIMESTAMPADD",
     .signature = "TIMESTAMPADD(unit, count, time)",
     .doc = "The time that many units later. Months keep the day of the month or take the last one.",
     .example = "TIMESTAMPADD(WEEK, 1, DATE '2003-01-02') -> 2003-01-09",
     .infer = &InferTimestampAdd,
     .kernel = &TimestampAdd},
    {.name = "TIMESTAMPDIFF",
     .signature = "TIMESTAMPDIFF(unit, from, to)",
     .doc = "Whole units from one time to another, truncated toward zero.",
     .example = "TIMESTAMPDIFF(DAY, TIMESTAMP '2003-01-02 10:00:00', TIMESTAMP '2003-01-03 10:00:00') -> 1",
     .infer = &InferTimestampDiff,
     .kernel = &TimestampDiff},
    MR_CLOCK("CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP", "-> ltz!", Now, "The current instant."),
    MR_CLOCK("NOW", "NOW()", "-> ltz!", Now, "The current instant."),
    MR_CLOCK("CURRENT_ROW_TIMESTAMP", "CURRENT_ROW_TIMESTAMP()", "-> ltz!", Now, "The current instant, read per row."),
    MR_CLOCK("PROCTIME", "PROCTIME()", "-> ltz!", Now, "The current instant as a processing-time attribute."),
    MR_CLOCK("LOCALTIMESTAMP", "LOCALTIMESTAMP", "-> timestamp!", LocalTimestamp,
             "The current time on the wall clock of the session's zone."),
    MR_CLOCK("CURRENT_DATE", "CURRENT_DATE", "-> date!", CurrentDate, "Today in the session's zone."),
    MR_CLOCK("CURRENT_TIME", "CURRENT_TIME", "-> time!", CurrentTime, "The time of day in the session's zone."),
    MR_CLOCK("LOCALTIME", "LOCALTIME", "-> time!", CurrentTime, "The time of day in the session's zone."),
    {.name = "CURRENT_WATERMARK",
     .signature = "CURRENT_WATERMARK(rowtime)",
     .doc = "The operator's current watermark; NULL before the first one.",
     .example = "",
     .infer = &InferWatermark,
     .kernel = &CurrentWatermark,
     .deterministic = false},
};

#undef MR_PART
#undef MR_CLOCK

}  // namespace

std::span<const ScalarFunction> TemporalFunctions() { return kFunctions; }

}  // namespace millrace::functions
