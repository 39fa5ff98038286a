#include "connectors/datagen/datagen_connector.h"

#include <set>

#include "connectors/test_tables.h"

namespace millrace::connectors {
namespace {

class DatagenTest : public testing::Test {
 protected:
  DatagenTest() {
    environment_.clock = &clock_;
    environment_.formats = &TestFormats();
  }
  Result<std::unique_ptr<connect::Source>> Source(std::vector<Field> fields, OptionMap options,
                                                  std::vector<size_t> projected = {}) {
    connect::SourceContext context;
    if (projected.empty()) {
      for (size_t i = 0; i < fields.size(); ++i) projected.push_back(i);
    }
    MR_ASSIGN(context.table, TableOf(DatagenConnector(), environment_, std::move(fields), std::move(options)));
    context.projected_fields = std::move(projected);
    return DatagenConnector().make_source(context);
  }
  Drained All(const std::vector<Field>& fields, const OptionMap& options, std::vector<size_t> projected = {}) {
    auto source = Must(Source(fields, options, std::move(projected)));
    EXPECT_TRUE(source->bounded());
    return Drain(*Must(source->CreateReader(0, 1)));
  }

  ManualClock clock_{1'600'000'000'000};
  connect::Environment environment_;
};

TEST_F(DatagenTest, SequencesEndTheSource) {
  const Drained got =
      All({{"n", DataType::Of(TypeKind::kBigInt), ""}, {"s", kStringType, ""}}, {{"fields.n.kind", "sequence"},
                                                                                 {"fields.n.start", "5"},
                                                                                 {"fields.n.end", "7"},
                                                                                 {"fields.s.kind", "sequence"},
                                                                                 {"fields.s.start", "1"},
                                                                                 {"fields.s.end", "100"}});
  EXPECT_EQ(got.rows, (std::vector<std::string>{"+I | 5 | 1", "+I | 6 | 2", "+I | 7 | 3"}));
  EXPECT_TRUE(got.ended);
  EXPECT_EQ(got.events, (std::vector<std::string>{"added datagen-0-of-1", "finished 0"}));
}

TEST_F(DatagenTest, SlotsShareASequence) {
  auto source = Must(
      Source({{"n", kIntType, ""}}, {{"fields.n.kind", "sequence"}, {"fields.n.start", "0"}, {"fields.n.end", "9"}}));
  std::set<std::string> rows;
  for (uint32_t slot = 0; slot < 3; ++slot) {
    const Drained got = Drain(*Must(source->CreateReader(slot, 3)));
    EXPECT_TRUE(got.ended);
    rows.insert(got.rows.begin(), got.rows.end());
  }
  EXPECT_EQ(rows.size(), 10u);
}

TEST_F(DatagenTest, NumbersStayInTheirRange) {
  auto source = Must(
      Source({{"n", kIntType, ""}, {"d", DataType::Decimal(38, 0), ""}, {"f", DataType::Of(TypeKind::kDouble), ""}},
             {{"number-of-rows", "500"},
              {"fields.n.min", "3"},
              {"fields.n.max", "5"},
              {"fields.f.min", "0"},
              {"fields.f.max", "1"}}));
  auto reader = Must(source->CreateReader(0, 1));
  size_t rows = 0;
  std::set<int32_t> seen;
  for (int i = 0; i < 1000 && rows < 500; ++i) {
    const auto event = Must(reader->Poll(50));
    if (event.kind != connect::SourceEvent::Kind::kRows) continue;
    for (size_t row = 0; row < event.batch.num_rows; ++row) {
      seen.insert(event.batch.columns[0]->values<int32_t>()[row]);
      const double real = event.batch.columns[2]->values<double>()[row];
      EXPECT_TRUE(real >= 0 && real <= 1);
    }
    rows += event.batch.num_rows;
  }
  EXPECT_EQ(rows, 500u);
  EXPECT_EQ(seen, (std::set<int32_t>{3, 4, 5}));
}

TEST_F(DatagenTest, RowsComeAtTheirRate) {
  auto source = Must(Source({{"n", kIntType, ""}}, {{"rows-per-second", "100"}}));
  EXPECT_FALSE(source->bounded());
  auto reader = Must(source->CreateReader(0, 2));
  const int64_t begin = clock_.WallMillis();
  size_t rows = 0;
  while (clock_.WallMillis() - begin < 10'000) {
    const auto event = Must(reader->Poll(50));
    rows += event.batch.num_rows;
    if (event.kind == connect::SourceEvent::Kind::kSplitAdded) continue;
  }
  EXPECT_NEAR(static_cast<double>(rows), 500, 10) << "half of 100 per second";
}

TEST_F(DatagenTest, TextTimesAndNesting) {
  const Drained got = All({{"s", kStringType, ""},
                           {"c", DataType::Char(4), ""},
                           {"t", DataType::TimestampOf(3), ""},
                           {"a", DataType::Array(kIntType), ""},
                           {"r", DataType::Row({{"x", kIntType, ""}}), ""}},
                          {{"number-of-rows", "1"},
                           {"fields.s.length", "3"},
                           {"fields.a.length", "2"},
                           {"fields.a.element.min", "7"},
                           {"fields.a.element.max", "7"},
                           {"fields.r.x.min", "8"},
                           {"fields.r.x.max", "8"}});
  ASSERT_EQ(got.rows.size(), 1u);
  const std::vector<std::string> cells = Split(got.rows[0], '|');
  EXPECT_EQ(Trim(cells[1]).size(), 3u);
  EXPECT_EQ(Trim(cells[2]).size(), 4u);
  EXPECT_EQ(Trim(cells[3]), "2020-09-13 12:26:40.000");
  EXPECT_EQ(Trim(cells[4]), "[7, 7]");
  EXPECT_EQ(Trim(cells[5]), "(8)");
}

TEST_F(DatagenTest, NullRate) {
  const Drained got = All({{"n", kIntType, ""}}, {{"number-of-rows", "10"}, {"fields.n.null-rate", "1"}});
  EXPECT_EQ(got.rows[9], "+I | NULL");
}

TEST_F(DatagenTest, RestoreGoesOn) {
  auto source = Must(
      Source({{"n", kIntType, ""}}, {{"fields.n.kind", "sequence"}, {"fields.n.start", "0"}, {"fields.n.end", "4"}}));
  auto reader = Must(source->CreateReader(0, 1));
  Drain(*reader, 2);
  const auto states = reader->Snapshot();
  auto again = Must(source->CreateReader(0, 1));
  Must(again->Restore(states));
  const Drained rest = Drain(*again);
  EXPECT_EQ(rest.rows.size() + static_cast<size_t>(ParseInt64(states[0].position).value()), 5u);
}

TEST_F(DatagenTest, RestoreAtAnotherParallelismGivesEveryRowOnce) {
  auto source = Must(
      Source({{"n", kIntType, ""}}, {{"fields.n.kind", "sequence"}, {"fields.n.start", "0"}, {"fields.n.end", "99"}}));
  std::multiset<std::string> rows;
  const auto run = [&](uint32_t parallelism, const std::vector<connect::SourceReader::SplitState>& from, size_t most) {
    std::vector<connect::SourceReader::SplitState> states;
    for (uint32_t slot = 0; slot < parallelism; ++slot) {
      auto reader = Must(source->CreateReader(slot, parallelism));
      Must(reader->Restore(from));
      const Drained got = Drain(*reader, most * slot, 100'000);
      if (most == SIZE_MAX) EXPECT_TRUE(Drain(*reader).ended) << "slot " << slot;
      rows.insert(got.rows.begin(), got.rows.end());
      for (auto& state : reader->Snapshot()) states.push_back(std::move(state));
    }
    return states;
  };
  auto states = run(2, {}, 7);  // slot 0 made nothing yet
  EXPECT_EQ(states.size(), 2u);
  states = run(3, states, 5);  // the third slot has nothing to do
  EXPECT_EQ(states.size(), 2u);
  EXPECT_LT(rows.size(), 100u);
  states = run(1, states, 0);
  EXPECT_EQ(states.size(), 2u) << "a checkpoint before the first row";
  auto reader = Must(source->CreateReader(0, 1));
  Must(reader->Restore(states));
  const Drained rest = Drain(*reader, SIZE_MAX, 100'000);
  EXPECT_TRUE(rest.ended);
  EXPECT_EQ(rest.events,
            (std::vector<std::string>{"added datagen-0-of-2", "added datagen-1-of-2", "finished 1", "finished 0"}));
  rows.insert(rest.rows.begin(), rest.rows.end());
  EXPECT_EQ(rows.size(), 100u);
  EXPECT_EQ(std::set<std::string>(rows.begin(), rows.end()).size(), 100u);
  EXPECT_FALSE(reader->Restore({{"datagen-0", "3"}}).ok());
}

TEST_F(DatagenTest, BadOptions) {
  const std::vector<Field> fields = {{"n", kIntType, ""}, {"b", DataType::Of(TypeKind::kBoolean), ""}};
  for (const OptionMap& options :
       std::vector<OptionMap>{{{"fields.m.min", "1"}},
                              {{"fields.n.min", "5"}, {"fields.n.max", "4"}},
                              {{"fields.n.kind", "sequence"}},
                              {{"fields.n.kind", "gauss"}},
                              {{"fields.b.kind", "sequence"}, {"fields.b.start", "1"}, {"fields.b.end", "2"}},
                              {{"fields.n.null-rate", "2"}},
                              {{"rows-per-second", "0"}},
                              {{"fields.n.min", "99999999999"}}}) {
    EXPECT_FALSE(Source(fields, options).ok()) << options.begin()->first;
  }
}

}  // namespace
}  // namespace millrace::connectors
