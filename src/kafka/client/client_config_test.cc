#include "kafka/client/client_config.h"

#include <gtest/gtest.h>

namespace millrace::kafka {
namespace {

using Properties = std::map<std::string, std::string>;

NativeProperties Translate(Properties properties, ClientRole role) {
  properties.emplace("bootstrap.servers", "a:9092");
  auto result = TranslateProperties(properties, role);
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().ToString());
  return result.ok() ? *result : NativeProperties{};
}

Error TranslateError(Properties properties, ClientRole role) {
  properties.emplace("bootstrap.servers", "a:9092");
  auto result = TranslateProperties(properties, role);
  EXPECT_FALSE(result.ok());
  return result.ok() ? Error{} : result.error();
}

TEST(ClientConfig, DropsJavaOnlyKeysAndThoseOfTheOtherRole) {
  const auto out = Translate({{"key.deserializer", "org.apache.kafka.X"},
                              {"value.serializer", "Y"},
                              {"acks", "all"},
                              {"enable.auto.commit", "true"},
                              {"group.id", "g"}},
                             ClientRole::kConsumer);
  EXPECT_EQ(out.at("group.id"), "g");
  EXPECT_FALSE(out.contains("key.deserializer"));
  EXPECT_FALSE(out.contains("acks"));
  EXPECT_FALSE(out.contains("enable.auto.commit"));
  EXPECT_FALSE(Translate({{"group.id", "g"}}, ClientRole::kProducer).contains("group.id"));
}

TEST(ClientConfig, RenamesAndRespells) {
  const auto out = Translate({{"fetch.max.wait.ms", "100"},
                              {"isolation.level", "READ_COMMITTED"},
                              {"security.protocol", "SASL_SSL"},
                              {"sasl.mechanism", "plain"},
                              {"auto.offset.reset", "none"},
                              {"request.timeout.ms", "5000"},
                              {"receive.buffer.bytes", "-1"}},
                             ClientRole::kConsumer);
  EXPECT_EQ(out.at("fetch.wait.max.ms"), "100");
  EXPECT_EQ(out.at("isolation.level"), "read_committed");
  EXPECT_EQ(out.at("security.protocol"), "sasl_ssl");
  EXPECT_EQ(out.at("sasl.mechanism"), "PLAIN");
  EXPECT_EQ(out.at("auto.offset.reset"), "error");
  EXPECT_EQ(out.at("socket.timeout.ms"), "5000");
  EXPECT_EQ(out.at("socket.receive.buffer.bytes"), "0");
}

TEST(ClientConfig, KeepsLibrdkafkaNames) {
  EXPECT_EQ(Translate({{"queued.min.messages", "7"}}, ClientRole::kConsumer).at("queued.min.messages"), "7");
  EXPECT_EQ(Translate({{"ssl.ca.location", "/ca.pem"}}, ClientRole::kProducer).at("ssl.ca.location"), "/ca.pem");
}

TEST(ClientConfig, UnknownKeyNamesTheNearest) {
  const Error error = TranslateError({{"auto.ofset.reset", "earliest"}}, ClientRole::kConsumer);
  EXPECT_EQ(error.message, "Unknown Kafka client property 'auto.ofset.reset'.");
  EXPECT_NE(error.hint.find("'auto.offset.reset'"), std::string::npos) << error.hint;
}

TEST(ClientConfig, MissingServers) {
  const auto result = TranslateProperties({}, ClientRole::kAdmin);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, "The Kafka client needs 'bootstrap.servers'.");
}

TEST(ClientConfig, BadOffsetReset) {
  EXPECT_EQ(TranslateError({{"auto.offset.reset", "oldest"}}, ClientRole::kConsumer).message,
            "Invalid value 'oldest' for Kafka client property 'auto.offset.reset': expected earliest, latest or none.");
}

TEST(ClientConfig, JaasGivesUserAndPassword) {
  const auto out =
      Translate({{"security.protocol", "SASL_SSL"},
                 {"sasl.mechanism", "SCRAM-SHA-512"},
                 {"sasl.jaas.config",
                  "org.apache.flink.kafka.shaded.org.apache.kafka.common.security.scram.ScramLoginModule required\n"
                  "  username=\"bob\" password=\"a\\\"b;c\";"}},
                ClientRole::kConsumer);
  EXPECT_EQ(out.at("sasl.username"), "bob");
  EXPECT_EQ(out.at("sasl.password"), "a\"b;c");
}

TEST(ClientConfig, JaasErrors) {
  for (const char* bad :
       {"", "X", "X required", "PlainLoginModule required username", "P required a=\"x;", "P often;"}) {
    EXPECT_FALSE(ParseJaasConfig(bad).ok()) << bad;
  }
  EXPECT_NE(TranslateError({{"sasl.jaas.config", "a.b.PlainLoginModule required;"}}, ClientRole::kConsumer)
                .message.find("no username and password"),
            std::string::npos);
  EXPECT_NE(TranslateError({{"sasl.jaas.config", "software.amazon.IAMLoginModule required;"}}, ClientRole::kConsumer)
                .message.find("IAMLoginModule"),
            std::string::npos);
}

TEST(ClientConfig, UnknownMechanism) {
  const Error error = TranslateError({{"sasl.mechanism", "SCRAM-SHA-521"}}, ClientRole::kConsumer);
  EXPECT_NE(error.hint.find("SCRAM-SHA-512"), std::string::npos) << error.hint;
}

TEST(ClientConfig, JavaStoresAreRefusedWithTheConversion) {
  const Error trust = TranslateError({{"ssl.truststore.location", "/no/such.jks"}}, ClientRole::kConsumer);
  EXPECT_NE(trust.hint.find("keytool"), std::string::npos);
  const Error keys = TranslateError({{"ssl.keystore.location", "/no/such.jks"}}, ClientRole::kConsumer);
  EXPECT_NE(keys.hint.find("PKCS12"), std::string::npos);
  const auto out = Translate({{"ssl.truststore.location", "/ca.pem"},
                              {"ssl.truststore.type", "PEM"},
                              {"ssl.keystore.location", "/k.p12"},
                              {"ssl.keystore.password", "pw"}},
                             ClientRole::kConsumer);
  EXPECT_EQ(out.at("ssl.ca.location"), "/ca.pem");
  EXPECT_EQ(out.at("ssl.keystore.location"), "/k.p12");
  EXPECT_EQ(out.at("ssl.keystore.password"), "pw");
}

TEST(ClientConfig, IdempotenceFollowsAcks) {
  EXPECT_EQ(Translate({}, ClientRole::kProducer).at("enable.idempotence"), "true");
  EXPECT_EQ(Translate({{"acks", "1"}}, ClientRole::kProducer).at("enable.idempotence"), "false");
  EXPECT_NE(TranslateError({{"acks", "1"}, {"enable.idempotence", "true"}}, ClientRole::kProducer)
                .message.find("contradicts"),
            std::string::npos);
}

TEST(ClientConfig, CompressionLevelOfTheChosenCodec) {
  const auto out =
      Translate({{"compression.type", "ZSTD"}, {"compression.zstd.level", "9"}, {"compression.gzip.level", "1"}},
                ClientRole::kProducer);
  EXPECT_EQ(out.at("compression.type"), "zstd");
  EXPECT_EQ(out.at("compression.level"), "9");
}

}  // namespace
}  // namespace millrace::kafka
