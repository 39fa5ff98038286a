#include "broker/log/partition_log.h"

#include <cstdio>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "broker/log/bytes.h"
#include "broker/log/faulty_files.h"
#include "broker/log/test_log.h"

namespace millrace::broker {
namespace {

using kafka::ErrorCode;

class PartitionLogTest : public LogTest {
 protected:
  std::vector<std::string> FilesWith(std::string_view suffix) {
    std::vector<std::string> found;
    const auto folder_names = *files_.List(directory_);
    for (const std::string& name : folder_names) {
      if (name.ends_with(suffix)) found.push_back(name);
    }
    return found;
  }
};

TEST_F(PartitionLogTest, ANewLogIsEmptyAndReadsNothing) {
  const auto log = Open();
  EXPECT_EQ(log->Bounds().log_start, 0);
  EXPECT_EQ(log->Bounds().high_watermark, 0);
  const ReadOutcome read = log->Read(0, 1000, true, Isolation::kReadUncommitted);
  EXPECT_EQ(read.error, ErrorCode::kNone);
  EXPECT_TRUE(read.records->bytes.empty());
  EXPECT_EQ(log->Read(1, 1000, true, Isolation::kReadUncommitted).error, ErrorCode::kOffsetOutOfRange);
  EXPECT_EQ(log->Read(-1, 1000, true, Isolation::kReadUncommitted).error, ErrorCode::kOffsetOutOfRange);
  EXPECT_EQ(log->OffsetForTime(0)->has_value(), false);
  EXPECT_EQ(log->OffsetOfMaxTime()->has_value(), false);
}

TEST_F(PartitionLogTest, BatchesGetConsecutiveOffsetsAndStayAsTheyCame) {
  const auto log = Open();
  const std::string first = MakeBatch({{"k", "a"}, {"k", std::nullopt}});
  const std::string second = MakeBatch({{std::nullopt, "c"}}, {.compression = codec::Compression::kLz4});
  EXPECT_EQ(log->Append(first).base_offset, 0);
  EXPECT_EQ(log->Append(second).base_offset, 2);
  const ReadOutcome read = log->Read(0, 1 << 20, true, Isolation::kReadCommitted);
  EXPECT_EQ(read.bounds.high_watermark, 3);
  ASSERT_EQ(read.records->bytes.size(), first.size() + second.size());
  // Byte for byte but the base offset and the leader epoch, which no checksum covers.
  EXPECT_EQ(read.records->bytes.substr(first.size() + 16), std::string_view(second).substr(16));
  EXPECT_EQ(ReadWholeLog(*log),
            (std::vector<ReadRecord>{{0, 1000, "k", "a"}, {1, 1000, "k", std::nullopt}, {2, 1000, std::nullopt, "c"}}));
}

TEST_F(PartitionLogTest, ReadsEndAtBatchBoundariesWithinTheLimit) {
  const auto log = Open();
  const size_t size = MakeBatch("x").size();
  for (int i = 0; i < 10; ++i) log->Append(MakeBatch("x"));
  const auto read = [&](int64_t offset, size_t limit, bool at_least_one) {
    return log->Read(offset, limit, at_least_one, Isolation::kReadUncommitted).records->bytes.size() / size;
  };
  EXPECT_EQ(read(0, 3 * size, false), 3u);
  EXPECT_EQ(read(0, 4 * size - 1, false), 3u);
  EXPECT_EQ(read(8, 1 << 20, false), 2u);
  EXPECT_EQ(read(3, size - 1, false), 0u);
  EXPECT_EQ(read(3, size - 1, true), 1u);
  EXPECT_EQ(read(3, 0, true), 1u);
  EXPECT_EQ(read(10, 1 << 20, true), 0u);
}

TEST_F(PartitionLogTest, AnOffsetInsideABatchGivesTheWholeBatch) {
  const auto log = Open();
  log->Append(MakeBatch({{"a", "1"}, {"b", "2"}, {"c", "3"}}));
  const ReadOutcome read = log->Read(2, 1 << 20, true, Isolation::kReadUncommitted);
  EXPECT_EQ(RecordsIn(read.records->bytes, 0).size(), 3u);
}

TEST_F(PartitionLogTest, SegmentsRollBySizeAndAreFoundByOffset) {
  config_.segment_bytes = 1000;
  const auto log = Open();
  for (int i = 0; i < 100; ++i) ASSERT_EQ(log->Append(MakeBatch("value " + std::to_string(i))).error, ErrorCode::kNone);
  EXPECT_GT(log->num_segments(), 5u);
  ASSERT_TRUE(log->Flush().ok());
  EXPECT_EQ(FilesWith(".log").size(), log->num_segments());
  EXPECT_EQ(FilesWith(".index").size(), log->num_segments());
  EXPECT_EQ(FilesWith(".timeindex").size(), log->num_segments());
  EXPECT_EQ(FilesWith(".log").front(), "00000000000000000000.log");
  for (int64_t offset = 0; offset < 100; ++offset) {
    const ReadOutcome read = log->Read(offset, 1, true, Isolation::kReadUncommitted);
    const auto records = RecordsIn(read.records->bytes, offset);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].value, "value " + std::to_string(offset));
  }
  EXPECT_EQ(ReadWholeLog(*log).size(), 100u);
}

