#include <gtest/gtest.h>

#include "broker/log/faulty_files.h"
#include "broker/log/partition_log.h"
#include "broker/log/test_log.h"

namespace millrace::broker {
namespace {

constexpr int64_t kDay = 86'400'000;

class RetentionTest : public LogTest {
 protected:
  RetentionTest() { config_.segment_bytes = 5 * static_cast<int64_t>(kBatch); }
  // Segments of five batches each, a day apart.
  static void Fill(PartitionLog& log, int days) {
    for (int i = 0; i < 5 * days; ++i) log.Append(MakeBatch("x", kNow + i / 5 * kDay));
  }

  const size_t kBatch = MakeBatch("x").size();
};

TEST_F(RetentionTest, WholeSegmentsGoWhenTheirNewestRecordIsTooOld) {
  auto log = Open();
  Fill(*log, 4);
  config_.retention_ms = 7 * kDay;
  EXPECT_FALSE(*log->ApplyRetention(kNow + 7 * kDay));
  EXPECT_TRUE(*log->ApplyRetention(kNow + 8 * kDay));
  EXPECT_EQ(log->Bounds().log_start, 5);
  EXPECT_EQ(log->num_segments(), 3u);
  EXPECT_FALSE(files_.Exists(SegmentPath(directory_, 0, ".log")));
  EXPECT_EQ(log->Read(4, 1000, true, Isolation::kReadUncommitted).error, kafka::ErrorCode::kOffsetOutOfRange);
  log = Open();
  EXPECT_EQ(log->Bounds().log_start, 5);
  EXPECT_EQ(ReadWholeLog(*log).size(), 15u);
}

TEST_F(RetentionTest, TheActiveSegmentGoesToo) {
  auto log = Open();
  Fill(*log, 2);
  EXPECT_TRUE(*log->ApplyRetention(kNow + 100 * kDay));
  EXPECT_EQ(log->Bounds().log_start, 10);
  EXPECT_EQ(log->Bounds().high_watermark, 10);
  EXPECT_EQ(log->SizeInBytes(), 0);
  EXPECT_FALSE(*log->ApplyRetention(kNow + 200 * kDay));  // an empty one stays
  EXPECT_EQ(log->Append(MakeBatch("next", kNow)).base_offset, 10);
  log = Open();
  EXPECT_EQ(log->Bounds().log_start, 10);
  EXPECT_EQ(ReadWholeLog(*log).size(), 1u);
}

TEST_F(RetentionTest, BySizeNoMoreGoesThanTheLimitAsks) {
  config_.retention_ms = -1;
  config_.retention_bytes = 12 * static_cast<int64_t>(kBatch);
  const auto log = Open();
  Fill(*log, 4);
  EXPECT_TRUE(*log->ApplyRetention(kNow));
  EXPECT_EQ(log->Bounds().log_start, 5);  // 15 batches; without the next segment they would be fewer than 12
  EXPECT_FALSE(*log->ApplyRetention(kNow));
}

TEST_F(RetentionTest, WithoutLimitsNothingGoes) {
  config_.retention_ms = -1;
  const auto log = Open();
  Fill(*log, 4);
  EXPECT_FALSE(*log->ApplyRetention(kNow + 10'000 * kDay));
}

TEST_F(RetentionTest, CompactedTopicsLoseOldRecordsOnlyWithTheDeletePolicy) {
  config_.delete_old = false;
  config_.compact = true;
  const auto log = Open();
  for (int i = 0; i < 20; ++i) log->Append(MakeBatch({{"k", "x", kNow}}));
  EXPECT_FALSE(*log->ApplyRetention(kNow + 100 * kDay));
  config_.delete_old = true;
  log->SetConfig(config_);
  EXPECT_TRUE(*log->ApplyRetention(kNow + 100 * kDay));
}

TEST_F(RetentionTest, SegmentsBelowTheLogStartGo) {
  config_.delete_old = false;
  const auto log = Open();
  Fill(*log, 4);
  ASSERT_TRUE(log->DeleteBefore(12).ok());
  EXPECT_TRUE(*log->ApplyRetention(kNow));
  EXPECT_EQ(log->num_segments(), 2u);
  EXPECT_EQ(log->Bounds().log_start, 12);
}

TEST_F(RetentionTest, RecordsWithoutATimeStay) {
  const auto log = Open();
  for (int i = 0; i < 20; ++i) log->Append(MakeBatch("x", kafka::kNoTimestamp));
  EXPECT_FALSE(*log->ApplyRetention(kNow + 100 * kDay));
}

TEST_F(RetentionTest, AFullDiskIsFreedByIt) {
  auto log = Open();
  Fill(*log, 3);
  files_.room = 0;
  EXPECT_EQ(log->Append(MakeBatch("x", kNow + 2 * kDay)).error, kafka::ErrorCode::kKafkaStorageError);
  EXPECT_FALSE(log->ApplyRetention(kNow + 8 * kDay).ok());  // no room to note the start: reported
  EXPECT_FALSE(files_.Exists(SegmentPath(directory_, 0, ".log")));
  EXPECT_EQ(log->Bounds().log_start, 5);
  files_.room = FaultyFiles::kUnlimited;
  log = Open();
  EXPECT_EQ(log->Bounds().log_start, 5);
  EXPECT_EQ(log->Append(MakeBatch("x", kNow + 2 * kDay)).base_offset, 15);
}

}  // namespace
}  // namespace millrace::broker
