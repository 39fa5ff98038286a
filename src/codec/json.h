#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace millrace::codec {

struct JsonMember;

// A JSON value for the control plane (registry, REST, schemas): objects keep the order in which members were added. Not
// for records: those take the format's own path. A value type; one thread per value.
class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<JsonMember>;
  enum class Kind { kNull, kBool, kInt, kDouble, kString, kArray, kObject };

  Json();
  Json(const Json& other);
  Json(Json&& other) noexcept;
  Json& operator=(const Json& other);
  Json& operator=(Json&& other) noexcept;
  ~Json();
  Json(std::nullptr_t);         // NOLINT: implicit on purpose, as are the next ones
  Json(bool value);             // NOLINT
  Json(int value);              // NOLINT
  Json(int64_t value);          // NOLINT
  Json(double value);           // NOLINT
  Json(const char* text);       // NOLINT
  Json(std::string_view text);  // NOLINT
  Json(std::string text);       // NOLINT
  Json(Array items);            // NOLINT
  Json(Object members);         // NOLINT
  static Json MakeArray();
  static Json MakeObject();

  Kind kind() const { return static_cast<Kind>(value_.index()); }
  bool is_null() const { return kind() == Kind::kNull; }
  bool is_bool() const { return kind() == Kind::kBool; }
  bool is_int() const { return kind() == Kind::kInt; }
  bool is_number() const { return kind() == Kind::kInt || kind() == Kind::kDouble; }
  bool is_string() const { return kind() == Kind::kString; }
  bool is_array() const { return kind() == Kind::kArray; }
  bool is_object() const { return kind() == Kind::kObject; }

  // Each aborts unless the value is of that kind; AsDouble takes both kinds of numbers.
  bool AsBool() const { return std::get<bool>(value_); }
  int64_t AsInt() const { return std::get<int64_t>(value_); }
  double AsDouble() const;
  const std::string& AsString() const { return std::get<std::string>(value_); }
  const Array& items() const { return std::get<Array>(value_); }
  Array& items() { return std::get<Array>(value_); }
  const Object& members() const { return std::get<Object>(value_); }
  Object& members() { return std::get<Object>(value_); }

  // Member of an object, or null when it is absent or this is no object.
  const Json* Find(std::string_view name) const;
  // The member if it is a string, else nullptr.
  const std::string* FindString(std::string_view name) const;
  // Replaces the member in its place or adds it at the end. Returns *this.
  Json& Set(std::string_view name, Json value);
  Json& Append(Json value);

  // Compact text: no blanks, escapes as Jackson writes them (", \, control characters; other scripts stay UTF-8),
  // doubles as Java prints them (1.0, 1.0E10), NaN and infinities as strings.
  std::string ToString() const;
  void AppendTo(std::string& out) const;

  bool operator==(const Json& other) const;

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, Array, Object> value_;
};

struct JsonMember {
  std::string name;
  Json value;
  bool operator==(const JsonMember&) const = default;
};

// Here, where JsonMember is complete.
inline Json::Json() = default;
inline Json::Json(const Json& other) = default;
inline Json::Json(Json&& other) noexcept = default;
inline Json& Json::operator=(const Json& other) = default;
inline Json& Json::operator=(Json&& other) noexcept = default;
inline Json::~Json() = default;
inline Json::Json(std::nullptr_t) {}
inline Json::Json(bool value) : value_(value) {}
inline Json::Json(int value) : value_(int64_t{value}) {}
inline Json::Json(int64_t value) : value_(value) {}
inline Json::Json(double value) : value_(value) {}
inline Json::Json(const char* text) : value_(std::string(text)) {}
inline Json::Json(std::string_view text) : value_(std::string(text)) {}
inline Json::Json(std::string text) : value_(std::move(text)) {}
inline Json Json::MakeArray() { return Json(Array()); }

struct JsonLimits {
  size_t max_bytes = size_t{16} << 20;
  int max_depth = 200;
};

// RFC 8259, UTF-8 only. A repeated member keeps its first place and its last value. Integers beyond 64 bits become
// doubles. Errors are of domain kUser: "Invalid JSON at line 1, column 5: expected ':' after the member name".
Result<Json> ParseJson(std::string_view text, const JsonLimits& limits = {});

// `text` between quotes, escaped as Jackson does it: \" \\ \b \f \n \r \t, other control characters \u00XX in upper
// case.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace millrace::codec