TEST_F(PartitionLogTest, SegmentsRollByAgeOfTheirFirstRecord) {
  config_.segment_ms = 1000;
  const auto log = Open();
  log->Append(MakeBatch("a", kNow));
  log->Append(MakeBatch("b", kNow + 1000));
  EXPECT_EQ(log->num_segments(), 1u);
  log->Append(MakeBatch("c", kNow + 1001));
  EXPECT_EQ(log->num_segments(), 2u);
}

TEST_F(PartitionLogTest, TheIndexesHaveKafkasLayout) {
  config_.index_interval_bytes = 150;
  const auto log = Open();
  const size_t size = MakeBatch("x").size();
  for (int i = 0; i < 9; ++i) log->Append(MakeBatch("x", 5000 + i));
  ASSERT_TRUE(log->Close().ok());
  // An entry before each batch that has more than 150 bytes since the last entry in front of it: every third one.
  const std::string index = *ReadWholeFile(files_, directory_ + "/00000000000000000000.index");
  ASSERT_EQ(index.size(), 16u);
  EXPECT_EQ(LoadBig<int32_t>(index.data()), 3);
  EXPECT_EQ(LoadBig<int32_t>(index.data() + 4), static_cast<int32_t>(3 * size));
  EXPECT_EQ(LoadBig<int32_t>(index.data() + 8), 6);
  const std::string times = *ReadWholeFile(files_, directory_ + "/00000000000000000000.timeindex");
  ASSERT_EQ(times.size(), 36u);  // the last one is the largest time of all, written when the segment is sealed
  EXPECT_EQ(LoadBig<int64_t>(times.data()), 5003);
  EXPECT_EQ(LoadBig<int32_t>(times.data() + 8), 3);
  EXPECT_EQ(LoadBig<int64_t>(times.data() + 24), 5008);
  EXPECT_EQ(*ReadWholeFile(files_, directory_ + "/leader-epoch-checkpoint"), "0\n1\n0 0\n");
}

TEST_F(PartitionLogTest, OffsetsAreFoundByTime) {
  config_.segment_bytes = 2000;
  config_.index_interval_bytes = 100;
  const auto log = Open();
  for (int i = 0; i < 50; ++i) {
    const auto codec = i % 2 == 0 ? codec::Compression::kNone : codec::Compression::kZstd;
    log->Append(MakeBatch({{"k", "v", 1000 + 20 * i}, {"k", "v", 1010 + 20 * i}}, {.compression = codec}));
  }
  EXPECT_GT(log->num_segments(), 2u);
  for (int64_t time = 990; time <= 1990; ++time) {
    const auto found = log->OffsetForTime(time);
    ASSERT_TRUE(found->has_value()) << time;
    const int64_t expected = std::max<int64_t>(0, (time - 1000 + 9) / 10);
    EXPECT_EQ((*found)->offset, expected) << time;
    EXPECT_EQ((*found)->timestamp, 1000 + 10 * expected);
  }
  EXPECT_FALSE(log->OffsetForTime(1991)->has_value());
  EXPECT_EQ((*log->OffsetOfMaxTime())->offset, 99);
  EXPECT_EQ((*log->OffsetOfMaxTime())->timestamp, 1990);
}

TEST_F(PartitionLogTest, TimesOutOfOrderAreFoundByTheFirstThatIsLateEnough) {
  const auto log = Open();
  for (const int64_t time : {50, 10, 70, 20, 70, 60}) log->Append(MakeBatch("v", time));
  EXPECT_EQ((*log->OffsetForTime(0))->offset, 0);
  EXPECT_EQ((*log->OffsetForTime(51))->offset, 2);
  EXPECT_EQ((*log->OffsetForTime(70))->offset, 2);
  EXPECT_EQ((*log->OffsetOfMaxTime())->offset, 2);
  ASSERT_TRUE(log->DeleteBefore(3).ok());
  EXPECT_EQ((*log->OffsetForTime(0))->offset, 3);
  EXPECT_EQ((*log->OffsetOfMaxTime())->offset, 4);
}

