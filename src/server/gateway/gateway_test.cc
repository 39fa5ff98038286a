// The gateway as its clients see it: over HTTP.
#include "server/gateway/gateway.h"

#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/local_jobs.h"
#include "engine/testing/row_tables.h"
#include "http/client.h"
#include "http/router.h"
#include "http/server.h"
#include "server/gateway/errors.h"

namespace millrace::server::gateway {
namespace {

using codec::Json;
using engine::testing::RowTables;

class GatewayTest : public ::testing::Test {
 protected:
  GatewayTest() {
    options.environment = tables.Environment();
    options.clock = &clock;
    options.idle_timeout_millis = 600'000;
    options.max_sessions = 3;
    gateway = std::make_unique<Gateway>(options, jobs);
    AddGatewayRoutes(router, *gateway);
    AddWorkspaceRoutes(router, *gateway);
    server = std::move(*http::Server::Start({}, [this](http::Request& request) { return router.Handle(request); }));
    session = Open();
  }

  http::ClientResponse Call(std::string_view method, const std::string& path, std::string_view body = "") {
    auto response = http.Send(method, fmt::format("http://127.0.0.1:{}{}", server->port(), path), body);
    EXPECT_TRUE(response.ok()) << path;
    return response.ok() ? std::move(*response) : http::ClientResponse();
  }
  Json Get(const std::string& path) {
    const auto response = Call("GET", path);
    EXPECT_EQ(response.status, 200) << response.body;
    return codec::ParseJson(response.body).value();
  }
  Json Post(const std::string& path, const Json& body) {
    const auto response = Call("POST", path, body.ToString());
    EXPECT_EQ(response.status, 200) << response.body;
    return codec::ParseJson(response.body).value();
  }
  static Json Body(std::string_view name, Json value) {
    Json out = Json::MakeObject();
    return out.Set(name, std::move(value));
  }
  std::string Open(Json properties = Json::MakeObject()) {
    return *Post("/v2/sessions", Body("properties", std::move(properties))).FindString("sessionHandle");
  }
  std::string Path(std::string_view operation, std::string_view rest = "") const {
    return fmt::format("/v2/sessions/{}/operations/{}{}", session, operation, rest);
  }
  std::string Execute(const std::string& statement, Json config = Json::MakeObject()) {
    Json body = Body("statement", statement);
    body.Set("executionConfig", std::move(config));
    return *Post(fmt::format("/v2/sessions/{}/statements", session), body).FindString("operationHandle");
  }
  // The first page, once it is there; the whole answer when it is an error.
  std::string FirstPage(const std::string& operation, std::string_view format = "JSON") {
    for (;;) {
      const auto response = Call("GET", Path(operation, fmt::format("/result/0?rowFormat={}", format)));
      if (response.body.find(R"("resultType":"NOT_READY")") == std::string::npos) return response.body;
    }
  }
  // {"resultType":..} without the nextResultUri, whose ids are random.
  static std::string Shown(std::string page) {
    const size_t uri = page.find(R"(,"nextResultUri")");
    return uri == std::string::npos ? page : page.substr(0, uri) + "}";
  }
  std::string Run(const std::string& statement, std::string_view format = "JSON") {
    const std::string operation = Execute(statement);
    const std::string page = FirstPage(operation, format);
    EXPECT_EQ(Call("DELETE", Path(operation, "/close")).body, R"({"status":"CLOSED"})");
    return page;
  }
  void CreateTables() {
    for (const std::string_view name : {"SALES", "TOTALS"}) {
      const std::string_view all = engine::testing::kRowTablesSql;
      const size_t begin = all.find(fmt::format("CREATE TABLE {}", name));
      EXPECT_NE(Run(std::string(all.substr(begin, all.find('\n', begin) - begin))).find(R"("fields":["OK"])"),
                std::string::npos);
    }
  }

