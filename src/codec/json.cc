#include "codec/json.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace millrace::codec {

Json::Json(Array items) : value_(std::move(items)) {}
Json::Json(Object members) : value_(std::move(members)) {}
Json Json::MakeObject() { return Json(Object()); }

double Json::AsDouble() const { return kind() == Kind::kInt ? static_cast<double>(AsInt()) : std::get<double>(value_); }

const Json* Json::Find(std::string_view name) const {
  if (!is_object()) return nullptr;
  for (const JsonMember& member : members()) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

const std::string* Json::FindString(std::string_view name) const {
  const Json* value = Find(name);
  return value != nullptr && value->is_string() ? &value->AsString() : nullptr;
}

Json& Json::Set(std::string_view name, Json value) {
  for (JsonMember& member : members()) {
    if (member.name == name) {
      member.value = std::move(value);
      return *this;
    }
  }
  members().push_back({std::string(name), std::move(value)});
  return *this;
}

Json& Json::Append(Json value) {
  items().push_back(std::move(value));
  return *this;
}

bool Json::operator==(const Json& other) const { return value_ == other.value_; }

namespace {

// Java's Double.toString: plain from 1e-3 up to 1e7, else d.dddE[-]x; always a digit after the point.
void AppendJavaDouble(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
    return;
  }
  if (std::isinf(value)) {
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    return;
  }
  const double size = std::fabs(value);
  char text[64];
  if (size == 0 || (size >= 1e-3 && size < 1e7)) {
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr;
    const std::string_view digits(text, end - text);
    out += digits;
    if (digits.find('.') == std::string_view::npos) out += ".0";
    return;
  }
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  const std::string_view digits(text, end - text);
  const size_t e = digits.find('e');
  const std::string_view mantissa = digits.substr(0, e);
  std::string_view exponent = digits.substr(e + 1);
  const bool negative = exponent.front() == '-';
  exponent.remove_prefix(1);
  while (exponent.size() > 1 && exponent.front() == '0') exponent.remove_prefix(1);
  out += mantissa;
  if (mantissa.find('.') == std::string_view::npos) out += ".0";
  out += negative ? "E-" : "E";
  out += exponent;
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  out.push_back('"');
  size_t done = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, done, i - done);
    done = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: fmt::format_to(std::back_inserter(out), "\\u{:04X}", c);
    }
  }
  out.append(text, done, text.size() - done);
  out.push_back('"');
}

void Json::AppendTo(std::string& out) const {
  switch (kind()) {
    case Kind::kNull: out += "null"; return;
    case Kind::kBool: out += AsBool() ? "true" : "false"; return;
    case Kind::kInt: out += std::to_string(AsInt()); return;
    case Kind::kDouble: AppendJavaDouble(out, AsDouble()); return;
    case Kind::kString: AppendJsonString(out, AsString()); return;
    case Kind::kArray: {
      out += '[';
      bool first = true;
      for (const Json& item : items()) {
        if (!first) out += ',';
        first = false;
        item.AppendTo(out);
      }
      out += ']';
      return;
    }
    case Kind::kObject: {
      out += '{';
      bool first = true;
      for (const JsonMember& member : members()) {
        if (!first) out += ',';
        first = false;
        AppendJsonString(out, member.name);
        out += ':';
        member.value.AppendTo(out);
      }
      out += '}';
      return;
    }
  }
}

std::string Json::ToString() const {
  std::string out;
  AppendTo(out);
  return out;
}

}  // namespace millrace::codec
