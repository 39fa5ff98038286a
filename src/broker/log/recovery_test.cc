// What a log is after the process or the machine died at a bad moment.
#include <random>

#include <gtest/gtest.h>

#include "broker/log/partition_log.h"
#include "broker/log/test_log.h"

namespace millrace::broker {
namespace {

using kafka::ErrorCode;

class RecoveryTest : public LogTest {
 protected:
  // A log with `count` batches of one record each, in segments of `per_segment` batches.
  void Fill(int count, int per_segment = 1000) {
    config_.segment_bytes = static_cast<int64_t>(MakeBatch("000").size()) * per_segment;
    const auto log = Open();
    for (int i = 0; i < count; ++i) ASSERT_EQ(log->Append(MakeBatch(Value(i))).base_offset, i);
  }
  static std::string Value(int i) { return std::to_string(1000 + i).substr(1); }
  std::string Path(int64_t base, std::string_view suffix = ".log") { return SegmentPath(directory_, base, suffix); }
  uint64_t Size(const std::string& path) { return *(*files_.Open(path, OpenMode::kRead))->Size(); }
  void Cut(const std::string& path, uint64_t size) {
    ASSERT_TRUE((*files_.Open(path, OpenMode::kReadWrite))->Truncate(size).ok());
  }
  void Write(const std::string& path, uint64_t at, std::string_view bytes) {
    ASSERT_TRUE((*files_.Open(path, OpenMode::kCreate))->WriteAt(at, bytes).ok());
  }
  void FlipBit(const std::string& path, uint64_t at, int bit) {
    const auto file = *files_.Open(path, OpenMode::kReadWrite);
    char byte = 0;
    ASSERT_EQ(*file->ReadAt(at, &byte, 1), 1u);
    byte = static_cast<char>(byte ^ (1 << bit));
    ASSERT_TRUE(file->WriteAt(at, {&byte, 1}).ok());
  }
  void ExpectRecords(PartitionLog& log, int count) {
    const auto records = ReadWholeLog(log);
    ASSERT_EQ(records.size(), static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) EXPECT_EQ(records[i].value, Value(i));
    EXPECT_EQ(log.Bounds().high_watermark, count);
  }
};

TEST_F(RecoveryTest, WhatTheKernelHadIsThereAfterTheProcessDied) {
  Fill(30, 7);
  const auto log = Open();
  ExpectRecords(*log, 30);
  EXPECT_EQ(log->num_segments(), 5u);
  EXPECT_EQ(log->Append(MakeBatch("next")).base_offset, 30);
}

TEST_F(RecoveryTest, ATornBatchAtTheEndIsCutOff) {
  Fill(10);
  const uint64_t whole = Size(Path(0));
  Write(Path(0), whole, MakeBatch("torn").substr(0, 40));
  auto log = Open();
  ExpectRecords(*log, 10);
  EXPECT_EQ(Size(Path(0)), whole);
  log.reset();
  Write(Path(0), whole, std::string(5000, '\0'));  // a file system that had grown the file, but not written it
  log = Open();
  ExpectRecords(*log, 10);
  EXPECT_EQ(Size(Path(0)), whole);
}

TEST_F(RecoveryTest, ACutAtAnyByteKeepsTheBatchesBeforeIt) {
  Fill(6);
  const uint64_t batch = Size(Path(0)) / 6;
  for (uint64_t size = 6 * batch; size > 0; --size) {
    Cut(Path(0), size);
    const auto log = Open();
    const int kept = static_cast<int>(size / batch);
    ASSERT_NO_FATAL_FAILURE(ExpectRecords(*log, kept)) << "cut at " << size;
    ASSERT_EQ(log->Append(MakeBatch(Value(kept))).base_offset, kept);
    Cut(Path(0), size);
  }
}

TEST_F(RecoveryTest, AnyFlippedBitIsNoticedBehindTheRecoveryPoint) {
  std::mt19937 random(3);
  for (int round = 0; round < 60; ++round) {
    ASSERT_TRUE(files_.RemoveTree(directory_).ok());
    Fill(20, 6);
    const int64_t base = 6 * static_cast<int64_t>(random() % 4);
    const uint64_t batch = MakeBatch("000").size();
    const uint64_t at = random() % Size(Path(base));
    FlipBit(Path(base), at, static_cast<int>(random() % 8));
    const auto log = Open();
    const auto records = ReadWholeLog(*log);
    const auto damaged = static_cast<size_t>(base) + at / batch;
    const uint64_t in_batch = at % batch;
    // Nothing covers the leader epoch. A base offset with a flipped bit is above what is expected, or damage.
    const bool in_epoch = in_batch >= 12 && in_batch < 16;
    if (!in_epoch) {
      ASSERT_LE(records.size(), in_batch < 8 ? 20u : damaged) << "batch " << damaged << ", byte " << in_batch;
    }
    for (size_t i = 0; i < std::min(records.size(), damaged); ++i) {
      ASSERT_EQ(records[i], (ReadRecord{static_cast<int64_t>(i), 1000, std::nullopt, Value(static_cast<int>(i))}));
    }
    ASSERT_GE(records.size(), damaged);
  }
}

TEST_F(RecoveryTest, SegmentsBehindDamageGo) {
  Fill(30, 10);
  FlipBit(Path(10), 200, 3);
  const auto log = Open();
  EXPECT_EQ(log->num_segments(), 2u);
  EXPECT_FALSE(files_.Exists(Path(20)));
  EXPECT_FALSE(files_.Exists(Path(20, ".index")));
  EXPECT_LT(log->Bounds().high_watermark, 20);
  EXPECT_GE(log->Bounds().high_watermark, 10);
}

TEST_F(RecoveryTest, OnlyWhatIsBehindTheRecoveryPointIsChecked) {
  config_.segment_bytes = 1000;
  {
    const auto log = Open();
    for (int i = 0; i < 40; ++i) log->Append(MakeBatch(Value(i)));
    ASSERT_TRUE(log->Flush().ok());
    ASSERT_TRUE(log->SaveCheckpoint().ok());
    for (int i = 40; i < 50; ++i) log->Append(MakeBatch(Value(i)));
  }
  FlipBit(Path(0), 100, 1);  // was safe on the disk: not the work of this crash, and found by the reader's checksum
  const auto log = Open();
  EXPECT_EQ(log->Bounds().high_watermark, 50);
  EXPECT_EQ(log->Bounds().log_start, 0);
}

TEST_F(RecoveryTest, MissingAndDamagedIndexesAreRebuilt) {
  config_.index_interval_bytes = 100;
  Fill(60, 20);
  Open()->Flush().ok();
  const auto indexes = [&] {
    std::string all;
    for (const int64_t base : {0, 20, 40}) {
      all += *ReadWholeFile(files_, Path(base, ".index"));
      all += *ReadWholeFile(files_, Path(base, ".timeindex"));
    }
    return all;
  };
  ASSERT_TRUE(Open()->Close().ok());
  const std::string before = indexes();
  ASSERT_FALSE(before.empty());
  for (const bool clean : {false, true}) {
    ASSERT_TRUE(files_.Remove(Path(0, ".index")).ok());
    ASSERT_TRUE(files_.Remove(Path(20, ".timeindex")).ok());
    Write(Path(20, ".index"), 0, "garbage that is no index");
    Write(Path(40, ".index"), 3, "zz");
    Cut(Path(40, ".timeindex"), 5);
    Write(Path(70, ".index"), 0, "of no segment");
    ASSERT_TRUE(files_.Remove(directory_ + "/checkpoint").ok());
    const auto log = Open(clean);
    ExpectRecords(*log, 60);
    for (int i = 0; i < 60; ++i) {
      ASSERT_EQ(RecordsIn(log->Read(i, 1, true, Isolation::kReadUncommitted).records->bytes, i).at(0).value, Value(i));
    }
    EXPECT_FALSE(files_.Exists(Path(70, ".index")));
    ASSERT_TRUE(log->Close().ok());
    EXPECT_EQ(indexes(), before) << clean;
  }
}

TEST_F(RecoveryTest, ADamagedCheckpointCostsALongerCheckOnly) {
  Fill(20, 5);
  ASSERT_TRUE(Open()->Close().ok());
  const std::string good = *ReadWholeFile(files_, directory_ + "/checkpoint");
  for (const std::string_view text :
       {std::string_view(), std::string_view("recovery_point 999999\nlog_start 17\ncrc 1\n"),
        std::string_view(good).substr(0, good.size() / 2), std::string_view("\xff\0\n", 3)}) {
    Cut(directory_ + "/checkpoint", 0);
    Write(directory_ + "/checkpoint", 0, text);
    ExpectRecords(*Open(), 20);
  }
}

TEST_F(RecoveryTest, AnOrderlyShutdownIsTakenAsItIs) {
  Fill(20, 5);
  ASSERT_TRUE(Open()->Close().ok());
  const auto log = Open(/*clean=*/true);
  ExpectRecords(*log, 20);
  EXPECT_EQ(log->flushed_offset(), 20);
  EXPECT_EQ(log->Append(MakeBatch("next")).base_offset, 20);
}

TEST_F(RecoveryTest, AClosedLogRefusesWritesAndServesReads) {
  Fill(5);
  const auto log = Open();
  ASSERT_TRUE(log->Close().ok());
  ASSERT_TRUE(log->Close().ok());
  EXPECT_EQ(log->Append(MakeBatch("x")).error, ErrorCode::kKafkaStorageError);
  ExpectRecords(*log, 5);
}

TEST_F(RecoveryTest, ProducersAreKnownAgainFromTheBatchesAndFromTheSnapshot) {
  config_.segment_bytes = 1000;
  {
    const auto log = Open();
    for (int i = 0; i < 40; ++i) ASSERT_EQ(log->Append(MakeSequenced(5 + i % 2, 3, i / 2)).error, ErrorCode::kNone);
    EXPECT_GT(log->num_segments(), 2u);
  }
  const auto check = [](PartitionLog& log) {
    EXPECT_EQ(log.num_producers(), 2u);
    EXPECT_EQ(log.Append(MakeSequenced(5, 3, 19)).base_offset, 38);  // known: a duplicate
    EXPECT_EQ(log.Append(MakeSequenced(6, 3, 15)).base_offset, 31);
    EXPECT_EQ(log.Append(MakeSequenced(6, 3, 22)).error, ErrorCode::kOutOfOrderSequenceNumber);
    EXPECT_EQ(log.Append(MakeSequenced(6, 2, 20)).error, ErrorCode::kInvalidProducerEpoch);
    EXPECT_EQ(log.Bounds().high_watermark, 40);
  };
  check(*Open());
  {
    const auto log = Open();
    check(*log);
    ASSERT_TRUE(log->Close().ok());
  }
  check(*Open(/*clean=*/true));
  // Without any snapshot the batches alone tell.
  int removed = 0;
  const auto folder_names = *files_.List(directory_);
  for (const std::string& name : folder_names) {
    if (!name.ends_with(".snapshot")) continue;
    ASSERT_TRUE(files_.Remove(directory_ + "/" + name).ok());
    ++removed;
  }
  EXPECT_GT(removed, 0);
  check(*Open());
}

TEST_F(RecoveryTest, ADamagedOrTooNewSnapshotOfTheProducersIsNotUsed) {
  {
    const auto log = Open();
    for (int i = 0; i < 10; ++i) log->Append(MakeSequenced(1, 0, i));
    ASSERT_TRUE(log->Close().ok());
  }
  Write(Path(10, ".snapshot"), 8, "damage");
  Write(Path(99, ".snapshot"), 0, "behind the end");
  auto log = Open();
  EXPECT_EQ(log->Append(MakeSequenced(1, 0, 9)).base_offset, 9);
  EXPECT_FALSE(files_.Exists(Path(99, ".snapshot")));
  ASSERT_TRUE(log->Close().ok());
  log.reset();
  // The snapshot is of offset 10; the last batch is lost: what the producer sent in it must be taken again.
  Cut(Path(0), Size(Path(0)) - 5);
  log = Open();
  EXPECT_EQ(log->Bounds().high_watermark, 9);
  EXPECT_EQ(log->Append(MakeSequenced(1, 0, 9)).base_offset, 9);
  EXPECT_EQ(log->Bounds().high_watermark, 10);
}

TEST_F(RecoveryTest, LeftoversOfInterruptedWorkGo) {
  Fill(10, 5);
  Write(directory_ + "/00000000000000000000.log.cleaned", 0, "half a compaction");
  Write(directory_ + "/checkpoint.tmp", 0, "half a checkpoint");
  const auto log = Open();
  ExpectRecords(*log, 10);
  EXPECT_FALSE(files_.Exists(directory_ + "/00000000000000000000.log.cleaned"));
  EXPECT_FALSE(files_.Exists(directory_ + "/checkpoint.tmp"));
}

TEST_F(RecoveryTest, ACompactionThatWasNamedSwapStandsForTheSegmentsItWasMadeOf) {
  Fill(15, 5);
  // Offsets 0..9 compacted to 4 and 8, then the crash: before any, or after some of the old files were removed.
  std::string compacted;
  for (const int i : {4, 8}) {
    std::string batch = MakeBatch(Value(i));
    kafka::PatchOffsetAndEpoch(batch.data(), i, 0);
    compacted += batch;
  }
  for (const bool first_gone : {false, true}) {
    TempFolder copy;
    const std::string from = directory_;
    const auto folder_names = *files_.List(from);
    for (const std::string& name : folder_names) {
      if (first_gone && name.starts_with("00000000000000000000.")) continue;
      Write(copy.path() + "/" + name, 0, *ReadWholeFile(files_, from + "/" + name));
    }
    Write(copy.path() + "/00000000000000000000.log.swap", 0, compacted);
    LogOptions options;
    options.directory = copy.path();
    options.name = "t-0";
    options.clock = &clock_;
    const auto log = *PartitionLog::Open(options);
    std::vector<int64_t> offsets;
    for (const ReadRecord& record : ReadWholeLog(*log)) offsets.push_back(record.offset);
    EXPECT_EQ(offsets, (std::vector<int64_t>{4, 8, 10, 11, 12, 13, 14}));
  }
}

TEST_F(RecoveryTest, NothingAcknowledgedBeforeARandomCutIsLost) {
  std::mt19937 random(17);
  for (int round = 0; round < 20; ++round) {
    ASSERT_TRUE(files_.RemoveTree(directory_).ok());
    config_.segment_bytes = 500 + static_cast<int64_t>(random() % 4000);
    config_.index_interval_bytes = static_cast<int64_t>(random() % 500);
    std::vector<std::optional<std::string>> model;  // by offset
    std::vector<uint64_t> ends;                     // bytes of the log behind each record's batch
    int32_t sequence = 0;
    for (int life = 0; life < 6; ++life) {
      auto log = Open();
      const auto records = ReadWholeLog(*log);
      ASSERT_EQ(records.size(), model.size());
      for (size_t i = 0; i < model.size(); ++i) ASSERT_EQ(records[i].value, model[i]);
      const size_t safe = model.size();
      for (int i = 0; i < 40; ++i) {
        const int count = 1 + static_cast<int>(random() % 4);
        const AppendOutcome outcome = log->Append(MakeSequenced(9, 0, sequence, count));
        ASSERT_EQ(outcome.error, ErrorCode::kNone) << outcome.message;
        for (int j = 0; j < count; ++j) model.push_back("v" + std::to_string(sequence));
        sequence = (sequence + count) & INT32_MAX;
        ends.resize(model.size(), static_cast<uint64_t>(log->SizeInBytes()));
        if (random() % 10 == 0) {
          ASSERT_TRUE(log->Flush().ok());
        }
        if (random() % 20 == 0) {
          ASSERT_TRUE(log->SaveCheckpoint().ok());
        }
      }
      // The machine dies: of what was not flushed any part of the last file may be missing.
      const auto flushed = static_cast<size_t>(log->flushed_offset());
      const auto names = *files_.List(directory_);
      std::string last;
      for (const std::string& name : names) {
        if (name.ends_with(".log")) last = name;
      }
      const int64_t base = std::stoll(last);
      const uint64_t before = base == 0 ? 0 : ends[static_cast<size_t>(base) - 1];
      const uint64_t floor = flushed > static_cast<size_t>(base) ? ends[flushed - 1] - before : 0;
      log.reset();
      const uint64_t size = Size(directory_ + "/" + last);
      const uint64_t cut = floor + random() % (size - floor + 1);
      Cut(directory_ + "/" + last, cut);
      while (!model.empty() && ends[model.size() - 1] > before + cut) model.pop_back();
      ends.resize(model.size());
      ASSERT_GE(model.size(), std::min(safe, flushed));
      ASSERT_GE(model.size(), flushed);
      // The producer goes on where the log ends.
      sequence = static_cast<int32_t>(model.size());
    }
  }
}

}  // namespace
}  // namespace millrace::broker
