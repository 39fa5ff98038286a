// Old names of keys.
#include "engine/config.h"

#include <map>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/job_settings.h"

namespace millrace::engine {
namespace {

struct OldName {
  const char* old_name;
  const char* name;
  const char* value;  // not the default
};

using Values = std::map<std::string, std::string>;

constexpr OldName kOldNames[] = {
    {"restart-strategy", "restart-strategy.type", "fixed-delay"},
    {"execution.checkpointing.unaligned", "execution.checkpointing.unaligned.enabled", "true"},
    {"state.checkpoints.dir", "execution.checkpointing.dir", "/checkpoints"},
    {"state.savepoints.dir", "execution.checkpointing.savepoint-dir", "/savepoints"},
    {"state.checkpoint-storage", "execution.checkpointing.storage", "jobmanager"},
    {"state.checkpoints.storage", "execution.checkpointing.storage", "jobmanager"},
    {"state.backend.incremental", "execution.checkpointing.incremental", "true"},
    {"state.checkpoints.num-retained", "execution.checkpointing.num-retained", "3"},
    {"state.backend", "state.backend.type", "rocksdb"},
    {"execution.savepoint.path", "execution.state-recovery.path", "/savepoints/one"},
    {"execution.savepoint.ignore-unclaimed-state", "execution.state-recovery.ignore-unclaimed-state", "true"},
    {"execution.savepoint-restore-mode", "execution.state-recovery.claim-mode", "claim"},
    {"table.display.max-column-width", "sql-client.display.max-column-width", "7"},
};

TEST(ConfigKeys, TheTableOfOldNamesIsWhole) {
  Values known;
  for (const OptionDef& def : ConfigKeys()) {
    for (const std::string_view alias : def.aliases) known[std::string(alias)] = def.name;
  }
  Values listed;
  for (const OldName& one : kOldNames) listed[one.old_name] = one.name;
  EXPECT_EQ(known, listed);
}

TEST(ConfigKeys, AnOldNameSetsWhatTheNewOneSets) {
  for (const OldName& one : kOldNames) {
    SCOPED_TRACE(one.old_name);
    EXPECT_TRUE(IsSameKey(one.old_name, one.name));
    EXPECT_NE(Config().GetString(one.name), one.value);
    const Config cluster(Values{{one.old_name, one.value}});
    EXPECT_EQ(cluster.GetString(one.name), one.value);
    EXPECT_EQ(cluster.GetString(one.old_name), one.value);
    Config session(Values{{one.name, "of the cluster"}});
    session.Set(one.old_name, one.value);
    EXPECT_EQ(session.GetString(one.name), one.value) << "the session goes before the cluster";
    session.Set(one.name, "newer");
    EXPECT_EQ(session.GetString(one.old_name), "newer");
    session.Set(one.old_name, one.value);
    EXPECT_EQ(session.GetString(one.name), one.value) << "the last SET counts, under whichever name";
    session.Reset(one.name);
    EXPECT_EQ(session.GetString(one.old_name), "of the cluster");
  }
}

TEST(ConfigKeys, WhatHasNoEffectIsSaid) {
  for (const auto& [key, value] : Values{{"table.exec.state.ttl", "1 h"},
                                         {"table.exec.mini-batch.enabled", "true"},
                                         {"table.exec.sink.type-length-enforcer", "TRIM_PAD"},
                                         {"table.exec.sink.rowtime-inserter", "disabled"},
                                         {"table.exec.legacy-cast-behaviour", "enabled"},
                                         {"execution.target", "yarn-session"}}) {
    EXPECT_TRUE(NoEffectNote(key, value).starts_with(fmt::format("'{}' = '{}' has no effect here. ", key, value)));
  }
  EXPECT_EQ(NoEffectNote("table.exec.legacy-cast-behaviour", "disabled"), "") << "the default is what happens";
  EXPECT_EQ(NoEffectNote("table.local-time-zone", "UTC"), "");
  EXPECT_EQ(NoEffectNote("execution.checkpointing.intervall", "1s"),
            "'execution.checkpointing.intervall' is no key that is known here: it is kept and has no effect. Did you "
            "mean 'execution.checkpointing.interval'?");
  EXPECT_EQ(NoEffectNote("my.own", "1"), "'my.own' is no key that is known here: it is kept and has no effect.");
}

TEST(ConfigKeys, OldNamesReachTheJob) {
  Config config;
  for (const OldName& one : kOldNames) config.Set(one.old_name, one.value);
  const auto settings = ReadJobSettings(config);
  ASSERT_TRUE(settings.ok()) << settings.error().ToString();
  EXPECT_EQ(settings->restart.kind, RestartSettings::Kind::kFixedDelay);
  EXPECT_EQ(settings->checkpoints.directory, "/checkpoints");
  EXPECT_EQ(settings->checkpoints.savepoint_directory, "/savepoints");
  EXPECT_TRUE(settings->checkpoints.incremental);
  EXPECT_EQ(settings->checkpoints.num_retained, 3u);
  EXPECT_EQ(settings->backend, "rocksdb");
  EXPECT_EQ(settings->restore_path, "/savepoints/one");
  EXPECT_TRUE(settings->ignore_unclaimed_state);
}

}  // namespace
}  // namespace millrace::engine
