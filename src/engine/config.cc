#include "engine/config.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/log.h"
#include "base/strings.h"

namespace millrace::engine {
namespace {

const OptionDef* FindKey(std::string_view key) {
  for (const OptionDef& def : ConfigKeys()) {
    if (def.name == key) return &def;
    if (std::find(def.aliases.begin(), def.aliases.end(), key) != def.aliases.end()) return &def;
  }
  return nullptr;
}

// The value under any name of `def`.
std::optional<std::string> FindUnderAnyName(const std::map<std::string, std::string>& values, const OptionDef& def) {
  if (const auto it = values.find(std::string(def.name)); it != values.end()) return it->second;
  for (const std::string_view alias : def.aliases) {
    if (const auto it = values.find(std::string(alias)); it != values.end()) return it->second;
  }
  return std::nullopt;
}

// Their docs say what happens instead, their defaults are what happens.
constexpr std::string_view kNotRead[] = {
    "pipeline.max-parallelism",
    "execution.checkpointing.max-concurrent-checkpoints",
    "execution.checkpointing.unaligned.enabled",
    "execution.checkpointing.aligned-checkpoint-timeout",
    "execution.checkpointing.storage",
    "execution.state-recovery.claim-mode",
    "execution.attached",
    "execution.target",
    "table.sql-dialect",
    "table.exec.source.cdc-events-duplicate",
    "table.exec.state.ttl",
    "table.exec.sink.type-length-enforcer",
    "table.exec.sink.upsert-materialize",
    "table.exec.sink.keyed-shuffle",
    "table.exec.sink.rowtime-inserter",
    "table.exec.legacy-cast-behaviour",
    "table.exec.mini-batch.enabled",
    "table.exec.mini-batch.allow-latency",
    "table.exec.mini-batch.size",
    "table.exec.rank.topn-cache-size",
    "sql-client.verbose",
};

std::string UnknownKeyNote(std::string_view key) {
  std::vector<std::string> names;
  for (const OptionDef& def : ConfigKeys()) {
    names.emplace_back(def.name);
    names.insert(names.end(), def.aliases.begin(), def.aliases.end());
  }
  const std::string nearest = DidYouMean(key, names);
  return fmt::format("'{}' is no key that is known here: it is kept and has no effect.{}{}", key,
                     nearest.empty() ? "" : " ", nearest);
}

Error BadValue(std::string_view key, const std::string& value, std::string_view expected) {
  return UserError(fmt::format("Could not parse value '{}' for key '{}'.", value, key))
      .WithCode("java.lang.IllegalArgumentException")
      .WithHint(fmt::format("Give {}, or RESET '{}'.", expected, key));
}

}  // namespace

bool HasEffect(std::string_view key) { return FindKey(key) != nullptr; }

bool IsSameKey(std::string_view one, std::string_view other) {
  const OptionDef* def = FindKey(one);
  return one == other || (def != nullptr && def == FindKey(other));
}

std::string NoEffectNote(std::string_view key, std::string_view value) {
  const OptionDef* def = FindKey(key);
  if (def == nullptr) return UnknownKeyNote(key);
  if (std::find(std::begin(kNotRead), std::end(kNotRead), def->name) == std::end(kNotRead)) return "";
  const std::string plain = ToLower(Trim(value));
  if (plain == def->default_value) return "";
  // Any other choice is refused when a job starts.
  if (!def->choices.empty() && std::find(def->choices.begin(), def->choices.end(), plain) == def->choices.end())
    return "";
  return fmt::format("'{}' = '{}' has no effect here. {}", key, value, def->doc);
}

Config::Config(std::map<std::string, std::string> cluster_values) : cluster_(std::move(cluster_values)) {}

void Config::Set(std::string_view key, std::string_view value) {
  const std::string note = NoEffectNote(key, value);
  if (!note.empty()) Log(LogLevel::kInfo, "session", "{}", note);
  Reset(key);
  session_[std::string(key)] = value;
}

void Config::Reset(std::string_view key) {
  session_.erase(std::string(key));
  const OptionDef* def = FindKey(key);
  if (def == nullptr) return;
  session_.erase(std::string(def->name));
  for (const std::string_view alias : def->aliases) session_.erase(std::string(alias));
}

void Config::ResetAll() { session_.clear(); }

std::optional<std::string> Config::Find(std::string_view key) const {
  const OptionDef* def = FindKey(key);
  const OptionDef unknown{.name = key};
  const OptionDef& row = def == nullptr ? unknown : *def;
  if (auto value = FindUnderAnyName(session_, row)) return value;
  if (auto value = FindUnderAnyName(cluster_, row)) return value;
  if (row.default_value.empty()) return std::nullopt;
  return std::string(row.default_value);
}

std::string Config::GetString(std::string_view key) const { return Find(key).value_or(""); }

Result<int64_t> Config::GetInt(std::string_view key) const {
  const std::string value = GetString(key);
  if (const auto number = ParseInt64(Trim(value))) return *number;
  return BadValue(key, value, "an integer");
}

Result<bool> Config::GetBool(std::string_view key) const {
  const std::string value = GetString(key);
  if (const auto flag = ParseBool(Trim(value))) return *flag;
  return BadValue(key, value, "true or false");
}

Result<int64_t> Config::GetDurationMillis(std::string_view key) const {
  const std::string value = GetString(key);
  const auto millis = ParseDurationMillis(value);
  if (millis.ok()) return *millis;
  return BadValue(key, value, "a duration such as '10 s'");
}

Result<int64_t> Config::GetMemoryBytes(std::string_view key) const {
  const std::string value = GetString(key);
  const auto bytes = ParseMemoryBytes(value);
  if (bytes.ok()) return *bytes;
  return BadValue(key, value, "a size such as '64 mb'");
}

Result<std::string> Config::GetEnum(std::string_view key) const {
  const OptionDef* def = FindKey(key);
  CHECK(def != nullptr && def->type == OptionType::kEnum);
  const std::string given = GetString(key);
  const std::string value = ToLower(Trim(given));
  if (std::find(def->choices.begin(), def->choices.end(), value) != def->choices.end()) return value;
  const std::vector<std::string> choices(def->choices.begin(), def->choices.end());
  Error error = BadValue(key, given, "one of " + Join(choices, ", "));
  const std::string nearest = DidYouMean(value, choices);
  if (!nearest.empty()) error.hint = nearest + " " + error.hint;
  return error;
}

std::map<std::string, std::string> Config::Listing() const {
  std::map<std::string, std::string> out = session_;
  for (const auto& [key, value] : cluster_) {
    const OptionDef* def = FindKey(key);
    const bool overridden = def == nullptr ? session_.contains(key) : FindUnderAnyName(session_, *def).has_value();
    if (!overridden) out.emplace(key, value);
  }
  return out;
}

}  // namespace millrace::engine
