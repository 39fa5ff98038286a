#pragma once

#include <stdlib.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/file.h"
#include "broker/log/faulty_files.h"
#include "broker/log/partition_log.h"
#include "kafka/protocol/record_batch.h"

namespace millrace::broker {

// A folder of its own for one test, removed at its end.
class TempFolder {
 public:
  TempFolder() {
    std::string path = ::testing::TempDir() + "millrace-log-XXXXXX";
    path_ = ::mkdtemp(path.data());
  }
  ~TempFolder() { (void)RealFileSystem().RemoveTree(path_).ok(); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct TestRecord {
  std::optional<std::string> key;
  std::optional<std::string> value;
  int64_t timestamp = 1000;
};

// A producer's batch.
inline std::string MakeBatch(const std::vector<TestRecord>& records, kafka::BatchOptions options = {}) {
  kafka::RecordBatchBuilder builder(options);
  for (const TestRecord& record : records) builder.Add(record.timestamp, record.key, record.value);
  auto batch = builder.Build();
  EXPECT_TRUE(batch.ok());
  return batch.ok() ? *batch : "";
}
inline std::string MakeBatch(const std::string& value, int64_t timestamp = 1000) {
  return MakeBatch({{std::nullopt, value, timestamp}});
}
// `count` records of an idempotent producer.
inline std::string MakeSequenced(int64_t producer, int16_t epoch, int32_t sequence, int count = 1) {
  std::vector<TestRecord> records(static_cast<size_t>(count), TestRecord{"k", "v" + std::to_string(sequence), 1000});
  return MakeBatch(records, {.producer_id = producer, .producer_epoch = epoch, .base_sequence = sequence});
}

struct ReadRecord {
  int64_t offset;
  int64_t timestamp;
  std::optional<std::string> key;
  std::optional<std::string> value;
  bool operator==(const ReadRecord&) const = default;
};

// The records from `offset` on in the batches of `bytes`; every batch must be whole and sound.
inline std::vector<ReadRecord> RecordsIn(std::string_view bytes, int64_t offset) {
  std::vector<ReadRecord> out;
  std::string scratch;
  while (!bytes.empty()) {
    const auto header = kafka::ParseBatchHeader(bytes);
    EXPECT_TRUE(header.ok());
    if (!header.ok()) return out;
    EXPECT_TRUE(kafka::HasValidCrc(bytes.substr(0, header->size())));
    const auto records = kafka::DecompressRecords(*header, bytes, &scratch);
    EXPECT_TRUE(records.ok());
    if (!records.ok()) return out;
    kafka::RecordReader reader(*header, *records);
    kafka::Record record;
    while (reader.Next(&record)) {
      if (record.offset < offset) continue;
      out.push_back({record.offset, record.timestamp,
                     record.key ? std::optional(std::string(*record.key)) : std::nullopt,
                     record.value ? std::optional(std::string(*record.value)) : std::nullopt});
    }
    EXPECT_TRUE(reader.status().ok());
    bytes.remove_prefix(header->size());
  }
  return out;
}

// All records of a log, as a consumer that fetches again and again sees them.
inline std::vector<ReadRecord> ReadWholeLog(PartitionLog& log, size_t fetch_bytes = 1 << 20) {
  std::vector<ReadRecord> out;
  int64_t offset = log.Bounds().log_start;
  while (offset < log.Bounds().high_watermark) {
    const ReadOutcome read = log.Read(offset, fetch_bytes, true, Isolation::kReadUncommitted);
    EXPECT_EQ(read.error, kafka::ErrorCode::kNone);
    if (read.error != kafka::ErrorCode::kNone || read.records->bytes.empty()) break;
    std::string_view bytes = read.records->bytes;
    for (ReadRecord& record : RecordsIn(bytes, offset)) out.push_back(std::move(record));
    while (!bytes.empty()) {
      const auto header = kafka::ParseBatchHeader(bytes);
      if (!header.ok()) return out;
      offset = header->next_offset();
      bytes.remove_prefix(header->size());
    }
  }
  return out;
}

// One log, on a disk that can fail and a clock that stands.
class LogTest : public ::testing::Test {
 protected:
  static constexpr int64_t kNow = 1'700'000'000'000;

  std::shared_ptr<PartitionLog> Open(bool clean = false) {
    LogOptions options;
    options.files = &files_;
    options.clock = &clock_;
    options.directory = directory_;
    options.name = "t-0";
    options.config = config_;
    options.clean = clean;
    auto log = PartitionLog::Open(std::move(options));
    EXPECT_TRUE(log.ok()) << log.error().ToString();
    return log.ok() ? *log : nullptr;
  }

  TempFolder folder_;
  const std::string directory_ = folder_.path() + "/t-0";
  FaultyFiles files_;
  ManualClock clock_{kNow};
  LogConfig config_;
};

}  // namespace millrace::broker
