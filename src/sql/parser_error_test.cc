#include <string>

#include <gtest/gtest.h>

#include "sql/parser.h"

namespace millrace::sql {
namespace {

struct Case {
  const char* text;
  const char* message;  // behind "SQL parse failed. "
  uint32_t line;
  uint32_t column;
  const char* hint;
};

TEST(ParserErrors, SayWhatStandsWhereAndWhatWasExpected) {
  const Case cases[] = {
      {"", "Encountered \"<EOF>\" at line 1, column 1. Expected a statement.", 1, 1, ""},
      {"SELEC 1", "Encountered \"SELEC\" at line 1, column 1. Expected a statement.", 1, 1, "Did you mean 'SELECT'?"},
      {"SELECT 1 +", "Encountered \"<EOF>\" at line 1, column 11. Expected an expression.", 1, 11, ""},
      {"SELECT a\nFROM t\nWHERE ", "Encountered \"<EOF>\" at line 3, column 6. Expected an expression.", 3, 6, ""},
      {"SELECT a, FROM t", "Encountered \"FROM\" at line 1, column 11. Expected an expression.", 1, 11,
       "Remove the comma before 'FROM'."},
      {"SELECT a == 1", "Encountered \"=\" at line 1, column 11. Expected an expression.", 1, 11,
       "Equality is written with one '='."},
      {"SELECT order FROM t", "Encountered \"order\" at line 1, column 8. Expected an expression, DISTINCT or ALL.", 1,
       8, "'order' is a reserved word: write it in backticks (`order`) to use it as a name."},
      {"CREATE TABLE t (select INT)", "Encountered \"select\" at line 1, column 17. Expected a name or \")\".", 1, 17,
       "'select' is a reserved word: write it in backticks (`select`) to use it as a name."},
      {"CREATE TABEL t (a INT)",
       "Encountered \"TABEL\" at line 1, column 8. Expected OR, TEMPORARY, TABLE, VIEW, FUNCTION, DATABASE or CATALOG.",
       1, 8, "Did you mean 'TABLE'?"},
      {"CREATE TABLE t (a INT,)", "Encountered \")\" at line 1, column 23. Expected a name.", 1, 23,
       "Remove the comma before ')'."},
      {"CREATE TABLE t (a)", "Column 'a' at line 1, column 17 has no data type.", 1, 17,
       "Write `a` STRING, for example."},
      {"CREATE TABLE t (a INT) WITH (connector = 'kafka')",
       "Encountered \"connector\" at line 1, column 30. Expected an option key in single quotes or \")\".", 1, 30,
       "Option keys and values stand in single quotes: 'key' = 'value'."},
      {"CREATE TABLE t (a INT) WITH ('k' = 5)", "Encountered \"5\" at line 1, column 36. Expected the option's value.",
       1, 36, "Option values stand in single quotes, numbers too: 'k' = '..'."},
      {"CREATE TABLE t (a INT DEFAULT 1)",
       "Encountered \"DEFAULT\" at line 1, column 23. Expected NOT, NULL, METADATA or PRIMARY.", 1, 23,
       "Flink tables have no column defaults: compute the value in the INSERT."},
      {"SELECT a FROM t GROUP a", "Encountered \"a\" at line 1, column 23. Expected BY.", 1, 23, ""},
      {"SELECT CAST(a INT)", "Encountered \"INT\" at line 1, column 15. Expected AS.", 1, 15, ""},
      {"SELECT INTERVAL 5 MINUTE",
       "Encountered \"5\" at line 1, column 17. Expected a string in single quotes, \"-\" or \"+\".", 1, 17,
       "Write the number in single quotes: INTERVAL '5' .."},
      {"SELECT INTERVAL '1' DAY TO MONTH", "Interval from DAY to MONTH is no valid range.", 1, 28,
       "Ranges are YEAR TO MONTH, or from DAY, HOUR or MINUTE to a finer unit down to SECOND."},
      {"SELECT EXTRACT(FOO FROM t)",
       "Encountered \"FOO\" at line 1, column 16. Expected a time unit such as YEAR, MONTH, DAY, HOUR, MINUTE or "
       "SECOND.",
       1, 16, ""},
      {"SELECT a WHERE b FROM t",
       "Encountered \"FROM\" at line 1, column 18. Expected GROUP, HAVING, QUALIFY or WINDOW.", 1, 18,
       "The order of clauses is SELECT, FROM, WHERE, GROUP BY, HAVING, WINDOW, QUALIFY, ORDER BY, LIMIT."},
      {"SELECT a AS 'x'", "Encountered \"'x'\" at line 1, column 13. Expected a name.", 1, 13,
       "Single quotes make strings: write the alias plain or in backticks."},
      {"SELECT a NOT b", "Encountered \"b\" at line 1, column 14. Expected BETWEEN, IN, LIKE or SIMILAR TO.", 1, 14,
       ""},
      {"SELECT ?", "Dynamic parameters (?) have no value in a script.", 1, 8, "Write the value itself."},
      {"SELECT 1; SELECT 2", "Encountered \"SELECT\" at line 1, column 11. Expected the end of the text.", 1, 11,
       "Only one statement can be parsed at a time."},
      {"SELECT 'abc", "Lexical error at line 1, column 8. Encountered \"<EOF>\" inside the string that begins here.", 1,
       8, "Close it with '; a single quote inside a string is written twice."},
      {"SELECT `abc",
       "Lexical error at line 1, column 8. Encountered \"<EOF>\" inside the quoted name that begins here.", 1, 8,
       "Close it with `."},
      {"SELECT 1 /* x",
       "Lexical error at line 1, column 10. Encountered \"<EOF>\" inside the comment that begins here.", 1, 10,
       "Close it with */."},
      {"SELECT \"a\"", "Lexical error at line 1, column 8. Encountered: \"\"\".", 1, 8,
       "Names are quoted with backticks (`name`), strings with single quotes ('text')."},
      {"SELECT a\xC2\xA0", "Lexical error at line 1, column 9. Encountered: \"\xC2\xA0\".", 1, 9,
       "This is a no-break space: replace it by a plain blank."},
      {"SELECT \xFF", "Lexical error at line 1, column 8. Encountered: \"\\xff\".", 1, 8, ""},
      {"SELECT X'0'", "A binary string must have an even number of hexadecimal digits.", 1, 8, ""},
      {"SET a = b c", "Encountered \"c\" at line 1, column 11. Expected \";\".", 1, 11,
       "A value with blanks or quotes needs quotes around it."},
      {"SET\n'a' 'b'", "Encountered \"'\" at line 2, column 5. Expected \"=\".", 2, 5, "Write SET 'key' = 'value';"},
      {"SET a", "Encountered \"<EOF>\" at line 1, column 6. Expected \"=\".", 1, 6, "Write SET 'key' = 'value';"},
      {"SET 'a", "Lexical error at line 1, column 5. Encountered \"<EOF>\" inside the string that begins here.", 1, 5,
       "Close it with '."},
      {"ADD JAR", "Encountered \"<EOF>\" at line 1, column 8. Expected the path of a jar in single quotes.", 1, 8, ""},
      {"SHOW TABELS",
       "Encountered \"TABELS\" at line 1, column 6. Expected CREATE, CATALOGS, CURRENT, DATABASES, TABLES, VIEWS, "
       "MATERIALIZED, MODELS, USER, FUNCTIONS, PROCEDURES or FULL.",
       1, 6, "Did you mean 'TABLES'?"},
      {"EXECUTE STATEMENT SET BEGIN SELECT 1; END",
       "Encountered \"SELECT\" at line 1, column 29. Expected END or INSERT.", 1, 29, ""},
      {"BEGIN STATEMENT", "Encountered \"<EOF>\" at line 1, column 16. Expected SET.", 1, 16, ""},
      {"SELECT * FROM a.b.c.d", "A name here has at most 3 parts, this one has more: a.b.c.", 1, 19, ""},
      {"SELECT a FROM t LEFT SEMI JOIN u", "Encountered \"SEMI\" at line 1, column 22. Expected OUTER.", 1, 22,
       "Write WHERE [NOT] EXISTS (..) or [NOT] IN (..)."},
      {"CREATE MODEL m", "CREATE MODEL is not supported: there is no model provider.", 1, 8, ""},
  };
  for (const Case& c : cases) {
    const Result<Statement> statement = ParseStatement(c.text);
    ASSERT_FALSE(statement.ok()) << c.text;
    const Error& error = statement.error();
    EXPECT_EQ(error.message, std::string("SQL parse failed. ") + c.message) << c.text;
    EXPECT_EQ(error.hint, c.hint) << c.text;
    EXPECT_EQ(error.code, kSqlParserException) << c.text;
    ASSERT_TRUE(error.span.has_value()) << c.text;
    EXPECT_EQ(error.span->line, c.line) << c.text;
    EXPECT_EQ(error.span->column, c.column) << c.text;
  }
}

TEST(ParserErrors, AMisspelledClauseWordIsFoundWhereItPassedForAnAlias) {
  EXPECT_EQ(ParseStatement("SELECT a FORM t").error().hint, "Did you mean 'FROM' instead of 'FORM'?");
  EXPECT_EQ(ParseStatement("SELECT a FROM t WHER b = 1").error().hint, "Did you mean 'WHERE' instead of 'WHER'?");
}

struct Refusal {
  const char* text;
  const char* message;
  uint32_t column;
};

TEST(ParserErrors, ClausesTheValidatorRefusesKeepItsWords) {
  const char* enforced =
      "Flink doesn't support ENFORCED mode for PRIMARY KEY constraint. ENFORCED/NOT ENFORCED controls if the "
      "constraint "
      "checks are performed on the incoming/outgoing data. Flink does not own the data therefore the only supported "
      "mode is the NOT ENFORCED mode";
  const Refusal cases[] = {
      {"CREATE TABLE t (a INT PRIMARY KEY)", enforced, 23},
      {"CREATE TABLE t (a INT, PRIMARY KEY (a))", enforced, 24},
      {"CREATE TABLE t (a INT, PRIMARY KEY (a) ENFORCED)", enforced, 24},
      {"CREATE TABLE t (a INT PRIMARY KEY NOT ENFORCED, PRIMARY KEY (a) NOT ENFORCED)",
       "Duplicate primary key definition", 49},
      {"CREATE TABLE t (a INT UNIQUE)", "UNIQUE constraint is not supported yet", 23},
      {"CREATE TABLE t (a INT, UNIQUE (a))", "UNIQUE constraint is not supported yet", 24},
      {"CREATE TABLE t (a INT, a STRING)", "A column named 'a' already exists in the table.", 24},
      {"CREATE TABLE t (a INT, WATERMARK FOR a AS a, WATERMARK FOR a AS a)",
       "Multiple WATERMARK statements is not supported yet.", 46},
      {"SELECT MAP['a']", "Map requires an even number of arguments", 8},
  };
  for (const Refusal& c : cases) {
    const Result<Statement> statement = ParseStatement(c.text);
    ASSERT_FALSE(statement.ok()) << c.text;
    EXPECT_EQ(statement.error().message, c.message) << c.text;
    EXPECT_EQ(statement.error().code, kValidationException) << c.text;
    EXPECT_EQ(statement.error().span->column, c.column) << c.text;
  }
}

TEST(ParserErrors, EveryPrefixOfAStatementEndsTooEarly) {
  const std::string text =
      "INSERT INTO s SELECT k, SUM ( v ) FILTER ( WHERE v > 1 ) FROM TABLE ( TUMBLE ( TABLE t , DESCRIPTOR ( ts ) , "
      "INTERVAL '1' MINUTE ) ) GROUP BY k , CASE WHEN a THEN b ELSE CAST ( c AS ROW < x ARRAY < INT > > ) END )";
  // Cut at every blank: the last word cannot be the end but in a few places.
  size_t incomplete = 0;
  for (size_t cut = text.find(' '); cut != std::string::npos; cut = text.find(' ', cut + 1)) {
    const Result<Statement> statement = ParseStatement(text.substr(0, cut));
    if (statement.ok()) continue;
    EXPECT_NE(statement.error().message.find("Encountered \"<EOF>\""), std::string::npos) << text.substr(0, cut);
    ++incomplete;
  }
  EXPECT_GT(incomplete, 50U);
  EXPECT_NE(ParseStatement(text).error().message.find("Encountered \")\""), std::string::npos);
}

TEST(ParserErrors, SpansCountFromTheOrigin) {
  const Result<Statement> statement = ParseStatement("SELECT\n  a b c", {.offset = 100, .line = 7, .column = 9});
  ASSERT_FALSE(statement.ok());
  EXPECT_EQ(*statement.error().span, (SourceSpan{113, 1, 8, 7}));
  EXPECT_EQ(ParseStatement("SELEC", {.offset = 5, .line = 2, .column = 3}).error().message,
            "SQL parse failed. Encountered \"SELEC\" at line 2, column 3. Expected a statement.");
}

TEST(ParserErrors, LongTokensAreCutInMessages) {
  const std::string text = "SELECT a b '" + std::string(1000, 'x') + "'";
  EXPECT_LT(ParseStatement(text).error().message.size(), 300U);
}

std::string Repeat(std::string_view piece, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += piece;
  return out;
}

TEST(ParserLimits, DeepNestingIsAnErrorAndNoCrash) {
  for (const char* piece : {"(", "NOT ", "- ", "f(", "CASE WHEN ", "ARRAY[", "a[", "(SELECT ", "CAST(", "x IN (",
                            "EXISTS (SELECT ", "a = (", "1 + (", "ROW("}) {
    const Result<Statement> statement = ParseStatement("SELECT " + Repeat(piece, 3000));
    ASSERT_FALSE(statement.ok()) << piece;
    EXPECT_EQ(statement.error().message, "SQL parse failed. The statement is nested deeper than 400 levels.") << piece;
  }
  for (const char* piece : {"ARRAY<", "ROW<a ", "MAP<INT, "}) {
    EXPECT_FALSE(ParseTypeName(Repeat(piece, 3000)).ok()) << piece;
  }
  EXPECT_FALSE(ParseStatement("SELECT * FROM " + Repeat("(", 3000)).ok());
  EXPECT_FALSE(ParseStatement(Repeat("(", 3000)).ok());
  EXPECT_FALSE(ParseStatement("SELECT a FROM t GROUP BY " + Repeat("GROUPING SETS (", 3000)).ok());
  EXPECT_FALSE(ParseStatement("SELECT * FROM t MATCH_RECOGNIZE (PATTERN (" + Repeat("(", 3000)).ok());
  EXPECT_FALSE(ParseStatement(Repeat("EXPLAIN ", 3000)).ok());
  EXPECT_FALSE(ParseStatement("EXPLAIN " + Repeat("EXECUTE ", 3000)).ok());
  EXPECT_FALSE(ParseStatement("WITH x AS (" + Repeat("WITH x AS (", 3000)).ok());
}

TEST(ParserLimits, LongChainsAreAnErrorAndNoCrash) {
  for (const char* piece : {" + 1", " || 'a'", " = 1", " IS NULL", "[1]", ".x", " IN (1)", " LIKE 'a'",
                            " IS DISTINCT FROM 1", " = ALL (SELECT 1)"}) {
    const Result<Statement> statement = ParseStatement("SELECT f(a)" + Repeat(piece, 3000));
    ASSERT_FALSE(statement.ok()) << piece;
    EXPECT_EQ(statement.error().message, "SQL parse failed. The expression is nested deeper than 1000 levels.")
        << piece;
  }
  EXPECT_FALSE(ParseStatement("SELECT * FROM a" + Repeat(" JOIN b ON c = d", 3000)).ok());
  EXPECT_FALSE(ParseStatement("SELECT * FROM a" + Repeat(", b", 3000)).ok());
  EXPECT_FALSE(ParseStatement("SELECT 1" + Repeat(" UNION SELECT 1 EXCEPT SELECT 1", 3000)).ok());
  // Nesting and chains together.
  EXPECT_FALSE(ParseStatement("SELECT " + Repeat("(1" + Repeat(" + 1", 500) + " + ", 150)).ok());
}

TEST(ParserLimits, FlatListsMayBeLong) {
  EXPECT_TRUE(ParseStatement("SELECT a" + Repeat(" AND a", 3000)).ok());
  EXPECT_TRUE(ParseStatement("SELECT a" + Repeat(" OR a = 1", 3000)).ok());
  EXPECT_TRUE(ParseStatement("SELECT 1" + Repeat(" UNION ALL SELECT 1", 3000)).ok());
  EXPECT_TRUE(ParseStatement("VALUES 1" + Repeat(", (1)", 3000)).ok());
  EXPECT_TRUE(ParseStatement("SELECT 1" + Repeat(" + 1", 900)).ok());
  EXPECT_TRUE(ParseStatement("WITH a AS (SELECT 1)" + Repeat(", b AS (SELECT 1 + 1)", 500) + " SELECT 1").ok());
  EXPECT_TRUE(
      ParseStatement("EXECUTE STATEMENT SET BEGIN " + Repeat("INSERT INTO a SELECT 1 + 1;", 500) + " END").ok());
  EXPECT_TRUE(ParseStatement("SELECT " + Repeat("(", 150) + "1" + Repeat(")", 150)).ok());
}

}  // namespace
}  // namespace millrace::sql
