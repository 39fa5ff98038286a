#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace::app {

// The command line is wrong: exit code 2.
inline constexpr std::string_view kUsageError = "USAGE";
Error UsageError(std::string message);

// One command-line flag of a sub-command.
struct FlagDef {
  std::string name;     // "--rate"; several names: "-f,--file"
  std::string metavar;  // "FILE"; "a|b" = nothing but one of these; empty = a switch without value
  std::string doc;
  std::string default_value;
  bool repeated = false;
};

struct ArgumentSpec {
  std::string command;  // "millrace produce sales"
  std::string summary;  // one sentence
  std::vector<FlagDef> flags;
  std::string positional;  // "TOPIC", "FILE..."; "take ID | inspect PATH" = first one of these words; empty = none
  std::string positional_doc;
  size_t min_positional = 0;
  size_t max_positional = 0;
  std::string epilog;  // examples, shown under --help
};

// The parsed command line. Flags are looked up by their long name without dashes.
class Arguments {
 public:
  // Unknown flags, and values that are none of the choices, are refused with the nearest name. `--help` yields an
  // Arguments with help() set: the text to print. Errors of this class are usage errors.
  static Result<Arguments> Parse(const ArgumentSpec& spec, const std::vector<std::string>& words);

  const std::string& help() const { return help_; }
  bool Has(std::string_view flag) const;         // given on the command line
  std::string Get(std::string_view flag) const;  // given value or default
  std::vector<std::string> GetAll(std::string_view flag) const;
  Result<int64_t> GetInt(std::string_view flag, int64_t min, int64_t max) const;
  Result<double> GetDouble(std::string_view flag, double min) const;
  Result<int64_t> GetDurationMillis(std::string_view flag) const;
  Result<std::map<std::string, std::string>> GetPairs(std::string_view flag) const;  // KEY=VALUE, repeated
  const std::vector<std::string>& positional() const { return positional_; }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::map<std::string, std::string, std::less<>> defaults_;
  std::vector<std::string> positional_;
  std::string help_;
};

}  // namespace millrace::app
