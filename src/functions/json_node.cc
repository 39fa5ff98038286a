#include "functions/json_node.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "codec/json.h"
#include "data/value.h"
#include "functions/utf8.h"

namespace millrace::functions {
namespace {

constexpr int kMaxDepth = 500;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  bool ReadValue(JsonNode& out, int depth) {
    SkipBlanks();
    if (at_ >= text_.size() || depth > kMaxDepth) return false;
    switch (text_[at_]) {
      case '{': return ReadObject(out, depth);
      case '[': return ReadArray(out, depth);
      case '"': out.kind = JsonNode::Kind::kString; return ReadString(out.text);
      case 't': return ReadWord("true", JsonNode::Kind::kTrue, out);
      case 'f': return ReadWord("false", JsonNode::Kind::kFalse, out);
      case 'n': return ReadWord("null", JsonNode::Kind::kNull, out);
      default: return ReadNumber(out);
    }
  }

 private:
  void SkipBlanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  bool Take(char c) {
    SkipBlanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // Words and numbers end at a blank, a bracket, a comma or the end.
  bool AtEndOfToken() const {
    return at_ >= text_.size() || std::string_view(" \n\t\r,]}:").find(text_[at_]) != std::string_view::npos;
  }

  bool ReadWord(std::string_view word, JsonNode::Kind kind, JsonNode& out) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    out.kind = kind;
    return AtEndOfToken();
  }

  size_t TakeDigits() {
    const size_t start = at_;
    while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
    return at_ - start;
  }

  bool ReadNumber(JsonNode& out) {
    const size_t start = at_;
    const bool negative = text_[at_] == '-';
    if (negative) ++at_;
    const size_t whole_start = at_;
    const size_t whole = TakeDigits();
    if (whole == 0 || (whole > 1 && text_[whole_start] == '0')) return false;
    bool integer = true;
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      integer = false;
      if (TakeDigits() == 0) return false;
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      integer = false;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      if (TakeDigits() == 0) return false;
    }
    out.kind = JsonNode::Kind::kNumber;
    out.text = text_.substr(start, at_ - start);
    if (integer) {
      if (out.text == "-0") out.text = "0";
    } else {
      out.text = JavaDoubleToString(ToDouble(out.text));
    }
    return AtEndOfToken();
  }

  static double ToDouble(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc::result_out_of_range) return value;
    const size_t e = text.find_first_of("eE");
    const bool tiny =
        e != std::string_view::npos ? text.substr(e + 1).starts_with('-') : text.find("0.0") != std::string_view::npos;
    const double size = tiny ? 0 : std::numeric_limits<double>::infinity();
    return text.starts_with('-') ? -size : size;
  }

  static int HexValue(char c) {
    if (IsDigit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  }
  std::optional<uint32_t> TakeHex4() {
    if (text_.size() - at_ < 4) return std::nullopt;
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      const int digit = HexValue(text_[at_++]);
      if (digit < 0) return std::nullopt;
      value = value << 4 | static_cast<uint32_t>(digit);
    }
    return value;
  }

  bool TakeEscape(std::string& out) {
    if (at_ >= text_.size()) return false;
    const char c = text_[at_++];
    switch (c) {
      case 'b': out += '\b'; return true;
      case 'f': out += '\f'; return true;
      case 'n': out += '\n'; return true;
      case 'r': out += '\r'; return true;
      case 't': out += '\t'; return true;
      case '"':
      case '\\':
      case '/': out += c; return true;
      case 'u': break;
      default: return false;
    }
    auto unit = TakeHex4();
    if (!unit) return false;
    if (*unit >= 0xD800 && *unit < 0xDC00 && text_.substr(at_).starts_with("\\u")) {
      const size_t before = at_;
      at_ += 2;
      const auto low = TakeHex4();
      if (!low) return false;
      if (*low >= 0xDC00 && *low < 0xE000) {
        unit = 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00);
      } else {
        at_ = before;
      }
    }
    // Half of a pair is no character: Java writes it out as '?'.
    AppendCodePoint(out, *unit >= 0xD800 && *unit < 0xE000 ? '?' : *unit);
    return true;
  }

  bool ReadString(std::string& out) {
    ++at_;  // the quote
    while (at_ < text_.size()) {
      const size_t start = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20) {
        ++at_;
      }
      out += text_.substr(start, at_ - start);
      if (at_ >= text_.size()) return false;
      const char c = text_[at_++];
      if (c == '"') return true;
      if (c != '\\' || !TakeEscape(out)) return false;  // a bare control character is an error too
    }
    return false;
  }

  bool ReadArray(JsonNode& out, int depth) {
    ++at_;
    out.kind = JsonNode::Kind::kArray;
    if (Take(']')) return true;
    do {
      if (!ReadValue(out.items.emplace_back(), depth + 1)) return false;
    } while (Take(','));
    return Take(']');
  }

  bool ReadObject(JsonNode& out, int depth) {
    ++at_;
    out.kind = JsonNode::Kind::kObject;
    if (Take('}')) return true;
    do {
      SkipBlanks();
      std::string name;
      if (at_ >= text_.size() || text_[at_] != '"' || !ReadString(name) || !Take(':')) return false;
      const auto known = std::find(out.names.begin(), out.names.end(), name);
      JsonNode value;
      if (!ReadValue(value, depth + 1)) return false;
      if (known != out.names.end()) {
        out.items[static_cast<size_t>(known - out.names.begin())] = std::move(value);
      } else {
        out.names.push_back(std::move(name));
        out.items.push_back(std::move(value));
      }
    } while (Take(','));
    return Take('}');
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

const JsonNode* JsonNode::Member(std::string_view name) const {
  if (kind != Kind::kObject) return nullptr;
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? nullptr : &items[static_cast<size_t>(found - names.begin())];
}

std::optional<JsonNode> ParseJson(std::string_view text) {
  JsonNode root;
  if (!Parser(text).ReadValue(root, 0)) return std::nullopt;
  return root;
}

void AppendJson(const JsonNode& node, std::string& out) {
  switch (node.kind) {
    case JsonNode::Kind::kNull: out += "null"; return;
    case JsonNode::Kind::kFalse: out += "false"; return;
    case JsonNode::Kind::kTrue: out += "true"; return;
    case JsonNode::Kind::kNumber: out += node.text; return;
    case JsonNode::Kind::kString: codec::AppendJsonString(out, node.text); return;
    case JsonNode::Kind::kArray:
    case JsonNode::Kind::kObject: break;
  }
  const bool object = node.kind == JsonNode::Kind::kObject;
  out += object ? '{' : '[';
  for (size_t i = 0; i < node.items.size(); ++i) {
    if (i > 0) out += ',';
    if (object) {
      codec::AppendJsonString(out, node.names[i]);
      out += ':';
    }
    AppendJson(node.items[i], out);
  }
  out += object ? '}' : ']';
}

}  // namespace millrace::functions
