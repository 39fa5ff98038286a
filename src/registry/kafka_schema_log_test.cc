// Schemas in the topic _schemas of librdkafka's mock cluster.
#include "registry/kafka_schema_log.h"

#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "kafka/client/mock_cluster.h"
#include "kafka/client/producer.h"
#include "registry/registry.h"

namespace millrace::registry {
namespace {

// What a log has handed out so far.
struct Seen {
  SchemaLog::Sink sink() {
    return [this](const LogRecord& record) {
      std::lock_guard lock(mutex);
      lines.push_back(record.key + " " + record.value.value_or("-"));
    };
  }
  std::vector<std::string> all() {
    std::lock_guard lock(mutex);
    return lines;
  }
  std::mutex mutex;
  std::vector<std::string> lines;
};

struct KafkaSchemaLogTest : ::testing::Test {
  void SetUp() override {
    cluster = std::move(*kafka::MockCluster::Start());
    ASSERT_TRUE(cluster->CreateTopic("_schemas", 1).ok());
  }
  KafkaLogOptions Options() const {
    KafkaLogOptions options;
    options.config = cluster->config();
    options.start_timeout_millis = 10'000;
    options.write_timeout_millis = 5'000;
    return options;
  }
  static SchemaRequest Avro(std::string text) {
    SchemaRequest request;
    request.content.text = std::move(text);
    return request;
  }

  std::unique_ptr<kafka::MockCluster> cluster;
};

TEST_F(KafkaSchemaLogTest, AppendedRecordsAreSeenOnReturnAndAfterARestart) {
  const std::vector<std::string> expected = {"a 1", "b -", "a 2"};
  {
    Seen seen;
    auto log = MakeKafkaSchemaLog(Options());
    ASSERT_TRUE(log->Start(seen.sink()).ok());
    EXPECT_TRUE(seen.all().empty());
    ASSERT_TRUE(log->Append({"a", "1"}).ok());
    EXPECT_EQ(seen.all(), std::vector<std::string>{"a 1"});
    ASSERT_TRUE(log->Append({"b", std::nullopt}).ok());
    ASSERT_TRUE(log->Append({"a", "2"}).ok());
    EXPECT_EQ(seen.all(), expected);
    EXPECT_FALSE(log->ClusterId().empty());
  }
  Seen seen;
  auto log = MakeKafkaSchemaLog(Options());
  ASSERT_TRUE(log->Start(seen.sink()).ok());
  EXPECT_EQ(seen.all(), expected) << "all there is before Start returns";
}

TEST_F(KafkaSchemaLogTest, SyncCatchesUpWithAnotherWriter) {
  Seen first;
  Seen second;
  auto reader = MakeKafkaSchemaLog(Options());
  auto writer = MakeKafkaSchemaLog(Options());
  ASSERT_TRUE(reader->Start(first.sink()).ok());
  ASSERT_TRUE(writer->Start(second.sink()).ok());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(writer->Append({fmt::format("k{}", i), "v"}).ok());
  ASSERT_TRUE(reader->Sync().ok());
  EXPECT_EQ(first.all(), second.all());
  EXPECT_EQ(first.all().size(), 20u);
}

TEST_F(KafkaSchemaLogTest, ManyThreadsAppend) {
  Seen seen;
  auto log = MakeKafkaSchemaLog(Options());
  ASSERT_TRUE(log->Start(seen.sink()).ok());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) EXPECT_TRUE(log->Append({fmt::format("{}-{}", t, i), "v"}).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen.all().size(), 40u);
}

TEST_F(KafkaSchemaLogTest, RegistriesShareWhatIsInTheTopic) {
  auto first = Registry::Open(MakeKafkaSchemaLog(Options()));
  ASSERT_TRUE(first.ok()) << first.error().message;
  auto second = Registry::Open(MakeKafkaSchemaLog(Options()));
  ASSERT_TRUE(second.ok()) << second.error().message;
  EXPECT_EQ((*first)->Register("s", Avro(R"("int")"))->id, 1);
  EXPECT_EQ((*second)->Register("t", Avro(R"("string")"))->id, 2) << "a write sees what the other one wrote";
  EXPECT_EQ((*first)->DeleteSubject("s", false)->size(), 1u);
  first->reset();
  auto restarted = Registry::Open(MakeKafkaSchemaLog(Options()));
  ASSERT_TRUE(restarted.ok()) << restarted.error().message;
  EXPECT_EQ((*restarted)->Subjects(":*:", Store::Deleted::kHide), std::vector<std::string>{"t"});
  EXPECT_EQ((*(*restarted)->GetById(1, ""))->text, R"("int")");
}

TEST_F(KafkaSchemaLogTest, TopicWithSeveralPartitionsIsRefused) {
  ASSERT_TRUE(cluster->CreateTopic("wide", 3).ok());
  KafkaLogOptions options = Options();
  options.topic = "wide";
  Seen seen;
  const Status status = MakeKafkaSchemaLog(options)->Start(seen.sink());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().domain, ErrorDomain::kUser);
  EXPECT_NE(status.error().message.find("It has 3 partitions, but the order of schemas needs exactly 1"),
            std::string::npos)
      << status.error().message;
}

