#include <random>

#include <gtest/gtest.h>

#include "data/batch.h"
#include "data/column_builder.h"
#include "data/hash.h"
#include "data/row_encoding.h"
#include "data/value.h"

namespace millrace {
namespace {

using Random = std::mt19937;

std::vector<DataType> AllTypes() {
  const DataType row = DataType::Row({{"a", DataType::Of(TypeKind::kInt), ""}, {"b", DataType::String(), ""}});
  return {DataType::Of(TypeKind::kBoolean),
          DataType::Of(TypeKind::kTinyInt),
          DataType::Of(TypeKind::kSmallInt),
          DataType::Of(TypeKind::kInt),
          DataType::Of(TypeKind::kBigInt),
          DataType::Of(TypeKind::kFloat),
          DataType::Of(TypeKind::kDouble),
          DataType::Decimal(38, 10),
          DataType::String(),
          DataType::Bytes(),
          DataType::Of(TypeKind::kDate),
          DataType::TimestampOf(3),
          DataType::TimestampOf(9),
          DataType::Array(DataType::String()),
          DataType::Map(DataType::Of(TypeKind::kInt), DataType::String()),
          row,
          DataType::Array(DataType::Array(row))};
}

Value RandomValue(const DataType& type, Random& random, int depth = 0) {
  if (random() % 5 == 0) return {};
  switch (type.physical()) {
    case Physical::kBool: return random() % 2 == 0;
    case Physical::kInt8: return static_cast<int64_t>(static_cast<int8_t>(random()));
    case Physical::kInt16: return static_cast<int64_t>(static_cast<int16_t>(random()));
    case Physical::kInt32: return static_cast<int64_t>(static_cast<int32_t>(random()));
    case Physical::kInt64: return static_cast<int64_t>(random()) * 77'777;
    case Physical::kFloat:
    case Physical::kDouble: return static_cast<double>(random() % 1000) / 8;
    case Physical::kInt128: return static_cast<Int128>(random()) * random() * random();
    case Physical::kTimestamp:
      return Timestamp{static_cast<int64_t>(random()), static_cast<int32_t>(random() % 1'000'000)};
    case Physical::kString: return std::string(random() % 30, static_cast<char>('a' + random() % 26));
    case Physical::kList:
    case Physical::kMap:
    case Physical::kStruct: break;
  }
  auto list = std::make_shared<ValueList>();
  const size_t children = type.children->size();
  const size_t count = type.physical() == Physical::kStruct ? 1 : random() % 4;
  for (size_t i = 0; i < count * children; ++i)
    list->push_back(RandomValue(type.child(i % children), random, depth + 1));
  return std::shared_ptr<const ValueList>(list);
}

ColumnPtr Build(const DataType& type, const std::vector<Value>& values) {
  ColumnBuilder builder(type);
  for (const Value& value : values) builder.AppendValue(value);
  return builder.Finish();
}

void ExpectValues(const Column& column, const std::vector<Value>& values) {
  ASSERT_EQ(column.size(), values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    ASSERT_TRUE(ColumnValue(column, i) == values[i]) << column.type().ToString() << " row " << i;
  }
}

TEST(Column, BuildGatherSliceConcatKeepValuesOfEveryType) {
  Random random(1);
  for (const DataType& type : AllTypes()) {
    std::vector<Value> values;
    for (int i = 0; i < 200; ++i) values.push_back(RandomValue(type, random));
    const ColumnPtr column = Build(type, values);
    ExpectValues(*column, values);
    std::vector<uint32_t> rows;
    std::vector<Value> picked;
    for (int i = 0; i < 150; ++i) {
      rows.push_back(random() % 200);
      picked.push_back(values[rows.back()]);
    }
    ExpectValues(*column->Gather(rows), picked);
    const size_t begin = random() % 100;
    const ColumnPtr slice = column->Slice(begin, 90);
    const std::vector<Value> part(values.begin() + static_cast<long>(begin),
                                  values.begin() + static_cast<long>(begin) + 90);
    ExpectValues(*slice, part);
    const std::vector<ColumnPtr> pieces = {slice, column};
    std::vector<Value> both = part;
    both.insert(both.end(), values.begin(), values.end());
    ExpectValues(*ConcatColumns(pieces), both);
    ExpectValues(*slice->Gather(std::vector<uint32_t>{3, 2, 80}), {part[3], part[2], part[80]});
  }
}

TEST(Column, TruncateLeavesNoTraceOfAFailedRow) {
  ColumnBuilder builder(DataType::Array(DataType::String()));
  builder.child(0).AppendString("kept");
  builder.EndList();
  builder.child(0).AppendString("half of a failed record");
  builder.TruncateTo(1);
  builder.AppendNull();
  builder.EndList();
  const ColumnPtr column = builder.Finish();
  EXPECT_EQ(ValueToString(ColumnValue(*column, 0), column->type()), "[kept]");
  EXPECT_TRUE(column->IsNull(1));
  EXPECT_EQ(ValueToString(ColumnValue(*column, 2), column->type()), "[]");
}

TEST(RowEncoding, RoundTripsAndEqualRowsHaveEqualBytesAndHashes) {
  Random random(2);
  for (const DataType& type : AllTypes()) {
    std::vector<Value> values;
    for (int i = 0; i < 100; ++i) values.push_back(RandomValue(type, random));
    const Batch batch{.num_rows = 100, .columns = {Build(type, values)}};
    const Batch copy{.num_rows = 100, .columns = {Build(type, values)}};
    const std::vector<size_t> columns = {0};
    uint64_t a[100];
    uint64_t b[100];
    HashRows(batch, columns, a);
    HashRows(copy, columns, b);
    std::vector<ColumnBuilder> builders;
    builders.emplace_back(type);
    for (size_t row = 0; row < 100; ++row) {
      std::string x;
      std::string y;
      EncodeRow(batch, columns, row, x);
      EncodeRow(copy, columns, row, y);
      EXPECT_EQ(x, y);
      EXPECT_EQ(a[row], b[row]);
      ASSERT_TRUE(DecodeRow(x, builders).ok());
      if (x.size() > 1) {
        EXPECT_FALSE(DecodeRow(std::string_view(x).substr(0, x.size() - 1), builders).ok());
      }
    }
    ExpectValues(*builders[0].Finish(), values);
  }
}

TEST(Hash, NegativeZeroEqualsZero) {
  const ColumnPtr column = Build(DataType::Of(TypeKind::kDouble), {0.0, -0.0});
  uint64_t out[2];
  HashRows({.num_rows = 2, .columns = {column}}, std::vector<size_t>{0}, out);
  EXPECT_EQ(out[0], out[1]);
}

TEST(KeyGroups, EverySlotOwnsAContiguousShare) {
  for (uint32_t parallelism = 1; parallelism <= 8; ++parallelism) {
    uint32_t last = 0;
    for (uint32_t group = 0; group < kDefaultKeyGroups; ++group) {
      const uint32_t slot = SlotOfKeyGroup(group, kDefaultKeyGroups, parallelism);
      EXPECT_TRUE(slot == last || slot == last + 1);
      last = slot;
    }
    EXPECT_EQ(last, parallelism - 1);
  }
  EXPECT_LT(KeyGroupOf(~0ULL, kDefaultKeyGroups), kDefaultKeyGroups);
}

TEST(ValueText, NumbersPrintAsJavaDoes) {
  EXPECT_EQ(JavaDoubleToString(1.5), "1.5");
  EXPECT_EQ(JavaDoubleToString(100), "100.0");
  EXPECT_EQ(JavaDoubleToString(1e10), "1.0E10");
  EXPECT_EQ(JavaDoubleToString(12345678), "1.2345678E7");
  EXPECT_EQ(JavaDoubleToString(0.001), "0.001");
  EXPECT_EQ(JavaDoubleToString(0.0001), "1.0E-4");
  EXPECT_EQ(JavaDoubleToString(-0.0), "-0.0");
  EXPECT_EQ(JavaFloatToString(0.1F), "0.1");
  EXPECT_EQ(DecimalToString(-5, 3), "-0.005");
  EXPECT_EQ(DecimalToString(12345, 2), "123.45");
}

TEST(ValueText, DecimalsRoundHalfUpOrDoNotFit) {
  EXPECT_EQ(*ParseDecimal("12.345", 5, 2) == 1235, true);
  EXPECT_EQ(*ParseDecimal("-12.345", 5, 2) == -1235, true);
  EXPECT_EQ(*ParseDecimal("1e2", 5, 2) == 10000, true);
  EXPECT_FALSE(ParseDecimal("1234.5", 5, 2).has_value());
  EXPECT_FALSE(ParseDecimal("abc", 5, 2).has_value());
  EXPECT_EQ(*ParseDecimal("0.004", 5, 2) == 0, true);
}

TEST(ValueText, TimestampsPrintExactlyTheirPrecision) {
  const auto time = ParseTimestamp("2026-01-31 12:00:01.123456789");
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(FormatTimestamp(time->millis, time->nanos, 9), "2026-01-31 12:00:01.123456789");
  EXPECT_EQ(FormatTimestamp(time->millis, time->nanos, 3), "2026-01-31 12:00:01.123");
  EXPECT_EQ(FormatTimestamp(time->millis, time->nanos, 0), "2026-01-31 12:00:01");
  EXPECT_EQ(FormatTimestamp(-1, 0, 3), "1969-12-31 23:59:59.999");
  EXPECT_EQ(ParseTimestamp("2026-1-2 3:04:05")->millis % 86'400'000, (3 * 3600 + 4 * 60 + 5) * 1000);
  EXPECT_FALSE(ParseTimestamp("2026-01-31T12:00:00").has_value());
  EXPECT_EQ(ParseTimestamp("2026-02-30")->millis, ParseTimestamp("2026-02-28")->millis);
  EXPECT_EQ(*ParseDate("1970-01-02 anything"), 1);
  EXPECT_EQ(*ParseTime("00:00:01.5"), 1500);
}

TEST(DataType, PrintsAsFlinkDoes) {
  EXPECT_EQ(DataType::String().ToString(), "STRING");
  EXPECT_EQ(DataType::Of(TypeKind::kInt).NotNull().ToString(), "INT NOT NULL");
  EXPECT_EQ(DataType::TimestampOf(3).WithTimeAttribute(TimeAttribute::kRowtime).ToString(), "TIMESTAMP(3) *ROWTIME*");
  EXPECT_EQ(DataType::Row({{"a", DataType::Of(TypeKind::kInt), ""}}).ToString(), "ROW<`a` INT>");
  EXPECT_EQ(DataType::Map(DataType::String(), DataType::Decimal(10, 2)).ToString(), "MAP<STRING, DECIMAL(10, 2)>");
}

}  // namespace
}  // namespace millrace
