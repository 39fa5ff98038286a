#include "app/client/result_model.h"

#include <gtest/gtest.h>

#include <map>

namespace millrace::app::client {
namespace {

const Schema kSchema = {{{"k", DataType::String(), ""}, {"n", DataType::Of(TypeKind::kInt), ""}}};

ResultRow Row(RowKind kind, std::optional<std::string> key, std::optional<std::string> count) {
  return {kind, {std::move(key), std::move(count)}};
}

std::vector<std::string> Shown(ResultModel& model) {
  std::vector<std::string> out;
  for (size_t i = 0; i < model.num_rows(); ++i) {
    const Cells& cells = model.row(i).cells;
    out.push_back(cells[0].value_or("-") + cells[1].value_or("-"));
  }
  return out;
}

TEST(ResultModel, UpdatesKeepTheirPlace) {
  ResultModel model(kSchema, ResultModel::Mode::kTable, 100);
  model.Apply({Row(RowKind::kInsert, "a", "1"), Row(RowKind::kInsert, "b", "1"), Row(RowKind::kUpdateBefore, "a", "1"),
               Row(RowKind::kUpdateAfter, "a", "2")});
  EXPECT_EQ(Shown(model), (std::vector<std::string>{"a2", "b1"}));
  model.Apply({Row(RowKind::kDelete, "a", "2"), Row(RowKind::kInsert, "c", "1")});
  EXPECT_EQ(Shown(model), (std::vector<std::string>{"b1", "c1"}));
  EXPECT_EQ(model.num_changes(), 6);
}

TEST(ResultModel, OfEqualRowsOneGoes) {
  ResultModel model(kSchema, ResultModel::Mode::kTable, 100);
  model.Apply({Row(RowKind::kInsert, "a", std::nullopt), Row(RowKind::kInsert, "a", std::nullopt),
               Row(RowKind::kDelete, "a", std::nullopt), Row(RowKind::kDelete, "x", "9")});
  EXPECT_EQ(Shown(model), (std::vector<std::string>{"a-"}));
}

TEST(ResultModel, AnUpdateWithoutItsBeginningIsARowOfItsOwn) {
  ResultModel model(kSchema, ResultModel::Mode::kTable, 100);
  model.Apply({Row(RowKind::kInsert, "a", "1"), Row(RowKind::kUpdateBefore, "a", "1"), Row(RowKind::kInsert, "b", "1"),
               Row(RowKind::kUpdateAfter, "a", "2")});
  EXPECT_EQ(Shown(model), (std::vector<std::string>{"b1", "a2"}));
}

TEST(ResultModel, TheOldestGoBeyondTheLimit) {
  for (const auto mode : {ResultModel::Mode::kTable, ResultModel::Mode::kChangelog}) {
    ResultModel model(kSchema, mode, 3);
    for (int i = 0; i < 1000; ++i) model.Apply({Row(RowKind::kInsert, "r", std::to_string(i))});
    EXPECT_EQ(Shown(model), (std::vector<std::string>{"r997", "r998", "r999"}));
  }
}

TEST(ResultModel, TheChangelogKeepsEveryChange) {
  ResultModel model(kSchema, ResultModel::Mode::kChangelog, 100);
  model.Apply({Row(RowKind::kInsert, "a", "1"), Row(RowKind::kUpdateBefore, "a", "1"),
               Row(RowKind::kUpdateAfter, "a", "2"), Row(RowKind::kDelete, "a", "2")});
  ASSERT_EQ(model.num_rows(), 4u);
  EXPECT_EQ(model.row(3).kind, RowKind::kDelete);
}

TEST(ResultModel, SortsNumbersByValueAndNullFirst) {
  ResultModel model(kSchema, ResultModel::Mode::kTable, 100);
  model.Apply({Row(RowKind::kInsert, "a", "10"), Row(RowKind::kInsert, "b", "9"),
               Row(RowKind::kInsert, "c", std::nullopt), Row(RowKind::kInsert, "b", "-1")});
  model.SortBy({{.column = 1}});
  EXPECT_EQ(Shown(model), (std::vector<std::string>{"c-", "b-1", "b9", "a10"}));
  model.SortBy({{.column = 0, .descending = true}});
  EXPECT_EQ(Shown(model), (std::vector<std::string>{"c-", "b9", "b-1", "a10"}));
  model.SortBy(std::nullopt);
  EXPECT_EQ(Shown(model), (std::vector<std::string>{"a10", "b9", "c-", "b-1"}));
}

// As folding the same changes by hand, over many random ones.
TEST(ResultModel, ManyChangesAddUp) {
  ResultModel model(kSchema, ResultModel::Mode::kTable, 1000);
  std::map<std::string, int> counts;
  uint32_t random = 1;
  for (int i = 0; i < 20'000; ++i) {
    random = random * 1664525 + 1013904223;
    const std::string key(1, static_cast<char>('a' + (random >> 16) % 20));
    const auto it = counts.find(key);
    if (it == counts.end()) {
      counts[key] = 1;
      model.Apply({Row(RowKind::kInsert, key, "1")});
    } else if ((random >> 8) % 7 == 0) {
      model.Apply({Row(RowKind::kDelete, key, std::to_string(it->second))});
      counts.erase(it);
    } else {
      model.Apply({Row(RowKind::kUpdateBefore, key, std::to_string(it->second)),
                   Row(RowKind::kUpdateAfter, key, std::to_string(it->second + 1))});
      ++it->second;
    }
  }
  std::vector<std::string> expected;
  for (const auto& [key, count] : counts) expected.push_back(key + std::to_string(count));
  model.SortBy({{.column = 0}});
  EXPECT_EQ(Shown(model), expected);
}

}  // namespace
}  // namespace millrace::app::client
