// Random interleavings of transactional producers with all that can happen to a log.
#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "broker/log/transactions_test_log.h"

namespace millrace::broker {
namespace {

// Producers, plain writes, markers, crashes, orderly restarts, flushes and retention in any order: a read-committed
// reader sees the model, whatever the size of its fetches and wherever it begins.
class TransactionsModelTest : public TransactionsLogTest {
 protected:
  struct Model {
    std::map<int64_t, std::string> decided;                  // offset -> value a reader may see
    std::map<int64_t, std::map<int64_t, std::string>> open;  // producer -> offset -> value
    std::map<int64_t, int16_t> epochs;
    int64_t end = 0;

    int64_t stable() const {
      int64_t first = end;
      for (const auto& [producer, records] : open) {
        if (!records.empty()) first = std::min(first, records.begin()->first);
      }
      return first;
    }
  };

  // A write that the crash broke off.
  void Tear(std::mt19937& random) {
    std::string last;
    const auto names = *files_.List(directory_);
    for (const std::string& name : names) {
      if (name.ends_with(".log")) last = directory_ + "/" + name;
    }
    const auto file = *files_.Open(last, OpenMode::kReadWrite);
    const std::string batch = MakeBatch("torn", kNow);
    ASSERT_TRUE(file->WriteAt(*file->Size(), batch.substr(0, 1 + random() % (batch.size() - 1))).ok());
  }

  void Check(PartitionLog& log, const Model& model, std::mt19937& random) {
    ASSERT_EQ(log.Bounds().high_watermark, model.end);
    ASSERT_EQ(log.Bounds().last_stable, model.stable());
    for (int i = 0; i < 3; ++i) {
      const auto from = static_cast<int64_t>(i == 0 ? 0 : random() % static_cast<size_t>(model.end + 1));
      Values expected;
      for (const auto& [offset, value] : model.decided) {
        if (offset >= from && offset < model.stable()) expected.push_back(value);
      }
      ASSERT_EQ(Committed(log, from, i == 1 ? 1 : 50 + random() % 600), expected) << "from " << from;
    }
  }
};

TEST_F(TransactionsModelTest, ReadersSeeWhatWasCommitted) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    ASSERT_TRUE(files_.RemoveTree(directory_).ok());
    sequences_.clear();
    config_.segment_bytes = 300 + static_cast<int64_t>(random() % 1500);
    config_.index_interval_bytes = static_cast<int64_t>(random() % 400);
    Model model;
    auto log = Open();
    for (int step = 0; step < 150; ++step) {
      const auto producer = static_cast<int64_t>(random() % 4);
      const std::string value = std::to_string(step);
      auto& records = model.open[producer];
      int16_t& epoch = model.epochs[producer];
      switch (random() % 12) {
        case 0:
        case 1: {
          ASSERT_EQ(log->Append(MakeBatch(value, kNow)).base_offset, model.end);
          model.decided[model.end++] = value;
          break;
        }
        case 2:
        case 3:
        case 4:
        case 5:
        case 6: {
          log->BeginTransaction(producer, epoch);
          ASSERT_EQ(Put(*log, producer, value, epoch).base_offset, model.end);
          records[model.end++] = value;
          break;
        }
        case 7:
        case 8:
        case 9: {
          const bool committed = random() % 2 == 0;
          if (!committed && random() % 3 == 0) ++epoch;  // a fencing abort
          ASSERT_EQ(End(*log, producer, committed, epoch), model.end++);
          if (committed) model.decided.insert(records.begin(), records.end());
          records.clear();
          break;
        }
        case 10: {
          ASSERT_TRUE(log->Flush().ok());
          if (random() % 2 == 0) {
            ASSERT_TRUE(log->SaveCheckpoint().ok());
          }
          break;
        }
        default: {
          const bool orderly = random() % 2 == 0;
          if (orderly) {
            ASSERT_TRUE(log->Close().ok());
          }
          log.reset();
          if (!orderly && random() % 2 == 0) Tear(random);
          log = Open(orderly);
          break;
        }
      }
      if (step % 5 == 0) {
        ASSERT_NO_FATAL_FAILURE(Check(*log, model, random)) << "step " << step;
      }
    }
    ASSERT_NO_FATAL_FAILURE(Check(*log, model, random));
  }
}

