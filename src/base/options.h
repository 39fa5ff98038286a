#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace {

enum class OptionType { kString, kInt, kDouble, kBool, kDuration, kMemory, kEnum, kList };

// One row of an option table. A table drives parsing, validation, "did you mean", the docs page and UI forms.
struct OptionDef {
  std::string_view name;  // "scan.startup.mode"; "properties.*" or "fields.#.kind" for families
  OptionType type = OptionType::kString;
  std::string_view default_value;  // shown as written; empty = none
  std::string_view doc;
  bool required = false;
  std::vector<std::string_view> choices;  // of an enum, lower case
  std::vector<std::string_view> aliases;  // older names
};

using OptionTable = std::vector<OptionDef>;
using OptionMap = std::map<std::string, std::string>;

// Options of one table after validation: every key is known, every value parses. Values are looked up by the name in
// the table; an alias given by the user is found under the table's name.
class Options {
 public:
  // `owner` goes into the messages, e.g. "kafka". Flink 1.20: "Unsupported options found for '<owner>'." followed by
  // the unsupported and the supported names (sorted).
  static Result<Options> Validate(std::string_view owner, const OptionTable& table, OptionMap given);

  bool Has(std::string_view name) const { return values_.contains(std::string(name)); }
  // Given value, else the table's default, else "".
  std::string GetString(std::string_view name) const;
  std::optional<std::string> Find(std::string_view name) const;  // given value or default
  int64_t GetInt(std::string_view name) const;
  double GetDouble(std::string_view name) const;
  bool GetBool(std::string_view name) const;
  int64_t GetDurationMillis(std::string_view name) const;
  int64_t GetMemoryBytes(std::string_view name) const;
  std::string GetEnum(std::string_view name) const;               // lower case
  std::vector<std::string> GetList(std::string_view name) const;  // split at ';', trimmed, empties dropped
  // All given options whose name starts with `prefix`, the prefix cut off.
  OptionMap WithPrefix(std::string_view prefix) const;
  const OptionMap& given() const { return values_; }

 private:
  const OptionTable* table_ = nullptr;  // outlives the options: tables are static
  OptionMap values_;
};

}  // namespace millrace
