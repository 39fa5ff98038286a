#include "broker/log/compaction.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

#include "broker/log/faulty_files.h"
#include "broker/log/partition_log.h"
#include "broker/log/test_log.h"

namespace millrace::broker {
namespace {

constexpr int64_t kHour = 3'600'000;

class CompactionTest : public LogTest {
 protected:
  CompactionTest() {
    config_.compact = true;
    config_.delete_old = false;
    config_.segment_bytes = 400;
    config_.min_cleanable_dirty_ratio = 0;
    config_.delete_retention_ms = kHour;
  }
  static int64_t Put(PartitionLog& log, const std::string& key, std::optional<std::string> value) {
    return log.Append(MakeBatch({{key, std::move(value), kNow}})).base_offset;
  }
  // Fills the active segment, so that all before is sealed.
  static void Seal(PartitionLog& log) {
    for (size_t n = log.num_segments(); log.num_segments() == n;) Put(log, "filler", "x");
  }
  bool Compact(PartitionLog& log) {
    const auto done = log.CompactIfNeeded(clock_.WallMillis());
    EXPECT_TRUE(done.ok()) << done.error().ToString();
    return done.ok() && *done;
  }
  static std::vector<ReadRecord> Of(PartitionLog& log, const std::string& key) {
    std::vector<ReadRecord> found;
    for (ReadRecord& record : ReadWholeLog(log)) {
      if (record.key == key) found.push_back(std::move(record));
    }
    return found;
  }
  using Table = std::map<std::string, std::string>;
  static Table Materialize(PartitionLog& log) {
    Table table;
    for (const ReadRecord& record : ReadWholeLog(log)) {
      if (record.value.has_value()) {
        table[*record.key] = *record.value;
      } else {
        table.erase(*record.key);
      }
    }
    return table;
  }
};

TEST_F(CompactionTest, TheLatestValueOfEachKeyStaysAtItsOffset) {
  const auto log = Open();
  for (int i = 0; i < 12; ++i) Put(*log, "k" + std::to_string(i % 3), std::to_string(i));
  Seal(*log);
  const int64_t size = log->SizeInBytes();
  EXPECT_TRUE(Compact(*log));
  EXPECT_LT(log->SizeInBytes(), size);
  EXPECT_EQ(Of(*log, "k0"), (std::vector<ReadRecord>{{9, kNow, "k0", "9"}}));
  EXPECT_EQ(Of(*log, "k1"), (std::vector<ReadRecord>{{10, kNow, "k1", "10"}}));
  EXPECT_EQ(Of(*log, "k2"), (std::vector<ReadRecord>{{11, kNow, "k2", "11"}}));
  // An offset in a gap reads on behind it.
  const auto read = log->Read(0, 1, true, Isolation::kReadUncommitted);
  EXPECT_EQ(kafka::ParseBatchHeader(read.records->bytes)->base_offset, 9);
  EXPECT_FALSE(Compact(*log));  // nothing new
}

TEST_F(CompactionTest, TheActiveSegmentIsLeftAlone) {
  config_.segment_bytes = 1 << 20;
  const auto log = Open();
  for (int i = 0; i < 10; ++i) Put(*log, "k", std::to_string(i));
  EXPECT_FALSE(Compact(*log));
  EXPECT_EQ(ReadWholeLog(*log).size(), 10u);
}

TEST_F(CompactionTest, OnlyTopicsThatAskForItAreCompacted) {
  config_.compact = false;
  const auto log = Open();
  for (int i = 0; i < 10; ++i) Put(*log, "k", std::to_string(i));
  Seal(*log);
  EXPECT_FALSE(Compact(*log));
  LogConfig changed = config_;
  changed.compact = true;
  log->SetConfig(changed);
  EXPECT_TRUE(Compact(*log));
}

TEST_F(CompactionTest, ATombstoneRemovesTheValueAtOnceAndItselfAfterItsTime) {
  const auto log = Open();
  Put(*log, "gone", "value");
  const int64_t tombstone = Put(*log, "gone", std::nullopt);
  Put(*log, "stays", "value");
  Seal(*log);
  EXPECT_TRUE(Compact(*log));
  EXPECT_EQ(Of(*log, "gone"), (std::vector<ReadRecord>{{tombstone, kNow, "gone", std::nullopt}}));

  clock_.Advance(kHour - 1);
  Seal(*log);
  EXPECT_TRUE(Compact(*log));
  EXPECT_EQ(Of(*log, "gone").size(), 1u);  // a reader who is an hour behind still sees the deletion

  clock_.Advance(1);
  Seal(*log);
  EXPECT_TRUE(Compact(*log));
  EXPECT_TRUE(Of(*log, "gone").empty());
  EXPECT_EQ(Of(*log, "stays").size(), 1u);
}

TEST_F(CompactionTest, RecordsOfOneBatchAreJudgedOneByOne) {
  for (const auto codec : {codec::Compression::kNone, codec::Compression::kGzip, codec::Compression::kSnappy,
                           codec::Compression::kLz4, codec::Compression::kZstd}) {
    TempFolder folder;
    LogOptions options;
    options.clock = &clock_;
    options.directory = folder.path();
    options.name = "t-0";
    options.config = config_;
    const auto log = *PartitionLog::Open(options);
    log->Append(MakeBatch({{"a", "1", kNow}, {"b", "1", kNow + 1}, {"a", "2", kNow + 2}, {"c", "1", kNow + 3}},
                          {.compression = codec}));
    log->Append(MakeBatch({{"c", "2", kNow + 4}}, {.compression = codec}));
    Seal(*log);
    EXPECT_TRUE(Compact(*log));
    auto records = ReadWholeLog(*log);
    ASSERT_GE(records.size(), 3u);
    records.resize(3);
    EXPECT_EQ(records,
              (std::vector<ReadRecord>{{1, kNow + 1, "b", "1"}, {2, kNow + 2, "a", "2"}, {4, kNow + 4, "c", "2"}}));
    // The batch keeps its range of offsets and its compression.
    const auto read = log->Read(0, 1, true, Isolation::kReadUncommitted);
    const auto header = *kafka::ParseBatchHeader(read.records->bytes);
    EXPECT_EQ(header.base_offset, 0);
    EXPECT_EQ(header.last_offset(), 3);
    EXPECT_EQ(header.record_count, 2);
    EXPECT_EQ(header.compression(), codec);
  }
}

TEST_F(CompactionTest, TheLastBatchOfAProducerKeepsItsSequenceNumberWithoutRecords) {
  auto log = Open();
  log->Append(MakeSequenced(7, 0, 0));
  log->Append(MakeSequenced(7, 0, 1));
  for (int i = 0; i < 8; ++i) Put(*log, "k", "newer than the producer's");
  Seal(*log);
  EXPECT_TRUE(Compact(*log));
  const auto read = log->Read(0, 1, true, Isolation::kReadUncommitted);
  const auto header = *kafka::ParseBatchHeader(read.records->bytes);
  EXPECT_EQ(header.base_offset, 1);
  EXPECT_EQ(header.record_count, 0);
  EXPECT_EQ(header.producer_id, 7);
  EXPECT_EQ(header.base_sequence, 1);
  const auto names = *files_.List(directory_);
  for (const std::string& name : names) {
    if (!name.ends_with(".snapshot")) continue;
    ASSERT_TRUE(files_.Remove(directory_ + "/" + name).ok());
  }
  log = Open();
  EXPECT_EQ(log->Append(MakeSequenced(7, 0, 1)).base_offset, 1);
  EXPECT_EQ(log->Append(MakeSequenced(7, 0, 3)).error, kafka::ErrorCode::kOutOfOrderSequenceNumber);
  // Once the producer has written again, the bare header goes.
  EXPECT_EQ(log->Append(MakeSequenced(7, 0, 2)).error, kafka::ErrorCode::kNone);
  Seal(*log);
  EXPECT_TRUE(Compact(*log));
  EXPECT_NE(kafka::ParseBatchHeader(log->Read(0, 1, true, Isolation::kReadUncommitted).records->bytes)->base_offset, 1);
}

TEST_F(CompactionTest, SmallSegmentsAreJoined) {
  const auto log = Open();
  for (int i = 0; i < 100; ++i) Put(*log, "k" + std::to_string(i % 2), "v");
  Seal(*log);
  const size_t before = log->num_segments();
  EXPECT_GT(before, 15u);
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(Compact(*log));
    Seal(*log);
  }
  EXPECT_LE(log->num_segments(), 4u);
}

TEST_F(CompactionTest, TheLagAndTheDirtyRatioAreHonoured) {
  config_.min_compaction_lag_ms = kHour;
  config_.min_cleanable_dirty_ratio = 0.9;
  const auto log = Open();
  for (int i = 0; i < 20; ++i) Put(*log, "k" + std::to_string(i), "v");
  Seal(*log);
  EXPECT_FALSE(Compact(*log));  // too young
  clock_.Advance(kHour + 1);
  EXPECT_TRUE(Compact(*log));
  Put(*log, "k1", "w");
  Seal(*log);
  clock_.Advance(kHour + 1);
  EXPECT_FALSE(Compact(*log));  // too little new
  LogConfig changed = config_;
  changed.max_compaction_lag_ms = kHour;
  log->SetConfig(changed);
  EXPECT_TRUE(Compact(*log));
}

TEST_F(CompactionTest, ATableThatIsTooSmallCompactsPartByPart) {
  config_.compaction_memory_bytes = 24 * 16;  // room for 14 keys
  const auto log = Open();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 40; ++i) Put(*log, "k" + std::to_string(i), std::to_string(round));
  }
  Seal(*log);
  const Table before = Materialize(*log);
  for (int i = 0; i < 200 && Compact(*log); ++i) ASSERT_EQ(Materialize(*log), before);
  EXPECT_FALSE(Compact(*log));
  EXPECT_EQ(Of(*log, "k39").back().value, "2");
}

