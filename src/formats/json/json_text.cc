#include "formats/json/json_text.h"

#include "base/strings.h"
#include "formats/text_values.h"

namespace millrace::formats {
namespace {

constexpr size_t kMessageBytes = 1000;

void AppendUnicodeEscape(unsigned char c, std::string& out) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  out += "\\u00";
  out.push_back(kHex[c >> 4]);
  out.push_back(kHex[c & 15]);
}

}  // namespace

std::string ShortenForMessage(std::string_view text) {
  std::string out(text.substr(0, kMessageBytes));
  if (text.size() > kMessageBytes) {
    while (!out.empty() && (static_cast<unsigned char>(text[out.size()]) & 0xC0) == 0x80) out.pop_back();
  }
  if (!IsValidUtf8(out)) {
    for (char& c : out) {
      if (static_cast<unsigned char>(c) >= 0x80) c = '?';
    }
  }
  if (text.size() > kMessageBytes) out += "...";
  return out;
}

bool IsJsonNumber(std::string_view text) {
  size_t at = 0;
  const auto digits = [&] {
    const size_t begin = at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    return at > begin;
  };
  if (at < text.size() && text[at] == '-') ++at;
  if (at < text.size() && text[at] == '0') {
    ++at;
  } else if (!digits()) {
    return false;
  }
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

bool AppendCompactJson(std::string_view json, std::string& out) {
  bool in_string = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      out.push_back(c);
      if (c == '\\' && i + 1 < json.size()) {
        out.push_back(json[++i]);
      } else if (c == '"') {
        in_string = false;
      }
      continue;
    }
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
    in_string = c == '"';
    out.push_back(c);
  }
  return !in_string;
}

bool EscapeControlCharacters(std::string_view json, std::string& out) {
  bool in_string = false;
  bool changed = false;
  out.reserve(json.size() + 16);
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string && static_cast<unsigned char>(c) < 0x20) {
      AppendUnicodeEscape(static_cast<unsigned char>(c), out);
      changed = true;
      continue;
    }
    out.push_back(c);
    if (in_string && c == '\\' && i + 1 < json.size() && static_cast<unsigned char>(json[i + 1]) >= 0x20) {
      out.push_back(json[++i]);
    } else if (c == '"') {
      in_string = !in_string;
    }
  }
  return changed;
}

}  // namespace millrace::formats
