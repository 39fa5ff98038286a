#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace millrace::kafka {

// How to reach a cluster; the same value makes consumers, producers and admin clients.
struct ClientConfig {
  // Java names without Flink's `properties.` prefix ("bootstrap.servers", "security.protocol", "group.id" ...), or
  // names of librdkafka's own options.
  std::map<std::string, std::string> properties;
  // Host names that lead elsewhere, NAME or NAME:PORT -> HOST or HOST:PORT. They apply to the bootstrap servers and to
  // every host that a broker advertises. TLS still checks the certificate against the original name.
  std::map<std::string, std::string> host_aliases;
  // client.id when the properties give none.
  std::string client_id = "millrace";
  // How long one admin call, metadata query or commit may take. Consumers and producers retry by themselves beyond it.
  int64_t request_timeout_millis = 10'000;
  Clock* clock = &SystemClock();

  // A config with only these servers.
  static ClientConfig For(std::string bootstrap_servers);
  std::string bootstrap_servers() const;  // "" when absent
};

// Where host and port lead by `aliases` (ClientConfig::host_aliases).
void FollowAlias(const std::map<std::string, std::string>& aliases, std::string* host, std::string* port);

enum class ClientRole : uint8_t { kConsumer, kProducer, kAdmin };

using NativeProperties = std::map<std::string, std::string>;

// The properties as librdkafka names and spells them, for a client of this role. Java-only keys (serializers,
// interceptors, metric reporters, keys of the other role ...) are left out. Errors, all of domain kUser: an unknown key
// (with the nearest known one), a value Java would refuse, a missing bootstrap.servers, a JKS key store (with the
// command that converts it).
Result<NativeProperties> TranslateProperties(const std::map<std::string, std::string>& properties, ClientRole role);

// Username and password out of a JAAS line such as `org.apache...PlainLoginModule required username="u" password="p";`.
// Class names may be shaded. Values may be quoted with " or ' and hold backslash escapes.
struct JaasLogin {
  std::string module;  // the class name without its package: "PlainLoginModule"
  std::map<std::string, std::string> values;
};
Result<JaasLogin> ParseJaasConfig(std::string_view text);

}  // namespace millrace::kafka
