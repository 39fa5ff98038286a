#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "base/result.h"

namespace millrace::engine {

// Session settings: SET over the cluster's values over Flink's defaults. Any key may be set; values are parsed when
// used, and a bad value is the error of the statement that uses it (flink-sql.md 1.3). Older names of a key
// (flink-sql.md 8) lead to the same entry.
class Config {
 public:
  explicit Config(std::map<std::string, std::string> cluster_values = {});

  // Logs one line for a key, or a value of it, that is accepted and has no effect here.
  void Set(std::string_view key, std::string_view value);
  void Reset(std::string_view key);
  void ResetAll();

  // Set value, else the cluster's, else the default of the key's row; nullopt for a key that has none of these.
  std::optional<std::string> Find(std::string_view key) const;
  std::string GetString(std::string_view key) const;  // "" when absent
  Result<int64_t> GetInt(std::string_view key) const;
  Result<bool> GetBool(std::string_view key) const;
  Result<int64_t> GetDurationMillis(std::string_view key) const;
  Result<int64_t> GetMemoryBytes(std::string_view key) const;
  Result<std::string> GetEnum(std::string_view key) const;  // one of the row's choices, lower case
  // What `SET;` lists: everything that is set here or in the cluster's values, by key as the user wrote it.
  std::map<std::string, std::string> Listing() const;

 private:
  std::map<std::string, std::string> cluster_;
  std::map<std::string, std::string> session_;
};

bool HasEffect(std::string_view key);                          // it is one of ConfigKeys(), under any of its names
bool IsSameKey(std::string_view one, std::string_view other);  // two names of one key

// What happens instead of what `value` asks for, when nothing here reads the key, with the nearest key when none is
// called so; "" when it is read, or when the value is what is done anyway.
std::string NoEffectNote(std::string_view key, std::string_view value);

// The keys that have an effect or a note, with type, default and doc: for the docs page and completion.
const OptionTable& ConfigKeys();

}  // namespace millrace::engine
