#include "kafka/client/client_config.h"

#include <algorithm>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "base/file.h"
#include "base/strings.h"
#include "kafka/client/property_table.h"

namespace millrace::kafka {
namespace {

using Properties = std::map<std::string, std::string>;

std::string Get(const Properties& properties, const std::string& name) {
  const auto it = properties.find(name);
  return it == properties.end() ? "" : it->second;
}

bool IsNativeName(const std::string& name) {
  rd_kafka_conf_t* scratch = rd_kafka_conf_new();
  const bool known = rd_kafka_conf_set(scratch, name.c_str(), nullptr, nullptr, 0) != RD_KAFKA_CONF_UNKNOWN;
  rd_kafka_conf_destroy(scratch);
  return known;
}

std::vector<std::string> KnownNames() {
  std::vector<std::string> names;
  for (const JavaProperty& property : JavaProperties()) names.emplace_back(property.name);
  rd_kafka_conf_t* scratch = rd_kafka_conf_new();
  size_t count = 0;
  const char** dump = rd_kafka_conf_dump(scratch, &count);
  for (size_t i = 0; i + 1 < count; i += 2) names.emplace_back(dump[i]);
  rd_kafka_conf_dump_free(dump, count);
  rd_kafka_conf_destroy(scratch);
  return names;
}

Error InvalidValue(std::string_view name, std::string_view value, std::string_view expected) {
  return ValidationError(
      fmt::format("Invalid value '{}' for Kafka client property '{}': expected {}.", value, name, expected));
}

enum class StoreKind { kPem, kPkcs12, kJks };

// The kind of a key or trust store: from its type property, else from the file's first bytes, else from its name.
StoreKind KindOfStore(const std::string& type, const std::string& path) {
  if (EqualsIgnoreCase(type, "PEM")) return StoreKind::kPem;
  if (EqualsIgnoreCase(type, "PKCS12")) return StoreKind::kPkcs12;
  char magic[4] = {};
  auto file = RealFileSystem().Open(path, OpenMode::kRead);
  if (file.ok()) {
    const auto got = (*file)->ReadAt(0, magic, sizeof magic);
    if (got.ok() && *got == sizeof magic) {
      if (std::string_view(magic, 4) == "\xFE\xED\xFE\xED") return StoreKind::kJks;
      if (std::string_view(magic, 4) == "----") return StoreKind::kPem;
      if (magic[0] == 0x30) return StoreKind::kPkcs12;  // DER sequence; newer keytool writes .jks files so
    }
  }
  const std::string lower = ToLower(path);
  if (lower.ends_with(".p12") || lower.ends_with(".pfx")) return StoreKind::kPkcs12;
  return lower.ends_with(".pem") || lower.ends_with(".crt") ? StoreKind::kPem : StoreKind::kJks;
}

Status TranslateTrustStore(const Properties& in, NativeProperties& out) {
  const std::string path = Get(in, "ssl.truststore.location");
  if (path.empty()) return Ok();
  const StoreKind kind = KindOfStore(Get(in, "ssl.truststore.type"), path);
  if (kind == StoreKind::kPem) {
    out["ssl.ca.location"] = path;
    return Ok();
  }
  const std::string_view name = kind == StoreKind::kJks ? "JKS" : "PKCS12";
  std::string command = fmt::format("keytool -list -rfc -keystore {} > ca.pem", path);
  return ValidationError(fmt::format("Trust store '{}' is a {} file, which cannot be read without Java.", path, name))
      .WithHint(fmt::format("Convert it once with `{}` and set 'ssl.truststore.location' = 'ca.pem' and "
                            "'ssl.truststore.type' = 'PEM'.",
                            command));
}

Status TranslateKeyStore(const Properties& in, NativeProperties& out) {
  const std::string path = Get(in, "ssl.keystore.location");
  if (path.empty()) return Ok();
  switch (KindOfStore(Get(in, "ssl.keystore.type"), path)) {
    case StoreKind::kPem:  // Java keeps the key and its chain in one file
      out["ssl.key.location"] = path;
      out["ssl.certificate.location"] = path;
      return Ok();
    case StoreKind::kPkcs12:
      out["ssl.keystore.location"] = path;
      out["ssl.keystore.password"] = Get(in, "ssl.keystore.password");
      return Ok();
    case StoreKind::kJks: break;
  }
  return ValidationError(fmt::format("Key store '{}' is a JKS file, which cannot be read without Java.", path))
      .WithHint(fmt::format("Convert it once with `keytool -importkeystore -srckeystore {} -destkeystore client.p12 "
                            "-deststoretype PKCS12` and set 'ssl.keystore.location' = 'client.p12'.",
                            path));
}

Status TranslateSasl(const Properties& in, NativeProperties& out) {
  const std::string protocol = ToUpper(Get(in, "security.protocol"));
  std::string mechanism = ToUpper(Trim(Get(in, "sasl.mechanism")));
  if (mechanism.empty() && protocol.starts_with("SASL") && !in.contains("sasl.mechanisms")) mechanism = "GSSAPI";
  if (!mechanism.empty()) {
    static const std::vector<std::string> kMechanisms = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "GSSAPI",
                                                         "OAUTHBEARER"};
    if (std::find(kMechanisms.begin(), kMechanisms.end(), mechanism) == kMechanisms.end()) {
      return InvalidValue("sasl.mechanism", mechanism, "one of " + Join(kMechanisms, ", "))
          .WithHint(DidYouMean(mechanism, kMechanisms));
    }
    out["sasl.mechanism"] = mechanism;
  }
  const std::string jaas = Get(in, "sasl.jaas.config");
  if (jaas.empty()) return Ok();
  MR_ASSIGN(const JaasLogin login, ParseJaasConfig(jaas));
  if (login.module == "PlainLoginModule" || login.module == "ScramLoginModule") {
    if (!login.values.contains("username") || !login.values.contains("password")) {
      return ValidationError(
          fmt::format("Kafka client property 'sasl.jaas.config' names {} but no username and password.", login.module));
    }
    out["sasl.username"] = login.values.at("username");
    out["sasl.password"] = login.values.at("password");
    return Ok();
  }
  if (login.module == "Krb5LoginModule") {
    if (const auto it = login.values.find("principal"); it != login.values.end()) {
      out["sasl.kerberos.principal"] = it->second;
    }
    if (const auto it = login.values.find("keyTab"); it != login.values.end()) {
      out["sasl.kerberos.keytab"] = it->second;
    }
    if (const auto it = login.values.find("serviceName"); it != login.values.end()) {
      out.emplace("sasl.kerberos.service.name", it->second);
    }
    return Ok();
  }
  if (login.module == "OAuthBearerLoginModule") {
    if (const auto it = login.values.find("clientId"); it != login.values.end()) {
      out["sasl.oauthbearer.method"] = "oidc";
      out["sasl.oauthbearer.client.id"] = it->second;
      out["sasl.oauthbearer.client.secret"] = Get(login.values, "clientSecret");
      const std::string scope = Get(login.values, "scope");
      if (!scope.empty()) out["sasl.oauthbearer.scope"] = scope;
    }
    return Ok();
  }
  return ValidationError(
             fmt::format("Login module '{}' of 'sasl.jaas.config' is a Java class without a native counterpart.",
                         login.module))
      .WithHint("PlainLoginModule, ScramLoginModule, Krb5LoginModule and OAuthBearerLoginModule are understood.");
}

Status TranslateSpecial(const std::string& name, const std::string& value, ClientRole role, NativeProperties& out) {
  if (name == "request.timeout.ms") {
    out[role == ClientRole::kProducer ? "request.timeout.ms" : "socket.timeout.ms"] = value;
  } else if (name == "send.buffer.bytes" || name == "receive.buffer.bytes") {
    out["socket." + name] = value == "-1" ? "0" : value;  // both mean the system's default
  } else if (name == "ssl.endpoint.identification.algorithm") {
    out[name] = Trim(value).empty() ? "none" : ToLower(Trim(value));
  } else if (name == "auto.offset.reset") {
    const std::string lower = ToLower(Trim(value));
    if (lower == "earliest" || lower == "latest") {
      out[name] = lower;
    } else if (lower == "none") {
      out[name] = "error";
    } else {
      return InvalidValue(name, value, "earliest, latest or none");
    }
  } else if (name == "batch.size") {
    if (value != "0") out[name] = value;  // 0: Java's "do not batch"; here linger.ms = 0 says so
  }
  return Ok();
}

// Java refuses or silently gives up idempotence when other options contradict it; the same here.
Status SettleIdempotence(const Properties& given, NativeProperties& out) {
  std::string conflict;
  const std::string acks = ToLower(Get(given, "acks"));
  if (!acks.empty() && acks != "all" && acks != "-1") conflict = "acks";
  if (Get(given, "retries") == "0") conflict = "retries";
  const auto in_flight = ParseInt64(Get(given, "max.in.flight.requests.per.connection"));
  if (in_flight && *in_flight > 5) conflict = "max.in.flight.requests.per.connection";
  const auto wanted = out.find("enable.idempotence");
  if (wanted == out.end()) {
    out["enable.idempotence"] = conflict.empty() ? "true" : "false";
  } else if (wanted->second == "true" && !conflict.empty()) {
    return ValidationError(fmt::format("Kafka client property '{}' = '{}' contradicts 'enable.idempotence' = 'true'.",
                                       conflict, Get(given, conflict)))
        .WithHint("An idempotent producer needs acks=all, retries > 0 and at most 5 requests in flight.");
  }
  return Ok();
}

void AddDefaults(ClientRole role, NativeProperties& out) {
  const auto set = [&out](const char* name, const char* value) { out.emplace(name, value); };
  set("socket.keepalive.enable", "true");
  set("socket.nagle.disable", "true");
  if (role == ClientRole::kProducer) {
    set("delivery.timeout.ms", "120000");
    set("partitioner", "murmur2_random");
    set("queue.buffering.max.kbytes", "65536");
    set("delivery.report.only.error", "true");
    return;
  }
  set("isolation.level", "read_uncommitted");  // Java's default
  if (role == ClientRole::kAdmin) return;
  set("auto.offset.reset", "error");
  // No consumer of ours is a group's member. To librdkafka this is also how long the end of one waits, its coordinator
  // away, for offsets that are still to be committed: 45 s where nothing is set.
  set("session.timeout.ms", "1000");
  // One partition's prefetch; the default of 100 000 records and 64 MiB would double the process.
  set("queued.min.messages", "50000");
  set("queued.max.messages.kbytes", "16384");
  set("fetch.error.backoff.ms", "100");
  // How soon it looks again whether a full queue has room; older versions are woken (NativeClient::WakeBrokerThreads).
  if (rd_kafka_version() >= 0x020200ff) set("fetch.queue.backoff.ms", "1");
}

}  // namespace