TEST_F(KafkaSchemaLogTest, BrokerThatIsAwayAtTheStartIsAnError) {
  cluster->SetDown();
  KafkaLogOptions options = Options();
  options.config.request_timeout_millis = 100;
  options.start_timeout_millis = 200;
  Seen seen;
  const Status status = MakeKafkaSchemaLog(options)->Start(seen.sink());
  ASSERT_FALSE(status.ok());
  EXPECT_TRUE(status.error().message.starts_with("Cannot open the schema topic '_schemas': "))
      << status.error().message;
}

TEST_F(KafkaSchemaLogTest, BrokerThatIsThereNeedsNoWaiting) {
  {
    Seen seen;
    auto log = MakeKafkaSchemaLog(Options());
    ASSERT_TRUE(log->Start(seen.sink()).ok());
    ASSERT_TRUE(log->Append({"a", "1"}).ok());
  }
  KafkaLogOptions options = Options();
  options.start_timeout_millis = 0;
  Seen seen;
  auto log = MakeKafkaSchemaLog(options);
  const Status status = log->Start(seen.sink());
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(seen.all(), std::vector<std::string>{"a 1"});
}

TEST_F(KafkaSchemaLogTest, WaitingForABrokerCanBeCancelled) {
  cluster->SetDown();
  KafkaLogOptions options = Options();
  options.config.request_timeout_millis = 100;
  options.start_timeout_millis = 3'600'000;
  int asked = 0;
  options.is_cancelled = [&] { return ++asked == 2; };
  Seen seen;
  EXPECT_FALSE(MakeKafkaSchemaLog(options)->Start(seen.sink()).ok());
  EXPECT_EQ(asked, 2);
}

TEST_F(KafkaSchemaLogTest, BrokerThatGoesAwayFailsWritesUntilItIsBack) {
  KafkaLogOptions options = Options();
  options.write_timeout_millis = 1'000;
  options.config.request_timeout_millis = 500;
  auto registry = Registry::Open(MakeKafkaSchemaLog(options));
  ASSERT_TRUE(registry.ok()) << registry.error().message;
  ASSERT_EQ((*registry)->Register("s", Avro(R"("int")"))->id, 1);
  cluster->SetDown();
  EXPECT_FALSE((*registry)->Register("t", Avro(R"("string")")).ok());
  EXPECT_EQ((*registry)->GetVersion("s", -1, false)->id, 1) << "reads go on";
  cluster->SetUp();
  Result<SchemaVersion> made = (*registry)->Register("t", Avro(R"("string")"));
  for (int i = 0; i < 20 && !made.ok(); ++i) made = (*registry)->Register("t", Avro(R"("string")"));
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(made->id, 2);
}

}  // namespace
}  // namespace millrace::registry
