#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/broker.h"

namespace millrace::broker {

// The broker-wide settings as DescribeConfigs shows them and server.properties names them.
struct BrokerSetting {
  std::string name;
  std::string value;
  std::string default_value;
  ConfigType type = ConfigType::kString;
  std::string_view doc;
};
std::vector<BrokerSetting> BrokerSettings(const BrokerOptions& options, const std::vector<BoundListener>& listeners);

// options.transactions with what options.configs says of them, validated.
TransactionSettings ResolveTransactionSettings(const BrokerOptions& options);

// Checks BrokerOptions.configs: names and values. User error with the name and what is allowed.
Status ValidateBrokerConfigs(const ConfigMap& configs);

}  // namespace millrace::broker
