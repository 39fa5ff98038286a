#include "server/gateway/result_json.h"

#include <gtest/gtest.h>

#include "data/column_builder.h"

namespace millrace::server::gateway {
namespace {

// Two hours ahead of UTC.
class East final : public TimeZone {
 public:
  int64_t ToLocalMillis(int64_t instant) const override { return instant + 7'200'000; }
  int64_t ToInstantMillis(int64_t local) const override { return local - 7'200'000; }
  std::string_view name() const override { return "GMT+02:00"; }
};

// One cell of the type in both formats: "json | text".
std::string Cell(const DataType& type, const Value& value, bool query = true) {
  const East zone;
  const Schema schema = {{{"c", type, ""}}};
  const Batch batch = {.num_rows = 1, .columns = {ConstantColumn(type, value, 1)}};
  std::string json;
  AppendRows(json, batch, schema, {.format = RowFormat::kJson, .zone = &zone, .query = query});
  std::string text;
  AppendRows(text, batch, schema, {.format = RowFormat::kPlainText, .zone = &zone, .query = query});
  const auto cell = [](const std::string& row) {
    const size_t begin = row.find('[') + 1;
    return row.substr(begin, row.size() - begin - 2);
  };
  return cell(json) + " | " + cell(text);
}

Value List(ValueList values) { return std::make_shared<const ValueList>(std::move(values)); }

// 1990-10-14 12:12:43.123
constexpr int64_t kMoment = 655'906'363'123;

TEST(GatewayCells, AreThoseOfFlink) {
  EXPECT_EQ(Cell(DataType::Of(TypeKind::kBoolean), true), R"(true | "TRUE")");
  EXPECT_EQ(Cell(DataType::Of(TypeKind::kTinyInt), int64_t{-1}), R"(-1 | "-1")");
  EXPECT_EQ(Cell(DataType::Of(TypeKind::kBigInt), INT64_MIN), R"(-9223372036854775808 | "-9223372036854775808")");
  EXPECT_EQ(Cell(DataType::Of(TypeKind::kFloat), double{1.1F}), R"(1.1 | "1.1")");
  EXPECT_EQ(Cell(DataType::Of(TypeKind::kDouble), 1e10), R"(1.0E10 | "1.0E10")");
  EXPECT_EQ(Cell(DataType::Of(TypeKind::kDouble), std::nan("")), R"("NaN" | "NaN")");
  EXPECT_EQ(Cell(DataType::Decimal(10, 2), Int128{-1230}), R"(-12.30 | "-12.30")");
  EXPECT_EQ(Cell(DataType::String(), std::string("a\"b\nµ")), R"("a\"b\nµ" | "a\"b\nµ")");
  EXPECT_EQ(Cell(DataType::Bytes(), std::string("\xed\xa4\x0f")), R"("7aQP" | "x'eda40f'")");
  EXPECT_EQ(Cell(DataType::Of(TypeKind::kDate), int64_t{7591}), R"("1990-10-14" | "1990-10-14")");
  EXPECT_EQ(Cell({.kind = TypeKind::kTime, .precision = 3}, int64_t{43'963'123}), R"("12:12:43" | "12:12:43.123")");
  EXPECT_EQ(Cell(DataType::Of(TypeKind::kIntervalYearMonth), int64_t{14}), R"(14 | "+1-02")");
  EXPECT_EQ(Cell(DataType::Of(TypeKind::kIntervalDaySecond), int64_t{1'000}), R"(1000 | "+0 00:00:01.000")");
  EXPECT_EQ(Cell(DataType::String(), {}), "null | null");
}

TEST(GatewayCells, TimestampsDropZerosInJsonOnly) {
  EXPECT_EQ(Cell(DataType::TimestampOf(3), kMoment), R"("1990-10-14T12:12:43.123" | "1990-10-14 12:12:43.123")");
  EXPECT_EQ(Cell(DataType::TimestampOf(3), kMoment - 123), R"("1990-10-14T12:12:43" | "1990-10-14 12:12:43.000")");
  EXPECT_EQ(Cell(DataType::TimestampOf(9), Timestamp{kMoment, 450'000}),
            R"("1990-10-14T12:12:43.12345" | "1990-10-14 12:12:43.123450000")");
}

TEST(GatewayCells, LtzIsOnTheClockOfTheSession) {
  EXPECT_EQ(Cell(DataType::TimestampLtzOf(3), kMoment), R"("1990-10-14T14:12:43.123Z" | "1990-10-14 14:12:43.123")");
  // SHOW JOBS: Flink prints the instant itself.
  EXPECT_EQ(Cell(DataType::TimestampLtzOf(6), Timestamp{kMoment, 0}, false),
            R"("1990-10-14T14:12:43.123Z" | "1990-10-14T12:12:43.123")");
}

TEST(GatewayCells, NestedValues) {
  const DataType decimals = DataType::Array(DataType::Decimal(3, 1));
  EXPECT_EQ(Cell(decimals, List({Int128{11}, {}})), R"([1.1,null] | "[1.1, NULL]")");
  const DataType map = DataType::Map(DataType::String(), DataType::Of(TypeKind::kInt));
  EXPECT_EQ(Cell(map, List({std::string("k"), int64_t{1}, std::string("l"), {}})),
            R"({"k":1,"l":null} | "{k=1, l=NULL}")");
  const DataType numbers = DataType::Multiset(DataType::Of(TypeKind::kInt));
  EXPECT_EQ(Cell(numbers, List({int64_t{7}, int64_t{2}})), R"({"7":2} | "{7=2}")");
  const DataType row = DataType::Row({{"a", DataType::Of(TypeKind::kInt), ""}, {"b", DataType::TimestampOf(3), ""}});
  EXPECT_EQ(Cell(row, List({int64_t{1}, kMoment})),
            "{\"a\":1,\"b\":\"1990-10-14T12:12:43.123\"} | \"(1, 1990-10-14 12:12:43.123)\"");
}

TEST(GatewayRows, CarryTheirKinds) {
  const DataType type = DataType::Of(TypeKind::kInt);
  const Batch batch = {.num_rows = 2,
                       .columns = {ConstantColumn(type, int64_t{5}, 2)},
                       .kinds = std::make_shared<const std::vector<RowKind>>(
                           std::vector{RowKind::kUpdateBefore, RowKind::kUpdateAfter})};
  std::string out;
  AppendRows(out, batch, {{{"c", type, ""}}}, {});
  EXPECT_EQ(out, R"({"kind":"UPDATE_BEFORE","fields":[5]},{"kind":"UPDATE_AFTER","fields":[5]})");
}

TEST(GatewayTypes, LogicalTypeJson) {
  const auto json = [](const DataType& type) { return LogicalTypeJson(type).ToString(); };
  EXPECT_EQ(json({}), R"({"type":"NULL"})");
  EXPECT_EQ(json(DataType::Of(TypeKind::kInt).NotNull()), R"({"type":"INTEGER","nullable":false})");
  EXPECT_EQ(json(DataType::String()), R"({"type":"VARCHAR","nullable":true,"length":2147483647})");
  EXPECT_EQ(json(DataType::Char(3)), R"({"type":"CHAR","nullable":true,"length":3})");
  EXPECT_EQ(json(DataType::Bytes()), R"({"type":"VARBINARY","nullable":true,"length":2147483647})");
  EXPECT_EQ(json(DataType::Decimal(10, 2)), R"({"type":"DECIMAL","nullable":true,"precision":10,"scale":2})");
  EXPECT_EQ(json(DataType::TimestampLtzOf(3)),
            R"({"type":"TIMESTAMP_WITH_LOCAL_TIME_ZONE","nullable":true,"precision":3})");
  EXPECT_EQ(
      json(DataType::Of(TypeKind::kIntervalDaySecond)),
      R"({"type":"INTERVAL_DAY_TIME","nullable":true,"precision":2,"fractionalPrecision":3,"resolution":"SECOND"})");
  EXPECT_EQ(
      json(DataType::Map(DataType::Of(TypeKind::kDate), DataType::Array(DataType::Of(TypeKind::kBoolean)))),
      R"({"type":"MAP","nullable":true,"keyType":{"type":"DATE","nullable":true},"valueType":{"type":"ARRAY","nullable":true,"elementType":{"type":"BOOLEAN","nullable":true}}})");
  EXPECT_EQ(
      json(DataType::Multiset(DataType::TimestampOf(0))),
      R"({"type":"MULTISET","nullable":true,"elementType":{"type":"TIMESTAMP_WITHOUT_TIME_ZONE","nullable":true,"precision":0}})");
  EXPECT_EQ(
      json(DataType::Row({{"a", DataType::Of(TypeKind::kDouble), "note"}})),
      R"({"type":"ROW","nullable":true,"fields":[{"name":"a","fieldType":{"type":"DOUBLE","nullable":true},"description":"note"}]})");
}

}  // namespace
}  // namespace millrace::server::gateway
