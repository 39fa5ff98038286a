#include "connectors/kafka/kafka_options.h"

#include "connectors/kafka/kafka_connector.h"
#include "connectors/test_tables.h"
#include "connectors/upsert_kafka/upsert_kafka_connector.h"

namespace millrace::connectors {
namespace {

const std::vector<Field> kFields = {{"k_id", kStringType, ""}, {"amount", kIntType, ""}};

class KafkaOptionsTest : public testing::Test {
 protected:
  KafkaOptionsTest() { environment_.formats = &TestFormats(); }

  Result<KafkaTable> Read(OptionMap options, bool for_sink = false, std::vector<size_t> primary_key = {}) {
    options.emplace("topic", "t");
    if (options["topic"].empty()) options.erase("topic");
    options.emplace("properties.bootstrap.servers", "a:9092");
    options.emplace("format", "csv");
    MR_ASSIGN(const auto table, TableOf(KafkaConnector(), environment_, kFields, options, primary_key));
    return ReadKafkaTable(table, for_sink);
  }
  Result<KafkaTable> ReadUpsert(OptionMap options, std::vector<size_t> primary_key = {0}) {
    for (const auto& [key, value] : OptionMap{
             {"topic", "t"}, {"properties.bootstrap.servers", "a"}, {"key.format", "csv"}, {"value.format", "csv"}}) {
      options.emplace(key, value);
    }
    MR_ASSIGN(const auto table, TableOf(UpsertKafkaConnector(), environment_, kFields, options, primary_key));
    return ReadUpsertKafkaTable(table, true);
  }
  std::string Message(const Result<KafkaTable>& result) {
    EXPECT_FALSE(result.ok());
    return result.ok() ? "" : result.error().message;
  }

