#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace::broker {

// The numbers DescribeConfigs answers with.
enum class ConfigType : int8_t { kBool = 1, kString = 2, kInt = 3, kShort = 4, kLong = 5, kDouble = 6, kList = 7 };
enum class ConfigSource : int8_t { kTopic = 1, kDynamicBroker = 2, kStaticBroker = 4, kDefault = 5 };

// One setting that a topic (or, in its broker-wide form, the broker) has.
struct ConfigDef {
  std::string_view name;         // "retention.ms"
  std::string_view broker_name;  // the broker-wide setting it falls back to, "log.retention.ms"; empty = none
  ConfigType type = ConfigType::kLong;
  std::string_view default_value;  // Kafka 3.9's
  std::string_view doc;
  int64_t min = INT64_MIN;  // of numbers
  int64_t max = INT64_MAX;
  std::vector<std::string_view> choices = {};  // of strings and of each element of a list
};

using ConfigMap = std::map<std::string, std::string>;

std::span<const ConfigDef> TopicConfigs();  // by name
const ConfigDef* FindTopicConfig(std::string_view name);

// User error with the name, the value and what is allowed.
Status ValidateTopicConfig(std::string_view name, std::string_view value);

// A topic's setting as its owner sees it: the topic's own value, else the broker's, else the default.
struct EffectiveConfig {
  std::string value;
  ConfigSource source = ConfigSource::kDefault;
};
EffectiveConfig ResolveTopicConfig(const ConfigDef& def, const ConfigMap& topic, const ConfigMap& broker);

}  // namespace millrace::broker
