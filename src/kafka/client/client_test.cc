// Consumer, producer and admin client against librdkafka's mock cluster.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/log.h"
#include "kafka/client/admin.h"
#include "kafka/client/consumer.h"
#include "kafka/client/mock_cluster.h"
#include "kafka/client/native_client.h"
#include "kafka/client/producer.h"
#include "kafka/client/transactional_producer.h"

namespace millrace::kafka {
namespace {

template <typename T>
T Must(Result<T> result) {
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().ToString());
  if (!result.ok()) abort();
  return std::move(*result);
}
void Must(Status status) { ASSERT_TRUE(status.ok()) << status.error().ToString(); }

ProducerRecord Record(std::string_view key, std::string_view value, int32_t partition) {
  return {key.data(), value.data(), key.size(), value.size(), partition};
}

struct Received {
  std::vector<std::string> values;
  std::vector<int64_t> ends;
};

// Polls until every partition reported its end.
Received ReadToEnds(PartitionConsumer& consumer, size_t num_partitions) {
  Received out;
  for (int i = 0; i < 200 && out.ends.size() < num_partitions; ++i) {
    const ConsumedBatch batch = Must(consumer.Poll(100, 4096));
    for (const MessageView& message : batch.messages) out.values.emplace_back(message.value, message.value_size);
    for (const PartitionEnd& end : batch.ends) out.ends.push_back(end.offset);
  }
  EXPECT_EQ(out.ends.size(), num_partitions);
  return out;
}

class ClientTest : public testing::Test {
 protected:
  void SetUp() override { cluster_ = Must(MockCluster::Start()); }

  void Produce(const std::string& topic, const std::vector<ProducerRecord>& records) {
    auto producer = Must(Producer::Create(cluster_->config()));
    const uint32_t handle = Must(producer->OpenTopic(topic));
    Must(producer->Send(handle, records));
    Must(producer->Flush());
  }

  std::unique_ptr<MockCluster> cluster_;
};

TEST_F(ClientTest, RecordsComeBackInOrderWithKeysAndNulls) {
  Must(cluster_->CreateTopic("t", 1));
  Produce("t", {Record("k", "one", 0), {nullptr, "two", 0, 3, 0}, {"k", nullptr, 1, 0, 0}, Record("", "", 0)});
  auto consumer = Must(PartitionConsumer::Create(cluster_->config()));
  Must(consumer->Add({{"t", 0}, kOffsetBeginning, {}}));
  std::vector<std::string> seen;
  for (int i = 0; i < 200 && seen.size() < 4; ++i) {
    const ConsumedBatch batch = Must(consumer->Poll(100, 4096));
    for (const MessageView& message : batch.messages) {
      const std::string key = message.key == nullptr ? "null" : "'" + std::string(message.key, message.key_size) + "'";
      const std::string value =
          message.value == nullptr ? "null" : "'" + std::string(message.value, message.value_size) + "'";
      seen.push_back(std::to_string(message.offset) + " " + key + " " + value);
      EXPECT_GT(message.timestamp, 0);
      EXPECT_EQ(message.timestamp_type, TimestampType::kCreateTime);
    }
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"0 'k' 'one'", "1 null 'two'", "2 'k' null", "3 '' ''"}));
}

TEST_F(ClientTest, HeadersAndTimestampsTravel) {
  Must(cluster_->CreateTopic("t", 1));
  const std::vector<HeaderView> headers = {{"a", "x", 1}, {"b", nullptr, 0}, {"a", "", 0}};
  ProducerRecord record = Record("k", "v", 0);
  record.timestamp = 1234567;
  record.headers = headers;
  Produce("t", {record});
  auto consumer = Must(PartitionConsumer::Create(cluster_->config()));
  Must(consumer->Add({{"t", 0}, kOffsetBeginning, {}}));
  for (int i = 0; i < 200; ++i) {
    const ConsumedBatch batch = Must(consumer->Poll(100, 10));
    if (batch.messages.empty()) continue;
    EXPECT_EQ(batch.messages[0].timestamp, 1234567);
    const std::vector<HeaderView> got = batch.messages[0].Headers();
    ASSERT_EQ(got.size(), 3u);
    EXPECT_EQ(got[0].name, "a");
    EXPECT_EQ(std::string_view(got[0].value, got[0].size), "x");
    EXPECT_EQ(got[1].value, nullptr);
    EXPECT_NE(got[2].value, nullptr);
    EXPECT_EQ(got[2].size, 0u);
    return;
  }
  FAIL() << "no message came";
}

