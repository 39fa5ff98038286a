// Statements of a session: answers, texts, and the tutorial's script from its file.
#include "engine/session.h"
#include "engine/session_view.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/log.h"
#include "base/strings.h"
#include "planner/testing/fake_connectors.h"
#include "sql/parser.h"
#include "sql/script.h"

namespace millrace::engine {
namespace {

using Kind = StatementResult::Kind;

SessionEnvironment FakeEnvironment() {
  SessionEnvironment environment;
  environment.connectors = &planner::testing::FakeConnectors();
  environment.formats = &planner::testing::FakeFormats();
  environment.config = {{"table.local-time-zone", "UTC"}};
  return environment;
}

class SessionTest : public ::testing::Test {
 protected:
  StatementResult Run(std::string_view text) {
    auto result = session.ExecuteText(text);
    EXPECT_TRUE(result.ok()) << RenderError(result.error(), text);
    return result.ok() ? *std::move(result) : StatementResult();
  }
  std::string ErrorOf(std::string_view text) {
    const auto result = session.ExecuteText(text);
    return result.ok() ? "no error" : result.error().code + ": " + result.error().message;
  }
  // "a,b;c,d": rows of text.
  std::string Rows(std::string_view text) {
    std::string out;
    for (const ValueList& row : Run(text).rows) {
      if (!out.empty()) out += ";";
      for (size_t i = 0; i < row.size(); ++i) {
        if (i > 0) out += ",";
        if (const auto* cell = std::get_if<std::string>(&row[i])) out += *cell;
        if (const auto* flag = std::get_if<bool>(&row[i])) out += *flag ? "TRUE" : "FALSE";
      }
    }
    return out;
  }

