#include <charconv>
#include <cmath>
#include <unordered_map>

#include <fmt/format.h>

#include "base/strings.h"
#include "codec/json.h"

namespace millrace::codec {
namespace {

constexpr size_t kLinearMembers = 16;  // up to here repeated names are found by looking at all

class Parser {
 public:
  Parser(std::string_view text, const JsonLimits& limits) : text_(text), limits_(limits) {}

  Result<Json> ParseAll() {
    if (text_.size() > limits_.max_bytes) {
      return UserError(
          fmt::format("JSON text is too large: {} bytes, at most {} are allowed", text_.size(), limits_.max_bytes));
    }
    if (!IsValidUtf8(text_)) return UserError("Invalid JSON: the text is not valid UTF-8");
    MR_ASSIGN(Json value, ParseValue(0));
    SkipBlanks();
    if (at_ != text_.size()) return Fail("unexpected text after the end of the value");
    return value;
  }

 private:
  Error Fail(std::string_view what) const {
    size_t line = 1;
    size_t line_start = 0;
    for (size_t i = 0; i < at_ && i < text_.size(); ++i) {
      if (text_[i] == '\n') {
        line += 1;
        line_start = i + 1;
      }
    }
    return UserError(fmt::format("Invalid JSON at line {}, column {}: {}", line, at_ - line_start + 1, what));
  }

  void SkipBlanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
      at_ += 1;
    }
  }

  bool Accept(char c) {
    if (at_ < text_.size() && text_[at_] == c) {
      at_ += 1;
      return true;
    }
    return false;
  }

  bool AcceptWord(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  Result<Json> ParseValue(int depth) {
    SkipBlanks();
    if (at_ == text_.size()) return Fail("unexpected end of text, expected a value");
    if (depth > limits_.max_depth) return Fail(fmt::format("nested deeper than {} levels", limits_.max_depth));
    const char c = text_[at_];
    if (c == '{') return ParseObject(depth);
    if (c == '[') return ParseArray(depth);
    if (c == '"') {
      std::string text;
      MR_TRY(ParseString(text));
      return Json(std::move(text));
    }
    if (c == '-' || (c >= '0' && c <= '9')) return ParseNumber();
    if (AcceptWord("true")) return Json(true);
    if (AcceptWord("false")) return Json(false);
    if (AcceptWord("null")) return Json();
    return Fail("expected a value");
  }

  Result<Json> ParseArray(int depth) {
    at_ += 1;
    Json::Array items;
    SkipBlanks();
    if (Accept(']')) return Json(std::move(items));
    while (true) {
      MR_ASSIGN(Json item, ParseValue(depth + 1));
      items.push_back(std::move(item));
      SkipBlanks();
      if (Accept(']')) return Json(std::move(items));
      if (!Accept(',')) return Fail("expected ',' or ']' in an array");
    }
  }

  Result<Json> ParseObject(int depth) {
    at_ += 1;
    Json::Object members;
    std::unordered_map<std::string, size_t> places;  // only of large objects
    SkipBlanks();
    if (Accept('}')) return Json(std::move(members));
    while (true) {
      SkipBlanks();
      if (at_ == text_.size() || text_[at_] != '"') return Fail("expected a member name in quotes");
      std::string name;
      MR_TRY(ParseString(name));
      SkipBlanks();
      if (!Accept(':')) return Fail("expected ':' after the member name");
      MR_ASSIGN(Json value, ParseValue(depth + 1));
      AddMember(members, places, std::move(name), std::move(value));
      SkipBlanks();
      if (Accept('}')) return Json(std::move(members));
      if (!Accept(',')) return Fail("expected ',' or '}' in an object");
    }
  }

  static void AddMember(Json::Object& members, std::unordered_map<std::string, size_t>& places, std::string name,
                        Json value) {
    size_t place = members.size();
    if (members.size() < kLinearMembers) {
      for (size_t i = 0; i < members.size(); ++i) {
        if (members[i].name == name) place = i;
      }
    } else {
      if (places.empty()) {
        for (size_t i = 0; i < members.size(); ++i) places.emplace(members[i].name, i);
      }
      place = places.emplace(name, members.size()).first->second;
    }
    if (place < members.size()) {
      members[place].value = std::move(value);
    } else {
      members.push_back({std::move(name), std::move(value)});
    }
  }

  Status ParseString(std::string& out) {
    at_ += 1;
    while (true) {
      const size_t start = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20) {
        at_ += 1;
      }
      out.append(text_, start, at_ - start);
      if (at_ == text_.size()) return Fail("unexpected end of text inside a string");
      if (Accept('"')) return Ok();
      if (!Accept('\\')) return Fail("a control character inside a string must be escaped");
      MR_TRY(ParseEscape(out));
    }
  }

