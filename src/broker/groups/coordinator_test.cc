#include "broker/groups/coordinator.h"

#include <gtest/gtest.h>

#include "broker/groups/memory_offset_store.h"

namespace millrace::broker {
namespace {

using kafka::ErrorCode;
using kafka::JoinGroupRequest;
using kafka::JoinGroupResponse;
using kafka::SyncGroupResponse;

class CoordinatorTest : public ::testing::Test {
 protected:
  static constexpr int32_t kSession = 10'000;
  static constexpr int32_t kRebalance = 60'000;

  explicit CoordinatorTest(GroupSettings settings = {})
      : coordinator(clock, settings, store, [this] { return std::to_string(++ids_); }) {}

  // A member as a client sees itself.
  struct Client {
    std::string name;
    std::string member_id;
    std::optional<std::string> instance_id;
    std::string metadata = "sub";
    std::string protocol = "range";
    std::optional<JoinGroupResponse> joined;
    std::optional<SyncGroupResponse> synced;
  };

  GroupCaller Caller(const Client& client, int16_t version) { return {version, client.name, "/127.0.0.1"}; }

  void Join(Client& client, int16_t version = 9) {
    client.joined.reset();
    JoinGroupRequest request;
    request.group_id = "g";
    request.session_timeout_ms = kSession;
    request.rebalance_timeout_ms = kRebalance;
    request.member_id = client.member_id;
    request.group_instance_id = client.instance_id;
    request.protocol_type = "consumer";
    request.protocols.push_back({client.protocol, client.metadata});
    coordinator.Join(Caller(client, version), request, [&client](JoinGroupResponse response) {
      ASSERT_FALSE(client.joined.has_value()) << "answered twice";
      if (!response.member_id.empty()) client.member_id = response.member_id;
      client.joined = std::move(response);
    });
  }

  // Joins as a v4+ client does: the first answer only hands out the member id.
  void JoinTwice(Client& client) {
    Join(client);
    ASSERT_EQ(client.joined->error_code, Code(ErrorCode::kMemberIdRequired));
    ASSERT_FALSE(client.member_id.empty());
    Join(client);
  }

  void Sync(Client& client, std::vector<std::pair<std::string, std::string>> assignments = {}) {
    client.synced.reset();
    kafka::SyncGroupRequest request;
    request.group_id = "g";
    request.generation_id = client.joined->generation_id;
    request.member_id = client.member_id;
    request.group_instance_id = client.instance_id;
    for (auto& [member, bytes] : assignments) request.assignments.push_back({member, bytes});
    coordinator.Sync(request, [&client](SyncGroupResponse response) {
      ASSERT_FALSE(client.synced.has_value()) << "answered twice";
      client.synced = std::move(response);
    });
  }

  ErrorCode Heartbeat(const Client& client) {
    kafka::HeartbeatRequest request{"g", client.joined->generation_id, client.member_id, client.instance_id};
    return static_cast<ErrorCode>(coordinator.Heartbeat(request).error_code);
  }

  ErrorCode Leave(const std::string& member_id, std::optional<std::string> instance_id = std::nullopt) {
    kafka::LeaveGroupRequest request;
    request.group_id = "g";
    request.members.push_back({member_id, std::move(instance_id), std::nullopt});
    return static_cast<ErrorCode>(coordinator.Leave({5, "", ""}, request).members.at(0).error_code);
  }

  ErrorCode Commit(const std::string& member_id, int32_t generation, int64_t offset, std::string metadata = "") {
    kafka::OffsetCommitRequest request;
    request.group_id = "g";
    request.member_id = member_id;
    request.generation_id = generation;
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    topic.partitions.push_back(
        {.partition_index = 0, .committed_offset = offset, .committed_metadata = std::move(metadata)});
    const auto response =
        coordinator.CommitOffsets(request, [](const std::string& name, int32_t) { return name == "t"; });
    return static_cast<ErrorCode>(response.topics.at(0).partitions.at(0).error_code);
  }

  int64_t Fetch() {
    kafka::OffsetFetchRequest request;
    auto& group = request.groups.emplace_back();
    group.group_id = "g";
    group.topics.emplace().push_back({"t", {0}});
    return coordinator.FetchOffsets({8, "", ""}, request).groups.at(0).topics.at(0).partitions.at(0).committed_offset;
  }

