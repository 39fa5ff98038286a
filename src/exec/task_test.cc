// How a slot shares its time between the sources it reads.
#include "exec/task.h"

#include <gtest/gtest.h>

namespace millrace::exec {
namespace {

Batch Letter(const char* letter) {
  ColumnBuilder column(DataType::String());
  column.AppendString(letter);
  return {.num_rows = 1, .columns = {column.Finish()}};
}

// So many batches of one row that says whose it is, all there at once; then the end.
class Letters final : public connect::Source {
 public:
  Letters(const char* letter, int batches) : letter_(letter), batches_(batches) {}
  bool bounded() const override { return true; }
  Result<std::unique_ptr<connect::SourceReader>> CreateReader(uint32_t, uint32_t) override {
    return std::unique_ptr<connect::SourceReader>(std::make_unique<Reader>(letter_, batches_));
  }

 private:
  class Reader final : public connect::SourceReader {
   public:
    Reader(const char* letter, int batches) : letter_(letter), left_(batches) {}
    Result<connect::SourceEvent> Poll(int64_t) override {
      using Kind = connect::SourceEvent::Kind;
      connect::SourceEvent event;
      event.kind = !std::exchange(announced_, true) ? Kind::kSplitAdded : left_-- > 0 ? Kind::kRows : Kind::kEnd;
      if (event.kind == Kind::kRows) event.batch = Letter(letter_);
      return event;
    }
    std::vector<SplitState> Snapshot() override { return {}; }
    Status Restore(const std::vector<SplitState>&) override { return Ok(); }

   private:
    const char* letter_;
    int left_;
    bool announced_ = false;
  };

  const char* letter_;
  int batches_;
};

plan::PhysicalPtr Node(plan::PhysicalKind kind, std::vector<plan::PhysicalPtr> inputs = {}) {
  auto node = std::make_unique<plan::PhysicalNode>();
  node->kind = kind;
  node->schema.fields = {{"letter", DataType::String(), ""}};
  node->inputs = std::move(inputs);
  return node;
}

TEST(Task, ABusySourceLeavesTheOtherItsTurns) {
  std::vector<plan::PhysicalPtr> sources;
  for (const auto& [letter, batches] : {std::pair("b", 10'000), std::pair("q", 10)}) {
    sources.push_back(Node(plan::PhysicalKind::kSource));
    sources.back()->source = std::make_shared<Letters>(letter, batches);
  }
  std::vector<plan::PhysicalPtr> all;
  all.push_back(Node(plan::PhysicalKind::kUnion, std::move(sources)));
  plan::PhysicalPlan plan;
  plan.roots.push_back(Node(plan::PhysicalKind::kCollect, std::move(all)));

  std::string order;
  TaskShared shared;
  shared.plan = &plan;
  shared.on_rows = [&](const Batch& batch) { order += batch.columns[0]->values<StringRef>()[0].view(); };
  shared.on_finished = [](uint32_t) {};
  shared.released = true;
  MakeChannels(shared);
  Task task(&shared, 0);
  ASSERT_TRUE(task.Build().ok());
  ASSERT_TRUE(task.Run().ok());
  ASSERT_EQ(order.size(), 10'010u);
  EXPECT_LT(order.rfind('q'), 25u) << "turn by turn";
}

// Two slots of which the first runs; what the other one sends it is there already.
TEST(Task, SlowRowsOfOneInputLeaveTheOtherItsTurns) {
  std::vector<plan::PhysicalPtr> source;
  source.push_back(Node(plan::PhysicalKind::kSource));
  source[0]->source = std::make_shared<Letters>("o", 20);
  std::vector<plan::PhysicalPtr> exchange;
  exchange.push_back(Node(plan::PhysicalKind::kExchange, std::move(source)));
  exchange[0]->exchange.kind = plan::Exchange::Kind::kSingle;
  plan::PhysicalPlan plan;
  plan.parallelism = 2;
  plan.roots.push_back(Node(plan::PhysicalKind::kCollect, std::move(exchange)));

  std::string order;
  ManualClock clock(0);
  TaskShared shared;
  shared.plan = &plan;
  shared.clock = &clock;
  shared.on_rows = [&](const Batch& batch) {
    order += batch.columns[0]->values<StringRef>()[0].view();
    clock.Advance(5);
  };
  shared.on_finished = [](uint32_t) {};
  shared.released = true;
  MakeChannels(shared);
  SpscQueue<Event>& ring = shared.channels.begin()->second->ring(1, 0);
  for (int i = 0; i < 20; ++i) {
    Event event = Event::Of(Letter("x"));
    ASSERT_TRUE(ring.TryPush(event));
  }
  Event end = Event::End();
  ASSERT_TRUE(ring.TryPush(end));
  Task task(&shared, 0);
  ASSERT_TRUE(task.Build().ok());
  ASSERT_TRUE(task.Run().ok());
  ASSERT_EQ(order.size(), 40u);
  EXPECT_EQ(order.find("xxxxx"), std::string::npos) << order;
}

}  // namespace
}  // namespace millrace::exec
