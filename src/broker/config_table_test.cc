#include "broker/config_table.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "broker/broker_settings.h"

namespace millrace::broker {
namespace {

TEST(ConfigTable, IsSortedAndItsDefaultsAreValid) {
  EXPECT_TRUE(std::is_sorted(TopicConfigs().begin(), TopicConfigs().end(),
                             [](const ConfigDef& a, const ConfigDef& b) { return a.name < b.name; }));
  for (const ConfigDef& def : TopicConfigs()) {
    const Status status = ValidateTopicConfig(def.name, def.default_value);
    EXPECT_TRUE(status.ok()) << def.name << ": " << (status.ok() ? "" : status.error().message);
    EXPECT_FALSE(def.doc.empty()) << def.name;
  }
}

TEST(ConfigTable, ValuesAreCheckedByType) {
  EXPECT_TRUE(ValidateTopicConfig("retention.ms", "-1").ok());
  EXPECT_FALSE(ValidateTopicConfig("retention.ms", "-2").ok());
  EXPECT_FALSE(ValidateTopicConfig("retention.ms", "1h").ok());
  EXPECT_FALSE(ValidateTopicConfig("max.message.bytes", "2147483648").ok());
  EXPECT_TRUE(ValidateTopicConfig("cleanup.policy", "compact,delete").ok());
  EXPECT_FALSE(ValidateTopicConfig("cleanup.policy", "compact,never").ok());
  EXPECT_FALSE(ValidateTopicConfig("preallocate", "yes").ok());
  EXPECT_FALSE(ValidateTopicConfig("min.cleanable.dirty.ratio", "1.5").ok());
  EXPECT_FALSE(ValidateTopicConfig("min.cleanable.dirty.ratio", "nan").ok());
  EXPECT_EQ(
      ValidateTopicConfig("message.timestamp.type", "Mine").error().message,
      "Invalid value Mine for configuration message.timestamp.type: String must be one of: CreateTime, LogAppendTime");
  EXPECT_EQ(ValidateTopicConfig("retention", "1").error().message, "Unknown topic config name: retention");
}

TEST(ConfigTable, TheTopicsOwnValueWinsOverTheBrokersOverTheDefault) {
  const ConfigDef& def = *FindTopicConfig("retention.ms");
  EXPECT_EQ(ResolveTopicConfig(def, {}, {}).value, "604800000");
  EXPECT_EQ(ResolveTopicConfig(def, {}, {}).source, ConfigSource::kDefault);
  EXPECT_EQ(ResolveTopicConfig(def, {}, {{"log.retention.ms", "5"}}).value, "5");
  EXPECT_EQ(ResolveTopicConfig(def, {}, {{"log.retention.ms", "5"}}).source, ConfigSource::kStaticBroker);
  EXPECT_EQ(ResolveTopicConfig(def, {{"retention.ms", "6"}}, {{"log.retention.ms", "5"}}).source, ConfigSource::kTopic);
}

TEST(BrokerSettings, ShowWhatTheBrokerWasGiven) {
  BrokerOptions options;
  options.configs["message.max.bytes"] = "5000";
  options.num_partitions = 4;
  const auto settings = BrokerSettings(options, {{"127.0.0.1", 9092, "host", 29092}});
  const auto value = [&](std::string_view name) {
    const auto found =
        std::find_if(settings.begin(), settings.end(), [&](const BrokerSetting& each) { return each.name == name; });
    return found == settings.end() ? "missing" : found->value;
  };
  EXPECT_EQ(value("message.max.bytes"), "5000");
  EXPECT_EQ(value("num.partitions"), "4");
  EXPECT_EQ(value("log.retention.bytes"), "-1");
  EXPECT_EQ(value("auto.create.topics.enable"), "true");
  EXPECT_EQ(value("advertised.listeners"), "PLAINTEXT://host:29092");
  EXPECT_TRUE(ValidateBrokerConfigs(options.configs).ok());
  EXPECT_FALSE(ValidateBrokerConfigs({{"retention.ms", "1"}}).ok());
  EXPECT_FALSE(ValidateBrokerConfigs({{"log.retention.ms", "x"}}).ok());
}

}  // namespace
}  // namespace millrace::broker
