#include "broker/log/metadata_journal.h"

#include <random>

#include <gtest/gtest.h>

#include "broker/log/faulty_files.h"
#include "broker/log/metadata_state.h"
#include "broker/log/test_log.h"

namespace millrace::broker {
namespace {

class MetadataJournalTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<MetadataJournal>> TryOpen() {
    seen_.clear();
    return MetadataJournal::Open(files_, folder_.path(), [this](std::string_view change) {
      seen_.emplace_back(change);
      return Ok();
    });
  }
  std::unique_ptr<MetadataJournal> Open() {
    auto journal = TryOpen();
    EXPECT_TRUE(journal.ok()) << journal.error().ToString();
    return journal.ok() ? std::move(*journal) : nullptr;
  }
  std::string Newest() {
    std::string newest;
    const auto names = *files_.List(folder_.path());
    for (const std::string& name : names) {
      if (name.ends_with(".journal")) newest = name;
    }
    return folder_.path() + "/" + newest;
  }
  void Damage(uint64_t at) {
    const auto file = *files_.Open(Newest(), OpenMode::kReadWrite);
    char byte = 0;
    ASSERT_EQ(*file->ReadAt(at, &byte, 1), 1u);
    byte = static_cast<char>(byte ^ 4);
    ASSERT_TRUE(file->WriteAt(at, {&byte, 1}).ok());
  }