ClientConfig ClientConfig::For(std::string bootstrap_servers) {
  ClientConfig config;
  config.properties["bootstrap.servers"] = std::move(bootstrap_servers);
  return config;
}

void FollowAlias(const std::map<std::string, std::string>& aliases, std::string* host, std::string* port) {
  auto alias = aliases.find(*host + ":" + *port);
  if (alias == aliases.end()) alias = aliases.find(*host);
  if (alias == aliases.end()) return;
  *host = alias->second;
  const size_t colon = host->rfind(':');
  if (colon == std::string::npos || host->find(':') != colon) return;  // an IPv6 address
  *port = host->substr(colon + 1);
  host->resize(colon);
}

std::string ClientConfig::bootstrap_servers() const {
  const std::string servers = Get(properties, "bootstrap.servers");
  return servers.empty() ? Get(properties, "metadata.broker.list") : servers;
}

Result<NativeProperties> TranslateProperties(const Properties& properties, ClientRole role) {
  const uint8_t role_bit = role == ClientRole::kConsumer   ? kForConsumer
                           : role == ClientRole::kProducer ? kForProducer
                                                           : 4;
  NativeProperties out;
  for (const auto& [name, value] : properties) {
    const auto java = FindJavaProperty(name);
    if (!java) {
      if (!IsNativeName(name)) {
        return ValidationError(fmt::format("Unknown Kafka client property '{}'.", name))
            .WithHint(DidYouMean(name, KnownNames()));
      }
      out[name] = value;
      continue;
    }
    if ((java->roles & role_bit) == 0) continue;
    switch (java->use) {
      case PropertyUse::kSame: out[name] = std::string(Trim(value)); break;
      case PropertyUse::kRename: out[std::string(java->native_name)] = value; break;
      case PropertyUse::kLower: out[std::string(java->native_name)] = ToLower(Trim(value)); break;
      case PropertyUse::kKibi: {
        const auto bytes = ParseInt64(Trim(value));
        if (!bytes || *bytes < 1) return InvalidValue(name, value, "a number of bytes");
        out[std::string(java->native_name)] = std::to_string(std::max<int64_t>(1, *bytes / 1024));
        break;
      }
      case PropertyUse::kIgnore: break;
      case PropertyUse::kSpecial: MR_TRY(TranslateSpecial(name, value, role, out)); break;
    }
  }
  if (Get(out, "bootstrap.servers").empty() && Get(out, "metadata.broker.list").empty() &&
      Get(out, "test.mock.num.brokers").empty()) {
    return ValidationError("The Kafka client needs 'bootstrap.servers'.").WithHint("For example 'localhost:9092'.");
  }
  MR_TRY(TranslateSasl(properties, out));
  MR_TRY(TranslateTrustStore(properties, out));
  MR_TRY(TranslateKeyStore(properties, out));
  if (role == ClientRole::kProducer) {
    MR_TRY(SettleIdempotence(properties, out));
    const std::string level = Get(properties, "compression." + Get(out, "compression.type") + ".level");
    if (!level.empty()) out["compression.level"] = level;
  }
  AddDefaults(role, out);
  return out;
}

