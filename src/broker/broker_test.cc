#include "broker/broker.h"

#include <filesystem>
#include <future>

#include <gtest/gtest.h>

#include "broker/broker_test_fixture.h"
#include "kafka/protocol/errors.h"
#include "kafka/protocol/messages/cluster.h"
#include "kafka/protocol/messages/configs.h"
#include "kafka/protocol/messages/fetch.h"
#include "kafka/protocol/messages/groups.h"
#include "kafka/protocol/messages/offsets.h"
#include "kafka/protocol/messages/produce.h"
#include "kafka/protocol/messages/topics.h"
#include "kafka/protocol/messages/transactions.h"
#include "kafka/protocol/record_batch.h"

namespace millrace::broker {
namespace {

using kafka::Code;
using kafka::ErrorCode;

TEST_F(BrokerTest, ApiVersionsListsTheHandlersAndAnswersUnknownVersionsInVersionZero) {
  Start();
  TestClient client(port());
  kafka::ApiVersionsRequest request;
  request.client_software_name = "test";
  request.client_software_version = "1.0";
  const auto response = client.Call<kafka::ApiVersionsResponse>(request, 3);
  EXPECT_EQ(response.error_code, 0);
  EXPECT_GE(response.api_keys.size(), 28u);
  EXPECT_EQ(response.api_keys[0].api_key, 0);
  EXPECT_EQ(response.api_keys[0].min_version, 0);

  const int32_t correlation = client.Send(request, 4);
  const std::string frame = client.ReceiveFrame();
  kafka::Reader in(frame);
  EXPECT_EQ(in.Int32(), correlation);
  kafka::ApiVersionsResponse refused;
  refused.Decode(in, 0);
  EXPECT_EQ(refused.error_code, Code(ErrorCode::kUnsupportedVersion));
  ASSERT_EQ(refused.api_keys.size(), 1u);
  EXPECT_EQ(refused.api_keys[0].max_version, 3);

  request.client_software_name = "-bad-";
  EXPECT_EQ(client.Call<kafka::ApiVersionsResponse>(request, 3).error_code, Code(ErrorCode::kInvalidRequest));
}

TEST_F(BrokerTest, UnsupportedApisAndBrokenRequestsCloseTheConnection) {
  Start();
  {
    TestClient client(port());
    client.SendFrame(std::string("\x03\xe7\x00\x00\x00\x00\x00\x01\xff\xff", 10));  // key 999
    EXPECT_TRUE(client.IsClosedByPeer());
  }
  {
    TestClient client(port());
    client.SendFrame(
        std::string("\x00\x03\x00\x01\x00\x00\x00\x01\xff\xff\x7f\xff\xff\xff", 14));  // Metadata of 2^31 topics
    EXPECT_TRUE(client.IsClosedByPeer());
  }
  {
    TestClient client(port());
    client.SendFrame("abc");
    EXPECT_TRUE(client.IsClosedByPeer());
  }
  {
    TestClient client(port());
    client.SendRaw("GET / HTTP/1.1\r\n\r\n");  // as a length: 1.2 GB
    EXPECT_TRUE(client.IsClosedByPeer());
  }
  TestClient client(port());
  EXPECT_EQ(Metadata(client, {}, false).brokers.size(), 1u);
}

TEST_F(BrokerTest, MetadataCreatesTopicsOnlyWhenAskedTo) {
  Start();
  TestClient client(port());
  EXPECT_EQ(Metadata(client, {"made"}, false).topics.at(0).error_code, Code(ErrorCode::kUnknownTopicOrPartition));
  const auto created = Metadata(client, {"made"}, true);
  EXPECT_EQ(created.topics.at(0).error_code, 0);
  EXPECT_EQ(created.topics.at(0).partitions.size(), 2u);
  EXPECT_EQ(created.topics.at(0).partitions.at(0).leader_id, created.brokers.at(0).node_id);
  EXPECT_EQ(created.brokers.at(0).port, port());
  EXPECT_EQ(Metadata(client, {"bad/name"}, true).topics.at(0).error_code, Code(ErrorCode::kInvalidTopic));
  kafka::MetadataRequest all;
  EXPECT_EQ(client.Call<kafka::MetadataResponse>(all, 12).topics.size(), 1u);
  EXPECT_FALSE(client.Call<kafka::MetadataResponse>(all, 12).topics.at(0).topic_id.IsZero());
  kafka::MetadataRequest none;
  none.topics.emplace();
  EXPECT_EQ(client.Call<kafka::MetadataResponse>(none, 1).topics.size(), 0u);
  EXPECT_EQ(client.Call<kafka::MetadataResponse>(none, 0).topics.size(), 1u);
}

TEST_F(BrokerTest, EachListenerTellsItsOwnAddress) {
  ListenerOptions second;
  second.port = 0;
  second.advertised_host = "broker.example";
  second.advertised_port = 1234;
  options_.listeners.push_back(second);
  Start();
  TestClient a(port(0)), b(port(1));
  EXPECT_EQ(Metadata(a, {}, false).brokers.at(0).host, "127.0.0.1");
  EXPECT_EQ(Metadata(b, {}, false).brokers.at(0).host, "broker.example");
  EXPECT_EQ(Metadata(b, {}, false).brokers.at(0).port, 1234);
}

TEST_F(BrokerTest, WhatIsProducedIsFetched) {
  Start();
  TestClient client(port());
  Metadata(client, {"t"}, true);
  for (const auto compression : {codec::Compression::kNone, codec::Compression::kGzip, codec::Compression::kSnappy,
                                 codec::Compression::kLz4, codec::Compression::kZstd}) {
    const auto done = Produce(client, "t", 0, Batch({"a", "b"}, {}, compression));
    EXPECT_EQ(done.error_code, 0) << done.error_message.value_or("");
  }
  EXPECT_EQ(Produce(client, "t", 0, Batch({"c"})).base_offset, 10);
  const auto fetched = client.Call<kafka::FetchResponse>(FetchRequestOf("t", 0, 0), 11).topics.at(0).partitions.at(0);
  EXPECT_EQ(fetched.error_code, 0);
  EXPECT_EQ(fetched.high_watermark, 11);
  EXPECT_EQ(Values(fetched.records->bytes),
            (std::vector<std::string>{"a", "b", "a", "b", "a", "b", "a", "b", "a", "b", "c"}));
  const auto old = client.Call<kafka::FetchResponse>(FetchRequestOf("t", 0, 8), 9).topics.at(0).partitions.at(0);
  EXPECT_EQ(old.error_code, Code(ErrorCode::kUnsupportedCompressionType));
  const auto beyond = client.Call<kafka::FetchResponse>(FetchRequestOf("t", 0, 12), 11).topics.at(0).partitions.at(0);
  EXPECT_EQ(beyond.error_code, Code(ErrorCode::kOffsetOutOfRange));
}

TEST_F(BrokerTest, BadBatchesAreRefusedPerPartition) {
  Start();
  TestClient client(port());
  Metadata(client, {"t"}, true);
  std::string damaged = Batch({"a"});
  damaged.back() ^= 1;
  EXPECT_EQ(Produce(client, "t", 0, damaged).error_code, Code(ErrorCode::kCorruptMessage));
  EXPECT_EQ(Produce(client, "t", 7, Batch({"a"})).error_code, Code(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_EQ(Produce(client, "missing", 0, Batch({"a"})).error_code, Code(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_EQ(Produce(client, "t", 0, Batch({"a"}, {}, codec::Compression::kZstd), 6).error_code,
            Code(ErrorCode::kUnsupportedCompressionType));
  EXPECT_EQ(Produce(client, "t", 0, "").error_code, Code(ErrorCode::kInvalidRecord));
  auto request = ProduceRequestOf("t", 0, "", 2);
  const std::string batch = Batch({"a"});
  request.topics[0].partitions[0].records = kafka::Records{batch, nullptr};
  EXPECT_EQ(client.Call<kafka::ProduceResponse>(request, 9).topics[0].partitions[0].error_code,
            Code(ErrorCode::kInvalidRequiredAcks));
}

TEST_F(BrokerTest, IdempotentRetriesAreStoredOnce) {
  Start();
  TestClient client(port());
  Metadata(client, {"t"}, true);
  const auto id = client.Call<kafka::InitProducerIdResponse>(kafka::InitProducerIdRequest{}, 4);
  ASSERT_EQ(id.error_code, 0);
  const std::string first = Batch({"a", "b"}, {id.producer_id, id.producer_epoch, 0});
  EXPECT_EQ(Produce(client, "t", 0, first).base_offset, 0);
  const auto again = Produce(client, "t", 0, first);
  EXPECT_EQ(again.error_code, 0);
  EXPECT_EQ(again.base_offset, 0);
  EXPECT_EQ(Produce(client, "t", 0, Batch({"x"}, {id.producer_id, id.producer_epoch, 5})).error_code,
            Code(ErrorCode::kOutOfOrderSequenceNumber));
  EXPECT_EQ(Produce(client, "t", 0, Batch({"c"}, {id.producer_id, id.producer_epoch, 2})).base_offset, 2);
}

TEST_F(BrokerTest, AcksZeroHasNoAnswerAndErrorsCloseTheConnection) {
  Start();
  TestClient client(port());
  Metadata(client, {"t"}, true);
  const std::string batch = Batch({"a"});
  client.Send(ProduceRequestOf("t", 0, batch, 0), 9);
  EXPECT_EQ(Produce(client, "t", 0, batch).base_offset, 1);  // the next answer is the next request's
  client.Send(ProduceRequestOf("missing", 0, batch, 0), 9);
  EXPECT_TRUE(client.IsClosedByPeer());
}

TEST_F(BrokerTest, ALongPollIsAnsweredByTheNextAppend) {
  Start();
  TestClient reader(port()), writer(port());
  Metadata(reader, {"t"}, true);
  const int32_t waiting = reader.Send(FetchRequestOf("t", 0, 0, 15'000), 11);
  EXPECT_EQ(Produce(writer, "t", 1, Batch({"other partition"})).error_code, 0);
  EXPECT_EQ(Produce(writer, "t", 0, Batch({"hello"})).error_code, 0);
  const auto fetched = reader.Receive<kafka::FetchResponse>(waiting, 11);
  EXPECT_EQ(Values(fetched.topics.at(0).partitions.at(0).records->bytes), std::vector<std::string>{"hello"});
}

TEST_F(BrokerTest, ALongPollEndsWithItsTime) {
  Start();
  TestClient client(port());
  Metadata(client, {"t"}, true);
  const auto fetched = client.Call<kafka::FetchResponse>(FetchRequestOf("t", 0, 0, 20), 11);
  EXPECT_TRUE(fetched.topics.at(0).partitions.at(0).records->bytes.empty());
  auto request = FetchRequestOf("t", 0, 0);
  request.session_id = 5;
  EXPECT_EQ(client.Call<kafka::FetchResponse>(request, 11).error_code, Code(ErrorCode::kFetchSessionIdNotFound));
}

TEST_F(BrokerTest, FetchLimitsAreSoftForTheFirstBatchOnly) {
  Start();
  TestClient client(port());
  Metadata(client, {"t"}, true);
  for (int i = 0; i < 3; ++i) Produce(client, "t", 0, Batch({std::string(1000, 'x')}));
  Produce(client, "t", 1, Batch({std::string(1000, 'y')}));
  auto request = FetchRequestOf("t", 0, 0);
  request.topics[0].partitions[0].partition_max_bytes = 10;
  request.topics[0].partitions.push_back({.partition = 1, .fetch_offset = 0, .partition_max_bytes = 10});
  const auto fetched = client.Call<kafka::FetchResponse>(request, 11).topics.at(0);
  EXPECT_EQ(Values(fetched.partitions.at(0).records->bytes).size(), 1u);
  EXPECT_TRUE(fetched.partitions.at(1).records->bytes.empty());
}

TEST_F(BrokerTest, RequestsOfOneConnectionAreAnsweredInOrder) {
  Start();
  TestClient client(port());
  Metadata(client, {"t"}, true);
  const int32_t fetch = client.Send(FetchRequestOf("t", 0, 0, 30), 11);
  const int32_t heartbeat = client.Send(kafka::HeartbeatRequest{"g", 1, "m", std::nullopt}, 4);
  kafka::MetadataRequest all;
  const int32_t metadata = client.Send(all, 9);
  client.Receive<kafka::FetchResponse>(fetch, 11);
  EXPECT_EQ(client.Receive<kafka::HeartbeatResponse>(heartbeat, 4).error_code, Code(ErrorCode::kUnknownMemberId));
  EXPECT_EQ(client.Receive<kafka::MetadataResponse>(metadata, 9).topics.size(), 1u);
}

TEST_F(BrokerTest, OffsetsAreListedByPositionAndByTime) {
  Start();
  TestClient client(port());
  Metadata(client, {"t"}, true);
  Produce(client, "t", 0, Batch({"a", "b", "c"}));  // at 1000, 1001, 1002
  const auto list = [&](int64_t timestamp, int16_t version = 7) {
    kafka::ListOffsetsRequest request;
    request.topics.emplace_back().name = "t";
    request.topics[0].partitions.push_back({.partition_index = 0, .timestamp = timestamp});
    return client.Call<kafka::ListOffsetsResponse>(request, version).topics.at(0).partitions.at(0);
  };
  EXPECT_EQ(list(-1).offset, 3);
  EXPECT_EQ(list(-2).offset, 0);
  EXPECT_EQ(list(-3).offset, 2);
  EXPECT_EQ(list(-3).timestamp, 1002);
  EXPECT_EQ(list(1001).offset, 1);
  EXPECT_EQ(list(2000).offset, -1);
  EXPECT_EQ(list(2000).error_code, 0);
  EXPECT_EQ(list(-1, 0).old_style_offsets, std::vector<int64_t>{3});
  kafka::OffsetForLeaderEpochRequest epochs;
  epochs.topics.emplace_back().topic = "t";
  epochs.topics[0].partitions.push_back({.partition = 0, .leader_epoch = 0});
  const auto epoch = client.Call<kafka::OffsetForLeaderEpochResponse>(epochs, 4).topics.at(0).partitions.at(0);
  EXPECT_EQ(epoch.leader_epoch, 0);
  EXPECT_EQ(epoch.end_offset, 3);
}

TEST_F(BrokerTest, TopicsAreCreatedGrownAndDeleted) {
  Start();
  TestClient client(port());
  kafka::CreateTopicsRequest create;
  create.topics.push_back(
      {.name = "made", .num_partitions = 3, .replication_factor = -1, .configs = {{"retention.ms", "1000"}}});
  create.topics.push_back({.name = "bad config", .num_partitions = 1, .replication_factor = 1});
  create.topics.push_back(
      {.name = "bad-config", .num_partitions = 1, .replication_factor = 1, .configs = {{"retention.ms", "x"}}});
  create.topics.push_back({.name = "none", .num_partitions = 0, .replication_factor = 1});
  create.topics.push_back(
      {.name = "assigned", .num_partitions = -1, .replication_factor = -1, .assignments = {{0, {9}}}});
  create.validate_only = true;
  EXPECT_EQ(client.Call<kafka::CreateTopicsResponse>(create, 7).topics.at(0).error_code, 0);
  create.validate_only = false;
  const auto made = client.Call<kafka::CreateTopicsResponse>(create, 7).topics;
  EXPECT_EQ(made.at(0).error_code, 0) << made.at(0).error_message.value_or("");
  EXPECT_EQ(made.at(0).num_partitions, 3);
  EXPECT_FALSE(made.at(0).topic_id.IsZero());
  EXPECT_EQ(made.at(1).error_code, Code(ErrorCode::kInvalidTopic));
  EXPECT_EQ(made.at(2).error_code, Code(ErrorCode::kInvalidConfig));
  EXPECT_EQ(made.at(3).error_code, Code(ErrorCode::kInvalidPartitions));
  EXPECT_EQ(made.at(4).error_code, Code(ErrorCode::kInvalidReplicaAssignment));
  EXPECT_EQ(client.Call<kafka::CreateTopicsResponse>(create, 7).topics.at(0).error_code,
            Code(ErrorCode::kTopicAlreadyExists));

  kafka::CreatePartitionsRequest grow;
  grow.topics.push_back({.name = "made", .count = 5});
  EXPECT_EQ(client.Call<kafka::CreatePartitionsResponse>(grow, 3).results.at(0).error_code, 0);
  EXPECT_EQ(client.Call<kafka::CreatePartitionsResponse>(grow, 3).results.at(0).error_code,
            Code(ErrorCode::kInvalidPartitions));
  EXPECT_EQ(Metadata(client, {"made"}, false).topics.at(0).partitions.size(), 5u);

  kafka::DeleteTopicsRequest remove;
  remove.topics.push_back({.name = std::nullopt, .topic_id = made.at(0).topic_id});
  EXPECT_EQ(client.Call<kafka::DeleteTopicsResponse>(remove, 6).responses.at(0).name, "made");
  EXPECT_EQ(client.Call<kafka::DeleteTopicsResponse>(remove, 6).responses.at(0).error_code,
            Code(ErrorCode::kUnknownTopicId));
}

TEST_F(BrokerTest, ReplicationFactorsAreTakenAsOneUnlessStrict) {
  options_.strict_replication_factor = true;
  Start();
  TestClient client(port());
  kafka::CreateTopicsRequest create;
  create.topics.push_back({.name = "t", .num_partitions = 1, .replication_factor = 3});
  EXPECT_EQ(client.Call<kafka::CreateTopicsResponse>(create, 7).topics.at(0).error_code,
            Code(ErrorCode::kInvalidReplicationFactor));
}

TEST_F(BrokerTest, RecordsAreDeletedUpToAnOffset) {
  Start();
  TestClient client(port());
  Metadata(client, {"t"}, true);
  for (int i = 0; i < 3; ++i) Produce(client, "t", 0, Batch({"x"}));
  const auto remove = [&](int64_t offset) {
    kafka::DeleteRecordsRequest request;
    request.topics.push_back({"t", {{0, offset}}});
    return client.Call<kafka::DeleteRecordsResponse>(request, 2).topics.at(0).partitions.at(0);
  };
  EXPECT_EQ(remove(4).error_code, Code(ErrorCode::kOffsetOutOfRange));
  EXPECT_EQ(remove(2).low_watermark, 2);
  EXPECT_EQ(client.Call<kafka::FetchResponse>(FetchRequestOf("t", 0, 1), 11).topics.at(0).partitions.at(0).error_code,
            Code(ErrorCode::kOffsetOutOfRange));
  EXPECT_EQ(remove(-1).low_watermark, 3);
}

TEST_F(BrokerTest, ConfigsAreDescribedAndChanged) {
  options_.configs["log.retention.ms"] = "5000";
  Start();
  TestClient client(port());
  Metadata(client, {"t"}, true);
  const auto describe = [&](int8_t type, std::string name, std::string key) {
    kafka::DescribeConfigsRequest request;
    request.resources.push_back({type, std::move(name), std::vector<std::string>{std::move(key)}});
    request.include_synonyms = true;
    return client.Call<kafka::DescribeConfigsResponse>(request, 4).results.at(0);
  };
  EXPECT_EQ(describe(2, "t", "retention.ms").configs.at(0).value, "5000");
  EXPECT_EQ(describe(2, "t", "retention.ms").configs.at(0).config_source, 4);
  EXPECT_EQ(describe(4, "1", "num.partitions").configs.at(0).value, "2");
  EXPECT_EQ(describe(2, "missing", "retention.ms").error_code, Code(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_EQ(describe(4, "2", "num.partitions").error_code, Code(ErrorCode::kInvalidRequest));

  const auto alter = [&](std::string key, int8_t operation, std::optional<std::string> value) {
    kafka::IncrementalAlterConfigsRequest request;
    request.resources.push_back({2, "t", {{std::move(key), operation, std::move(value)}}});
    return client.Call<kafka::IncrementalAlterConfigsResponse>(request, 1).responses.at(0).error_code;
  };
  EXPECT_EQ(alter("cleanup.policy", 2, "compact"), 0);
  EXPECT_EQ(describe(2, "t", "cleanup.policy").configs.at(0).value, "delete,compact");
  EXPECT_EQ(alter("cleanup.policy", 3, "delete"), 0);
  EXPECT_EQ(describe(2, "t", "cleanup.policy").configs.at(0).value, "compact");
  EXPECT_EQ(describe(2, "t", "cleanup.policy").configs.at(0).config_source, 1);
  EXPECT_EQ(alter("cleanup.policy", 1, std::nullopt), 0);
  EXPECT_EQ(describe(2, "t", "cleanup.policy").configs.at(0).value, "delete");
  EXPECT_EQ(alter("no.such.setting", 0, "1"), Code(ErrorCode::kInvalidConfig));
  EXPECT_EQ(alter("retention.ms", 2, "1"), Code(ErrorCode::kInvalidConfig));
}

TEST_F(BrokerTest, ARebalanceCrossesConnections) {
  Start();
  TestClient a(port()), b(port());
  const auto join = [](std::string member_id) {
    kafka::JoinGroupRequest request;
    request.group_id = "g";
    request.session_timeout_ms = 10'000;
    request.rebalance_timeout_ms = 20'000;
    request.member_id = std::move(member_id);
    request.protocol_type = "consumer";
    request.protocols.push_back({"range", "sub"});
    return request;
  };
  const auto first = a.Call<kafka::JoinGroupResponse>(join(""), 3);
  ASSERT_EQ(first.error_code, 0);
  kafka::SyncGroupRequest sync{.group_id = "g", .generation_id = 1, .member_id = first.member_id};
  EXPECT_EQ(a.Call<kafka::SyncGroupResponse>(sync, 3).error_code, 0);
  const int32_t second = b.Send(join(""), 3);
  // b waits for a, which learns of it by its heartbeat.
  kafka::HeartbeatRequest alive{"g", 1, first.member_id, std::nullopt};
  while (a.Call<kafka::HeartbeatResponse>(alive, 4).error_code == 0) std::this_thread::yield();
  EXPECT_EQ(a.Call<kafka::JoinGroupResponse>(join(first.member_id), 3).members.size(), 2u);
  EXPECT_EQ(b.Receive<kafka::JoinGroupResponse>(second, 3).generation_id, 2);
}

TEST_F(BrokerTest, TopicsRecordsAndOffsetsSurviveARestart) {
  Start();
  std::string cluster_id;
  {
    TestClient client(port());
    cluster_id = Metadata(client, {"t"}, true).cluster_id.value_or("");
    Produce(client, "t", 1, Batch({"kept"}));
    kafka::OffsetCommitRequest commit;
    commit.group_id = "g";
    commit.topics.push_back({"t", {{.partition_index = 1, .committed_offset = 1}}});
    EXPECT_EQ(client.Call<kafka::OffsetCommitResponse>(commit, 8).topics.at(0).partitions.at(0).error_code, 0);
  }
  EXPECT_EQ(cluster_id.size(), 22u);
  broker_.reset();
  Start();
  TestClient client(port());
  EXPECT_EQ(Metadata(client, {"t"}, false).cluster_id, cluster_id);
  EXPECT_EQ(Values(client.Call<kafka::FetchResponse>(FetchRequestOf("t", 1, 0), 11)
                       .topics.at(0)
                       .partitions.at(0)
                       .records->bytes),
            std::vector<std::string>{"kept"});
  kafka::OffsetFetchRequest fetch;
  fetch.group_id = "g";
  EXPECT_EQ(client.Call<kafka::OffsetFetchResponse>(fetch, 7).topics.at(0).partitions.at(0).committed_offset, 1);
  kafka::ListGroupsRequest list;
  EXPECT_EQ(client.Call<kafka::ListGroupsResponse>(list, 4).groups.at(0).group_state, "Empty");
}

TEST_F(BrokerTest, FlushAlwaysAnswersAfterTheDisk) {
  options_.flush_always = true;
  Start();
  TestClient client(port());
  Metadata(client, {"t"}, true);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Produce(client, "t", 0, Batch({"x"})).base_offset, i);
}

TEST_F(BrokerTest, TooManyConnectionsAreRefused) {
  options_.max_connections = 1;
  Start();
  TestClient first(port());
  EXPECT_EQ(Metadata(first, {}, false).brokers.size(), 1u);
  TestClient second(port());
  EXPECT_TRUE(second.IsClosedByPeer());
  EXPECT_EQ(Metadata(first, {}, false).brokers.size(), 1u);
}

TEST_F(BrokerTest, StoppingWithWaitingRequestsIsClean) {
  options_.io_threads = 2;
  Start();
  TestClient a(port()), b(port());
  Metadata(a, {"t"}, true);
  a.Send(FetchRequestOf("t", 0, 0, 60'000), 11);
  kafka::JoinGroupRequest join;
  join.group_id = "g";
  join.session_timeout_ms = 10'000;
  join.rebalance_timeout_ms = 20'000;
  join.protocol_type = "consumer";
  join.protocols.push_back({"range", ""});
  b.Call<kafka::JoinGroupResponse>(join, 3);
  TestClient c(port());
  c.Send(join, 3);
  Metadata(b, {}, false);
  broker_.reset();
  EXPECT_TRUE(a.IsClosedByPeer());
  EXPECT_TRUE(c.IsClosedByPeer());
}

TEST_F(BrokerTest, StartSaysWhatIsWrong) {
  options_.configs["log.retention.sm"] = "1";
  auto broker = Broker::Start(options_);
  ASSERT_FALSE(broker.ok());
  EXPECT_NE(broker.error().ToString().find("log.retention.sm"), std::string::npos);
  EXPECT_NE(broker.error().ToString().find("log.retention.ms"), std::string::npos);
  options_.configs.clear();
  Start();
  options_.listeners[0].port = port();
  options_.data_dir += "-other";
  EXPECT_FALSE(Broker::Start(options_).ok());
  std::filesystem::remove_all(options_.data_dir);
}

TEST(ListenerOptions, ParseAddresses) {
  EXPECT_EQ(ParseListener("127.0.0.1:9092")->port, 9092);
  EXPECT_EQ(ParseListener(":9092")->host, "0.0.0.0");
  EXPECT_EQ(ParseListener("[::1]:0")->host, "::1");
  EXPECT_EQ(ParseListener("PLAINTEXT://h:1")->host, "h");
  EXPECT_FALSE(ParseListener("9092").ok());
  EXPECT_FALSE(ParseListener("h:99999").ok());
  ListenerOptions listener;
  EXPECT_TRUE(ParseAdvertised("kafka_broker:29092", &listener).ok());
  EXPECT_EQ(listener.advertised_port, 29092);
  EXPECT_FALSE(ParseAdvertised("0.0.0.0:29092", &listener).ok());
}

}  // namespace
}  // namespace millrace::broker
