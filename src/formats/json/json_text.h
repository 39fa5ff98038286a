#pragma once

#include <string>
#include <string_view>

namespace millrace::formats {

// `text` as it goes into an error message: at most ~1000 bytes, invalid UTF-8 replaced by '?'.
std::string ShortenForMessage(std::string_view text);

// The number grammar of RFC 8259.
bool IsJsonNumber(std::string_view text);

// `json` without the blanks between its tokens; false when a string is not closed.
bool AppendCompactJson(std::string_view json, std::string& out);

// `json` with control characters inside strings written as \u00XX; false when there are none.
bool EscapeControlCharacters(std::string_view json, std::string& out);

}  // namespace millrace::formats
