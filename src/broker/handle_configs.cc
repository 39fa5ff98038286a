#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "broker/broker_settings.h"
#include "broker/handle.h"
#include "broker/storage.h"
#include "broker/topic_admin.h"

namespace millrace::broker {
namespace {

using kafka::Code;
using kafka::DescribeConfigsRequest;
using kafka::DescribeConfigsResponse;
using kafka::ErrorCode;

constexpr int8_t kTopicResource = 2;
constexpr int8_t kBrokerResource = 4;

enum class ConfigOp : int8_t { kSet = 0, kDelete = 1, kAppend = 2, kSubtract = 3 };

bool IsWanted(const DescribeConfigsRequest::Resource& resource, std::string_view name) {
  return !resource.configuration_keys.has_value() ||
         std::find(resource.configuration_keys->begin(), resource.configuration_keys->end(), name) !=
             resource.configuration_keys->end();
}

AdminOutcome DescribeTopic(BrokerContext& broker, const DescribeConfigsRequest& request,
                           const DescribeConfigsRequest::Resource& resource, DescribeConfigsResponse::Result* out) {
  if (!IsValidTopicName(resource.resource_name))
    return {ErrorCode::kInvalidTopic, fmt::format("Topic name '{}' is invalid.", resource.resource_name)};
  const TopicPtr topic = broker.store.FindTopic(resource.resource_name);
  if (topic == nullptr) return {ErrorCode::kUnknownTopicOrPartition, "This server does not host this topic-partition."};
  for (const ConfigDef& def : TopicConfigs()) {
    if (!IsWanted(resource, def.name)) continue;
    const EffectiveConfig effective = ResolveTopicConfig(def, topic->configs, broker.options.configs);
    auto& config = out->configs.emplace_back();
    config.name = def.name;
    config.value = effective.value;
    config.is_default = effective.source != ConfigSource::kTopic;
    config.config_source = static_cast<int8_t>(effective.source);
    config.config_type = static_cast<int8_t>(def.type);
    if (request.include_documentation) config.documentation = std::string(def.doc);
    if (!request.include_synonyms) continue;
    if (effective.source == ConfigSource::kTopic) {
      config.synonyms.push_back({std::string(def.name), effective.value, static_cast<int8_t>(ConfigSource::kTopic)});
    }
    if (def.broker_name.empty()) continue;
    const auto wide = broker.options.configs.find(std::string(def.broker_name));
    if (wide != broker.options.configs.end()) {
      config.synonyms.push_back(
          {std::string(def.broker_name), wide->second, static_cast<int8_t>(ConfigSource::kStaticBroker)});
    }
    config.synonyms.push_back(
        {std::string(def.broker_name), std::string(def.default_value), static_cast<int8_t>(ConfigSource::kDefault)});
  }
  return {};
}

AdminOutcome DescribeBroker(const BrokerContext& broker, const DescribeConfigsRequest& request,
                            const DescribeConfigsRequest::Resource& resource, DescribeConfigsResponse::Result* out) {
  if (resource.resource_name.empty()) return {};  // the cluster-wide dynamic defaults: there are none
  if (resource.resource_name != std::to_string(broker.options.node_id)) {
    return {ErrorCode::kInvalidRequest, fmt::format("Unexpected broker id, expected {}, but received {}",
                                                    broker.options.node_id, resource.resource_name)};
  }
  for (const BrokerSetting& setting : BrokerSettings(broker.options, broker.listeners)) {
    if (!IsWanted(resource, setting.name)) continue;
    const bool is_default = setting.value == setting.default_value;
    const auto source = static_cast<int8_t>(is_default ? ConfigSource::kDefault : ConfigSource::kStaticBroker);
    auto& config = out->configs.emplace_back();
    config.name = setting.name;
    config.value = setting.value;
    config.read_only = true;  // settings are given at start
    config.is_default = is_default;
    config.config_source = source;
    config.config_type = static_cast<int8_t>(setting.type);
    if (request.include_documentation) config.documentation = std::string(setting.doc);
    if (request.include_synonyms) config.synonyms.push_back({setting.name, setting.value, source});
  }
  return {};
}

// The topic's configs after `change`; validated.
AdminOutcome ChangeTopic(BrokerContext& broker, int8_t type, const std::string& name, bool validate_only,
                         const std::function<AdminOutcome(ConfigMap*)>& change) {
  if (type == kBrokerResource)
    return {ErrorCode::kInvalidRequest, "The settings of this broker are given when it starts."};
  if (type != kTopicResource) return {ErrorCode::kInvalidRequest, fmt::format("Unsupported resource type {}", type)};
  const TopicPtr topic = broker.store.FindTopic(name);
  if (topic == nullptr)
    return {ErrorCode::kUnknownTopicOrPartition, fmt::format("The topic '{}' does not exist.", name)};
  ConfigMap configs = topic->configs;
  if (AdminOutcome outcome = change(&configs); !outcome.ok()) return outcome;
  for (const auto& [key, value] : configs) {
    if (const Status status = ValidateTopicConfig(key, value); !status.ok())
      return {ErrorCode::kInvalidConfig, status.error().message};
  }
  if (validate_only || configs == topic->configs) return {};
  const Status status = broker.store.SetTopicConfigs(name, configs);
  if (!status.ok()) return {ErrorCode::kKafkaStorageError, status.error().message};
  return {};
}

// One IncrementalAlterConfigs operation on one setting.
AdminOutcome ApplyOperation(const kafka::IncrementalAlterConfigsRequest::Resource::Config& operation,
                            ConfigMap* configs) {
  const ConfigDef* def = FindTopicConfig(operation.name);
  if (def == nullptr) return {ErrorCode::kInvalidConfig, fmt::format("Unknown topic config name: {}", operation.name)};
  const auto op = static_cast<ConfigOp>(operation.config_operation);
  if (op == ConfigOp::kDelete) {
    configs->erase(operation.name);
    return {};
  }
  if (!operation.value.has_value())
    return {ErrorCode::kInvalidRequest, fmt::format("Null value not supported for {}", operation.name)};
  if (op == ConfigOp::kSet) {
    (*configs)[operation.name] = *operation.value;
    return {};
  }
  if (op != ConfigOp::kAppend && op != ConfigOp::kSubtract) {
    return {ErrorCode::kInvalidRequest,
            fmt::format("Unknown operation {} on {}", operation.config_operation, operation.name)};
  }
  if (def->type != ConfigType::kList) {
    return {ErrorCode::kInvalidConfig,
            fmt::format("Config value append is not allowed for config key: {}", operation.name)};
  }
  const auto own = configs->find(operation.name);
  const std::string current = own != configs->end() ? own->second : std::string(def->default_value);
  std::vector<std::string> elements = current.empty() ? std::vector<std::string>() : Split(current, ',');
  for (const std::string& element : Split(*operation.value, ',')) {
    const auto found = std::find(elements.begin(), elements.end(), element);
    if (op == ConfigOp::kAppend && found == elements.end()) elements.push_back(element);
    if (op == ConfigOp::kSubtract && found != elements.end()) elements.erase(found);
  }
  (*configs)[operation.name] = Join(elements, ",");
  return {};
}

template <typename Response, typename Resource>
void Append(const Resource& resource, AdminOutcome outcome, Response* response) {
  auto& out = response->responses.emplace_back();
  out.error_code = Code(outcome.error);
  if (!outcome.ok()) out.error_message = std::move(outcome.message);
  out.resource_type = resource.resource_type;
  out.resource_name = resource.resource_name;
}

}  // namespace

DescribeConfigsResponse HandleDescribeConfigs(BrokerContext& broker, const Request&,
                                              const DescribeConfigsRequest& message) {
  DescribeConfigsResponse response;
  for (const auto& resource : message.resources) {
    auto& out = response.results.emplace_back();
    out.resource_type = resource.resource_type;
    out.resource_name = resource.resource_name;
    AdminOutcome outcome;
    switch (resource.resource_type) {
      case kTopicResource: outcome = DescribeTopic(broker, message, resource, &out); break;
      case kBrokerResource: outcome = DescribeBroker(broker, message, resource, &out); break;
      default:
        outcome = {ErrorCode::kInvalidRequest, fmt::format("Unsupported resource type: {}", resource.resource_type)};
    }
    out.error_code = Code(outcome.error);
    if (!outcome.ok()) out.error_message = std::move(outcome.message);
  }
  return response;
}

kafka::AlterConfigsResponse HandleAlterConfigs(BrokerContext& broker, const Request&,
                                               const kafka::AlterConfigsRequest& message) {
  kafka::AlterConfigsResponse response;
  for (const auto& resource : message.resources) {
    const auto replace = [&](ConfigMap* configs) -> AdminOutcome {
      configs->clear();
      for (const auto& config : resource.configs) {
        if (!config.value.has_value())
          return {ErrorCode::kInvalidRequest, fmt::format("Null value not supported for {}", config.name)};
        (*configs)[config.name] = *config.value;
      }
      return {};
    };
    Append(resource,
           ChangeTopic(broker, resource.resource_type, resource.resource_name, message.validate_only, replace),
           &response);
  }
  return response;
}

kafka::IncrementalAlterConfigsResponse HandleIncrementalAlterConfigs(
    BrokerContext& broker, const Request&, const kafka::IncrementalAlterConfigsRequest& message) {
  kafka::IncrementalAlterConfigsResponse response;
  for (const auto& resource : message.resources) {
    const auto apply = [&](ConfigMap* configs) -> AdminOutcome {
      for (const auto& operation : resource.configs) {
        if (AdminOutcome outcome = ApplyOperation(operation, configs); !outcome.ok()) return outcome;
      }
      return {};
    };
    Append(resource, ChangeTopic(broker, resource.resource_type, resource.resource_name, message.validate_only, apply),
           &response);
  }
  return response;
}

}  // namespace millrace::broker
