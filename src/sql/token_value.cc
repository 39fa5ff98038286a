#include <fmt/format.h>

#include "sql/lexer.h"

namespace millrace::sql {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// False for what is no Unicode scalar value.
bool AppendUtf8(uint32_t code, std::string* out) {
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
  if (code < 0x80) {
    *out += static_cast<char>(code);
    return true;
  }
  const int tail = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  const uint32_t lead = tail == 1 ? 0xC0 : tail == 2 ? 0xE0 : 0xF0;
  *out += static_cast<char>(lead | code >> (6 * tail));
  for (int i = tail - 1; i >= 0; --i) *out += static_cast<char>(0x80 | (code >> (6 * i) & 0x3F));
  return true;
}

// The number of 1 .. `max` hex digits at `*i`, which moves past them; nullopt when there are fewer than `min`.
std::optional<uint32_t> ReadHex(std::string_view text, size_t* i, size_t min, size_t max) {
  uint32_t code = 0;
  size_t count = 0;
  while (count < max && *i < text.size() && HexDigit(text[*i]) >= 0) {
    code = code << 4 | static_cast<uint32_t>(HexDigit(text[(*i)++]));
    ++count;
  }
  if (count < min) return std::nullopt;
  return code;
}

// `inside` with every doubled `quote` made single.
std::string Undouble(std::string_view inside, char quote) {
  std::string out;
  out.reserve(inside.size());
  for (size_t i = 0; i < inside.size(); ++i) {
    out += inside[i];
    if (inside[i] == quote) ++i;
  }
  return out;
}

Error BadEscape(const Token& token, std::string_view what, std::string_view text, size_t at, std::string hint) {
  return UserError(fmt::format("{} '{}'", what, text.substr(at, 10))).WithSpan(token.span).WithHint(std::move(hint));
}

// \hhhh, \+hhhhhh, \\ ; surrogate pairs make one code point.
Result<std::string> UnicodeValue(const Token& token, const std::string& inside, char escape) {
  std::string out;
  for (size_t i = 0; i < inside.size();) {
    if (inside[i] != escape) {
      out += inside[i++];
      continue;
    }
    const size_t start = i++;
    if (i < inside.size() && inside[i] == escape) {
      out += inside[i++];
      continue;
    }
    const bool wide = i < inside.size() && inside[i] == '+';
    if (wide) ++i;
    std::optional<uint32_t> code = wide ? ReadHex(inside, &i, 6, 6) : ReadHex(inside, &i, 4, 4);
    if (code && *code >= 0xD800 && *code < 0xDC00 && i < inside.size() && inside[i] == escape) {
      size_t low_at = i + 1;
      const std::optional<uint32_t> low = ReadHex(inside, &low_at, 4, 4);
      if (low && *low >= 0xDC00 && *low <= 0xDFFF) {
        code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
        i = low_at;
      }
    }
    if (!code || !AppendUtf8(*code, &out)) {
      return BadEscape(token, "Bad Unicode escape", inside, start,
                       fmt::format("Write {0}hhhh or {0}+hhhhhh with hexadecimal digits.", escape));
    }
  }
  return out;
}

bool AppendNumericEscape(std::string_view inside, size_t* i, std::string* out) {
  const char c = inside[*i];
  if (c == 'x' || c == 'u' || c == 'U') {
    ++*i;
    const size_t max = c == 'x' ? 2 : c == 'u' ? 4 : 8;
    const std::optional<uint32_t> code = ReadHex(inside, i, c == 'x' ? 1 : max, max);
    return code && AppendUtf8(*code, out);
  }
  uint32_t code = 0;
  for (int count = 0; count < 3 && *i < inside.size() && inside[*i] >= '0' && inside[*i] <= '7'; ++count) {
    code = code * 8 + static_cast<uint32_t>(inside[(*i)++] - '0');
  }
  return AppendUtf8(code, out);
}

// C-style escapes of E'..' (Flink 2.0): \b \f \n \r \t, \ooo, \xhh, \uhhhh, \Uhhhhhhhh; \ before anything else gives
// it.
Result<std::string> EscapeValue(const Token& token, std::string_view inside) {
  std::string out;
  for (size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] == '\'') {  // doubled
      out += inside[i++];
      continue;
    }
    if (inside[i] != '\\' || i + 1 >= inside.size()) {
      out += inside[i];
      continue;
    }
    const size_t start = i++;
    constexpr std::string_view kLetters = "bfnrt";
    constexpr std::string_view kValues = "\b\f\n\r\t";
    const size_t letter = kLetters.find(inside[i]);
    if (letter != std::string_view::npos) {
      out += kValues[letter];
    } else if ((inside[i] >= '0' && inside[i] <= '7') || inside[i] == 'x' || inside[i] == 'u' || inside[i] == 'U') {
      if (!AppendNumericEscape(inside, &i, &out)) {
        return BadEscape(token, "Bad escape", inside, start,
                         "Write \\xhh, \\uhhhh or \\Uhhhhhhhh, or \\\\ for a backslash.");
      }
      --i;
    } else {
      out += inside[i];
    }
  }
  return out;
}

Result<std::string> BinaryValue(const Token& token, std::string_view inside) {
  std::string out;
  if (inside.size() % 2 != 0) {
    return UserError("A binary string must have an even number of hexadecimal digits").WithSpan(token.span);
  }
  for (size_t i = 0; i + 1 < inside.size(); i += 2) {
    const int high = HexDigit(inside[i]);
    const int low = HexDigit(inside[i + 1]);
    if (high < 0 || low < 0) {
      return UserError("A binary string may have hexadecimal digits only").WithSpan(token.span);
    }
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

}  // namespace

Result<std::string> TokenValue(const Token& token, char uescape) {
  const char quote = token.kind == TokenKind::kQuotedName ? '`' : '\'';
  const size_t open = token.text.find(quote);
  if (open == std::string_view::npos || token.text.size() < open + 2) return std::string(token.text);
  const std::string_view inside = token.text.substr(open + 1, token.text.size() - open - 2);
  if (token.kind == TokenKind::kUnicodeString) return UnicodeValue(token, Undouble(inside, quote), uescape);
  if (token.kind == TokenKind::kEscapeString) return EscapeValue(token, inside);
  if (token.kind == TokenKind::kBinaryString) return BinaryValue(token, inside);
  return Undouble(inside, quote);
}

}  // namespace millrace::sql
