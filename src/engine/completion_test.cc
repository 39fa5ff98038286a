#include "engine/completion.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "engine/session.h"

namespace millrace::engine {
namespace {

const OptionTable& ConnectorOptions() {
  static const OptionTable options = {{"connector", OptionType::kString, "", "", true},
                                      {"topic", OptionType::kString, "", "The topic."},
                                      {"scan.startup.mode",
                                       OptionType::kEnum,
                                       "group-offsets",
                                       "Where to begin.",
                                       false,
                                       {"earliest-offset", "latest-offset"}},
                                      {"properties.*", OptionType::kString, "", ""},
                                      {"format", OptionType::kString, "", ""},
                                      {"value.format", OptionType::kString, "", ""}};
  return options;
}

const OptionTable& FormatOptions() {
  static const OptionTable options = {{"ignore-parse-errors", OptionType::kBool, "false", "Skip bad records."}};
  return options;
}

class CompletionTest : public ::testing::Test {
 protected:
  CompletionTest() {
    connectors = {{.name = "kafka", .options = &ConnectorOptions(), .doc = "Topics."},
                  {.name = "print", .options = &ConnectorOptions(), .doc = "Standard output."}};
    formats = {{.name = "json", .options = &FormatOptions(), .changelog = {}, .doc = "JSON."}};
    SessionEnvironment environment;
    environment.connectors = &connectors;
    environment.formats = &formats;
    session = std::make_unique<Session>(std::move(environment));
    for (const char* statement :
         {"CREATE TABLE SALES (store_id STRING, `value` INT, ts TIMESTAMP(3)) COMMENT 'of today' WITH ('connector' = "
          "'kafka')",
          "CREATE TABLE STORES (store_id STRING, city STRING) WITH ('connector' = 'kafka')",
          "CREATE VIEW SALES_TODAY AS SELECT store_id FROM SALES", "CREATE DATABASE archive"}) {
      const auto result = session->ExecuteText(statement);
      EXPECT_TRUE(result.ok()) << result.error().ToString();
    }
  }

  // "|" is the cursor. "kind text" of all candidates but keywords, or "keyword ..".
  std::string At(std::string_view marked, bool keywords = false) {
    const size_t cursor = marked.find('|');
    const std::string text = std::string(marked.substr(0, cursor)) + std::string(marked.substr(cursor + 1));
    const Completion completion = session->Complete(text, cursor);
    std::vector<std::string> out;
    for (const Candidate& one : completion.candidates) {
      if ((one.kind == Candidate::Kind::kKeyword) == keywords)
        out.push_back(fmt::format("{} {}", CandidateKindName(one.kind), one.text));
    }
    from = completion.from;
    last = completion.candidates.empty() ? Candidate() : completion.candidates.front();
    return Join(out, ", ");
  }

