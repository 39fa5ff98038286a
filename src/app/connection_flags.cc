#include "app/connection_flags.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "http/client.h"

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

Result<broker::ListenerOptions> Listener(const std::string& address, const std::string* advertised) {
  const auto wrong = [](Error error, std::string_view flag) {
    return std::move(error).InContext(flag).WithCode(std::string(kUsageError));
  };
  auto listener = broker::ParseListener(address);
  if (!listener.ok()) return wrong(std::move(listener).error(), "--listen");
  if (advertised == nullptr) return listener;
  const Status status = broker::ParseAdvertised(*advertised, &*listener);
  if (!status.ok()) return wrong(status.error(), "--advertise");
  return listener;
}

Result<std::map<std::string, std::string>> HostAliases(const Arguments& arguments) {
  MR_ASSIGN(auto aliases, arguments.GetPairs("alias"));
  for (const auto& [name, target] : aliases) {
    for (const std::string_view side : {std::string_view(name), std::string_view(target)}) {
      const size_t colon = side.rfind(':');
      if (!side.empty() && (colon == std::string_view::npos || side.find(':') != colon))
        continue;  // a name, an IPv6 address
      const auto port = side.empty() ? std::nullopt : ParseInt64(side.substr(colon + 1));
      if (colon > 0 && port && *port >= 1 && *port <= 65535) continue;
      return UsageError(fmt::format("--alias takes NAME[:PORT]=HOST[:PORT], not '{}={}'.", name, target));
    }
  }
  return aliases;
}

Status CheckUrls(std::string_view name, const std::vector<std::string>& urls) {
  for (const std::string& url : urls) {
    if (auto parsed = http::ParseUrl(url); !parsed.ok())
      return std::move(parsed).error().InContext(name).WithCode(std::string(kUsageError));
  }
  return Ok();
}

Result<kafka::ClientConfig> KafkaConfig(const Arguments& arguments) {
  kafka::ClientConfig config = kafka::ClientConfig::For(arguments.Get("bootstrap-server"));
  MR_ASSIGN(const auto properties, arguments.GetPairs("property"));
  for (const auto& [key, value] : properties) config.properties[key] = value;
  MR_ASSIGN(config.host_aliases, HostAliases(arguments));
  return config;
}

}  // namespace millrace::app