  connect::Environment environment_;
};

TEST_F(KafkaOptionsTest, Defaults) {
  const KafkaTable table = Must(Read({}));
  EXPECT_EQ(table.topics, (std::vector<std::string>{"t"}));
  EXPECT_EQ(table.startup, StartupMode::kGroupOffsets);
  EXPECT_EQ(table.bounded, BoundedMode::kUnbounded);
  EXPECT_EQ(table.discovery_millis, 300'000);
  EXPECT_EQ(table.guarantee, DeliveryGuarantee::kAtLeastOnce);
  EXPECT_EQ(table.client.properties.at("group.id"), "KafkaSource-t");
  EXPECT_FALSE(table.has_own_group);
  EXPECT_EQ(table.value.fields, (std::vector<size_t>{0, 1}));
}

TEST_F(KafkaOptionsTest, Topics) {
  EXPECT_EQ(Must(Read({{"topic", "a; b"}})).topics, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(Message(Read({{"topic", "a"}, {"topic-pattern", "b.*"}})),
            "Option 'topic' and 'topic-pattern' shouldn't be set together.");
  EXPECT_EQ(Message(Read({{"topic", ""}})), "Either 'topic' or 'topic-pattern' must be set.");
  EXPECT_EQ(Message(Read({{"topic", "a;b"}}, true)),
            "Flink Kafka sink currently only supports single topic, but got 'topic': [a, b].");
  EXPECT_EQ(Message(Read({{"topic", ""}, {"topic-pattern", "a.*"}}, true)),
            "Flink Kafka sink currently only supports single topic, but got 'topic-pattern': a.*.");
  EXPECT_FALSE(Read({{"topic", ""}, {"topic-pattern", "a["}}).ok());
}

TEST_F(KafkaOptionsTest, TellsWhatIsUsedAndNoSecrets) {
  environment_.host_aliases = {{"k", "127.0.0.1"}};
  const KafkaTable table = Must(Read({{"topic", "a;b"},
                                      {"properties.bootstrap.servers", "k:9092"},
                                      {"properties.group.id", "g"},
                                      {"properties.sasl.password", "hidden"}}));
  const connect::ExternalUse source = table.UseAsSource();
  EXPECT_EQ(source.system, "kafka");
  EXPECT_EQ(source.servers, "k:9092");
  EXPECT_EQ(source.topics, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(source.topic_pattern, "");
  EXPECT_EQ(source.group, "g");
  EXPECT_EQ(table.UseAsSink().group, "");
  const connect::ExternalUse plain = Must(Read({{"topic", ""}, {"topic-pattern", "a.*"}})).UseAsSource();
  EXPECT_EQ(plain.topic_pattern, "a.*");
  EXPECT_TRUE(plain.topics.empty());
  EXPECT_EQ(plain.group, "");  // the one that every source has is not its own
}

TEST_F(KafkaOptionsTest, StartupModes) {
  EXPECT_EQ(Must(Read({{"scan.startup.mode", "earliest-offset"}})).startup, StartupMode::kEarliest);
  EXPECT_EQ(Message(Read({{"scan.startup.mode", "timestamp"}})),
            "'scan.startup.timestamp-millis' is required in 'timestamp' startup mode but missing.");
  EXPECT_EQ(Must(Read({{"scan.startup.mode", "timestamp"}, {"scan.startup.timestamp-millis", "5"}})).startup_timestamp,
            5);
  EXPECT_EQ(Must(Read({{"scan.startup.mode", "specific-offsets"},
                       {"scan.startup.specific-offsets", "partition:0,offset:42;partition:1,offset:300"}}))
                .startup_offsets,
            (PartitionOffsets{{0, 42}, {1, 300}}));
  EXPECT_EQ(
      Message(Read({{"scan.startup.mode", "specific-offsets"}, {"scan.startup.specific-offsets", "partition:0"}})),
      "Invalid properties 'scan.startup.specific-offsets' should follow the format "
      "'partition:0,offset:42;partition:1,offset:300', but is 'partition:0'.");
  EXPECT_FALSE(Read({{"scan.startup.mode", "oldest"}}).ok());
}

TEST_F(KafkaOptionsTest, BoundedModes) {
  EXPECT_EQ(Must(Read({{"scan.bounded.mode", "latest-offset"}})).bounded, BoundedMode::kLatest);
  EXPECT_EQ(Message(Read({{"scan.bounded.mode", "group-offsets"}})),
            "'properties.group.id' is required in 'group-offsets' bounded mode but missing.");
  EXPECT_FALSE(Read({{"scan.bounded.mode", "timestamp"}}).ok());
}

TEST_F(KafkaOptionsTest, KeyFields) {
  const KafkaTable table = Must(Read({{"key.format", "csv"},
                                      {"key.fields", "k_id"},
                                      {"key.fields-prefix", "k_"},
                                      {"value.fields-include", "EXCEPT_KEY"}}));
  EXPECT_EQ(table.key.fields, (std::vector<size_t>{0}));
  EXPECT_EQ(table.key.prefix, "k_");
  EXPECT_EQ(table.value.fields, (std::vector<size_t>{1}));
  EXPECT_EQ(Message(Read({{"key.fields", "k_id"}})),
            "The option 'key.fields' can only be declared if a key format is defined using 'key.format'.");
  EXPECT_EQ(Message(Read({{"key.format", "csv"}})),
            "A key format 'key.format' requires the declaration of one or more of key fields using 'key.fields'.");
  EXPECT_NE(Message(Read({{"key.format", "csv"}, {"key.fields", "id"}})).find("Could not find the field 'id'"),
            std::string::npos);
  EXPECT_EQ(
      Message(Read({{"key.format", "csv"}, {"key.fields", "k_id"}, {"key.fields-prefix", "k_"}})),
      "A key prefix is not allowed when option 'value.fields-include' is set to 'ALL'. Set it to 'EXCEPT_KEY' instead "
      "to avoid field overlaps.");
  EXPECT_FALSE(Read({{"key.format", "csv"},
                     {"key.fields", "amount"},
                     {"key.fields-prefix", "k_"},
                     {"value.fields-include", "EXCEPT_KEY"}})
                   .ok());
}

TEST_F(KafkaOptionsTest, Sinks) {
  EXPECT_EQ(Must(Read({{"sink.partitioner", "fixed"}}, true)).partitioner, PartitionerKind::kFixed);
  EXPECT_EQ(Message(Read({{"sink.partitioner", "round-robin"}, {"key.format", "csv"}, {"key.fields", "k_id"}}, true)),
            "Currently 'round-robin' partitioner only works when option 'key.fields' is not specified.");
  EXPECT_NE(Message(Read({{"sink.partitioner", "com.example.Mine"}}, true)).find("com.example.Mine"),
            std::string::npos);
  EXPECT_EQ(Message(Read({{"sink.delivery-guarantee", "exactly-once"}}, true)),
            "sink.transactional-id-prefix must be specified when using DeliveryGuarantee.EXACTLY_ONCE.");
  EXPECT_EQ(Must(Read({{"sink.semantic", "none"}}, true)).guarantee, DeliveryGuarantee::kNone);
}

TEST_F(KafkaOptionsTest, ErrorHandling) {
  EXPECT_EQ(Must(Read({{"error-handling.mode", "ignore"}})).error_mode, ErrorMode::kIgnore);
  EXPECT_FALSE(Read({{"error-handling.mode", "log"}}).ok());
  EXPECT_EQ(Must(Read({{"error-handling.mode", "log"}, {"error-handling.log.target", "bad"}})).error_mode,
            ErrorMode::kLog);
}

TEST_F(KafkaOptionsTest, PrimaryKeyNeedsAChangingFormat) {
  EXPECT_NE(Message(Read({}, false, {0})).find("doesn't support defining PRIMARY KEY constraint"), std::string::npos);
  EXPECT_TRUE(Read({{"format", "cdc"}}, false, {0}).ok());
}

TEST_F(KafkaOptionsTest, UnknownOptionsAndProperties) {
  const auto option = Read({{"scan.startup.mod", "x"}});
  ASSERT_FALSE(option.ok());
  EXPECT_TRUE(option.error().message.starts_with("Unsupported options found for 'kafka'."));
  EXPECT_EQ(option.error().hint, "Did you mean 'scan.startup.mode' instead of 'scan.startup.mod'?");
  EXPECT_EQ(Message(Read({{"properties.isolation.levl", "x"}})), "Unknown Kafka client property 'isolation.levl'.");
}

TEST_F(KafkaOptionsTest, UpsertKafka) {
  const KafkaTable table = Must(ReadUpsert({}));
  EXPECT_TRUE(table.upsert);
  EXPECT_EQ(table.startup, StartupMode::kEarliest);
  EXPECT_EQ(table.key.fields, (std::vector<size_t>{0}));
  EXPECT_EQ(table.value.fields, (std::vector<size_t>{0, 1}));
  EXPECT_EQ(Must(ReadUpsert({}, {1, 0})).key.fields, (std::vector<size_t>{0, 1})) << "schema order";
  EXPECT_TRUE(
      Message(ReadUpsert({}, {})).starts_with("'upsert-kafka' tables require to define a PRIMARY KEY constraint. "));
  EXPECT_EQ(
      Message(ReadUpsert({{"value.format", "cdc"}})),
      "'upsert-kafka' connector doesn't support 'cdc' as value format, because 'cdc' is not in insert-only mode.");
  EXPECT_FALSE(ReadUpsert({{"sink.buffer-flush.max-rows", "10"}}).ok());
  EXPECT_FALSE(ReadUpsert({{"scan.startup.mode", "earliest-offset"}}).ok());
  EXPECT_EQ(Must(ReadUpsert({{"sink.buffer-flush.max-rows", "10"}, {"sink.buffer-flush.interval", "1s"}})).buffer_rows,
            10u);
}

}  // namespace
}  // namespace millrace::connectors
