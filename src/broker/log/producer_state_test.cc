#include "broker/log/producer_state.h"

#include <random>

#include <gtest/gtest.h>

#include "broker/log/bytes.h"

namespace millrace::broker {
namespace {

using kafka::ErrorCode;

kafka::BatchHeader Batch(int64_t producer, int16_t epoch, int32_t sequence, int32_t count = 1, int64_t offset = 0) {
  kafka::BatchHeader header;
  header.producer_id = producer;
  header.producer_epoch = epoch;
  header.base_sequence = sequence;
  header.record_count = count;
  header.last_offset_delta = count - 1;
  header.base_offset = offset;
  return header;
}

TEST(ProducerState, AProducerNobodyKnowsMayBeginAnywhere) {
  const ProducerState state;
  EXPECT_EQ(state.Check(Batch(1, 0, 0)).error, ErrorCode::kNone);
  EXPECT_EQ(state.Check(Batch(1, 5, 77)).error, ErrorCode::kNone);
}

TEST(ProducerState, TheNextSequenceFollowsTheLast) {
  ProducerState state;
  state.Note(Batch(1, 0, 0, 10), 0);
  EXPECT_EQ(state.Check(Batch(1, 0, 10)).error, ErrorCode::kNone);
  EXPECT_EQ(state.Check(Batch(1, 0, 11)).error, ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(state.Check(Batch(1, 0, 9)).error, ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(state.Check(Batch(2, 0, 11)).error, ErrorCode::kNone);  // another one
}

TEST(ProducerState, TheLastFiveBatchesAreKnownAsDuplicates) {
  ProducerState state;
  for (int i = 0; i < 7; ++i) state.Note(Batch(1, 0, 3 * i, 3, 100 + 3 * i), 0);
  for (int i = 0; i < 7; ++i) {
    const ProducerVerdict verdict = state.Check(Batch(1, 0, 3 * i, 3));
    EXPECT_EQ(verdict.duplicate.has_value(), i >= 2) << i;
    if (i >= 2) {
      EXPECT_EQ(verdict.duplicate->base_offset(), 100 + 3 * i);
    } else {
      EXPECT_EQ(verdict.error, ErrorCode::kOutOfOrderSequenceNumber);
    }
  }
  EXPECT_FALSE(state.Check(Batch(1, 0, 18, 2)).duplicate.has_value());  // begins alike, but is another batch
}

TEST(ProducerState, EpochsFenceAndBeginAtZero) {
  ProducerState state;
  state.Note(Batch(1, 3, 0, 5), 0);
  EXPECT_EQ(state.Check(Batch(1, 2, 5)).error, ErrorCode::kInvalidProducerEpoch);
  EXPECT_EQ(state.Check(Batch(1, 4, 5)).error, ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(state.Check(Batch(1, 4, 0)).error, ErrorCode::kNone);
  state.Note(Batch(1, 4, 0, 5), 0);
  EXPECT_FALSE(state.Check(Batch(1, 3, 0, 5)).duplicate.has_value());
  EXPECT_EQ(state.Check(Batch(1, 3, 0, 5)).error, ErrorCode::kInvalidProducerEpoch);
}

TEST(ProducerState, SequencesWrapToZero) {
  ProducerState state;
  state.Note(Batch(1, 0, INT32_MAX - 1, 4, 50), 0);  // MAX - 1, MAX, 0, 1
  EXPECT_EQ(state.Check(Batch(1, 0, 2)).error, ErrorCode::kNone);
  EXPECT_EQ(state.Check(Batch(1, 0, 3)).error, ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(state.Check(Batch(1, 0, INT32_MAX - 1, 4)).duplicate->base_offset(), 50);
}

TEST(ProducerState, SilentProducersAreForgotten) {
  ProducerState state;
  state.Note(Batch(1, 0, 0), 1000);
  state.Note(Batch(2, 0, 0), 2000);
  state.Expire(2999, 2000);
  EXPECT_EQ(state.size(), 2u);
  state.Expire(3000, 2000);
  EXPECT_EQ(state.size(), 1u);
  EXPECT_EQ(state.Check(Batch(1, 0, 9)).error, ErrorCode::kNone);
}

TEST(ProducerState, BatchesWithoutAProducerLeaveNoTrace) {
  ProducerState state;
  state.Note(Batch(-1, -1, -1), 0);
  EXPECT_EQ(state.size(), 0u);
}

TEST(ProducerState, KnowsTheBatchThatBearsTheSequence) {
  ProducerState state;
  state.Note(Batch(1, 0, 0, 2, 10), 0);
  state.Note(Batch(1, 0, 2, 2, 20), 0);
  EXPECT_FALSE(state.IsLastBatch(Batch(1, 0, 0, 2, 10)));
  EXPECT_TRUE(state.IsLastBatch(Batch(1, 0, 2, 2, 20)));
  EXPECT_FALSE(state.IsLastBatch(Batch(9, 0, 2, 2, 20)));
}

TEST(ProducerState, ASnapshotGivesTheSameStateAgain) {
  std::mt19937 random(2);
  ProducerState state;
  for (int64_t offset = 0; offset < 500; ++offset) {
    const auto id = static_cast<int64_t>(random() % 20);
    state.Note(Batch(id, static_cast<int16_t>(offset / 100), static_cast<int32_t>(random() % 100), 1, offset), offset);
  }
  const auto again = ProducerState::Decode(state.Encode());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->size(), state.size());
  for (int i = 0; i < 5000; ++i) {
    const auto probe = Batch(static_cast<int64_t>(random() % 22), static_cast<int16_t>(random() % 6),
                             static_cast<int32_t>(random() % 102));
    const ProducerVerdict a = state.Check(probe), b = again->Check(probe);
    EXPECT_EQ(a.error, b.error);
    EXPECT_EQ(a.duplicate.has_value(), b.duplicate.has_value());
    if (a.duplicate.has_value() && b.duplicate.has_value()) {
      EXPECT_EQ(a.duplicate->last_offset, b.duplicate->last_offset);
      EXPECT_EQ(a.duplicate->timestamp, b.duplicate->timestamp);
    }
  }
}

TEST(ProducerState, ASnapshotKeepsOpenTransactionsAndProducersOfMarkersOnly) {
  ProducerState state;
  auto open = Batch(1, 2, 0, 1, 5);
  open.attributes = kafka::kBatchTransactional;
  state.Note(open, 100);
  EXPECT_FALSE(state.NoteMarker({7, 4, false, 3}, 6, 200).has_value());
  const auto again = ProducerState::Decode(state.Encode());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->FirstOpenOffset(), 5);
  const auto producers = again->List();
  ASSERT_EQ(producers.size(), 2u);
  EXPECT_EQ(producers[0].open_transaction_from, 5);
  EXPECT_EQ(producers[1].epoch, 4);
  EXPECT_EQ(producers[1].last_sequence, -1);
  EXPECT_EQ(producers[1].last_timestamp, 200);
  EXPECT_EQ(producers[1].coordinator_epoch, 3);
  EXPECT_EQ(again->Check(Batch(7, 3, 0)).error, ErrorCode::kInvalidProducerEpoch);
  ProducerState expired = *again;
  expired.Expire(1'000'000, 1);
  EXPECT_EQ(expired.size(), 1u);  // an open transaction holds its producer
}

TEST(ProducerState, ASnapshotHasKafkasLayout) {
  ProducerState state;
  state.Note(Batch(7, 2, 5, 3, 40), 1234);
  const std::string bytes = state.Encode();
  ASSERT_EQ(bytes.size(), 2u + 4 + 4 + 46);
  EXPECT_EQ(LoadBig<int16_t>(bytes.data()), 1);        // version
  EXPECT_EQ(LoadBig<int32_t>(bytes.data() + 6), 1);    // entries
  EXPECT_EQ(LoadBig<int64_t>(bytes.data() + 10), 7);   // producer id
  EXPECT_EQ(LoadBig<int16_t>(bytes.data() + 18), 2);   // epoch
  EXPECT_EQ(LoadBig<int32_t>(bytes.data() + 20), 7);   // last sequence
  EXPECT_EQ(LoadBig<int64_t>(bytes.data() + 24), 42);  // last offset
  EXPECT_EQ(LoadBig<int32_t>(bytes.data() + 32), 2);   // offset delta
  EXPECT_EQ(LoadBig<int64_t>(bytes.data() + 36), 1234);
  EXPECT_EQ(LoadBig<int32_t>(bytes.data() + 44), -1);  // coordinator epoch
  EXPECT_EQ(LoadBig<int64_t>(bytes.data() + 48), -1);  // no open transaction
}

TEST(ProducerState, DamagedSnapshotsAreRefused) {
  ProducerState state;
  state.Note(Batch(7, 2, 5, 3, 40), 1234);
  const std::string bytes = state.Encode();
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(ProducerState::Decode(bytes.substr(0, size)).ok());
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string flipped = bytes;
    flipped[at] ^= 0x10;
    EXPECT_FALSE(ProducerState::Decode(flipped).ok()) << at;
  }
}

}  // namespace
}  // namespace millrace::broker
