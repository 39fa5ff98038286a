#include "base/options.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/strings.h"

namespace millrace {
namespace {

// "properties.*" matches any longer name with that prefix; "fields.#.kind" any one middle part.
bool MatchesFamily(std::string_view pattern, std::string_view name) {
  if (pattern.ends_with(".*")) {
    const std::string_view prefix = pattern.substr(0, pattern.size() - 1);
    return name.size() > prefix.size() && name.starts_with(prefix);
  }
  const size_t hash = pattern.find('#');
  if (hash == std::string_view::npos) return false;
  const std::string_view prefix = pattern.substr(0, hash);
  const std::string_view suffix = pattern.substr(hash + 1);
  return name.size() > prefix.size() + suffix.size() && name.starts_with(prefix) && name.ends_with(suffix);
}

const OptionDef* FindDef(const OptionTable& table, std::string_view name) {
  for (const OptionDef& def : table) {
    if (def.name == name) return &def;
    if (std::find(def.aliases.begin(), def.aliases.end(), name) != def.aliases.end()) return &def;
  }
  for (const OptionDef& def : table) {
    if (MatchesFamily(def.name, name)) return &def;
  }
  return nullptr;
}

Status CheckValue(const OptionDef& def, std::string_view name, const std::string& value) {
  const auto invalid = [&](std::string_view expected) {
    return ValidationError(fmt::format("Invalid value for option '{}': '{}' is not {}.", name, value, expected));
  };
  switch (def.type) {
    case OptionType::kString:
    case OptionType::kList: return Ok();
    case OptionType::kInt: return ParseInt64(Trim(value)) ? Ok() : Status(invalid("an integer"));
    case OptionType::kDouble: return ParseDouble(Trim(value)) ? Ok() : Status(invalid("a number"));
    case OptionType::kBool: return ParseBool(Trim(value)) ? Ok() : Status(invalid("true or false"));
    case OptionType::kDuration:
      return ParseDurationMillis(value).ok() ? Ok() : Status(invalid("a duration such as '10 s'"));
    case OptionType::kMemory: return ParseMemoryBytes(value).ok() ? Ok() : Status(invalid("a size such as '64 mb'"));
    case OptionType::kEnum: {
      const std::string lower = ToLower(Trim(value));
      for (const std::string_view choice : def.choices) {
        if (choice == lower) return Ok();
      }
      std::vector<std::string> choices(def.choices.begin(), def.choices.end());
      return invalid("one of " + Join(choices, ", ")).WithHint(DidYouMean(lower, choices));
    }
  }
  return Ok();
}

Error Unsupported(std::string_view owner, const OptionTable& table, const std::vector<std::string>& unknown) {
  std::vector<std::string> supported;
  for (const OptionDef& def : table) supported.emplace_back(def.name);
  std::sort(supported.begin(), supported.end());
  std::string hint;
  for (const std::string& name : unknown) {
    const auto nearest = NearestName(name, supported);
    if (nearest) hint += fmt::format("{}Did you mean '{}' instead of '{}'?", hint.empty() ? "" : " ", *nearest, name);
  }
  return ValidationError(fmt::format("Unsupported options found for '{}'.\n\nUnsupported options:\n\n{}\n\nSupported "
                                     "options:\n\n{}",
                                     owner, Join(unknown, "\n"), Join(supported, "\n")))
      .WithHint(std::move(hint));
}

}  // namespace

Result<Options> Options::Validate(std::string_view owner, const OptionTable& table, OptionMap given) {
  Options options;
  options.table_ = &table;
  std::vector<std::string> unknown;
  for (auto& [name, value] : given) {
    const OptionDef* def = FindDef(table, name);
    if (def == nullptr) {
      unknown.push_back(name);
      continue;
    }
    MR_TRY(CheckValue(*def, name, value));
    const bool is_alias = std::find(def->aliases.begin(), def->aliases.end(), name) != def->aliases.end();
    options.values_[is_alias ? std::string(def->name) : name] = value;
  }
  if (!unknown.empty()) return Unsupported(owner, table, unknown);
  std::vector<std::string> missing;
  for (const OptionDef& def : table) {
    if (def.required && !options.values_.contains(std::string(def.name))) missing.emplace_back(def.name);
  }
  if (!missing.empty()) {
    return ValidationError(fmt::format(
        "One or more required options are missing.\n\nMissing required options are:\n\n{}", Join(missing, "\n")));
  }
  return options;
}

std::optional<std::string> Options::Find(std::string_view name) const {
  const auto it = values_.find(std::string(name));
  if (it != values_.end()) return it->second;
  const OptionDef* def = table_ == nullptr ? nullptr : FindDef(*table_, name);
  if (def == nullptr || def->default_value.empty()) return std::nullopt;
  return std::string(def->default_value);
}

std::string Options::GetString(std::string_view name) const { return Find(name).value_or(""); }
int64_t Options::GetInt(std::string_view name) const { return ParseInt64(Trim(GetString(name))).value_or(0); }
double Options::GetDouble(std::string_view name) const { return ParseDouble(Trim(GetString(name))).value_or(0); }
bool Options::GetBool(std::string_view name) const { return ParseBool(Trim(GetString(name))).value_or(false); }

int64_t Options::GetDurationMillis(std::string_view name) const {
  const auto text = Find(name);
  return text ? ParseDurationMillis(*text).value() : 0;
}

int64_t Options::GetMemoryBytes(std::string_view name) const {
  const auto text = Find(name);
  return text ? ParseMemoryBytes(*text).value() : 0;
}

std::string Options::GetEnum(std::string_view name) const { return ToLower(Trim(GetString(name))); }

std::vector<std::string> Options::GetList(std::string_view name) const {
  std::vector<std::string> out;
  for (const std::string& piece : Split(GetString(name), ';')) {
    if (!Trim(piece).empty()) out.emplace_back(Trim(piece));
  }
  return out;
}

OptionMap Options::WithPrefix(std::string_view prefix) const {
  OptionMap out;
  for (const auto& [name, value] : values_) {
    if (name.size() > prefix.size() && name.starts_with(prefix)) out[name.substr(prefix.size())] = value;
  }
  return out;
}

}  // namespace millrace
