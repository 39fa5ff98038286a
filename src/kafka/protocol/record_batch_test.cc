#include "kafka/protocol/record_batch.h"

#include <cstring>
#include <random>

#include <gtest/gtest.h>

#include "codec/crc32c.h"

namespace millrace::kafka {
namespace {

using codec::Compression;

struct Expected {
  int64_t offset;
  int64_t timestamp;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

std::vector<Expected> ReadAll(std::string_view batch) {
  std::vector<Expected> out;
  const auto header = ParseBatchHeader(batch);
  EXPECT_TRUE(header.ok()) << (header.ok() ? "" : header.error().message);
  if (!header.ok()) return out;
  std::string scratch;
  const auto records = DecompressRecords(*header, batch, &scratch);
  EXPECT_TRUE(records.ok());
  if (!records.ok()) return out;
  RecordReader reader(*header, *records);
  Record record;
  while (reader.Next(&record)) {
    Expected& e = out.emplace_back();
    e.offset = record.offset;
    e.timestamp = record.timestamp;
    if (record.key) e.key = std::string(*record.key);
    if (record.value) e.value = std::string(*record.value);
    for (const RecordHeader& h : record.Headers()) {
      e.headers.emplace_back(h.key, h.value ? std::optional(std::string(*h.value)) : std::nullopt);
    }
  }
  EXPECT_TRUE(reader.status().ok()) << (reader.status().ok() ? "" : reader.status().error().message);
  return out;
}

TEST(RecordBatchTest, BytesAreThoseOfTheFormat) {
  RecordBatchBuilder builder;
  builder.Add(1'700'000'000'000, std::nullopt, "hello");
  const auto batch = builder.Build();
  ASSERT_TRUE(batch.ok());
  // Laid out by hand from the format's description.
  std::string expected;
  expected += std::string(8, '\0');                // base offset
  expected += std::string("\0\0\0\x3d", 4);        // 49 + 12 bytes follow
  expected += std::string("\xff\xff\xff\xff", 4);  // no leader epoch
  expected += '\x02';                              // magic
  std::string covered;
  covered += std::string(2 + 4, '\0');                            // attributes, last offset delta
  covered += std::string("\x00\x00\x01\x8b\xcf\xe5\x68\x00", 8);  // base timestamp
  covered += std::string("\x00\x00\x01\x8b\xcf\xe5\x68\x00", 8);  // max timestamp
  covered += std::string(8 + 2 + 4, '\xff');                      // producer id, epoch, sequence
  covered += std::string("\0\0\0\x01", 4);                        // one record
  covered += std::string("\x16\0\0\0\x01\x0ahello\0", 12);  // 11 bytes: attributes, deltas, null key, value, headers
  const uint32_t crc = codec::Crc32c(covered);
  for (int shift = 24; shift >= 0; shift -= 8) expected += static_cast<char>(crc >> shift);
  expected += covered;
  EXPECT_EQ(*batch, expected);
}

TEST(RecordBatchTest, RoundTripsEveryCodec) {
  for (const auto compression :
       {Compression::kNone, Compression::kGzip, Compression::kSnappy, Compression::kLz4, Compression::kZstd}) {
    SCOPED_TRACE(codec::CompressionName(compression));
    RecordBatchBuilder builder(
        {.compression = compression, .base_offset = 1000, .producer_id = 7, .producer_epoch = 2, .base_sequence = 5});
    const RecordHeader headers[] = {{"a", "1"}, {"b", std::nullopt}, {"", ""}};
    builder.Add(500, "key", "value");
    builder.Add(400, std::nullopt, "no key", headers);
    builder.Add(900, "tombstone", std::nullopt);
    builder.Add(901, "", "");
    EXPECT_EQ(builder.count(), 4);
    const auto batch = builder.Build();
    ASSERT_TRUE(batch.ok());
    EXPECT_EQ(builder.count(), 0);
    EXPECT_TRUE(HasValidCrc(*batch));
    const auto header = ParseBatchHeader(*batch);
    ASSERT_TRUE(header.ok());
    EXPECT_EQ(header->size(), batch->size());
    EXPECT_EQ(header->compression(), compression);
    EXPECT_EQ(header->base_offset, 1000);
    EXPECT_EQ(header->last_offset(), 1003);
    EXPECT_EQ(header->base_timestamp, 500);
    EXPECT_EQ(header->max_timestamp, 901);
    EXPECT_EQ(header->producer_id, 7);
    EXPECT_EQ(header->producer_epoch, 2);
    EXPECT_EQ(header->base_sequence, 5);
    EXPECT_EQ(header->record_count, 4);
    const auto records = ReadAll(*batch);
    ASSERT_EQ(records.size(), 4u);
    EXPECT_EQ(records[0].offset, 1000);
    EXPECT_EQ(records[0].key, "key");
    EXPECT_EQ(records[1].timestamp, 400);
    EXPECT_EQ(records[1].key, std::nullopt);
    ASSERT_EQ(records[1].headers.size(), 3u);
    EXPECT_EQ(records[1].headers[1].second, std::nullopt);
    EXPECT_EQ(records[1].headers[2].second, "");
    EXPECT_EQ(records[2].value, std::nullopt);
    EXPECT_EQ(records[3].key, "");
    EXPECT_EQ(records[3].offset, 1003);
  }
}

TEST(RecordBatchTest, HeaderEncodesAsItDecodes) {
  std::mt19937 random(11);
  for (int i = 0; i < 100; ++i) {
    char bytes[kBatchHeaderSize];
    for (char& c : bytes) c = static_cast<char>(random());
    char again[kBatchHeaderSize];
    EncodeBatchHeader(DecodeBatchHeader(bytes), again);
    EXPECT_EQ(std::memcmp(bytes, again, sizeof bytes), 0);
  }
}

TEST(RecordBatchTest, CopiedRecordsKeepTheirOffsetsAndTimes) {
  RecordBatchBuilder builder({.compression = Compression::kLz4, .base_offset = 10});
  for (int i = 0; i < 10; ++i) builder.Add(1000 + i, std::to_string(i), "v");
  const auto batch = builder.Build();
  ASSERT_TRUE(batch.ok());
  const auto header = ParseBatchHeader(*batch);
  std::string scratch;
  RecordReader reader(*header, *DecompressRecords(*header, *batch, &scratch));
  RecordBatchBuilder kept({.base_offset = 10, .delete_horizon = 5'000});
  Record record;
  while (reader.Next(&record)) {
    if (record.offset == 13 || record.offset == 17) kept.Copy(record);
  }
  kept.SetLastOffset(19);
  const auto smaller = kept.Build();
  ASSERT_TRUE(smaller.ok());
  const auto small_header = ParseBatchHeader(*smaller);
  ASSERT_TRUE(small_header.ok());
  EXPECT_EQ(small_header->base_offset, 10);
  EXPECT_EQ(small_header->last_offset(), 19);
  EXPECT_EQ(small_header->delete_horizon(), 5'000);
  EXPECT_EQ(small_header->max_timestamp, 1007);
  const auto records = ReadAll(*smaller);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].offset, 13);
  EXPECT_EQ(records[0].timestamp, 1003);
  EXPECT_EQ(records[1].offset, 17);
  EXPECT_EQ(records[1].timestamp, 1007);
}

TEST(RecordBatchTest, EmptyBatchKeepsItsRange) {
  RecordBatchBuilder builder({.base_offset = 40, .producer_id = 3, .producer_epoch = 1, .base_sequence = 9});
  builder.SetLastOffset(44);
  builder.SetMaxTimestamp(77);
  const auto batch = builder.Build();
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch->size(), kBatchHeaderSize);
  const auto header = ParseBatchHeader(*batch);
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->last_offset(), 44);
  EXPECT_EQ(header->max_timestamp, 77);
  EXPECT_TRUE(HasValidCrc(*batch));
  EXPECT_TRUE(ReadAll(*batch).empty());
}

TEST(RecordBatchTest, OffsetAndEpochAreOutsideTheChecksum) {
  RecordBatchBuilder builder;
  builder.Add(1, "k", "v");
  std::string batch = *builder.Build();
  PatchOffsetAndEpoch(batch.data(), 123'456'789'012, 3);
  EXPECT_TRUE(HasValidCrc(batch));
  const auto header = ParseBatchHeader(batch);
  EXPECT_EQ(header->base_offset, 123'456'789'012);
  EXPECT_EQ(header->leader_epoch, 3);
}

TEST(RecordBatchTest, LogAppendTimeReplacesEveryRecordsTime) {
  RecordBatchBuilder builder;
  builder.Add(1, "k", "v");
  builder.Add(2, "k", "v");
  std::string batch = *builder.Build();
  PatchLogAppendTime(batch.data(), 5'000, std::string_view(batch).substr(kBatchHeaderSize));
  EXPECT_TRUE(HasValidCrc(batch));
  const auto records = ReadAll(batch);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].timestamp, 5'000);
  EXPECT_EQ(records[1].timestamp, 5'000);
}

TEST(RecordBatchTest, CutOffAndForeignBatchesAreRefused) {
  RecordBatchBuilder builder;
  builder.Add(1, "k", "v");
  const std::string batch = *builder.Build();
  for (size_t size = 0; size < batch.size(); ++size) {
    EXPECT_FALSE(ParseBatchHeader(std::string_view(batch).substr(0, size)).ok()) << size;
  }
  std::string old = batch;
  old[16] = 1;
  EXPECT_FALSE(ParseBatchHeader(old).ok());
  std::string tiny = batch;
  tiny[11] = 48;
  EXPECT_FALSE(ParseBatchHeader(tiny).ok());
  std::string negative = batch;
  negative[8] = '\x80';
  EXPECT_FALSE(ParseBatchHeader(negative).ok());
  std::string codec5 = batch;
  codec5[22] = 5;
  const auto header = ParseBatchHeader(codec5);
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->compression(), std::nullopt);
  std::string scratch;
  EXPECT_FALSE(DecompressRecords(*header, codec5, &scratch).ok());
}

TEST(RecordBatchTest, EveryFlippedBitUnderTheChecksumIsSeen) {
  RecordBatchBuilder builder;
  builder.Add(1, "key", "value");
  const std::string batch = *builder.Build();
  for (size_t at = kBatchCrcPosition; at < batch.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = batch;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      EXPECT_FALSE(HasValidCrc(damaged)) << at;
    }
  }
}

TEST(RecordBatchTest, DamagedRecordsGiveAnErrorAndNeverReadOutside) {
  std::mt19937 random(5);
  RecordBatchBuilder builder;
  const RecordHeader headers[] = {{"h", "x"}, {"n", std::nullopt}};
  for (int i = 0; i < 5; ++i) builder.Add(i, "key", "value", headers);
  const std::string batch = *builder.Build();
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = batch;
    for (int n = 1 + static_cast<int>(random() % 3); n > 0; --n) {
      damaged[kBatchHeaderSize + random() % (damaged.size() - kBatchHeaderSize)] = static_cast<char>(random());
    }
    if (random() % 4 == 0) damaged.resize(kBatchHeaderSize + random() % (damaged.size() - kBatchHeaderSize));
    BatchHeader header = DecodeBatchHeader(damaged.data());
    // An exact heap copy, so that sanitizers see any step outside.
    const std::vector<char> records(damaged.begin() + kBatchHeaderSize, damaged.end());
    RecordReader reader(header, {records.data(), records.size()});
    Record record;
    int count = 0;
    while (reader.Next(&record)) {
      ++count;
      EXPECT_LE(record.Headers().size(), records.size());
    }
    EXPECT_LE(count, 5);
    refused += reader.status().ok() ? 0 : 1;
  }
  EXPECT_GT(refused, 5'000);
}

TEST(RecordBatchTest, CountThatDoesNotFitTheBytesIsDamage) {
  RecordBatchBuilder builder;
  builder.Add(1, "k", "v");
  builder.Add(1, "k", "v");
  const std::string batch = *builder.Build();
  BatchHeader header = DecodeBatchHeader(batch.data());
  const std::string_view records = std::string_view(batch).substr(kBatchHeaderSize);
  Record record;
  header.record_count = 3;
  RecordReader more(header, records);
  while (more.Next(&record)) {
  }
  EXPECT_FALSE(more.status().ok());
  header.record_count = 1;
  RecordReader fewer(header, records);
  while (fewer.Next(&record)) {
  }
  EXPECT_FALSE(fewer.status().ok());
}

TEST(RecordBatchTest, RandomBatchesRoundTrip) {
  std::mt19937 random(17);
  auto text = [&](size_t max) {
    std::string s(random() % max, '\0');
    for (char& c : s) c = static_cast<char>(random());
    return s;
  };
  for (int round = 0; round < 300; ++round) {
    RecordBatchBuilder builder(
        {.compression = static_cast<Compression>(random() % 5), .base_offset = static_cast<int64_t>(random())});
    std::vector<Expected> expected;
    const int count = 1 + static_cast<int>(random() % 50);
    for (int i = 0; i < count; ++i) {
      Expected& e = expected.emplace_back();
      e.offset = builder.options().base_offset + i;
      e.timestamp = static_cast<int64_t>(random()) - static_cast<int64_t>(random());
      if (random() % 4 != 0) e.key = text(40);
      if (random() % 4 != 0) e.value = text(300);
      std::vector<RecordHeader> headers;
      for (int h = static_cast<int>(random() % 3); h > 0; --h) e.headers.emplace_back(text(10), text(10));
      for (const auto& [k, v] : e.headers) headers.push_back({k, *v});
      builder.Add(e.timestamp, e.key, e.value, headers);
    }
    const auto batch = builder.Build();
    ASSERT_TRUE(batch.ok());
    const auto records = ReadAll(*batch);
    ASSERT_EQ(records.size(), expected.size());
    for (size_t i = 0; i < records.size(); ++i) {
      ASSERT_EQ(records[i].offset, expected[i].offset);
      ASSERT_EQ(records[i].timestamp, expected[i].timestamp);
      ASSERT_EQ(records[i].key, expected[i].key);
      ASSERT_EQ(records[i].value, expected[i].value);
      ASSERT_EQ(records[i].headers, expected[i].headers);
    }
  }
}

}  // namespace
}  // namespace millrace::kafka
