#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "codec/json.h"

namespace millrace::engine {

// Plain structs to and from JSON objects, both from one list of members: a struct T has
//   template <class F> void Fields(F& field, T& value) { field("id", value.id); ... }
// where members may be strings, bools, integers, maps of strings, structs with Fields, and vectors and optionals (null
// = none) of these. Reading leaves a member that the object lacks as it is; one of the wrong kind is an error.
class FieldWriter {
 public:
  template <typename T>
  static codec::Json Write(const T& value) {
    FieldWriter writer;
    Fields(writer, const_cast<T&>(value));  // NOLINT: Fields only reads when it writes
    return std::move(writer.out_);
  }
  template <typename T>
  void operator()(std::string_view name, const T& value) {
    out_.Set(name, ToValue(value));
  }
  // INT64_MIN, which is no time, becomes null.
  void Watermark(std::string_view name, int64_t millis) {
    out_.Set(name, millis == INT64_MIN ? codec::Json() : codec::Json(millis));
  }

 private:
  static codec::Json ToValue(const std::string& text) { return text; }
  static codec::Json ToValue(bool flag) { return flag; }
  static codec::Json ToValue(int64_t number) { return number; }
  static codec::Json ToValue(uint64_t number) { return static_cast<int64_t>(number); }
  static codec::Json ToValue(uint32_t number) { return int64_t{number}; }
  static codec::Json ToValue(const std::map<std::string, std::string>& map) {
    codec::Json out = codec::Json::MakeObject();
    for (const auto& [key, value] : map) out.Set(key, value);
    return out;
  }
  template <typename T>
  static codec::Json ToValue(const std::vector<T>& items) {
    codec::Json out = codec::Json::MakeArray();
    for (const T& item : items) out.Append(ToValue(item));
    return out;
  }
  template <typename T>
  static codec::Json ToValue(const std::optional<T>& value) {
    return value ? ToValue(*value) : codec::Json();
  }
  template <typename T>
  static codec::Json ToValue(const T& value) {
    return Write(value);
  }

  codec::Json out_ = codec::Json::MakeObject();
};

class FieldReader {
 public:
  // `what` names the object in errors: "job report".
  template <typename T>
  static Result<T> Read(const codec::Json& json, std::string_view what) {
    T out;
    FieldReader reader(json);
    if (!json.is_object()) reader.wrong_ = "the whole";
    Fields(reader, out);
    if (!reader.wrong_.empty()) return UserError(fmt::format("No {}: {} has the wrong kind.", what, reader.wrong_));
    return out;
  }
  template <typename T>
  void operator()(std::string_view name, T& value) {
    const codec::Json* member = json_.Find(name);
    if (member != nullptr && !FromValue(*member, value)) Wrong(name);
  }
  void Watermark(std::string_view name, int64_t& millis) {
    const codec::Json* member = json_.Find(name);
    if (member == nullptr || member->is_null()) {
      millis = INT64_MIN;
    } else if (!FromValue(*member, millis)) {
      Wrong(name);
    }
  }

 private:
  explicit FieldReader(const codec::Json& json) : json_(json) {}
  void Wrong(std::string_view name) {
    if (wrong_.empty()) wrong_ = fmt::format("'{}'", name);
  }
  static bool FromValue(const codec::Json& json, std::string& text) {
    if (json.is_string()) text = json.AsString();
    return json.is_string();
  }
  static bool FromValue(const codec::Json& json, bool& flag) {
    if (json.is_bool()) flag = json.AsBool();
    return json.is_bool();
  }
  template <typename T>
    requires std::is_integral_v<T>
  static bool FromValue(const codec::Json& json, T& number) {
    if (json.is_int()) number = static_cast<T>(json.AsInt());
    return json.is_int();
  }
  static bool FromValue(const codec::Json& json, std::map<std::string, std::string>& map) {
    if (!json.is_object()) return false;
    for (const codec::JsonMember& member : json.members()) {
      if (!FromValue(member.value, map[member.name])) return false;
    }
    return true;
  }
  template <typename T>
  static bool FromValue(const codec::Json& json, std::vector<T>& items) {
    if (!json.is_array()) return false;
    for (const codec::Json& item : json.items()) {
      if (!FromValue(item, items.emplace_back())) return false;
    }
    return true;
  }
  template <typename T>
  static bool FromValue(const codec::Json& json, std::optional<T>& value) {
    value.reset();
    return json.is_null() || FromValue(json, value.emplace());
  }
  template <typename T>
    requires std::is_class_v<T>
  static bool FromValue(const codec::Json& json, T& value) {
    if (!json.is_object()) return false;
    FieldReader reader(json);
    Fields(reader, value);
    return reader.wrong_.empty();
  }

  const codec::Json& json_;
  std::string wrong_;  // the first member of the wrong kind
};

}  // namespace millrace::engine
