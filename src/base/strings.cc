#include "base/strings.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace millrace {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\f\v";

char LowerChar(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
char UpperChar(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

// Splits "10 s" into its number and its lower-case unit.
std::optional<std::pair<int64_t, std::string>> NumberAndUnit(std::string_view text) {
  text = Trim(text);
  size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  const auto number = ParseInt64(text.substr(0, digits));
  if (!number) return std::nullopt;
  return std::pair(*number, ToLower(Trim(text.substr(digits))));
}

// A letter more, less or another is one step, and so are two neighbours that changed places.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> two_above(b.size() + 1);
  std::vector<size_t> above(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], two_above[j - 2] + 1);
    }
    two_above.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

// Decodes the code point at `i` and moves `i` past it; nullopt for malformed bytes (i moves by one).
std::optional<char32_t> NextCodePoint(std::string_view text, size_t& i) {
  const auto byte = [&](size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(i);
  const size_t length = first < 0x80                    ? 1
                        : first >= 0xC2 && first < 0xE0 ? 2
                        : (first & 0xF0) == 0xE0        ? 3
                        : first >= 0xF0 && first < 0xF5 ? 4
                                                        : 0;
  if (length == 0 || i + length > text.size()) {
    ++i;
    return std::nullopt;
  }
  char32_t code = length == 1 ? first : first & (0xFF >> (length + 1));
  for (size_t k = 1; k < length; ++k) {
    if ((byte(i + k) & 0xC0) != 0x80) {
      ++i;
      return std::nullopt;
    }
    code = (code << 6) | (byte(i + k) & 0x3F);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
    ++i;
    return std::nullopt;
  }
  i += length;
  return code;
}

bool IsWide(char32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF && c != 0x303F) || (c >= 0xAC00 && c <= 0xD7A3) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
         (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1F64F) || (c >= 0x1F900 && c <= 0x1F9FF) ||
         (c >= 0x20000 && c <= 0x3FFFD);
}

bool IsCombining(char32_t c) {
  return (c >= 0x0300 && c <= 0x036F) || (c >= 0x200B && c <= 0x200F) || (c >= 0x20D0 && c <= 0x20FF) ||
         (c >= 0xFE00 && c <= 0xFE0F);
}

}  // namespace

std::string ToLower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), LowerChar);
  return out;
}

std::string ToUpper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), UpperChar);
  return out;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return LowerChar(x) == LowerChar(y); });
}

bool StartsWithIgnoreCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && EqualsIgnoreCase(text.substr(0, prefix.size()), prefix);
}

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (true) {
    const size_t at = text.find(separator);
    out.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + 1);
  }
}

std::string Join(const std::vector<std::string>& pieces, std::string_view separator) {
  return fmt::format("{}", fmt::join(pieces, separator));
}

std::string ReplaceAll(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  while (true) {
    const size_t at = from.empty() ? std::string_view::npos : text.find(from);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += to;
    text.remove_prefix(at + from.size());
  }
}

