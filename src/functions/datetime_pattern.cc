#include "functions/datetime_pattern.h"

#include <array>
#include <cctype>
#include <unordered_map>

#include <fmt/format.h>

#include "functions/civil.h"

namespace millrace::functions {

const std::string_view kMonthNames[12] = {"January", "February", "March",     "April",   "May",      "June",
                                          "July",    "August",   "September", "October", "November", "December"};
const std::string_view kDayNames[7] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

namespace {

constexpr size_t kCacheSize = 128;
constexpr std::string_view kLetters = "GyuYMLdDEecaHkKhmsSAnNQqwWFzZXxVO";

void AppendPadded(std::string& out, int64_t value, int32_t width) {
  fmt::format_to(std::back_inserter(out), "{:0{}}", value, width);
}

void AppendName(std::string& out, std::string_view name, int32_t count) {
  out += count == 5 ? name.substr(0, 1) : count == 4 ? name : name.substr(0, 3);
}

// Java's weeks of the US locale: they start on Sunday, and week 1 is the one with January 1st.
struct Week {
  int64_t year;
  int32_t week;
};
Week WeekOfYear(int64_t days) {
  const CivilDate date = CivilFromDays(days);
  const int64_t sunday = days - FloorMod(days + 4, 7);
  const int64_t next_year = DaysFromCivil(date.year + 1, 1, 1);
  if (sunday + 6 >= next_year) return {date.year + 1, 1};
  const int64_t new_year = DaysFromCivil(date.year, 1, 1);
  const int64_t first = new_year - FloorMod(new_year + 4, 7);
  return {date.year, static_cast<int32_t>((sunday - first) / 7 + 1)};
}

void AppendOffset(std::string& out, int64_t offset_millis, bool colon, bool minutes_if_zero) {
  const int64_t minutes = (offset_millis < 0 ? -offset_millis : offset_millis) / 60'000;
  out += offset_millis < 0 ? '-' : '+';
  AppendPadded(out, minutes / 60, 2);
  if (minutes % 60 == 0 && !minutes_if_zero) return;
  if (colon) out += ':';
  AppendPadded(out, minutes % 60, 2);
}

void AppendZone(std::string& out, char letter, int32_t count, const TimeZone* zone, int64_t local_millis) {
  const int64_t offset = zone == nullptr ? 0 : local_millis - zone->ToInstantMillis(local_millis);
  switch (letter) {
    case 'z':
    case 'V': out += zone == nullptr ? "UTC" : zone->name(); return;
    case 'O':
      out += "GMT";
      if (offset != 0) AppendOffset(out, offset, true, true);
      return;
    case 'Z': return AppendOffset(out, offset, count == 5, true);
    case 'X':
      if (offset == 0) {
        out += 'Z';
        return;
      }
      return AppendOffset(out, offset, count >= 3, count >= 2);
    default: return AppendOffset(out, offset, count >= 3, count >= 2);
  }
}

}  // namespace

Result<DateTimePattern> DateTimePattern::Compile(std::string_view pattern, Dialect dialect) {
  DateTimePattern out;
  out.dialect_ = dialect;
  std::vector<size_t> open;
  const auto literal = [&](std::string_view text) {
    if (out.tokens_.empty() || out.tokens_.back().kind != Token::Kind::kLiteral) out.tokens_.emplace_back();
    out.tokens_.back().text += text;
  };
  for (size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    if (c == '\'') {
      if (pattern.substr(at + 1).starts_with('\'')) {
        literal("'");
        at += 2;
        continue;
      }
      std::string text;
      size_t i = at + 1;
      for (; i < pattern.size(); ++i) {
        if (pattern[i] == '\'' && !pattern.substr(i + 1).starts_with('\'')) break;
        if (pattern[i] == '\'') ++i;
        text += pattern[i];
      }
      if (i >= pattern.size()) {
        return UserError(fmt::format("Pattern ends with an incomplete string literal: {}", pattern))
            .WithCode("java.lang.IllegalArgumentException");
      }
      literal(text);
      at = i + 1;
    } else if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      size_t end = at;
      while (end < pattern.size() && pattern[end] == c) ++end;
      if (kLetters.find(c) == std::string_view::npos) {
        return UserError(fmt::format("Unknown pattern letter: {}", c))
            .WithCode("java.lang.IllegalArgumentException")
            .WithHint("Quote text in a date pattern: 'T' becomes ''T'' inside a SQL string.");
      }
      out.tokens_.push_back({Token::Kind::kField, c, static_cast<int32_t>(end - at)});
      at = end;
    } else if (c == '[' && dialect == Dialect::kFormatter) {
      open.push_back(out.tokens_.size());
      out.tokens_.push_back({Token::Kind::kOptionalStart});
      ++at;
    } else if (c == ']' && dialect == Dialect::kFormatter && !open.empty()) {
      out.tokens_[open.back()].count = static_cast<int32_t>(out.tokens_.size());
      open.pop_back();
      out.tokens_.push_back({Token::Kind::kOptionalEnd});
      ++at;
    } else {
      literal(pattern.substr(at, 1));
      ++at;
    }
  }
  for (const size_t start : open) out.tokens_[start].count = static_cast<int32_t>(out.tokens_.size());
  return out;
}

