#include "broker/transactions/coordinator.h"

#include <gtest/gtest.h>

#include "broker/transactions/memory_transaction_store.h"

namespace millrace::broker {
namespace {

using enum kafka::ErrorCode;
using kafka::Code;
using kafka::ErrorCode;

constexpr int64_t kNow = 1'700'000'000'000;
constexpr int32_t kTimeout = 60'000;
const TopicPartition kT0{"t", 0}, kT1{"t", 1}, kU0{"u", 0};

class FakePartitions final : public TransactionPartitions {
 public:
  struct Written {
    TopicPartition partition;
    TransactionMarker marker;
    bool operator==(const Written&) const = default;
  };
  void Begin(const TopicPartition& partition, int64_t producer_id, int16_t epoch) override {
    begun[partition][producer_id] = epoch;
  }
  void End(const TopicPartition& partition, const TransactionMarker& marker,
           std::function<void(Status)> done) override {
    if (hold) return held.push_back(std::move(done));
    if (failing.contains(partition)) return done(ExternalError("the disk is full"));
    written.push_back({partition, marker});
    done(Ok());
  }
  std::vector<std::pair<TopicPartition, ActiveProducer>> Open() override { return open; }

  std::map<TopicPartition, std::map<int64_t, int16_t>> begun;
  std::vector<Written> written;
  std::set<TopicPartition> failing;
  bool hold = false;
  std::vector<std::function<void(Status)>> held;
  std::vector<std::pair<TopicPartition, ActiveProducer>> open;
};

class TransactionCoordinatorTest : public ::testing::Test {
 protected:
  struct Producer {
    std::string id;
    int64_t producer_id = -1;
    int16_t epoch = -1;
    operator TransactionCaller() const { return {id, producer_id, epoch}; }  // NOLINT
  };

  TransactionCoordinatorTest() { Restart(); }

  void Restart() {
    coordinator_ = std::make_unique<TransactionCoordinator>(
        clock_, TransactionSettings{}, store_, partitions_,
        [this](const std::string& group) { committed_groups_.push_back(group); });
    coordinator_->Start();
  }
  ErrorCode Init(Producer* producer, bool named = false, int32_t timeout = kTimeout) {
    kafka::InitProducerIdRequest request;
    request.transactional_id = producer->id;
    request.transaction_timeout_ms = timeout;
    request.producer_id = named ? producer->producer_id : -1;
    request.producer_epoch = named ? producer->epoch : static_cast<int16_t>(-1);
    const auto response = coordinator_->InitProducerId(request);
    if (response.error_code == 0) {
      producer->producer_id = response.producer_id;
      producer->epoch = response.producer_epoch;
    }
    return static_cast<ErrorCode>(response.error_code);
  }
  Producer Made(const std::string& id) {
    Producer producer{id};
    EXPECT_EQ(Init(&producer), kNone);
    return producer;
  }
  // The answer if it came at once; one that comes later is in last_answer_.
  std::optional<ErrorCode> End(const TransactionCaller& caller, bool committed) {
    last_answer_.reset();
    coordinator_->End(caller, committed, [this](ErrorCode error) { last_answer_ = error; });
    return last_answer_;
  }
  std::string State(const std::string& id) {
    kafka::DescribeTransactionsRequest request;
    request.transactional_ids = {id};
    const auto state = coordinator_->Describe(request).transaction_states.at(0);
    return state.error_code == 0 ? state.transaction_state : std::string(kafka::ErrorName(state.error_code));
  }
  void Pass(int64_t millis) {
    clock_.Advance(millis);
    coordinator_->Tick();
  }
  static TransactionMarker Marker(const Producer& producer, bool committed, int epochs_later = 0) {
    return {producer.producer_id, static_cast<int16_t>(producer.epoch + epochs_later), committed, 0};
  }

