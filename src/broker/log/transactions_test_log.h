#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "broker/log/partition_log.h"
#include "broker/log/test_log.h"

// Declared for the tests of transactions in a log only.
namespace millrace::broker {

// One log with transactional producers and a read-committed reader.
class TransactionsLogTest : public LogTest {
 protected:
  // One record of a transactional producer; the sequence numbers are kept here.
  AppendOutcome Put(PartitionLog& log, int64_t producer, const std::string& value, int16_t epoch = 0,
                    const std::string& key = "k") {
    int32_t& sequence = sequences_[{producer, epoch}];
    const std::string batch = MakeBatch({{key, value, kNow}}, {.producer_id = producer,
                                                               .producer_epoch = epoch,
                                                               .base_sequence = sequence,
                                                               .flags = kafka::kBatchTransactional});
    AppendOutcome outcome = log.Append(batch);
    if (outcome.error == kafka::ErrorCode::kNone) ++sequence;
    return outcome;
  }
  static int64_t End(PartitionLog& log, int64_t producer, bool committed, int16_t epoch = 0) {
    const AppendOutcome outcome = log.AppendMarker({producer, epoch, committed, 0});
    EXPECT_EQ(outcome.error, kafka::ErrorCode::kNone);
    return outcome.base_offset;
  }
  // What a read-committed consumer sees from `offset` on, by the rules of Kafka's client.
  static std::vector<std::string> Committed(PartitionLog& log, int64_t offset = 0, size_t fetch_bytes = 1 << 20) {
    std::vector<std::string> values;
    while (true) {
      const ReadOutcome read = log.Read(offset, fetch_bytes, true, Isolation::kReadCommitted);
      EXPECT_EQ(read.error, kafka::ErrorCode::kNone);
      if (read.error != kafka::ErrorCode::kNone || read.records->bytes.empty()) return values;
      offset = Take(read, offset, &values);
    }
  }
  // One answer of that kind; returns the next offset.
  static int64_t Take(const ReadOutcome& read, int64_t offset, std::vector<std::string>* values) {
    std::deque<AbortedRange> aborted(read.aborted.begin(), read.aborted.end());
    std::set<int64_t> aborted_producers;
    std::string_view bytes = read.records->bytes;
    while (!bytes.empty()) {
      const auto header = *kafka::ParseBatchHeader(bytes);
      while (!aborted.empty() && aborted.front().first_offset <= header.last_offset()) {
        aborted_producers.insert(aborted.front().producer_id);
        aborted.pop_front();
      }
      if (header.control()) {
        aborted_producers.erase(header.producer_id);
      } else if (!header.transactional() || !aborted_producers.contains(header.producer_id)) {
        for (const ReadRecord& record : RecordsIn(bytes.substr(0, header.size()), offset)) {
          values->push_back(record.value.value_or("null"));
        }
      }
      offset = header.next_offset();
      bytes.remove_prefix(header.size());
    }
    EXPECT_LE(offset, read.bounds.last_stable);
    return offset;
  }
  using Values = std::vector<std::string>;

  std::map<std::pair<int64_t, int16_t>, int32_t> sequences_;
};

}  // namespace millrace::broker