  TempFolder folder_;
  FaultyFiles files_;
  std::vector<std::string> seen_;
};

TEST_F(MetadataJournalTest, ChangesComeBackInOrder) {
  {
    const auto journal = Open();
    EXPECT_TRUE(seen_.empty());
    ASSERT_TRUE(journal->Append("one").ok());
    ASSERT_TRUE(journal->Append(std::string(100'000, 'x')).ok());
    ASSERT_TRUE(journal->Append("three").ok());
  }
  Open();
  EXPECT_EQ(seen_, (std::vector<std::string>{"one", std::string(100'000, 'x'), "three"}));
}

TEST_F(MetadataJournalTest, ASnapshotReplacesWhatWasBefore) {
  {
    const auto journal = Open();
    ASSERT_TRUE(journal->Append("old").ok());
    ASSERT_TRUE(journal->Rewrite({"sum", "total"}).ok());
    ASSERT_TRUE(journal->Append("new").ok());
  }
  Open();
  EXPECT_EQ(seen_, (std::vector<std::string>{"sum", "total", "new"}));
  EXPECT_EQ(files_.List(folder_.path())->size(), 1u);
}

TEST_F(MetadataJournalTest, ItBecomesLongByItsChanges) {
  const auto journal = Open();
  EXPECT_FALSE(journal->IsLong());
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(journal->Append(std::string(100'000, 'x')).ok());
  EXPECT_TRUE(journal->IsLong());
  ASSERT_TRUE(journal->Rewrite({"short"}).ok());
  EXPECT_FALSE(journal->IsLong());
}

TEST_F(MetadataJournalTest, ACutAtAnyByteKeepsTheChangesBeforeIt) {
  uint64_t begin;
  {
    const auto journal = Open();
    ASSERT_TRUE(journal->Rewrite({"snapshot"}).ok());
    begin = journal->size();
    ASSERT_TRUE(journal->Append("first").ok());
    ASSERT_TRUE(journal->Append("second").ok());
  }
  const std::string whole = *ReadWholeFile(files_, Newest());
  for (uint64_t size = whole.size(); size > begin; --size) {
    {
      const auto file = *files_.Open(Newest(), OpenMode::kReadWrite);
      ASSERT_TRUE(file->WriteAt(0, whole).ok());
      ASSERT_TRUE(file->Truncate(size).ok());
    }
    const auto journal = Open();
    ASSERT_NE(journal, nullptr);
    EXPECT_EQ(seen_.size(), size == whole.size() ? 3u : size >= begin + 8 + 5 ? 2u : 1u) << size;
    ASSERT_TRUE(journal->Append("next").ok());
    Open();
    EXPECT_EQ(seen_.back(), "next");
  }
}

TEST_F(MetadataJournalTest, DamageInASingleChangeEndsTheJournalAndIsKeptAside) {
  uint64_t first_end;
  {
    const auto journal = Open();
    ASSERT_TRUE(journal->Append("first").ok());
    first_end = journal->size();
    ASSERT_TRUE(journal->Append("second").ok());
  }
  Damage(first_end + 9);
  Open();
  EXPECT_EQ(seen_, (std::vector<std::string>{"first"}));
  EXPECT_TRUE(files_.Exists(Newest() + ".damaged"));
}

TEST_F(MetadataJournalTest, DamageInTheSnapshotIsRefused) {
  {
    const auto journal = Open();
    ASSERT_TRUE(journal->Rewrite({"what must not be lost"}).ok());
    ASSERT_TRUE(journal->Append("later").ok());
  }
  for (const uint64_t at : {0, 9, 17, 22, 30}) {
    Damage(at);
    const auto journal = TryOpen();
    ASSERT_FALSE(journal.ok()) << at;
    EXPECT_EQ(journal.error().domain, ErrorDomain::kUser);
    EXPECT_NE(journal.error().ToString().find(".journal"), std::string::npos);
    Damage(at);
  }
  Open();
  EXPECT_EQ(seen_.size(), 2u);
}

TEST_F(MetadataJournalTest, AFullDiskRefusesTheChangeAndTakesTheNext) {
  {
    const auto journal = Open();
    ASSERT_TRUE(journal->Append("kept").ok());
    files_.room = 6;
    EXPECT_FALSE(journal->Append("refused").ok());
    files_.room = 3;
    files_.fail_truncate = true;
    EXPECT_FALSE(journal->Append("refused").ok());
    files_.room = FaultyFiles::kUnlimited;
    EXPECT_FALSE(journal->Append("refused").ok());
    files_.fail_truncate = false;
    EXPECT_TRUE(journal->Append("taken").ok());
    files_.room = 10;
    EXPECT_FALSE(journal->Rewrite({"a snapshot that has no room"}).ok());
    files_.room = FaultyFiles::kUnlimited;
    EXPECT_TRUE(journal->Append("still there").ok());
  }
  Open();
  EXPECT_EQ(seen_, (std::vector<std::string>{"kept", "taken", "still there"}));
}

TopicMetadata MakeTopic(const std::string& name, uint8_t id, int32_t partitions, ConfigMap configs = {}) {
  TopicMetadata topic{.name = name, .num_partitions = partitions, .configs = std::move(configs)};
  topic.id.bytes[0] = id;
  return topic;
}

TEST(MetadataState, IsTheSumOfItsChanges) {
  MetadataState state;
  const TopicMetadata orders = MakeTopic("orders", 1, 3, {{"cleanup.policy", "compact"}});
  ASSERT_TRUE(state.Apply(MetadataState::ClusterIdSet("cluster")).ok());
  ASSERT_TRUE(state.Apply(MetadataState::TopicSet(orders)).ok());
  ASSERT_TRUE(state.Apply(MetadataState::TopicSet(MakeTopic("old", 2, 1))).ok());
  ASSERT_TRUE(state.Apply(MetadataState::ProducerIdsReserved(1000)).ok());
  ASSERT_TRUE(
      state.Apply(MetadataState::OffsetsSet("g", {{{"orders", 0}, {5, 0, "note", 77}}, {{"old", 0}, {1}}})).ok());
  ASSERT_TRUE(state.Apply(MetadataState::OffsetsSet("only old", {{{"old", 0}, {1}}})).ok());
  ASSERT_TRUE(state.Apply(MetadataState::TopicDeleted(MakeTopic("old", 2, 1))).ok());

  MetadataState again;
  for (const std::string& change : state.Snapshot()) ASSERT_TRUE(again.Apply(change).ok());
  for (const MetadataState* each : {&state, &again}) {
    EXPECT_EQ(each->cluster_id(), "cluster");
    ASSERT_EQ(each->topics().size(), 1u);
    EXPECT_EQ(each->topics().at("orders"), orders);
    EXPECT_EQ(each->producer_ids_end(), 1000);
    EXPECT_EQ(each->deleted().size(), 1u);
    ASSERT_EQ(each->groups().size(), 1u);  // offsets end with their topic
    const CommittedOffset& committed = each->groups().at("g").at({"orders", 0});
    EXPECT_EQ(committed.offset, 5);
    EXPECT_EQ(committed.leader_epoch, 0);
    EXPECT_EQ(committed.metadata, "note");
    EXPECT_EQ(committed.commit_time_ms, 77);
  }
  ASSERT_TRUE(state.Apply(MetadataState::OffsetsDeleted("g", {{"orders", 0}, {"none", 1}})).ok());
  EXPECT_TRUE(state.groups().empty());
}

TEST(MetadataState, ATransactionAndTheOffsetsItCommitsAreOneChange) {
  Transaction transaction{.id = "sink",
                          .producer_id = 7,
                          .epoch = 3,
                          .last_producer_id = 6,
                          .last_epoch = 2,
                          .state = TransactionState::kPrepareCommit,
                          .timeout_ms = 1000,
                          .start_ms = 50,
                          .update_ms = 60,
                          .partitions = {{"t", 0}, {"t", 1}},
                          .offsets = {{"g", {{{"t", 0}, {5, 0, "note", 77}}}}, {"added", {}}}};
  MetadataState state;
  ASSERT_TRUE(state.Apply(MetadataState::TransactionSet(transaction)).ok());
  MetadataState again;
  for (const std::string& change : state.Snapshot()) ASSERT_TRUE(again.Apply(change).ok());
  const Transaction& stored = again.transactions().at("sink");
  EXPECT_EQ(stored.producer_id, 7);
  EXPECT_EQ(stored.epoch, 3);
  EXPECT_EQ(stored.last_producer_id, 6);
  EXPECT_EQ(stored.last_epoch, 2);
  EXPECT_EQ(stored.state, TransactionState::kPrepareCommit);
  EXPECT_EQ(stored.timeout_ms, 1000);
  EXPECT_EQ(stored.start_ms, 50);
  EXPECT_EQ(stored.update_ms, 60);
  EXPECT_EQ(stored.partitions, transaction.partitions);
  ASSERT_EQ(stored.offsets.size(), 2u);
  EXPECT_EQ(stored.offsets.at("g").at({"t", 0}).metadata, "note");
  EXPECT_TRUE(again.groups().empty());

  const auto committed = std::exchange(transaction.offsets, {});
  transaction.state = TransactionState::kCompleteCommit;
  ASSERT_TRUE(again.Apply(MetadataState::TransactionSet(transaction, {{"g", committed.at("g")}})).ok());
  EXPECT_EQ(again.groups().at("g").at({"t", 0}).offset, 5);
  EXPECT_EQ(again.transactions().at("sink").state, TransactionState::kCompleteCommit);
  ASSERT_TRUE(again.Apply(MetadataState::TransactionDeleted("sink")).ok());
  EXPECT_TRUE(again.transactions().empty());
}

TEST(MetadataState, BytesThatAreNoChangeAreRefusedAndChangeNothing) {
  std::mt19937 random(4);
  MetadataState state;
  const std::vector<std::string> changes = {
      MetadataState::TopicSet(MakeTopic("t", 1, 2, {{"a", "b"}})), MetadataState::OffsetsSet("g", {{{"t", 0}, {5}}}),
      MetadataState::OffsetsDeleted("g", {{"t", 0}}), MetadataState::ClusterIdSet("c"),
      MetadataState::TransactionSet({.id = "x", .partitions = {{"t", 0}}, .offsets = {{"g", {{{"t", 0}, {5}}}}}},
                                    {{"g", {{{"t", 0}, {5}}}}})};
  EXPECT_FALSE(state.Apply("").ok());
  EXPECT_FALSE(state.Apply("\x63rest").ok());
  for (const std::string& change : changes) {
    for (size_t size = 0; size < change.size(); ++size) EXPECT_FALSE(state.Apply(change.substr(0, size)).ok());
    for (int i = 0; i < 2000; ++i) {
      std::string wrong = change;
      wrong[random() % wrong.size()] = static_cast<char>(random());
      MetadataState scratch;
      (void)scratch.Apply(wrong).ok();
    }
  }
  EXPECT_TRUE(state.topics().empty());
  EXPECT_TRUE(state.groups().empty());
  EXPECT_TRUE(state.transactions().empty());
}

}  // namespace
}  // namespace millrace::broker
