#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/flags.h"
#include "cluster/cluster_config.h"
#include "engine/session.h"

namespace millrace::app {

// The flags every role of a cluster has: --config, -D, --data-dir, --alias.
std::vector<FlagDef> ClusterFlags();

// The configuration of the command line; `named` maps flags to the keys they stand for: {"slots",
// "taskmanager.numberOfTaskSlots"}. A flag that is given wins over -D, that over the environment and the file.
Result<cluster::ClusterConfig> ReadClusterConfig(const Arguments& arguments,
                                                 const std::vector<std::pair<std::string, std::string>>& named);

// Of the sessions that plan the jobs of a cluster.
Result<engine::SessionEnvironment> ClusterEnvironment(const Arguments& arguments, const cluster::ClusterConfig& config);

// "http://HOST:PORT", with brackets where HOST is an IPv6 address.
std::string HttpUrl(std::string_view host, int64_t port);

}  // namespace millrace::app