Result<JaasLogin> ParseJaasConfig(std::string_view text) {
  const auto malformed = [](std::string_view why) {
    return ValidationError(fmt::format("Kafka client property 'sasl.jaas.config' is malformed: {}.", why))
        .WithHint("Expected `...PlainLoginModule required username=\"...\" password=\"...\";`");
  };
  size_t at = 0;
  const auto skip_blanks = [&] {
    while (at < text.size() && std::string_view(" \t\r\n").find(text[at]) != std::string_view::npos) ++at;
  };
  const auto word = [&] {
    const size_t begin = at;
    while (at < text.size() && std::string_view(" \t\r\n=;").find(text[at]) == std::string_view::npos) ++at;
    return text.substr(begin, at - begin);
  };
  JaasLogin login;
  skip_blanks();
  const std::string_view module = word();
  if (module.empty()) return malformed("no login module");
  login.module = std::string(module.substr(module.rfind('.') + 1));
  skip_blanks();
  const std::string flag = ToLower(word());
  if (flag != "required" && flag != "requisite" && flag != "sufficient" && flag != "optional") {
    return malformed("the login module must be followed by 'required'");
  }
  while (true) {
    skip_blanks();
    if (at >= text.size()) return malformed("no ';' at its end");
    if (text[at] == ';') return login;
    const std::string name(word());
    skip_blanks();
    if (name.empty() || at >= text.size() || text[at] != '=')
      return malformed("an option is not of the form name=value");
    ++at;
    skip_blanks();
    std::string value;
    if (at < text.size() && (text[at] == '"' || text[at] == '\'')) {
      const char quote = text[at++];
      while (at < text.size() && text[at] != quote) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        value.push_back(text[at++]);
      }
      if (at >= text.size()) return malformed("a quote is not closed");
      ++at;
    } else {
      value = word();
    }
    login.values[name] = std::move(value);
  }
}

}  // namespace millrace::kafka