TEST_F(ClientTest, OneRunPerPartitionAndEndsOfAll) {
  Must(cluster_->CreateTopic("t", 3));
  std::vector<std::string> values;
  for (int i = 0; i < 300; ++i) values.push_back(std::to_string(i));
  std::vector<ProducerRecord> records;
  for (int i = 0; i < 300; ++i) records.push_back(Record("k", values[i], i % 2));  // partition 2 stays empty
  Produce("t", records);
  auto consumer = Must(PartitionConsumer::Create(cluster_->config()));
  for (int32_t p = 0; p < 3; ++p) EXPECT_EQ(Must(consumer->Add({{"t", p}, kOffsetBeginning, {}})), uint32_t(p));
  std::vector<int64_t> next(3, 0);
  size_t ends = 0;
  for (int i = 0; i < 200 && ends < 3; ++i) {
    const ConsumedBatch batch = Must(consumer->Poll(100, 64));
    EXPECT_LE(batch.messages.size(), 64u);
    uint32_t at = 0;
    std::vector<bool> seen(3, false);
    for (const PartitionRun& run : batch.runs) {
      EXPECT_EQ(run.begin, at);
      EXPECT_FALSE(seen[run.partition]);
      seen[run.partition] = true;
      for (at = run.begin; at < run.end; ++at) {
        EXPECT_EQ(batch.messages[at].offset, next[run.partition]++);
        EXPECT_EQ(std::stoi(std::string(batch.messages[at].value, batch.messages[at].value_size)) % 2,
                  int(run.partition));
      }
    }
    EXPECT_EQ(at, batch.messages.size());
    ends += batch.ends.size();
  }
  EXPECT_EQ(next, (std::vector<int64_t>{150, 150, 0}));
}

// A queue of 10 records is filled again as soon as it has room. (librdkafka alone would look once per second: some 100
// pauses.)
TEST_F(ClientTest, AQueueThatWasFullIsFilledAgainAtOnce) {
  Must(cluster_->CreateTopic("t", 1));
  const std::vector<ProducerRecord> records(10, Record("k", std::string_view("a value of some length"), 0));
  for (int i = 0; i < 100; ++i) Produce("t", records);  // one batch each
  ClientConfig config = cluster_->config();
  config.properties["queued.min.messages"] = "10";
  config.properties["fetch.max.bytes"] = config.properties["max.partition.fetch.bytes"] = "1000";
  config.properties["message.max.bytes"] = "1000";
  auto consumer = Must(PartitionConsumer::Create(config));
  Must(consumer->Add({{"t", 0}, kOffsetBeginning, {}}));
  size_t records_read = 0;
  int pauses = 0;  // of 300 ms
  for (bool ended = false; !ended && pauses < 50;) {
    const ConsumedBatch batch = Must(consumer->Poll(300, 4096));
    records_read += batch.messages.size();
    ended = !batch.ends.empty();
    if (batch.messages.empty() && !ended) ++pauses;
  }
  EXPECT_EQ(records_read, 1000u);
  EXPECT_LT(pauses, 20);
}

TEST_F(ClientTest, RemoveAddAgainAndPause) {
  Must(cluster_->CreateTopic("t", 1));
  Produce("t", {Record("k", "a", 0), Record("k", "b", 0), Record("k", "c", 0)});
  auto consumer = Must(PartitionConsumer::Create(cluster_->config()));
  const uint32_t handle = Must(consumer->Add({{"t", 0}, 1, {}}));
  EXPECT_EQ(ReadToEnds(*consumer, 1).values, (std::vector<std::string>{"b", "c"}));
  Must(consumer->Remove(handle));
  EXPECT_FALSE(consumer->Pause(handle).ok());
  EXPECT_EQ(Must(consumer->Add({{"t", 0}, 2, {}})), handle + 1);
  EXPECT_EQ(ReadToEnds(*consumer, 1).values, (std::vector<std::string>{"c"}));
  Must(consumer->Pause(handle + 1));
  Produce("t", {Record("k", "d", 0)});
  EXPECT_TRUE(Must(consumer->Poll(50, 10)).messages.empty());
}

