// Civil time without zones: formatting and parsing as Flink's CAST does it.
#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/strings.h"
#include "data/value.h"

namespace millrace {
namespace {

constexpr int64_t kDayMillis = 86'400'000;

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

void AppendFraction(std::string& out, int32_t nanos_of_second, int32_t precision) {
  if (precision <= 0) return;
  out += '.';
  out += fmt::format("{:09}", nanos_of_second).substr(0, static_cast<size_t>(precision));
}

// Reads 1 .. max_digits digits and moves `text` past them.
std::optional<int32_t> TakeNumber(std::string_view& text, size_t max_digits) {
  int32_t value = 0;
  size_t n = 0;
  while (n < text.size() && n < max_digits && text[n] >= '0' && text[n] <= '9') value = value * 10 + (text[n++] - '0');
  if (n == 0) return std::nullopt;
  text.remove_prefix(n);
  return value;
}

bool TakeChar(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<int32_t> DaysOf(int32_t year, int32_t month, int32_t day, bool clamp) {
  using namespace std::chrono;
  if (year > 32'000) return std::nullopt;
  const year_month of{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month))};
  if (!of.ok() || day < 1 || day > 31) return std::nullopt;
  const auto last = static_cast<int32_t>(static_cast<unsigned>((of / std::chrono::last).day()));
  if (day > last && !clamp) return std::nullopt;
  const sys_days days = of / std::chrono::day(static_cast<unsigned>(std::min(day, last)));
  return static_cast<int32_t>(days.time_since_epoch().count());
}

// yyyy-MM-dd. `clamp`: a day up to 31 that the month does not have is its last one (Java's SMART resolver).
std::optional<int32_t> TakeDate(std::string_view& text, bool clamp) {
  const size_t before = text.size();
  const auto year = TakeNumber(text, 4);
  if (before - text.size() != 4) return std::nullopt;  // a year has four digits
  if (!year || *year == 0 || !TakeChar(text, '-')) return std::nullopt;
  const auto month = TakeNumber(text, 2);
  if (!month || !TakeChar(text, '-')) return std::nullopt;
  const auto day = TakeNumber(text, 2);
  if (!day) return std::nullopt;
  return DaysOf(*year, *month, *day, clamp);
}

// HH:mm:ss[.fraction]: nanos of the day.
std::optional<int64_t> TakeTime(std::string_view& text) {
  const auto hour = TakeNumber(text, 2);
  if (!hour || !TakeChar(text, ':')) return std::nullopt;
  const auto minute = TakeNumber(text, 2);
  if (!minute || !TakeChar(text, ':')) return std::nullopt;
  const auto second = TakeNumber(text, 2);
  const bool end_of_day = hour == 24 && minute == 0 && second == 0;
  if (!second || (*hour > 23 && !end_of_day) || *minute > 59 || *second > 59) return std::nullopt;
  int64_t nanos = ((*hour * 60LL + *minute) * 60 + *second) * 1'000'000'000;
  if (TakeChar(text, '.')) {
    const int64_t whole = nanos;
    for (int64_t unit = 100'000'000; !text.empty() && text[0] >= '0' && text[0] <= '9' && unit > 0; unit /= 10) {
      nanos += (text[0] - '0') * unit;
      text.remove_prefix(1);
    }
    if (end_of_day && nanos != whole) return std::nullopt;
  }
  return nanos;
}

}  // namespace

std::string FormatDate(int32_t days) {
  using namespace std::chrono;
  const year_month_day date{sys_days(std::chrono::days(days))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string FormatTime(int32_t millis, int32_t precision) {
  std::string out = fmt::format("{:02}:{:02}:{:02}", millis / 3'600'000, millis / 60'000 % 60, millis / 1000 % 60);
  AppendFraction(out, millis % 1000 * 1'000'000, precision);
  return out;
}

std::string FormatTimestamp(int64_t millis, int32_t nanos, int32_t precision) {
  const int64_t day = FloorDiv(millis, kDayMillis);
  const auto of_day = static_cast<int32_t>(millis - day * kDayMillis);
  std::string out = FormatDate(static_cast<int32_t>(day)) + " " + FormatTime(of_day, 0);
  AppendFraction(out, of_day % 1000 * 1'000'000 + nanos, precision);
  return out;
}

std::optional<Timestamp> ParseTimestamp(std::string_view text) {
  const auto days = TakeDate(text, /*clamp=*/true);
  if (!days) return std::nullopt;
  int64_t nanos = 0;
  if (!text.empty()) {
    if (!TakeChar(text, ' ')) return std::nullopt;
    const auto time = TakeTime(text);
    if (!time || !text.empty()) return std::nullopt;
    nanos = *time;
  }
  return Timestamp{*days * kDayMillis + nanos / 1'000'000, static_cast<int32_t>(nanos % 1'000'000)};
}

std::optional<int32_t> ParseDate(std::string_view text) {
  text = Trim(text);
  text = text.substr(0, text.find(' '));  // anything after a blank is ignored
  const auto year = TakeNumber(text, 4);
  int32_t month = 1;
  int32_t day = 1;
  for (int32_t* part : {&month, &day}) {
    if (text.empty()) break;
    if (!TakeChar(text, '-')) return std::nullopt;
    const auto number = TakeNumber(text, 2);
    if (!number) return std::nullopt;
    *part = *number;
  }
  if (!year || !text.empty()) return std::nullopt;
  return DaysOf(*year, month, day, /*clamp=*/false);
}

std::optional<int32_t> ParseTime(std::string_view text) {
  text = Trim(text);
  // Minutes and seconds may be left out.
  const auto colons = std::count(text.begin(), text.end(), ':');
  const std::string whole = std::string(text) + (colons == 0 ? ":00:00" : colons == 1 ? ":00" : "");
  std::string_view rest = whole;
  const auto nanos = TakeTime(rest);
  if (!nanos || !rest.empty()) return std::nullopt;
  return static_cast<int32_t>(*nanos / 1'000'000);
}

}  // namespace millrace