Result<const DateTimePattern*> DateTimePattern::Find(std::string_view pattern, Dialect dialect) {
  struct Cache {
    std::unordered_map<std::string, DateTimePattern> patterns;
    std::string last_text;
    const DateTimePattern* last = nullptr;  // the row before had the same pattern, as a rule
  };
  thread_local std::array<Cache, 2> caches;
  Cache& kept = caches[static_cast<size_t>(dialect)];
  if (kept.last != nullptr && kept.last_text == pattern) return kept.last;
  auto& cache = kept.patterns;
  std::string key(pattern);
  auto found = cache.find(key);
  if (found == cache.end()) {
    MR_ASSIGN(DateTimePattern compiled, Compile(pattern, dialect));
    if (cache.size() >= kCacheSize) cache.clear();
    found = cache.emplace(std::move(key), std::move(compiled)).first;
  }
  kept.last_text = found->first;
  kept.last = &found->second;
  return kept.last;
}

void DateTimePattern::Format(const Timestamp& local, const TimeZone* zone, std::string& out) const {
  for (const Token& token : tokens_) {
    if (token.kind == Token::Kind::kLiteral) out += token.text;
    if (token.kind == Token::Kind::kField) FormatField(token, local, zone, out);
  }
}

void DateTimePattern::FormatField(const Token& token, const Timestamp& local, const TimeZone* zone,
                                  std::string& out) const {
  const int64_t days = FloorDiv(local.millis, kDayMillis);
  const int64_t of_day = local.millis - days * kDayMillis;
  const CivilDate date = CivilFromDays(days);
  const int64_t hour = of_day / 3'600'000;
  const int64_t iso_day = FloorMod(days + 3, 7);  // 0 = Monday
  const int64_t nanos = of_day % 1000 * 1'000'000 + local.nanos;
  const int32_t count = token.count;
  const bool simple = dialect_ == Dialect::kSimple;
  const auto year = [&](int64_t value) { AppendPadded(out, count == 2 ? FloorMod(value, 100) : value, count); };
  switch (token.letter) {
    case 'G': out += date.year > 0 ? "AD" : "BC"; return;
    case 'u':
      if (simple) return AppendPadded(out, iso_day + 1, count);
      return year(date.year);
    case 'y': return year(date.year > 0 ? date.year : 1 - date.year);
    case 'Y': return year(WeekOfYear(days).year);
    case 'M':
    case 'L':
      if (count <= 2) return AppendPadded(out, date.month, count);
      return AppendName(out, kMonthNames[date.month - 1], simple && count > 4 ? 4 : count);
    case 'Q':
    case 'q': {
      const int32_t quarter = (date.month - 1) / 3 + 1;
      if (count <= 2) return AppendPadded(out, quarter, count);
      out += count == 3 ? fmt::format("Q{}", quarter) : std::to_string(quarter);
      if (count == 4)
        out += std::array{"st", "nd", "rd", "th"}[static_cast<size_t>(quarter - 1)] + std::string(" quarter");
      return;
    }
    case 'd': return AppendPadded(out, date.day, count);
    case 'D': return AppendPadded(out, days - DaysFromCivil(date.year, 1, 1) + 1, count);
    case 'E': return AppendName(out, kDayNames[iso_day], simple && count > 4 ? 4 : count);
    case 'e':
    case 'c':
      if (count <= 2) return AppendPadded(out, (iso_day + 1) % 7 + 1, count);
      return AppendName(out, kDayNames[iso_day], count);
    case 'w': return AppendPadded(out, WeekOfYear(days).week, count);
    case 'W': {
      const int64_t first = DaysFromCivil(date.year, date.month, 1);
      return AppendPadded(out, (date.day - 1 + FloorMod(first + 4, 7)) / 7 + 1, count);
    }
    // DateTimeFormatter's is the day within the month's aligned week.
    case 'F': return AppendPadded(out, (simple ? (date.day - 1) / 7 : (date.day - 1) % 7) + 1, count);
    case 'a': out += hour < 12 ? "AM" : "PM"; return;
    case 'H': return AppendPadded(out, hour, count);
    case 'k': return AppendPadded(out, hour == 0 ? 24 : hour, count);
    case 'K': return AppendPadded(out, hour % 12, count);
    case 'h': return AppendPadded(out, hour % 12 == 0 ? 12 : hour % 12, count);
    case 'm': return AppendPadded(out, of_day / 60'000 % 60, count);
    case 's': return AppendPadded(out, of_day / 1000 % 60, count);
    case 'S':
      if (simple) return AppendPadded(out, of_day % 1000, count);
      out += fmt::format("{:09}", nanos).substr(0, static_cast<size_t>(count));
      return;
    case 'A': return AppendPadded(out, of_day, count);
    case 'n': return AppendPadded(out, nanos, count);
    case 'N': return AppendPadded(out, of_day * 1'000'000 + local.nanos, count);
    default: return AppendZone(out, token.letter, count, zone, local.millis);
  }
}

}  // namespace millrace::functions
