#include "app/client/gateway_executor.h"

#include <gtest/gtest.h>

#include <mutex>

#include "app/client/completion_popup.h"
#include "http/server.h"
#include "server/web_server.h"

namespace millrace::app::client {
namespace {

using http::Request;
using http::Response;

// A gateway whose answers are written down; it notes every call.
class FakeGateway {
 public:
  explicit FakeGateway(std::string versions) : versions_(std::move(versions)) {
    server_ = std::move(*http::Server::Start({}, [this](Request& request) { return Answer(request); }));
  }
  // Answers of operation "o", one for each fetch.
  std::vector<std::string> pages;
  bool ours = false;
  std::string candidates = R"({"candidates":["SALES","SALES_AGGREGATE","SELECT"]})";

  GatewayOptions options() const { return {.endpoint = "127.0.0.1:" + std::to_string(server_->port())}; }
  bool Called(std::string_view call) {
    const std::lock_guard lock(mutex_);
    return std::find(calls_.begin(), calls_.end(), call) != calls_.end();
  }

 private:
  Response Answer(Request& request) {
    const std::lock_guard lock(mutex_);
    Response response = AnswerTo(request);
    if (ours) response.headers.Set("Server", server::kServerHeader);
    return response;
  }
  Response AnswerTo(Request& request) {
    calls_.push_back(request.method + " " + request.target + (request.body.empty() ? "" : " " + request.body));
    const std::string& path = request.path;
    if (path == "/api_versions") return Response::Of(200, versions_);
    if (path.ends_with("/info")) return Response::Of(200, R"({"productName":"Apache Flink","version":"1.20.3"})");
    if (path.ends_with("/sessions")) return Response::Of(200, R"({"sessionHandle":"s"})");
    if (path.ends_with("/statements")) return Response::Of(200, R"({"operationHandle":"o"})");
    if (path.ends_with("/sessions/s") && request.method == "GET")
      return Response::Of(200, R"({"properties":{"sql-client.execution.result-mode":"TABLEAU"}})");
    if (path.ends_with("/complete-statement")) return Response::Of(200, candidates);
    if (path == "/api/sql/s/complete")
      return Response::Of(200,
                          R"({"candidates":[{"text":"sales","kind":"table","detail":"TABLE","doc":""}],"from":14})");
    if (path.find("/result/") == std::string::npos) return Response::Of(200, "{}");
    if (pages.empty()) return Response::Of(500, R"({"errors":["Operation was cancelled."]})");
    std::string page = pages.front();
    pages.erase(pages.begin());
    return Response::Of(page.find("errors") == std::string::npos ? 200 : 500, std::move(page));
  }

  std::string versions_;
  std::mutex mutex_;
  std::vector<std::string> calls_;
  std::unique_ptr<http::Server> server_;
};

constexpr const char* kNotReady = R"({"resultType":"NOT_READY","nextResultUri":"/v2/x/result/0"})";

std::string Page(std::string_view rows, int next, std::string_view more = "") {
  return R"({"resultType":"PAYLOAD","resultKind":"SUCCESS_WITH_CONTENT","results":{"columns":[{"name":"a","logicalType":)"
         R"({"type":"INTEGER","nullable":true}}],"data":[)" +
         std::string(rows) + "]}," + std::string(more) + R"("nextResultUri":"/v2/x/result/)" + std::to_string(next) +
         "\"}";
}

const std::string kEnd =
    R"({"resultType":"EOS","isQueryResult":false,"resultKind":"SUCCESS_WITH_CONTENT","results":{"columns":[],"data":[]}})";

sql::ScriptPiece Piece(std::string text) { return {.text = std::move(text)}; }

TEST(GatewayExecutor, ATableIsReadToItsEnd) {
  FakeGateway gateway(R"({"versions":["V1","V2","V3"]})");
  gateway.pages = {kNotReady, Page(R"({"kind":"INSERT","fields":["1"]})", 1),
                   Page(R"({"kind":"INSERT","fields":["2"]})", 2), kEnd};
  auto executor = GatewayExecutor::Connect(gateway.options());
  ASSERT_TRUE(executor.ok()) << executor.error().ToString();
  EXPECT_NE((*executor)->Description().find("Apache Flink 1.20.3"), std::string::npos);
  const auto outcome = (*executor)->Execute(Piece("-- all\nSHOW X;"), Executor::Purpose::kRun);
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->kind, Outcome::Kind::kTable);
  EXPECT_EQ(outcome->rows, (std::vector<Cells>{{"1"}, {"2"}}));
  EXPECT_TRUE(gateway.Called(R"(POST /v2/sessions/s/statements {"statement":"SHOW X"})"));
  EXPECT_TRUE(gateway.Called("GET /v2/sessions/s/operations/o/result/2?rowFormat=PLAIN_TEXT"));
  EXPECT_TRUE(gateway.Called("DELETE /v2/sessions/s/operations/o/close"));
  executor->reset();
  EXPECT_TRUE(gateway.Called("DELETE /v2/sessions/s"));
}

