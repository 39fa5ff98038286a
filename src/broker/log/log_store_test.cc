#include "broker/log/log_store.h"

#include <filesystem>
#include <future>
#include <map>
#include <random>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "broker/log/faulty_files.h"
#include "broker/log/test_log.h"

namespace millrace::broker {
namespace {

using kafka::ErrorCode;

constexpr int64_t kNow = 1'700'000'000'000;

class LogStoreTest : public ::testing::Test {
 protected:
  LogStoreTest() {
    options_.data_dir = folder_.path() + "/data";
    options_.background_threads = false;
    options_.clock = &clock_;
    options_.files = &files_;
  }
  std::unique_ptr<LogStore> Open() {
    auto store = LogStore::Open(options_);
    EXPECT_TRUE(store.ok()) << store.error().ToString();
    return store.ok() ? std::move(*store) : nullptr;
  }
  // The folder as it is now, opened as after the death of the process: the running store is left behind with the
  // original.
  std::unique_ptr<LogStore> OpenCopy() {
    options_.data_dir = folder_.path() + "/copy-" + std::to_string(++copies_);
    std::filesystem::copy(folder_.path() + "/data", options_.data_dir, std::filesystem::copy_options::recursive);
    return Open();
  }
  AppendOutcome Append(LogStore& store, const std::string& topic, int32_t partition, const std::string& value) {
    return store.FindTopic(topic)->Find(partition)->Append(MakeBatch({{"k", value, clock_.WallMillis()}}));
  }
  static std::vector<std::string> Values(LogStore& store, const std::string& topic, int32_t partition) {
    std::vector<std::string> values;
    for (const auto& record : ReadWholeLog(static_cast<PartitionLog&>(*store.FindTopic(topic)->Find(partition)))) {
      values.push_back(record.value.value_or("null"));
    }
    return values;
  }
  std::vector<std::string> Folders() {
    std::vector<std::string> folders;
    const auto names = *files_.List(options_.data_dir);
    for (const std::string& name : names) {
      if (files_.IsDirectory(options_.data_dir + "/" + name)) folders.push_back(name);
    }
    return folders;
  }

