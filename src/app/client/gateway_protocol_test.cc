#include "app/client/gateway_protocol.h"

#include <gtest/gtest.h>

namespace millrace::app::client {
namespace {

TEST(ParseResultPage, NotReadyTellsWhichTokenToAskFor) {
  const auto page = ParseResultPage(
      R"({"resultType":"NOT_READY","nextResultUri":"/v2/sessions/s/operations/o/result/0?rowFormat=PLAIN_TEXT"})");
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->type, ResultPage::Type::kNotReady);
  EXPECT_EQ(page->next_token, 0);
}

TEST(ParseResultPage, RowsCarryTheirKindAndNulls) {
  const auto page = ParseResultPage(
      R"({"resultType":"PAYLOAD","isQueryResult":true,"jobID":"0123456789abcdef0123456789abcdef",
          "resultKind":"SUCCESS_WITH_CONTENT","results":{"columns":[
            {"name":"b","logicalType":{"type":"VARCHAR","nullable":true,"length":2147483647},"comment":null},
            {"name":"d","logicalType":{"type":"DECIMAL","nullable":false,"precision":10,"scale":2},"comment":null}],
          "rowFormat":"PLAIN_TEXT","data":[{"kind":"INSERT","fields":["x","1.50"]},
            {"kind":"UPDATE_BEFORE","fields":[null,"2.00"]},{"kind":"UPDATE_AFTER","fields":["y","3.00"]},
            {"kind":"DELETE","fields":["z",null]}]},
          "nextResultUri":"/v2/sessions/s/operations/o/result/12?rowFormat=PLAIN_TEXT"})");
  ASSERT_TRUE(page.ok());
  EXPECT_TRUE(page->is_query);
  EXPECT_TRUE(page->has_content);
  EXPECT_EQ(page->job_id, "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(page->next_token, 12);
  EXPECT_EQ(page->schema.fields[0].name, "b");
  EXPECT_EQ(page->schema.fields[1].type.kind, TypeKind::kDecimal);
  EXPECT_EQ(page->schema.fields[1].type.precision, 10);
  const std::vector<ResultRow> rows = {{RowKind::kInsert, {"x", "1.50"}},
                                       {RowKind::kUpdateBefore, {std::nullopt, "2.00"}},
                                       {RowKind::kUpdateAfter, {"y", "3.00"}},
                                       {RowKind::kDelete, {"z", std::nullopt}}};
  EXPECT_EQ(page->rows, rows);
}

// V1 has no PLAIN_TEXT.
TEST(ParseResultPage, CellsOfV1BecomeText) {
  const auto page = ParseResultPage(
      R"({"resultType":"EOS","isQueryResult":true,"resultKind":"SUCCESS_WITH_CONTENT","results":{"columns":[],
          "data":[{"kind":"INSERT","fields":[true,12,1.5,[1,null],{"k":"v"}]}]}})");
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->type, ResultPage::Type::kEndOfStream);
  EXPECT_EQ(page->rows[0].cells, (Cells{"TRUE", "12", "1.5", "[1, NULL]", "{k=v}"}));
}

TEST(ParseResultPage, WhatIsNoPageIsAnError) {
  EXPECT_FALSE(ParseResultPage("<html>").ok());
  EXPECT_FALSE(ParseResultPage(R"({"status":"OK"})").ok());
  EXPECT_FALSE(ParseResultPage(R"({"resultType":"PAYLOAD"})").ok());
}

TEST(ParseLogicalType, UnknownTypesAreText) {
  const auto type = [](std::string_view json) { return ParseLogicalType(*codec::ParseJson(json)); };
  EXPECT_EQ(type(R"({"type":"TIMESTAMP_WITHOUT_TIME_ZONE","precision":3,"nullable":true})").ToString(), "TIMESTAMP(3)");
  EXPECT_EQ(type(R"({"type":"VARIANT","nullable":true})"), DataType::String());
}

TEST(ParseGatewayError, TheInnermostCauseThatSaysSomething) {
  const Error error = ParseGatewayError(
      500,
      R"({"errors":["Internal server error.","<Exception on server side:\n)"
      R"(org.apache.flink.table.gateway.api.utils.SqlGatewayException: Failed to fetchResults.\n\tat a.B.c(B.java:1)\n)"
      R"(Caused by: org.apache.flink.table.api.ValidationException: Column 'a' is not known.\nIt never was.\n)"
      R"(\tat a.B.c(B.java:1)\n\t... 3 more\n)"
      R"(Caused by: java.lang.NullPointerException\n\tat a.B.c(B.java:1)\n\t... 9 more\n)"
      R"(\nEnd of exception on server side>"]})");
  EXPECT_EQ(error.code, "org.apache.flink.table.api.ValidationException");
  EXPECT_EQ(error.message, "Column 'a' is not known.\nIt never was.");
}

TEST(ParseGatewayError, OurOwnTellsThePlaceAndTheHint) {
  const Error error = ParseGatewayError(
      500, R"({"errors":["Internal server error.","<Exception on server side:\na.B: Failed.\n\tat a.b\n)"
           R"(Caused by: a.C: No x.\n1:8 | SELECT x\n             ^\nHint: Try y.\n\tat a.b\n"],)"
           R"("detail":{"message":"No x.","hint":"Try y.","line":1,"column":8,"offset":7,"length":1}})");
  EXPECT_EQ(error.code, "a.C");
  EXPECT_EQ(error.message, "No x.");
  EXPECT_EQ(error.hint, "Try y.");
  EXPECT_EQ(error.span, (SourceSpan{7, 1, 1, 8}));
}

TEST(ParseGatewayError, PlainTextAndNothing) {
  EXPECT_EQ(ParseGatewayError(404, R"({"errors":["Session 'x' does not exist."]})").message,
            "Session 'x' does not exist.");
  EXPECT_EQ(ParseGatewayError(502, "Bad Gateway").message, "The gateway answered HTTP 502.");
}

TEST(GatewayUrl, TakesWhatFlinkTakes) {
  EXPECT_EQ(*GatewayUrl("localhost:8083"), "http://localhost:8083");
  EXPECT_EQ(*GatewayUrl("https://flink.example/gateway/"), "https://flink.example/gateway");
  EXPECT_FALSE(GatewayUrl("ftp://x").ok());
}

}  // namespace
}  // namespace millrace::app::client
