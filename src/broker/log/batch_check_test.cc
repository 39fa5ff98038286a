#include "broker/log/batch_check.h"

#include <random>

#include <gtest/gtest.h>

#include "broker/log/bytes.h"
#include "broker/log/test_log.h"

namespace millrace::broker {
namespace {

using kafka::ErrorCode;

constexpr int64_t kNow = 1'700'000'000'000;

// Writes `value` at `position` and makes the checksum right again.
template <typename T>
std::string With(std::string batch, size_t position, T value) {
  StoreBig(batch.data() + position, value);
  kafka::UpdateCrc(batch.data(), std::string_view(batch).substr(kafka::kBatchHeaderSize));
  return batch;
}
constexpr size_t kAttributesAt = 21, kLastDeltaAt = 23, kProducerAt = 43, kSequenceAt = 53, kCountAt = 57;

ErrorCode Check(std::string_view batch, const LogConfig& config = {}) {
  return CheckClientBatch(batch, config, kNow).error;
}

TEST(BatchCheck, ASoundBatchPasses) {
  for (int codec = 0; codec < 5; ++codec) {
    const std::string batch =
        MakeBatch({{"k", "v"}, {"k", "w"}}, {.compression = static_cast<codec::Compression>(codec)});
    const CheckedBatch checked = CheckClientBatch(batch, {}, kNow);
    EXPECT_EQ(checked.error, ErrorCode::kNone) << checked.message;
    EXPECT_EQ(checked.header.record_count, 2);
    EXPECT_TRUE(checked.rewritten.empty());
  }
}

TEST(BatchCheck, FormIsJudgedAsKafkaDoes) {
  const std::string batch = MakeBatch("value");
  EXPECT_EQ(Check(""), ErrorCode::kCorruptMessage);
  EXPECT_EQ(Check(batch.substr(0, 60)), ErrorCode::kCorruptMessage);
  EXPECT_EQ(Check(batch.substr(0, batch.size() - 1)), ErrorCode::kCorruptMessage);
  EXPECT_EQ(Check(batch + "x"), ErrorCode::kInvalidRecord);
  EXPECT_EQ(Check(batch + batch), ErrorCode::kInvalidRecord);
  std::string old = batch;
  old[16] = 1;
  EXPECT_EQ(Check(old), ErrorCode::kInvalidRecord);
  for (const int32_t length : {-1, 0, 48, INT32_MIN, INT32_MAX}) {
    std::string wrong = batch;
    StoreBig(wrong.data() + 8, length);
    EXPECT_NE(Check(wrong), ErrorCode::kNone) << length;
  }
}

TEST(BatchCheck, EveryFlippedBitUnderTheChecksumIsNoticed) {
  const std::string batch = MakeBatch({{"key", "value"}});
  for (size_t at = kafka::kBatchCrcPosition; at < batch.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = batch;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      EXPECT_EQ(Check(flipped), ErrorCode::kCorruptMessage) << "byte " << at;
    }
  }
}

TEST(BatchCheck, LimitsOfTheTopicApply) {
  LogConfig config;
  config.max_message_bytes = 100;
  EXPECT_EQ(Check(MakeBatch(std::string(200, 'x')), config), ErrorCode::kMessageTooLarge);
  EXPECT_EQ(Check(MakeBatch("x"), config), ErrorCode::kNone);
  config.max_message_bytes = 1000;
  config.segment_bytes = 150;
  EXPECT_EQ(Check(MakeBatch(std::string(200, 'x')), config), ErrorCode::kRecordListTooLarge);
}

TEST(BatchCheck, HeaderFieldsMustFit) {
  const std::string batch = MakeBatch({{"k", "v"}, {"k", "w"}});
  EXPECT_EQ(Check(With<int32_t>(batch, kLastDeltaAt, 5)), ErrorCode::kInvalidRecord);
  EXPECT_EQ(Check(With<int32_t>(batch, kCountAt, 0)), ErrorCode::kInvalidRecord);
  EXPECT_EQ(Check(With<int32_t>(batch, kCountAt, -2)), ErrorCode::kInvalidRecord);
  EXPECT_EQ(Check(With<int32_t>(With<int32_t>(batch, kCountAt, 1'000'000), kLastDeltaAt, 999'999)),
            ErrorCode::kInvalidRecord);  // they have no room
  EXPECT_EQ(Check(With<int16_t>(batch, kAttributesAt, kafka::kBatchControl)), ErrorCode::kInvalidRecord);
  EXPECT_EQ(Check(With<int16_t>(batch, kAttributesAt, kafka::kBatchLogAppendTime)), ErrorCode::kInvalidTimestamp);
  EXPECT_EQ(Check(With<int16_t>(batch, kAttributesAt, 6)), ErrorCode::kUnsupportedCompressionType);
  EXPECT_EQ(Check(With<int64_t>(batch, kProducerAt, 3)), ErrorCode::kInvalidRecord);  // without a sequence
  EXPECT_EQ(Check(With<int32_t>(With<int64_t>(batch, kProducerAt, 3), kSequenceAt, 0)), ErrorCode::kNone);
}

TEST(BatchCheck, CompactedTopicsNeedKeys) {
  LogConfig config;
  config.compact = true;
  const CheckedBatch checked =
      CheckClientBatch(MakeBatch({{"k", "v"}, {std::nullopt, "w"}, {"", "x"}, {std::nullopt, "y"}}), config, kNow);
  EXPECT_EQ(checked.error, ErrorCode::kInvalidRecord);
  EXPECT_EQ(checked.bad_records, (std::vector<int32_t>{1, 3}));
  EXPECT_EQ(Check(MakeBatch({{"k", std::nullopt}}), config), ErrorCode::kNone);
}

TEST(BatchCheck, TimestampsMustLieInTheTopicsWindow) {
  LogConfig config;
  config.timestamp_before_max_ms = 1000;
  config.timestamp_after_max_ms = 10;
  EXPECT_EQ(Check(MakeBatch("x", kNow - 1000), config), ErrorCode::kNone);
  EXPECT_EQ(Check(MakeBatch("x", kNow - 1001), config), ErrorCode::kInvalidTimestamp);
  EXPECT_EQ(Check(MakeBatch("x", kNow + 10), config), ErrorCode::kNone);
  EXPECT_EQ(Check(MakeBatch("x", kNow + 11), config), ErrorCode::kInvalidTimestamp);
  EXPECT_EQ(Check(MakeBatch("x", INT64_MIN), config), ErrorCode::kInvalidTimestamp);
  EXPECT_EQ(Check(MakeBatch("x", INT64_MAX), config), ErrorCode::kInvalidTimestamp);
  const CheckedBatch checked = CheckClientBatch(MakeBatch({{"k", "v", kNow}, {"k", "v", 5}}), config, kNow);
  EXPECT_EQ(checked.bad_records, (std::vector<int32_t>{1}));
  config.log_append_time = true;  // then the producer's times do not matter
  EXPECT_EQ(Check(MakeBatch("x", 5), config), ErrorCode::kNone);
}

TEST(BatchCheck, AnotherCompressionIsAppliedAndTheRecordsStayTheSame) {
  LogConfig config;
  config.compression = codec::Compression::kLz4;
  const std::string batch =
      MakeBatch({{"k", std::string(500, 'v')}, {"k", "w"}},
                {.compression = codec::Compression::kGzip, .producer_id = 4, .producer_epoch = 1, .base_sequence = 9});
  const CheckedBatch checked = CheckClientBatch(batch, config, kNow);
  ASSERT_EQ(checked.error, ErrorCode::kNone);
  EXPECT_EQ(checked.header.compression(), codec::Compression::kLz4);
  EXPECT_EQ(checked.header.base_sequence, 9);
  EXPECT_EQ(RecordsIn(checked.rewritten, 0), RecordsIn(batch, 0));
  EXPECT_TRUE(CheckClientBatch(checked.rewritten, config, kNow).rewritten.empty());
}

TEST(BatchCheck, DamagedCompressedDataUnderARightChecksumIsRefusedWhereItMatters) {
  LogConfig config;
  config.compact = true;
  std::string batch = MakeBatch({{"k", std::string(500, 'v')}}, {.compression = codec::Compression::kZstd});
  batch[kafka::kBatchHeaderSize] ^= 0x55;
  kafka::UpdateCrc(batch.data(), std::string_view(batch).substr(kafka::kBatchHeaderSize));
  EXPECT_EQ(Check(batch, config), ErrorCode::kCorruptMessage);
}

TEST(BatchCheck, RandomBytesUnderARightChecksumNeverDoHarm) {
  std::mt19937 random(8);
  LogConfig config;
  config.compact = true;
  config.timestamp_before_max_ms = 1000;
  config.compression = codec::Compression::kSnappy;
  for (int i = 0; i < 20'000; ++i) {
    std::string batch =
        MakeBatch({{"key", "value"}, {"k", "w"}}, {.compression = static_cast<codec::Compression>(random() % 5)});
    for (int flips = 1 + static_cast<int>(random() % 4); flips > 0; --flips) {
      batch[kAttributesAt + random() % (batch.size() - kAttributesAt)] = static_cast<char>(random());
    }
    kafka::UpdateCrc(batch.data(), std::string_view(batch).substr(kafka::kBatchHeaderSize));
    const CheckedBatch checked = CheckClientBatch(batch, config, kNow);
    if (checked.error != ErrorCode::kNone) {
      EXPECT_FALSE(checked.message.empty());
    }
  }
}

}  // namespace
}  // namespace millrace::broker
