#pragma once

#include <algorithm>
#include <cstdint>

namespace millrace::functions {

// Days, months and years of the proleptic Gregorian calendar, for dates of any sign (Howard Hinnant's public
// algorithms, which unlike std::chrono::year know no bound at 32767).

inline constexpr int64_t kDayMillis = 86'400'000;

constexpr int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0) ? 1 : 0); }
constexpr int64_t FloorMod(int64_t a, int64_t b) { return a - FloorDiv(a, b) * b; }

struct CivilDate {
  int64_t year = 1970;
  int32_t month = 1;  // 1..12
  int32_t day = 1;    // 1..31
};

constexpr int64_t DaysFromCivil(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = FloorDiv(year, 400);
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

constexpr CivilDate CivilFromDays(int64_t days) {
  days += 719'468;
  const int64_t era = FloorDiv(days, 146'097);
  const int64_t day_of_era = days - era * 146'097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted = (5 * day_of_year + 2) / 153;  // months since March
  const auto month = static_cast<int32_t>(shifted < 10 ? shifted + 3 : shifted - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
          static_cast<int32_t>(day_of_year - (153 * shifted + 2) / 5 + 1)};
}

constexpr bool IsLeapYear(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

constexpr int32_t DaysInMonth(int64_t year, int32_t month) {
  if (month == 2) return IsLeapYear(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// The same day of the month, or the month's last one.
constexpr int64_t AddMonthsToDays(int64_t days, int64_t months) {
  const CivilDate date = CivilFromDays(days);
  const int64_t total = date.year * 12 + (date.month - 1) + months;
  const int64_t year = FloorDiv(total, 12);
  const auto month = static_cast<int32_t>(total - year * 12 + 1);
  return DaysFromCivil(year, month, std::min(date.day, DaysInMonth(year, month)));
}

constexpr int64_t AddMonthsToMillis(int64_t millis, int64_t months) {
  const int64_t day = FloorDiv(millis, kDayMillis);
  return AddMonthsToDays(day, months) * kDayMillis + (millis - day * kDayMillis);
}

// Whole months from day `from` to day `to`, truncated toward zero.
constexpr int64_t MonthsBetweenDays(int64_t from, int64_t to) {
  if (to < from) return -MonthsBetweenDays(to, from);
  const CivilDate a = CivilFromDays(from);
  const CivilDate b = CivilFromDays(to);
  const int64_t months = (b.year - a.year) * 12 + (b.month - a.month);
  return AddMonthsToDays(from, months) > to ? months - 1 : months;
}

// Whole months from `from` to `to` as Calcite counts them: those between the days, one less where the days fit and the
// time of day does not (also of a negative number).
constexpr int64_t MonthsBetween(int64_t from_millis, int64_t to_millis) {
  const int64_t from = FloorDiv(from_millis, kDayMillis);
  const int64_t to = FloorDiv(to_millis, kDayMillis);
  const int64_t months = MonthsBetweenDays(from, to);
  const bool day_fits = AddMonthsToDays(from, months) == to;
  return day_fits && FloorMod(to_millis, kDayMillis) < FloorMod(from_millis, kDayMillis) ? months - 1 : months;
}

}  // namespace millrace::functions
