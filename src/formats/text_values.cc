#include "formats/text_values.h"

#include <charconv>
#include <chrono>
#include <limits>

#include "base/strings.h"
#include "data/value.h"

namespace millrace::formats {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kMillisPerDay = 86'400'000;

// Exactly `count` digits at `at`; -1 if they are not there.
int32_t Digits(std::string_view text, size_t at, size_t count) {
  if (at + count > text.size()) return -1;
  int32_t value = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (!IsDigit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

template <typename T>
std::optional<T> ParseFloating(std::string_view text) {
  bool negative = false;
  std::string_view rest = text;
  if (!rest.empty() && (rest[0] == '+' || rest[0] == '-')) {
    negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  if (rest == "NaN") return std::numeric_limits<T>::quiet_NaN();
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  if (rest == "Infinity") return negative ? -kInfinity : kInfinity;
  if (rest.empty() || !(IsDigit(rest[0]) || rest[0] == '.')) return std::nullopt;
  if (const char last = rest.back(); last == 'd' || last == 'D' || last == 'f' || last == 'F') rest.remove_suffix(1);
  T value{};
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (end != rest.data() + rest.size() || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // Java rounds to zero or infinity; which of them, the exponent tells.
    const size_t exponent = rest.find_first_of("eE");
    const bool tiny = exponent != std::string_view::npos ? rest.substr(exponent + 1).starts_with('-')
                                                         : rest.starts_with('.') || rest.starts_with('0');
    value = tiny ? T{0} : kInfinity;
  }
  return negative ? -value : value;
}

void AppendTwo(std::string& out, int32_t value) {
  out.push_back(static_cast<char>('0' + value / 10));
  out.push_back(static_cast<char>('0' + value % 10));
}

}  // namespace

template <typename T>
std::optional<T> ParseJavaInteger(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}
template std::optional<int8_t> ParseJavaInteger<int8_t>(std::string_view);
template std::optional<int16_t> ParseJavaInteger<int16_t>(std::string_view);
template std::optional<int32_t> ParseJavaInteger<int32_t>(std::string_view);
template std::optional<int64_t> ParseJavaInteger<int64_t>(std::string_view);

std::optional<double> ParseJavaDouble(std::string_view text) { return ParseFloating<double>(text); }
std::optional<float> ParseJavaFloat(std::string_view text) { return ParseFloating<float>(text); }

bool IsJavaBigDecimal(std::string_view text) {
  size_t at = 0;
  const auto digits = [&] {
    const size_t begin = at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    return at - begin;
  };
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
  size_t count = digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    count += digits();
  }
  if (count == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const size_t exponent = digits();
    if (exponent == 0 || exponent > 10) return false;
  }
  return at == text.size();
}

std::optional<int32_t> ParseIsoDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const int32_t year = Digits(text, 0, 4);
  const int32_t month = Digits(text, 5, 2);
  const int32_t day = Digits(text, 8, 2);
  if (year < 0 || month < 0 || day < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return static_cast<int32_t>(std::chrono::sys_days(date).time_since_epoch().count());
}

std::optional<int64_t> ParseIsoTime(std::string_view text, bool seconds_optional) {
  if (text.size() < 5 || text[2] != ':') return std::nullopt;
  const int32_t hour = Digits(text, 0, 2);
  const int32_t minute = Digits(text, 3, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  int64_t nanos = (hour * int64_t{3600} + minute * int64_t{60}) * kNanosPerSecond;
  if (text.size() == 5) return seconds_optional ? std::optional(nanos) : std::nullopt;
  const int32_t second = Digits(text, 6, 2);
  if (text[5] != ':' || second < 0 || second > 59) return std::nullopt;
  nanos += second * kNanosPerSecond;
  if (text.size() == 8) return nanos;
  const size_t digits = text.size() - 9;
  if (text[8] != '.' || digits < 1 || digits > 9) return std::nullopt;
  const int32_t fraction = Digits(text, 9, digits);
  if (fraction < 0) return std::nullopt;
  int64_t scaled = fraction;
  for (size_t i = digits; i < 9; ++i) scaled *= 10;
  return nanos + scaled;
}

std::optional<Timestamp> ParseTimestampText(std::string_view text, TimestampStandard standard, bool with_zone) {
  if (with_zone) {
    if (!text.ends_with('Z')) return std::nullopt;
    text.remove_suffix(1);
  }
  const bool iso = standard == TimestampStandard::kIso8601;
  if (text.size() < 16 || text[10] != (iso ? 'T' : ' ')) return std::nullopt;
  const auto days = ParseIsoDate(text.substr(0, 10));
  const auto nanos = ParseIsoTime(text.substr(11), iso && !with_zone);
  if (!days || !nanos) return std::nullopt;
  return Timestamp{*days * kMillisPerDay + *nanos / 1'000'000, static_cast<int32_t>(*nanos % 1'000'000)};
}

void AppendIsoDate(std::string& out, int32_t days) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  const int year = static_cast<int>(date.year());
  if (year < 0 || year > 9999) {
    out += FormatDate(days);
    return;
  }
  AppendTwo(out, year / 100);
  AppendTwo(out, year % 100);
  out.push_back('-');
  AppendTwo(out, static_cast<int32_t>(static_cast<unsigned>(date.month())));
  out.push_back('-');
  AppendTwo(out, static_cast<int32_t>(static_cast<unsigned>(date.day())));
}

void AppendIsoTime(std::string& out, int32_t millis_of_day) {
  const int32_t seconds = millis_of_day / 1000;
  AppendTwo(out, seconds / 3600);
  out.push_back(':');
  AppendTwo(out, seconds / 60 % 60);
  out.push_back(':');
  AppendTwo(out, seconds % 60);
}

void AppendTimestampText(std::string& out, const Timestamp& value, TimestampStandard standard, bool with_zone) {
  int64_t days = value.millis / kMillisPerDay;
  int64_t millis = value.millis % kMillisPerDay;
  if (millis < 0) {
    millis += kMillisPerDay;
    --days;
  }
  AppendIsoDate(out, static_cast<int32_t>(days));
  out.push_back(standard == TimestampStandard::kIso8601 ? 'T' : ' ');
  AppendIsoTime(out, static_cast<int32_t>(millis));
  int64_t fraction = millis % 1000 * 1'000'000 + value.nanos;
  if (fraction != 0) {
    char digits[9];
    for (int i = 8; i >= 0; --i, fraction /= 10) digits[i] = static_cast<char>('0' + fraction % 10);
    size_t count = 9;
    while (digits[count - 1] == '0') --count;
    out.push_back('.');
    out.append(digits, count);
  }
  if (with_zone) out.push_back('Z');
}

void AppendStrippedDecimal(std::string& out, Int128 unscaled, int32_t scale, bool plain) {
  if (unscaled == 0) {
    out.push_back('0');
    return;
  }
  while (unscaled % 10 == 0) {
    unscaled /= 10;
    --scale;
  }
  if (unscaled < 0) out.push_back('-');
  auto magnitude = unscaled < 0 ? -static_cast<unsigned __int128>(unscaled) : static_cast<unsigned __int128>(unscaled);
  char reversed[40];
  int32_t count = 0;
  for (; magnitude != 0; magnitude /= 10) reversed[count++] = static_cast<char>('0' + static_cast<int>(magnitude % 10));
  const auto digit = [&](int32_t i) { return reversed[count - 1 - i]; };
  const int32_t exponent = count - 1 - scale;  // of the first digit
  if (plain || (scale >= 0 && exponent >= -6)) {
    for (int32_t i = 0; i < count || i <= exponent; ++i) {
      if (i == 0 && exponent < 0) {
        out += "0.";
        out.append(static_cast<size_t>(-exponent - 1), '0');
      } else if (i == exponent + 1) {
        out.push_back('.');
      }
      out.push_back(i < count ? digit(i) : '0');
    }
    return;
  }
  out.push_back(digit(0));
  if (count > 1) out.push_back('.');
  for (int32_t i = 1; i < count; ++i) out.push_back(digit(i));
  out.push_back('E');
  if (exponent > 0) out.push_back('+');
  out += std::to_string(exponent);
}

Timestamp TruncateToPrecision(const Timestamp& value, int32_t precision) {
  static constexpr int32_t kUnits[] = {1'000'000, 100'000, 10'000, 1'000, 100, 10, 1};  // nanos, from p = 3 on
  if (precision >= 3) return {value.millis, value.nanos - value.nanos % kUnits[precision - 3]};
  const int64_t unit = precision == 2 ? 10 : precision == 1 ? 100 : 1000;
  int64_t rest = value.millis % unit;
  if (rest < 0) rest += unit;
  return {value.millis - rest, 0};
}

}  // namespace millrace::formats
