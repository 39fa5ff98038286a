#include "connect/connector.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::connect {
namespace {

constexpr std::string_view kFormatKeys[] = {"format", "key.format", "value.format"};

std::vector<std::string> FormatNames(const std::vector<FormatDef>& formats) {
  std::vector<std::string> names;
  for (const FormatDef& format : formats) names.emplace_back(format.name);
  std::sort(names.begin(), names.end());
  return names;
}

Result<const FormatDef*> LookUp(const std::vector<FormatDef>& formats, std::string_view name) {
  for (const FormatDef& format : formats) {
    if (format.name == name) return &format;
  }
  const auto names = FormatNames(formats);
  return ValidationError(fmt::format("Could not find any format factory for identifier '{}' in the classpath.", name))
      .WithHint(fmt::format("Available formats: {}.{}", Join(names, ", "),
                            NearestName(name, names) ? " " + DidYouMean(name, names) : ""));
}

// The prefix of a format's own options: "json." for 'format' = 'json', "value.json." for 'value.format' = 'json'.
std::string OptionPrefix(std::string_view format_key, std::string_view format) {
  return fmt::format("{}{}.", format_key.substr(0, format_key.size() - std::string_view("format").size()), format);
}

// Option tables with prefixed names are made once per combination and kept for the life of the process, since Options
// and OptionDef only point into them.
struct InternedTable {
  OptionTable table;
  std::deque<std::string> names;
};

const OptionTable& CombinedTable(const ConnectorDef& connector, const std::map<std::string, const FormatDef*>& chosen) {
  static std::mutex mutex;
  static std::map<std::string, InternedTable> tables;
  std::string key(connector.name);
  for (const auto& [format_key, format] : chosen) key += fmt::format("|{}={}", format_key, format->name);
  const std::lock_guard lock(mutex);
  const auto [it, is_new] = tables.try_emplace(key);
  if (!is_new) return it->second.table;
  InternedTable& made = it->second;
  made.table = *connector.options;
  for (const auto& [format_key, format] : chosen) {
    const std::string prefix = OptionPrefix(format_key, format->name);
    for (const OptionDef& def : *format->options) {
      OptionDef copy = def;
      copy.name = made.names.emplace_back(prefix + std::string(def.name));
      for (std::string_view& alias : copy.aliases) alias = made.names.emplace_back(prefix + std::string(alias));
      made.table.push_back(std::move(copy));
    }
  }
  return made.table;
}

}  // namespace

Result<Options> ValidateTableOptions(const ConnectorDef& connector, const std::vector<FormatDef>& formats,
                                     const OptionMap& given) {
  std::map<std::string, const FormatDef*> chosen;
  for (const std::string_view format_key : kFormatKeys) {
    const bool known = std::any_of(connector.options->begin(), connector.options->end(),
                                   [&](const OptionDef& def) { return def.name == format_key; });
    const auto it = given.find(std::string(format_key));
    if (!known || it == given.end()) continue;
    MR_ASSIGN(chosen[std::string(format_key)], LookUp(formats, it->second));
  }
  return Options::Validate(connector.name, CombinedTable(connector, chosen), given);
}

namespace {

// 'value.format' may be given as 'format'.
std::string ResolveFormatKey(const TableContext& table, std::string_view format_key) {
  if (format_key == "value.format" && !table.options.given().contains("value.format")) return "format";
  return std::string(format_key);
}

}  // namespace

Result<const FormatDef*> FindFormat(const TableContext& table, std::string_view format_key) {
  const std::string key = ResolveFormatKey(table, format_key);
  const auto it = table.options.given().find(key);
  if (it == table.options.given().end()) {
    return ValidationError(fmt::format("Table '{}' needs the option '{}'.", table.table_name, key))
        .WithHint(fmt::format("Available formats: {}.", Join(FormatNames(*table.environment->formats), ", ")));
  }
  return LookUp(*table.environment->formats, it->second);
}

Result<Options> FormatOptions(const TableContext& table, std::string_view format_key) {
  MR_ASSIGN(const FormatDef* format, FindFormat(table, format_key));
  const std::string prefix = OptionPrefix(ResolveFormatKey(table, format_key), format->name);
  return Options::Validate(format->name, *format->options, table.options.WithPrefix(prefix));
}

std::string ApplyHostAlias(const Environment& environment, std::string_view address) {
  if (environment.host_aliases.empty()) return std::string(address);
  const size_t scheme = address.find("://");
  size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const size_t end = std::min(address.find_first_of("/?#", begin), address.size());
  const size_t user = address.substr(begin, end - begin).rfind('@');
  if (user != std::string_view::npos) begin += user + 1;
  const std::string host_port(address.substr(begin, end - begin));
  const auto replaced = [&](std::string_view with) {
    return fmt::format("{}{}{}", address.substr(0, begin), with, address.substr(end));
  };
  if (const auto it = environment.host_aliases.find(host_port); it != environment.host_aliases.end()) {
    const bool has_port = it->second.find(':') != std::string::npos || host_port.find(':') == std::string::npos;
    return replaced(has_port ? it->second : it->second + host_port.substr(host_port.find(':')));
  }
  const size_t colon = host_port.find(':');
  const auto it = environment.host_aliases.find(host_port.substr(0, colon));
  if (it == environment.host_aliases.end()) return std::string(address);
  if (colon == std::string::npos || it->second.find(':') != std::string::npos) return replaced(it->second);
  return replaced(it->second + host_port.substr(colon));
}

}  // namespace millrace::connect
