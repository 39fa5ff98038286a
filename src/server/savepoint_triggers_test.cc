#include "server/savepoint_triggers.h"

#include <atomic>

#include <gtest/gtest.h>

namespace millrace::server {
namespace {

Result<std::string> Await(SavepointTriggers& triggers, const std::string& id) {
  SavepointTriggers::Outcome outcome = triggers.Find(id);
  while (outcome.known && !outcome.result) outcome = triggers.Find(id);
  return outcome.known ? *outcome.result : Result<std::string>(UserError("unknown"));
}

TEST(SavepointTriggers, AnIdThatIsKnownStartsNothing) {
  SavepointTriggers triggers;
  std::atomic<int> taken{0};
  const auto take = [&]() -> Result<std::string> { return std::to_string(++taken); };
  EXPECT_EQ(triggers.Start("a", take), "a");
  EXPECT_EQ(*Await(triggers, "a"), "1");
  EXPECT_EQ(triggers.Start("a", take), "a");
  EXPECT_EQ(*Await(triggers, "a"), "1");
  const std::string own = triggers.Start("", take);
  EXPECT_EQ(own.size(), 32u);
  EXPECT_EQ(*Await(triggers, own), "2");
  EXPECT_FALSE(triggers.Find("b").known);
}

TEST(SavepointTriggers, OldOutcomesAreForgotten) {
  SavepointTriggers triggers;
  for (size_t i = 0; i <= SavepointTriggers::kMaxKept; ++i) {
    const std::string id = triggers.Start(std::to_string(i), []() -> Result<std::string> { return UserError("no"); });
    EXPECT_EQ(Await(triggers, id).error().message, "no");
  }
  EXPECT_FALSE(triggers.Find("0").known);
  EXPECT_TRUE(triggers.Find("1").known);
  EXPECT_TRUE(triggers.Find(std::to_string(SavepointTriggers::kMaxKept)).known);
}

}  // namespace
}  // namespace millrace::server
