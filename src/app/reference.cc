#include "app/reference.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/wiring.h"
#include "base/strings.h"
#include "cluster/cluster_config.h"
#include "engine/config.h"
#include "functions/aggregate_function.h"
#include "functions/scalar_function.h"

namespace millrace::app {
namespace {

// A cell of a Markdown table.
std::string Cell(std::string_view text) { return ReplaceAll(ReplaceAll(text, "|", "\\|"), "\n", " "); }

std::string Code(std::string_view text) { return text.empty() ? "" : fmt::format("`{}`", Cell(text)); }

std::string_view TypeName(OptionType type) {
  switch (type) {
    case OptionType::kString: return "text";
    case OptionType::kInt: return "integer";
    case OptionType::kDouble: return "number";
    case OptionType::kBool: return "boolean";
    case OptionType::kDuration: return "duration";
    case OptionType::kMemory: return "memory size";
    case OptionType::kEnum: return "one of";
    case OptionType::kList: return "list (a;b)";
  }
  return "";
}

std::string Names(const std::vector<std::string_view>& names) {
  std::vector<std::string> out;
  for (const std::string_view name : names) out.push_back(Code(name));
  return fmt::format("{}", fmt::join(out, ", "));
}

std::string OptionRows(const OptionTable& table) {
  std::string out = "| option | value | default | what it does |\n|---|---|---|---|\n";
  for (const OptionDef& option : table) {
    std::string type(TypeName(option.type));
    if (!option.choices.empty()) type += (type.empty() ? "" : " ") + Names(option.choices);
    std::string doc = Cell(option.doc);
    if (!option.aliases.empty()) doc += fmt::format(" Also {}.", Names(option.aliases));
    out += fmt::format("| {} | {} | {} | {} |\n", Code(option.name), type,
                       option.required ? "**required**" : Code(option.default_value), doc);
  }
  return out;
}

std::string Connectors() {
  std::string out =
      "# Connectors\n\nThe options of `CREATE TABLE … WITH (…)`. An option that is not listed is refused, with the "
      "nearest name. `${env:NAME}` and `${file:PATH}` in a value are replaced when the table is used.\n";
  for (const connect::ConnectorDef& connector : app::Connectors()) {
    const std::string use = connector.make_source && connector.make_sink ? "source and sink"
                            : connector.make_source                      ? "source"
                                                                         : "sink";
    out += fmt::format("\n## {}\n\n{} ({})\n\n{}", connector.name, connector.doc, use, OptionRows(*connector.options));
    if (connector.metadata.empty()) continue;
    out += "\n| metadata column | type | access |\n|---|---|---|\n";
    for (const connect::MetadataKey& key : connector.metadata) {
      const std::string access = fmt::format("{}{}", key.readable ? "R" : "", key.writable ? "W" : "");
      out += fmt::format("| {} | {} | {} |\n", Code(key.key), Code(key.type.ToString()), access);
    }
  }
  return out;
}

std::string Formats() {
  std::string out =
      "# Formats\n\nNamed by `'format'`, `'key.format'` or `'value.format'`. With `'format' = 'csv'` an option is "
      "written `'csv.option'`; with `'key.format'` it is `'key.csv.option'`.\n";
  for (const connect::FormatDef& format : app::Formats()) {
    out += fmt::format("\n## {}\n\n{}\n", format.name, format.doc);
    if (format.options != nullptr && !format.options->empty()) out += "\n" + OptionRows(*format.options);
  }
  return out;
}

std::string Functions() {
  std::string out =
      "# Functions\n\nNames are not case-sensitive. Semantics are Apache Flink's.\n\n## Scalar functions and "
      "operators\n\n| function | what it gives | example |\n|---|---|---|\n";
  for (const functions::ScalarFunction* function : functions::AllScalarFunctions()) {
    out += fmt::format("| {} | {} | {} |\n", Code(function->signature), Cell(function->doc), Code(function->example));
  }
  out += "\n## Aggregate functions\n\n| function | what it gives |\n|---|---|\n";
  for (const functions::AggregateFunction* function : functions::AllAggregateFunctions())
    out += fmt::format("| {} | {} |\n", Code(function->signature), Cell(function->doc));
  return out;
}

std::string Config() {
  return "# Configuration keys\n\nSet with `SET 'key' = 'value'`, `-D key=value`, or in `config.yaml`. Any other key "
         "is accepted, as in Flink, and has no effect: a warning says so, with the nearest key of these.\n\n" +
         OptionRows(engine::ConfigKeys()) +
         "\n## Of the roles\n\nRead once, when `millrace jobmanager`, `taskmanager` or `local` starts: `config.yaml` "
         "(`--config`), then the environment `FLINK_PROPERTIES` and `MILLRACE_PROPERTIES`, then `-D key=value`, then "
         "flags.\n\n" +
         OptionRows(cluster::ClusterKeys());
}

std::string Commands() {
  std::string out =
      "# Commands\n\nExit codes: 0 done, 1 failed, 2 wrong command line. `millrace COMMAND --help` says the same.\n";
  for (const Command& command : AllCommands()) {
    out += fmt::format("\n## {}\n\n{}\n", command.spec.command, command.spec.summary);
    if (!command.spec.positional.empty()) {
      out += fmt::format("\n{}: {}\n", Code(command.spec.positional), command.spec.positional_doc);
    }
    if (!command.spec.flags.empty()) out += "\n| flag | default | what it does |\n|---|---|---|\n";
    for (const FlagDef& flag : command.spec.flags) {
      const std::string name = flag.metavar.empty() ? flag.name : flag.name + " " + flag.metavar;
      out += fmt::format("| {} | {} | {} |\n", Code(name), Code(flag.default_value), Cell(flag.doc));
    }
    if (!command.spec.epilog.empty()) out += fmt::format("\n```\n{}\n```\n", command.spec.epilog);
  }
  return out;
}

struct Page {
  std::string_view name;
  std::string (*make)();
};
constexpr Page kPages[] = {{"commands", Commands},
                           {"config", Config},
                           {"connectors", Connectors},
                           {"formats", Formats},
                           {"functions", Functions}};

}  // namespace

std::vector<std::string_view> ReferencePages() {
  std::vector<std::string_view> names;
  for (const Page& page : kPages) names.push_back(page.name);
  return names;
}

Result<std::string> ReferencePage(std::string_view page) {
  for (const Page& one : kPages) {
    if (one.name == page) return one.make();
  }
  std::vector<std::string> names;
  for (const Page& one : kPages) names.emplace_back(one.name);
  return UsageError(fmt::format("There is no reference page '{}'.", page)).WithHint(DidYouMean(page, names));
}

}  // namespace millrace::app