TEST(GatewayExecutor, AQueryIsAStreamThatCanBeCancelled) {
  FakeGateway gateway(R"({"versions":["V1","V2"]})");
  gateway.pages = {Page("", 1, R"("isQueryResult":true,"jobID":"j",)"),
                   Page(R"({"kind":"UPDATE_AFTER","fields":["7"]})", 2)};
  auto executor = GatewayExecutor::Connect(gateway.options());
  auto outcome = (*executor)->Execute(Piece("SELECT a FROM t"), Executor::Purpose::kRun);
  ASSERT_TRUE(outcome.ok());
  ASSERT_EQ(outcome->kind, Outcome::Kind::kQuery);
  EXPECT_EQ(outcome->schema.fields[0].type.kind, TypeKind::kInt);
  std::vector<ResultRow> rows;
  EXPECT_TRUE(*outcome->stream->Next(0, &rows));
  EXPECT_TRUE(*outcome->stream->Next(0, &rows));
  EXPECT_EQ(rows, (std::vector<ResultRow>{{RowKind::kUpdateAfter, {"7"}}}));
  outcome->stream->Cancel();
  EXPECT_FALSE(*outcome->stream->Next(0, &rows));
  outcome->stream.reset();
  EXPECT_TRUE(gateway.Called("POST /v2/sessions/s/operations/o/cancel {}"));
  EXPECT_TRUE(gateway.Called("DELETE /v2/sessions/s/operations/o/close"));
}

TEST(GatewayExecutor, CellsAreJsonWhenAskedForAndTextsAreNot) {
  FakeGateway gateway(R"({"versions":["V1","V2"]})");
  gateway.pages = {Page(R"({"kind":"INSERT","fields":[1.50]})", 1), kEnd,
                   Page(R"({"kind":"INSERT","fields":["a plan"]})", 1), kEnd};
  GatewayOptions options = gateway.options();
  options.cells = CellFormat::kJson;
  auto executor = GatewayExecutor::Connect(options);
  EXPECT_EQ((*executor)->Execute(Piece("SHOW X"), Executor::Purpose::kRun)->rows, (std::vector<Cells>{{"1.50"}}));
  EXPECT_TRUE(gateway.Called("GET /v2/sessions/s/operations/o/result/1?rowFormat=JSON"));
  EXPECT_EQ((*executor)->Execute(Piece("EXPLAIN SELECT 1"), Executor::Purpose::kRun)->text, "a plan");
}

TEST(GatewayExecutor, CtrlCCancelsAStatementThatIsNotReady) {
  FakeGateway gateway(R"({"versions":["V2"]})");
  gateway.pages = {kNotReady};
  GatewayOptions options = gateway.options();
  options.stop_requested = [] { return true; };
  auto executor = GatewayExecutor::Connect(options);
  const auto outcome = (*executor)->Execute(Piece("INSERT INTO t SELECT 1"), Executor::Purpose::kRun);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().message, "The statement was cancelled.");
  EXPECT_TRUE(gateway.Called("POST /v2/sessions/s/operations/o/cancel {}"));
}

