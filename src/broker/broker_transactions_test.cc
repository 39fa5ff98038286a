// Transactions over the wire.
#include <gtest/gtest.h>

#include "broker/broker_test_fixture.h"
#include "kafka/protocol/messages/groups.h"
#include "kafka/protocol/messages/offsets.h"
#include "kafka/protocol/messages/topics.h"
#include "kafka/protocol/messages/transactions.h"

namespace millrace::broker {
namespace {

using enum kafka::ErrorCode;
using kafka::Code;

class BrokerTransactionsTest : public BrokerTest {
 public:
  BrokerTransactionsTest() { options_.clock = &clock_; }
  ~BrokerTransactionsTest() override {
    client_.reset();
    broker_.reset();  // before its clock
  }

 protected:
  kafka::InitProducerIdResponse Init(const std::string& id, int16_t version = 4, int32_t timeout = 60'000) {
    kafka::InitProducerIdRequest request;
    request.transactional_id = id;
    request.transaction_timeout_ms = timeout;
    return client_->Call<kafka::InitProducerIdResponse>(request, version);
  }
  Producer Made(const std::string& id) {
    const auto response = Init(id);
    EXPECT_EQ(response.error_code, 0);
    return {response.producer_id, response.producer_epoch, 0, true};
  }
  int16_t Add(const std::string& id, const Producer& producer, std::vector<int32_t> partitions, int16_t version = 3,
              const std::string& topic = "t") {
    kafka::AddPartitionsToTxnRequest request{id, producer.id, producer.epoch, {{topic, std::move(partitions)}}};
    return client_->Call<kafka::AddPartitionsToTxnResponse>(request, version).results.at(0).results.at(0).error_code;
  }
  int16_t Write(Producer* producer, int32_t partition, const std::string& value) {
    const auto done = Produce(*client_, "t", partition, Batch({value}, *producer));
    if (done.error_code == 0) ++producer->sequence;
    return done.error_code;
  }
  int16_t End(const std::string& id, const Producer& producer, bool committed, int16_t version = 3) {
    return client_
        ->Call<kafka::EndTxnResponse>(kafka::EndTxnRequest{id, producer.id, producer.epoch, committed}, version)
        .error_code;
  }
  static kafka::FetchRequest CommittedRequest(int32_t partition, int64_t offset, int32_t max_wait_ms = 0) {
    auto request = FetchRequestOf("t", partition, offset, max_wait_ms);
    request.isolation_level = 1;
    return request;
  }
  kafka::FetchResponse::Topic::Partition FetchCommitted(int32_t partition, int64_t offset = 0) {
    return client_->Call<kafka::FetchResponse>(CommittedRequest(partition, offset), 11).topics.at(0).partitions.at(0);
  }
  int16_t AddGroup(const std::string& id, const Producer& producer, const std::string& group) {
    return client_
        ->Call<kafka::AddOffsetsToTxnResponse>(kafka::AddOffsetsToTxnRequest{id, producer.id, producer.epoch, group}, 3)
        .error_code;
  }
  kafka::TxnOffsetCommitRequest StageRequest(const std::string& id, const Producer& producer, int64_t offset) {
    kafka::TxnOffsetCommitRequest request;
    request.transactional_id = id;
    request.group_id = "g";
    request.producer_id = producer.id;
    request.producer_epoch = producer.epoch;
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    topic.partitions.push_back({.partition_index = 0, .committed_offset = offset});
    return request;
  }
  int16_t Stage(const kafka::TxnOffsetCommitRequest& request, int16_t version = 3) {
    return client_->Call<kafka::TxnOffsetCommitResponse>(request, version).topics.at(0).partitions.at(0).error_code;
  }
  std::pair<int64_t, int16_t> CommittedOffset(bool stable) {
    kafka::OffsetFetchRequest request;
    request.group_id = "g";
    request.topics.emplace().push_back({"t", {0}});
    request.require_stable = stable;
    const auto partition = client_->Call<kafka::OffsetFetchResponse>(request, 7).topics.at(0).partitions.at(0);
    return {partition.committed_offset, partition.error_code};
  }

  void Begin() {
    Start();
    client_ = std::make_unique<TestClient>(port());
    Metadata(*client_, {"t"}, true);
  }
  void Restart() {
    client_.reset();
    broker_.reset();
    Begin();
  }

