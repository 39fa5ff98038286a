#include <string>

#include <gtest/gtest.h>

#include "sql/parser.h"
#include "sql/printer.h"

namespace millrace::sql {
namespace {

struct Case {
  const char* text;
  const char* printed;
};

// Parses, prints, and parses what was printed.
std::string Canonical(std::string_view text) {
  const Result<Expr> expr = ParseExpression(text);
  if (!expr.ok()) return "error: " + expr.error().message;
  const std::string printed = Print(*expr);
  const Result<Expr> again = ParseExpression(printed);
  if (!again.ok()) return "printed " + printed + ", which fails: " + again.error().message;
  if (!(*again == *expr)) return "printed " + printed + ", which is another tree";
  return printed;
}

void Check(std::initializer_list<Case> cases) {
  for (const Case& c : cases) EXPECT_EQ(Canonical(c.text), c.printed) << c.text;
}

TEST(ParseExpression, Literals) {
  Check({
      {"1", "1"},
      {"1.50", "1.50"},
      {".5", ".5"},
      {"1e3", "1e3"},
      {"'it''s'", "'it''s'"},
      {"''", "''"},
      {"'a'\n'b'\n'c'", "'abc'"},
      {"U&'d!0061t' UESCAPE '!'", "'dat'"},
      {"E'a\\'b'", "'a''b'"},
      {"_UTF8'x'", "'x'"},
      {"x'0aff'", "X'0AFF'"},
      {"null", "NULL"},
      {"True", "TRUE"},
      {"false", "FALSE"},
      {"date '2020-01-02'", "DATE '2020-01-02'"},
      {"TIME '10:00:00'", "TIME '10:00:00'"},
      {"timestamp '2020-01-02 10:00:00.123'", "TIMESTAMP '2020-01-02 10:00:00.123'"},
      {"INTERVAL '60' SECONDS", "INTERVAL '60' SECOND"},
      {"interval '1' minute", "INTERVAL '1' MINUTE"},
      {"INTERVAL -'1-2' YEAR TO MONTH", "INTERVAL -'1-2' YEAR TO MONTH"},
      {"INTERVAL +'5' DAY(3)", "INTERVAL '5' DAY(3)"},
      {"INTERVAL '1 10:00' DAY TO MINUTE", "INTERVAL '1 10:00' DAY TO MINUTE"},
      {"INTERVAL '1' SECOND(3, 2)", "INTERVAL '1' SECOND(3, 2)"},
      {"INTERVAL '1' HOUR TO SECOND(3)", "INTERVAL '1' HOUR TO SECOND(3)"},
      {"INTERVAL '2' WEEK", "INTERVAL '2' WEEK"},
  });
}

TEST(ParseExpression, Names) {
  Check({
      {"a", "`a`"},
      {"Aa.`b c`.D", "`Aa`.`b c`.`D`"},
      {"`a``b`", "`a``b`"},
      {"t.*", "`t`.*"},
      {"EXPR$0", "`EXPR$0`"},
      {"t.order", "`t`.`order`"},
      {"größe", "`größe`"},
  });
}

TEST(ParseExpression, ReservedWordsAreNamesWhereNothingElseFits) {
  Check({
      {"value", "`value`"},
      {"timestamp", "`timestamp`"},
      {"date + time", "`date` + `time`"},
      {"user", "`user`"},
      {"year", "`year`"},
      {"interval + 1", "`interval` + 1"},
      {"row", "`row`"},
      {"array", "`array`"},
      {"offset", "`offset`"},
      {"count", "`count`"},
      {"position > 1", "`position` > 1"},
      {"default", "`default`"},
      {"final", "`final`"},
      {"`current_date`", "`current_date`"},
  });
}

TEST(ParseExpression, PrecedenceOfOperators) {
  Check({
      {"1 + 2 * 3", "1 + 2 * 3"},
      {"(1 + 2) * 3", "(1 + 2) * 3"},
      {"1 - 2 - 3", "1 - 2 - 3"},
      {"1 - (2 - 3)", "1 - (2 - 3)"},
      {"((a))", "`a`"},
      {"-a * b", "-`a` * `b`"},
      {"-(a * b)", "-(`a` * `b`)"},
      {"- -1", "-(-1)"},
      {"+a", "+`a`"},
      {"a || b + c", "`a` || `b` + `c`"},
      {"(a + b) || c", "(`a` + `b`) || `c`"},
      {"a % b / c", "`a` % `b` / `c`"},
      {"a != b", "`a` <> `b`"},
      {"a = b = c", "`a` = `b` = `c`"},
      {"a = (b = c)", "`a` = (`b` = `c`)"},
      {"a OR b AND c", "`a` OR `b` AND `c`"},
      {"(a OR b) AND c", "(`a` OR `b`) AND `c`"},
      {"a AND b AND c", "`a` AND `b` AND `c`"},
      {"a AND (b AND c)", "`a` AND (`b` AND `c`)"},
      {"NOT a = b", "NOT `a` = `b`"},
      {"(NOT a) = b", "(NOT `a`) = `b`"},
      {"a = NOT b", "`a` = (NOT `b`)"},
      {"NOT NOT a AND b", "NOT NOT `a` AND `b`"},
      {"NOT a IS NULL", "NOT `a` IS NULL"},
      {"(NOT a) IS NULL", "(NOT `a`) IS NULL"},
      {"a = b IS NULL", "`a` = `b` IS NULL"},
      {"a = (b IS NULL)", "`a` = (`b` IS NULL)"},
      {"a = b IN (1, 2)", "`a` = `b` IN (1, 2)"},
      {"(a = b) IN (1)", "(`a` = `b`) IN (1)"},
      {"a < b + c", "`a` < `b` + `c`"},
      {"-a[1].b", "-`a`[1].`b`"},
  });
}

TEST(ParseExpression, Predicates) {
  Check({
      {"a IS NOT NULL", "`a` IS NOT NULL"},
      {"a IS TRUE", "`a` IS TRUE"},
      {"a IS NOT FALSE", "`a` IS NOT FALSE"},
      {"a IS UNKNOWN", "`a` IS UNKNOWN"},
      {"a IS DISTINCT FROM b", "`a` IS DISTINCT FROM `b`"},
      {"a IS NOT DISTINCT FROM b + 1", "`a` IS NOT DISTINCT FROM `b` + 1"},
      {"a IS JSON", "`a` IS JSON VALUE"},
      {"a IS NOT JSON OBJECT", "`a` IS NOT JSON OBJECT"},
      {"a BETWEEN 1 AND 2 AND b", "`a` BETWEEN 1 AND 2 AND `b`"},
      {"a NOT BETWEEN SYMMETRIC b + 1 AND c", "`a` NOT BETWEEN SYMMETRIC `b` + 1 AND `c`"},
      {"a BETWEEN ASYMMETRIC 1 AND 2", "`a` BETWEEN 1 AND 2"},
      {"a IN (1)", "`a` IN (1)"},
      {"(a, b) NOT IN (SELECT c, d FROM t)", "ROW(`a`, `b`) NOT IN (SELECT `c`, `d` FROM `t`)"},
      {"a IN ((SELECT 1))", "`a` IN ((SELECT 1))"},
      {"a IN ((SELECT 1) UNION SELECT 2)", "`a` IN (SELECT 1 UNION SELECT 2)"},
      {"a LIKE 'x%'", "`a` LIKE 'x%'"},
      {"a NOT LIKE 'x!%' ESCAPE '!'", "`a` NOT LIKE 'x!%' ESCAPE '!'"},
      {"a SIMILAR TO 'x*'", "`a` SIMILAR TO 'x*'"},
      {"a ILIKE 'x'", "`a` ILIKE 'x'"},
      {"a RLIKE 'x'", "`a` RLIKE 'x'"},
      {"a = ANY (SELECT 1)", "`a` = SOME (SELECT 1)"},
      {"a <> ALL (1, 2)", "`a` <> ALL (1, 2)"},
      {"EXISTS (SELECT 1 FROM t)", "EXISTS (SELECT 1 FROM `t`)"},
      {"NOT EXISTS (SELECT 1)", "NOT EXISTS (SELECT 1)"},
      {"(a - b) DAY", "(`a` - `b`) DAY"},
      {"((a - b) MONTH) * 2", "(`a` - `b`) MONTH * 2"},
      {"(a - b) + 1", "`a` - `b` + 1"},
      {"(a, b) OVERLAPS (c, d)", "ROW(`a`, `b`) OVERLAPS ROW(`c`, `d`)"},
  });
}

TEST(ParseExpression, CasesAndCasts) {
  Check({
      {"CASE WHEN a THEN 1 WHEN b THEN 2 ELSE 3 END", "CASE WHEN `a` THEN 1 WHEN `b` THEN 2 ELSE 3 END"},
      {"case a when 1 then 'x' end", "CASE `a` WHEN 1 THEN 'x' END"},
      {"CASE a WHEN 1, 2 THEN 'x' END", "CASE `a` WHEN 1 THEN 'x' WHEN 2 THEN 'x' END"},
      {"CAST(a AS DECIMAL(10, 2))", "CAST(`a` AS DECIMAL(10, 2))"},
      {"try_cast('1' as int)", "TRY_CAST('1' AS INT)"},
      {"CAST(NULL AS ROW(a INT, b STRING))", "CAST(NULL AS ROW<`a` INT, `b` STRING>)"},
  });
}

TEST(ParseExpression, Calls) {
  Check({
      {"f()", "F()"},
      {"upper(a)", "UPPER(`a`)"},
      {"`upper`(a)", "UPPER(`a`)"},
      {"`my func`(a)", "`my func`(`a`)"},
      {"c.d.f(a)", "`c`.`d`.`f`(`a`)"},
      {"COUNT(*)", "COUNT(*)"},
      {"count(distinct a, b)", "COUNT(DISTINCT `a`, `b`)"},
      {"SUM(ALL a)", "SUM(`a`)"},
      {"SUM(a) FILTER (WHERE b > 1)", "SUM(`a`) FILTER (WHERE `b` > 1)"},
      {"LISTAGG(a) WITHIN GROUP (ORDER BY b DESC)", "LISTAGG(`a`) WITHIN GROUP (ORDER BY `b` DESC)"},
      {"ARRAY_AGG(a ORDER BY b NULLS LAST)", "ARRAY_AGG(`a` ORDER BY `b` NULLS LAST)"},
      {"LAST_VALUE(a) IGNORE NULLS OVER w", "LAST_VALUE(`a`) IGNORE NULLS OVER `w`"},
      {"left(a, 1) || RIGHT(b, 2)", "LEFT(`a`, 1) || RIGHT(`b`, 2)"},
      {"IF(a, b, c)", "IF(`a`, `b`, `c`)"},
      {"CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP"},
      {"current_date", "CURRENT_DATE"},
      {"LOCALTIME", "LOCALTIME"},
      {"f(a => 1, b => DEFAULT)", "F(`a` => 1, `b` => DEFAULT)"},
      {"`ROW`(1)", "`ROW`(1)"},
      {"`extract`(a)", "`extract`(`a`)"},
      {"f((SELECT 1))", "F((SELECT 1))"},
      {"f(x).y.z", "F(`x`).`y`.`z`"},
      {"(a.b).c", "(`a`.`b`).`c`"},
      {"(SUM(a) OVER w).x", "(SUM(`a`) OVER `w`).`x`"},
  });
}

TEST(ParseExpression, OverWindows) {
  Check({
      {"ROW_NUMBER() OVER (PARTITION BY a, b ORDER BY c DESC, d)",
       "ROW_NUMBER() OVER (PARTITION BY `a`, `b` ORDER BY `c` DESC, `d`)"},
      {"SUM(a) OVER ()", "SUM(`a`) OVER ()"},
      {"SUM(a) OVER (w ORDER BY b)", "SUM(`a`) OVER (`w` ORDER BY `b`)"},
      {"SUM(a) OVER (w)", "SUM(`a`) OVER (`w`)"},
      {"SUM(a) OVER (ORDER BY t ROWS 2 PRECEDING)",
       "SUM(`a`) OVER (ORDER BY `t` ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)"},
      {"SUM(a) OVER (ORDER BY t RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW)",
       "SUM(`a`) OVER (ORDER BY `t` RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW)"},
      {"SUM(a) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING)",
       "SUM(`a`) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING)"},
      {"SUM(a) OVER (ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)",
       "SUM(`a`) OVER (ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)"},
  });
}

TEST(ParseExpression, FunctionsWithKeywordsBetweenArguments) {
  Check({
      {"extract(year FROM d)", "EXTRACT(YEAR FROM `d`)"},
      {"EXTRACT(DOW FROM TIMESTAMP '2020-01-01 00:00:00')", "EXTRACT(DOW FROM TIMESTAMP '2020-01-01 00:00:00')"},
      {"FLOOR(a)", "FLOOR(`a`)"},
      {"floor(ts to hour)", "FLOOR(`ts` TO HOUR)"},
      {"CEIL(ts TO WEEK)", "CEIL(`ts` TO WEEK)"},
      {"TIMESTAMPADD(DAY, 1, ts)", "TIMESTAMPADD(DAY, 1, `ts`)"},
      {"TIMESTAMPDIFF(SQL_TSI_SECOND, a, b)", "TIMESTAMPDIFF(SECOND, `a`, `b`)"},
      {"TRIM(a)", "TRIM(BOTH FROM `a`)"},
      {"TRIM('x' FROM a)", "TRIM(BOTH 'x' FROM `a`)"},
      {"TRIM(LEADING FROM a)", "TRIM(LEADING FROM `a`)"},
      {"trim(trailing 'x' from a)", "TRIM(TRAILING 'x' FROM `a`)"},
      {"POSITION('a' IN b)", "POSITION('a' IN `b`)"},
      {"POSITION('a' IN b FROM 2)", "POSITION('a' IN `b` FROM 2)"},
      {"SUBSTRING(a FROM 1 FOR 2)", "SUBSTRING(`a`, 1, 2)"},
      {"SUBSTRING(a, 1)", "SUBSTRING(`a`, 1)"},
      {"OVERLAY(a PLACING 'x' FROM 2 FOR 3)", "OVERLAY(`a` PLACING 'x' FROM 2 FOR 3)"},
      {"OVERLAY(a, 'x', 2)", "OVERLAY(`a` PLACING 'x' FROM 2)"},
  });
}

TEST(ParseExpression, JsonFunctions) {
  Check({
      {"JSON_VALUE(j, '$.a')", "JSON_VALUE(`j`, '$.a')"},
      {"JSON_VALUE(j, 'lax $.a' RETURNING INT NULL ON EMPTY DEFAULT -1 ON ERROR)",
       "JSON_VALUE(`j`, 'lax $.a' RETURNING INT NULL ON EMPTY DEFAULT -1 ON ERROR)"},
      {"JSON_VALUE(j, '$' ERROR ON ERROR DEFAULT 'x' ON EMPTY)",
       "JSON_VALUE(`j`, '$' DEFAULT 'x' ON EMPTY ERROR ON ERROR)"},
      {"JSON_QUERY(j, '$.a' WITH WRAPPER EMPTY OBJECT ON EMPTY EMPTY ON ERROR)",
       "JSON_QUERY(`j`, '$.a' WITH UNCONDITIONAL ARRAY WRAPPER EMPTY OBJECT ON EMPTY EMPTY ARRAY ON ERROR)"},
      {"JSON_QUERY(j, '$' WITHOUT WRAPPER)", "JSON_QUERY(`j`, '$' WITHOUT ARRAY WRAPPER)"},
      {"JSON_QUERY(j, '$' RETURNING ARRAY<STRING> WITH CONDITIONAL ARRAY WRAPPER)",
       "JSON_QUERY(`j`, '$' RETURNING ARRAY<STRING> WITH CONDITIONAL ARRAY WRAPPER)"},
      {"JSON_EXISTS(j, '$.a')", "JSON_EXISTS(`j`, '$.a')"},
      {"JSON_EXISTS(j, '$.a' UNKNOWN ON ERROR)", "JSON_EXISTS(`j`, '$.a' UNKNOWN ON ERROR)"},
      {"JSON_OBJECT()", "JSON_OBJECT()"},
      {"JSON_OBJECT('a' VALUE 1, KEY 'b' VALUE 2)", "JSON_OBJECT(KEY 'a' VALUE 1, KEY 'b' VALUE 2)"},
      {"JSON_OBJECT('a' : 1 ABSENT ON NULL)", "JSON_OBJECT(KEY 'a' VALUE 1 ABSENT ON NULL)"},
      {"JSON_OBJECT(key VALUE value)", "JSON_OBJECT(KEY `key` VALUE `value`)"},
      {"JSON_ARRAY(NULL ON NULL)", "JSON_ARRAY(NULL ON NULL)"},
      {"JSON_ARRAY(1, NULL, 'a' NULL ON NULL)", "JSON_ARRAY(1, NULL, 'a' NULL ON NULL)"},
      {"JSON_OBJECTAGG(KEY k VALUE v)", "JSON_OBJECTAGG(KEY `k` VALUE `v`)"},
      {"JSON_ARRAYAGG(v ABSENT ON NULL)", "JSON_ARRAYAGG(`v` ABSENT ON NULL)"},
  });
}

TEST(ParseExpression, CollectionsAndRows) {
  Check({
      {"ARRAY[1, 2]", "ARRAY[1, 2]"},
      {"ARRAY[]", "ARRAY[]"},
      {"ARRAY[ARRAY[1]][1][2]", "ARRAY[ARRAY[1]][1][2]"},
      {"MAP['a', 1, 'b', 2]['a']", "MAP['a', 1, 'b', 2]['a']"},
      {"MULTISET[1, 1]", "MULTISET[1, 1]"},
      {"ARRAY(SELECT a FROM t)", "ARRAY(SELECT `a` FROM `t`)"},
      {"ROW(1)", "ROW(1)"},
      {"(1, 'a')", "ROW(1, 'a')"},
      {"ROW(a AS x, b)", "ROW(`a` AS `x`, `b`)"},
      {"a[b[1]]", "`a`[`b`[1]]"},
      {"(SELECT MAX(a) FROM t) + 1", "(SELECT MAX(`a`) FROM `t`) + 1"},
      {"((SELECT 1 LIMIT 1) UNION ALL SELECT 2)", "((SELECT 1 LIMIT 1) UNION ALL SELECT 2)"},
  });
}

TEST(ParseExpression, SpansCoverTheNode) {
  const Expr sum = *ParseExpression(" a + f(b, 'x') ");
  EXPECT_EQ(sum.span.offset, 1U);
  EXPECT_EQ(sum.span.length, 13U);
  EXPECT_EQ(sum.args[1].span.offset, 5U);
  EXPECT_EQ(sum.args[1].span.length, 9U);
  EXPECT_EQ(sum.args[1].args[1].span.column, 11U);
  const Expr path = *ParseExpression("a . b");
  EXPECT_EQ(path.span.length, 5U);
  EXPECT_EQ(path.path[1].span.offset, 4U);
}

TEST(ParseExpression, TreesAreValues) {
  const Expr a = *ParseExpression("CASE WHEN EXISTS (SELECT f(x) OVER (ORDER BY y) FROM t) THEN 1 ELSE 2 END");
  Expr b = a;
  EXPECT_TRUE(a == b);
  b.args[2].text = "3";
  EXPECT_FALSE(a == b);
  EXPECT_EQ(a.args[2].text, "2");
  EXPECT_FALSE(*ParseExpression("a") == *ParseExpression("A"));
  EXPECT_TRUE(*ParseExpression("f(a)") == *ParseExpression("F( a )"));
}

TEST(ParseTypeName, PrintsTheSameType) {
  const Case cases[] = {
      {"int", "INT"},
      {"INTEGER NOT NULL", "INT NOT NULL"},
      {"BIGINT NULL", "BIGINT"},
      {"dec(10)", "DECIMAL(10)"},
      {"NUMERIC(38, 18)", "DECIMAL(38, 18)"},
      {"DOUBLE PRECISION", "DOUBLE"},
      {"CHAR", "CHAR"},
      {"CHARACTER VARYING(20)", "VARCHAR(20)"},
      {"VARCHAR", "VARCHAR"},
      {"VARCHAR(2147483647)", "VARCHAR(2147483647)"},
      {"STRING", "STRING"},
      {"BINARY VARYING(5)", "VARBINARY(5)"},
      {"BYTES", "BYTES"},
      {"TIME(3) WITHOUT TIME ZONE", "TIME(3)"},
      {"TIMESTAMP(3)", "TIMESTAMP(3)"},
      {"TIMESTAMP WITH LOCAL TIME ZONE", "TIMESTAMP_LTZ"},
      {"TIMESTAMP_LTZ(3) NOT NULL", "TIMESTAMP_LTZ(3) NOT NULL"},
      {"TIMESTAMP(6) WITH TIME ZONE", "TIMESTAMP(6) WITH TIME ZONE"},
      {"INTERVAL DAY TO SECOND(3)", "INTERVAL DAY TO SECOND(3)"},
      {"INTERVAL YEAR(4) TO MONTH", "INTERVAL YEAR(4) TO MONTH"},
      {"INT ARRAY", "ARRAY<INT>"},
      {"INT NOT NULL ARRAY NOT NULL", "ARRAY<INT NOT NULL> NOT NULL"},
      {"ARRAY<MAP<STRING, ARRAY<INT>>>", "ARRAY<MAP<STRING, ARRAY<INT>>>"},
      {"STRING MULTISET", "MULTISET<STRING>"},
      {"ROW<>", "ROW<>"},
      {"ROW()", "ROW<>"},
      {"ROW<a INT NOT NULL 'the a', `b c` ROW(d STRING)>", "ROW<`a` INT NOT NULL 'the a', `b c` ROW<`d` STRING>>"},
      {"RAW('java.lang.Object', 'abc')", "RAW('java.lang.Object', 'abc')"},
      {"VARIANT", "VARIANT"},
      {"my.type", "`my`.`type`"},
  };
  for (const Case& c : cases) {
    const Result<TypeName> type = ParseTypeName(c.text);
    ASSERT_TRUE(type.ok()) << c.text << ": " << type.error().message;
    EXPECT_EQ(Print(*type), c.printed) << c.text;
    EXPECT_TRUE(*ParseTypeName(c.printed) == *type) << c.text;
  }
}

}  // namespace
}  // namespace millrace::sql