TEST(GatewayExecutor, AnOldGatewayIsSpokenToInV1) {
  FakeGateway gateway(R"({"versions":["V1"]})");
  gateway.pages = {R"({"resultType":"EOS","resultKind":"SUCCESS","results":{"columns":[],"data":[]}})"};
  auto executor = GatewayExecutor::Connect(gateway.options());
  const auto outcome = (*executor)->Execute(Piece("CREATE DATABASE d"), Executor::Purpose::kPrepare);
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->text, "Execute statement succeeded.");
  EXPECT_TRUE(gateway.Called("GET /v1/sessions/s/operations/o/result/0"));
}

TEST(GatewayExecutor, InitStatementsConfigureTheSession) {
  FakeGateway gateway(R"({"versions":["V2"]})");
  auto executor = GatewayExecutor::Connect(gateway.options());
  ASSERT_TRUE((*executor)->Execute(Piece("SET 'a' = 'b';"), Executor::Purpose::kPrepare).ok());
  EXPECT_TRUE(gateway.Called(R"(POST /v2/sessions/s/configure-session {"statement":"SET 'a' = 'b'"})"));
  EXPECT_EQ(*(*executor)->Settings()->GetEnum("sql-client.execution.result-mode"), "tableau");
}

TEST(GatewayExecutor, WarningsOfOurGatewayAreTold) {
  FakeGateway gateway(R"({"versions":["V2"]})");
  gateway.ours = true;
  auto executor = GatewayExecutor::Connect(gateway.options());
  for (const auto purpose : {Executor::Purpose::kRun, Executor::Purpose::kPrepare}) {
    gateway.pages = {Page("", 1, R"("warnings":["'a' has no effect."],)"), kEnd};
    const auto outcome = (*executor)->Execute(Piece("SET 'a' = 'b';"), purpose);
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->warnings, std::vector<std::string>{"'a' has no effect."});
  }
}

TEST(GatewayExecutor, CompletionReplacesTheWordBeforeTheCursor) {
  FakeGateway gateway(R"({"versions":["V2"]})");
  auto executor = GatewayExecutor::Connect(gateway.options());
  const Completion completion = (*executor)->Complete("SELECT * FROM sal", 17);
  EXPECT_EQ(completion.begin, 14u);
  ASSERT_EQ(completion.candidates.size(), 2u);
  EXPECT_EQ(completion.candidates[1].text, "SALES_AGGREGATE");
  EXPECT_TRUE(
      gateway.Called(R"(GET /v2/sessions/s/complete-statement {"statement":"SELECT * FROM sal","position":17})"));
}

// Flink's gateway gives whole paths for tables.
TEST(GatewayExecutor, APathIsOfferedForItsLastName) {
  FakeGateway gateway(R"({"versions":["V2"]})");
  gateway.candidates = R"({"candidates":["default_catalog.default_database.sales"]})";
  auto executor = GatewayExecutor::Connect(gateway.options());
  const Completion completion = (*executor)->Complete("SELECT * FROM sa", 16);
  EXPECT_EQ(completion.begin, 14u);
  ASSERT_EQ(completion.candidates.size(), 1u);
  CompletionPopup popup(completion);
  EXPECT_TRUE(popup.Narrow("sal"));
  EXPECT_FALSE(popup.Narrow("salt"));
}

TEST(GatewayExecutor, OurOwnTellsWhatACandidateIs) {
  FakeGateway gateway(R"({"versions":["V2"]})");
  gateway.ours = true;
  auto executor = GatewayExecutor::Connect(gateway.options());
  const Completion completion = (*executor)->Complete("SELECT * FROM sa", 16);
  EXPECT_EQ(completion.begin, 14u);
  ASSERT_EQ(completion.candidates.size(), 1u);
  EXPECT_EQ(completion.candidates[0].kind, "table");
  EXPECT_EQ(completion.candidates[0].detail, "TABLE");
}

TEST(IsOurGateway, ByTheServerHeader) {
  FakeGateway gateway(R"({"versions":["V2"]})");
  EXPECT_FALSE(IsOurGateway(gateway.options().endpoint));
  gateway.ours = true;
  EXPECT_TRUE(IsOurGateway(gateway.options().endpoint));
  EXPECT_NE((*GatewayExecutor::Connect(gateway.options()))->Description().find("Millrace"), std::string::npos);
  EXPECT_FALSE(IsOurGateway("127.0.0.1:1"));
}

}  // namespace
}  // namespace millrace::app::client
