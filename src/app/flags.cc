#include "app/flags.h"

#include <algorithm>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/strings.h"

namespace millrace::app {
namespace {

std::string LongName(const std::string& names) {
  const size_t dashes = names.rfind("--");
  return dashes == std::string::npos ? names.substr(names.find_last_of('-') + 1) : names.substr(dashes + 2);
}

// "interval|always", "take JOB_ID [DIR] | inspect PATH": what a value or the first argument has to be; empty =
// anything.
std::vector<std::string> Choices(const std::string& metavar) {
  std::vector<std::string> choices;
  if (metavar.find('|') == std::string::npos) return choices;
  for (const std::string& one : Split(metavar, '|')) choices.push_back(Split(Trim(one), ' ')[0]);
  return choices;
}

Status CheckChoice(const std::string& what, const std::string& value, const std::string& metavar) {
  const std::vector<std::string> choices = Choices(metavar);
  if (choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) return Ok();
  return UsageError(fmt::format("{} is one of {}, not '{}'.", what, Join(choices, ", "), value))
      .WithHint(DidYouMean(value, choices));
}

Error UnknownFlag(const ArgumentSpec& spec, const std::vector<std::string>& words) {
  std::vector<std::string> known;
  for (const FlagDef& flag : spec.flags) known.push_back("--" + LongName(flag.name));
  known.emplace_back("--help");
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.find('='));
    if (!name.starts_with("-")) return UsageError(fmt::format("{}: unexpected argument '{}'.", spec.command, word));
    std::string hint = DidYouMean(name, known);
    if (hint.empty()) hint = fmt::format("See {} --help.", spec.command);
    return UsageError(fmt::format("{}: unknown option '{}'.", spec.command, name)).WithHint(hint);
  }
  return UsageError(fmt::format("{}: bad arguments.", spec.command));
}

}  // namespace

Error UsageError(std::string message) { return UserError(std::move(message)).WithCode(std::string(kUsageError)); }

Result<Arguments> Arguments::Parse(const ArgumentSpec& spec, const std::vector<std::string>& words) {
  Arguments out;
  CLI::App app(spec.summary, spec.command);
  app.footer(spec.epilog);
  std::map<std::string, bool> switches;
  for (const FlagDef& flag : spec.flags) {
    const std::string key = LongName(flag.name);
    out.defaults_[key] = flag.default_value;
    const std::string doc =
        flag.default_value.empty() ? flag.doc : fmt::format("{} (default: {})", flag.doc, flag.default_value);
    if (flag.metavar.empty()) {
      app.add_flag(flag.name, switches[key], doc);
      continue;
    }
    auto* option = app.add_option(flag.name, out.values_[key], doc)->type_name(flag.metavar)->expected(1)->type_size(1);
    option->multi_option_policy(flag.repeated ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::TakeLast);
    if (flag.repeated) option->expected(-1);
    option->allow_extra_args(false);  // what follows the value is a positional argument
  }
  if (!spec.positional.empty()) {
    app.add_option("positional", out.positional_, spec.positional_doc)
        ->type_name(spec.positional)
        ->option_text(spec.positional);
  }
  try {
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    out.help_ = app.help();
    return out;
  } catch (const CLI::ExtrasError&) {
    return UnknownFlag(spec, app.remaining());
  } catch (const CLI::ParseError& error) {
    return UsageError(fmt::format("{}: {}.", spec.command, error.what()))
        .WithHint(fmt::format("See {} --help.", spec.command));
  }
  for (const auto& [key, set] : switches) {
    if (set) out.values_[key] = {"true"};
  }
  for (const FlagDef& flag : spec.flags) {
    const std::string key = LongName(flag.name);
    for (const std::string& value : out.GetAll(key)) {
      if (!flag.metavar.empty()) MR_TRY(CheckChoice(fmt::format("{}: --{}", spec.command, key), value, flag.metavar));
    }
  }
  if (!out.positional_.empty())
    MR_TRY(CheckChoice(fmt::format("{}: the first argument", spec.command), out.positional_[0], spec.positional));
  if (out.positional_.size() < spec.min_positional || out.positional_.size() > spec.max_positional) {
    return UsageError(
               fmt::format("{}: {} {}.", spec.command,
                           out.positional_.size() < spec.min_positional ? "missing argument" : "too many arguments:",
                           out.positional_.size() < spec.min_positional ? spec.positional : Join(out.positional_, " ")))
        .WithHint(fmt::format("See {} --help.", spec.command));
  }
  return out;
}

bool Arguments::Has(std::string_view flag) const {
  const auto it = values_.find(flag);
  return it != values_.end() && !it->second.empty();
}

std::string Arguments::Get(std::string_view flag) const {
  if (Has(flag)) return values_.find(flag)->second.back();
  const auto it = defaults_.find(flag);
  return it == defaults_.end() ? std::string() : it->second;
}

std::vector<std::string> Arguments::GetAll(std::string_view flag) const {
  const auto it = values_.find(flag);
  return it == values_.end() ? std::vector<std::string>() : it->second;
}

Result<int64_t> Arguments::GetInt(std::string_view flag, int64_t min, int64_t max) const {
  const auto value = ParseInt64(Get(flag));
  if (!value || *value < min || *value > max) {
    return UsageError(fmt::format("--{} must be an integer from {} to {}, not '{}'.", flag, min, max, Get(flag)));
  }
  return *value;
}

Result<double> Arguments::GetDouble(std::string_view flag, double min) const {
  const auto value = ParseDouble(Get(flag));
  if (!value || !(*value >= min)) {
    return UsageError(fmt::format("--{} must be a number of at least {}, not '{}'.", flag, min, Get(flag)));
  }
  return *value;
}

Result<int64_t> Arguments::GetDurationMillis(std::string_view flag) const {
  auto parsed = ParseDurationMillis(Get(flag));
  if (!parsed.ok())
    return std::move(parsed).error().InContext(fmt::format("--{}", flag)).WithCode(std::string(kUsageError));
  return *parsed;
}

Result<std::map<std::string, std::string>> Arguments::GetPairs(std::string_view flag) const {
  std::map<std::string, std::string> pairs;
  for (const std::string& pair : GetAll(flag)) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      return UsageError(fmt::format("{}{} takes NAME=VALUE, not '{}'.", flag.size() == 1 ? "-" : "--", flag, pair));
    }
    pairs[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return pairs;
}

}  // namespace millrace::app