  RowTables tables;
  engine::JobDirectory directory;
  engine::LocalJobs jobs{{.environment = tables.Environment(), .slots = 4}, &directory};
  ManualClock clock{1'000'000};
  GatewayOptions options;
  std::unique_ptr<Gateway> gateway;
  http::Router router;
  std::unique_ptr<http::Server> server;
  http::Client http;
  std::string session;
};

constexpr std::string_view kOk =
    R"({"resultType":"PAYLOAD","isQueryResult":false,"resultKind":"SUCCESS","results":{"columns":[{"name":"result","logicalType":{"type":"VARCHAR","nullable":true,"length":2147483647},"comment":null}],"rowFormat":"JSON","data":[{"kind":"INSERT","fields":["OK"]}]}})";

TEST_F(GatewayTest, SaysWhatItIs) {
  for (const std::string prefix : {"", "/v1", "/v2", "/v3", "/v4"}) {
    EXPECT_EQ(Call("GET", prefix + "/api_versions").body, R"({"versions":["V1","V2"]})");
    EXPECT_EQ(Call("GET", prefix + "/info").body, R"({"productName":"Apache Flink","version":"1.20.3"})");
  }
}

TEST_F(GatewayTest, SessionsHaveTheirSettings) {
  Json properties = Json::MakeObject();
  properties.Set("parallelism.default", "2").Set("my.key", 7).Set("nothing", Json());
  const std::string other = Open(std::move(properties));
  EXPECT_EQ(other.size(), 36U);
  EXPECT_EQ(other[14], '4');
  EXPECT_EQ(Call("GET", "/v1/sessions/" + other).body,
            R"({"properties":{"my.key":"7","parallelism.default":"2","table.local-time-zone":"UTC"}})");
  EXPECT_EQ(Call("POST", "/sessions/" + other + "/heartbeat", "{}").body, "{}");
  EXPECT_EQ(Call("DELETE", "/v2/sessions/" + other).body, R"({"status":"CLOSED"})");
  const auto gone = Call("GET", "/v2/sessions/" + other);
  EXPECT_EQ(gone.status, 404);
  EXPECT_NE(gone.body.find(fmt::format("Session '{}' does not exist.", other)), std::string::npos) << gone.body;
}

TEST_F(GatewayTest, SettingsThatAreSecretAreNotShown) {
  Json properties = Json::MakeObject();
  properties.Set("my.token", "hunter2").Set("my.url", "http://bob:hunter2@host").Set("my.password", "${env:PW}");
  const std::string path = "/sessions/" + Open(std::move(properties));
  for (const std::string version : {"", "/v1", "/v2", "/v3"}) {
    EXPECT_EQ(Call("GET", version + path).body,
              R"({"properties":{"my.password":"${env:PW}","my.token":"******","my.url":"http://******@host",)"
              R"("table.local-time-zone":"UTC"}})");
  }
}

TEST_F(GatewayTest, IdleSessionsAreClosedAndThereAreOnlySoMany) {
  clock.Advance(400'000);
  Open();
  Open();
  EXPECT_NE(Call("POST", "/v2/sessions", "{}").body.find("exceeds the max count: 3."), std::string::npos);
  clock.Advance(300'000);
  gateway->CloseIdle();
  EXPECT_EQ(gateway->num_sessions(), 2U);
  EXPECT_EQ(Call("POST", "/v2/sessions/" + session + "/heartbeat").status, 404);
}

TEST_F(GatewayTest, AHeartbeatKeepsASessionOpen) {
  const std::string silent = Open();
  for (int i = 0; i < 5; ++i) {
    clock.Advance(400'000);
    EXPECT_EQ(Call("POST", "/v2/sessions/" + session + "/heartbeat", "{}").status, 200);
    gateway->CloseIdle();
  }
  EXPECT_EQ(gateway->num_sessions(), 1U);
  EXPECT_EQ(Call("GET", "/v2/sessions/" + silent).status, 404);
  EXPECT_EQ(Call("GET", "/v2/sessions/" + session).status, 200);
}

TEST_F(GatewayTest, ConfigureSessionTakesWhatStartsNoJob) {
  const std::string path = fmt::format("/v2/sessions/{}/configure-session", session);
  EXPECT_EQ(Call("POST", path, R"({"statement":"SET 'a.b' = 'c';"})").body, "{}");
  EXPECT_NE(Run("SET").find(R"("fields":["a.b","c"])"), std::string::npos);
  const auto refused = Call("POST", path, R"({"statement":"SELECT 1"})");
  EXPECT_EQ(refused.status, 500);
  EXPECT_NE(refused.body.find("java.lang.UnsupportedOperationException: Unsupported statement for configuring session"),
            std::string::npos);
  EXPECT_EQ(Call("POST", path, R"({"statement":"USE CATALOG nowhere"})").status, 500);
}

TEST_F(GatewayTest, StatementsGiveFlinksResults) {
  EXPECT_EQ(Shown(Run("CREATE TABLE t (a INT NOT NULL) WITH ('connector' = 'rows')")), kOk);
  EXPECT_EQ(Shown(Run("SET 'parallelism.default' = '2'")), kOk);
  const std::string warned = std::string(kOk.substr(0, kOk.size() - 1)) +
                             R"(,"warnings":["'x' is no key that is known here: it is kept and has no effect."]})";
  EXPECT_EQ(Shown(Run("SET 'x' = 'y'")), warned);
  EXPECT_EQ(
      Shown(Run("SHOW TABLES")),
      R"({"resultType":"PAYLOAD","isQueryResult":false,"resultKind":"SUCCESS_WITH_CONTENT","results":{"columns":[{"name":"table name","logicalType":{"type":"VARCHAR","nullable":true,"length":2147483647},"comment":null}],"rowFormat":"JSON","data":[{"kind":"INSERT","fields":["t"]}]}})");
  EXPECT_NE(Run("DESCRIBE t").find(R"("fields":["a","INT",false,null,null,null])"), std::string::npos);
  EXPECT_NE(Run("DESCRIBE t", "PLAIN_TEXT").find(R"("fields":["a","INT","FALSE",null,null,null])"), std::string::npos);
  EXPECT_NE(Run("EXPLAIN SELECT a FROM t").find(R"("fields":["== Abstract Syntax Tree ==\n)"), std::string::npos);
  EXPECT_NE(Run("SHOW CREATE TABLE t").find(R"("fields":["CREATE TABLE `default_catalog`.`default_database`.`t` ()"),
            std::string::npos);
}

TEST_F(GatewayTest, AQueryPagesToItsEnd) {
  const std::string operation = Execute("SELECT * FROM (VALUES (1, 'a'), (2, CAST(NULL AS STRING))) AS t(n, s)");
  std::string rows;
  Json page = codec::ParseJson(FirstPage(operation)).value();
  std::string uri;
  for (;;) {
    EXPECT_TRUE(page.Find("isQueryResult")->AsBool());
    EXPECT_EQ(page.FindString("jobID")->size(), 32U);
    for (const Json& row : page.Find("results")->Find("data")->items()) rows += row.ToString();
    if (*page.FindString("resultType") == "EOS") break;
    uri = *page.FindString("nextResultUri");
    page = Get(uri);
  }
  EXPECT_EQ(rows, R"({"kind":"INSERT","fields":[1,"a"]}{"kind":"INSERT","fields":[2,null]})");
  EXPECT_EQ(page.Find("nextResultUri"), nullptr);
  EXPECT_TRUE(uri.starts_with(fmt::format("/v2/sessions/{}/operations/{}/result/", session, operation))) << uri;
  EXPECT_TRUE(uri.ends_with("?rowFormat=JSON")) << uri;
  EXPECT_EQ(*Get(uri).FindString("resultType"), "EOS");
  const auto wrong = Call("GET", Path(operation, "/result/77"));
  EXPECT_EQ(wrong.status, 500);
  EXPECT_NE(wrong.body.find("but found 77."), std::string::npos);
  EXPECT_EQ(Call("GET", Path(operation, "/status")).body, R"({"status":"FINISHED"})");
}

TEST_F(GatewayTest, AStreamingQueryGoesOnUntilItIsClosed) {
  tables.held = true;
  CreateTables();
  const std::string operation = Execute("SELECT k FROM SALES");
  int64_t seen = 0;
  int64_t token = 0;
  FirstPage(operation);
  while (seen < RowTables::kRows) {
    const Json page = Get(Path(operation, fmt::format("/result/{}", token++)));
    ASSERT_EQ(*page.FindString("resultType"), "PAYLOAD");
    seen += static_cast<int64_t>(page.Find("results")->Find("data")->items().size());
  }
  const int64_t asked = SystemClock().MonotonicNanos();
  const Json empty = Get(Path(operation, fmt::format("/result/{}", token)));
  EXPECT_GE(SystemClock().MonotonicNanos() - asked, 95'000'000);  // clients ask again at once
  EXPECT_EQ(*empty.FindString("resultType"), "PAYLOAD");
  EXPECT_TRUE(empty.Find("results")->Find("data")->items().empty());
  EXPECT_NE(Run("SHOW JOBS").find(R"("RUNNING")"), std::string::npos);
  EXPECT_EQ(Call("POST", Path(operation, "/cancel"), "{}").body, R"({"status":"CANCELED"})");
  directory.Jobs()[0]->Wait();
  EXPECT_EQ(directory.Jobs()[0]->Report().state, "CANCELED");
  EXPECT_NE(Call("GET", Path(operation, "/result/1")).body.find("in CANCELED status."), std::string::npos);
  EXPECT_EQ(Call("DELETE", Path(operation, "/close")).body, R"({"status":"CLOSED"})");
  EXPECT_EQ(Call("GET", Path(operation, "/status")).status, 404);
}

TEST_F(GatewayTest, AnInsertIsAJob) {
  CreateTables();
  const std::string page = Run(std::string(engine::testing::kTotalsInsert));
  const Json json = codec::ParseJson(page).value();
  const std::string id = *json.FindString("jobID");
  EXPECT_EQ(
      Shown(page),
      fmt::format(
          R"({{"resultType":"PAYLOAD","isQueryResult":false,"jobID":"{0}","resultKind":"SUCCESS_WITH_CONTENT","results":{{"columns":[{{"name":"job id","logicalType":{{"type":"VARCHAR","nullable":true,"length":2147483647}},"comment":null}}],"rowFormat":"JSON","data":[{{"kind":"INSERT","fields":["{0}"]}}]}}}})",
          id));
  directory.Find(id)->Wait();
  EXPECT_EQ(tables.written.size(), 17U * 9);
  const std::string described = Run("DESCRIBE JOB '" + id + "'", "PLAIN_TEXT");
  EXPECT_NE(
      described.find(fmt::format(R"(["{}","insert-into_default_catalog.default_database.TOTALS","FINISHED","20)", id)),
      std::string::npos)
      << described;
  EXPECT_NE(Run("DESCRIBE JOB 'feed'").find("Described job feed does not exist in the cluster."), std::string::npos);
}

TEST_F(GatewayTest, DmlSyncWaitsForTheJob) {
  CreateTables();
  Json config = Json::MakeObject();
  config.Set("table.dml-sync", "true");
  const std::string operation = Execute(std::string(engine::testing::kTotalsInsert), config);
  EXPECT_NE(FirstPage(operation).find(R"("job id")"), std::string::npos);
  EXPECT_EQ(directory.Jobs()[0]->Report().state, "FINISHED");
  // The setting was that of the one statement.
  EXPECT_EQ(Call("GET", "/v2/sessions/" + session).body, R"({"properties":{"table.local-time-zone":"UTC"}})");
  tables.full = true;
  const std::string failed = FirstPage(Execute(std::string(engine::testing::kTotalsInsert), config));
  EXPECT_NE(failed.find("The sink is full."), std::string::npos) << failed;
}

TEST_F(GatewayTest, CancelEndsADmlSyncWaitAndItsJob) {
  tables.held = true;
  CreateTables();
  Run("SET 'table.dml-sync' = 'true'");
  const std::string operation = Execute(std::string(engine::testing::kTotalsInsert));
  const auto runs = [&] { return !directory.Jobs().empty() && directory.Jobs()[0]->Report().state == "RUNNING"; };
  while (!runs()) Call("GET", Path(operation, "/result/0"));
  EXPECT_EQ(Call("GET", Path(operation, "/status")).body, R"({"status":"RUNNING"})");
  EXPECT_EQ(Call("POST", Path(operation, "/cancel")).status, 200);
  directory.Jobs()[0]->Wait();
  EXPECT_EQ(directory.Jobs()[0]->Report().state, "CANCELED");
}

TEST_F(GatewayTest, TheEndOfTheProcessCancelsNoJobThatWrites) {
  tables.held = true;
  CreateTables();
  Run("SET 'table.dml-sync' = 'true'");
  const std::string operation = Execute(std::string(engine::testing::kTotalsInsert));
  const auto runs = [&] { return !directory.Jobs().empty() && directory.Jobs()[0]->Report().state == "RUNNING"; };
  while (!runs()) Call("GET", Path(operation, "/result/0"));
  gateway->CloseAll();  // waits for the statement
  EXPECT_EQ(gateway->num_sessions(), 0U);
  EXPECT_EQ(directory.Jobs()[0]->Report().state, "RUNNING");
}

TEST_F(GatewayTest, JobsOfOneNameAreNumberedAndStopped) {
  tables.held = true;
  CreateTables();
  const Json first = codec::ParseJson(Run(std::string(engine::testing::kTotalsInsert))).value();
  Run(std::string(engine::testing::kTotalsInsert));
  EXPECT_NE(Run("SHOW JOBS").find(R"("insert-into_default_catalog.default_database.TOTALS#2",)"), std::string::npos);
  EXPECT_EQ(Shown(Run("STOP JOB '" + *first.FindString("jobID") + "'")), kOk);
  EXPECT_EQ(directory.Find(*first.FindString("jobID"))->Report().state, "CANCELED");
  EXPECT_NE(Run("STOP JOB 'feed'").find("feed"), std::string::npos);
}

TEST_F(GatewayTest, JobsOfManySessionsHaveNamesOfTheirOwn) {
  tables.held = true;
  std::vector<std::pair<std::string, std::string>> started;  // session, operation
  for (const std::string& one : {session, Open(), Open()}) {
    session = one;
    CreateTables();
    for (int i = 0; i < 3; ++i) started.emplace_back(one, Execute(std::string(engine::testing::kTotalsInsert)));
  }
  for (const auto& [owner, operation] : started) {
    session = owner;
    FirstPage(operation);
  }
  std::set<std::string> names;
  for (const auto& job : jobs.Jobs()) names.insert(job.name);
  EXPECT_EQ(names.size(), started.size());
}

TEST_F(GatewayTest, AStatementSetIsOneJob) {
  CreateTables();
  EXPECT_EQ(Shown(Run("BEGIN STATEMENT SET")), kOk);
  EXPECT_EQ(Shown(Run(std::string(engine::testing::kTotalsInsert))), kOk);
  EXPECT_NE(Run("SELECT 1").find("is allowed in Statement Set"), std::string::npos);
  EXPECT_NE(Run("END").find(R"("name":"job id")"), std::string::npos);
  EXPECT_EQ(directory.Jobs().size(), 1U);
}

TEST_F(GatewayTest, ErrorsEndInTheCauseThatClientsPrint) {
  const std::string operation = Execute("SELECT nothing\nFROM (VALUES (1)) AS t(a)");
  const Json answer = codec::ParseJson(FirstPage(operation)).value();
  const std::string& error = answer.Find("errors")->items()[1].AsString();
  const size_t cause = error.rfind("Caused by: ");
  ASSERT_NE(cause, std::string::npos) << error;
  EXPECT_TRUE(
      error.starts_with("<Exception on server side:\n"
                        "org.apache.flink.table.gateway.api.utils.SqlGatewayException: Failed to fetchResults."))
      << error;
  const std::string shown = error.substr(cause + 11, error.find("\tat", cause) - cause - 11);
  EXPECT_TRUE(shown.starts_with(
      "org.apache.calcite.sql.validator.SqlValidatorException: Column 'nothing' not found in any table\n"))
      << shown;
  EXPECT_NE(shown.find("1:8 | SELECT nothing\n             ^^^^^^^"), std::string::npos) << shown;
  EXPECT_EQ(answer.members().size(), 1U) << "Flink's client refuses what it does not know";
  http::Headers headers;
  headers.Add(kDetailHeader, "true");
  const auto detailed =
      http.Send("GET", fmt::format("http://127.0.0.1:{}{}", server->port(), Path(operation, "/result/0")), "", headers);
  ASSERT_TRUE(detailed.ok());
  EXPECT_EQ(codec::ParseJson(detailed->body)->Find("detail")->ToString(),
            R"({"message":"Column 'nothing' not found in any table","hint":"Columns here: a.","line":1,"column":8,)"
            R"("offset":7,"length":7})");
  EXPECT_EQ(Call("GET", Path(operation, "/status")).body, R"({"status":"ERROR"})");
  EXPECT_NE(Run("SELECT").find(R"(Encountered \"<EOF>\")"), std::string::npos);
  EXPECT_NE(Run("SELECT 1 / 0").find("Caused by: "), std::string::npos);
}

TEST_F(GatewayTest, BadRequestsAreRefused) {
  const std::string statements = fmt::format("/v2/sessions/{}/statements", session);
  EXPECT_EQ(Call("POST", statements, "{").status, 500);
  EXPECT_EQ(Call("POST", statements, "[]").status, 500);
  EXPECT_EQ(Call("POST", statements, "{}").status, 500);
  EXPECT_EQ(Call("POST", statements, R"({"statement":"SELECT 1","executionTimeout":5})").status, 500);
  EXPECT_EQ(Call("POST", "/v2/sessions", R"({"properties":[]})").status, 500);
  EXPECT_EQ(Call("POST", "/v2/sessions/none/statements", R"({"statement":"SELECT 1"})").status, 404);
  EXPECT_EQ(Call("GET", Path("none", "/result/0")).status, 404);
  const std::string operation = Execute("SHOW TABLES");
  EXPECT_EQ(Call("GET", Path(operation, "/result/x")).status, 500);
  EXPECT_EQ(Call("GET", Path(operation, "/result/0?rowFormat=XML")).status, 500);
}

TEST_F(GatewayTest, CompletesAStatement) {
  CreateTables();
  http::Request request;
  request.method = "GET";
  request.path = fmt::format("/v2/sessions/{}/complete-statement", session);
  request.body = R"({"statement":"SELECT * FROM SA","position":16})";
  const http::Response response = router.Handle(request);
  EXPECT_EQ(response.body, R"({"candidates":["SALES"]})");
}

TEST_F(GatewayTest, WorkspaceKnowsTheCatalog) {
  EXPECT_NE(Run("CREATE TABLE t (a INT, ts TIMESTAMP(3), b AS a + 1, WATERMARK FOR ts AS ts, PRIMARY KEY (a) NOT "
                "ENFORCED) COMMENT 'note' WITH ('connector' = 'rows', 'password' = 'hunter2')")
                .find("OK"),
            std::string::npos);
  EXPECT_EQ(
      Call("GET", fmt::format("/api/sql/{}/catalog", session)).body,
      R"({"catalogs":[{"name":"default_catalog","databases":[{"name":"default_database","tables":[{"name":"t","kind":"TABLE","comment":"note","columns":[{"name":"a","type":"INT NOT NULL","kind":"PHYSICAL","watermark":null,"primary_key":true},{"name":"ts","type":"TIMESTAMP(3) *ROWTIME*","kind":"PHYSICAL","watermark":"`ts`","primary_key":false},{"name":"b","type":"INT NOT NULL","kind":"COMPUTED","watermark":null,"primary_key":false}],"options":{"connector":"rows","password":"******"}}]}]}],"current_catalog":"default_catalog","current_database":"default_database"})");
  EXPECT_EQ(Call("GET", "/api/sql/none/catalog").status, 404);
}

TEST_F(GatewayTest, WorkspaceChecksWithoutRunning) {
  const std::string check = fmt::format("/api/sql/{}/check", session);
  const std::string text =
      "CREATE TABLE t (a INT) WITH ('connector' = 'rows');\n"
      "SELECT b FROM t;\n"
      "INSERT INTO t SELECT a FROM t;\n"
      "SELEC 1;";
  const Json errors = *Post(check, Body("text", text)).Find("errors");
  ASSERT_EQ(errors.items().size(), 2U) << errors.ToString();
  EXPECT_EQ(errors.items()[0].Find("line")->AsInt(), 2);
  EXPECT_EQ(errors.items()[0].Find("column")->AsInt(), 8);
  EXPECT_EQ(errors.items()[0].Find("end_column")->AsInt(), 9);
  EXPECT_EQ(errors.items()[1].Find("line")->AsInt(), 4);
  EXPECT_TRUE(directory.Jobs().empty());
  EXPECT_NE(Run("SHOW TABLES").find(R"("data":[])"), std::string::npos);
}

TEST_F(GatewayTest, WorkspaceExplainsAGraph) {
  const Json answer =
      Post(fmt::format("/api/sql/{}/explain", session),
           Body("text", std::string(engine::testing::kRowTablesSql) + std::string(engine::testing::kTotalsInsert)));
  EXPECT_TRUE(answer.FindString("text")->starts_with("== Abstract Syntax Tree =="));
  const auto& vertices = answer.Find("graph")->Find("vertices")->items();
  ASSERT_EQ(vertices.size(), 2U);
  EXPECT_EQ(*vertices[0].FindString("name"), "Source: SALES[1] -> Calc[2] -> LocalWindowAggregate[3]");
  EXPECT_EQ(*vertices[1].Find("inputs")->items()[0].FindString("ship_strategy"), "HASH");
  EXPECT_EQ(*vertices[1].Find("inputs")->items()[0].FindString("vertex"), *vertices[0].FindString("id"));
  EXPECT_EQ(Call("POST", fmt::format("/api/sql/{}/explain", session), R"({"text":"SHOW TABLES"})").status, 400);
}

TEST_F(GatewayTest, WorkspaceSplitsAndCompletes) {
  EXPECT_EQ(
      Call("POST", "/api/sql/split", R"({"text":"SELECT 1;\n\nSELECT\n 2"})").body,
      R"({"statements":[{"text":"SELECT 1;","line":1,"column":1,"end_line":1},{"text":"SELECT\n 2","line":3,"column":1,"end_line":4}]})");
  CreateTables();
  const Json answer = Post(fmt::format("/api/sql/{}/complete", session),
                           *codec::ParseJson(R"({"text":"SELECT UPP FROM SALES","position":10})"));
  EXPECT_EQ(answer.Find("from")->AsInt(), 7);
  const Json& upper = answer.Find("candidates")->items()[0];
  EXPECT_EQ(*upper.FindString("text"), "UPPER");
  EXPECT_EQ(*upper.FindString("kind"), "function");
  EXPECT_FALSE(upper.FindString("doc")->empty());
}

}  // namespace
}  // namespace millrace::server::gateway
