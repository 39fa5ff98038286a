// Tables on disk: what is written comes back, however often runs are merged meanwhile.
#include "exec/window_runs.h"

#include <gtest/gtest.h>

#include "data/hash.h"
#include "exec/testing/window_jobs.h"
#include "exec/window_aggregate.h"
#include "state/disk_backend.h"
#include "state/key_groups.h"
#include "state/testing/scratch.h"

namespace millrace::exec {
namespace {

using state::testing::Scratch;
using state::testing::SmallDisk;
using testing::WindowJob;

constexpr std::array<size_t, 1> kKey = {0};

// Groups by a BIGINT with SUM, FIRST_VALUE and LAST_VALUE of another.
class WindowRunsTest : public ::testing::Test {
 protected:
  WindowRunsTest() {
    const DataType bigint = DataType::Of(TypeKind::kBigInt);
    WindowJob job{.input = {bigint, bigint, DataType::TimestampOf(3).NotNull()},
                  .keys = {0},
                  .calls = {{"SUM", 1}, {"FIRST_VALUE", 1}, {"LAST_VALUE", 1}},
                  .window = {}};
    node = job.Node();
    layout = {KeyTypes(*node), std::make_shared<const AggregateSet>(MakeAggregateSet(*node)), {}};
  }
  void Make(FileSystem& files = RealFileSystem()) {
    runs.reset();
    auto made = state::MakeDiskBackend(files, {.directory = scratch.path() + "/local", .memory_bytes = 1 << 20});
    ASSERT_TRUE(made.ok());
    backend = std::move(*made);
    runs = std::make_unique<WindowRuns>(layout, backend->NewStore());
  }

  // Keys [begin, end), each with this value.
  GroupTable Table(int64_t begin, int64_t end, int64_t value) const {
    ColumnBuilder keys(DataType::Of(TypeKind::kBigInt));
    ColumnBuilder values(DataType::Of(TypeKind::kBigInt));
    for (int64_t key = begin; key < end; ++key) {
      keys.Append(key);
      values.Append(value);
    }
    Batch batch{.num_rows = keys.size()};
    batch.columns = {keys.Finish(), values.Finish()};
    std::vector<uint64_t> hashes(batch.num_rows);
    std::vector<char*> states(batch.num_rows);
    HashRows(batch, kKey, hashes.data());
    GroupTable table = layout.NewTable();
    table.Find(batch, kKey, hashes.data(), {}, states.data());
    layout.aggregates->Update(batch, states);
    return table;
  }

  Status Write(int64_t slice_end, const GroupTable& table, std::vector<int64_t> open) {
    const std::pair<int64_t, const GroupTable*> one(slice_end, &table);
    return runs->Write({&one, 1}, open);
  }

  using Sums = std::map<int64_t, std::string>;  // "sum first last" by key
  WindowRuns::TakeTable Into(Sums* out) const {
    return [this, out](const GroupTable& table) {
      const auto keys = table.keys().Columns(0, table.size());
      std::vector<ColumnPtr> results;
      for (const AggregateSet::Call& call : layout.aggregates->calls()) {
        std::vector<const char*> states;
        for (size_t group = 0; group < table.size(); ++group) states.push_back(table.state(group) + call.offset);
        ColumnBuilder builder(call.type);
        call.aggregator->Finish(states, builder);
        results.push_back(builder.Finish());
      }
      for (size_t group = 0; group < table.size(); ++group) {
        std::string text;
        for (const ColumnPtr& result : results) text += std::to_string(result->values<int64_t>()[group]) + " ";
        EXPECT_TRUE(out->emplace(keys[0]->values<int64_t>()[group], text).second) << "a group comes twice";
      }
      return Ok();
    };
  }