  ManualClock clock_{kNow};
  MemoryTransactionStore store_;
  FakePartitions partitions_;
  std::vector<std::string> committed_groups_;
  std::optional<ErrorCode> last_answer_;
  std::unique_ptr<TransactionCoordinator> coordinator_;
};

TEST_F(TransactionCoordinatorTest, ACommitMarksEveryPartition) {
  const Producer p = Made("a");
  EXPECT_EQ(State("a"), "Empty");
  EXPECT_EQ(coordinator_->AddPartitions(p, {kT0, kT1}), kNone);
  EXPECT_EQ(coordinator_->AddPartitions(p, {kT1, kU0}), kNone);
  EXPECT_EQ(State("a"), "Ongoing");
  EXPECT_EQ(partitions_.begun[kU0][p.producer_id], p.epoch);
  EXPECT_EQ(End(p, true), kNone);
  EXPECT_EQ(partitions_.written, (std::vector<FakePartitions::Written>{
                                     {kT0, Marker(p, true)}, {kT1, Marker(p, true)}, {kU0, Marker(p, true)}}));
  EXPECT_EQ(State("a"), "CompleteCommit");
  EXPECT_TRUE(store_.transactions["a"].partitions.empty());
}

TEST_F(TransactionCoordinatorTest, TheSameEndMayBeAskedForAgainAndNotTheOther) {
  const Producer p = Made("a");
  EXPECT_EQ(End(p, true), kInvalidTxnState);  // nothing was begun
  EXPECT_EQ(End(p, false), kInvalidTxnState);
  ASSERT_EQ(coordinator_->AddPartitions(p, {kT0}), kNone);
  EXPECT_EQ(End(p, true), kNone);
  EXPECT_EQ(End(p, true), kNone);
  EXPECT_EQ(End(p, false), kInvalidTxnState);
  ASSERT_EQ(coordinator_->AddPartitions(p, {kT0}), kNone);
  EXPECT_EQ(End(p, false), kNone);
  EXPECT_EQ(End(p, false), kNone);
  EXPECT_EQ(End(p, true), kInvalidTxnState);
  EXPECT_EQ(partitions_.written.size(), 2u);
}

TEST_F(TransactionCoordinatorTest, WhileMarkersAreOnTheirWayNothingElseGoes) {
  Producer p = Made("a");
  ASSERT_EQ(coordinator_->AddPartitions(p, {kT0, kT1}), kNone);
  ASSERT_EQ(coordinator_->AddGroup(p, "g"), kNone);
  partitions_.hold = true;
  EXPECT_EQ(End(p, true), std::nullopt);
  EXPECT_EQ(State("a"), "PrepareCommit");
  EXPECT_EQ(End(p, true), kConcurrentTransactions);
  EXPECT_EQ(End(p, false), kInvalidTxnState);
  EXPECT_EQ(coordinator_->AddPartitions(p, {kU0}), kConcurrentTransactions);
  EXPECT_EQ(coordinator_->AddGroup(p, "h"), kConcurrentTransactions);
  EXPECT_EQ(coordinator_->StageOffsets(p, "g", {{kT0, {1}}}), kConcurrentTransactions);
  EXPECT_EQ(Init(&p), kConcurrentTransactions);
  last_answer_.reset();
  partitions_.held[0](Ok());
  EXPECT_EQ(last_answer_, std::nullopt);
  partitions_.held[1](Ok());
  EXPECT_EQ(last_answer_, kNone);
  EXPECT_EQ(State("a"), "CompleteCommit");
  EXPECT_EQ(Init(&p), kNone);
}

TEST_F(TransactionCoordinatorTest, AMarkerThatCannotBeWrittenIsTriedAgain) {
  const Producer p = Made("a");
  ASSERT_EQ(coordinator_->AddPartitions(p, {kT0, kT1}), kNone);
  partitions_.failing = {kT1};
  EXPECT_EQ(End(p, true), kNone);  // the decision stands
  EXPECT_EQ(State("a"), "PrepareCommit");
  Pass(500);
  EXPECT_EQ(State("a"), "PrepareCommit");
  partitions_.failing.clear();
  Pass(499);
  EXPECT_EQ(State("a"), "PrepareCommit");
  Pass(1);
  EXPECT_EQ(State("a"), "CompleteCommit");
  EXPECT_EQ(partitions_.written,
            (std::vector<FakePartitions::Written>{{kT0, Marker(p, true)}, {kT1, Marker(p, true)}}));
}

TEST_F(TransactionCoordinatorTest, WhatCannotBeStoredDoesNotHappen) {
  Producer p = Made("a");
  store_.full = true;
  EXPECT_EQ(coordinator_->AddPartitions(p, {kT0}), kCoordinatorNotAvailable);
  EXPECT_TRUE(partitions_.begun.empty());
  store_.full = false;
  ASSERT_EQ(coordinator_->AddPartitions(p, {kT0}), kNone);
  store_.full = true;
  EXPECT_EQ(End(p, true), kCoordinatorNotAvailable);
  EXPECT_TRUE(partitions_.written.empty());
  EXPECT_EQ(State("a"), "Ongoing");
  Producer fresh{"b"};
  EXPECT_EQ(Init(&fresh), kCoordinatorNotAvailable);
  EXPECT_EQ(State("b"), "TRANSACTIONAL_ID_NOT_FOUND");
  store_.full = false;
  EXPECT_EQ(End(p, true), kNone);
}

TEST_F(TransactionCoordinatorTest, AStagedOffsetIsCommittedWithTheTransaction) {
  const Producer p = Made("a");
  EXPECT_EQ(coordinator_->StageOffsets(p, "g", {{kT0, {5}}}), kInvalidTxnState);
  ASSERT_EQ(coordinator_->AddGroup(p, "g"), kNone);
  EXPECT_EQ(coordinator_->StageOffsets(p, "h", {{kT0, {5}}}), kInvalidTxnState);  // not added
  EXPECT_FALSE(coordinator_->HasStagedOffset("g", kT0));
  ASSERT_EQ(coordinator_->StageOffsets(p, "g", {{kT0, {5}}}), kNone);
  ASSERT_EQ(coordinator_->StageOffsets(p, "g", {{kT0, {6}}, {kT1, {7}}}), kNone);
  EXPECT_TRUE(coordinator_->HasStagedOffset("g", kT0));
  EXPECT_FALSE(coordinator_->HasStagedOffset("g", kU0));
  EXPECT_FALSE(coordinator_->HasStagedOffset("h", kT0));
  EXPECT_TRUE(store_.offsets.empty());
  Restart();
  EXPECT_TRUE(coordinator_->HasStagedOffset("g", kT0));
  EXPECT_EQ(End(p, true), kNone);
  EXPECT_FALSE(coordinator_->HasStagedOffset("g", kT0));
  EXPECT_EQ(store_.offsets["g"].at(kT0).offset, 6);
  EXPECT_EQ(store_.offsets["g"].at(kT1).offset, 7);
  EXPECT_EQ(committed_groups_, std::vector<std::string>{"g"});

  ASSERT_EQ(coordinator_->AddGroup(p, "g"), kNone);
  ASSERT_EQ(coordinator_->StageOffsets(p, "g", {{kT0, {99}}}), kNone);
  EXPECT_EQ(End(p, false), kNone);
  EXPECT_EQ(store_.offsets["g"].at(kT0).offset, 6);
}

TEST_F(TransactionCoordinatorTest, TheNextProducerFencesTheOneBefore) {
  const Producer old = Made("a");
  EXPECT_EQ(old.epoch, 0);
  ASSERT_EQ(coordinator_->AddPartitions(old, {kT0}), kNone);
  const Producer fresh = Made("a");
  EXPECT_EQ(fresh.producer_id, old.producer_id);
  EXPECT_EQ(fresh.epoch, 2);  // 1 fenced the old one
  EXPECT_EQ(partitions_.written, (std::vector<FakePartitions::Written>{{kT0, Marker(old, false, 1)}}));
  EXPECT_EQ(coordinator_->AddPartitions(old, {kT0}), kProducerFenced);
  EXPECT_EQ(coordinator_->AddGroup(old, "g"), kProducerFenced);
  EXPECT_EQ(coordinator_->StageOffsets(old, "g", {{kT0, {1}}}), kProducerFenced);
  EXPECT_EQ(End(old, true), kProducerFenced);
  EXPECT_EQ(coordinator_->AddPartitions(Producer{"a", 77, 2}, {kT0}), kInvalidProducerIdMapping);
  EXPECT_EQ(coordinator_->AddPartitions(Producer{"nobody", 77, 2}, {kT0}), kInvalidProducerIdMapping);
  EXPECT_EQ(coordinator_->AddPartitions(Producer{"", 77, 2}, {kT0}), kInvalidRequest);
}

TEST_F(TransactionCoordinatorTest, AProducerThatNamesItsEpochGoesOnUnlessItWasFenced) {
  Producer p = Made("a");
  Producer same = p;
  EXPECT_EQ(Init(&same, /*named=*/true), kNone);
  EXPECT_EQ(same.epoch, 1);
  Producer repeated = p;  // the answer was lost
  EXPECT_EQ(Init(&repeated, true), kNone);
  EXPECT_EQ(repeated.epoch, 1);
  Made("a");  // somebody else: epoch 2
  EXPECT_EQ(Init(&repeated, true), kProducerFenced);
  Producer foreign{"a", p.producer_id + 5, 2};
  EXPECT_EQ(Init(&foreign, true), kProducerFenced);
  Producer current{"a", p.producer_id, 2};
  ASSERT_EQ(coordinator_->AddPartitions(current, {kT0}), kNone);
  EXPECT_EQ(Init(&p, true), kProducerFenced);
  EXPECT_EQ(State("a"), "Ongoing");  // a fenced one cannot abort the transaction of another
}

TEST_F(TransactionCoordinatorTest, WhenTheEpochsAreUsedUpThereIsANewProducerId) {
  Producer p = Made("a");
  store_.transactions["a"].epoch = INT16_MAX - 2;
  Restart();
  p.epoch = INT16_MAX - 2;
  ASSERT_EQ(Init(&p, true), kNone);
  EXPECT_EQ(p.epoch, INT16_MAX - 1);
  Producer next = p;
  ASSERT_EQ(Init(&next, true), kNone);
  EXPECT_NE(next.producer_id, p.producer_id);
  EXPECT_EQ(next.epoch, 0);
  Producer repeated = p;
  ASSERT_EQ(Init(&repeated, true), kNone);
  EXPECT_EQ(repeated.producer_id, next.producer_id);
  EXPECT_EQ(repeated.epoch, 0);
  EXPECT_EQ(coordinator_->AddPartitions(p, {kT0}), kInvalidProducerIdMapping);

  store_.transactions["a"].epoch = INT16_MAX - 1;
  Restart();
  next.epoch = INT16_MAX - 1;
  ASSERT_EQ(coordinator_->AddPartitions(next, {kT0}), kNone);
  const Producer other = Made("a");  // the abort takes the last epoch
  EXPECT_EQ(partitions_.written.back().marker.producer_epoch, INT16_MAX);
  EXPECT_NE(other.producer_id, next.producer_id);
  EXPECT_EQ(other.epoch, 0);
}

TEST_F(TransactionCoordinatorTest, TimeoutsHaveALimit) {
  Producer p{"a"};
  EXPECT_EQ(Init(&p, false, 0), kInvalidTransactionTimeout);
  EXPECT_EQ(Init(&p, false, 24 * 3600 * 1000 + 1), kInvalidTransactionTimeout);
  EXPECT_EQ(Init(&p, false, 3600 * 1000), kNone);  // Flink's default
  Producer nameless{""};
  EXPECT_EQ(Init(&nameless), kInvalidRequest);
}

TEST_F(TransactionCoordinatorTest, ATransactionThatIsOpenForTooLongIsAborted) {
  const Producer p = Made("a");
  const Producer idle = Made("b");
  ASSERT_EQ(coordinator_->AddPartitions(p, {kT0}), kNone);
  ASSERT_EQ(coordinator_->AddGroup(p, "g"), kNone);
  ASSERT_EQ(coordinator_->StageOffsets(p, "g", {{kT0, {5}}}), kNone);
  EXPECT_EQ(coordinator_->NextDeadline(), clock_.MonotonicNanos() / 1'000'000 + kTimeout);
  Pass(kTimeout - 1);
  EXPECT_EQ(State("a"), "Ongoing");
  Pass(1);
  EXPECT_EQ(State("a"), "CompleteAbort");
  EXPECT_EQ(partitions_.written, (std::vector<FakePartitions::Written>{{kT0, Marker(p, false, 1)}}));
  EXPECT_EQ(End(p, true), kProducerFenced);
  EXPECT_TRUE(store_.offsets.empty());
  EXPECT_EQ(coordinator_->AddPartitions(idle, {kT0}), kNone);
}

TEST_F(TransactionCoordinatorTest, ARestartFinishesWhatWasDecidedAndKeepsWhatIsOpen) {
  const Producer p = Made("a"), q = Made("b");
  ASSERT_EQ(coordinator_->AddPartitions(p, {kT0, kT1}), kNone);
  ASSERT_EQ(coordinator_->AddGroup(p, "g"), kNone);
  ASSERT_EQ(coordinator_->StageOffsets(p, "g", {{kT0, {5}}}), kNone);
  ASSERT_EQ(coordinator_->AddPartitions(q, {kU0}), kNone);
  partitions_.hold = true;
  EXPECT_EQ(End(p, true), std::nullopt);
  partitions_ = FakePartitions();
  clock_.Advance(20'000);
  Restart();
  EXPECT_EQ(partitions_.written,
            (std::vector<FakePartitions::Written>{{kT0, Marker(p, true)}, {kT1, Marker(p, true)}}));
  EXPECT_EQ(store_.offsets["g"].at(kT0).offset, 5);
  EXPECT_EQ(End(p, true), kNone);
  EXPECT_EQ(State("b"), "Ongoing");
  EXPECT_EQ(partitions_.begun[kU0][q.producer_id], q.epoch);
  Pass(kTimeout - 20'001);
  EXPECT_EQ(State("b"), "Ongoing");
  Pass(1);
  EXPECT_EQ(State("b"), "CompleteAbort");
}

// Flink: the job that comes back commits what the one before had prepared, with nothing but its id and epoch.
TEST_F(TransactionCoordinatorTest, AnotherConnectionMayEndTheTransactionAfterARestart) {
  const Producer p = Made("sink-0-1");
  ASSERT_EQ(coordinator_->AddPartitions(p, {kT0}), kNone);
  Restart();
  EXPECT_EQ(End(Producer{"sink-0-1", p.producer_id, p.epoch}, true), kNone);
  EXPECT_EQ(End(Producer{"sink-0-1", p.producer_id, p.epoch}, true), kNone);
  EXPECT_EQ(State("sink-0-1"), "CompleteCommit");
}

TEST_F(TransactionCoordinatorTest, WhatNobodyKnowsIsAbortedAtTheStart) {
  const Producer p = Made("a");
  ASSERT_EQ(coordinator_->AddPartitions(p, {kT0}), kNone);
  partitions_.open = {{kT0, {.id = p.producer_id, .epoch = p.epoch, .open_transaction_from = 3}},
                      {kT1, {.id = p.producer_id, .epoch = p.epoch, .open_transaction_from = 3}},
                      {kU0, {.id = 5, .epoch = 9, .open_transaction_from = 0}}};
  Restart();
  EXPECT_EQ(partitions_.written,
            (std::vector<FakePartitions::Written>{{kT1, Marker(p, false)}, {kU0, {5, 9, false, 0}}}));
}

TEST_F(TransactionCoordinatorTest, UnusedIdsAreForgotten) {
  Made("a");
  const Producer open = Made("b");
  Producer long_lived{"b", open.producer_id, open.epoch};
  ASSERT_EQ(Init(&long_lived, true, 24 * 3600 * 1000), kNone);
  const int64_t week = TransactionSettings().id_expiration_ms;
  Pass(week - 3'600'000);
  ASSERT_EQ(coordinator_->AddPartitions(long_lived, {kT0}), kNone);
  EXPECT_EQ(State("a"), "Empty");
  Pass(3'600'000);
  EXPECT_EQ(State("a"), "TRANSACTIONAL_ID_NOT_FOUND");
  EXPECT_FALSE(store_.transactions.contains("a"));
  EXPECT_EQ(State("b"), "Ongoing");
}

TEST_F(TransactionCoordinatorTest, ADeletedTopicNeedsNoMarker) {
  const Producer p = Made("a");
  ASSERT_EQ(coordinator_->AddPartitions(p, {kT0, kU0}), kNone);
  ASSERT_EQ(coordinator_->AddGroup(p, "g"), kNone);
  ASSERT_EQ(coordinator_->StageOffsets(p, "g", {{kT0, {5}}, {kU0, {6}}}), kNone);
  coordinator_->OnTopicDeleted("t");
  EXPECT_EQ(End(p, true), kNone);
  EXPECT_EQ(partitions_.written, (std::vector<FakePartitions::Written>{{kU0, Marker(p, true)}}));
  EXPECT_FALSE(store_.offsets["g"].contains(kT0));
  EXPECT_TRUE(store_.offsets["g"].contains(kU0));
}

TEST_F(TransactionCoordinatorTest, AdministratorsSeeStatesProducersAndDurations) {
  const Producer p = Made("a"), q = Made("b");
  ASSERT_EQ(coordinator_->AddPartitions(p, {kT0, kT1, kU0}), kNone);
  clock_.Advance(5'000);
  kafka::DescribeTransactionsRequest describe;
  describe.transactional_ids = {"a", "nobody", ""};
  const auto described = coordinator_->Describe(describe).transaction_states;
  EXPECT_EQ(described.at(0).transaction_state, "Ongoing");
  EXPECT_EQ(described.at(0).transaction_timeout_ms, kTimeout);
  EXPECT_EQ(described.at(0).transaction_start_time_ms, kNow);
  EXPECT_EQ(described.at(0).producer_id, p.producer_id);
  ASSERT_EQ(described.at(0).topics.size(), 2u);
  EXPECT_EQ(described.at(0).topics.at(0).partitions, (std::vector<int32_t>{0, 1}));
  EXPECT_EQ(described.at(1).error_code, Code(kTransactionalIdNotFound));
  EXPECT_EQ(described.at(2).error_code, Code(kInvalidRequest));

  const auto list = [&](kafka::ListTransactionsRequest request) {
    std::string ids;
    for (const auto& each : coordinator_->List(request).transaction_states) ids += each.transactional_id;
    return ids;
  };
  kafka::ListTransactionsRequest request;
  request.duration_filter = -1;
  EXPECT_EQ(list(request), "ab");
  request.state_filters = {"Ongoing", "Dreaming"};
  EXPECT_EQ(list(request), "a");
  EXPECT_EQ(coordinator_->List(request).unknown_state_filters, std::vector<std::string>{"Dreaming"});
  request.state_filters.clear();
  request.producer_id_filters = {q.producer_id};
  EXPECT_EQ(list(request), "b");
  request.producer_id_filters.clear();
  request.duration_filter = 4'999;
  EXPECT_EQ(list(request), "a");
  request.duration_filter = 5'000;
  EXPECT_EQ(list(request), "");
}

}  // namespace
}  // namespace millrace::broker
