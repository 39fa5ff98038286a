// Watermarks of splits, over a restart too, and idleness.
#include <algorithm>
#include <deque>

#include <gtest/gtest.h>

#include "exec/source_driver.h"

namespace millrace::exec {
namespace {

using connect::SourceEvent;
using Kind = SourceEvent::Kind;
using Splits = std::vector<SourceDriver::SplitState>;

SourceEvent Of(Kind kind, uint32_t split, std::string name = "", int64_t watermark = 0) {
  SourceEvent event;
  event.kind = kind;
  event.split.value = split;
  event.split_name = std::move(name);
  event.watermark_millis = watermark;
  return event;
}

class ScriptedReader final : public connect::SourceReader {
 public:
  explicit ScriptedReader(std::deque<SourceEvent> events) : events_(std::move(events)) {}
  Result<SourceEvent> Poll(int64_t) override {
    if (away) return ExternalError("no broker", Retry::kYes);
    if (events_.empty()) return SourceEvent{};
    SourceEvent event = std::move(events_.front());
    events_.pop_front();
    if (event.kind == Kind::kSplitAdded) names_.push_back(event.split_name);
    return event;
  }
  void Give(SourceEvent event) { events_.push_back(std::move(event)); }
  bool away = false;
  std::vector<SplitState> Snapshot() override {
    std::vector<SplitState> out;
    for (const std::string& name : names_) out.push_back({name, "7"});
    for (const std::string& name : restored_) {
      if (std::find(names_.begin(), names_.end(), name) == names_.end()) out.push_back({name, "7"});
    }
    return out;
  }
  Status Restore(const std::vector<SplitState>& states) override {
    for (const SplitState& state : states) restored_.push_back(state.split_name);
    return Ok();
  }

 private:
  std::deque<SourceEvent> events_;
  std::vector<std::string> names_;
  std::vector<std::string> restored_;
};

constexpr int64_t kIdle = -1;  // among watermarks

class Watermarks final : public Output {
 public:
  using Output::Emit;
  Status Emit(Event event) override {
    if (event.kind == Event::Kind::kWatermark) seen.push_back(event.number);
    if (event.kind == Event::Kind::kIdle) seen.push_back(kIdle);
    return Ok();
  }
  std::vector<int64_t> seen;
};

struct Driven {
  plan::PhysicalNode node;
  OperatorMetrics metrics;
  Watermarks out;
  ManualClock clock{0};
  ScriptedReader* reader = nullptr;
  std::unique_ptr<SourceDriver> driver;