  TempFolder folder_;
  FaultyFiles files_;
  ManualClock clock_{kNow};
  LogStoreOptions options_;
  int copies_ = 0;
};

TEST_F(LogStoreTest, TopicsRecordsSettingsAndOffsetsSurviveAnOrderlyRestart) {
  std::string cluster;
  kafka::Uuid id;
  {
    const auto store = Open();
    cluster = store->ClusterId();
    EXPECT_FALSE(cluster.empty());
    ASSERT_TRUE(store->CreateTopic("a", 2, {{"cleanup.policy", "compact"}}).ok());
    ASSERT_TRUE(store->CreateTopic("b", 1, {}).ok());
    ASSERT_TRUE(store->CreateTopic("gone", 1, {}).ok());
    id = store->FindTopic("a")->id;
    EXPECT_EQ(Append(*store, "a", 1, "x").base_offset, 0);
    EXPECT_EQ(Append(*store, "a", 1, "y").base_offset, 1);
    ASSERT_TRUE(store->AddPartitions("b", 3).ok());
    ASSERT_TRUE(store->SetTopicConfigs("b", {{"retention.ms", "1000"}}).ok());
    ASSERT_TRUE(store->DeleteTopic("gone").ok());
    ASSERT_TRUE(store->Put("g", {{{"a", 1}, {2, 0, "m", kNow}}}).ok());
    ASSERT_TRUE(store->Close().ok());
  }
  EXPECT_TRUE(files_.Exists(options_.data_dir + "/.kafka_cleanshutdown"));
  const auto store = Open();
  EXPECT_FALSE(files_.Exists(options_.data_dir + "/.kafka_cleanshutdown"));
  EXPECT_EQ(store->ClusterId(), cluster);
  EXPECT_EQ(store->Topics().size(), 2u);
  EXPECT_EQ(store->FindTopic("gone"), nullptr);
  EXPECT_EQ(store->FindTopic("a")->id, id);
  EXPECT_EQ(store->FindTopic(id), store->FindTopic("a"));
  EXPECT_EQ(store->FindTopic("a")->configs.at("cleanup.policy"), "compact");
  EXPECT_EQ(store->FindTopic("b")->partitions.size(), 3u);
  EXPECT_EQ(store->FindTopic("b")->configs.at("retention.ms"), "1000");
  EXPECT_EQ(Values(*store, "a", 1), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(store->Find("g", {"a", 1})->offset, 2);
  EXPECT_EQ(Folders(), (std::vector<std::string>{"a-0", "a-1", "b-0", "b-1", "b-2"}));
}

TEST_F(LogStoreTest, TheSameSurvivesTheDeathOfTheProcess) {
  const auto living = Open();
  ASSERT_TRUE(living->CreateTopic("t", 2, {{"segment.bytes", "500"}}).ok());
  for (int i = 0; i < 50; ++i) Append(*living, "t", i % 2, std::to_string(i));
  ASSERT_TRUE(living->Put("g", {{{"t", 0}, {7}}}).ok());
  const int64_t first = *living->NextProducerId();
  const auto store = OpenCopy();
  EXPECT_EQ(Values(*store, "t", 0).size(), 25u);
  EXPECT_EQ(Values(*store, "t", 1).back(), "49");
  EXPECT_EQ(Append(*store, "t", 0, "next").base_offset, 25);
  EXPECT_EQ(store->Find("g", {"t", 0})->offset, 7);
  EXPECT_GT(*store->NextProducerId(), first);
  EXPECT_EQ(store->ClusterId(), living->ClusterId());
}

TEST_F(LogStoreTest, ProducerIdsAreNeverHandedOutTwice) {
  std::set<int64_t> seen;
  for (int life = 0; life < 4; ++life) {
    const auto store = Open();
    for (int i = 0; i < 1500; ++i) EXPECT_TRUE(seen.insert(*store->NextProducerId()).second);
  }
}

TEST_F(LogStoreTest, ASecondProcessIsKeptOut) {
  const auto store = Open();
  const auto second = LogStore::Open(options_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().domain, ErrorDomain::kUser);
  EXPECT_NE(second.error().ToString().find(options_.data_dir), std::string::npos);
  ASSERT_TRUE(store->CreateTopic("t", 1, {}).ok());  // the first one was not disturbed
}

TEST_F(LogStoreTest, ADeletedTopicIsGoneAtOnceAndItsNameIsFree) {
  const auto store = Open();
  ASSERT_TRUE(store->CreateTopic("t", 2, {}).ok());
  const TopicPtr old = store->FindTopic("t");
  Append(*store, "t", 0, "old");
  ASSERT_TRUE(store->Put("g", {{{"t", 0}, {1}}}).ok());
  ASSERT_TRUE(store->DeleteTopic("t").ok());
  EXPECT_EQ(store->FindTopic("t"), nullptr);
  EXPECT_EQ(store->FindTopic(old->id), nullptr);
  EXPECT_EQ(store->Find("g", {"t", 0}), std::nullopt);
  EXPECT_EQ(old->Find(0)->Append(MakeBatch("late")).error, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_FALSE(store->DeleteTopic("t").ok());

  ASSERT_TRUE(store->CreateTopic("t", 1, {}).ok());
  EXPECT_NE(store->FindTopic("t")->id, old->id);
  EXPECT_EQ(Append(*store, "t", 0, "new").base_offset, 0);
  store->RunMaintenance(kNow);
  EXPECT_EQ(Folders(), (std::vector<std::string>{"t-0"}));
  EXPECT_EQ(Values(*store, "t", 0), (std::vector<std::string>{"new"}));
}

TEST_F(LogStoreTest, FoldersOfATopicDeletedBeforeACrashGoAtTheNextStart) {
  const auto living = Open();
  ASSERT_TRUE(living->CreateTopic("t", 2, {}).ok());
  Append(*living, "t", 0, "x");
  ASSERT_TRUE(living->DeleteTopic("t").ok());
  const auto store = OpenCopy();
  EXPECT_EQ(store->Topics().size(), 0u);
  EXPECT_TRUE(Folders().empty());
}

TEST_F(LogStoreTest, CreatingWhatExistsAndChangingWhatDoesNotAreUserErrors) {
  const auto store = Open();
  ASSERT_TRUE(store->CreateTopic("t", 2, {}).ok());
  EXPECT_EQ(store->CreateTopic("t", 1, {}).error().domain, ErrorDomain::kUser);
  EXPECT_EQ(store->AddPartitions("t", 2).error().domain, ErrorDomain::kUser);
  EXPECT_EQ(store->AddPartitions("none", 2).error().domain, ErrorDomain::kUser);
  EXPECT_EQ(store->SetTopicConfigs("none", {}).error().domain, ErrorDomain::kUser);
}

TEST_F(LogStoreTest, RecordsOfNoKnownTopicAreNeverOverwritten) {
  {
    const auto store = Open();
    ASSERT_TRUE(store->CreateTopic("t", 1, {}).ok());
    Append(*store, "t", 0, "precious");
  }
  // Somebody lost the journal.
  const auto names = *files_.List(options_.data_dir);
  for (const std::string& name : names) {
    if (name.ends_with(".journal")) {
      ASSERT_TRUE(files_.Remove(options_.data_dir + "/" + name).ok());
    }
  }
  const auto store = Open();
  EXPECT_EQ(store->FindTopic("t"), nullptr);
  const auto created = store->CreateTopic("t", 1, {});
  ASSERT_FALSE(created.ok());
  EXPECT_NE(created.error().ToString().find("t-0"), std::string::npos);
  EXPECT_TRUE(files_.Exists(options_.data_dir + "/t-0/00000000000000000000.log"));
}

TEST_F(LogStoreTest, SettingsApplyToARunningTopic) {
  const auto store = Open();
  ASSERT_TRUE(store->CreateTopic("t", 1, {}).ok());
  for (int i = 0; i < 10; ++i) Append(*store, "t", 0, std::string(100, 'x'));
  ASSERT_TRUE(store->SetTopicConfigs("t", {{"segment.bytes", "400"}, {"retention.ms", "1000"}}).ok());
  Append(*store, "t", 0, "rolls");
  auto& log = static_cast<PartitionLog&>(*store->FindTopic("t")->Find(0));
  EXPECT_EQ(log.num_segments(), 2u);
  clock_.Advance(500);
  Append(*store, "t", 0, "young");
  store->RunMaintenance(clock_.WallMillis() + 501);
  EXPECT_EQ(Values(*store, "t", 0), (std::vector<std::string>{"rolls", "young"}));
  ASSERT_TRUE(store->SetTopicConfigs("t", {{"max.message.bytes", "100"}}).ok());
  EXPECT_EQ(Append(*store, "t", 0, std::string(200, 'x')).error, ErrorCode::kMessageTooLarge);
}

TEST_F(LogStoreTest, BrokerSettingsAreTheDefaultOfTopics) {
  options_.broker_configs = {{"log.segment.bytes", "300"}};
  const auto store = Open();
  ASSERT_TRUE(store->CreateTopic("t", 1, {}).ok());
  for (int i = 0; i < 10; ++i) Append(*store, "t", 0, std::string(100, 'x'));
  EXPECT_EQ(static_cast<PartitionLog&>(*store->FindTopic("t")->Find(0)).num_segments(), 10u);
}

TEST_F(LogStoreTest, MaintenanceCompactsRetainsAndCheckpoints) {
  const auto store = Open();
  ASSERT_TRUE(store->CreateTopic("table", 1, {{"cleanup.policy", "compact"}, {"segment.bytes", "400"}}).ok());
  for (int i = 0; i < 40; ++i) Append(*store, "table", 0, std::to_string(i));
  ASSERT_TRUE(store->FlushAll().ok());
  store->RunMaintenance(kNow);
  EXPECT_LT(Values(*store, "table", 0).size(), 10u);
  EXPECT_EQ(Values(*store, "table", 0).back(), "39");
  const auto checkpoint = LoadCheckpoint(files_, options_.data_dir + "/table-0");
  EXPECT_EQ(checkpoint.recovery_point, 40);
}

TEST_F(LogStoreTest, TheJournalIsRewrittenWhenItGetsLong) {
  const auto store = Open();
  ASSERT_TRUE(store->CreateTopic("t", 1, {}).ok());
  const std::string note(4000, 'n');
  for (int i = 0; i < 600; ++i) ASSERT_TRUE(store->Put("g", {{{"t", 0}, {i, 0, note, kNow}}}).ok());
  store->RunMaintenance(kNow);
  const auto copy = OpenCopy();
  EXPECT_EQ(copy->Find("g", {"t", 0})->offset, 599);
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(options_.data_dir)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  EXPECT_LT(bytes, 20'000u);
}

TEST_F(LogStoreTest, AFullDiskRefusesWritesAndServiceGoesOnWhenThereIsRoom) {
  const auto store = Open();
  ASSERT_TRUE(store->CreateTopic("t", 1, {}).ok());
  Append(*store, "t", 0, "a");
  files_.room = 20;
  EXPECT_EQ(Append(*store, "t", 0, "b").error, ErrorCode::kKafkaStorageError);
  EXPECT_FALSE(store->CreateTopic("u", 2, {}).ok());
  EXPECT_FALSE(store->Put("g", {{{"t", 0}, {1}}}).ok());
  EXPECT_FALSE(store->SetTopicConfigs("t", {{"retention.ms", "1"}}).ok());
  (void)store->FlushAll().ok();
  store->RunMaintenance(kNow);
  EXPECT_EQ(Values(*store, "t", 0), (std::vector<std::string>{"a"}));
  files_.room = FaultyFiles::kUnlimited;
  EXPECT_EQ(Append(*store, "t", 0, "c").base_offset, 1);
  EXPECT_TRUE(store->CreateTopic("u", 2, {}).ok());
  EXPECT_TRUE(store->Put("g", {{{"t", 0}, {1}}}).ok());
  EXPECT_TRUE(store->FlushAll().ok());
  const auto copy = OpenCopy();
  EXPECT_EQ(Values(*copy, "t", 0), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(copy->FindTopic("u")->partitions.size(), 2u);
}

TEST_F(LogStoreTest, WhatIsWrittenReachesTheDiskInTheBackground) {
  options_.background_threads = true;
  options_.flush_interval_ms = 1;
  const auto store = Open();
  ASSERT_TRUE(store->CreateTopic("t", 1, {}).ok());
  Append(*store, "t", 0, "x");
  std::promise<Status> durable;
  store->FindTopic("t")->Find(0)->WhenDurable([&](Status status) { durable.set_value(std::move(status)); });
  EXPECT_TRUE(durable.get_future().get().ok());
  EXPECT_EQ(static_cast<PartitionLog&>(*store->FindTopic("t")->Find(0)).flushed_offset(), 1);
}

TEST_F(LogStoreTest, ManyThreadsAtOnceKeepTheirOrderAndLoseNothing) {
  options_.background_threads = true;
  options_.flush_interval_ms = 1;
  constexpr int kThreads = 4, kRecords = 300;
  {
    const auto store = Open();
    ASSERT_TRUE(store->CreateTopic("t", 3, {{"segment.bytes", "4000"}}).ok());
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kRecords; ++i) {
          EXPECT_EQ(Append(*store, "t", i % 3, std::to_string(t) + ":" + std::to_string(i)).error, ErrorCode::kNone);
          if (i % 50 == 0) {
            EXPECT_TRUE(store->CreateTopic("own-" + std::to_string(t) + "-" + std::to_string(i), 1, {}).ok());
          }
          EXPECT_TRUE(store->Put("g" + std::to_string(t), {{{"t", i % 3}, {i}}}).ok());
          EXPECT_TRUE(store->NextProducerId().ok());
        }
      });
    }
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) store->RunMaintenance(kNow + i * 60'000);
    });
    for (std::thread& thread : threads) thread.join();
  }
  const auto store = Open();
  std::map<std::string, int> last;
  size_t total = 0;
  for (int partition = 0; partition < 3; ++partition) {
    last.clear();
    for (const std::string& value : Values(*store, "t", partition)) {
      const int number = std::stoi(value.substr(2));
      const auto [at, fresh] = last.try_emplace(value.substr(0, 1), -1);
      EXPECT_GT(number, at->second);
      at->second = number;
      ++total;
    }
  }
  EXPECT_EQ(total, static_cast<size_t>(kThreads * kRecords));
  EXPECT_EQ(store->Topics().size(), 1u + kThreads * 6);
  EXPECT_EQ(store->Groups().size(), static_cast<size_t>(kThreads));
}