TEST_F(ClientTest, OffsetOutOfRangeIsAnErrorUnlessReset) {
  Must(cluster_->CreateTopic("t", 1));
  Produce("t", {Record("k", "a", 0)});
  auto consumer = Must(PartitionConsumer::Create(cluster_->config()));
  Must(consumer->Add({{"t", 0}, 1000, {}}));
  std::optional<Error> error;
  for (int i = 0; i < 200 && !error; ++i) {
    auto batch = consumer->Poll(100, 10);
    if (!batch.ok()) error = batch.error();
  }
  ASSERT_TRUE(error);
  EXPECT_EQ(error->retry, Retry::kNo);
  EXPECT_NE(error->message.find("Cannot read topic t partition 0"), std::string::npos) << error->message;

  ClientConfig config = cluster_->config();
  config.properties["auto.offset.reset"] = "earliest";
  auto resetting = Must(PartitionConsumer::Create(config));
  Must(resetting->Add({{"t", 0}, 1000, {}}));
  EXPECT_EQ(ReadToEnds(*resetting, 1).values, (std::vector<std::string>{"a"}));
}

TEST_F(ClientTest, CommittedOffsetsOfAGroup) {
  Must(cluster_->CreateTopic("t", 2));
  ClientConfig config = cluster_->config();
  config.properties["group.id"] = "g";
  auto consumer = Must(PartitionConsumer::Create(config));
  const std::vector<TopicPartition> places = {{"t", 0}, {"t", 1}};
  const std::vector<TopicPartitionOffset> offsets = {{{"t", 0}, 42, {}}};
  Must(consumer->Commit(offsets));
  const auto committed = Must(consumer->Committed(places));
  ASSERT_EQ(committed.size(), 2u);
  EXPECT_EQ(committed[0].offset, 42);
  EXPECT_EQ(committed[1].offset, kNoOffset);
}

TEST_F(ClientTest, OffsetsThatCannotBeCommittedAreLoggedOnce) {
  KeepRecentLog(100);
  Must(cluster_->CreateTopic("t", 1));
  ClientConfig config = cluster_->config();
  config.properties["group.id"] = "watched";
  auto consumer = Must(PartitionConsumer::Create(config));
  constexpr int16_t kOffsetCommit = 8;
  constexpr int kGroupAuthorizationFailed = 30;
  cluster_->FailRequests(kOffsetCommit, {kGroupAuthorizationFailed, kGroupAuthorizationFailed});
  const std::string warning = "warning kafka: Cannot commit the offsets of group watched: ";
  const auto times = [&warning] {
    int count = 0;
    const std::string log = RecentLog();
    for (size_t at = log.find(warning); at != std::string::npos; at = log.find(warning, at + 1)) ++count;
    return count;
  };
  const auto commit = [&](int64_t offset) {
    const std::vector<TopicPartitionOffset> offsets = {{{"t", 0}, offset, {}}};
    Must(consumer->CommitAsync(offsets));
  };
  commit(1);
  for (int i = 0; i < 100 && times() == 0; ++i) Must(consumer->Poll(50, 1));
  commit(2);
  commit(3);
  const std::vector<TopicPartition> places = {{"t", 0}};
  for (int i = 0; i < 100 && Must(consumer->Committed(places))[0].offset != 3; ++i) Must(consumer->Poll(50, 1));
  Must(consumer->Poll(0, 1));
  EXPECT_EQ(times(), 1) << RecentLog();
}

// NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE: more often than librdkafka asks by itself.
TEST_F(ClientTest, CommittedOffsetsAreThereOnceTheGroupHasACoordinator) {
  Must(cluster_->CreateTopic("t", 1));
  ClientConfig config = cluster_->config();
  config.properties["group.id"] = "g";
  auto consumer = Must(PartitionConsumer::Create(config));
  const std::vector<TopicPartition> places = {{"t", 0}};
  const std::vector<TopicPartitionOffset> offsets = {{{"t", 0}, 42, {}}};
  Must(consumer->Commit(offsets));
  constexpr int16_t kOffsetFetch = 9;
  cluster_->FailRequests(kOffsetFetch, {16, 16, 14, 14, 15, 15, 16, 16});
  EXPECT_EQ(Must(consumer->Committed(places))[0].offset, 42);
  constexpr int kGroupAuthorizationFailed = 30;
  cluster_->FailRequests(kOffsetFetch, {kGroupAuthorizationFailed});
  const auto refused = consumer->Committed(places);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "GROUP_AUTHORIZATION_FAILED");
}