  explicit Driven(std::deque<SourceEvent> events, const Splits& restored = {}, int64_t idle_timeout_millis = 0) {
    OperatorContext context;
    context.metrics = &metrics;
    context.kernel.clock = &clock;
    auto made = std::make_unique<ScriptedReader>(std::move(events));
    reader = made.get();
    node.watermark.emplace();
    node.watermark->expression = plan::Expr::Literal(int64_t{0}, DataType::Of(TypeKind::kBigInt));
    node.watermark->idle_timeout_millis = idle_timeout_millis;
    driver = std::make_unique<SourceDriver>(node, std::move(made), context, nullptr, 60'000, &out);
    if (!restored.empty()) EXPECT_TRUE(driver->Restore(restored).ok());
    PollAll();
  }
  void PollAll() {
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(driver->Poll(0).ok());
  }
  void Give(SourceEvent event) {
    reader->Give(std::move(event));
    PollAll();
  }
};

TEST(SourceDriver, WhoDoesNotAnswerIsTroubleUntilRowsComeOrNobodyComplains) {
  Driven driven({Of(Kind::kSplitAdded, 0, "a")});
  driven.node.table_name = "sales";
  EXPECT_EQ(driven.driver->trouble().text, "");
  const auto fail = [&] {
    driven.reader->away = true;
    driven.PollAll();
    driven.reader->away = false;
    driven.PollAll();
    EXPECT_EQ(driven.driver->trouble().text, "Source sales: no broker");
  };
  driven.clock.Advance(1'000);
  fail();
  const int64_t since = driven.driver->trouble().since_millis;
  driven.clock.Advance(5'000);
  fail();
  EXPECT_EQ(driven.driver->trouble().since_millis, since);
  driven.Give(Of(Kind::kWatermark, 0, "", 1));
  EXPECT_EQ(driven.driver->trouble().text, "");
  fail();
  driven.clock.Advance(16'000);
  driven.PollAll();
  EXPECT_EQ(driven.driver->trouble().text, "");
  driven.clock.Advance(3'600'000);
  fail();  // an hour later it is a new one, and no reason to fail
  ASSERT_TRUE(driven.driver->Stop().ok());
  EXPECT_EQ(driven.driver->trouble().text, "");
}

// Partition a delivered its last row before the snapshot, b goes on: a must not hold the watermark back for ever.
TEST(SourceDriver, SplitsGoOnFromTheirWatermarks) {
  Driven first({Of(Kind::kSplitAdded, 0, "a"), Of(Kind::kSplitAdded, 1, "b"), Of(Kind::kWatermark, 0, "", 100),
                Of(Kind::kWatermark, 1, "", 50)});
  EXPECT_EQ(first.out.seen, std::vector<int64_t>{50});
  const Splits states = *first.driver->EmitBarrier(1);
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(states[0].watermark, 100);
  EXPECT_EQ(states[1].watermark, 50);

  Driven second({Of(Kind::kSplitAdded, 0, "a"), Of(Kind::kSplitAdded, 1, "b"), Of(Kind::kWatermark, 1, "", 90)},
                states);
  EXPECT_EQ(second.out.seen, std::vector<int64_t>{90});
}

// The lowest of all: the first split that is announced must not say 100 while the one with 50 is still to come.
TEST(SourceDriver, NoWatermarkBetweenTwoAnnouncements) {
  const Splits states = {{"a", "7", 100}, {"b", "7", 50}};
  Driven restored({Of(Kind::kSplitAdded, 0, "a"), Of(Kind::kSplitAdded, 1, "b")}, states);
  EXPECT_EQ(restored.out.seen, std::vector<int64_t>{50});
}

// As of a partition whose leader is away at the restart.
TEST(SourceDriver, SplitThatIsNotThereYetKeepsItsWatermark) {
  Driven restored({Of(Kind::kSplitAdded, 0, "a")}, {{"a", "7", 100}, {"away", "7", 50}});
  const Splits states = *restored.driver->EmitBarrier(1);
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(states[1].watermark, 50);
}

TEST(SourceDriver, SplitThatIsNewAfterTheSnapshotHoldsBack) {
  const Splits states = {{"a", "7", 100}};
  Driven restored({Of(Kind::kSplitAdded, 0, "a"), Of(Kind::kSplitAdded, 1, "c"), Of(Kind::kWatermark, 1, "", 40)},
                  states);
  EXPECT_EQ(restored.out.seen, std::vector<int64_t>{40});
}

// A slot that has no partition must not hold back those that have one.
TEST(SourceDriver, ReaderWithoutSplitsIsIdleAtItsFirstPoll) {
  Driven driven({});
  EXPECT_EQ(driven.out.seen, std::vector<int64_t>{kIdle}) << "once, and without an idle timeout";
  driven.Give(Of(Kind::kSplitAdded, 0, "a"));
  driven.Give(Of(Kind::kWatermark, 0, "", 100));
  EXPECT_EQ(driven.out.seen, (std::vector<int64_t>{kIdle, 100}));
}

TEST(SourceDriver, SplitThatIsSilentForTheIdleTimeoutIsLeftOutUntilItsNextRow) {
  Driven driven({Of(Kind::kSplitAdded, 0, "a"), Of(Kind::kSplitAdded, 1, "b"), Of(Kind::kWatermark, 0, "", 40),
                 Of(Kind::kWatermark, 1, "", 10)},
                {}, 1'000);
  EXPECT_EQ(driven.out.seen, std::vector<int64_t>{10});
  driven.clock.Advance(999);
  driven.Give(Of(Kind::kWatermark, 0, "", 50));
  EXPECT_EQ(driven.out.seen, std::vector<int64_t>{10}) << "not yet";
  driven.clock.Advance(1);
  driven.PollAll();
  EXPECT_EQ(driven.out.seen, (std::vector<int64_t>{10, 50})) << "b is left out";
  EXPECT_TRUE(driven.driver->splits()[1].idle);
  driven.clock.Advance(1'000);
  driven.PollAll();
  EXPECT_EQ(driven.out.seen, (std::vector<int64_t>{10, 50, kIdle}));
  driven.Give(Of(Kind::kWatermark, 1, "", 60));
  EXPECT_EQ(driven.out.seen, (std::vector<int64_t>{10, 50, kIdle, 60})) << "b alone counts";
  EXPECT_FALSE(driven.driver->splits()[1].idle);
}

TEST(SourceDriver, WithoutAnIdleTimeoutASilentSplitHoldsBackForEver) {
  Driven driven({Of(Kind::kSplitAdded, 0, "a"), Of(Kind::kSplitAdded, 1, "b"), Of(Kind::kWatermark, 0, "", 40)});
  driven.clock.Advance(365LL * 86'400'000);
  driven.PollAll();
  EXPECT_TRUE(driven.out.seen.empty());
}

}  // namespace
}  // namespace millrace::exec
