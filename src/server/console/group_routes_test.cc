// Consumer groups, their lag and its reset.
#include "broker/broker_test_client.h"
#include "kafka/client/consumer.h"
#include "kafka/protocol/messages/groups.h"
#include "server/console/console_test_fixture.h"

namespace millrace::server::console {
namespace {

using codec::Json;

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
