#include "app/connection_flags.h"

namespace millrace::app {

std::vector<FlagDef> KafkaFlags() {
  return {{"-b,--bootstrap-server", "HOST:PORT", "a Kafka broker to start from", kDefaultBootstrap},
          {"--property", "KEY=VALUE", "a Kafka client property, e.g. security.protocol=SASL_SSL", "", true},
          AliasFlag()};
}

FlagDef RegistryFlag() { return {"--schema-registry", "URL", "the schema registry", kDefaultRegistry}; }

FlagDef AliasFlag() {
  return {"--alias", "NAME[:PORT]=HOST[:PORT]", "a host name that leads elsewhere, e.g. kafka_broker=127.0.0.1", "",
          true};
}

Result<std::map<std::string, std::string>> HostAliases(const Arguments& arguments) {
  return arguments.GetPairs("alias");
}

Result<kafka::ClientConfig> KafkaConfig(const Arguments& arguments) {
  kafka::ClientConfig config = kafka::ClientConfig::For(arguments.Get("bootstrap-server"));
  MR_ASSIGN(const auto properties, arguments.GetPairs("property"));
  for (const auto& [key, value] : properties) config.properties[key] = value;
  MR_ASSIGN(config.host_aliases, HostAliases(arguments));
  return config;
}

}  // namespace millrace::app
