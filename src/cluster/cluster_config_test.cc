#include "cluster/cluster_config.h"

#include <cstdlib>

#include "base/file.h"

namespace millrace::cluster {
namespace {

ClusterConfig ReadPairs(std::vector<std::string> pairs) {
  auto config = ClusterConfig::Read({.pairs = std::move(pairs)});
  EXPECT_TRUE(config.ok()) << config.error().ToString();
  return *config;
}

TEST(ClusterConfigTest, NestedAndFlatYamlGiveTheSameKeys) {
  const auto nested = ParseYaml(
      "rest:\n  port: 8081\n  allowed-hosts: [a.example, b.example]\n"
      "jobmanager:\n  rpc: {address: jobmanager}\nexecution.checkpointing.interval: 10 s\nstate.backend:\n");
  ASSERT_TRUE(nested.ok()) << nested.error().ToString();
  const OptionMap expected = {{"rest.port", "8081"},
                              {"rest.allowed-hosts", "a.example;b.example"},
                              {"jobmanager.rpc.address", "jobmanager"},
                              {"execution.checkpointing.interval", "10 s"},
                              {"state.backend", ""}};
  EXPECT_EQ(*nested, expected);
}

TEST(ClusterConfigTest, ErrorsNameTheLine) {
  const auto yaml = ParseYaml("rest:\n  port: 1\n bad: [\n");
  ASSERT_FALSE(yaml.ok());
  EXPECT_NE(yaml.error().message.find("Line 3"), std::string::npos) << yaml.error().message;
  const auto lines = ParseProperties("a: 1\nnothing here\n");
  ASSERT_FALSE(lines.ok());
  EXPECT_EQ(lines.error().message, "Line 2 is no 'key: value': nothing here");
}

TEST(ClusterConfigTest, PropertiesAreLinesWithCommentsAndQuotes) {
  const auto lines = ParseProperties(
      "# head\n\n  jobmanager.rpc.address: jobmanager\nenv.java.opts: -Da=b: c # tail\nrest.address: \"x\"\nempty:\n");
  ASSERT_TRUE(lines.ok());
  const OptionMap expected = {
      {"jobmanager.rpc.address", "jobmanager"}, {"env.java.opts", "-Da=b: c"}, {"rest.address", "x"}, {"empty", ""}};
  EXPECT_EQ(*lines, expected);
}

TEST(ClusterConfigTest, LaterSourcesWin) {
  const auto config = ClusterConfig::Read({.flink_properties = "rest.port: 1\ntaskmanager.numberOfTaskSlots: 2\n",
                                           .millrace_properties = "rest.port: 2\nheartbeat.timeout: 7 s",
                                           .pairs = {"heartbeat.timeout=9 s"}});
  ASSERT_TRUE(config.ok()) << config.error().ToString();
  EXPECT_EQ(config->options().GetInt("rest.port"), 2);
  EXPECT_EQ(config->options().GetInt("taskmanager.numberOfTaskSlots"), 2);
  EXPECT_EQ(config->options().GetDurationMillis("heartbeat.timeout"), 9'000);
  EXPECT_EQ(config->options().GetDurationMillis("heartbeat.interval"), 1'000);  // its default
}

TEST(ClusterConfigTest, TheEnvironmentHasTwoLists) {
  ::setenv("FLINK_PROPERTIES", "rest.port: 1\nheartbeat.timeout: 7 s\n", 1);
  ::setenv("MILLRACE_PROPERTIES", "rest.port: 2", 1);
  const auto config = ClusterConfig::Read(ConfigSources::FromEnvironment());
  ::unsetenv("FLINK_PROPERTIES");
  ::unsetenv("MILLRACE_PROPERTIES");
  ASSERT_TRUE(config.ok()) << config.error().ToString();
  EXPECT_EQ(config->options().GetInt("rest.port"), 2);
  EXPECT_EQ(config->options().GetDurationMillis("heartbeat.timeout"), 7'000);
  const auto unset = ClusterConfig::Read(ConfigSources::FromEnvironment());
  ASSERT_TRUE(unset.ok()) << unset.error().ToString();
  EXPECT_EQ(unset->options().GetInt("rest.port"), 18'081);
}

TEST(ClusterConfigTest, SessionKeysBecomeSessionDefaults) {
  const ClusterConfig config = ReadPairs({"state.backend=rocksdb", "parallelism.default=2", "rest.bind-port=0"});
  EXPECT_EQ(config.session(), (OptionMap{{"state.backend", "rocksdb"}, {"parallelism.default", "2"}}));
  EXPECT_EQ(config.options().GetInt("rest.port"), 0);
  EXPECT_TRUE(config.warnings().empty());
}

TEST(ClusterConfigTest, UnknownKeysAreNamedWithTheNearestName) {
  const ClusterConfig config = ReadPairs({"taskmanager.numberOfTaskSlot=2", "colour=blue"});
  ASSERT_EQ(config.warnings().size(), 2U);
  EXPECT_EQ(config.warnings()[0], "The configuration key 'colour' is unknown.");
  EXPECT_EQ(config.warnings()[1],
            "The configuration key 'taskmanager.numberOfTaskSlot' is unknown. Did you mean "
            "'taskmanager.numberOfTaskSlots'?");
  EXPECT_TRUE(config.notes().empty());
}

TEST(ClusterConfigTest, ATypoInAFamilysNameIsUnknown) {
  const std::vector<std::string> typos = {"event-reporterx.a", "high-availabilityx.a",   "job-result-storex.a",
                                          "jobmanagerx.foo",   "shuffle-service-facx.a", "slot-requestx.a"};
  for (const std::string& key : typos) {
    const ClusterConfig config = ReadPairs({key + "=1"});
    EXPECT_EQ(config.warnings().size(), 1U) << key;
  }
  const std::vector<std::string> known = {"high-availability",
                                          "high-availability.type",
                                          "job-result-store.storage-path",
                                          "shuffle-service-factory.class",
                                          "slot.request.timeout",
                                          "jobmanager.memory.process.size"};
  for (const std::string& key : known) {
    EXPECT_EQ(ReadPairs({key + "=1"}).notes().size(), 1U) << key;
  }
}

TEST(ClusterConfigTest, KeysOfFlinkWithoutEffectAreNotes) {
  const ClusterConfig config = ReadPairs({"env.java.opts.all=-Xss2m", "jobmanager.memory.process.size=1600m"});
  EXPECT_TRUE(config.warnings().empty());
  ASSERT_EQ(config.notes().size(), 2U);
  EXPECT_EQ(config.notes()[0], "The configuration key 'env.java.opts.all' has no effect here.");
}

TEST(ClusterConfigTest, ValuesWithoutEffectAreNotes) {
  const ClusterConfig config =
      ReadPairs({"execution.checkpointing.unaligned.enabled=true", "state.checkpoint-storage=filesystem"});
  EXPECT_EQ(config.session().size(), 2U);
  EXPECT_TRUE(config.warnings().empty());
  ASSERT_EQ(config.notes().size(), 1U);
  EXPECT_EQ(config.notes()[0],
            "'execution.checkpointing.unaligned.enabled' = 'true' has no effect here. Barriers are always aligned, "
            "whatever is set.");
}

TEST(ClusterConfigTest, SecretsAreNotShown) {
  const ClusterConfig config = ReadPairs({"table.my.sasl.jaas.config=x", "rest.port=1", "state.backend=rocksdb"});
  const OptionMap expected = {
      {"table.my.sasl.jaas.config", "******"}, {"rest.port", "1"}, {"state.backend", "rocksdb"}};
  EXPECT_EQ(config.Visible(), expected);
}

TEST(ClusterConfigTest, AFamilyOfOwnKeysIsKnownAndKept) {
  const ClusterConfig config = ReadPairs({"console.kafka.sasl.password=x"});
  EXPECT_TRUE(config.warnings().empty());
  EXPECT_EQ(config.options().WithPrefix("console.kafka."), (OptionMap{{"sasl.password", "x"}}));
  EXPECT_EQ(config.Visible(), (OptionMap{{"console.kafka.sasl.password", "******"}}));
}

TEST(ClusterConfigTest, BadValuesAreRefused) {
  const auto config = ClusterConfig::Read({.pairs = {"rest.port=eighty"}});
  ASSERT_FALSE(config.ok());
  EXPECT_NE(config.error().message.find("'rest.port'"), std::string::npos);
}

TEST(ClusterConfigTest, PortsOutOfRangeAreRefused) {
  for (const std::string key : {"rest.port", "rest.bind-port", "console.port", "sql-gateway.endpoint.rest.port",
                                "jobmanager.rpc.port", "taskmanager.rpc.port"}) {
    for (const std::string value : {"-1", "65536", "99999"}) {
      const auto config = ClusterConfig::Read({.pairs = {key + "=" + value}});
      ASSERT_FALSE(config.ok()) << key << "=" << value;
      EXPECT_NE(config.error().message.find(value + " is no port, 0 to 65535."), std::string::npos)
          << config.error().message;
    }
    EXPECT_TRUE(ClusterConfig::Read({.pairs = {key + "=65535"}}).ok());
  }
}

TEST(ClusterConfigTest, AFolderIsReadByTheNameOfItsFile) {
  char name[] = "/tmp/cluster_config_XXXXXX";
  const std::string folder = mkdtemp(name);
  FileSystem& files = RealFileSystem();
  ASSERT_TRUE(WriteFileAtomically(files, folder + "/flink-conf.yaml", "rest.address: a: b\n").ok());
  auto config = ClusterConfig::Read({.file = folder});
  ASSERT_TRUE(config.ok()) << config.error().ToString();
  EXPECT_EQ(config->options().GetString("rest.address"), "a: b");
  ASSERT_TRUE(WriteFileAtomically(files, folder + "/config.yaml", "rest:\n  address: c\n").ok());
  config = ClusterConfig::Read({.file = folder});
  ASSERT_TRUE(config.ok()) << config.error().ToString();
  EXPECT_EQ(config->options().GetString("rest.address"), "c");
  EXPECT_TRUE(files.RemoveTree(folder).ok());
}

}  // namespace
}  // namespace millrace::cluster