TEST_F(CompactionTest, ItsWorkSurvivesARestart) {
  auto log = Open();
  for (int i = 0; i < 50; ++i) Put(*log, "k" + std::to_string(i % 5), std::to_string(i));
  Seal(*log);
  EXPECT_TRUE(Compact(*log));
  const auto records = ReadWholeLog(*log);
  log = Open();
  EXPECT_EQ(ReadWholeLog(*log), records);
  EXPECT_FALSE(Compact(*log));
  ASSERT_TRUE(log->Close().ok());
  log = Open(/*clean=*/true);
  EXPECT_EQ(ReadWholeLog(*log), records);
}

TEST_F(CompactionTest, AFullDiskInTheMiddleLosesNothing) {
  auto log = Open();
  for (int i = 0; i < 60; ++i) Put(*log, "k" + std::to_string(i), std::string(30, 'v'));
  for (int i = 0; i < 60; i += 2) Put(*log, "k" + std::to_string(i), "w");
  Seal(*log);
  const Table before = Materialize(*log);
  for (int64_t room = 0; room < 6000; room += 97) {
    files_.room = room;
    const auto done = log->CompactIfNeeded(kNow);
    files_.room = FaultyFiles::kUnlimited;
    ASSERT_EQ(Materialize(*log), before);
    log = Open();
    ASSERT_EQ(Materialize(*log), before) << "room for " << room << " bytes";
  }
}