  Status ParseEscape(std::string& out) {
    if (at_ == text_.size()) return Fail("unexpected end of text inside a string");
    const char c = text_[at_++];
    switch (c) {
      case '"':
      case '\\':
      case '/': out += c; return Ok();
      case 'b': out += '\b'; return Ok();
      case 'f': out += '\f'; return Ok();
      case 'n': out += '\n'; return Ok();
      case 'r': out += '\r'; return Ok();
      case 't': out += '\t'; return Ok();
      case 'u': break;
      default: at_ -= 1; return Fail("unknown escape in a string");
    }
    MR_ASSIGN(uint32_t code, ParseHex4());
    if (code >= 0xDC00 && code <= 0xDFFF) return Fail("a low surrogate without its high surrogate");
    if (code >= 0xD800 && code <= 0xDBFF) {
      if (!AcceptWord("\\u")) return Fail("a high surrogate without its low surrogate");
      MR_ASSIGN(const uint32_t low, ParseHex4());
      if (low < 0xDC00 || low > 0xDFFF) return Fail("a high surrogate without its low surrogate");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    AppendCodePoint(out, code);
    return Ok();
  }

  Result<uint32_t> ParseHex4() {
    if (text_.size() - at_ < 4) return Fail("\\u needs four hexadecimal digits");
    uint32_t code = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, begin + 4, code, 16);
    if (error != std::errc() || end != begin + 4) return Fail("\\u needs four hexadecimal digits");
    at_ += 4;
    return code;
  }

  static void AppendCodePoint(std::string& out, uint32_t code) {
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xC0 | code >> 6);
      out += static_cast<char>(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      out += static_cast<char>(0xE0 | code >> 12);
      out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
      out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
      out += static_cast<char>(0xF0 | code >> 18);
      out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
      out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
      out += static_cast<char>(0x80 | (code & 0x3F));
    }
  }

  size_t SkipDigits() {
    const size_t start = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') at_ += 1;
    return at_ - start;
  }

  Result<Json> ParseNumber() {
    const size_t start = at_;
    Accept('-');
    const bool leading_zero = at_ < text_.size() && text_[at_] == '0';
    const size_t digits = SkipDigits();
    if (digits == 0) return Fail("expected a digit");
    if (leading_zero && digits > 1) return Fail("a number must not start with 0");
    bool whole = true;
    if (Accept('.')) {
      whole = false;
      if (SkipDigits() == 0) return Fail("expected a digit after the decimal point");
    }
    if (Accept('e') || Accept('E')) {
      whole = false;
      if (!Accept('+')) Accept('-');
      if (SkipDigits() == 0) return Fail("expected a digit in the exponent");
    }
    const char* begin = text_.data() + start;
    const char* end = text_.data() + at_;
    if (whole) {
      int64_t integer = 0;
      if (std::from_chars(begin, end, integer).ec == std::errc()) return Json(integer);
    }
    double value = 0;
    if (std::from_chars(begin, end, value).ec != std::errc()) {
      // Out of range: what strtod gives, infinity or zero; only zero has a place in JSON.
      value = std::strtod(std::string(begin, end).c_str(), nullptr);
      if (std::isinf(value)) return Fail("the number is too large");
    }
    return Json(value);
  }

  std::string_view text_;
  const JsonLimits& limits_;
  size_t at_ = 0;
};

}  // namespace

Result<Json> ParseJson(std::string_view text, const JsonLimits& limits) { return Parser(text, limits).ParseAll(); }

}  // namespace millrace::codec
