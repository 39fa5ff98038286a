// DateTimePattern::Parse.
#include <algorithm>
#include <span>

#include "base/strings.h"
#include "functions/civil.h"
#include "functions/datetime_pattern.h"

namespace millrace::functions {

struct DateTimePattern::Fields {
  std::optional<int64_t> year;
  std::optional<int64_t> month;
  std::optional<int64_t> day;
  std::optional<int64_t> day_of_year;
  std::optional<int64_t> hour;     // 0..23
  std::optional<int64_t> hour_12;  // 0..11
  std::optional<bool> afternoon;
  std::optional<int64_t> minute;
  std::optional<int64_t> second;
  std::optional<int64_t> nanos;  // of the second
  std::optional<int64_t> offset_millis;
  std::optional<int64_t> weekday;  // 0 = Monday, by its name
};

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

size_t DigitsAt(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && IsDigit(text[end])) ++end;
  return end - at;
}

// The index of the name (or its first three letters) at text[at]; moves past the longer of both.
std::optional<size_t> TakeName(std::string_view text, size_t& at, std::span<const std::string_view> names,
                               bool any_case, bool full) {
  const auto starts = [&](std::string_view name) {
    return any_case ? StartsWithIgnoreCase(text.substr(at), name) : text.substr(at).starts_with(name);
  };
  for (size_t i = 0; i < names.size(); ++i) {
    const bool whole = starts(names[i]);
    if (!whole && (full || !starts(names[i].substr(0, 3)))) continue;
    at += whole && (full || any_case) ? names[i].size() : 3;
    return i;
  }
  return std::nullopt;
}

// "Z", "UTC", "+0800", "+08:00", "+08".
std::optional<int64_t> TakeOffset(std::string_view text, size_t& at) {
  for (const std::string_view utc : {"UTC", "GMT", "Z"}) {
    if (!text.substr(at).starts_with(utc)) continue;
    at += utc.size();
    if (at >= text.size() || (text[at] != '+' && text[at] != '-')) return 0;
    break;
  }
  if (at >= text.size() || (text[at] != '+' && text[at] != '-')) return std::nullopt;
  const int64_t sign = text[at] == '-' ? -1 : 1;
  const size_t digits = std::min<size_t>(DigitsAt(text, at + 1), 4);
  if (digits != 2 && digits != 4) return std::nullopt;
  int64_t hours = *ParseInt64(text.substr(at + 1, 2));
  int64_t minutes = digits == 4 ? *ParseInt64(text.substr(at + 3, 2)) : 0;
  at += 1 + digits;
  if (digits == 2 && at < text.size() && text[at] == ':' && DigitsAt(text, at + 1) >= 2) {
    minutes = *ParseInt64(text.substr(at + 1, 2));
    at += 3;
  }
  return sign * (hours * 60 + minutes) * 60'000;
}

}  // namespace

bool DateTimePattern::IsNumeric(const Token& token) const {
  if (token.kind != Token::Kind::kField) return false;
  if (token.letter == 'M' || token.letter == 'L') return token.count <= 2;
  return std::string_view("yuYdDHkKhmsSAnN").find(token.letter) != std::string_view::npos;
}

size_t DateTimePattern::AdjacentWidth(size_t index, size_t end) const {
  size_t width = 0;
  for (size_t i = index + 1; i < end && IsNumeric(tokens_[i]) && tokens_[i].count > 1; ++i) {
    width += static_cast<size_t>(tokens_[i].count);
  }
  return width;
}

// Reads the digits of token `index`. Strict: `count` of them if there are several letters, else as many as there are.
// Lenient: any number, unless another number follows at once.
bool DateTimePattern::ParseNumber(std::string_view text, size_t& at, size_t index, int64_t& value) const {
  const Token& token = tokens_[index];
  const bool simple = dialect_ == Dialect::kSimple;
  if (simple) {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  }
  const bool negative = simple && at < text.size() && text[at] == '-';
  if (negative) ++at;
  size_t digits = DigitsAt(text, at);
  const auto count = static_cast<size_t>(token.count);
  const bool adjacent = index + 1 < tokens_.size() && IsNumeric(tokens_[index + 1]);
  if (simple) {
    if (adjacent) digits = std::min(digits, count);
  } else if (count > 1) {
    if (digits < count) return false;
    digits = count;
  } else {
    const size_t reserved = AdjacentWidth(index, tokens_.size());
    if (digits <= reserved) return false;
    digits -= reserved;
  }
  if (digits == 0 || digits > 18) return false;
  value = *ParseInt64(text.substr(at, digits));
  if (negative) value = -value;
  at += digits;
  if (token.letter == 'y' && count == 2 && digits == 2) {
    // DateTimeFormatter: 2000 - 2099. SimpleDateFormat: the century nearest to today.
    value += !simple || value < 46 ? 2000 : 1900;
  }
  return true;
}