  std::vector<connect::ConnectorDef> connectors;
  std::vector<connect::FormatDef> formats;
  std::unique_ptr<Session> session;
  size_t from = 0;
  Candidate last;
};

TEST_F(CompletionTest, Keywords) {
  EXPECT_EQ(At("SEL|", true), "keyword SELECT");
  EXPECT_EQ(At("SELECT 1; sho|", true), "keyword SHOW");
  EXPECT_EQ(At("SELECT CAST(1 AS TIMESTAMP_|", true), "keyword TIMESTAMP_LTZ");
}

TEST_F(CompletionTest, Tables) {
  EXPECT_EQ(At("SELECT * FROM sal|"), "table SALES, table SALES_TODAY");
  EXPECT_EQ(from, 14U);
  EXPECT_EQ(last.detail, "TABLE");
  EXPECT_EQ(last.doc, "of today");
  EXPECT_EQ(At("SELECT * FROM `SA|"), "table `SALES_TODAY`, table `SALES`");
  EXPECT_EQ(At("SELECT * FROM default_database.ST|"), "table STORES");
  EXPECT_EQ(At("SELECT * FROM default_catalog.arc|"), "table archive");
  EXPECT_EQ(At("SELECT * FROM default_catalog.default_database.ST|"), "table STORES");
  EXPECT_EQ(At("USE ar|"), "table archive");
  EXPECT_EQ(At("DROP VIEW |"), "table SALES_TODAY, table archive, table default_catalog, table default_database");
}

TEST_F(CompletionTest, ColumnsOfTheTablesThatAreNamed) {
  EXPECT_EQ(At("SELECT cit| FROM STORES"), "column city");
  EXPECT_EQ(At("SELECT cit| FROM SALES"), "");
  EXPECT_EQ(At("SELECT s.| FROM SALES AS s JOIN STORES AS t ON TRUE"), "column `value`, column store_id, column ts");
  EXPECT_EQ(last.detail, "INT");
  EXPECT_EQ(At("SELECT 1 FROM SALES s WHERE s.t|"), "column ts");
}

TEST_F(CompletionTest, FunctionsWithTheirSignature) {
  EXPECT_EQ(At("SELECT upp|"), "function UPPER");
  EXPECT_TRUE(last.detail.starts_with("UPPER(")) << last.detail;
  EXPECT_FALSE(last.doc.empty());
  EXPECT_EQ(At("SELECT first_v|"), "function FIRST_VALUE");
}

TEST_F(CompletionTest, OptionsOfTheConnector) {
  EXPECT_EQ(At("CREATE TABLE t (a INT) WITH ('|"), "option 'connector'");
  EXPECT_EQ(At("CREATE TABLE t (a INT) WITH ('connector' = '|"), "value 'kafka', value 'print'");
  EXPECT_EQ(last.doc, "Topics.");
  EXPECT_EQ(At("CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'sc|"), "option 'scan.startup.mode'");
  EXPECT_EQ(last.detail, "group-offsets");
  EXPECT_EQ(At("CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'topic' = 't', 't|"), "");
  EXPECT_EQ(At("CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'scan.startup.mode' = 'e|"),
            "value 'earliest-offset'");
}

TEST_F(CompletionTest, OptionsOfTheFormat) {
  EXPECT_EQ(At("CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'format' = '|"), "value 'json'");
  EXPECT_EQ(At("CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'format' = 'json', 'js|"),
            "option 'json.ignore-parse-errors'");
  EXPECT_EQ(At("CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'value.format' = 'json', 'val|"),
            "option 'value.json.ignore-parse-errors'");
  EXPECT_EQ(
      At("CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'format' = 'json', 'json.ignore-parse-errors' = '|"),
      "value 'false', value 'true'");
}

TEST_F(CompletionTest, SettingsAndTheirValues) {
  EXPECT_EQ(At("SET 'table.dml|"), "option 'table.dml-sync'");
  EXPECT_EQ(from, 4U);
  EXPECT_EQ(At("SET table.dml|"), "option table.dml-sync");
  EXPECT_EQ(from, 4U);
  EXPECT_EQ(At("RESET 'table.dml|"), "option 'table.dml-sync'");
  EXPECT_EQ(At("SET 'execution.runtime-mode' = '|"), "value 'automatic', value 'batch', value 'streaming'");
  EXPECT_EQ(At("SET execution.runtime-mode = b|"), "value batch");
  EXPECT_EQ(At("SET 'table.dml-sync' = |"), "value 'false', value 'true'");
}

TEST_F(CompletionTest, AnyTextAndCursor) {
  const std::string text = "SET 'a' = 'b'; SELECT `s`.x FROM SALES AS `s` WHERE 'open \n é` --";
  for (size_t cursor = 0; cursor <= text.size() + 1; ++cursor) {
    const Completion completion = session->Complete(text, cursor);
    EXPECT_LE(completion.from, cursor);
  }
}

}  // namespace
}  // namespace millrace::engine
