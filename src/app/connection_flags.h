#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/flags.h"
#include "broker/broker.h"
#include "kafka/client/client_config.h"

namespace millrace::app {

inline constexpr const char* kDefaultBootstrap = "127.0.0.1:9092";
inline constexpr const char* kDefaultRegistry = "http://127.0.0.1:8081";

// --bootstrap-server, --property and --alias, shared by every command that talks to a cluster.
std::vector<FlagDef> KafkaFlags();
// --schema-registry.
FlagDef RegistryFlag();
FlagDef AliasFlag();

// Of --listen, and of the --advertise that belongs to it, if there is one.
Result<broker::ListenerOptions> Listener(const std::string& address, const std::string* advertised = nullptr);

// NAME[:PORT]=HOST[:PORT] pairs.
Result<std::map<std::string, std::string>> HostAliases(const Arguments& arguments);
// `name`: of the flag or key they were given by, for the error.
Status CheckUrls(std::string_view name, const std::vector<std::string>& urls);
Result<kafka::ClientConfig> KafkaConfig(const Arguments& arguments);

}  // namespace millrace::app
