// Topics on a broker in this process: made, listed, watched, deleted.
#include "server/console/console_test_fixture.h"

namespace millrace::server::console {
namespace {

using codec::Json;

TEST_F(ConsoleTest, TellsWhatItLooksAt) {
  const Json info = Get("/api/info");
  EXPECT_EQ(*info.FindString("version"), "1.2.3");
  EXPECT_EQ(*info.Find("kafka")->FindString("bootstrap"), config_.bootstrap_servers());
  EXPECT_TRUE(info.Find("kafka")->Find("reachable")->AsBool());
  EXPECT_TRUE(info.Find("registry")->Find("reachable")->AsBool());
  EXPECT_TRUE(info.Find("kafka")->Find("error")->is_null());
}

TEST_F(ConsoleTest, ABrokerOfAnotherProcessIsAskedForSizes) {
  EXPECT_EQ(Send("POST", "/api/topics", R"({"name":"a","partitions":3})").status, 201);
  Produce("a", {"1", "2"}, 1);
  KafkaConsoleOptions options;
  options.kafka = config_;
  options.watch = false;
  Open(options);
  context_->LookAtTopics();
  EXPECT_EQ(Get("/api/topics").Find("topics")->items()[1].Find("bytes")->AsInt(), SizesOf(*broker_)().at("a"));
  options.kafka.properties["security.protocol"] = "SSL";  // which librdkafka alone speaks
  auto admin = kafka::AdminClient::Create(options.kafka);
  ASSERT_TRUE(admin.ok());
  EXPECT_EQ((*admin)->DescribeLogDirs().error().code, "UNSUPPORTED");
}

TEST_F(ConsoleTest, TopicsAreMadeListedConfiguredEmptiedAndDeleted) {
  EXPECT_EQ(Send("POST", "/api/topics", R"({"name":"a","partitions":3,"configs":{"retention.ms":60000}})").status, 201);
  Produce("a", {"1", "2"}, 1);
  context_->LookAtTopics();
  Json topics = Get("/api/topics");
  EXPECT_TRUE(topics.Find("reachable")->AsBool());
  EXPECT_EQ(Pick(*topics.Find("topics"), "name"), "_schemas,a");
  EXPECT_EQ(Pick(*topics.Find("topics"), "internal"), "true,false");
  const Json a = topics.Find("topics")->items()[1];
  EXPECT_EQ(a.Find("partitions")->AsInt(), 3);
  EXPECT_EQ(a.Find("messages")->AsInt(), 2);
  EXPECT_GT(a.Find("bytes")->AsInt(), 60);  // a batch has a header of that size
  EXPECT_EQ(a.Find("retention_ms")->AsInt(), 60'000);
  EXPECT_EQ(*a.FindString("cleanup_policy"), "delete");

  EXPECT_EQ(Call("PUT", "/api/topics/a/configs", R"({"set":{"retention.ms":"90000"}})"), "200 {}");
  const Json one = Get("/api/topics/a");
  EXPECT_EQ(one.Find("retention_ms")->AsInt(), 90'000);
  EXPECT_EQ(Pick(*one.Find("partition_list"), "end"), "0,2,0");
  bool found = false;
  for (const Json& config : one.Find("configs")->items()) {
    if (*config.FindString("name") != "retention.ms") continue;
    found = true;
    EXPECT_EQ(*config.FindString("value"), "90000");
    EXPECT_FALSE(config.Find("is_default")->AsBool());
    EXPECT_FALSE(config.FindString("doc")->empty());
  }
  EXPECT_TRUE(found);

  EXPECT_EQ(Call("DELETE", "/api/topics/a/records"), "200 {}");
  EXPECT_EQ(Get("/api/topics/a").Find("messages")->AsInt(), 0);
  EXPECT_EQ(Call("DELETE", "/api/topics/a"), "200 {}");
  EXPECT_EQ(Call("GET", "/api/topics/a"), R"(404 {"error":{"message":"There is no topic 'a'."}})");
}

TEST_F(ConsoleTest, RefusesTopicsThatCannotBe) {
  EXPECT_EQ(Send("POST", "/api/topics", R"({"name":"a/b"})").status, 400);
  EXPECT_EQ(Send("POST", "/api/topics", R"({"name":".."})").status, 400);
  EXPECT_EQ(Send("POST", "/api/topics", R"({"name":"a","partitions":0})").body,
            R"({"error":{"message":"'partitions' must be a whole number from 1 to 10000, not '0'."}})");
  EXPECT_EQ(Send("POST", "/api/topics", R"({"name":"a","configs":{"retention.ms":"soon"}})").status, 400);
  EXPECT_EQ(Send("POST", "/api/topics", "[]").status, 400);
  EXPECT_EQ(Send("POST", "/api/topics", "").status, 400);
  CreateTopic("a");
  EXPECT_EQ(Send("POST", "/api/topics", R"({"name":"a"})").status, 409);
  EXPECT_EQ(Send("DELETE", "/api/topics/b").status, 404);
  EXPECT_EQ(Send("GET", "/api/topics/b/history").status, 404);
  EXPECT_EQ(Send("GET", "/api/topics/a/history?range=1d").status, 400);
}

TEST_F(ConsoleTest, RatesAndHistoryComeFromSamples) {
  CreateTopic("a", 2);
  TopicStats& stats = context_->topic_stats();
  const int64_t start = (SystemClock().WallMillis() / 1'000 + 60) * 1'000;
  stats.Sample(start);
  Produce("a", {"1", "2", "3", "4"}, 0);
  stats.Sample(start + 1'000);
  Produce("a", {"5", "6"}, 1);
  stats.Sample(start + 2'000);
  EXPECT_DOUBLE_EQ(stats.snapshot()->Find("a")->messages_rate, 3);
  EXPECT_EQ(Get("/api/topics/a/history").ToString(),
            fmt::format(R"({{"step_millis":1000,"times":[{},{}],"series":{{"messages_rate":[null,2.0],)"
                        R"("messages":[4.0,6.0]}}}})",
                        start + 1'000, start + 2'000));
  EXPECT_EQ(Get("/api/topics/a/history?range=6h").Find("step_millis")->AsInt(), 10'000);
}

TEST_F(ConsoleTest, ATopicThatIsDeletedMeanwhileIsGoneWithTheNextLook) {
  CreateTopic("a");
  CreateTopic("b");
  ASSERT_TRUE(context_->admin().DeleteTopic("a").ok());
  context_->topic_stats().Sample(SystemClock().WallMillis());
  Json topics = Get("/api/topics");
  EXPECT_TRUE(topics.Find("reachable")->AsBool()) << topics.ToString();
  context_->topic_stats().Sample(SystemClock().WallMillis() + TopicStats::kSlowMillis);
  EXPECT_EQ(Pick(*Get("/api/topics").Find("topics"), "name"), "_schemas,b");
}

TEST_F(ConsoleTest, NamesTheTablesAndJobsOfATopic) {
  CreateTopic("sales");
  engine::JobReport job;
  job.id = "j1";
  job.name = "insert";
  job.state = "RUNNING";
  job.vertices.resize(1);
  job.vertices[0].operators = {{.id = 1,
                                .name = "S[1]",
                                .table = "default_catalog.default_database.S",
                                .use = connect::ExternalUse{.system = "kafka", .topics = {"sales", "other"}}},
                               {.id = 2, .name = "T[2]", .table = "default_catalog.default_database.T"}};
  jobs_.reports = {job};
  context_->LookAtJobs();
  const Json topic = Get("/api/topics/sales");
  EXPECT_EQ(topic.Find("tables")->ToString(), R"([{"path":"default_catalog.default_database.S","jobs":["j1"]}])");
  EXPECT_EQ(topic.Find("jobs")->ToString(), R"([{"id":"j1","name":"insert","role":"source"}])");
  jobs_.reports[0].state = "CANCELED";
  context_->LookAtJobs();
  EXPECT_EQ(Get("/api/topics/sales").Find("jobs")->ToString(), "[]");
}

TEST_F(ConsoleTest, KnowsTheTopicsAndTheGroupOfARunningJob) {
  CreateTopic("sales");
  Run("a",
      fmt::format("CREATE TABLE S (a INT) WITH ({},'topic'='sales','properties.group.id'='copiers');\n"
                  "CREATE TABLE T (a INT) WITH ('connector'='blackhole');\n",
                  KafkaTableOptions()),
      "INSERT INTO T SELECT a FROM S");
  const Json topic = Get("/api/topics/sales");
  EXPECT_EQ(Pick(*topic.Find("tables"), "path"), "default_catalog.default_database.S");
  EXPECT_EQ(Pick(*topic.Find("jobs"), "id"), "a");
  const auto uses = context_->uses();
  ASSERT_EQ(uses->size(), 1u);
  EXPECT_EQ(uses->front().group, "copiers");
  EXPECT_TRUE(jobs_.Cancel("a").ok());
}

TEST_F(ConsoleTest, KnowsTheTopicsOfTablesMadeLikeOthersAndOfHints) {
  for (const char* topic : {"sales", "returns", "hinted", "out", "hinted_out"}) CreateTopic(topic);
  Run("a",
      fmt::format("CREATE TABLE S (a INT) WITH ({},'topic'='sales');\n"
                  "CREATE TABLE R WITH ('topic'='returns') LIKE S;\n"
                  "CREATE TABLE O WITH ('topic'='out') LIKE S;\n",
                  KafkaTableOptions()),
      "EXECUTE STATEMENT SET BEGIN INSERT INTO O SELECT a FROM R;"
      "INSERT INTO O /*+ OPTIONS('topic'='hinted_out') */ SELECT a FROM S /*+ OPTIONS('topic'='hinted') */; END");
  const auto uses_of = [&](const std::string& name) {
    const Json topic = Get("/api/topics/" + name);
    return fmt::format("{} {}", Pick(*topic.Find("tables"), "path"), Pick(*topic.Find("jobs"), "role"));
  };
  EXPECT_EQ(uses_of("sales"), " ");
  EXPECT_EQ(uses_of("returns"), "default_catalog.default_database.R source");
  EXPECT_EQ(uses_of("out"), "default_catalog.default_database.O sink");
  EXPECT_EQ(uses_of("hinted"), "default_catalog.default_database.S source");
  EXPECT_EQ(uses_of("hinted_out"), "default_catalog.default_database.O sink");
  EXPECT_TRUE(jobs_.Cancel("a").ok());
}

TEST_F(ConsoleTest, ShowsNoLoginOfTheRegistry) {
  KafkaConsoleOptions console;
  console.kafka = config_;
  console.registry.urls = {"http://u:p@ss@127.0.0.1:1/a@b", "u:p@127.0.0.1:1"};
  console.registry.max_retries = 0;
  console.watch = false;
  Open(std::move(console));
  const Json info = Get("/api/info");
  EXPECT_EQ(*info.Find("registry")->FindString("url"), "http://127.0.0.1:1/a@b,******@127.0.0.1:1");
}

TEST_F(ConsoleTest, SaysWhenTheBrokerIsAwayAndRecovers) {
  CreateTopic("a");
  const auto port = broker_->listeners()[0].port;
  registry_.reset();
  broker_.reset();
  context_->LookAtTopics();
  context_->LookAtSubjects();
  const Json topics = Get("/api/topics");
  EXPECT_FALSE(topics.Find("reachable")->AsBool());
  EXPECT_NE(topics.FindString("error")->find("127.0.0.1"), std::string::npos) << *topics.FindString("error");
  EXPECT_FALSE(Get("/api/info").Find("registry")->Find("reachable")->AsBool());
  EXPECT_EQ(Send("GET", "/api/topics/a/messages").status, 503);
  broker::BrokerOptions options;
  options.data_dir = folder_.path();
  options.listeners[0].port = port;
  broker_ = std::move(*broker::Broker::Start(options));
  for (int looks = 0; looks < 20 && !context_->topics()->reachable; ++looks) context_->LookAtTopics();
  EXPECT_TRUE(Get("/api/topics").Find("reachable")->AsBool());
}

}  // namespace
}  // namespace millrace::server::console
