#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"

namespace millrace::cluster {

// Where the settings of a role come from. Later ones win: the file, FLINK_PROPERTIES, MILLRACE_PROPERTIES, the pairs.
struct ConfigSources {
  std::string file;              // config.yaml (nested or flat keys), flink-conf.yaml, or the folder of one; "" = none
  std::string flink_properties;  // lines "key: value"
  std::string millrace_properties;
  std::vector<std::string> pairs;  // "key=value"

  // The properties of this process's environment.
  static ConfigSources FromEnvironment();
};

// The settings of a job manager or task manager under Flink's names.
class ClusterConfig {
 public:
  static Result<ClusterConfig> Read(const ConfigSources& sources);

  const Options& options() const { return options_; }  // keys of ClusterKeys()
  // Defaults of every session: execution.*, state.*, table.* ..
  const std::map<std::string, std::string>& session() const { return session_; }
  // All that was set, with "******" for what Flink takes for secrets.
  std::map<std::string, std::string> Visible() const;
  // One line per key that nobody knows, with the nearest name.
  const std::vector<std::string>& warnings() const { return warnings_; }
  // One line per key that Flink knows and that has no effect here, or whose value has none.
  const std::vector<std::string>& notes() const { return notes_; }
  void Log() const;  // both, to the log

 private:
  Options options_;
  std::map<std::string, std::string> session_;
  std::vector<std::string> warnings_;
  std::vector<std::string> notes_;
};

// The keys that the roles read, with type, default and doc.
const OptionTable& ClusterKeys();
// Whether Flink knows the key although it has no effect here.
bool IsKnownToFlink(std::string_view key);

// Texts to flat keys. Errors name the line.
Result<OptionMap> ParseYaml(const std::string& text);        // lists become "a;b"
Result<OptionMap> ParseProperties(const std::string& text);  // lines "key: value", '#' begins a comment

}  // namespace millrace::cluster
