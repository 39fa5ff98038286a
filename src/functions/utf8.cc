#include "functions/utf8.h"

#include <clocale>
#include <cwctype>

namespace millrace::functions {
namespace {

// glibc's built-in UTF-8 locale knows Unicode's case mapping; without it ASCII remains.
locale_t UnicodeLocale() {
  static const locale_t locale = newlocale(LC_ALL_MASK, "C.UTF-8", nullptr);
  return locale;
}

bool IsAscii(std::string_view text) {
  unsigned char any = 0;
  for (const char c : text) any |= static_cast<unsigned char>(c);
  return any < 0x80;
}

size_t LengthOfLead(unsigned char lead) {
  if (lead >= 0xF0 && lead < 0xF8) return 4;
  if (lead >= 0xE0) return lead < 0xF0 ? 3 : 1;
  return lead >= 0xC0 ? 2 : 1;
}

}  // namespace

size_t CodePoints(std::string_view text) {
  size_t count = 0;
  for (const char c : text) count += IsContinuation(c) ? 0 : 1;
  return count;
}

size_t ByteOffset(std::string_view text, size_t index) {
  if (index >= text.size()) return text.size();
  size_t seen = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (IsContinuation(text[at])) continue;
    if (seen == index) return at;
    ++seen;
  }
  return text.size();
}

std::string_view SliceCodePoints(std::string_view text, size_t start, size_t count) {
  text.remove_prefix(ByteOffset(text, start));
  return text.substr(0, ByteOffset(text, count));
}

uint32_t NextCodePoint(std::string_view text, size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const size_t length = LengthOfLead(lead);
  if (length == 1 || at + length > text.size()) {
    ++at;
    return lead;
  }
  uint32_t code_point = lead & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[at + i])) {
      ++at;
      return lead;
    }
    code_point = code_point << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  }
  at += length;
  return code_point;
}

void AppendCodePoint(std::string& out, uint32_t code_point) {
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xC0 | code_point >> 6);
    out += static_cast<char>(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    out += static_cast<char>(0xE0 | code_point >> 12);
    out += static_cast<char>(0x80 | (code_point >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code_point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code_point >> 18 & 0x07));
    out += static_cast<char>(0x80 | (code_point >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (code_point >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code_point & 0x3F));
  }
}

uint32_t UpperCodePoint(uint32_t code_point) {
  if (code_point < 0x80) return code_point >= 'a' && code_point <= 'z' ? code_point - 32 : code_point;
  const locale_t locale = UnicodeLocale();
  return locale == nullptr ? code_point : static_cast<uint32_t>(towupper_l(static_cast<wint_t>(code_point), locale));
}

uint32_t LowerCodePoint(uint32_t code_point) {
  if (code_point < 0x80) return code_point >= 'A' && code_point <= 'Z' ? code_point + 32 : code_point;
  const locale_t locale = UnicodeLocale();
  return locale == nullptr ? code_point : static_cast<uint32_t>(towlower_l(static_cast<wint_t>(code_point), locale));
}

void AppendUpper(std::string& out, std::string_view text) {
  if (IsAscii(text)) {
    for (const char c : text) out += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    return;
  }
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    const uint32_t code_point = NextCodePoint(text, at);
    if (code_point == 0xDF) {
      out += "SS";
    } else if (at - start == 1 && code_point >= 0x80) {
      out += text[start];  // no UTF-8: passed on
    } else {
      AppendCodePoint(out, UpperCodePoint(code_point));
    }
  }
}

void AppendLower(std::string& out, std::string_view text) {
  if (IsAscii(text)) {
    for (const char c : text) out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return;
  }
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    const uint32_t code_point = NextCodePoint(text, at);
    if (at - start == 1 && code_point >= 0x80) {
      out += text[start];
    } else {
      AppendCodePoint(out, LowerCodePoint(code_point));
    }
  }
}

}  // namespace millrace::functions
