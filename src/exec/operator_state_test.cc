// What the smaller operators keep over a restart, and what they make of damaged bytes.
#include <gtest/gtest.h>

#include "data/value.h"
#include "exec/fired_marks.h"
#include "exec/testing/window_jobs.h"

namespace millrace::exec {
namespace {

using testing::EntryWriter;
using testing::Lines;
using testing::StoredPart;

Batch Ints(std::vector<int64_t> values) {
  ColumnBuilder builder(DataType::Of(TypeKind::kBigInt));
  for (const int64_t value : values) builder.Append(value);
  return {.num_rows = values.size(), .columns = {builder.Finish()}};
}

StoredPart SnapshotOf(Operator& op) {
  StoredPart part;
  state::OperatorSnapshot snapshot;
  EXPECT_TRUE(op.Snapshot(snapshot).ok());
  part.values = snapshot.values;
  if (snapshot.keyed != nullptr) {
    EntryWriter writer(&part.entries);
    EXPECT_TRUE(snapshot.keyed->Write(writer).ok());
  }
  return part;
}

Status RestoreFrom(Operator& op, const StoredPart& part) {
  return op.Restore({.range = {0, kDefaultKeyGroups}, .parts = {part.Part()}});
}

class OperatorState : public ::testing::Test {
 protected:
  OperatorState() {
    context.metrics = &metrics;
    node.schema.fields.push_back({"n", DataType::Of(TypeKind::kBigInt), ""});
  }
  OperatorPtr Opened(OperatorPtr op) {
    EXPECT_TRUE(op->Open(context).ok());
    return op;
  }
  plan::PhysicalNode node;
  OperatorMetrics metrics;
  OperatorContext context;
  Lines out;
};

TEST_F(OperatorState, LimitGoesOnCounting) {
  node.offset = 2;
  node.limit = 3;
  const OperatorPtr first = Opened(MakeLimit(node));
  ASSERT_TRUE(first->Process(Ints({1, 2, 3}), out).ok());
  const StoredPart part = SnapshotOf(*first);
  const OperatorPtr second = Opened(MakeLimit(node));
  ASSERT_TRUE(RestoreFrom(*second, part).ok());
  ASSERT_TRUE(second->Process(Ints({4, 5, 6, 7}), out).ok());
  EXPECT_EQ(out.lines, (std::vector<std::string>{"+I | 3", "+I | 4", "+I | 5"}));
  EXPECT_TRUE(second->Done());

  // Only slot 0 sees rows, so only it takes the state.
  context.slot = 1;
  const OperatorPtr other = Opened(MakeLimit(node));
  ASSERT_TRUE(RestoreFrom(*other, part).ok());
  EXPECT_FALSE(other->Done());
}

TEST_F(OperatorState, LimitRefusesDamagedBytes) {
  node.limit = 3;
  const StoredPart good = SnapshotOf(*Opened(MakeLimit(node)));
  for (size_t size = 0; size < good.values.size(); ++size) {
    StoredPart part = good;
    part.values.resize(size);
    EXPECT_FALSE(RestoreFrom(*Opened(MakeLimit(node)), part).ok());
  }
  StoredPart more = good;
  more.values[8] = 4;  // rows left: more than the limit
  EXPECT_FALSE(RestoreFrom(*Opened(MakeLimit(node)), more).ok());
  more = good;
  more.values += 'x';
  EXPECT_FALSE(RestoreFrom(*Opened(MakeLimit(node)), more).ok());
}

TEST_F(OperatorState, SortKeepsItsRowsInOrderOfArrival) {
  node.schema.fields.push_back({"name", DataType::String(), ""});
  node.sort_keys = {{.column = 0}};
  const auto rows = [](std::vector<int64_t> numbers, std::string_view prefix, RowKind kind) {
    Batch batch = Ints(numbers);
    ColumnBuilder names(DataType::String());
    for (size_t i = 0; i < numbers.size(); ++i) names.AppendString(std::string(prefix) + std::to_string(i));
    batch.columns.push_back(names.Finish());
    if (kind != RowKind::kInsert) {
      batch.kinds = std::make_shared<const std::vector<RowKind>>(numbers.size(), kind);
    }
    return batch;
  };
  const OperatorPtr first = Opened(MakeSort(node));
  ASSERT_TRUE(first->Process(rows({2, 1, 2}, "a", RowKind::kInsert), out).ok());
  ASSERT_TRUE(first->Process(rows({1, 0}, "b", RowKind::kDelete), out).ok());
  const StoredPart part = SnapshotOf(*first);
  for (int repeat = 0; repeat < 2; ++repeat) {
    Lines lines;
    const OperatorPtr second = Opened(MakeSort(node));
    ASSERT_TRUE(RestoreFrom(*second, part).ok());
    ASSERT_TRUE(second->Process(rows({1}, "c", RowKind::kInsert), lines).ok());
    ASSERT_TRUE(second->Finish(lines).ok());
    EXPECT_EQ(lines.lines, (std::vector<std::string>{"-D | 0 | b1", "+I | 1 | a1", "-D | 1 | b0", "+I | 1 | c0",
                                                     "+I | 2 | a0", "+I | 2 | a2"}));
  }
  StoredPart damaged = part;
  damaged.entries[3].value.pop_back();
  EXPECT_FALSE(RestoreFrom(*Opened(MakeSort(node)), damaged).ok());
  damaged.entries[3].value = "\x7f";
  EXPECT_FALSE(RestoreFrom(*Opened(MakeSort(node)), damaged).ok());
}

TEST_F(OperatorState, WatermarkAssignerGoesOnFromTheLowest) {
  auto time = std::make_unique<plan::Expr>();
  time->kind = plan::Expr::Kind::kInput;
  time->input = 0;
  time->type = DataType::Of(TypeKind::kBigInt);
  node.watermark = plan::WatermarkSpec{.rowtime_column = 0, .expression = std::move(time)};
  const auto after = [&](int64_t highest) {
    const OperatorPtr op = Opened(MakeWatermarkAssigner(node));
    EXPECT_TRUE(op->Process(Ints({highest, 1}), out).ok());
    return SnapshotOf(*op);
  };
  const StoredPart slow = after(50);
  const StoredPart fast = after(70);
  const OperatorPtr op = Opened(MakeWatermarkAssigner(node));
  ASSERT_TRUE(op->Restore({.range = {0, kDefaultKeyGroups}, .parts = {fast.Part(), slow.Part()}}).ok());
  EXPECT_EQ(op->OutputWatermark(0), 50);
  StoredPart damaged = slow;
  damaged.values.resize(5);
  EXPECT_FALSE(RestoreFrom(*op, damaged).ok());
}

TEST(FiredMarksTest, KeepEveryKeyGroupsOwnTime) {
  const FiredMarks fresh;
  const auto part = [](const std::string& values) {
    return state::OperatorPart{.values = values, .read_keyed = {}, .native_files = {}};
  };
  const std::string low = fresh.Encode({0, 64}, 100);
  const std::string high = fresh.Encode({64, 128}, 160);
  FiredMarks both;
  ASSERT_TRUE(both.Decode({.range = {32, 96}, .parts = {part(low), part(high)}}).ok());
  EXPECT_EQ(both.lowest(), 100);
  EXPECT_TRUE(both.Reaches(160));
  EXPECT_FALSE(both.Reaches(161));
  EXPECT_FALSE(both.HasFired(0, 101));          // key group 0
  EXPECT_TRUE(both.HasFired(UINT64_MAX, 101));  // key group 127
  // They outlive another restart, and the first of the groups alone are of one mind.
  const std::string again = both.Encode({32, 96}, 120);
  FiredMarks third;
  ASSERT_TRUE(third.Decode({.range = {32, 96}, .parts = {part(again)}}).ok());
  EXPECT_EQ(third.lowest(), 120);
  EXPECT_TRUE(third.Reaches(160));
  FiredMarks fourth;
  ASSERT_TRUE(fourth.Decode({.range = {40, 50}, .parts = {part(again)}}).ok());
  EXPECT_FALSE(fourth.Reaches(120));

  EXPECT_FALSE(FiredMarks().Decode({.range = {32, 96}, .parts = {part(low)}}).ok());  // 64 .. 95 are missing
  EXPECT_FALSE(FiredMarks().Decode({.range = {0, 64}, .parts = {part(low), part(low)}}).ok());
  for (size_t at = 0; at < low.size(); ++at) {
    EXPECT_FALSE(FiredMarks().Decode({.range = {0, 64}, .parts = {part(low.substr(0, at))}}).ok());
  }
}

// A window that one slot had fired and another had not, when both become one: each key gets it once.
TEST(WindowAggregate, SlotsAtDifferentTimesBecomeOne) {
  testing::WindowJob job;
  job.input = {DataType::Of(TypeKind::kBigInt).NotNull(), DataType::TimestampOf(3).NotNull()};
  job.keys = {0};
  job.calls = {{"COUNT", {}, false}};
  job.window = {.kind = plan::WindowKind::kHop, .time_column = 1, .size = 20, .slide = 10};
  const auto row = [](int64_t key, int64_t time) {
    ColumnBuilder keys(DataType::Of(TypeKind::kBigInt).NotNull());
    keys.Append(key);
    ColumnBuilder times(DataType::TimestampOf(3).NotNull());
    times.Append(time);
    return Batch{.num_rows = 1, .columns = {keys.Finish(), times.Finish()}};
  };
  std::vector<StoredPart> parts;
  Lines out;
  for (uint32_t slot = 0; slot < 2; ++slot) {
    testing::Slot one(job, slot, 2, nullptr);
    ASSERT_TRUE(one.op->Open(one.context).ok());
    for (int64_t key = 0; key < 50; ++key) {
      const Batch batch = row(key, 15);
      uint64_t hash = 0;
      HashRows(batch, job.keys, &hash);
      if (SlotOfKeyGroup(KeyGroupOf(hash, kDefaultKeyGroups), kDefaultKeyGroups, 2) != slot) continue;
      ASSERT_TRUE(one.op->Process(batch, out).ok());
    }
    ASSERT_TRUE(one.op->OnWatermark(slot == 1 ? 19 : 18, out).ok());  // [0, 20) fires in slot 1 only
    parts.push_back(SnapshotOf(*one.op));
  }
  testing::Slot merged(job, 0, 1, nullptr);
  ASSERT_TRUE(merged.op->Open(merged.context).ok());
  ASSERT_TRUE(merged.op->Restore({.range = {0, kDefaultKeyGroups}, .parts = {parts[0].Part(), parts[1].Part()}}).ok());
  ASSERT_TRUE(merged.op->Finish(out).ok());
  EXPECT_EQ(out.lines.size(), 100U);  // [0, 20) and [10, 30) of each key
  EXPECT_EQ(std::set<std::string>(out.lines.begin(), out.lines.end()).size(), 100U);
}

}  // namespace
}  // namespace millrace::exec
