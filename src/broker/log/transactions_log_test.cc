// Transactions as one partition sees them.
#include <gtest/gtest.h>

#include "broker/log/bytes.h"
#include "broker/log/transactions_test_log.h"

namespace millrace::broker {
namespace {

using kafka::ErrorCode;

TEST_F(TransactionsLogTest, OnlyAProducerThatWasLetInMayWrite) {
  const auto log = Open();
  EXPECT_EQ(Put(*log, 1, "early").error, ErrorCode::kInvalidTxnState);
  log->BeginTransaction(1, 0);
  EXPECT_EQ(Put(*log, 1, "a").error, ErrorCode::kNone);
  EXPECT_EQ(Put(*log, 2, "other").error, ErrorCode::kInvalidTxnState);
  EXPECT_EQ(log->Append(MakeSequenced(1, 0, 1)).error, ErrorCode::kInvalidTxnState);  // not transactional
  End(*log, 1, true);
  EXPECT_EQ(Put(*log, 1, "late").error, ErrorCode::kInvalidTxnState);
  sequences_[{1, 0}] = 0;
  const AppendOutcome again = Put(*log, 1, "a");  // a repeated request of the ended transaction
  EXPECT_EQ(again.error, ErrorCode::kNone);
  EXPECT_EQ(again.base_offset, 0);
}

TEST_F(TransactionsLogTest, AMarkerOfALaterEpochFences) {
  const auto log = Open();
  log->BeginTransaction(1, 0);
  ASSERT_EQ(Put(*log, 1, "a").error, ErrorCode::kNone);
  End(*log, 1, false, 1);
  log->BeginTransaction(1, 0);  // whatever the coordinator says
  EXPECT_EQ(Put(*log, 1, "b").error, ErrorCode::kInvalidProducerEpoch);
  EXPECT_EQ(log->AppendMarker({1, 0, true, 0}).error, ErrorCode::kInvalidProducerEpoch);
  log->BeginTransaction(1, 2);
  EXPECT_EQ(Put(*log, 1, "c", 2).error, ErrorCode::kNone);
}

TEST_F(TransactionsLogTest, AMarkerIsAControlBatchAsKafkaWritesIt) {
  const auto log = Open();
  log->BeginTransaction(7, 3);
  ASSERT_EQ(Put(*log, 7, "a", 3).error, ErrorCode::kNone);
  EXPECT_EQ(log->AppendMarker({7, 3, true, 5}).base_offset, 1);
  const ReadOutcome read = log->Read(1, 1000, true, Isolation::kReadUncommitted);
  const auto header = *kafka::ParseBatchHeader(read.records->bytes);
  EXPECT_TRUE(header.control() && header.transactional() && kafka::HasValidCrc(read.records->bytes));
  EXPECT_EQ(header.producer_id, 7);
  EXPECT_EQ(header.producer_epoch, 3);
  EXPECT_EQ(header.base_sequence, -1);
  const auto record = RecordsIn(read.records->bytes, 0).at(0);
  EXPECT_EQ(record.key, std::string("\0\0\0\1", 4));        // version 0, commit
  EXPECT_EQ(record.value, std::string("\0\0\0\0\0\5", 6));  // version 0, coordinator epoch
  EXPECT_EQ(log->AppendMarker({7, 3, false, 0}).error, ErrorCode::kNone);
  const ReadOutcome abort = log->Read(2, 1000, true, Isolation::kReadUncommitted);
  EXPECT_EQ(RecordsIn(abort.records->bytes, 0).at(0).key, std::string("\0\0\0\0", 4));
}

TEST_F(TransactionsLogTest, ReadCommittedStopsBeforeTheOldestOpenTransaction) {
  const auto log = Open();
  ASSERT_EQ(log->Append(MakeBatch("plain", kNow)).base_offset, 0);
  log->BeginTransaction(1, 0);
  log->BeginTransaction(2, 0);
  ASSERT_EQ(Put(*log, 1, "a").base_offset, 1);
  ASSERT_EQ(Put(*log, 2, "b").base_offset, 2);
  ASSERT_EQ(log->Append(MakeBatch("after", kNow)).base_offset, 3);
  EXPECT_EQ(log->Bounds().last_stable, 1);
  EXPECT_EQ(Committed(*log), Values{"plain"});
  EXPECT_EQ(log->Read(0, 1000, true, Isolation::kReadUncommitted).aborted.size(), 0u);
  End(*log, 1, true);
  EXPECT_EQ(log->Bounds().last_stable, 2);
  EXPECT_EQ(Committed(*log), (Values{"plain", "a"}));
  const ReadOutcome at_end = log->Read(2, 1000, true, Isolation::kReadCommitted);
  EXPECT_EQ(at_end.error, ErrorCode::kNone);
  EXPECT_TRUE(at_end.records->bytes.empty());
  bool woken = false;
  const auto observer = log->Observe([&woken] { woken = true; });
  End(*log, 2, false);
  EXPECT_TRUE(woken);
  EXPECT_EQ(log->Bounds().last_stable, log->Bounds().high_watermark);
  EXPECT_EQ(Committed(*log), (Values{"plain", "a", "after"}));
  EXPECT_EQ(Committed(*log, 2), Values{"after"});
}

TEST_F(TransactionsLogTest, TheAbortedListNamesWhatOverlapsTheRange) {
  config_.segment_bytes = 400;
  const auto log = Open();
  log->BeginTransaction(1, 0);
  ASSERT_EQ(Put(*log, 1, "a").base_offset, 0);
  End(*log, 1, false);  // 1
  for (int i = 2; i < 12; ++i) ASSERT_EQ(log->Append(MakeBatch("x", kNow)).base_offset, i);
  log->BeginTransaction(2, 0);
  ASSERT_EQ(Put(*log, 2, "b").base_offset, 12);
  for (int i = 13; i < 20; ++i) ASSERT_EQ(log->Append(MakeBatch("x", kNow)).base_offset, i);
  EXPECT_EQ(End(*log, 2, false), 20);  // segments later
  ASSERT_GT(log->num_segments(), 3u);
  const auto aborted = [&](int64_t offset, size_t bytes) {
    std::string list;
    for (const auto& each : log->Read(offset, bytes, true, Isolation::kReadCommitted).aborted) {
      list += std::to_string(each.producer_id) + "@" + std::to_string(each.first_offset) + " ";
    }
    return list;
  };
  EXPECT_EQ(aborted(0, 1), "1@0 ");
  EXPECT_EQ(aborted(1, 1), "1@0 ");
  EXPECT_EQ(aborted(2, 1), "");
  EXPECT_EQ(aborted(11, 1), "");
  EXPECT_EQ(aborted(12, 1), "2@12 ");
  EXPECT_EQ(aborted(15, 1), "2@12 ");
  EXPECT_EQ(Committed(*log, 0, 1).size(), 17u);
}

TEST_F(TransactionsLogTest, TheTransactionIndexHasKafkasLayout) {
  const auto log = Open();
  log->BeginTransaction(9, 0);
  ASSERT_EQ(log->Append(MakeBatch("x", kNow)).base_offset, 0);
  ASSERT_EQ(Put(*log, 9, "a").base_offset, 1);
  log->BeginTransaction(8, 0);
  ASSERT_EQ(Put(*log, 8, "b").base_offset, 2);
  const std::string path = SegmentPath(directory_, 0, ".txnindex");
  EXPECT_EQ(End(*log, 9, false), 3);
  ASSERT_TRUE(log->Flush().ok());
  const std::string bytes = *ReadWholeFile(files_, path);
  ASSERT_EQ(bytes.size(), 34u);
  EXPECT_EQ(LoadBig<int16_t>(bytes.data()), 0);       // version
  EXPECT_EQ(LoadBig<int64_t>(bytes.data() + 2), 9);   // producer
  EXPECT_EQ(LoadBig<int64_t>(bytes.data() + 10), 1);  // first offset
  EXPECT_EQ(LoadBig<int64_t>(bytes.data() + 18), 3);  // offset of the marker
  EXPECT_EQ(LoadBig<int64_t>(bytes.data() + 26), 2);  // last stable offset: producer 8 is open
  End(*log, 8, true);
  ASSERT_TRUE(log->Flush().ok());
  EXPECT_EQ(ReadWholeFile(files_, path)->size(), 34u);
}

TEST_F(TransactionsLogTest, WithoutAbortsThereIsNoTransactionIndex) {
  const auto log = Open();
  log->BeginTransaction(1, 0);
  ASSERT_EQ(Put(*log, 1, "a").error, ErrorCode::kNone);
  End(*log, 1, true);
  ASSERT_TRUE(log->Flush().ok());
  ASSERT_TRUE(log->Close().ok());
  EXPECT_FALSE(files_.Exists(SegmentPath(directory_, 0, ".txnindex")));
}

TEST_F(TransactionsLogTest, ProducersAreDescribed) {
  const auto log = Open();
  log->BeginTransaction(5, 2);
  ASSERT_EQ(log->Append(MakeSequenced(3, 1, 0, 4)).base_offset, 0);
  ASSERT_EQ(Put(*log, 5, "a", 2).base_offset, 4);
  auto producers = log->Producers();
  ASSERT_EQ(producers.size(), 2u);
  EXPECT_EQ(producers[0].id, 3);
  EXPECT_EQ(producers[0].last_sequence, 3);
  EXPECT_EQ(producers[0].open_transaction_from, -1);
  EXPECT_EQ(producers[1].epoch, 2);
  EXPECT_EQ(producers[1].last_timestamp, kNow);
  EXPECT_EQ(producers[1].open_transaction_from, 4);
  End(*log, 5, true, 3);
  producers = log->Producers();
  EXPECT_EQ(producers[1].epoch, 3);
  EXPECT_EQ(producers[1].last_sequence, -1);
  EXPECT_EQ(producers[1].open_transaction_from, -1);
}

TEST_F(TransactionsLogTest, AnOpenTransactionOutlivesTheProcess) {
  for (const bool orderly : {false, true}) {
    SCOPED_TRACE(orderly);
    ASSERT_TRUE(files_.RemoveTree(directory_).ok());
    sequences_.clear();
    {
      const auto log = Open();
      log->BeginTransaction(1, 0);
      ASSERT_EQ(log->Append(MakeBatch("x", kNow)).base_offset, 0);
      ASSERT_EQ(Put(*log, 1, "a").base_offset, 1);
      if (orderly) {
        ASSERT_TRUE(log->Close().ok());
      }
    }
    const auto log = Open(orderly);
    EXPECT_EQ(log->Bounds().last_stable, 1);
    EXPECT_EQ(Put(*log, 1, "b").error, ErrorCode::kInvalidTxnState);  // until the coordinator says so again
    log->BeginTransaction(1, 0);
    EXPECT_EQ(Put(*log, 1, "b").error, ErrorCode::kNone);
    End(*log, 1, true);
    EXPECT_EQ(Committed(*log), (Values{"x", "a", "b"}));
  }
}

TEST_F(TransactionsLogTest, TheIndexIsMadeAnewFromTheRecoveryPointOn) {
  config_.segment_bytes = 300;
  {
    const auto log = Open();
    for (int i = 0; i < 20; ++i) {
      log->BeginTransaction(1, 0);
      ASSERT_EQ(Put(*log, 1, std::to_string(i)).error, ErrorCode::kNone);
      End(*log, 1, i % 3 == 0);
      if (i == 8) {
        ASSERT_TRUE(log->Flush().ok() && log->SaveCheckpoint().ok());
      }
    }
    // The process ends here: what gathered for the last segment's index was never written.
  }
  // As if the machine had failed: nothing that was not synced is in the indexes.
  const auto names = *files_.List(directory_);
  for (const std::string& name : names) {
    if (name.ends_with(".txnindex") && name > "00000000000000000018") {
      ASSERT_TRUE(files_.Remove(directory_ + "/" + name).ok());
    }
  }
  auto log = Open();
  EXPECT_EQ(Committed(*log), (Values{"0", "3", "6", "9", "12", "15", "18"}));
  EXPECT_EQ(Committed(*log, 0, 1), (Values{"0", "3", "6", "9", "12", "15", "18"}));
  ASSERT_TRUE(log->Close().ok());
  log = Open(true);
  EXPECT_EQ(Committed(*log), (Values{"0", "3", "6", "9", "12", "15", "18"}));
}

TEST_F(TransactionsLogTest, ADamagedIndexIsMadeAnew) {
  {
    const auto log = Open();
    for (int i = 0; i < 4; ++i) {
      log->BeginTransaction(1, 0);
      ASSERT_EQ(Put(*log, 1, std::to_string(i)).error, ErrorCode::kNone);
      End(*log, 1, i == 2);
    }
    ASSERT_TRUE(log->Close().ok());
  }
  const std::string path = SegmentPath(directory_, 0, ".txnindex");
  const std::string good = *ReadWholeFile(files_, path);
  for (const std::string& bad : {good.substr(0, 50), std::string("\1") + good.substr(1), std::string(34, '\xff')}) {
    ASSERT_TRUE(WriteFileAtomically(files_, path, bad).ok());
    const auto log = Open(true);
    EXPECT_EQ(Committed(*log), Values{"2"});
    ASSERT_TRUE(log->Flush().ok());
    EXPECT_EQ(*ReadWholeFile(files_, path), good);
    ASSERT_TRUE(log->Close().ok());
  }
}

TEST_F(TransactionsLogTest, AFailedMarkerLeavesTheTransactionOpen) {
  const auto log = Open();
  log->BeginTransaction(1, 0);
  ASSERT_EQ(Put(*log, 1, "a").error, ErrorCode::kNone);
  files_.room = 10;
  EXPECT_EQ(log->AppendMarker({1, 0, true, 0}).error, ErrorCode::kKafkaStorageError);
  EXPECT_EQ(log->Bounds().last_stable, 0);
  files_.room = FaultyFiles::kUnlimited;
  EXPECT_EQ(log->AppendMarker({1, 0, true, 0}).error, ErrorCode::kNone);
  EXPECT_EQ(Committed(*log), Values{"a"});
}

TEST_F(TransactionsLogTest, RetentionDoesNotPullTheStableOffsetBelowTheStart) {
  const auto log = Open();
  log->BeginTransaction(1, 0);
  ASSERT_EQ(Put(*log, 1, "a").base_offset, 0);
  ASSERT_EQ(log->Append(MakeBatch("x", kNow)).base_offset, 1);
  ASSERT_TRUE(log->DeleteBefore(1).ok());
  EXPECT_EQ(log->Bounds().last_stable, 1);
  EXPECT_EQ(log->Read(1, 100, true, Isolation::kReadCommitted).error, ErrorCode::kNone);
}

// ---- Compaction
// ------------------------------------------------------------------------------------------------------

class TransactionsCompactionTest : public TransactionsLogTest {
 protected:
  TransactionsCompactionTest() {
    config_.compact = true;
    config_.delete_old = false;
    config_.segment_bytes = 500;
    config_.min_cleanable_dirty_ratio = 0;
    config_.delete_retention_ms = 1000;
  }
  void Seal(PartitionLog& log) {
    for (size_t n = log.num_segments(); log.num_segments() == n;) {
      ASSERT_EQ(log.Append(MakeBatch({{"filler", "f", kNow}})).error, ErrorCode::kNone);
    }
  }
  void Compact(PartitionLog& log) {
    Seal(log);
    const auto done = log.CompactIfNeeded(clock_.WallMillis());
    ASSERT_TRUE(done.ok()) << done.error().ToString();
    ASSERT_TRUE(*done);
  }
  static int Markers(PartitionLog& log) {
    int markers = 0;
    for (int64_t offset = 0; offset < log.Bounds().high_watermark;) {
      const ReadOutcome read = log.Read(offset, 1, true, Isolation::kReadUncommitted);
      if (read.records->bytes.empty()) break;
      const auto header = *kafka::ParseBatchHeader(read.records->bytes);
      markers += header.control() ? 1 : 0;
      offset = header.next_offset();
    }
    return markers;
  }
  static Values WithoutFiller(Values values) {
    std::erase(values, "f");
    return values;
  }
};

TEST_F(TransactionsCompactionTest, AbortedRecordsGoAndDoNotHideCommittedOnes) {
  const auto log = Open();
  log->BeginTransaction(1, 0);
  ASSERT_EQ(Put(*log, 1, "committed", 0, "a").error, ErrorCode::kNone);
  End(*log, 1, true);
  log->BeginTransaction(1, 0);
  ASSERT_EQ(Put(*log, 1, "aborted", 0, "a").error, ErrorCode::kNone);
  ASSERT_EQ(Put(*log, 1, "aborted", 0, "b").error, ErrorCode::kNone);
  End(*log, 1, false);
  Compact(*log);
  EXPECT_EQ(WithoutFiller(Committed(*log)), Values{"committed"});
  for (const ReadRecord& record : ReadWholeLog(*log)) EXPECT_NE(record.value, "aborted");
  EXPECT_FALSE(files_.Exists(SegmentPath(directory_, 0, ".txnindex")));
  // The producer goes on where it was.
  log->BeginTransaction(1, 0);
  EXPECT_EQ(Put(*log, 1, "next", 0, "b").error, ErrorCode::kNone);
  End(*log, 1, true);
  EXPECT_EQ(WithoutFiller(Committed(*log)), (Values{"committed", "next"}));
}

TEST_F(TransactionsCompactionTest, MarkersGoAfterTheirBatchesAndTheDeleteHorizon) {
  auto log = Open();
  for (const bool committed : {true, false}) {
    const int64_t producer = committed ? 1 : 2;
    log->BeginTransaction(producer, 0);
    ASSERT_EQ(Put(*log, producer, "v", 0, "a").error, ErrorCode::kNone);
    End(*log, producer, committed);
  }
  ASSERT_EQ(log->Append(MakeBatch({{"a", "latest", kNow}})).error, ErrorCode::kNone);
  ASSERT_EQ(log->Append(MakeSequenced(1, 1, 0)).error, ErrorCode::kNone);  // no batch of a transaction bears
  ASSERT_EQ(log->Append(MakeSequenced(2, 1, 0)).error, ErrorCode::kNone);  // the sequence any more
  Compact(*log);
  EXPECT_EQ(Markers(*log), 2);  // batches were met in this pass
  Compact(*log);
  EXPECT_EQ(Markers(*log), 2);  // now they have a horizon
  clock_.Advance(999);
  Compact(*log);
  EXPECT_EQ(Markers(*log), 2);
  clock_.Advance(1);
  Compact(*log);
  EXPECT_EQ(Markers(*log), 0);
  log.reset();
  log = Open();
  EXPECT_EQ(log->Bounds().last_stable, log->Bounds().high_watermark);
}

TEST_F(TransactionsCompactionTest, ABatchThatBearsTheSequenceKeepsItsMarker) {
  auto log = Open();
  log->BeginTransaction(1, 0);
  ASSERT_EQ(Put(*log, 1, "v", 0, "a").error, ErrorCode::kNone);
  End(*log, 1, false);
  for (int i = 0; i < 4; ++i) {
    clock_.Advance(5000);
    Compact(*log);
  }
  EXPECT_EQ(Markers(*log), 1);
  // Without its marker the bare header would be an open transaction to whoever replays the log.
  ASSERT_TRUE(files_.Remove(directory_ + "/checkpoint").ok());
  log.reset();
  log = Open();
  EXPECT_EQ(log->Bounds().last_stable, log->Bounds().high_watermark);
  log->BeginTransaction(1, 0);
  EXPECT_EQ(Put(*log, 1, "next").error, ErrorCode::kNone);
}

TEST_F(TransactionsCompactionTest, WhatIsNotDecidedIsLeftAlone) {
  const auto log = Open();
  ASSERT_EQ(log->Append(MakeBatch({{"a", "1", kNow}})).error, ErrorCode::kNone);
  ASSERT_EQ(log->Append(MakeBatch({{"a", "2", kNow}})).error, ErrorCode::kNone);
  Seal(*log);
  log->BeginTransaction(1, 0);
  ASSERT_EQ(Put(*log, 1, "3", 0, "a").error, ErrorCode::kNone);
  Seal(*log);
  Compact(*log);
  EXPECT_EQ(WithoutFiller(Committed(*log)), Values{"2"});
  Seal(*log);
  EXPECT_FALSE(*log->CompactIfNeeded(kNow));  // all before the transaction is compacted
  End(*log, 1, true);
  Compact(*log);
  EXPECT_EQ(WithoutFiller(Committed(*log)), Values{"3"});
}

}  // namespace
}  // namespace millrace::broker