bool DateTimePattern::ParseField(std::string_view text, size_t& at, size_t index, Fields& fields) const {
  const Token& token = tokens_[index];
  const bool simple = dialect_ == Dialect::kSimple;
  if (IsNumeric(token)) {
    int64_t value = 0;
    const size_t start = at;
    if (!ParseNumber(text, at, index, value)) return false;
    switch (token.letter) {
      case 'y':
      case 'Y': fields.year = value; return true;
      case 'u':
        if (!simple) fields.year = value;
        return true;
      case 'M':
      case 'L': fields.month = value; return true;
      case 'd': fields.day = value; return true;
      case 'D': fields.day_of_year = value; return true;
      case 'H': fields.hour = value; return true;
      case 'k': fields.hour = value == 24 ? 0 : value; return true;
      case 'K': fields.hour_12 = value; return true;
      case 'h': fields.hour_12 = value == 12 ? 0 : value; return true;
      case 'm': fields.minute = value; return true;
      case 's': fields.second = value; return true;
      case 'n': fields.nanos = value; return true;
      case 'S': {
        if (simple) {
          if (value > 1'000'000'000'000) return false;
          fields.nanos = value * 1'000'000;
          return true;
        }
        for (size_t digits = at - start; digits < 9; ++digits) value *= 10;
        fields.nanos = value;
        return at - start <= 9;
      }
      default: return false;
    }
  }
  switch (token.letter) {
    case 'M':
    case 'L': {
      const auto month = TakeName(text, at, kMonthNames, simple, token.count >= 4);
      if (month) fields.month = static_cast<int64_t>(*month) + 1;
      return month.has_value();
    }
    case 'E':
    case 'e':
    case 'c': {
      const auto day = TakeName(text, at, kDayNames, simple, token.count >= 4);
      if (day) fields.weekday = static_cast<int64_t>(*day);
      return day.has_value();
    }
    case 'a': {
      const std::string_view half = text.substr(at, 2);
      const bool known =
          half == "AM" || half == "PM" || (simple && (EqualsIgnoreCase(half, "AM") || EqualsIgnoreCase(half, "PM")));
      if (!known) return false;
      fields.afternoon = half[0] == 'P' || half[0] == 'p';
      at += 2;
      return true;
    }
    case 'G':
      if (!text.substr(at).starts_with("AD")) return false;
      at += 2;
      return true;
    case 'z':
    case 'Z':
    case 'X':
    case 'x':
    case 'V':
    case 'O': {
      fields.offset_millis = TakeOffset(text, at);
      return fields.offset_millis.has_value();
    }
    default: return false;
  }
}

bool DateTimePattern::ParseTokens(std::string_view text, size_t& at, size_t begin, size_t end, Fields& fields) const {
  for (size_t i = begin; i < end; ++i) {
    const Token& token = tokens_[i];
    if (token.kind == Token::Kind::kOptionalStart) {
      const auto close = static_cast<size_t>(token.count);
      Fields tried = fields;
      size_t after = at;
      if (ParseTokens(text, after, i + 1, close, tried)) {
        fields = tried;
        at = after;
      }
      i = close;
    } else if (token.kind == Token::Kind::kLiteral) {
      if (!text.substr(at).starts_with(token.text)) return false;
      at += token.text.size();
    } else if (token.kind == Token::Kind::kField && !ParseField(text, at, i, fields)) {
      return false;
    }
  }
  return true;
}

std::optional<DateTimePattern::Parsed> DateTimePattern::Resolve(const Fields& fields) const {
  const bool lenient = dialect_ == Dialect::kSimple;
  const int64_t year = fields.year.value_or(1970);
  const int64_t month = fields.month.value_or(1);
  int64_t day = fields.day.value_or(1);
  int64_t hour = fields.hour.value_or(0);
  if (!fields.hour && fields.hour_12 && (fields.afternoon || lenient)) {
    hour = *fields.hour_12 + (fields.afternoon.value_or(false) ? 12 : 0);
  }
  const int64_t minute = fields.minute.value_or(0);
  const int64_t second = fields.second.value_or(0);
  if (year < -999'999 || year > 999'999) return std::nullopt;
  if (!lenient) {
    const bool in_range = month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 23 && minute <= 59 &&
                          second <= 59 && fields.hour_12.value_or(0) <= 11;
    if (!in_range) return std::nullopt;
    day = std::min<int64_t>(day, DaysInMonth(year, static_cast<int32_t>(month)));  // February 30th is its last day
  }
  // Lenient: what is too large runs over into the next unit.
  constexpr int64_t kLargest = 1'000'000'000;
  for (const int64_t value : {month, day, hour, minute, second}) {
    if (value > kLargest || value < -kLargest) return std::nullopt;
  }
  const int64_t months = year * 12 + month - 1;
  int64_t days = DaysFromCivil(FloorDiv(months, 12), FloorMod(months, 12) + 1, 1) + day - 1;
  if (fields.day_of_year && !fields.day) days = DaysFromCivil(year, 1, 1) + *fields.day_of_year - 1;
  if (!lenient && fields.weekday && *fields.weekday != FloorMod(days + 3, 7)) return std::nullopt;
  const int64_t seconds = (hour * 60 + minute) * 60 + second;
  const int64_t nanos = fields.nanos.value_or(0);
  Parsed out;
  out.local.millis = days * kDayMillis + seconds * 1000 + FloorDiv(nanos, 1'000'000);
  out.local.nanos = static_cast<int32_t>(FloorMod(nanos, 1'000'000));
  out.offset_millis = fields.offset_millis;
  return out;
}

std::optional<DateTimePattern::Parsed> DateTimePattern::Parse(std::string_view text) const {
  Fields fields;
  size_t at = 0;
  if (!ParseTokens(text, at, 0, tokens_.size(), fields)) return std::nullopt;
  if (dialect_ == Dialect::kFormatter && at != text.size()) return std::nullopt;
  return Resolve(fields);
}

}  // namespace millrace::functions