  ManualClock clock_{10'000};  // near the times in the batches
  std::unique_ptr<TestClient> client_;
};

TEST_F(BrokerTransactionsTest, CommittedRecordsShowAndAbortedOnesAreNamed) {
  Begin();
  Producer p = Made("a");
  EXPECT_EQ(Write(&p, 0, "early"), Code(kInvalidTxnState));
  ASSERT_EQ(Add("a", p, {0, 1}), 0);
  ASSERT_EQ(Write(&p, 0, "x"), 0);
  auto fetched = FetchCommitted(0);
  EXPECT_TRUE(fetched.records->bytes.empty());
  EXPECT_EQ(fetched.last_stable_offset, 0);
  EXPECT_EQ(fetched.high_watermark, 1);
  ASSERT_EQ(End("a", p, true), 0);
  fetched = FetchCommitted(0);
  EXPECT_EQ(fetched.last_stable_offset, 2);  // the record and the marker
  EXPECT_EQ(Values(fetched.records->bytes).at(0), "x");
  ASSERT_TRUE(fetched.aborted_transactions.has_value());
  EXPECT_TRUE(fetched.aborted_transactions->empty());
  EXPECT_EQ(FetchCommitted(1).high_watermark, 1);  // a marker alone

  ASSERT_EQ(Add("a", p, {0}), 0);
  ASSERT_EQ(Write(&p, 0, "y"), 0);
  ASSERT_EQ(End("a", p, false), 0);
  fetched = FetchCommitted(0);
  ASSERT_EQ(fetched.aborted_transactions->size(), 1u);
  EXPECT_EQ(fetched.aborted_transactions->at(0).producer_id, p.id);
  EXPECT_EQ(fetched.aborted_transactions->at(0).first_offset, 2);
  EXPECT_EQ(FetchCommitted(0, 4).aborted_transactions->size(), 0u);
  const auto all = client_->Call<kafka::FetchResponse>(FetchRequestOf("t", 0, 0), 11).topics.at(0).partitions.at(0);
  EXPECT_FALSE(all.aborted_transactions.has_value());
}

TEST_F(BrokerTransactionsTest, AWaitingReaderIsAnsweredByTheEndOfTheTransaction) {
  Begin();
  Producer p = Made("a");
  ASSERT_EQ(Add("a", p, {0}), 0);
  TestClient reader(port());
  const int32_t waiting = reader.Send(CommittedRequest(0, 0, 15'000), 11);
  ASSERT_EQ(Write(&p, 0, "x"), 0);
  ASSERT_EQ(End("a", p, true), 0);
  const auto fetched = reader.Receive<kafka::FetchResponse>(waiting, 11);
  EXPECT_EQ(Values(fetched.topics.at(0).partitions.at(0).records->bytes).at(0), "x");
}

TEST_F(BrokerTransactionsTest, OffsetsAreListedUpToTheLastStableOne) {
  Begin();
  Produce(*client_, "t", 0, Batch({"plain"}));
  Producer p = Made("a");
  ASSERT_EQ(Add("a", p, {0}), 0);
  ASSERT_EQ(Write(&p, 0, "x"), 0);
  const auto list = [&](int64_t timestamp, int8_t isolation) {
    kafka::ListOffsetsRequest request;
    request.isolation_level = isolation;
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    topic.partitions.push_back({.partition_index = 0, .timestamp = timestamp});
    return client_->Call<kafka::ListOffsetsResponse>(request, 7).topics.at(0).partitions.at(0).offset;
  };
  EXPECT_EQ(list(-1, 0), 2);
  EXPECT_EQ(list(-1, 1), 1);
  EXPECT_EQ(list(0, 1), 0);
  EXPECT_EQ(list(-3, 0), 0);
  ASSERT_EQ(End("a", p, true), 0);
  EXPECT_EQ(list(-1, 1), 3);
  EXPECT_EQ(list(1'001, 1), 2);  // the marker is the first one so late
  ASSERT_EQ(Add("a", p, {0}), 0);
  ASSERT_EQ(Write(&p, 0, "y"), 0);
  EXPECT_EQ(list(10'001, 1), -1);
}

TEST_F(BrokerTransactionsTest, FencedProducersAreToldInTheWordsOfTheirVersion) {
  Begin();
  Producer old = Made("a");
  ASSERT_EQ(Add("a", old, {0}), 0);
  ASSERT_EQ(Write(&old, 0, "x"), 0);
  const Producer fresh = Made("a");
  EXPECT_EQ(fresh.id, old.id);
  EXPECT_GT(fresh.epoch, old.epoch);
  EXPECT_EQ(Add("a", old, {0}), Code(kProducerFenced));
  EXPECT_EQ(Add("a", old, {0}, 1), Code(kInvalidProducerEpoch));
  EXPECT_EQ(End("a", old, true), Code(kProducerFenced));
  EXPECT_EQ(End("a", old, true, 1), Code(kInvalidProducerEpoch));
  EXPECT_EQ(Write(&old, 0, "y"), Code(kInvalidProducerEpoch));
  kafka::InitProducerIdRequest named;
  named.transactional_id = "a";
  named.transaction_timeout_ms = 1000;
  named.producer_id = old.id;
  named.producer_epoch = old.epoch;
  EXPECT_EQ(client_->Call<kafka::InitProducerIdResponse>(named, 4).error_code, Code(kProducerFenced));
  EXPECT_EQ(client_->Call<kafka::InitProducerIdResponse>(named, 3).error_code, Code(kInvalidProducerEpoch));
  EXPECT_EQ(Init("b", 4, 25 * 3600 * 1000).error_code, Code(kInvalidTransactionTimeout));
  EXPECT_EQ(FetchCommitted(0).aborted_transactions->size(), 1u);
}

TEST_F(BrokerTransactionsTest, OneMissingPartitionStopsTheOthers) {
  Begin();
  const Producer p = Made("a");
  kafka::AddPartitionsToTxnRequest request{"a", p.id, p.epoch, {{"t", {0}}, {"missing", {0}}}};
  const auto results = client_->Call<kafka::AddPartitionsToTxnResponse>(request, 3).results;
  EXPECT_EQ(results.at(0).results.at(0).error_code, Code(kOperationNotAttempted));
  EXPECT_EQ(results.at(1).results.at(0).error_code, Code(kUnknownTopicOrPartition));
  EXPECT_EQ(Add("a", Producer{p.id + 1, 0}, {0}), Code(kInvalidProducerIdMapping));
}

TEST_F(BrokerTransactionsTest, OffsetsOfAGroupComeWithTheCommit) {
  Begin();
  const Producer p = Made("a");
  EXPECT_EQ(Stage(StageRequest("a", p, 5)), Code(kInvalidTxnState));
  EXPECT_EQ(AddGroup("a", p, ""), Code(kInvalidGroupId));
  ASSERT_EQ(AddGroup("a", p, "g"), 0);
  ASSERT_EQ(Stage(StageRequest("a", p, 5)), 0);
  EXPECT_EQ(CommittedOffset(false), std::pair(int64_t{-1}, Code(kNone)));
  EXPECT_EQ(CommittedOffset(true), std::pair(int64_t{-1}, Code(kUnstableOffsetCommit)));
  ASSERT_EQ(End("a", p, true), 0);
  EXPECT_EQ(CommittedOffset(true), std::pair(int64_t{5}, Code(kNone)));
  kafka::ListGroupsRequest list;
  EXPECT_EQ(client_->Call<kafka::ListGroupsResponse>(list, 4).groups.size(), 1u);

  auto request = StageRequest("a", p, 9);
  ASSERT_EQ(AddGroup("a", p, "g"), 0);
  request.generation_id = 3;
  request.member_id = "m";
  EXPECT_EQ(Stage(request), Code(kUnknownMemberId));
  request.group_id = "nobody";
  EXPECT_EQ(Stage(request), Code(kIllegalGeneration));
  request = StageRequest("a", p, 9);
  request.producer_epoch = 7;
  EXPECT_EQ(Stage(request), Code(kInvalidProducerEpoch));
  request = StageRequest("a", p, 9);
  request.topics[0].name = "missing";
  EXPECT_EQ(Stage(request), Code(kUnknownTopicOrPartition));
  ASSERT_EQ(Stage(StageRequest("a", p, 9), 2), 0);
  ASSERT_EQ(End("a", p, false), 0);
  EXPECT_EQ(CommittedOffset(true), std::pair(int64_t{5}, Code(kNone)));
}

// Flink's sink after a restart: EndTxn on a new connection with the id and epoch of its checkpoint, nothing before it.
TEST_F(BrokerTransactionsTest, APreparedTransactionIsCommittedAfterARestartOfBoth) {
  for (const bool flush_always : {false, true}) {
    SCOPED_TRACE(flush_always);
    options_.flush_always = flush_always;
    const std::string id = flush_always ? "sink-1" : "sink-0";
    const int32_t partition = flush_always ? 1 : 0;
    Restart();
    Producer p = Made(id);
    ASSERT_EQ(Add(id, p, {partition}), 0);
    ASSERT_EQ(Write(&p, partition, "x"), 0);
    ASSERT_EQ(AddGroup(id, p, "g"), 0);
    ASSERT_EQ(Stage(StageRequest(id, p, 5 + partition)), 0);
    Restart();
    EXPECT_EQ(FetchCommitted(partition).last_stable_offset, 0);
    ASSERT_EQ(Write(&p, partition, "y"), 0);  // still part of it
    ASSERT_EQ(End(id, p, true), 0);
    EXPECT_EQ(End(id, p, true), 0);
    EXPECT_EQ(End(id, p, false), Code(kInvalidTxnState));
    EXPECT_EQ(Values(FetchCommitted(partition).records->bytes).size(), 3u);
    Restart();
    EXPECT_EQ(End(id, p, true), 0);
    EXPECT_EQ(CommittedOffset(true), std::pair(int64_t{5 + partition}, Code(kNone)));
  }
}

TEST_F(BrokerTransactionsTest, AnAbandonedTransactionIsAbortedInTime) {
  Begin();
  const auto made = Init("a", 4, 20);
  Producer p{made.producer_id, made.producer_epoch, 0, true};
  ASSERT_EQ(Add("a", p, {0}), 0);
  ASSERT_EQ(Write(&p, 0, "x"), 0);
  TestClient reader(port());
  const int32_t waiting = reader.Send(CommittedRequest(0, 0, 15'000), 11);
  clock_.Advance(20);
  const auto fetched = reader.Receive<kafka::FetchResponse>(waiting, 11).topics.at(0).partitions.at(0);
  EXPECT_EQ(fetched.aborted_transactions->size(), 1u);
  EXPECT_EQ(End("a", p, true), Code(kProducerFenced));
}

TEST_F(BrokerTransactionsTest, TransactionsAndProducersAreDescribed) {
  Begin();
  Producer p = Made("a");
  ASSERT_EQ(Add("a", p, {0}), 0);
  ASSERT_EQ(Write(&p, 0, "x"), 0);
  kafka::DescribeTransactionsRequest describe;
  describe.transactional_ids = {"a"};
  const auto state = client_->Call<kafka::DescribeTransactionsResponse>(describe, 0).transaction_states.at(0);
  EXPECT_EQ(state.transaction_state, "Ongoing");
  EXPECT_EQ(state.topics.at(0).topic, "t");
  kafka::ListTransactionsRequest list;
  list.state_filters = {"Ongoing"};
  EXPECT_EQ(client_->Call<kafka::ListTransactionsResponse>(list, 1).transaction_states.size(), 1u);
  kafka::DescribeProducersRequest producers;
  producers.topics.push_back({"t", {0, 9}});
  const auto partitions = client_->Call<kafka::DescribeProducersResponse>(producers, 0).topics.at(0).partitions;
  ASSERT_EQ(partitions.at(0).active_producers.size(), 1u);
  EXPECT_EQ(partitions.at(0).active_producers.at(0).producer_id, p.id);
  EXPECT_EQ(partitions.at(0).active_producers.at(0).current_txn_start_offset, 0);
  EXPECT_EQ(partitions.at(1).error_code, Code(kUnknownTopicOrPartition));
}

TEST_F(BrokerTransactionsTest, TheLongestTimeoutIsASetting) {
  options_.configs["transaction.max.timeout.ms"] = "5000";
  Begin();
  EXPECT_EQ(Init("a", 4, 5001).error_code, Code(kInvalidTransactionTimeout));
  EXPECT_EQ(Init("a", 4, 5000).error_code, 0);
  broker_.reset();
  options_.configs["transaction.max.timeout.ms"] = "soon";
  const auto refused = Broker::Start(options_);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("transaction.max.timeout.ms"), std::string::npos);
}

}  // namespace
}  // namespace millrace::broker