std::optional<std::string> NearestName(std::string_view name, const std::vector<std::string>& candidates) {
  const std::string wanted = ToLower(name);
  const size_t limit = std::max<size_t>(1, std::min<size_t>(4, name.size() / 3));
  std::optional<std::string> best;
  size_t best_distance = limit + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(wanted, ToLower(candidate));
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string DidYouMean(std::string_view name, const std::vector<std::string>& candidates) {
  const auto nearest = NearestName(name, candidates);
  return nearest ? fmt::format("Did you mean '{}'?", *nearest) : std::string();
}

std::optional<int64_t> ParseInt64(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> ParseDouble(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> ParseBool(std::string_view text) {
  if (EqualsIgnoreCase(text, "true")) return true;
  if (EqualsIgnoreCase(text, "false")) return false;
  return std::nullopt;
}

Result<int64_t> ParseDurationMillis(std::string_view text) {
  struct Unit {
    std::string_view names;
    int64_t nanos;
  };
  static constexpr Unit kUnits[] = {
      {"|d|day|days|", 86'400'000'000'000},
      {"|h|hour|hours|", 3'600'000'000'000},
      {"|m|min|minute|minutes|", 60'000'000'000},
      {"|s|sec|secs|second|seconds|", 1'000'000'000},
      {"||ms|milli|millis|millisecond|milliseconds|", 1'000'000},
      {"|us|µs|micro|micros|microsecond|microseconds|", 1'000},
      {"|ns|nano|nanos|nanosecond|nanoseconds|", 1},
  };
  const auto parts = NumberAndUnit(text);
  if (parts) {
    for (const Unit& unit : kUnits) {
      if (unit.names.find("|" + parts->second + "|") == std::string_view::npos) continue;
      const auto nanos = static_cast<__int128>(parts->first) * unit.nanos;
      if (nanos / 1'000'000 > INT64_MAX) break;
      return static_cast<int64_t>(nanos / 1'000'000);
    }
  }
  return UserError(fmt::format("Could not parse the duration '{}'.", text))
      .WithHint("Write a number and a unit: d, h, min, s, ms, us or ns, e.g. '10 s'.");
}

Result<int64_t> ParseMemoryBytes(std::string_view text) {
  static constexpr std::string_view kUnits[] = {"|b|bytes||", "|k|kb|kibibytes|", "|m|mb|mebibytes|",
                                                "|g|gb|gibibytes|", "|t|tb|tebibytes|"};
  const auto parts = NumberAndUnit(text);
  if (parts) {
    for (size_t i = 0; i < std::size(kUnits); ++i) {
      if (kUnits[i].find("|" + parts->second + "|") == std::string_view::npos) continue;
      if (parts->first > (INT64_MAX >> (10 * i))) break;
      return parts->first << (10 * i);
    }
  }
  return UserError(fmt::format("Could not parse the memory size '{}'.", text))
      .WithHint("Write a number and a unit: b, kb, mb, gb or tb, e.g. '64 mb'.");
}

std::string FormatCount(int64_t n) {
  static constexpr const char* kSuffixes[] = {"", "k", "M", "G", "T", "P", "E"};
  auto value = static_cast<double>(n);
  size_t step = 0;
  while (std::abs(value) >= 1000 && step + 1 < std::size(kSuffixes)) {
    value /= 1000;
    ++step;
  }
  return step == 0 ? fmt::format("{}", n) : fmt::format("{:.1f}{}", value, kSuffixes[step]);
}

std::string FormatBytes(int64_t bytes) {
  static constexpr const char* kSuffixes[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  size_t step = 0;
  while (value >= 1024 && step + 1 < std::size(kSuffixes)) {
    value /= 1024;
    ++step;
  }
  return step == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kSuffixes[step]);
}

std::string FormatMillisUtc(int64_t epoch_millis) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(epoch_millis)};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::string HexEncode(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

namespace {
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}

std::string Base64Encode(std::string_view bytes) {
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t word = 0;
    for (size_t k = 0; k < 3; ++k) {
      word = word << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (size_t k = 0; k < 4; ++k) {
      out += i + k > bytes.size() ? '=' : kBase64[(word >> (18 - 6 * k)) & 63];
    }
  }
  return out;
}

Result<std::string> Base64Decode(std::string_view text) {
  std::string out;
  while (text.ends_with('=')) text.remove_suffix(1);
  uint32_t word = 0;
  int bits = 0;
  for (const char c : text) {
    const size_t digit = kBase64.find(c);
    if (digit == std::string_view::npos) return UserError(fmt::format("'{}' is not a base64 character.", c));
    word = word << 6 | static_cast<uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(word >> bits & 0xFF);
    }
  }
  return out;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size();) {
    const auto code = NextCodePoint(text, i);
    width += !code ? 1 : IsCombining(*code) ? 0 : IsWide(*code) ? 2 : 1;
  }
  return width;
}

bool IsValidUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    if (!NextCodePoint(text, i)) return false;
  }
  return true;
}

}  // namespace millrace