  Scratch scratch;
  SmallDisk disk{0};
  std::unique_ptr<plan::PhysicalNode> node;
  GroupLayout layout;
  std::unique_ptr<state::Backend> backend;
  std::unique_ptr<WindowRuns> runs;
};

TEST_F(WindowRunsTest, GroupsOfSeveralRunsComeTogetherInTheOrderOfArrival) {
  Make();
  for (int64_t value = 1; value <= 3; ++value) ASSERT_TRUE(Write(60, Table(0, 1'000, value), {60}).ok());
  ASSERT_TRUE(Write(120, Table(500, 1'500, 10), {60, 120}).ok());
  Sums got;
  const std::vector<int64_t> both = {60, 120};
  ASSERT_TRUE(runs->Read(both, Into(&got)).ok());
  EXPECT_EQ(got.size(), 1'500U);
  EXPECT_EQ(got[0], "6 1 3 ");
  EXPECT_EQ(got[500], "16 1 10 ");
  EXPECT_EQ(got[1'499], "10 10 10 ");
}

TEST_F(WindowRunsTest, RunsOfALongWindowAreMergedByTheWay) {
  Make();
  std::string expected_last;
  int64_t written = 0;
  for (; written < 1'000; ++written) {
    ASSERT_TRUE(Write(60, Table(written % 7, 100 + written % 7, written), {60}).ok());
    ASSERT_LE(runs->runs().size(), 140U);
  }
  Sums got;
  const std::vector<int64_t> slices = {60};
  ASSERT_TRUE(runs->Read(slices, Into(&got)).ok());
  EXPECT_EQ(got.size(), 106U);
  EXPECT_EQ(got[50], std::to_string(written * (written - 1) / 2) + " 0 " + std::to_string(written - 1) + " ");
  EXPECT_TRUE(got[105].starts_with(std::to_string([&] {
                                     int64_t sum = 0;
                                     for (int64_t value = 6; value < written; value += 7) sum += value;
                                     return sum;
                                   }()) +
                                   " 6 "));
}

TEST_F(WindowRunsTest, AMergedWindowTakesTheSlicesPlace) {
  Make();
  for (const int64_t slice : {20, 40, 60, 80}) {
    ASSERT_TRUE(Write(slice, Table(0, 100, slice), {20, 40, 60, 80}).ok());
  }
  Sums got;
  const std::vector<int64_t> step = {20, 40};
  ASSERT_TRUE(runs->ReadAndMerge(step, 40, std::vector<int64_t>{20, 40, 60, 80}, Into(&got)).ok());
  EXPECT_EQ(got[7], "60 20 40 ");
  EXPECT_FALSE(runs->AnyIn(19, 39));
  ASSERT_TRUE(Write(60, Table(0, 10, 1), {40, 60, 80}).ok());
  got.clear();
  ASSERT_TRUE(runs->ReadAndMerge(std::vector<int64_t>{40, 60}, 60, std::vector<int64_t>{40, 60, 80}, Into(&got)).ok());
  EXPECT_EQ(got[7], "121 20 1 ");
  EXPECT_EQ(got[70], "120 20 60 ");
  got.clear();
  ASSERT_TRUE(runs->Read(std::vector<int64_t>{60, 80}, Into(&got)).ok());
  EXPECT_EQ(got[7], "201 20 80 ");
}

TEST_F(WindowRunsTest, DroppedSlicesLeaveTheDisk) {
  Make();
  ASSERT_TRUE(Write(60, Table(0, 20'000, 1), {60}).ok());
  ASSERT_TRUE(Write(120, Table(0, 20'000, 1), {60, 120}).ok());
  EXPECT_EQ(RealFileSystem().List(scratch.path() + "/local")->size(), 2U);
  runs->DropUpTo(60);
  EXPECT_EQ(RealFileSystem().List(scratch.path() + "/local")->size(), 1U);
  EXPECT_FALSE(runs->AnyIn(0, 60));
  EXPECT_TRUE(runs->AnyIn(60, 120));
}

TEST_F(WindowRunsTest, LargeSlicesHaveRunsOfTheirOwn) {
  Make();
  const GroupTable small = Table(0, 100, 1);
  const GroupTable large = Table(0, 20'000, 1);
  const std::vector<std::pair<int64_t, const GroupTable*>> tables = {
      {10, &small}, {20, &small}, {30, &large}, {40, &small}};
  ASSERT_TRUE(runs->Write(tables, std::vector<int64_t>{10, 20, 30, 40}).ok());
  std::vector<std::pair<int64_t, int64_t>> slices;
  for (const state::RunPtr& run : runs->runs()) slices.emplace_back(run->first, run->last);
  EXPECT_EQ(slices, (std::vector<std::pair<int64_t, int64_t>>{{10, 20}, {30, 30}, {40, 40}}));
}

TEST_F(WindowRunsTest, KeysWithTheSameUpperHalfOfTheHashAreOrderedByTheirBytes) {
  Make();
  const GroupTable table = Table(0, 150'000, 1);
  std::set<uint64_t> upper_halves;
  for (size_t group = 0; group < table.size(); ++group) upper_halves.insert(table.hash(group) >> 32);
  ASSERT_LT(upper_halves.size(), table.size());
  ASSERT_TRUE(Write(60, table, {60}).ok());
  ASSERT_TRUE(Write(60, Table(0, 150'000, 2), {60}).ok());
  Sums got;
  const std::vector<int64_t> slices = {60};
  ASSERT_TRUE(runs->Read(slices, Into(&got)).ok());
  EXPECT_EQ(got.size(), 150'000U);
  for (const auto& [key, sums] : got) ASSERT_EQ(sums, "3 1 2 ");
}

TEST_F(WindowRunsTest, AFullDiskStopsTheJobAndLosesNothingItHad) {
  disk.Free(400'000);
  Make(disk);
  Status status = Ok();
  int64_t written = 0;
  for (; written < 1'000 && status.ok(); ++written) status = Write(60, Table(0, 1'000, 1), {60});
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message.find("No space left on device"), std::string::npos) << status.error().ToString();
  EXPECT_EQ(status.error().domain, ErrorDomain::kExternal);
  Sums got;
  ASSERT_TRUE(runs->Read(std::vector<int64_t>{60}, Into(&got)).ok());
  EXPECT_EQ(got[5], std::to_string(written - 1) + " 1 1 ");
}

}  // namespace
}  // namespace millrace::exec
