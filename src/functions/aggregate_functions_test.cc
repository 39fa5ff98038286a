#include "functions/aggregate_function.h"

#include <gtest/gtest.h>

namespace millrace::functions {
namespace {

ColumnPtr Column_(const DataType& type, const std::vector<Value>& values) {
  ColumnBuilder builder(type);
  for (const Value& value : values) builder.AppendValue(value);
  return builder.Finish();
}

struct Case {
  std::string function;
  DataType type;
  std::vector<Value> values;
  std::string expected;
  bool distinct = false;
};

// The result of one group, computed three ways: bulk update, one call per row, and two halves that are serialised and
// merged.
std::vector<std::string> Results(const Case& one) {
  const AggregateFunction* function = FindAggregateFunction(one.function);
  const std::vector<Argument> arguments = {{.type = one.type}};
  const auto typing = function->infer(one.function, arguments);
  if (!typing.ok()) return {typing.error().message};
  const auto aggregator = function->make(typing->argument_types, typing->result, one.distinct);
  const std::vector<ColumnPtr> columns = {Column_(one.type, one.values)};
  std::vector<std::string> out;
  const auto finish = [&](char* state) {
    ColumnBuilder builder(typing->result);
    const char* pointer = state;
    aggregator->Finish(std::span(&pointer, 1), builder);
    const ColumnPtr column = builder.Finish();
    out.push_back(ValueToString(ColumnValue(*column, 0), typing->result));
    aggregator->Destroy(state);
  };
  alignas(16) char bulk[128];
  aggregator->Init(bulk);
  std::vector<char*> states(one.values.size(), bulk);
  aggregator->Update({.arguments = columns, .states = states});
  finish(bulk);
  alignas(16) char single[128];
  aggregator->Init(single);
  for (size_t row = 0; row < one.values.size(); ++row) aggregator->UpdateOne(single, columns, row, row + 1);
  finish(single);
  alignas(16) char left[128];
  alignas(16) char right[128];
  alignas(16) char copy[128];
  for (char* state : {left, right, copy}) aggregator->Init(state);
  const size_t half = one.values.size() / 2;
  aggregator->UpdateOne(left, columns, 0, half);
  aggregator->UpdateOne(right, columns, half, one.values.size());
  std::string bytes;
  aggregator->Serialize(right, bytes);
  std::string_view view = bytes;
  EXPECT_TRUE(aggregator->Deserialize(view, copy).ok());
  EXPECT_TRUE(view.empty());
  aggregator->Merge(left, copy);
  aggregator->Destroy(right);
  aggregator->Destroy(copy);
  finish(left);
  return out;
}

TEST(AggregateFunctions, FollowFlinksTypesAndNulls) {
  const DataType integer = DataType::Of(TypeKind::kInt);
  const DataType text = DataType::String();
  const Value null;
  const std::vector<Case> cases = {
      {"SUM", integer, {int64_t{1}, null, int64_t{5}}, "6"},
      {"SUM", integer, {int64_t{2147483647}, int64_t{1}}, "-2147483648"},
      {"SUM", integer, {null, null}, "NULL"},
      {"SUM", DataType::Of(TypeKind::kTinyInt), {int64_t{127}, int64_t{1}}, "-128"},
      {"SUM", DataType::Decimal(5, 2), {Int128(110), Int128(220)}, "3.30"},
      {"AVG", integer, {int64_t{-3}, int64_t{-4}}, "-3"},
      {"AVG", DataType::Of(TypeKind::kDouble), {1.0, 2.0}, "1.5"},
      {"AVG", DataType::Decimal(5, 2), {Int128(100), Int128(100), Int128(0)}, "0.666667"},
      {"COUNT", text, {std::string("a"), null, std::string("b")}, "2"},
      {"COUNT", text, {std::string("a"), std::string("b"), std::string("a"), null}, "2", true},
      {"SUM", integer, {int64_t{3}, int64_t{3}, int64_t{4}}, "7", true},
      {"MIN", text, {std::string("pear, long enough for the heap"), std::string("Zoo"), null}, "Zoo"},
      {"MAX", text, {std::string("a"), std::string("b is long enough for the heap")}, "b is long enough for the heap"},
      {"MAX", DataType::TimestampOf(3), {int64_t{5}, int64_t{-5}}, "1970-01-01 00:00:00.005"},
      {"MIN", integer, {null}, "NULL"},
      {"FIRST_VALUE", text, {null, std::string("x"), std::string("y")}, "x"},
      {"LAST_VALUE", integer, {int64_t{1}, int64_t{2}, null}, "2"},
  };
  for (const Case& one : cases) {
    for (const std::string& result : Results(one))
      EXPECT_EQ(result, one.expected) << one.function << " " << one.type.ToString();
  }
}

TEST(AggregateFunctions, SumKeepsTheArgumentsType) {
  const std::vector<Argument> arguments = {{.type = DataType::Of(TypeKind::kInt)}};
  EXPECT_EQ(FindAggregateFunction("sum")->infer("SUM", arguments)->result.ToString(), "INT");
  EXPECT_EQ(FindAggregateFunction("count")->infer("COUNT", arguments)->result.ToString(), "BIGINT NOT NULL");
}

TEST(AggregateFunctions, TextCannotBeSummed) {
  const std::vector<Argument> arguments = {{.type = DataType::String()}};
  const auto typing = FindAggregateFunction("SUM")->infer("SUM", arguments);
  ASSERT_FALSE(typing.ok());
  EXPECT_TRUE(typing.error().message.starts_with("Cannot apply 'SUM' to arguments of type 'SUM(<STRING>)'."));
}

TEST(AggregateFunctions, RetractionTakesValuesBack) {
  for (const bool distinct : {false, true}) {
    const auto aggregator = FindAggregateFunction("COUNT")->make(std::vector<DataType>{DataType::String()},
                                                                 DataType::Of(TypeKind::kBigInt), distinct);
    const std::vector<ColumnPtr> columns = {
        Column_(DataType::String(), {std::string("a"), std::string("a"), std::string("a")})};
    alignas(16) char state[64];
    aggregator->Init(state);
    std::vector<char*> states(3, state);
    const uint8_t retract[] = {0, 0, 1};
    aggregator->Update({.arguments = columns, .states = states, .retract = retract});
    ColumnBuilder builder(DataType::Of(TypeKind::kBigInt));
    const char* pointer = state;
    aggregator->Finish(std::span(&pointer, 1), builder);
    EXPECT_EQ(builder.Finish()->values<int64_t>()[0], 1) << distinct;
    aggregator->Destroy(state);
  }
}

}  // namespace
}  // namespace millrace::functions
