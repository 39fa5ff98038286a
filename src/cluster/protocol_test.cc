#include "cluster/protocol.h"

#include "data/column_builder.h"

namespace millrace::cluster {
namespace {

TEST(ProtocolTest, AHeartbeatComesBackAsItWas) {
  Heartbeat sent;
  sent.task_manager = {.id = "host:1-a", .address = "http://host:1", .slots = 2, .process_id = 7, .jobs = {"j1"}};
  sent.leaving = true;
  sent.jobs.push_back({.id = "j1", .attempt = 3});
  sent.jobs.back().report.id = "j1";
  sent.jobs.back().report.state = "RUNNING";
  sent.jobs.push_back({.id = "j2", .attempt = 1, .spec = {.id = "j2", .statement = "SELECT 1"}});
  const auto parsed = codec::ParseJson(ToJson(sent).ToString());
  ASSERT_TRUE(parsed.ok());
  const auto got = HeartbeatFromJson(*parsed);
  ASSERT_TRUE(got.ok()) << got.error().ToString();
  EXPECT_EQ(ToJson(*got), ToJson(sent));
  EXPECT_EQ(got->jobs[0].attempt, 3U);
  EXPECT_EQ(got->jobs[0].report.state, "RUNNING");
  EXPECT_EQ(got->jobs[0].spec.id, "");
  EXPECT_EQ(got->jobs[1].spec.statement, "SELECT 1");
}

TEST(ProtocolTest, WhatIsNoHeartbeatIsRefused) {
  EXPECT_FALSE(HeartbeatFromJson(codec::Json::MakeArray()).ok());
  codec::Json json = codec::Json::MakeObject();
  json.Set("task_manager", codec::Json::MakeObject());
  EXPECT_FALSE(HeartbeatFromJson(json).ok());
}

TEST(ProtocolTest, ErrorsKeepWhatAPersonReads) {
  const Error sent = ValidationError("Column 'x' not found.").WithHint("Did you mean 'y'?").WithSpan({4, 1, 2, 3});
  const Error got = ErrorFromJson(ErrorToJson(sent));
  EXPECT_EQ(got.ToString(), sent.ToString());
  EXPECT_EQ(got.code, sent.code);
  EXPECT_EQ(got.domain, ErrorDomain::kUser);
  EXPECT_EQ(got.span, sent.span);
}

TEST(ProtocolTest, SampledRowsKeepTypesAndNulls) {
  engine::EdgeSample sent;
  sent.schema = {{{"a", DataType::Array(DataType::Decimal(10, 2).NotNull()), ""}, {"b", DataType::String(), ""}}};
  sent.rows = {{.seen_millis = 5, .kind = "-U", .cells = {"[1.00]", std::nullopt}}};
  const auto got = EdgeSampleFromJson(ToJson(sent));
  ASSERT_TRUE(got.ok()) << got.error().ToString();
  EXPECT_EQ(got->schema.ToString(), sent.schema.ToString());
  ASSERT_EQ(got->rows.size(), 1U);
  EXPECT_EQ(got->rows[0].kind, "-U");
  EXPECT_EQ(got->rows[0].cells, sent.rows[0].cells);
}

TEST(ProtocolTest, RowsAndTheirKindsTravelInFrames) {
  const Schema schema{{{"id", DataType::Of(TypeKind::kBigInt), ""}, {"name", DataType::String(), ""}}};
  ColumnBuilder id(schema.fields[0].type);
  ColumnBuilder name(schema.fields[1].type);
  for (int64_t i = 0; i < 3; ++i) {
    id.Append(i);
    i == 1 ? name.AppendNull() : name.AppendString("a name that does not fit inline");
  }
  Batch batch{.num_rows = 3, .columns = {id.Finish(), name.Finish()}};
  std::string bytes;
  EXPECT_EQ(AppendRows(batch, 0, 1'000, bytes), 3U);
  batch.kinds =
      std::make_shared<std::vector<RowKind>>(std::vector{RowKind::kInsert, RowKind::kUpdateBefore, RowKind::kDelete});
  AppendRows(batch, 0, 1'000, bytes);
  AppendError(UserError("broken"), bytes);
  AppendEnd(bytes);
  std::string_view left = bytes;
  const auto plain = TakeFrame(left, schema);
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->rows.kinds, nullptr);
  EXPECT_EQ(FormatRow(plain->rows, 1), "+I | 1 | NULL");
  const auto changes = TakeFrame(left, schema);
  ASSERT_TRUE(changes.ok());
  EXPECT_EQ(FormatRow(changes->rows, 2), "-D | 2 | a name that does not fit inline");
  const auto error = TakeFrame(left, schema);
  ASSERT_TRUE(error.ok());
  EXPECT_EQ(error->kind, FrameKind::kError);
  EXPECT_EQ(error->error.message, "broken");
  const auto end = TakeFrame(left, schema);
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(end->kind, FrameKind::kEnd);
  EXPECT_TRUE(left.empty());
  std::string pieces;
  EXPECT_EQ(AppendRows(batch, 0, 1, pieces), 1U);
  EXPECT_EQ(AppendRows(batch, 1, 1'000, pieces), 3U);
  left = pieces;
  EXPECT_EQ(TakeFrame(left, schema)->rows.num_rows, 1U);
  EXPECT_EQ(FormatRow(TakeFrame(left, schema)->rows, 1), "-D | 2 | a name that does not fit inline");
  left = std::string_view(bytes).substr(0, 9);
  EXPECT_FALSE(TakeFrame(left, schema).ok());
}

}  // namespace
}  // namespace millrace::cluster