  std::string State() {
    kafka::DescribeGroupsRequest request;
    request.groups.push_back("g");
    return coordinator.Describe(request).groups.at(0).group_state;
  }

  void Advance(int64_t millis) {
    clock.Advance(millis);
    coordinator.Tick();
  }

  // Two members in a stable group; `a` leads.
  void MakeStable(Client& a, Client& b) {
    JoinTwice(a);
    Sync(a, {{a.member_id, "all"}});
    JoinTwice(b);
    Join(a);
    ASSERT_EQ(a.joined->leader, a.member_id);
    ASSERT_EQ(a.joined->members.size(), 2u);
    ASSERT_TRUE(b.joined.has_value());
    ASSERT_TRUE(b.joined->members.empty());
    Sync(b);
    ASSERT_FALSE(b.synced.has_value());
    Sync(a, {{a.member_id, "left"}, {b.member_id, "right"}});
    ASSERT_EQ(a.synced->assignment, "left");
    ASSERT_EQ(b.synced->assignment, "right");
    ASSERT_EQ(State(), "Stable");
  }

  ManualClock clock{1'700'000'000'000};
  MemoryOffsetStore store;
  int ids_ = 0;
  GroupCoordinator coordinator;
};

TEST_F(CoordinatorTest, OneMemberJoinsLeadsAndGetsItsOwnAssignment) {
  Client a{.name = "c"};
  JoinTwice(a);
  ASSERT_TRUE(a.joined.has_value());
  EXPECT_EQ(a.joined->error_code, 0);
  EXPECT_EQ(a.joined->generation_id, 1);
  EXPECT_EQ(a.joined->leader, a.member_id);
  EXPECT_EQ(a.joined->protocol_name, "range");
  EXPECT_EQ(a.member_id, "c-1");
  EXPECT_EQ(State(), "CompletingRebalance");
  Sync(a, {{a.member_id, "everything"}});
  EXPECT_EQ(a.synced->assignment, "everything");
  EXPECT_EQ(State(), "Stable");
}

TEST_F(CoordinatorTest, OldClientsJoinWithoutAMemberIdInOneStep) {
  Client a{.name = "c"};
  Join(a, 3);
  ASSERT_TRUE(a.joined.has_value());
  EXPECT_EQ(a.joined->error_code, 0);
  EXPECT_EQ(a.joined->generation_id, 1);
}

TEST_F(CoordinatorTest, ASecondMemberMakesTheFirstOneJoinAgain) {
  Client a{.name = "a"}, b{.name = "b"};
  JoinTwice(a);
  Sync(a, {{a.member_id, "all"}});
  JoinTwice(b);
  EXPECT_FALSE(b.joined.has_value());
  EXPECT_EQ(Heartbeat(a), ErrorCode::kRebalanceInProgress);
  Join(a);
  ASSERT_TRUE(a.joined.has_value());
  ASSERT_TRUE(b.joined.has_value());
  EXPECT_EQ(a.joined->generation_id, 2);
  EXPECT_EQ(b.joined->leader, a.member_id);
}

TEST_F(CoordinatorTest, AMemberThatDoesNotRejoinInTimeIsDropped) {
  Client a{.name = "a"}, b{.name = "b"};
  MakeStable(a, b);
  Join(a);  // the leader's rejoin starts a rebalance
  ASSERT_FALSE(a.joined.has_value());
  for (int64_t waited = 0; waited < kRebalance; waited += kSession / 2) {
    EXPECT_FALSE(a.joined.has_value());
    kafka::HeartbeatRequest alive{"g", 2, b.member_id, std::nullopt};  // b heartbeats but never joins
    coordinator.Heartbeat(alive);
    Advance(kSession / 2);
  }
  ASSERT_TRUE(a.joined.has_value());
  EXPECT_EQ(a.joined->members.size(), 1u);
  EXPECT_EQ(Heartbeat(b), ErrorCode::kUnknownMemberId);
}

TEST_F(CoordinatorTest, ASilentMemberLosesItsSession) {
  Client a{.name = "a"}, b{.name = "b"};
  MakeStable(a, b);
  Advance(kSession - 1);
  EXPECT_EQ(Heartbeat(a), ErrorCode::kNone);
  Advance(1);
  EXPECT_EQ(Heartbeat(b), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(Heartbeat(a), ErrorCode::kRebalanceInProgress);
}

TEST_F(CoordinatorTest, AMemberThatNeverSyncsIsDroppedAfterTheRebalanceTimeout) {
  Client a{.name = "a"};
  JoinTwice(a);
  for (int64_t waited = 0; waited < kRebalance; waited += kSession / 2) {
    EXPECT_EQ(Heartbeat(a), ErrorCode::kNone);
    Advance(kSession / 2);
  }
  EXPECT_EQ(Heartbeat(a), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(State(), "Empty");
}

TEST_F(CoordinatorTest, APendingMemberHoldsUpTheJoinOnlyForItsSession) {
  Client a{.name = "a"}, ghost{.name = "ghost"};
  JoinTwice(a);
  Sync(a, {{a.member_id, "all"}});
  Join(ghost);  // gets an id and is never heard of again
  ASSERT_EQ(ghost.joined->error_code, Code(ErrorCode::kMemberIdRequired));
  Join(a);
  EXPECT_FALSE(a.joined.has_value());
  Advance(kSession);
  ASSERT_TRUE(a.joined.has_value());
  EXPECT_EQ(a.joined->members.size(), 1u);
}

TEST_F(CoordinatorTest, AFollowerRejoiningUnchangedKeepsTheGeneration) {
  Client a{.name = "a"}, b{.name = "b"};
  MakeStable(a, b);
  Join(b);
  ASSERT_TRUE(b.joined.has_value());
  EXPECT_EQ(b.joined->generation_id, 2);
  EXPECT_EQ(State(), "Stable");
  b.metadata = "other topics";
  Join(b);
  EXPECT_FALSE(b.joined.has_value());
  EXPECT_EQ(State(), "PreparingRebalance");
}

TEST_F(CoordinatorTest, SyncChecksMemberGenerationAndPhase) {
  Client a{.name = "a"}, b{.name = "b"};
  MakeStable(a, b);
  a.joined->generation_id = 1;
  Sync(a);
  EXPECT_EQ(a.synced->error_code, Code(ErrorCode::kIllegalGeneration));
  a.joined->generation_id = 2;
  Sync(a);
  EXPECT_EQ(a.synced->assignment, "left");
  Client stranger{.name = "x", .member_id = "nobody"};
  stranger.joined.emplace().generation_id = 2;
  Sync(stranger);
  EXPECT_EQ(stranger.synced->error_code, Code(ErrorCode::kUnknownMemberId));
  Join(a);
  a.joined.emplace().generation_id = 2;
  Sync(b);
  EXPECT_EQ(b.synced->error_code, Code(ErrorCode::kRebalanceInProgress));
}

TEST_F(CoordinatorTest, WaitingSyncsAreToldWhenTheGroupRebalancesAgain) {
  Client a{.name = "a"}, b{.name = "b"};
  MakeStable(a, b);
  Join(a);
  Join(b);
  ASSERT_TRUE(a.joined.has_value());
  Sync(b);
  EXPECT_FALSE(b.synced.has_value());
  EXPECT_EQ(Leave(a.member_id), ErrorCode::kNone);
  ASSERT_TRUE(b.synced.has_value());
  EXPECT_EQ(b.synced->error_code, Code(ErrorCode::kRebalanceInProgress));
  Join(b);
  EXPECT_EQ(b.joined->leader, b.member_id);
}

TEST_F(CoordinatorTest, TheLastOneLeavingEmptiesTheGroup) {
  Client a{.name = "a"};
  JoinTwice(a);
  Sync(a, {});
  EXPECT_EQ(Leave("nobody"), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(Leave(a.member_id), ErrorCode::kNone);
  EXPECT_EQ(State(), "Empty");
}

TEST_F(CoordinatorTest, AStaticMemberComingBackKeepsItsAssignmentWithoutARebalance) {
  Client a{.name = "a", .instance_id = "one"}, b{.name = "b", .instance_id = "two"};
  Join(a);
  Sync(a, {{a.member_id, "all"}});
  Join(b);
  Join(a);
  Sync(a, {{a.member_id, "left"}, {b.member_id, "right"}});
  Sync(b);
  ASSERT_EQ(b.synced->assignment, "right");

  Client again{.name = "b", .instance_id = "two"};
  Join(again);
  ASSERT_TRUE(again.joined.has_value());
  EXPECT_EQ(again.joined->generation_id, 2);
  EXPECT_NE(again.member_id, b.member_id);
  EXPECT_EQ(State(), "Stable");
  Sync(again);
  EXPECT_EQ(again.synced->assignment, "right");
  EXPECT_EQ(Heartbeat(b), ErrorCode::kFencedInstanceId);
  EXPECT_EQ(Heartbeat(a), ErrorCode::kNone);
}

TEST_F(CoordinatorTest, AStaticLeaderComingBackSkipsTheAssignment) {
  Client a{.name = "a", .instance_id = "one"};
  Join(a);
  Sync(a, {{a.member_id, "all"}});
  Client again{.name = "a", .instance_id = "one"};
  Join(again, 9);
  EXPECT_TRUE(again.joined->skip_assignment);
  EXPECT_EQ(again.joined->leader, again.member_id);
  Client older{.name = "a", .instance_id = "one"};
  Join(older, 8);
  EXPECT_FALSE(older.joined->skip_assignment);
  EXPECT_NE(older.joined->leader, older.member_id);
}

TEST_F(CoordinatorTest, AnAdministratorRemovesAStaticMemberByItsName) {
  Client a{.name = "a", .instance_id = "one"};
  Join(a);
  Sync(a, {});
  EXPECT_EQ(Leave("", "two"), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(Leave("wrong", "one"), ErrorCode::kFencedInstanceId);
  EXPECT_EQ(Leave("", "one"), ErrorCode::kNone);
  EXPECT_EQ(State(), "Empty");
}

TEST_F(CoordinatorTest, ProtocolsThatDoNotFitAreRefused) {
  Client a{.name = "a"}, b{.name = "b", .protocol = "sticky"};
  JoinTwice(a);
  Join(b);
  EXPECT_EQ(b.joined->error_code, Code(ErrorCode::kInconsistentGroupProtocol));
}

TEST_F(CoordinatorTest, SessionTimeoutsOutsideTheLimitsAreRefused) {
  JoinGroupRequest request;
  request.group_id = "g";
  request.protocol_type = "consumer";
  request.protocols.push_back({"range", ""});
  for (const int32_t timeout : {5'999, 1'800'001}) {
    request.session_timeout_ms = timeout;
    int16_t error = 0;
    coordinator.Join({9, "c", ""}, request, [&](JoinGroupResponse response) { error = response.error_code; });
    EXPECT_EQ(error, Code(ErrorCode::kInvalidSessionTimeout));
  }
}

TEST_F(CoordinatorTest, CommitsFollowTheMembersState) {
  EXPECT_EQ(Commit("", -1, 5), ErrorCode::kNone);
  EXPECT_EQ(Fetch(), 5);
  EXPECT_EQ(State(), "Empty");
  EXPECT_EQ(Commit("", 3, 5), ErrorCode::kUnknownMemberId);
  Client a{.name = "a"};
  JoinTwice(a);
  EXPECT_EQ(Commit(a.member_id, 1, 6), ErrorCode::kRebalanceInProgress);
  Sync(a, {});
  EXPECT_EQ(Commit(a.member_id, 1, 7), ErrorCode::kNone);
  EXPECT_EQ(Commit("", -1, 8), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(Commit(a.member_id, 2, 8), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(Commit(a.member_id, 1, 8, std::string(4097, 'x')), ErrorCode::kOffsetMetadataTooLarge);
  EXPECT_EQ(Fetch(), 7);
}

TEST_F(CoordinatorTest, CommitToAnUnknownTopicIsRefusedAlone) {
  kafka::OffsetCommitRequest request;
  request.group_id = "g";
  request.topics.emplace_back().name = "missing";
  request.topics[0].partitions.push_back({.partition_index = 0, .committed_offset = 1});
  const auto response = coordinator.CommitOffsets(request, [](const std::string&, int32_t) { return false; });
  EXPECT_EQ(response.topics[0].partitions[0].error_code, Code(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_TRUE(store.Groups().empty());
}

TEST_F(CoordinatorTest, DeletingNeedsAnEmptyGroup) {
  Client a{.name = "a"};
  JoinTwice(a);
  Sync(a, {});
  Commit(a.member_id, 1, 7);
  const auto remove = [&](const char* id) {
    return coordinator.Delete({.group_names = {id}}).results.at(0).error_code;
  };
  EXPECT_EQ(remove("g"), Code(ErrorCode::kNonEmptyGroup));
  EXPECT_EQ(remove("other"), Code(ErrorCode::kGroupIdNotFound));
  Leave(a.member_id);
  EXPECT_EQ(remove("g"), 0);
  EXPECT_EQ(Fetch(), -1);
  EXPECT_EQ(State(), "Dead");
}

TEST_F(CoordinatorTest, OffsetsOfSubscribedTopicsCannotBeDeleted) {
  // Subscription v0: version 0, one topic "t", no user data.
  Client a{.name = "a", .metadata = std::string("\0\0\0\0\0\1\0\1t\xff\xff\xff\xff", 13)};
  JoinTwice(a);
  Sync(a, {});
  Commit(a.member_id, 1, 7);
  kafka::OffsetDeleteRequest request;
  request.group_id = "g";
  request.topics.push_back({"t", {{0}}});
  EXPECT_EQ(coordinator.DeleteOffsets(request).topics[0].partitions[0].error_code,
            Code(ErrorCode::kGroupSubscribedToTopic));
  Leave(a.member_id);
  EXPECT_EQ(coordinator.DeleteOffsets(request).topics[0].partitions[0].error_code, 0);
  EXPECT_EQ(Fetch(), -1);
}

TEST_F(CoordinatorTest, OffsetsExpireSevenDaysAfterTheGroupBecameEmpty) {
  Commit("", -1, 5);
  Advance(6LL * 24 * 3600 * 1000);
  EXPECT_EQ(Fetch(), 5);
  Advance(24LL * 3600 * 1000 + 600'000);
  EXPECT_EQ(Fetch(), -1);
  EXPECT_EQ(State(), "Dead");
}

TEST_F(CoordinatorTest, DescribeAndListTellTheMembers) {
  Client a{.name = "a"}, b{.name = "b"};
  MakeStable(a, b);
  const auto described = coordinator.Describe({.groups = {"g"}, .include_authorized_operations = true}).groups.at(0);
  EXPECT_EQ(described.protocol_type, "consumer");
  EXPECT_EQ(described.protocol_data, "range");
  ASSERT_EQ(described.members.size(), 2u);
  EXPECT_EQ(described.members[0].client_host, "/127.0.0.1");
  EXPECT_EQ(described.members[0].member_metadata, "sub");
  EXPECT_EQ(described.authorized_operations, 328);
  EXPECT_EQ(coordinator.List({}).groups.size(), 1u);
  EXPECT_EQ(coordinator.List({.states_filter = {"stable"}}).groups.size(), 1u);
  EXPECT_TRUE(coordinator.List({.states_filter = {"Empty"}}).groups.empty());
  EXPECT_TRUE(coordinator.List({.types_filter = {"consumer"}}).groups.empty());
}

class DelayedCoordinatorTest : public CoordinatorTest {
 protected:
  DelayedCoordinatorTest() : CoordinatorTest(GroupSettings{.initial_rebalance_delay_ms = 3'000}) {}
};

TEST_F(DelayedCoordinatorTest, TheFirstRebalanceWaitsForMoreMembers) {
  Client a{.name = "a"}, b{.name = "b"};
  Join(a, 3);
  Advance(2'000);
  EXPECT_FALSE(a.joined.has_value());
  Join(b, 3);
  Advance(1'000);
  EXPECT_FALSE(a.joined.has_value());  // somebody came: the delay starts again
  Advance(3'000);
  ASSERT_TRUE(a.joined.has_value());
  EXPECT_EQ(a.joined->members.size() + b.joined->members.size(), 2u);
}

}  // namespace
}  // namespace millrace::broker
