#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace {

// ASCII only; bytes of other scripts pass unchanged.
std::string ToLower(std::string_view text);
std::string ToUpper(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);
bool StartsWithIgnoreCase(std::string_view text, std::string_view prefix);
std::string_view Trim(std::string_view text);                           // blanks, tabs, line ends
std::vector<std::string> Split(std::string_view text, char separator);  // keeps empty pieces; "" gives {""}
std::string Join(const std::vector<std::string>& pieces, std::string_view separator);
std::string ReplaceAll(std::string_view text, std::string_view from, std::string_view to);

// The candidate nearest to `name` by edit distance (case-insensitive), if near enough to be a typing error.
std::optional<std::string> NearestName(std::string_view name, const std::vector<std::string>& candidates);
// "Did you mean 'x'?" or, when nothing is near, "".
std::string DidYouMean(std::string_view name, const std::vector<std::string>& candidates);

std::optional<int64_t> ParseInt64(std::string_view text);  // whole text, optional sign, no blanks
std::optional<double> ParseDouble(std::string_view text);
std::optional<bool> ParseBool(std::string_view text);  // true/false, any case

// Flink's duration syntax: "10s", "10 s", "5min", "1 h", "200" (= ms); units d h min m s ms us ns and long names.
Result<int64_t> ParseDurationMillis(std::string_view text);
// Flink's memory syntax: "64mb", "10 kb", "1024" (= bytes).
Result<int64_t> ParseMemoryBytes(std::string_view text);

std::string FormatCount(int64_t n);                 // 12 345 678 -> "12.3M"
std::string FormatBytes(int64_t bytes);             // 1536 -> "1.5 KiB"
std::string FormatMillisUtc(int64_t epoch_millis);  // "2026-01-31 12:00:00.123"
std::string HexEncode(std::string_view bytes);
std::string Base64Encode(std::string_view bytes);
Result<std::string> Base64Decode(std::string_view text);

// The display width of one UTF-8 text: East-Asian wide and fullwidth code points count 2, combining marks 0.
size_t DisplayWidth(std::string_view text);
bool IsValidUtf8(std::string_view text);

}  // namespace millrace