  Session session{FakeEnvironment()};
};

TEST_F(SessionTest, TheTutorialsScriptBecomesOneJob) {
  const auto script =
      ReadWholeFile(RealFileSystem(), std::string(MILLRACE_SOURCE_DIR) + "/examples/sales-aggregate.sql");
  ASSERT_TRUE(script.ok());
  std::vector<StatementResult> results;
  for (const sql::ScriptPiece& piece : sql::SplitScript(*script)) {
    const auto statement = sql::ParseStatement(piece.text, piece.position);
    ASSERT_TRUE(statement.ok()) << RenderError(statement.error(), *script);
    auto result = session.Execute(*statement);
    ASSERT_TRUE(result.ok()) << RenderError(result.error(), *script);
    results.push_back(*std::move(result));
  }
  ASSERT_EQ(results.size(), 15u);  // 7 SET, 2 ADD JAR, DROP, 2 CREATE, BEGIN, INSERT, END
  for (size_t i = 0; i + 1 < results.size(); ++i) {
    EXPECT_EQ(results[i].kind, Kind::kMessage);
    EXPECT_EQ(results[i].text, "Execute statement succeeded.");
    EXPECT_TRUE(results[i].warnings.empty());
  }
  const StatementResult& job = results.back();
  ASSERT_EQ(job.kind, Kind::kInsert);
  EXPECT_EQ(job.plan->job_name, "insert-into_default_catalog.default_database.SALES_AGGREGATE");
  EXPECT_EQ(job.plan->parallelism, 1u);
  EXPECT_TRUE(job.plan->streaming);
  ASSERT_EQ(job.plan->roots.size(), 1u);
  EXPECT_EQ(session.config().GetString("sql-client.execution.result-mode"), "TABLEAU");
  EXPECT_EQ(*session.config().GetEnum("sql-client.execution.result-mode"), "tableau");
  EXPECT_EQ(*session.config().GetDurationMillis("execution.checkpointing.interval"), 10'000);
  EXPECT_EQ(*session.config().GetEnum("state.backend.type"), "rocksdb");
}

TEST_F(SessionTest, ShowCreateHidesSecrets) {
  Run("CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'properties.sasl.jaas.config' = 'user me', "
      "'properties.ssl.key.password' = '${env:PW}', 'avro-confluent.url' = 'http://bob:hunter5x@host')");
  const std::string text = Run("SHOW CREATE TABLE t").text;
  EXPECT_NE(text.find("'properties.sasl.jaas.config' = '******'"), std::string::npos) << text;
  EXPECT_NE(text.find("'properties.ssl.key.password' = '${env:PW}'"), std::string::npos) << text;
  EXPECT_NE(text.find("'avro-confluent.url' = 'http://******@host'"), std::string::npos) << text;
  EXPECT_EQ(text.find("user me"), std::string::npos);
  EXPECT_NE(session.Preparation().find("user me"), std::string::npos);
}

TEST_F(SessionTest, TheCatalogHidesWhatShowCreateHides) {
  Run("CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'properties.ssl.key.pem' = 'MIIE', "
      "'properties.ssl.key.password' = '${env:PW}', 'avro-confluent.url' = 'http://bob:hunter5x@host')");
  const OptionMap options = session.Catalogs().catalogs[0].databases[0].tables[0].options;
  EXPECT_EQ(options.at("properties.ssl.key.pem"), "******");
  EXPECT_EQ(options.at("properties.ssl.key.password"), "${env:PW}");
  EXPECT_EQ(options.at("avro-confluent.url"), "http://******@host");
}

TEST_F(SessionTest, TextsOfBothVersions) {
  EXPECT_EQ(Run("SET 'a' = 'b';").text, "Execute statement succeeded.");
  session.Set("compat.flink-version", "1.16");
  EXPECT_EQ(Run("SET 'a' = 'b';").text, "Session property has been set.");
  EXPECT_EQ(Run("RESET a;").text, "Session property has been reset.");
  EXPECT_EQ(Run("CREATE TABLE t (a INT) WITH ('connector' = 'blackhole')").text, "Execute statement succeed.");
  EXPECT_EQ(Run("BEGIN STATEMENT SET;").text, "Begin a statement set.");
  EXPECT_EQ(Run("INSERT INTO t VALUES (1);").text, "Add SQL update statement to the statement set.");
  EXPECT_EQ(ErrorOf("SHOW TABLES"),
            "java.lang.IllegalArgumentException: Only INSERT statement is allowed in Statement Set.");
  EXPECT_EQ(Run("END;").kind, Kind::kInsert);
  EXPECT_EQ(ErrorOf("END"),
            "java.lang.IllegalArgumentException: No Statement Set to submit, \"END;\" command should be used after "
            "\"BEGIN STATEMENT SET;\".");
  Run("BEGIN STATEMENT SET");
  EXPECT_EQ(Run("END").text, "No statement in the statement set, skip submit.");
  EXPECT_EQ(Run("SET;").text, "'compat.flink-version' = '1.16'\n'table.local-time-zone' = 'UTC'\n");
}

TEST_F(SessionTest, SetListsAndResets) {
  Run("SET parallelism.default = 4");
  EXPECT_EQ(Rows("SET"), "parallelism.default,4;table.local-time-zone,UTC");
  Run("SET 'table.local-time-zone' = 'Europe/Berlin'");
  EXPECT_EQ(Rows("SET"), "parallelism.default,4;table.local-time-zone,Europe/Berlin");
  Run("RESET 'table.local-time-zone'");
  EXPECT_EQ(Rows("SET"), "parallelism.default,4;table.local-time-zone,UTC");
  Run("RESET");
  EXPECT_EQ(Rows("SET"), "table.local-time-zone,UTC");
}

TEST_F(SessionTest, SetShowsNoSecrets) {
  Run("SET 'properties.password' = 'hunter5x'");
  Run("SET 'a.url' = 'http://bob:hunter5x@host'");
  EXPECT_EQ(Rows("SET"), "a.url,http://******@host;properties.password,******;table.local-time-zone,UTC");
  session.Set("compat.flink-version", "1.16");
  EXPECT_EQ(Run("SET;").text.find("hunter5x"), std::string::npos);
  EXPECT_EQ(session.config().Listing().at("properties.password"), "hunter5x");
}

TEST_F(SessionTest, OldNamesOfAKeyAreTheSameKey) {
  Run("SET 'state.backend' = 'rocksdb'");
  EXPECT_EQ(session.config().GetString("state.backend.type"), "rocksdb");
  Run("SET 'state.backend.type' = 'hashmap'");
  EXPECT_EQ(session.config().GetString("state.backend"), "hashmap");
  Run("RESET 'state.backend'");
  EXPECT_EQ(session.config().GetString("state.backend.type"), "hashmap");
}

TEST_F(SessionTest, KeysThatNothingReadsSayWhatHappensInstead) {
  SetLogLevel(LogLevel::kInfo);
  KeepRecentLog(100);
  const auto warnings = [&](const std::string& key, const std::string& value) {
    return Join(Run(fmt::format("SET '{}' = '{}'", key, value)).warnings, "|");
  };
  const std::string groups = warnings("pipeline.max-parallelism", "256");
  EXPECT_EQ(groups,
            "'pipeline.max-parallelism' = '256' has no effect here. There are always 128 key groups, whatever is set.");
  EXPECT_NE(RecentLog().find(groups), std::string::npos);
  SetLogLevel(LogLevel::kWarn);
  EXPECT_EQ(warnings("execution.savepoint-restore-mode", "CLAIM"),
            "'execution.savepoint-restore-mode' = 'CLAIM' has no effect here. The snapshot restored from is never "
            "removed or owned, whatever is set.");
  EXPECT_EQ(warnings("execution.checkpointing.storage", "jobmanager"),
            "'execution.checkpointing.storage' = 'jobmanager' has no effect here. Checkpoints are always files.");
  EXPECT_EQ(warnings("execution.checkpointing.max-concurrent-checkpoints", "3"),
            "'execution.checkpointing.max-concurrent-checkpoints' = '3' has no effect here. One checkpoint is taken at "
            "a time, whatever is set.");
  for (const auto& [key, value] : {std::pair("execution.checkpointing.unaligned", "true"),
                                   std::pair("execution.checkpointing.aligned-checkpoint-timeout", "30 s")}) {
    EXPECT_EQ(warnings(key, value),
              fmt::format("'{}' = '{}' has no effect here. Barriers are always aligned, whatever is set.", key, value));
  }
  EXPECT_EQ(warnings("parallelism.defalt", "2"),
            "'parallelism.defalt' is no key that is known here: it is kept and has no effect. Did you mean "
            "'parallelism.default'?");
  // What is done anyway, or refused when a job starts, needs no words.
  for (const auto& [key, value] :
       {std::pair("execution.state-recovery.claim-mode", "NO_CLAIM"),
        std::pair("state.checkpoint-storage", "filesystem"), std::pair("state.checkpoint-storage", "filesytem"),
        std::pair("execution.checkpointing.max-concurrent-checkpoints", "1"),
        std::pair("execution.checkpointing.unaligned.enabled", "false"), std::pair("pipeline.max-parallelism", "128"),
        std::pair("parallelism.default", "2")}) {
    EXPECT_EQ(warnings(key, value), "");
  }
}

TEST_F(SessionTest, ABadValueFailsTheStatementThatUsesIt) {
  Run("SET 'parallelism.default' = 'many'");
  EXPECT_EQ(ErrorOf("SELECT 1"),
            "java.lang.IllegalArgumentException: Could not parse value 'many' for key 'parallelism.default'.");
  Run("SET 'parallelism.default' = '0'");
  EXPECT_EQ(ErrorOf("SELECT 1"), "java.lang.IllegalArgumentException: The parallelism 0 is not between 1 and 128.");
  Run("SET 'parallelism.default' = '2'");
  Run("SET 'table.local-time-zone' = 'Mars/Olympus'");
  EXPECT_EQ(
      ErrorOf("SELECT 1"),
      "java.lang.IllegalArgumentException: Could not parse value 'Mars/Olympus' for key 'table.local-time-zone'.");
  Run("RESET 'table.local-time-zone'");
  EXPECT_EQ(Run("SELECT 1").plan->parallelism, 2u);
}

TEST_F(SessionTest, TablesViewsAndTheirLists) {
  Run("CREATE TABLE orders (id INT, v INT) WITH ('connector' = 'datagen')");
  Run("CREATE TEMPORARY TABLE drafts (id INT) WITH ('connector' = 'datagen')");
  Run("CREATE VIEW big AS SELECT id FROM orders WHERE v > 10");
  EXPECT_EQ(Rows("SHOW TABLES"), "big;drafts;orders");
  EXPECT_EQ(Rows("SHOW TABLES LIKE 'o%'"), "orders");
  EXPECT_EQ(Rows("SHOW TABLES NOT LIKE '%r%'"), "big");
  EXPECT_EQ(Rows("SHOW VIEWS"), "big");
  EXPECT_EQ(Rows("DESCRIBE big"), "id,INT,TRUE,,,");
  EXPECT_EQ(ErrorOf("CREATE TABLE orders (id INT)"),
            "org.apache.flink.table.catalog.exceptions.TableAlreadyExistException: Table (or view) "
            "default_database.orders already exists in "
            "Catalog default_catalog.");
  Run("CREATE TABLE IF NOT EXISTS orders (other STRING)");
  EXPECT_EQ(Rows("DESCRIBE orders"), "id,INT,TRUE,,,;v,INT,TRUE,,,");
  EXPECT_EQ(ErrorOf("DROP VIEW orders"),
            "org.apache.flink.table.api.ValidationException: View with identifier "
            "'default_catalog.default_database.orders' does not exist.");
  Run("DROP VIEW big");
  Run("DROP TEMPORARY TABLE drafts");
  Run("ALTER TABLE orders RENAME TO sold");
  EXPECT_EQ(Rows("SHOW TABLES"), "sold");
  Run("DROP TABLE IF EXISTS nothing");
}

TEST_F(SessionTest, CatalogsAndDatabases) {
  EXPECT_EQ(Rows("SHOW CURRENT CATALOG"), "default_catalog");
  EXPECT_EQ(Rows("SHOW CURRENT DATABASE"), "default_database");
  Run("CREATE DATABASE shop");
  Run("USE shop");
  Run("CREATE TABLE t (a INT) WITH ('connector' = 'datagen')");
  EXPECT_EQ(Rows("SHOW TABLES"), "t");
  EXPECT_EQ(Rows("SHOW TABLES FROM default_database"), "");
  EXPECT_EQ(Rows("SHOW DATABASES"), "default_database;shop");
  Run("CREATE CATALOG mine WITH ('type' = 'generic_in_memory')");
  Run("USE CATALOG mine");
  EXPECT_EQ(Rows("SHOW CURRENT DATABASE"), "default");
  Run("USE default_catalog.shop");
  EXPECT_EQ(ErrorOf("DROP DATABASE shop"),
            "org.apache.flink.table.api.ValidationException: Cannot drop a database which is currently in use.");
  Run("USE default_database");
  EXPECT_EQ(ErrorOf("DROP DATABASE shop"),
            "org.apache.flink.table.catalog.exceptions.DatabaseNotEmptyException: Database shop in catalog "
            "default_catalog is not empty.");
  Run("DROP DATABASE shop CASCADE");
  EXPECT_EQ(ErrorOf("USE shop"),
            "org.apache.flink.table.catalog.exceptions.CatalogException: A database with name [shop] does not exist in "
            "the catalog: "
            "[default_catalog].");
}

TEST_F(SessionTest, JarsAreListedAndOnlyStrangersAreRemarkedUpon) {
  EXPECT_TRUE(Run("ADD JAR '/opt/lib/flink-sql-connector-kafka-3.0.jar'").warnings.empty());
  const StatementResult strange = Run("ADD JAR '/opt/lib/my-udfs.jar'");
  ASSERT_EQ(strange.warnings.size(), 1u);
  EXPECT_EQ(strange.text, "Execute statement succeeded.");
  EXPECT_EQ(Rows("SHOW JARS"), "/opt/lib/flink-sql-connector-kafka-3.0.jar;/opt/lib/my-udfs.jar");
  Run("REMOVE JAR '/opt/./lib/../lib//my-udfs.jar'");
  EXPECT_EQ(Rows("SHOW JARS"), "/opt/lib/flink-sql-connector-kafka-3.0.jar");
  EXPECT_NE(ErrorOf("CREATE FUNCTION f AS 'com.example.F'").find("the class 'com.example.F'"), std::string::npos);
}

TEST_F(SessionTest, StatementSetsInBothForms) {
  Run("CREATE TABLE src (a INT) WITH ('connector' = 'datagen')");
  Run("CREATE TABLE one (a INT) WITH ('connector' = 'blackhole')");
  Run("CREATE TABLE two (a INT) WITH ('connector' = 'blackhole')");
  const StatementResult job =
      Run("EXECUTE STATEMENT SET BEGIN INSERT INTO one SELECT a FROM src; INSERT INTO two SELECT a FROM src; END");
  ASSERT_EQ(job.kind, Kind::kInsert);
  EXPECT_EQ(job.plan->roots.size(), 2u);
  EXPECT_EQ(job.plan->job_name,
            "insert-into_default_catalog.default_database.one,default_catalog.default_database.two");
  Run("BEGIN STATEMENT SET");
  EXPECT_TRUE(session.in_statement_set());
  Run("INSERT INTO one SELECT a FROM src");
  // A mistake shows at once and leaves the set as it was.
  EXPECT_NE(ErrorOf("INSERT INTO one SELECT b FROM src").find("Column 'b' not found"), std::string::npos);
  EXPECT_EQ(ErrorOf("SELECT 1"),
            "java.lang.IllegalArgumentException: Only 'INSERT/CREATE TABLE AS' statement is allowed in Statement Set "
            "or use 'END' statement to "
            "submit Statement Set.");
  EXPECT_EQ(Run("END").plan->roots.size(), 1u);
  EXPECT_FALSE(session.in_statement_set());
  EXPECT_NE(Run("EXPLAIN STATEMENT SET BEGIN INSERT INTO one SELECT a FROM src; INSERT INTO two SELECT a FROM src; END")
                .text.find("two"),
            std::string::npos);
}

TEST_F(SessionTest, QueriesHaveASchema) {
  Run("CREATE TABLE src (a INT, b STRING) WITH ('connector' = 'datagen')");
  const StatementResult query = Run("SELECT a + 1, b AS name FROM src");
  ASSERT_EQ(query.kind, Kind::kQuery);
  EXPECT_EQ(query.schema.ToString(), "(EXPR$0 INT, name STRING)");
  EXPECT_EQ(query.plan->job_name, "collect");
  Run("SET 'pipeline.name' = 'mine'");
  EXPECT_EQ(Run("SELECT a FROM src").plan->job_name, "mine");
}

TEST_F(SessionTest, CreateTableAsSelectCreatesAndFills) {
  Run("CREATE TABLE src (a INT, b STRING) WITH ('connector' = 'datagen')");
  const StatementResult job = Run("CREATE TABLE copy WITH ('connector' = 'blackhole') AS SELECT a AS x, b FROM src");
  ASSERT_EQ(job.kind, Kind::kInsert);
  EXPECT_EQ(Rows("DESCRIBE copy"), "x,INT,TRUE,,,;b,STRING,TRUE,,,");
  EXPECT_NE(ErrorOf("CREATE TABLE broken WITH ('connector' = 'datagen') AS SELECT a FROM src")
                .find("can only be used as a source"),
            std::string::npos);
  EXPECT_EQ(Rows("SHOW TABLES"), "copy;src");
}

TEST_F(SessionTest, ExplainHasFlinksSections) {
  Run("CREATE TABLE src (a INT) WITH ('connector' = 'changes')");
  const std::string text = Run("EXPLAIN CHANGELOG_MODE, JSON_EXECUTION_PLAN SELECT a FROM src WHERE a > 1").text;
  EXPECT_TRUE(text.starts_with("== Abstract Syntax Tree ==\nCollect(fields=[a])\n"));
  EXPECT_NE(text.find("\n== Optimized Physical Plan ==\n"), std::string::npos);
  EXPECT_NE(text.find("\n== Optimized Execution Plan ==\n"), std::string::npos);
  EXPECT_NE(text.find("where=[(a > 1)], changelogMode=[I,UB,UA,D])"), std::string::npos) << text;
  EXPECT_NE(text.find("{\"id\": 1, \"type\": \"Source: src[1]\""), std::string::npos) << text;
}

TEST_F(SessionTest, ExplainShowsNoSecrets) {
  Run("CREATE TABLE src (a INT) WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'json', "
      "'properties.sasl.jaas.config' = 'hunter5x')");
  Run("CREATE TABLE dst (a INT) WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'json')");
  const std::string text = Run("EXPLAIN CHANGELOG_MODE, ESTIMATED_COST, JSON_EXECUTION_PLAN INSERT INTO dst /*+ "
                               "OPTIONS('properties.password'='hunter6x') */ SELECT a FROM src /*+ "
                               "OPTIONS('properties.token'='hunter7x') */")
                               .text;
  EXPECT_NE(text.find("src"), std::string::npos) << text;
  EXPECT_EQ(text.find("hunter"), std::string::npos) << text;
}

TEST_F(SessionTest, StagesOfAStatement) {
  Run("CREATE TABLE src (a INT) WITH ('connector' = 'datagen')");
  EXPECT_EQ(*session.ExplainStage("SELECT 1", Stage::kTokens), "1:1 word SELECT\n1:8 integer 1\n1:9 end \n");
  EXPECT_EQ(*session.ExplainStage("select a from src where 1=1", Stage::kBound),
            "Collect(fields=[a])\n"
            "+- Project(select=[a])\n"
            "   +- Filter(condition=[(1 = 1)])\n"
            "      +- Scan(table=[default_catalog.default_database.src], fields=[a])\n");
  EXPECT_EQ(*session.ExplainStage("select a from src where 1=1", Stage::kOptimized),
            "Collect(fields=[a])\n+- Scan(table=[default_catalog.default_database.src], fields=[a])\n");
  EXPECT_EQ(ParseStage("nope").error().message, "Unknown stage 'nope'.");
}

TEST_F(SessionTest, WhatTheCallerDoes) {
  EXPECT_EQ(Run("QUIT").kind, Kind::kQuit);
  EXPECT_EQ(Run("CLEAR").kind, Kind::kClear);
  EXPECT_EQ(Run("HELP").kind, Kind::kHelp);
  EXPECT_EQ(Run("SHOW JOBS").kind, Kind::kShowJobs);
  const StatementResult stop = Run("STOP JOB 'abc' WITH SAVEPOINT WITH DRAIN");
  EXPECT_EQ(stop.kind, Kind::kStopJob);
  EXPECT_EQ(stop.job.id, "abc");
  EXPECT_TRUE(stop.job.with_savepoint && stop.job.with_drain);
}

TEST_F(SessionTest, NotSupportedStatementsSayWhereTheyStand) {
  Run("CREATE TABLE t (a INT) WITH ('connector' = 'blackhole')");
  const auto result = session.ExecuteText("DELETE FROM t WHERE a = 1");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, "DELETE and UPDATE are not supported by this engine.");
  ASSERT_TRUE(result.error().span.has_value());
  EXPECT_EQ(result.error().span->line, 1u);
}

}  // namespace
}  // namespace millrace::engine
