// Consumer groups, their lag and its reset.
#include "broker/broker_test_client.h"
#include "kafka/client/consumer.h"
#include "kafka/protocol/messages/groups.h"
#include "server/console/console_test_fixture.h"

namespace millrace::server::console {
namespace {

using codec::Json;

TEST_F(ConsoleTest, AJobIsShownAtTheGroupOfItsHint) {
  CreateTopic("sales");
  for (const char* group : {"tables-own", "of-like", "of-hint"}) {
    kafka::ClientConfig config = config_;
    config.properties["group.id"] = group;
    auto reader = kafka::PartitionConsumer::Create(config);
    ASSERT_TRUE(reader.ok());
    const kafka::TopicPartitionOffset committed[] = {{{"sales", 0}, 0, ""}};
    ASSERT_TRUE((*reader)->Commit(committed).ok());
  }
  const std::string tables = fmt::format(
      "CREATE TABLE S (a INT) WITH ({},'topic'='sales','properties.group.id'='tables-own');\n"
      "CREATE TABLE L WITH ('properties.group.id'='of-like') LIKE S;\n"
      "CREATE TABLE T (a INT) WITH ('connector'='blackhole');\n",
      KafkaTableOptions());
  Run("hint", tables, "INSERT INTO T SELECT a FROM S /*+ OPTIONS('properties.group.id'='of-hint') */");
  Run("like", tables, "INSERT INTO T SELECT a FROM L");
  // What only writes commits under no group.
  Run("sink", tables, "INSERT INTO S SELECT a FROM L /*+ OPTIONS('properties.group.id'='another') */");
  context_->LookAtTopics();
  context_->LookAtGroups();
  const Json groups = Get("/api/groups");
  EXPECT_EQ(Pick(*groups.Find("groups"), "id"), "of-hint,of-like,tables-own");
  EXPECT_EQ(Pick(*groups.Find("groups"), "job"), "hint,like,null");
  EXPECT_EQ(Get("/api/groups/of-hint").Find("job")->ToString(), R"("hint")");
  EXPECT_EQ(Get("/api/groups/tables-own").Find("job")->ToString(), "null");
  for (const char* job : {"hint", "like", "sink"}) EXPECT_TRUE(jobs_.Cancel(job).ok());
}

TEST_F(ConsoleTest, GroupsShowTheirLagAndAreReset) {
  CreateTopic("a", 2);
  Produce("a", {"0", "1", "2", "3", "4"}, 0, 1'000);
  Produce("a", {"0", "1"}, 1, 1'000);
  kafka::ClientConfig config = config_;
  config.properties["group.id"] = "g";
  auto reader = kafka::PartitionConsumer::Create(config);
  ASSERT_TRUE(reader.ok());
  const kafka::TopicPartitionOffset committed[] = {{{"a", 0}, 3, ""}};
  ASSERT_TRUE((*reader)->Commit(committed).ok());
  context_->LookAtTopics();
  context_->LookAtGroups();
  EXPECT_EQ(Get("/api/groups").Find("groups")->ToString(),
            R"([{"id":"g","state":"Empty","members":0,"topics":["a"],"lag":2,"job":null}])");
  EXPECT_EQ(Get("/api/groups/g").Find("offsets")->ToString(),
            R"([{"topic":"a","partition":0,"offset":3,"end":5,"lag":2}])");
  EXPECT_EQ(Get("/api/topics/a").Find("groups")->ToString(), R"([{"id":"g","lag":2,"state":"Empty"}])");
  const Json history = Get("/api/groups/g/history");
  EXPECT_EQ(history.Find("series")->Find("lag")->ToString(), "[2.0]");
  EXPECT_EQ(history.Find("series")->Find("lag.a-0")->ToString(), "[2.0]");

  const auto reset = [&](const std::string& body) { return Call("POST", "/api/groups/g/reset", body); };
  EXPECT_EQ(reset(R"({"to":"earliest","preview":true})"),
            R"(200 {"changes":[{"topic":"a","partition":0,"from":3,"to":0}]})");
  EXPECT_EQ(Get("/api/groups/g").Find("offsets")->items()[0].Find("offset")->AsInt(), 3);
  EXPECT_EQ(reset(R"({"to":"shift:-1"})"), R"(200 {"changes":[{"topic":"a","partition":0,"from":3,"to":2}]})");
  EXPECT_EQ(reset(R"({"to":"offset:99"})"), R"(200 {"changes":[{"topic":"a","partition":0,"from":2,"to":5}]})");
  EXPECT_EQ(
      reset(R"({"to":"time:1001","topics":["a"]})"),
      R"(200 {"changes":[{"topic":"a","partition":0,"from":5,"to":1},{"topic":"a","partition":1,"from":null,"to":1}]})");
  EXPECT_EQ(Get("/api/groups").Find("groups")->items()[0].Find("lag")->AsInt(), 5);
  EXPECT_EQ(Send("POST", "/api/groups/g/reset", R"({"to":"there"})").status, 400);
  EXPECT_EQ(Send("POST", "/api/groups/g/reset", R"({"to":"latest","topics":["none"]})").status, 404);

  broker::TestClient member(broker_->listeners()[0].port);
  kafka::JoinGroupRequest join;
  join.group_id = "g";
  join.session_timeout_ms = 30'000;
  join.rebalance_timeout_ms = 30'000;
  join.protocol_type = "consumer";
  join.protocols.push_back({.name = "range"});
  EXPECT_EQ(member.Call<kafka::JoinGroupResponse>(join, 3).error_code, 0);
  EXPECT_EQ(Send("POST", "/api/groups/g/reset", R"({"to":"earliest","preview":true})").status, 200);
  const http::Response refused = Send("POST", "/api/groups/g/reset", R"({"to":"earliest"})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.body.find("Consumer group 'g' has active members: test ("), std::string::npos) << refused.body;
  EXPECT_EQ(Send("DELETE", "/api/groups/g").status, 409);
  EXPECT_EQ(Send("GET", "/api/groups/none").status, 404);
}

TEST_F(ConsoleTest, AnEmptyGroupIsDeleted) {
  CreateTopic("a");
  kafka::ClientConfig config = config_;
  config.properties["group.id"] = "g";
  const kafka::TopicPartitionOffset committed[] = {{{"a", 0}, 0, ""}};
  ASSERT_TRUE((*kafka::PartitionConsumer::Create(config))->Commit(committed).ok());
  EXPECT_EQ(Call("DELETE", "/api/groups/g"), "200 {}");
  EXPECT_EQ(Get("/api/groups").Find("groups")->ToString(), "[]");
}

}  // namespace
}  // namespace millrace::server::console
