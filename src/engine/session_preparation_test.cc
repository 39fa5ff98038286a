// What a session hands over so that another one can go on where it stands.
#include <filesystem>

#include <gtest/gtest.h>

#include "engine/job_spec.h"
#include "engine/local_jobs.h"
#include "engine/plan_job.h"
#include "engine/session.h"
#include "planner/testing/fake_connectors.h"
#include "sql/parser.h"
#include "sql/script.h"

namespace millrace::engine {
namespace {

SessionEnvironment FakeEnvironment(std::map<std::string, std::string> config) {
  SessionEnvironment environment;
  environment.connectors = &planner::testing::FakeConnectors();
  environment.formats = &planner::testing::FakeFormats();
  environment.config = std::move(config);
  return environment;
}

// The result of the last statement.
StatementResult RunAll(Session& session, std::string_view script) {
  StatementResult last;
  for (const sql::ScriptPiece& piece : sql::SplitScript(script)) {
    auto result = session.ExecuteText(piece.text);
    EXPECT_TRUE(result.ok()) << piece.text << "\n" << result.error().ToString();
    if (result.ok()) last = *std::move(result);
  }
  return last;
}

// What can be seen of a session's state.
std::string StateOf(Session& session) {
  std::string out;
  for (const std::string_view text : {"SET", "SHOW CURRENT CATALOG", "SHOW CURRENT DATABASE", "SHOW DATABASES",
                                      "SHOW TABLES", "SHOW VIEWS", "SHOW JARS", "SHOW MODULES"}) {
    out += std::string(text) + ":\n";
    for (const ValueList& row : RunAll(session, text).rows) {
      for (const Value& value : row) out += ValueToString(value, DataType::String()) + " | ";
      out += "\n";
    }
  }
  for (const std::string& table : session.TableNames()) {
    const auto shown = session.ExecuteText("SHOW CREATE TABLE `" + table + "`");
    if (shown.ok()) out += shown->text;
  }
  return out;
}

constexpr std::string_view kDefaultConfig = "SET 'table.local-time-zone' = 'UTC';\n";
constexpr std::string_view kHistory = R"(
-- a comment ; with a semicolon
SET 'parallelism.default' = '3';
SET 'pipeline.name' = 'it''s;mine';
SET 'a.key' = 'without effect';
ADD JAR 'some/connector.jar';
CREATE TABLE src (a INT, b STRING) WITH ('connector' = 'datagen'); -- behind it
CREATE TABLE gone (a INT) WITH ('connector' = 'datagen');
DROP TABLE gone;
CREATE DATABASE other;
USE other;
CREATE TEMPORARY TABLE `odd name` (a INT) WITH ('connector' = 'blackhole');
ALTER TABLE `odd name` SET ('connector' = 'changes');
CREATE VIEW v AS SELECT a + 1 AS a FROM default_catalog.default_database.src;
RESET 'pipeline.name';
RESET 'table.local-time-zone';
SHOW TABLES;
CREATE TABLE copy WITH ('connector' = 'blackhole') AS SELECT a AS x, b FROM default_database.src;
)";

TEST(Preparation, BringsANewSessionIntoTheSameState) {
  Session session(FakeEnvironment({{"table.local-time-zone", "UTC"}, {"rest.port", "18081"}}));
  RunAll(session, kHistory);
  session.Set("parallelism.default", "4");
  EXPECT_FALSE(session.ExecuteText("USE nowhere").ok());
  Session other(FakeEnvironment({{"rest.port", "18081"}}));
  RunAll(other, session.Preparation());
  EXPECT_EQ(StateOf(other), StateOf(session));
  EXPECT_EQ(other.Preparation(), session.Preparation());
}

TEST(Preparation, KeepsTheTextAsItWasWritten) {
  Session session(FakeEnvironment({{"table.local-time-zone", "UTC"}}));
  RunAll(session, "/* first */ create table t (\n  a INT -- the key\n) WITH ('connector' = 'datagen') ;;\n -- end\n");
  EXPECT_EQ(session.Preparation(),
            std::string(kDefaultConfig) + "create table t (\n  a INT -- the key\n) WITH ('connector' = 'datagen');\n");
}

TEST(Preparation, ResetBringsTheClustersValueBack) {
  Session session(FakeEnvironment({{"table.local-time-zone", "UTC"}}));
  RunAll(session, "SET 'table.local-time-zone' = 'Asia/Tokyo'; RESET;");
  EXPECT_EQ(session.Preparation(), kDefaultConfig);
}

// A gateway's session may live for months.
TEST(Preparation, DoesNotGrowWithSettingsAndUse) {
  Session session(FakeEnvironment({}));
  RunAll(session, "CREATE DATABASE d;");
  for (int i = 0; i < 3; ++i) {
    RunAll(
        session,
        "SET 'state.backend' = 'rocksdb'; SET 'state.backend.type' = 'hashmap'; USE CATALOG default_catalog; USE d;");
    session.Set("pipeline.name", "mine");
    session.Reset("pipeline.name");
  }
  EXPECT_EQ(session.Preparation(),
            "SET 'state.backend.type' = 'hashmap';\nCREATE DATABASE d;\nUSE `default_catalog`.`d`;\n");
}

TEST(Preparation, AStatementWithoutItsTextIsPrinted) {
  Session session(FakeEnvironment({}));
  const auto statement = sql::ParseStatement("use catalog default_catalog");
  ASSERT_TRUE(session.Execute(*statement).ok());
  EXPECT_EQ(session.Preparation(), "USE `default_catalog`.`default_database`;\n");
}

class JobSpecTest : public ::testing::Test {
 protected:
  JobSpecTest() {
    RunAll(session,
           "CREATE TABLE src (a INT) WITH ('connector' = 'datagen'); SET 'parallelism.default' = '2';"
           "CREATE TABLE one (a INT) WITH ('connector' = 'blackhole');"
           "CREATE TABLE two (a INT) WITH ('connector' = 'blackhole');");
  }
  // The plan that another session makes of the job.
  static std::string PlanOf(const JobSpec& spec) {
    Session other(FakeEnvironment({}));
    return TextOf(RunAll(other, spec.preparation + spec.statement + ";"));
  }
  static std::string TextOf(const StatementResult& result) {
    std::string out;
    for (const auto& root : result.plan->roots) out += plan::ToString(*root);
    return out;
  }
  Session session{FakeEnvironment({})};
};

TEST_F(JobSpecTest, OfAnInsert) {
  const StatementResult result = RunAll(session, "INSERT INTO one SELECT a FROM src -- all\n;");
  const JobSpec spec = MakeJobSpec(result, session, "id");
  EXPECT_EQ(spec.statement, "INSERT INTO one SELECT a FROM src");
  EXPECT_EQ(spec.name, "insert-into_default_catalog.default_database.one");
  EXPECT_EQ(spec.slots, 2u);
  EXPECT_FALSE(spec.query);
  EXPECT_EQ(PlanOf(spec), TextOf(result));
}

TEST_F(JobSpecTest, OfAQuery) {
  const StatementResult result = RunAll(session, "SELECT a FROM src;");
  const JobSpec spec = MakeJobSpec(result, session, "id");
  EXPECT_EQ(spec.statement, "SELECT a FROM src");
  EXPECT_TRUE(spec.query);
  EXPECT_EQ(PlanOf(spec), TextOf(result));
}

TEST_F(JobSpecTest, AnOpenStatementSetBecomesOneStatement) {
  const StatementResult result = RunAll(session,
                                        "BEGIN STATEMENT SET; INSERT INTO one SELECT a FROM src;"
                                        "CREATE TABLE three WITH ('connector' = 'blackhole') AS SELECT a FROM src;"
                                        "INSERT INTO two SELECT a + 1 FROM src; END;");
  const JobSpec spec = MakeJobSpec(result, session, "id");
  EXPECT_TRUE(spec.statement.starts_with("EXECUTE STATEMENT SET BEGIN\nINSERT INTO one SELECT a FROM src;\n"));
  EXPECT_TRUE(spec.statement.ends_with(";\nINSERT INTO two SELECT a + 1 FROM src;\nEND"));
  EXPECT_EQ(result.plan->roots.size(), 3u);
  EXPECT_EQ(PlanOf(spec), TextOf(result));
}

// The lines of the operators from the sinks down, within the statement of the job.
std::string LinesOf(const StatementResult& result) {
  std::string out;
  for (const auto& root : result.plan->roots) {
    for (const plan::PhysicalNode* node = root.get(); node != nullptr;) {
      out += (node == root.get() ? "" : "<") + std::to_string(node->line);
      node = node->inputs.empty() ? nullptr : node->inputs[0].get();
    }
    out += " ";
  }
  return out;
}

TEST_F(JobSpecTest, LinesAreThoseOfTheStatement) {
  session.ExecuteText("CREATE VIEW v AS SELECT a\n\n\nFROM src WHERE a > 1").value();
  const auto run = [&](std::string_view text, sql::SourcePosition position) {
    const auto statement = sql::ParseStatement(text, position);
    return session.Execute(*statement, text).value();
  };
  const sql::SourcePosition far{.offset = 500, .line = 40, .column = 7};
  EXPECT_EQ(LinesOf(run("-- first\nINSERT INTO one\nSELECT a + 1\nFROM src", far)), "1<2<3 ");
  EXPECT_EQ(LinesOf(run("INSERT INTO one\nSELECT a\nFROM v", far)), "1<2<3 ");
  EXPECT_EQ(LinesOf(run("EXECUTE STATEMENT SET BEGIN\nINSERT INTO one SELECT a FROM src;\nINSERT INTO two\nSELECT a "
                        "+ 1 FROM src; END",
                        far)),
            "2<2 3<4<4 ");
  run("BEGIN STATEMENT SET", far);
  run("INSERT INTO one\nSELECT a FROM src", far);
  run("INSERT INTO two SELECT a + 1\nFROM src", {.offset = 900, .line = 90, .column = 1});
  const StatementResult set = run("END", far);
  EXPECT_EQ(set.statement,
            "EXECUTE STATEMENT SET BEGIN\nINSERT INTO one\nSELECT a FROM src;\nINSERT INTO two SELECT a + 1\nFROM "
            "src;\nEND");
  EXPECT_EQ(LinesOf(set), "2<3 4<4<5 ");
}

// Another process may stand in another folder.
TEST_F(JobSpecTest, RelativeFoldersAreHandedOverAsAbsoluteOnes) {
  session.Set("state.savepoints.dir", "sp");
  session.Set("execution.checkpointing.dir", "s3://bucket/chk");
  const std::string preparation = session.Preparation();
  EXPECT_NE(preparation.find("= '" + std::filesystem::current_path().string() + "/sp';"), std::string::npos)
      << preparation;
  EXPECT_NE(preparation.find("'s3://bucket/chk'"), std::string::npos);
}

TEST_F(JobSpecTest, OptionsOfAJobThatRunsHere) {
  session.Set("pipeline.name", "mine");
  const JobOptions job = MakeJobOptions(RunAll(session, "INSERT INTO one\nSELECT a FROM src;"), session);
  EXPECT_EQ(job.name, "mine");
  EXPECT_EQ(job.config.at("parallelism.default"), "2");
  std::string_view rest = job.script;
  for (uint32_t line = 1; line < job.statement_line; ++line) rest.remove_prefix(rest.find('\n') + 1);
  EXPECT_EQ(rest, "INSERT INTO one\nSELECT a FROM src;\n");
}

TEST_F(JobSpecTest, OfAStatementSetAndOfCreateTableAs) {
  const StatementResult set = RunAll(session, "EXECUTE STATEMENT SET BEGIN INSERT INTO one SELECT a FROM src; END;");
  EXPECT_EQ(MakeJobSpec(set, session, "id").statement,
            "EXECUTE STATEMENT SET BEGIN INSERT INTO one SELECT a FROM src; END");
  RunAll(session, "CREATE TABLE copy (a STRING) WITH ('connector' = 'blackhole');");
  const StatementResult copy =
      RunAll(session, "CREATE OR REPLACE TABLE copy WITH ('connector' = 'blackhole') AS SELECT a AS x FROM src;");
  EXPECT_EQ(PlanOf(MakeJobSpec(copy, session, "id")), TextOf(copy));
}

}  // namespace
}  // namespace millrace::engine
