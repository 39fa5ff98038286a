#include "broker/broker_settings.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::broker {
namespace {

using enum ConfigType;

// What only the broker has, and BrokerOptions.configs may set.
struct TransactionSetting {
  std::string_view name;
  int64_t TransactionSettings::* field;
  std::string_view kafka_default;
  ConfigType type;
  std::string_view doc;
};
constexpr TransactionSetting kTransactionSettings[] = {
    {"transaction.max.timeout.ms", &TransactionSettings::max_timeout_ms, "900000", kInt,
     "The longest transaction timeout a producer may ask for."},
    {"transactional.id.expiration.ms", &TransactionSettings::id_expiration_ms, "604800000", kInt,
     "How long an unused transactional id is remembered."},
};

const TransactionSetting* FindTransactionSetting(std::string_view name) {
  for (const TransactionSetting& setting : kTransactionSettings) {
    if (setting.name == name) return &setting;
  }
  return nullptr;
}

const ConfigDef* FindByBrokerName(std::string_view name) {
  for (const ConfigDef& def : TopicConfigs()) {
    if (def.broker_name == name) return &def;
  }
  return nullptr;
}

std::string Join(const std::vector<BoundListener>& listeners, bool advertised) {
  std::string text;
  for (const BoundListener& listener : listeners) {
    if (!text.empty()) text += ',';
    text += advertised ? fmt::format("PLAINTEXT://{}:{}", listener.advertised_host, listener.advertised_port)
                       : fmt::format("PLAINTEXT://{}:{}", listener.host, listener.port);
  }
  return text;
}

}  // namespace

std::vector<BrokerSetting> BrokerSettings(const BrokerOptions& options, const std::vector<BoundListener>& listeners) {
  std::vector<BrokerSetting> settings;
  const auto add = [&](std::string name, std::string value, std::string default_value, ConfigType type,
                       std::string_view doc) {
    settings.push_back({std::move(name), std::move(value), std::move(default_value), type, doc});
  };
  const auto number = [](int64_t n) { return std::to_string(n); };
  add("broker.id", number(options.node_id), "-1", kInt, "The id of this broker.");
  add("node.id", number(options.node_id), "-1", kInt, "The id of this broker.");
  add("listeners", Join(listeners, false), "PLAINTEXT://:9092", kString, "The addresses the broker listens on.");
  add("advertised.listeners", Join(listeners, true), "", kString, "The addresses clients are told.");
  add("log.dirs", options.data_dir, "", kString, "The data folder.");
  add("num.partitions", number(options.num_partitions), "1", kInt, "Partitions of topics created without a number.");
  add("auto.create.topics.enable", options.auto_create_topics ? "true" : "false", "true", kBool,
      "Whether asking for a topic creates it.");
  add("delete.topic.enable", "true", "true", kBool, "Whether topics can be deleted.");
  add("default.replication.factor", "1", "1", kInt, "Replicas of automatically created topics.");
  add("offsets.topic.replication.factor", "1", "3", kShort, "Replicas of committed offsets.");
  add("offsets.retention.minutes", number(options.groups.offsets_retention_ms / 60'000), "10080", kInt,
      "How long an empty group's offsets stay.");
  add("offset.metadata.max.bytes", number(options.groups.offset_metadata_max_bytes), "4096", kInt,
      "The largest metadata of a committed offset.");
  add("group.min.session.timeout.ms", number(options.groups.min_session_timeout_ms), "6000", kInt,
      "The shortest session timeout.");
  add("group.max.session.timeout.ms", number(options.groups.max_session_timeout_ms), "1800000", kInt,
      "The longest session timeout.");
  add("group.initial.rebalance.delay.ms", number(options.groups.initial_rebalance_delay_ms), "3000", kInt,
      "How long a new group's first rebalance waits for more members.");
  const TransactionSettings transactions = ResolveTransactionSettings(options);
  for (const TransactionSetting& setting : kTransactionSettings) {
    add(std::string(setting.name), number(transactions.*setting.field), std::string(setting.kafka_default),
        setting.type, setting.doc);
  }
  add("log.retention.check.interval.ms", number(options.retention_check_ms), "300000", kLong,
      "How often old segments are looked for.");
  add("log.retention.hours", "168", "168", kInt, "How long records stay, unless log.retention.ms is set.");
  add("socket.request.max.bytes", number(static_cast<int64_t>(options.max_request_bytes)), "104857600", kInt,
      "The largest request.");
  add("max.connections", number(static_cast<int64_t>(options.max_connections)), "2147483647", kInt,
      "The most connections at a time.");
  add("connections.max.idle.ms", number(options.max_idle_ms), "600000", kLong,
      "Idle connections are closed after this time.");
  for (const ConfigDef& def : TopicConfigs()) {
    if (def.broker_name.empty()) continue;
    const auto own = options.configs.find(std::string(def.broker_name));
    add(std::string(def.broker_name), own != options.configs.end() ? own->second : std::string(def.default_value),
        std::string(def.default_value), def.type, def.doc);
  }
  return settings;
}

TransactionSettings ResolveTransactionSettings(const BrokerOptions& options) {
  TransactionSettings settings = options.transactions;
  for (const TransactionSetting& setting : kTransactionSettings) {
    const auto own = options.configs.find(std::string(setting.name));
    if (own != options.configs.end())
      settings.*setting.field = ParseInt64(own->second).value_or(settings.*setting.field);
  }
  return settings;
}

Status ValidateBrokerConfigs(const ConfigMap& configs) {
  for (const auto& [name, value] : configs) {
    if (FindTransactionSetting(name) != nullptr) {
      const auto number = ParseInt64(value);
      if (number.has_value() && *number >= 1 && *number <= INT32_MAX) continue;
      return UserError(
          fmt::format("Invalid value for {}: {}. It must be a number from 1 to {}.", name, value, INT32_MAX));
    }
    const ConfigDef* def = FindByBrokerName(name);
    if (def == nullptr) {
      std::vector<std::string> known;
      for (const TransactionSetting& setting : kTransactionSettings) known.emplace_back(setting.name);
      for (const ConfigDef& each : TopicConfigs()) known.emplace_back(each.broker_name);
      return UserError(fmt::format("Unknown broker setting: {}", name)).WithHint(DidYouMean(name, known));
    }
    if (Status status = ValidateTopicConfig(def->name, value); !status.ok())
      return std::move(status).error().InContext(name);
  }
  return Ok();
}

}  // namespace millrace::broker
