// The millrace binary: finds the sub-command and runs it.
#include <cstdio>

#include <fmt/format.h>

#include "app/command.h"
#include "base/strings.h"

namespace millrace::app {
namespace {

void PrintUsage(std::FILE* out) {
  fmt::print(out,
             "Millrace {}: Apache Flink SQL on Kafka streams in one binary.\n\nusage: millrace COMMAND [OPTIONS]\n\n",
             kVersion);
  for (const Command& command : AllCommands()) {
    fmt::print(out, "  {:<16} {}\n", command.spec.command.substr(9), command.spec.summary);
  }
  fmt::print(out, "\nmillrace COMMAND --help tells more. Exit codes: 0 done, 1 failed, 2 wrong command line.\n");
}

void PrintError(const Error& error) {
  fmt::print(stderr, "error: {}\n", error.message);
  if (!error.hint.empty()) fmt::print(stderr, "hint: {}\n", error.hint);
}

int RunCommand(const Command& command, const std::vector<std::string>& words) {
  auto arguments = Arguments::Parse(command.spec, words);
  if (!arguments.ok()) {
    PrintError(arguments.error());
    return kExitUsage;
  }
  if (!arguments->help().empty()) {
    fmt::print("{}", arguments->help());
    return kExitOk;
  }
  auto status = command.run(*arguments);
  if (status.ok()) return *status;
  PrintError(status.error());
  return status.error().code == kUsageError ? kExitUsage : kExitFailed;
}

// "produce sales" is a command of two words: the longest match wins.
int Main(std::vector<std::string> words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    PrintUsage(words.empty() ? stderr : stdout);
    return words.empty() ? kExitUsage : kExitOk;
  }
  if (words[0] == "--version") {
    fmt::print("millrace {}\n", kVersion);
    return kExitOk;
  }
  const std::vector<Command> commands = AllCommands();
  for (const size_t length : {2U, 1U}) {
    if (words.size() < length) continue;
    std::string name = "millrace " + words[0];
    if (length == 2) name += " " + words[1];
    for (const Command& command : commands) {
      if (command.spec.command == name)
        return RunCommand(command, {words.begin() + static_cast<long>(length), words.end()});
    }
  }
  std::vector<std::string> names;
  for (const Command& command : commands) names.push_back(command.spec.command.substr(9));
  std::vector<std::string> longer;
  for (const std::string& name : names) {
    if (name.starts_with(words[0] + " ")) longer.push_back(fmt::format("'millrace {}'", name));
  }
  PrintError(longer.empty()
                 ? UsageError(fmt::format("unknown command '{}'.", words[0])).WithHint(DidYouMean(words[0], names))
                 : UsageError(fmt::format("'{}' is no whole command.", words[0]))
                       .WithHint(fmt::format("There is {}.", Join(longer, ", "))));
  return kExitUsage;
}

}  // namespace
}  // namespace millrace::app

int main(int argc, char** argv) {
  millrace::app::InstallStopSignals();
  return millrace::app::Main({argv + 1, argv + argc});
}