TEST_F(ClientTest, AliasesLeadToBootstrapServers) {
  Must(cluster_->CreateTopic("t", 1));
  const std::string& servers = cluster_->bootstrap_servers();
  const std::string port = servers.substr(servers.rfind(':') + 1);
  for (const std::string& target : {std::string("127.0.0.1"), "127.0.0.1:" + port}) {
    const bool with_port = target.size() > 9;
    ClientConfig config = ClientConfig::For("kafka_broker:" + (with_port ? std::string("1") : port));
    config.host_aliases["kafka_broker"] = target;
    auto admin = Must(AdminClient::Create(config));
    EXPECT_EQ(Must(admin->DescribeTopic("t")).partitions.size(), 1u) << target;
  }
}

TEST_F(ClientTest, UnreachableBrokerIsNamedAndRetryable) {
  ClientConfig config = ClientConfig::For("127.0.0.1:1");
  config.request_timeout_millis = 200;
  auto admin = Must(AdminClient::Create(config));
  const auto topics = admin->ListTopics();
  ASSERT_FALSE(topics.ok());
  EXPECT_EQ(topics.error().retry, Retry::kYes);
  EXPECT_NE(topics.error().message.find("127.0.0.1:1"), std::string::npos) << topics.error().message;

  auto consumer = Must(PartitionConsumer::Create(config));
  Must(consumer->Add({{"t", 0}, kOffsetBeginning, {}}));
  std::optional<Error> error;
  int errors = 0;
  for (int i = 0; i < 100; ++i) {
    auto batch = consumer->Poll(20, 10);
    if (batch.ok()) continue;
    error = batch.error();
    ++errors;
  }
  ASSERT_TRUE(error);
  EXPECT_EQ(errors, 1) << "once per 5 seconds";
  EXPECT_EQ(error->retry, Retry::kYes);
  EXPECT_NE(error->message.find("Connection refused"), std::string::npos) << error->message;
}

TEST_F(ClientTest, WatermarksTimesAndTopics) {
  Must(cluster_->CreateTopic("t", 2));
  std::vector<ProducerRecord> records;
  for (int i = 0; i < 10; ++i) {
    records.push_back(Record("k", "v", 0));
    records.back().timestamp = 1000 + i;
  }
  Produce("t", records);
  auto admin = Must(AdminClient::Create(cluster_->config()));
  const Watermarks marks = Must(admin->QueryWatermarks({"t", 0}));
  EXPECT_EQ(marks.low, 0);
  EXPECT_EQ(marks.high, 10);
  const std::vector<TopicPartition> places = {{"t", 0}, {"t", 1}};
  const auto ends = Must(admin->EndOffsets(places));
  ASSERT_EQ(ends.size(), 2u);
  EXPECT_EQ(ends[0].offset, 10);
  EXPECT_EQ(ends[1].offset, 0);
  EXPECT_EQ(Must(admin->BeginningOffsets(places))[0].offset, 0);
  EXPECT_EQ(Must(admin->ListTopics()), (std::vector<std::string>{"t"}));
  EXPECT_EQ(Must(admin->DescribeTopic("t")).partitions.size(), 2u);
  const ClusterDescription cluster = Must(admin->DescribeCluster());
  EXPECT_EQ(cluster.brokers.size(), 1u);
}

TEST_F(ClientTest, ProducerChoosesJavasPartitionForAKey) {
  Must(cluster_->CreateTopic("t", 5));
  auto producer = Must(Producer::Create(cluster_->config()));
  const uint32_t topic = Must(producer->OpenTopic("t"));
  EXPECT_EQ(Must(producer->NumPartitions(topic)), 5);
  const std::vector<ProducerRecord> records = {Record("foobar", "v", kAnyPartition)};
  Must(producer->Send(topic, records));
  Must(producer->Flush());
  auto admin = Must(AdminClient::Create(cluster_->config()));
  EXPECT_EQ(Must(admin->QueryWatermarks({"t", (-790332482 & 0x7fffffff) % 5})).high, 1);
}

