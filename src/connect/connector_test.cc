#include "connect/connector.h"

#include <gtest/gtest.h>

namespace millrace::connect {
namespace {

const OptionTable kConnectorTable = {{.name = "connector", .required = true},
                                     {.name = "topic"},
                                     {.name = "format"},
                                     {.name = "key.format"},
                                     {.name = "value.format"}};
const OptionTable kJsonTable = {{.name = "ignore-parse-errors", .type = OptionType::kBool, .default_value = "false"}};
const OptionTable kAvroTable = {{.name = "url", .required = true, .aliases = {"schema-registry.url"}}};

const ConnectorDef kConnector = {.name = "kafka", .options = &kConnectorTable};
const std::vector<FormatDef> kFormats = {{.name = "json", .options = &kJsonTable},
                                         {.name = "avro-confluent", .options = &kAvroTable}};

TEST(TableOptions, FormatOptionsAreValidatedUnderTheirPrefix) {
  Environment environment;
  environment.formats = &kFormats;
  auto options = ValidateTableOptions(kConnector, kFormats,
                                      {{"connector", "kafka"},
                                       {"key.format", "json"},
                                       {"key.json.ignore-parse-errors", "true"},
                                       {"value.format", "avro-confluent"},
                                       {"value.avro-confluent.schema-registry.url", "http://r"}});
  ASSERT_TRUE(options.ok()) << options.error().message;
  const TableContext table{.table_name = "t", .options = *options, .environment = &environment};
  EXPECT_EQ((*FindFormat(table, "value.format"))->name, "avro-confluent");
  EXPECT_EQ(FormatOptions(table, "value.format")->GetString("url"), "http://r");
  EXPECT_TRUE(FormatOptions(table, "key.format")->GetBool("ignore-parse-errors"));
}

TEST(TableOptions, OptionsOfAFormatThatIsNotChosenAreRefused) {
  const auto options = ValidateTableOptions(kConnector, kFormats,
                                            {{"connector", "kafka"}, {"format", "json"}, {"avro-confluent.url", "u"}});
  ASSERT_FALSE(options.ok());
  EXPECT_TRUE(options.error().message.starts_with("Unsupported options found for 'kafka'."));
}

TEST(TableOptions, UnknownFormatNamesTheNearest) {
  const auto options = ValidateTableOptions(kConnector, kFormats, {{"connector", "kafka"}, {"format", "jsn"}});
  ASSERT_FALSE(options.ok());
  EXPECT_EQ(options.error().hint, "Available formats: avro-confluent, json. Did you mean 'json'?");
}

TEST(HostAlias, ReplacesHostsInAddressesAndUrls) {
  Environment environment;
  environment.host_aliases = {
      {"kafka_broker", "127.0.0.1"}, {"kafka_broker:29092", "127.0.0.1:19092"}, {"schema-registry", "localhost"}};
  EXPECT_EQ(ApplyHostAlias(environment, "kafka_broker:9092"), "127.0.0.1:9092");
  EXPECT_EQ(ApplyHostAlias(environment, "kafka_broker:29092"), "127.0.0.1:19092");
  EXPECT_EQ(ApplyHostAlias(environment, "http://schema-registry:8081/x"), "http://localhost:8081/x");
  EXPECT_EQ(ApplyHostAlias(environment, "http://u:p@schema-registry/x"), "http://u:p@localhost/x");
  EXPECT_EQ(ApplyHostAlias(environment, "other:1"), "other:1");
}

}  // namespace
}  // namespace millrace::connect