TEST_F(PartitionLogTest, LogAppendTimeReplacesTheProducersTime) {
  config_.log_append_time = true;
  const auto log = Open();
  const AppendOutcome outcome = log->Append(MakeBatch({{"a", "1", 5}, {"b", "2", 6}}));
  EXPECT_EQ(outcome.log_append_time_ms, kNow);
  const auto records = ReadWholeLog(*log);  // checks the checksum, too
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[1].timestamp, kNow);
}

TEST_F(PartitionLogTest, TheTopicsCompressionIsApplied) {
  config_.compression = codec::Compression::kZstd;
  const auto log = Open();
  log->Append(MakeBatch({{"k", std::string(5000, 'x')}}, {.compression = codec::Compression::kGzip}));
  const ReadOutcome read = log->Read(0, 1 << 20, true, Isolation::kReadUncommitted);
  EXPECT_EQ(kafka::ParseBatchHeader(read.records->bytes)->compression(), codec::Compression::kZstd);
  EXPECT_EQ(ReadWholeLog(*log).at(0).value, std::string(5000, 'x'));
}

TEST_F(PartitionLogTest, DuplicatesOfAnIdempotentProducerAreAnsweredWithTheFirstOffset) {
  const auto log = Open();
  log->Append(MakeBatch("before"));
  EXPECT_EQ(log->Append(MakeSequenced(7, 0, 0, 3)).base_offset, 1);
  EXPECT_EQ(log->Append(MakeSequenced(7, 0, 3, 2)).base_offset, 4);
  EXPECT_EQ(log->Append(MakeSequenced(7, 0, 0, 3)).base_offset, 1);
  EXPECT_EQ(log->Append(MakeSequenced(7, 0, 3, 2)).base_offset, 4);
  EXPECT_EQ(log->Bounds().high_watermark, 6);
  EXPECT_EQ(log->Append(MakeSequenced(7, 0, 6)).error, ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(log->Append(MakeSequenced(7, 1, 0)).base_offset, 6);
  EXPECT_EQ(log->Append(MakeSequenced(7, 0, 5)).error, ErrorCode::kInvalidProducerEpoch);
  EXPECT_EQ(log->num_producers(), 1u);
  log->ExpireProducers(kNow + config_.producer_expiration_ms);
  EXPECT_EQ(log->num_producers(), 0u);
}

TEST_F(PartitionLogTest, RefusedBatchesLeaveTheLogAsItWas) {
  const auto log = Open();
  std::string damaged = MakeBatch("x");
  damaged.back() ^= 1;
  EXPECT_EQ(log->Append(damaged).error, ErrorCode::kCorruptMessage);
  EXPECT_EQ(log->Append("").error, ErrorCode::kCorruptMessage);
  EXPECT_EQ(
      log->Append(MakeBatch(
                      {{"k", "v"}},
                      {.producer_id = 1, .producer_epoch = 0, .base_sequence = 0, .flags = kafka::kBatchTransactional}))
          .error,
      ErrorCode::kInvalidTxnState);
  EXPECT_EQ(log->Bounds().high_watermark, 0);
  EXPECT_EQ(log->SizeInBytes(), 0);
}

TEST_F(PartitionLogTest, ObserversHearOfAppendsUntilTheyLetGo) {
  const auto log = Open();
  int heard = 0;
  auto handle = log->Observe([&] { ++heard; });
  log->Append(MakeBatch("a"));
  EXPECT_EQ(heard, 1);
  log->Append("broken");
  EXPECT_EQ(heard, 1);
  ASSERT_TRUE(log->DeleteBefore(1).ok());
  EXPECT_EQ(heard, 2);
  handle.reset();
  log->Append(MakeBatch("b"));
  EXPECT_EQ(heard, 2);
}

TEST_F(PartitionLogTest, DeletedRecordsAreOutOfRangeAndStayDeletedAfterARestart) {
  auto log = Open();
  for (int i = 0; i < 10; ++i) log->Append(MakeBatch(std::to_string(i)));
  ASSERT_TRUE(log->DeleteBefore(4).ok());
  ASSERT_TRUE(log->DeleteBefore(2).ok());  // never back
  EXPECT_EQ(log->Bounds().log_start, 4);
  EXPECT_EQ(log->Read(3, 1000, true, Isolation::kReadUncommitted).error, ErrorCode::kOffsetOutOfRange);
  EXPECT_EQ(ReadWholeLog(*log).size(), 6u);
  log = Open();  // as after a crash
  EXPECT_EQ(log->Bounds().log_start, 4);
  ASSERT_TRUE(log->DeleteBefore(100).ok());
  EXPECT_EQ(log->Bounds().log_start, 10);
  log = Open();
  EXPECT_EQ(log->Bounds().log_start, 10);
  EXPECT_EQ(log->Append(MakeBatch("next")).base_offset, 10);
}

TEST_F(PartitionLogTest, DurabilityIsToldAfterTheFlushThatCoversIt) {
  const auto log = Open();
  int told = 0;
  log->WhenDurable([&](const Status& status) { told += status.ok() ? 1 : 100; });
  EXPECT_EQ(told, 1);  // there is nothing to wait for
  log->Append(MakeBatch("a"));
  log->WhenDurable([&](const Status& status) { told += status.ok() ? 1 : 100; });
  EXPECT_EQ(told, 1);
  EXPECT_EQ(log->flushed_offset(), 0);
  ASSERT_TRUE(log->Flush().ok());
  EXPECT_EQ(told, 2);
  EXPECT_EQ(log->flushed_offset(), 1);
  const int syncs = files_.num_syncs;
  ASSERT_TRUE(log->Flush().ok());
  EXPECT_EQ(files_.num_syncs, syncs);  // no work without need
}

TEST_F(PartitionLogTest, AFullDiskRefusesTheWriteAndNothingElse) {
  config_.segment_bytes = 1000;
  auto log = Open();
  std::mt19937 random(1);
  int64_t stored = 0;
  for (int i = 0; i < 300; ++i) {
    if (i % 10 == 3) files_.room = static_cast<int64_t>(random() % 300);  // less than what comes until the next line
    if (i % 10 == 8) files_.room = FaultyFiles::kUnlimited;
    const AppendOutcome outcome = log->Append(MakeBatch("record " + std::to_string(stored)));
    if (outcome.error == ErrorCode::kNone) {
      EXPECT_EQ(outcome.base_offset, stored++);
    } else {
      EXPECT_EQ(outcome.error, ErrorCode::kKafkaStorageError);
      EXPECT_NE(outcome.message.find("No space left"), std::string::npos);
    }
  }
  EXPECT_GT(stored, 150);
  EXPECT_LT(stored, 290);
  for (int round = 0; round < 2; ++round) {
    const auto records = ReadWholeLog(*log);
    ASSERT_EQ(static_cast<int64_t>(records.size()), stored);
    for (int64_t i = 0; i < stored; ++i) EXPECT_EQ(records[i].value, "record " + std::to_string(i));
    log = Open();
  }
}

TEST_F(PartitionLogTest, AFailedWriteThatCannotBeCutOffIsCutOffByTheNextOne) {
  auto log = Open();
  log->Append(MakeBatch("a"));
  files_.room = 30;
  files_.fail_truncate = true;
  EXPECT_EQ(log->Append(MakeBatch("b")).error, ErrorCode::kKafkaStorageError);
  files_.room = FaultyFiles::kUnlimited;
  EXPECT_EQ(log->Append(MakeBatch("c")).error, ErrorCode::kKafkaStorageError);
  EXPECT_EQ(ReadWholeLog(*log).size(), 1u);
  files_.fail_truncate = false;
  EXPECT_EQ(log->Append(MakeBatch("d")).base_offset, 1);
  log = Open();
  EXPECT_EQ(ReadWholeLog(*log), (std::vector<ReadRecord>{{0, 1000, std::nullopt, "a"}, {1, 1000, std::nullopt, "d"}}));
}

TEST_F(PartitionLogTest, AFailedSyncStopsTheWritesUntilTheLogIsOpenedAgain) {
  auto log = Open();
  log->Append(MakeBatch("a"));
  Status told = Ok();
  log->WhenDurable([&](Status status) { told = std::move(status); });
  files_.fail_sync = true;
  EXPECT_FALSE(log->Flush().ok());
  EXPECT_FALSE(told.ok());
  EXPECT_EQ(log->Append(MakeBatch("b")).error, ErrorCode::kKafkaStorageError);
  EXPECT_EQ(ReadWholeLog(*log).size(), 1u);
  EXPECT_FALSE(log->Close().ok());
  files_.fail_sync = false;
  log = Open();
  EXPECT_EQ(log->Append(MakeBatch("b")).base_offset, 1);
}

TEST_F(PartitionLogTest, ADroppedLogAnswersThatTheTopicIsGone) {
  const auto log = Open();
  log->Append(MakeBatch("a"));
  Status told = Ok();
  log->WhenDurable([&](Status status) { told = std::move(status); });
  log->Drop();
  EXPECT_FALSE(told.ok());
  EXPECT_EQ(log->Append(MakeBatch("b")).error, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(log->Read(0, 100, true, Isolation::kReadUncommitted).error, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_FALSE(log->DeleteBefore(1).ok());
}

TEST_F(PartitionLogTest, RandomBatchesAreReadBackFromEveryOffsetWithEveryLimit) {
  std::mt19937 random(42);
  for (int round = 0; round < 10; ++round) {
    TempFolder folder;
    LogOptions options;
    options.directory = folder.path();
    options.name = "random-0";
    options.clock = &clock_;
    options.config.segment_bytes = 2000 + static_cast<int64_t>(random() % 8000);
    options.config.index_interval_bytes = static_cast<int64_t>(random() % 1000);
    const auto log = *PartitionLog::Open(options);
    std::vector<ReadRecord> expected;
    for (int i = 0; i < 150; ++i) {
      std::vector<TestRecord> records(1 + random() % 8);
      for (TestRecord& record : records) {
        if (random() % 4 != 0) record.key = std::string(random() % 20, 'k');
        if (random() % 8 != 0) record.value = std::string(random() % 200, static_cast<char>('a' + random() % 26));
        record.timestamp = static_cast<int64_t>(1000 + random() % 1000);
      }
      const auto codec = static_cast<codec::Compression>(random() % 5);
      const AppendOutcome outcome = log->Append(MakeBatch(records, {.compression = codec}));
      ASSERT_EQ(outcome.error, ErrorCode::kNone) << outcome.message;
      ASSERT_EQ(outcome.base_offset, static_cast<int64_t>(expected.size()));
      for (const TestRecord& record : records) {
        expected.push_back({static_cast<int64_t>(expected.size()), record.timestamp, record.key, record.value});
      }
    }
    ASSERT_EQ(ReadWholeLog(*log, 1 + random() % 3000), expected);
    for (int i = 0; i < 100; ++i) {
      const size_t offset = random() % expected.size();
      const size_t limit = random() % 5000;
      const ReadOutcome read =
          log->Read(static_cast<int64_t>(offset), limit, random() % 2 == 0, Isolation::kReadUncommitted);
      ASSERT_EQ(read.error, ErrorCode::kNone);
      const auto records = RecordsIn(read.records->bytes, static_cast<int64_t>(offset));
      for (size_t j = 0; j < records.size(); ++j) ASSERT_EQ(records[j], expected[offset + j]);
      const int64_t time = static_cast<int64_t>(990 + random() % 1020);
      const auto late =
          std::find_if(expected.begin(), expected.end(), [&](const auto& r) { return r.timestamp >= time; });
      const auto found = log->OffsetForTime(time);
      ASSERT_EQ(found->has_value(), late != expected.end());
      if (found->has_value()) {
        ASSERT_EQ((*found)->offset, late->offset);
      }
    }
  }
}

TEST_F(PartitionLogTest, ReadersSeeOnlyWholeBatchesWhileOthersAppendAndFlush) {
  config_.segment_bytes = 20'000;
  const auto log = Open();
  constexpr int kBatches = 2000;
  std::thread writer([&] {
    for (int i = 0; i < kBatches; ++i) log->Append(MakeBatch({{"k", std::to_string(i)}, {"k", "second"}}));
  });
  std::thread flusher([&] {
    while (log->Bounds().high_watermark < 2 * kBatches) EXPECT_TRUE(log->Flush().ok());
  });
  int64_t offset = 0;
  while (offset < 2 * kBatches) {
    const ReadOutcome read = log->Read(offset, 4096, true, Isolation::kReadUncommitted);
    ASSERT_EQ(read.error, ErrorCode::kNone);
    for (const ReadRecord& record : RecordsIn(read.records->bytes, offset)) {
      ASSERT_EQ(record.offset, offset++);
      ASSERT_LT(record.offset, read.bounds.high_watermark);
    }
  }
  writer.join();
  flusher.join();
  EXPECT_EQ(ReadWholeLog(*log).size(), 2u * kBatches);
}

}  // namespace
}  // namespace millrace::broker