TEST_F(ClientTest, FullQueueMakesSendWaitAndKeepsOrder) {
  Must(cluster_->CreateTopic("t", 1));
  ClientConfig config = cluster_->config();
  config.properties["queue.buffering.max.messages"] = "10";
  auto producer = Must(Producer::Create(config));
  const uint32_t topic = Must(producer->OpenTopic("t"));
  std::vector<std::string> values;
  for (int i = 0; i < 500; ++i) values.push_back(std::to_string(i));
  std::vector<ProducerRecord> records;
  for (const std::string& value : values) records.push_back(Record("k", value, 0));
  Must(producer->Send(topic, records));
  Must(producer->Flush());
  auto consumer = Must(PartitionConsumer::Create(cluster_->config()));
  Must(consumer->Add({{"t", 0}, kOffsetBeginning, {}}));
  EXPECT_EQ(ReadToEnds(*consumer, 1).values, values);
}

TEST_F(ClientTest, FirstDeliveryErrorNamesTopicAndStays) {
  Must(cluster_->CreateTopic("t", 1));
  ClientConfig config = cluster_->config();
  config.properties["delivery.timeout.ms"] = "300";
  config.properties["linger.ms"] = "0";
  auto producer = Must(Producer::Create(config));
  const uint32_t topic = Must(producer->OpenTopic("t"));
  Must(producer->NumPartitions(topic));
  cluster_->SetDown();
  const std::vector<ProducerRecord> records = {Record("k", "v", 0)};
  Must(producer->Send(topic, records));
  const Status flushed = producer->Flush();
  ASSERT_FALSE(flushed.ok());
  EXPECT_NE(flushed.error().message.find("topic t partition 0"), std::string::npos) << flushed.error().message;
  EXPECT_FALSE(producer->Send(topic, records).ok());
  EXPECT_FALSE(producer->Poll().ok());
}