// The same with keys and compaction: what the reader folds into a table is what the model folds.
TEST_F(TransactionsModelTest, CompactionKeepsTheTableAndNoAbortedRecord) {
  config_.compact = true;
  config_.delete_old = false;
  config_.min_cleanable_dirty_ratio = 0;
  config_.delete_retention_ms = 50;
  for (unsigned seed = 0; seed < 15; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    ASSERT_TRUE(files_.RemoveTree(directory_).ok());
    sequences_.clear();
    config_.segment_bytes = 300 + static_cast<int64_t>(random() % 900);
    std::map<int64_t, std::string> decided;                    // offset -> "key=value"
    std::map<int64_t, std::map<int64_t, std::string>> opened;  // producer -> the same
    auto log = Open();
    int compactions = 0;
    for (int step = 0; step < 200; ++step) {
      const auto producer = static_cast<int64_t>(random() % 3);
      const std::string key = std::to_string(random() % 5);
      const std::string value = key + "=" + std::to_string(step);
      clock_.Advance(static_cast<int64_t>(random() % 20));
      switch (random() % 10) {
        case 0: decided[log->Append(MakeBatch({{key, value, kNow}})).base_offset] = value; break;
        case 1:
        case 2:
        case 3:
        case 4: {
          log->BeginTransaction(producer, 0);
          opened[producer][Put(*log, producer, value, 0, key).base_offset] = value;
          break;
        }
        case 5:
        case 6: {
          const bool committed = random() % 2 == 0;
          End(*log, producer, committed);
          if (committed) decided.insert(opened[producer].begin(), opened[producer].end());
          opened[producer].clear();
          break;
        }
        case 7: ASSERT_TRUE(log->Flush().ok() && log->SaveCheckpoint().ok()); break;
        case 8: {
          const auto done = log->CompactIfNeeded(clock_.WallMillis());
          ASSERT_TRUE(done.ok()) << done.error().ToString();
          compactions += *done ? 1 : 0;
          break;
        }
        default: {
          const bool orderly = random() % 2 == 0;
          if (orderly) {
            ASSERT_TRUE(log->Close().ok());
          }
          log.reset();
          log = Open(orderly);
          break;
        }
      }
      if (step % 10 != 0) continue;
      std::map<char, std::string> expected, seen;
      int64_t stable = log->Bounds().high_watermark;
      for (const auto& [id, records] : opened) {
        if (!records.empty()) stable = std::min(stable, records.begin()->first);
      }
      ASSERT_EQ(log->Bounds().last_stable, stable) << "step " << step;
      for (const auto& [offset, each] : decided) {
        if (offset < stable) expected[each[0]] = each;
      }
      const Values values = Committed(*log, 0, random() % 2 == 0 ? 1 : 400);
      for (const std::string& each : values) seen[each[0]] = each;
      ASSERT_EQ(seen, expected) << "step " << step;
      std::set<std::string> committed;
      for (const auto& [offset, each] : decided) committed.insert(each);
      for (const std::string& each : values) ASSERT_TRUE(committed.contains(each)) << each << " was not committed";
    }
    ASSERT_GT(compactions, 0);
  }
}

// Readers beside a writer, retention and compaction: what they read and what they are told was aborted belong together.
TEST_F(TransactionsModelTest, ReadersOnOtherThreadsSeeNothingAborted) {
  config_.segment_bytes = 500;
  config_.retention_bytes = 1500;
  config_.compact = true;
  config_.min_cleanable_dirty_ratio = 0;
  const auto log = Open();
  std::atomic<bool> done = false;
  std::atomic<int64_t> num_read = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&, fetch_bytes = size_t{i == 0 ? 1u : 2000u}] {
      int64_t offset = 0;
      while (!done) {
        Values values;
        const ReadOutcome read = log->Read(offset, fetch_bytes, true, Isolation::kReadCommitted);
        if (read.error == kafka::ErrorCode::kOffsetOutOfRange || read.records->bytes.empty()) {
          offset = log->Bounds().log_start;
          continue;
        }
        offset = Take(read, offset, &values);
        for (const std::string& value : values) ASSERT_EQ(value[0], 'c') << "at " << offset;
        num_read += static_cast<int64_t>(values.size());
      }
    });
  }
  threads.emplace_back([&] {
    while (!done) {
      ASSERT_TRUE(log->CompactIfNeeded(kNow).ok());
      ASSERT_TRUE(log->ApplyRetention(kNow).ok());
      ASSERT_TRUE(log->Flush().ok());
    }
  });
  std::mt19937 random(1);
  for (int i = 0; i < 250 || num_read < 200; ++i) {
    const auto producer = static_cast<int64_t>(random() % 3);
    const bool committed = random() % 2 == 0;
    log->BeginTransaction(producer, 0);
    for (int n = 0; n < 3; ++n) {
      const std::string key = std::to_string(random() % 50);
      ASSERT_EQ(Put(*log, producer, committed ? "c" : "a", 0, key).error, kafka::ErrorCode::kNone);
    }
    End(*log, producer, committed);
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace millrace::broker
