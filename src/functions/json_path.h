#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "functions/json_node.h"

namespace millrace::functions {

// A path of the JSON functions: `[lax | strict] $.a.b[0]`, without a word strict, as in Flink. Steps: `.name`,
// `['name']`,
// `['a','b']` (an object of both), `[0]`, `[-1]` (from the end), `[0,2]`, `[1:3]`, `.*`, `[*]`, `..name`, `..*`. A path
// with a wildcard, a slice, several indices or `..` yields an array of what it finds. Filters are not known.
class JsonPath {
 public:
  // Kept for later calls of the same thread; null if the path is malformed.
  static const JsonPath* Find(std::string_view text);
  static bool IsLax(std::string_view text);  // also of a malformed path

  bool lax() const { return lax_; }
  // What the path leads to; nullopt if a member or element on the way is missing.
  std::optional<JsonNode> Evaluate(const JsonNode& root) const;

 private:
  struct Step {
    enum class Kind : uint8_t { kNames, kIndices, kSlice, kWildcard };
    Kind kind = Kind::kWildcard;
    bool deep = false;  // also in everything below
    std::vector<std::string> names{};
    std::vector<int64_t> indices{};
    std::optional<int64_t> from{};
    std::optional<int64_t> to{};
  };
  friend class JsonPathReader;

  static void Apply(const Step& step, const JsonNode& node, std::vector<JsonNode>& out);
  static void ApplyDeep(const Step& step, const JsonNode& node, std::vector<JsonNode>& out);

  bool lax_ = false;
  bool many_ = false;  // yields an array
  std::vector<Step> steps_;
};

}  // namespace millrace::functions
