#include "connectors/print/print_connector.h"

#include "connectors/blackhole/blackhole_connector.h"
#include "connectors/print/java_text.h"
#include "connectors/test_tables.h"

namespace millrace::connectors {
namespace {

std::string Text(const DataType& type, const Value& value) {
  const std::string row = JavaRowText(BatchOf({{"v", type, ""}}, {{value}}), 0);
  return row.substr(3, row.size() - 4);
}

Value List(ValueList values) { return std::make_shared<const ValueList>(std::move(values)); }

TEST(JavaRowText, Values) {
  EXPECT_EQ(Text(kStringType, "a b"), "a b");
  EXPECT_EQ(Text(kIntType, {}), "null");
  EXPECT_EQ(Text(DataType::Of(TypeKind::kBoolean), true), "true");
  EXPECT_EQ(Text(DataType::Of(TypeKind::kDouble), 1e10), "1.0E10");
  EXPECT_EQ(Text(DataType::Decimal(5, 2), Int128{150}), "1.50");
  EXPECT_EQ(Text(DataType::Bytes(), std::string("a\xff")), "[97, -1]");
  EXPECT_EQ(Text(DataType::TimestampOf(3), int64_t{1577836801000}), "2020-01-01T00:00:01");
  EXPECT_EQ(Text(DataType::TimestampOf(3), int64_t{1577836800000}), "2020-01-01T00:00");
  EXPECT_EQ(Text(DataType::TimestampOf(3), int64_t{1577836800120}), "2020-01-01T00:00:00.120");
  EXPECT_EQ(Text(DataType::TimestampOf(9), Timestamp{1577836800000, 1000}), "2020-01-01T00:00:00.000001");
  EXPECT_EQ(Text(DataType::TimestampLtzOf(3), int64_t{1577836800000}), "2020-01-01T00:00:00Z");
  EXPECT_EQ(Text(DataType::Of(TypeKind::kDate), int64_t{0}), "1970-01-01");
  EXPECT_EQ(Text(DataType::Of(TypeKind::kTime), int64_t{45'240'000}), "12:34");
  EXPECT_EQ(Text(DataType::Of(TypeKind::kIntervalYearMonth), int64_t{14}), "P1Y2M");
  EXPECT_EQ(Text(DataType::Of(TypeKind::kIntervalDaySecond), int64_t{3'723'500}), "PT1H2M3.5S");
  EXPECT_EQ(Text(DataType::Array(kIntType), List({int64_t{1}, {}})), "[1, null]");
  EXPECT_EQ(Text(DataType::Map(kStringType, kIntType), List({"a", int64_t{1}})), "{a=1}");
  EXPECT_EQ(Text(DataType::Row({{"x", kIntType, ""}, {"y", kStringType, ""}}), List({int64_t{1}, "z"})), "+I[1, z]");
}

TEST(Print, PrefixesAndRowKinds) {
  connect::Environment environment;
  environment.formats = &TestFormats();
  std::vector<std::string> lines;
  environment.print = [&](std::string_view line, bool to_stderr) {
    lines.push_back(std::string(to_stderr ? "err " : "out ") + std::string(line));
  };
  const std::vector<Field> fields = {{"a", kIntType, ""}};
  const Batch batch = BatchOf(fields, {{int64_t{1}}, {int64_t{2}}}, {RowKind::kUpdateBefore, RowKind::kDelete});
  const auto print = [&](const OptionMap& options, uint32_t slot, uint32_t parallelism) {
    connect::SinkContext context;
    context.table = Must(TableOf(PrintConnector(), environment, fields, options));
    auto sink = Must(PrintConnector().make_sink(context));
    auto writer = Must(sink->CreateWriter(slot, parallelism));
    Must(writer->Write(batch));
    Must(writer->Flush());
  };
  print({}, 0, 1);
  print({{"print-identifier", "id"}}, 1, 2);
  print({{"print-identifier", "id"}, {"standard-error", "true"}}, 0, 1);
  print({}, 0, 3);
  EXPECT_EQ(lines, (std::vector<std::string>{"out -U[1]", "out -D[2]", "out id:2> -U[1]", "out id:2> -D[2]",
                                             "err id> -U[1]", "err id> -D[2]", "out 1> -U[1]", "out 1> -D[2]"}));
}

TEST(Blackhole, TakesEverything) {
  connect::Environment environment;
  environment.formats = &TestFormats();
  connect::SinkContext context;
  context.table = Must(TableOf(BlackholeConnector(), environment, {{"a", kIntType, ""}}, {}));
  auto sink = Must(BlackholeConnector().make_sink(context));
  EXPECT_EQ(Must(BlackholeConnector().sink_changelog(context.table)), ChangelogMode::All());
  auto writer = Must(sink->CreateWriter(0, 1));
  Must(writer->Write(BatchOf({{"a", kIntType, ""}}, {{int64_t{1}}})));
  Must(writer->Flush());
  EXPECT_FALSE(TableOf(BlackholeConnector(), environment, {}, {{"rate", "1"}}).ok());
}

}  // namespace
}  // namespace millrace::connectors
