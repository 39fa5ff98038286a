#include "cluster/cluster_config.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "base/file.h"
#include "base/log.h"
#include "base/secrets.h"
#include "base/strings.h"
#include "engine/config.h"

namespace millrace::cluster {
namespace {

// Families whose keys sessions may read, also those the engine has no row for.
constexpr std::string_view kSessionFamilies[] = {"execution.",  "state.",           "pipeline.",   "table.",
                                                 "sql-client.", "restart-strategy", "parallelism."};

bool HasName(const OptionTable& table, std::string_view key) {
  return std::any_of(table.begin(), table.end(), [&](const OptionDef& def) {
    const bool family = def.name.ends_with(".*") && key.starts_with(def.name.substr(0, def.name.size() - 1));
    return family || def.name == key || std::find(def.aliases.begin(), def.aliases.end(), key) != def.aliases.end();
  });
}

std::vector<std::string> AllNames() {
  std::vector<std::string> names;
  for (const OptionTable* table : {&ClusterKeys(), &engine::ConfigKeys()}) {
    for (const OptionDef& def : *table) {
      names.emplace_back(def.name);
      names.insert(names.end(), def.aliases.begin(), def.aliases.end());
    }
  }
  return names;
}

std::string Unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  return std::string(quoted ? text.substr(1, text.size() - 2) : text);
}

void Flatten(const YAML::Node& node, const std::string& prefix, OptionMap& out) {
  if (node.IsMap()) {
    for (const auto& member : node) {
      const auto name = member.first.as<std::string>();
      Flatten(member.second, prefix.empty() ? name : prefix + "." + name, out);
    }
  } else if (node.IsSequence()) {
    std::vector<std::string> items;
    for (const auto& item : node) items.push_back(item.as<std::string>());
    out[prefix] = Join(items, ";");
  } else if (node.IsScalar()) {
    out[prefix] = node.as<std::string>();
  } else {
    out[prefix] = "";  // "key:" without a value
  }
}

// The file itself, or the one that a configuration folder holds.
std::string FindFile(const std::string& path) {
  FileSystem& files = RealFileSystem();
  if (!files.IsDirectory(path)) return path;
  const std::string old = path + "/flink-conf.yaml";
  return files.Exists(old) && !files.Exists(path + "/config.yaml") ? old : path + "/config.yaml";
}

Result<OptionMap> ReadFile(const std::string& path) {
  const std::string file = FindFile(path);
  MR_ASSIGN(const std::string text, ReadWholeFile(RealFileSystem(), file));
  auto parsed = file.ends_with("flink-conf.yaml") ? ParseProperties(text) : ParseYaml(text);
  if (!parsed.ok()) return std::move(parsed).error().InContext(file);
  return parsed;
}

Status MergeProperties(std::string_view variable, const std::string& text, OptionMap& into) {
  auto parsed = ParseProperties(text);
  if (!parsed.ok()) return std::move(parsed).error().InContext(variable);
  for (auto& [key, value] : *parsed) into[key] = std::move(value);
  return Ok();
}

}  // namespace

ConfigSources ConfigSources::FromEnvironment() {
  const auto variable = [](const char* name) {
    const char* text = std::getenv(name);
    return std::string(text == nullptr ? "" : text);
  };
  return {.flink_properties = variable("FLINK_PROPERTIES"), .millrace_properties = variable("MILLRACE_PROPERTIES")};
}

Result<OptionMap> ParseYaml(const std::string& text) {
  OptionMap out;
  try {
    const YAML::Node root = YAML::Load(text);
    if (!root.IsMap() && !root.IsNull()) return UserError("The configuration is no list of 'key: value' lines.");
    if (root.IsMap()) Flatten(root, "", out);
  } catch (const YAML::Exception& error) {
    return UserError(fmt::format("Line {} is no YAML: {}.", error.mark.line + 1, error.msg));
  }
  return out;
}

Result<OptionMap> ParseProperties(const std::string& text) {
  OptionMap out;
  size_t number = 0;
  for (const std::string& whole : Split(text, '\n')) {
    ++number;
    std::string_view line = Trim(whole);
    line = Trim(line.substr(0, line.find('#')));  // as Flink's GlobalConfiguration does it
    if (line.empty()) continue;
    const size_t colon = line.find(": ");
    const bool empty_value = colon == std::string_view::npos && line.ends_with(':');
    if (colon == std::string_view::npos && !empty_value) {
      return UserError(fmt::format("Line {} is no 'key: value': {}", number, line));
    }
    const std::string key(Trim(line.substr(0, empty_value ? line.size() - 1 : colon)));
    out[key] = empty_value ? "" : Unquoted(Trim(line.substr(colon + 2)));
  }
  return out;
}

Result<ClusterConfig> ClusterConfig::Read(const ConfigSources& sources) {
  OptionMap given;
  if (!sources.file.empty()) {
    MR_ASSIGN(given, ReadFile(sources.file));
  }
  MR_TRY(MergeProperties("FLINK_PROPERTIES", sources.flink_properties, given));
  MR_TRY(MergeProperties("MILLRACE_PROPERTIES", sources.millrace_properties, given));
  for (const std::string& pair : sources.pairs) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      return UserError(fmt::format("-D takes KEY=VALUE, not '{}'.", pair));
    given[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  ClusterConfig config;
  OptionMap own;
  const std::vector<std::string> names = AllNames();
  for (auto& [key, value] : given) {
    if (HasName(ClusterKeys(), key)) {
      own[key] = value;
      continue;
    }
    const bool known = HasName(engine::ConfigKeys(), key);
    if (known || std::any_of(std::begin(kSessionFamilies), std::end(kSessionFamilies),
                             [&](std::string_view family) { return key.starts_with(family); })) {
      config.session_[key] = value;
    }
    if (known) {
      std::string note = engine::NoEffectNote(key, value);
      if (!note.empty()) config.notes_.push_back(std::move(note));
      continue;
    }
    const std::string nearest = DidYouMean(key, names);
    if (nearest.empty() && IsKnownToFlink(key)) {
      config.notes_.push_back(fmt::format("The configuration key '{}' has no effect here.", key));
    } else {
      config.warnings_.push_back(
          fmt::format("The configuration key '{}' is unknown.{}{}", key, nearest.empty() ? "" : " ", nearest));
    }
  }
  auto options = Options::Validate("configuration", ClusterKeys(), std::move(own));
  if (!options.ok()) return std::move(options).error();
  for (const OptionDef& def : ClusterKeys()) {
    const int64_t port = def.name.ends_with(".port") ? options->GetInt(def.name) : 0;
    if (port < 0 || port > 65535)
      return UserError(fmt::format("Invalid value for option '{}': {} is no port, 0 to 65535.", def.name, port));
  }
  config.options_ = std::move(*options);
  return config;
}

std::map<std::string, std::string> ClusterConfig::Visible() const {
  std::map<std::string, std::string> out = session_;
  out.insert(options_.given().begin(), options_.given().end());
  for (auto& [key, value] : out) value = HiddenIfSecret(key, value);
  return out;
}

void ClusterConfig::Log() const {
  for (const std::string& line : warnings_) millrace::Log(LogLevel::kWarn, "config", "{}", line);
  for (const std::string& line : notes_) millrace::Log(LogLevel::kInfo, "config", "{}", line);
}

}  // namespace millrace::cluster