// The records that still wait are dropped with it, on another broker's thread maybe before its own report.
TEST_F(ClientTest, TheFirstErrorOfATransactionIsNotThatOfARecordDroppedWithIt) {
  constexpr int16_t kProduce = 0;
  constexpr int kRecordListTooLarge = 18;
  cluster_ = Must(MockCluster::Start(2));
  Must(cluster_->CreateTopic("t", 4));
  for (int round = 0; round < 20; ++round) {
    auto transaction = Must(TransactionalProducer::Create(cluster_->config(), fmt::format("x{}", round), 60'000));
    Must(transaction->Init());
    Must(transaction->Begin());
    auto producer = transaction->MakeProducer();
    const uint32_t topic = Must(producer->OpenTopic("t"));
    Must(producer->NumPartitions(topic));
    cluster_->FailRequests(kProduce, {kRecordListTooLarge});
    const std::vector<ProducerRecord> records = {Record("k", "v", 0), Record("k", "v", 1), Record("k", "v", 2),
                                                 Record("k", "v", 3)};
    Status status = Ok();
    for (int i = 0; i < 1'000 && status.ok(); ++i) status = producer->Send(topic, records);
    if (status.ok()) status = producer->Flush();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().message.find("Purged"), std::string::npos) << status.error().message;
  }
}

TEST_F(ClientTest, BrokersThatAreAwayAreTroubleUntilTheyTakeSomething) {
  Must(cluster_->CreateTopic("t", 1));
  ClientConfig config = cluster_->config();
  config.properties["reconnect.backoff.ms"] = "20";
  config.properties["reconnect.backoff.max.ms"] = "50";
  auto producer = Must(Producer::Create(config));
  const uint32_t topic = Must(producer->OpenTopic("t"));
  const std::vector<ProducerRecord> records = {Record("k", "v", 0)};
  const auto lose_the_brokers = [&] {
    Must(producer->Send(topic, records));
    Must(producer->Flush());
    EXPECT_FALSE(producer->ClusterTrouble().has_value());
    cluster_->SetDown();
    for (int i = 0; i < 1'000 && !producer->ClusterTrouble(); ++i) {
      Must(producer->Poll());
      SystemClock().SleepMillis(5);
    }
    ASSERT_TRUE(producer->ClusterTrouble().has_value());
  };
  lose_the_brokers();
  Must(producer->Flush());  // of nothing
  EXPECT_TRUE(producer->ClusterTrouble().has_value());
  cluster_->SetUp();
  lose_the_brokers();  // what it sends ends the first trouble
  cluster_->SetUp();
  Must(producer->Send(topic, records));
  for (int i = 0; i < 1'000 && producer->ClusterTrouble(); ++i) {  // without a flush
    Must(producer->Poll());
    SystemClock().SleepMillis(5);
  }
  EXPECT_FALSE(producer->ClusterTrouble().has_value());
}

TEST_F(ClientTest, ReconnectsAsOftenAsJavasClientUnlessTold) {
  ClientConfig config = cluster_->config();
  EXPECT_EQ(Must(NativeClient::Create(config, ClientRole::kProducer, {}))->Setting("reconnect.backoff.max.ms"), "1000");
  config.properties["reconnect.backoff.ms"] = "5000";
  EXPECT_EQ(Must(NativeClient::Create(config, ClientRole::kProducer, {}))->Setting("reconnect.backoff.ms"), "5000");
}

TEST_F(ClientTest, RequestsOfALongTransactionHaveATimeoutThatDoesNotOverflow) {
  ClientConfig config = cluster_->config();
  const auto timeout = [&config](const char* transaction) {
    const NativeProperties extra = {
        {"transactional.id", "t"}, {"transaction.timeout.ms", transaction}, {"message.timeout.ms", transaction}};
    return Must(NativeClient::Create(config, ClientRole::kProducer, extra))->Setting("socket.timeout.ms");
  };
  EXPECT_EQ(timeout("3600000"), "60000");
  EXPECT_EQ(timeout("20000"), "19900");
  EXPECT_EQ(timeout("1000"), "900");
  config.properties["socket.timeout.ms"] = "7000";
  EXPECT_EQ(timeout("3600000"), "7000");
}

TEST_F(ClientTest, BrokerThatComesBackIsReadOn) {
  Must(cluster_->CreateTopic("t", 1));
  Produce("t", {Record("k", "a", 0)});
  ClientConfig config = cluster_->config();
  config.properties["reconnect.backoff.ms"] = "20";
  config.properties["reconnect.backoff.max.ms"] = "50";
  auto consumer = Must(PartitionConsumer::Create(config));
  Must(consumer->Add({{"t", 0}, kOffsetBeginning, {}}));
  EXPECT_EQ(ReadToEnds(*consumer, 1).values, (std::vector<std::string>{"a"}));
  cluster_->SetDown();
  bool noticed = false;
  for (int i = 0; i < 100 && !noticed; ++i) noticed = !consumer->Poll(50, 10).ok();
  EXPECT_TRUE(noticed);
  cluster_->SetUp();
  Produce("t", {Record("k", "b", 0)});
  std::string got;
  for (int i = 0; i < 200 && got.empty(); ++i) {
    auto batch = consumer->Poll(100, 10);
    if (batch.ok() && !batch->messages.empty()) got.assign(batch->messages[0].value, batch->messages[0].value_size);
  }
  EXPECT_EQ(got, "b");
}

TEST_F(ClientTest, BrokerThatComesBackIsNoTroubleWhereNothingIsWritten) {
  ManualClock clock(0);
  Must(cluster_->CreateTopic("t", 1));
  ClientConfig config = cluster_->config();
  config.clock = &clock;
  config.properties["reconnect.backoff.ms"] = "20";
  config.properties["reconnect.backoff.max.ms"] = "50";
  auto consumer = Must(PartitionConsumer::Create(config));
  Must(consumer->Add({{"t", 0}, kOffsetBeginning, {}}));
  ReadToEnds(*consumer, 1);
  cluster_->SetDown();
  bool noticed = false;
  for (int i = 0; i < 100 && !noticed; ++i) noticed = !consumer->Poll(50, 10).ok();
  EXPECT_TRUE(noticed);
  cluster_->SetUp();
  int errors = 0;
  for (int i = 0; i < 100; ++i) {
    clock.Advance(6'000);
    errors = consumer->Poll(20, 10).ok() ? 0 : errors + 1;
    if (i > 10 && errors == 0) break;
  }
  EXPECT_EQ(errors, 0);
}

}  // namespace
}  // namespace millrace::kafka