TEST_F(CompactionTest, ReadersThatHoldAnOldSegmentReadOn) {
  const auto log = Open();
  for (int i = 0; i < 30; ++i) Put(*log, "k", std::to_string(i));
  Seal(*log);
  const FileRange range = log->Locate(0, 1000, true, Isolation::kReadUncommitted);
  EXPECT_TRUE(Compact(*log));
  std::string bytes(range.length, '\0');
  const auto file = range.segment->file();
  ASSERT_TRUE(file.ok());
  ASSERT_EQ(*(*file)->ReadAt(range.position, bytes.data(), bytes.size()), bytes.size());
  EXPECT_EQ(RecordsIn(bytes, 0).at(0).value, "0");
}

TEST_F(CompactionTest, RandomTablesStayTheSame) {
  std::mt19937 random(5);
  for (int round = 0; round < 8; ++round) {
    TempFolder folder;
    LogOptions options;
    options.files = &files_;
    options.clock = &clock_;
    options.directory = folder.path();
    options.name = "t-0";
    options.config = config_;
    options.config.segment_bytes = 300 + static_cast<int64_t>(random() % 2000);
    options.config.index_interval_bytes = static_cast<int64_t>(random() % 400);
    options.config.compaction_memory_bytes = 24 * (8 << random() % 8);
    auto log = *PartitionLog::Open(options);
    for (int step = 0; step < 300; ++step) {
      std::vector<TestRecord> records(1 + random() % 5);
      for (TestRecord& record : records) {
        record.key = "k" + std::to_string(random() % 25);
        if (random() % 5 != 0) record.value = std::to_string(step) + std::string(random() % 50, 'v');
        record.timestamp = clock_.WallMillis();
      }
      log->Append(MakeBatch(records, {.compression = static_cast<codec::Compression>(random() % 5)}));
      clock_.Advance(static_cast<int64_t>(random() % (kHour / 5)));
      if (random() % 10 != 0) continue;
      const Table before = Materialize(*log);
      const auto end = log->Bounds().high_watermark;
      ASSERT_TRUE(log->CompactIfNeeded(clock_.WallMillis()).ok());
      ASSERT_EQ(Materialize(*log), before);
      ASSERT_EQ(log->Bounds().high_watermark, end);
      if (random() % 3 == 0) {
        log = *PartitionLog::Open(options);
        ASSERT_EQ(Materialize(*log), before);
      }
    }
  }
}

TEST(KeyOffsets, RemembersTheLastOffsetOfEachKeyUntilItIsFull) {
  KeyOffsets keys(24 * 4096);
  int put = 0;
  while (keys.Put("key " + std::to_string(put), put)) ++put;
  EXPECT_GT(put, 3600);
  EXPECT_EQ(keys.size(), static_cast<size_t>(put));
  EXPECT_TRUE(keys.Put("key 5", 10'000));  // a known one has its place
  EXPECT_EQ(keys.Find("key 5"), 10'000);
  EXPECT_EQ(keys.Find("key 6"), 6);
  EXPECT_EQ(keys.Find(""), std::nullopt);
  EXPECT_EQ(keys.Find("key 99999"), std::nullopt);
}

}  // namespace
}  // namespace millrace::broker