TEST_F(LogStoreTest, RandomLivesAndDeathsAgreeWithAModel) {
  std::mt19937 random(23);
  std::map<std::string, std::vector<std::vector<std::string>>> model;  // topic -> partition -> values
  std::map<std::string, int64_t> offsets;
  auto store = Open();
  std::filesystem::path current = options_.data_dir;
  for (int step = 0; step < 1500; ++step) {
    const std::string name = "t" + std::to_string(random() % 4);
    auto topic = model.find(name);
    switch (random() % 12) {
      case 0:
        ASSERT_EQ(store->CreateTopic(name, 1 + static_cast<int32_t>(step % 3), {{"segment.bytes", "600"}}).ok(),
                  topic == model.end());
        if (topic == model.end()) model[name].resize(static_cast<size_t>(1 + step % 3));
        break;
      case 1:
        if (random() % 4 != 0) break;
        ASSERT_EQ(store->DeleteTopic(name).ok(), topic != model.end());
        if (topic != model.end()) model.erase(topic);
        offsets.erase(name);
        break;
      case 2:
        if (topic == model.end()) break;
        ASSERT_TRUE(store->Put("g", {{{name, 0}, {step}}}).ok());
        offsets[name] = step;
        break;
      case 3: store->RunMaintenance(clock_.WallMillis()); break;
      case 4: ASSERT_TRUE(store->FlushAll().ok()); break;
      case 5: {
        if (random() % 5 != 0) break;
        if (random() % 2 == 0) {
          ASSERT_TRUE(store->Close().ok());
          store.reset();
        } else {
          // The process dies: the folder stays as it is, the old store is not asked.
          options_.data_dir = folder_.path() + "/life-" + std::to_string(step);
          std::filesystem::copy(current, options_.data_dir, std::filesystem::copy_options::recursive);
          store.reset();
          std::filesystem::remove_all(current);
          current = options_.data_dir;
        }
        store = Open();
        ASSERT_NE(store, nullptr);
        ASSERT_EQ(store->Topics().size(), model.size());
        for (const auto& [each, partitions] : model) {
          ASSERT_NE(store->FindTopic(each), nullptr);
          for (size_t p = 0; p < partitions.size(); ++p) {
            ASSERT_EQ(Values(*store, each, static_cast<int32_t>(p)), partitions[p]);
          }
        }
        ASSERT_EQ(store->Offsets("g").size(), offsets.size());
        for (const auto& [each, offset] : offsets) ASSERT_EQ(store->Find("g", {each, 0})->offset, offset);
        break;
      }
      default: {
        if (topic == model.end()) break;
        auto& values = topic->second[random() % topic->second.size()];
        const auto partition = static_cast<int32_t>(&values - topic->second.data());
        ASSERT_EQ(Append(*store, name, partition, std::to_string(step)).base_offset,
                  static_cast<int64_t>(values.size()));
        values.push_back(std::to_string(step));
      }
    }
    clock_.Advance(1000);
  }
}

}  // namespace
}  // namespace millrace::broker
