#include "app/cluster_flags.h"

#include <fmt/format.h>

#include "app/connection_flags.h"
#include "app/wiring.h"

namespace millrace::app {

std::vector<FlagDef> ClusterFlags() {
  return {{"--config", "FILE", "config.yaml with Flink's keys, or the folder of one (or of a flink-conf.yaml)", ""},
          {"-D", "KEY=VALUE", "a key of the configuration", "", true},
          {"--data-dir", "DIR", "where jobs and their checkpoints are kept; one folder for all roles of a machine",
           "millrace-data"},
          AliasFlag()};
}

Result<cluster::ClusterConfig> ReadClusterConfig(const Arguments& arguments,
                                                 const std::vector<std::pair<std::string, std::string>>& named) {
  cluster::ConfigSources sources = cluster::ConfigSources::FromEnvironment();
  sources.file = arguments.Get("config");
  MR_TRY(arguments.GetPairs("D"));
  sources.pairs = arguments.GetAll("D");
  for (const auto& [flag, key] : named) {
    if (!arguments.Has(flag)) continue;
    if (key.ends_with(".port")) MR_TRY(arguments.GetInt(flag, 0, 65535));  // so that the error names the flag
    sources.pairs.push_back(key + "=" + arguments.Get(flag));
  }
  MR_ASSIGN(cluster::ClusterConfig config, cluster::ClusterConfig::Read(sources));
  config.Log();
  return config;
}

Result<engine::SessionEnvironment> ClusterEnvironment(const Arguments& arguments,
                                                      const cluster::ClusterConfig& config) {
  static const std::vector<connect::ConnectorDef> connectors = Connectors();
  static const std::vector<connect::FormatDef> formats = Formats();
  engine::SessionEnvironment environment;
  environment.connectors = &connectors;
  environment.formats = &formats;
  environment.connect.formats = &formats;
  environment.config = config.session();
  MR_ASSIGN(environment.connect.host_aliases, HostAliases(arguments));
  return environment;
}

std::string HttpUrl(std::string_view host, int64_t port) {
  return host.find(':') == std::string_view::npos ? fmt::format("http://{}:{}", host, port)
                                                  : fmt::format("http://[{}]:{}", host, port);
}

}  // namespace millrace::app
