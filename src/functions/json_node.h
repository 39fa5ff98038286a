#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::functions {

// A JSON value of the JSON functions. Numbers are kept as text, so that none loses digits.
struct JsonNode {
  enum class Kind : uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  std::string text;                // kString: decoded; kNumber: as Java prints it (1.50 -> 1.5, 1e3 -> 1000.0)
  std::vector<JsonNode> items;     // kArray, kObject
  std::vector<std::string> names;  // kObject: of the items, each once

  bool is_container() const { return kind == Kind::kArray || kind == Kind::kObject; }
  const JsonNode* Member(std::string_view name) const;  // null if there is none
};

// The value at the start of the text, as Jackson reads it: what follows it is ignored, a name given twice keeps its
// last value. nullopt if it is none; nested deeper than 500 levels counts as none.
std::optional<JsonNode> ParseJson(std::string_view text);

// Compact text.
void AppendJson(const JsonNode& node, std::string& out);

}  // namespace millrace::functions
