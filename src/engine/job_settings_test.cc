#include "engine/job_settings.h"

#include <filesystem>

#include <gtest/gtest.h>

namespace millrace::engine {
namespace {

JobSettings Read(const std::map<std::string, std::string>& keys) {
  const auto settings = ReadJobSettings(Config(keys));
  EXPECT_TRUE(settings.ok()) << settings.error().ToString();
  return settings.ok() ? *settings : JobSettings();
}

TEST(JobSettings, StateStaysInMemoryUnlessAskedOtherwise) {
  const JobSettings settings = Read({});
  EXPECT_EQ(settings.backend, "hashmap");
  EXPECT_FALSE(settings.checkpoints.incremental);
  EXPECT_EQ(settings.state.memory_bytes, 256 << 20);
  EXPECT_FALSE(settings.state.per_slot);
  EXPECT_EQ(settings.state.local_directory, "");
  EXPECT_EQ(Read({{"state.backend", "rocksdb"}}).backend, "rocksdb");
  EXPECT_EQ(Read({{"state.backend.type", "forst"}}).backend, "rocksdb");
}

TEST(JobSettings, RelativeFoldersBeginAtTheWorkingFolder) {
  const std::string here = std::filesystem::current_path().string();
  const JobSettings settings = Read({{"state.checkpoints.dir", "chk"},
                                     {"execution.checkpointing.savepoint-dir", "file:sp/"},
                                     {"execution.state-recovery.path", "./sp/one"}});
  EXPECT_EQ(settings.checkpoints.directory, here + "/chk");
  EXPECT_EQ(settings.checkpoints.savepoint_directory, here + "/sp");
  EXPECT_EQ(settings.restore_path, here + "/sp/one");
  EXPECT_EQ(*SavepointDirectory(settings.checkpoints, "other"), here + "/other");
}

TEST(JobSettings, FlinksKeysSetTheMemoryOfStateOnDisk) {
  const JobSettings managed = Read({{"taskmanager.memory.managed.size", "1 gb"},
                                    {"state.backend.rocksdb.memory.write-buffer-ratio", "0.25"},
                                    {"state.backend.rocksdb.memory.high-prio-pool-ratio", "0.2"},
                                    {"state.backend.rocksdb.localdir", "file:///var/state/"},
                                    {"state.backend.incremental", "true"}});
  EXPECT_EQ(managed.state.memory_bytes, 1LL << 30);
  EXPECT_FALSE(managed.state.per_slot);
  EXPECT_EQ(managed.state.table_ratio, 0.25);
  EXPECT_EQ(managed.state.index_ratio, 0.2);
  EXPECT_EQ(managed.state.local_directory, "/var/state");
  EXPECT_TRUE(managed.checkpoints.incremental);

  const JobSettings fixed =
      Read({{"taskmanager.memory.managed.size", "1 gb"}, {"state.backend.rocksdb.memory.fixed-per-slot", "64mb"}});
  EXPECT_EQ(fixed.state.memory_bytes, 64 << 20);
  EXPECT_TRUE(fixed.state.per_slot);
  const JobSettings unmanaged = Read({{"state.backend.rocksdb.memory.managed", "false"}});
  EXPECT_EQ(unmanaged.state.memory_bytes, 256 << 20);
  EXPECT_TRUE(unmanaged.state.per_slot);
}

TEST(JobSettings, ValuesThatMakeNoSenseNameTheirKey) {
  const std::map<std::string, std::string> bad = {{"taskmanager.memory.managed.size", "much"},
                                                  {"state.backend.rocksdb.memory.managed", "perhaps"},
                                                  {"state.backend.rocksdb.memory.fixed-per-slot", "-1 mb"},
                                                  {"state.backend.rocksdb.memory.write-buffer-ratio", "1"},
                                                  {"state.backend.rocksdb.memory.high-prio-pool-ratio", "-0.1"},
                                                  {"state.backend.rocksdb.localdir", "hdfs://there"},
                                                  {"execution.checkpointing.storage", "s3"},
                                                  {"execution.state-recovery.claim-mode", "mine"},
                                                  {"execution.checkpointing.incremental", "2"}};
  for (const auto& [key, value] : bad) {
    const auto settings = ReadJobSettings(Config(std::map<std::string, std::string>{{key, value}}));
    ASSERT_FALSE(settings.ok()) << key;
    EXPECT_NE(settings.error().message.find(key), std::string::npos) << settings.error().ToString();
  }
}

TEST(JobSettings, WithoutAStrategyCheckpointsDecide) {
  using Kind = RestartSettings::Kind;
  EXPECT_EQ(Read({}).restart.kind, Kind::kNone);
  const RestartSettings restart = Read({{"execution.checkpointing.interval", "1 s"}}).restart;
  EXPECT_EQ(restart.kind, Kind::kExponentialDelay);
  EXPECT_EQ(restart.attempts, INT32_MAX);
  EXPECT_EQ(restart.delay, 1'000);
  EXPECT_EQ(restart.max_delay, 60'000);
  EXPECT_EQ(restart.multiplier, 1.5);
  EXPECT_EQ(restart.jitter, 0.1);
  EXPECT_EQ(restart.interval, 3'600'000);
  for (const char* none : {"none", "off", "disable"}) {
    const JobSettings settings = Read({{"execution.checkpointing.interval", "1 s"}, {"restart-strategy", none}});
    EXPECT_EQ(settings.restart.kind, Kind::kNone) << none;
  }
}

TEST(JobSettings, RestartStrategiesRefuseWhatFlinkRefuses) {
  struct Case {
    const char* strategy;
    const char* key;
    const char* bad;
    const char* least;  // that is accepted
  };
  const Case cases[] = {{"fixed-delay", "attempts", "-1", "0"},
                        {"failure-rate", "max-failures-per-interval", "0", "1"},
                        {"failure-rate", "failure-rate-interval", "0 s", "1 ms"},
                        {"exponential-delay", "attempts-before-reset-backoff", "0", "1"},
                        {"exponential-delay", "initial-backoff", "0 s", "1 ms"},
                        {"exponential-delay", "max-backoff", "999 ms", "1 s"},  // shorter than the first one
                        {"exponential-delay", "backoff-multiplier", "1", "1.01"},
                        {"exponential-delay", "reset-backoff-threshold", "0 s", "1 ms"},
                        {"exponential-delay", "jitter-factor", "1.01", "1"},
                        {"exponential-delay", "jitter-factor", "-0.1", "0"}};
  for (const Case& one : cases) {
    const std::string key = std::string("restart-strategy.") + one.strategy + "." + one.key;
    Read({{"restart-strategy.type", one.strategy}, {key, one.least}});
    const auto bad = ReadJobSettings(
        Config(std::map<std::string, std::string>{{"restart-strategy.type", one.strategy}, {key, one.bad}}));
    ASSERT_FALSE(bad.ok()) << key;
    EXPECT_NE(bad.error().message.find(key), std::string::npos) << bad.error().ToString();
    // A strategy that is not the job's is not looked at.
    Read({{"restart-strategy.type", "none"}, {key, one.bad}});
  }
}

TEST(JobSettings, AStorageThatIsNotThereIsRefusedWithTheNearestName) {
  for (const char* known : {"filesystem", "JobManager"}) Read({{"state.checkpoint-storage", known}});
  const auto settings =
      ReadJobSettings(Config(std::map<std::string, std::string>{{"execution.checkpointing.storage", "file-system"}}));
  ASSERT_FALSE(settings.ok());
  EXPECT_EQ(settings.error().hint,
            "Did you mean 'filesystem'? Give one of filesystem, jobmanager, or RESET "
            "'execution.checkpointing.storage'.");
}

}  // namespace
}  // namespace millrace::engine
