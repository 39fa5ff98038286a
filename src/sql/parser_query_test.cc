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

std::string Canonical(std::string_view text) {
  const Result<Query> query = ParseQuery(text);
  if (!query.ok()) return "error: " + query.error().message;
  const std::string printed = Print(*query);
  const Result<Query> again = ParseQuery(printed);
  if (!again.ok()) return "printed " + printed + ", which fails: " + again.error().message;
  if (!(*again == *query)) return "printed " + printed + ", which is another tree";
  const Result<Query> lines = ParseQuery(Print(*query, {.multi_line = true}));
  if (!lines.ok() || !(*lines == *query)) return "the lines are another tree";
  return printed;
}

void Check(std::initializer_list<Case> cases) {
  for (const Case& c : cases) EXPECT_EQ(Canonical(c.text), c.printed) << c.text;
}

TEST(ParseQuery, SelectClauses) {
  Check({
      {"SELECT 1", "SELECT 1"},
      {"SELECT ALL a x, b AS y FROM t", "SELECT `a` AS `x`, `b` AS `y` FROM `t`"},
      {"SELECT DISTINCT * FROM t", "SELECT DISTINCT * FROM `t`"},
      {"SELECT t.*, a FROM t", "SELECT `t`.*, `a` FROM `t`"},
      {"SELECT a value, b `timestamp`, c date FROM t",
       "SELECT `a` AS `value`, `b` AS `timestamp`, `c` AS `date` FROM `t`"},
      {"SELECT value, timestamp, offset FROM t", "SELECT `value`, `timestamp`, `offset` FROM `t`"},
      {"SELECT a FROM t WHERE b GROUP BY c HAVING d", "SELECT `a` FROM `t` WHERE `b` GROUP BY `c` HAVING `d`"},
      {"SELECT a FROM t QUALIFY ROW_NUMBER() OVER w = 1 WINDOW w AS (ORDER BY b)",
       "SELECT `a` FROM `t` WINDOW `w` AS (ORDER BY `b`) QUALIFY ROW_NUMBER() OVER `w` = 1"},
      {"SELECT a FROM t WINDOW w AS (PARTITION BY a), v AS (w ORDER BY b)",
       "SELECT `a` FROM `t` WINDOW `w` AS (PARTITION BY `a`), `v` AS (`w` ORDER BY `b`)"},
      {"SELECT /*+ BROADCAST(t1), OPTIONS('a' = 'b') */ a FROM t1",
       "SELECT /*+ BROADCAST(`t1`), OPTIONS('a' = 'b') */ `a` FROM `t1`"},
      {"SELECT a filter FROM t", "SELECT `a` AS `filter` FROM `t`"},
      {"TABLE t", "TABLE `t`"},
      {"VALUES (1, 'a'), (2, 'b')", "VALUES (1, 'a'), (2, 'b')"},
      {"VALUES 1, (2), ROW(3)", "VALUES (1), (2), ROW(3)"},
  });
}

TEST(ParseQuery, GroupingSets) {
  Check({
      {"SELECT 1 FROM t GROUP BY ()", "SELECT 1 FROM `t` GROUP BY ()"},
      {"SELECT 1 FROM t GROUP BY a, (b, c), (d)", "SELECT 1 FROM `t` GROUP BY `a`, (`b`, `c`), `d`"},
      {"SELECT 1 FROM t GROUP BY (a) + b", "SELECT 1 FROM `t` GROUP BY `a` + `b`"},
      {"SELECT 1 FROM t GROUP BY GROUPING SETS ((a, b), (a), ()), ROLLUP (a, (b, c)), CUBE (d)",
       "SELECT 1 FROM `t` GROUP BY GROUPING SETS ((`a`, `b`), `a`, ()), ROLLUP (`a`, (`b`, `c`)), CUBE (`d`)"},
      {"SELECT 1 FROM t GROUP BY DISTINCT a", "SELECT 1 FROM `t` GROUP BY DISTINCT `a`"},
      {"SELECT 1 FROM t GROUP BY TUMBLE(ts, INTERVAL '1' HOUR), ROW(a, b)",
       "SELECT 1 FROM `t` GROUP BY TUMBLE(`ts`, INTERVAL '1' HOUR), ROW(`a`, `b`)"},
  });
}

TEST(ParseQuery, OrderAndLimit) {
  Check({
      {"SELECT a FROM t ORDER BY a ASC, b DESC NULLS FIRST, 3 NULLS LAST",
       "SELECT `a` FROM `t` ORDER BY `a`, `b` DESC NULLS FIRST, 3 NULLS LAST"},
      {"SELECT a FROM t LIMIT 5", "SELECT `a` FROM `t` LIMIT 5"},
      {"SELECT a FROM t LIMIT ALL", "SELECT `a` FROM `t`"},
      {"SELECT a FROM t LIMIT 5 OFFSET 2", "SELECT `a` FROM `t` LIMIT 5 OFFSET 2"},
      {"SELECT a FROM t OFFSET 2 ROWS FETCH NEXT 5 ROWS ONLY", "SELECT `a` FROM `t` LIMIT 5 OFFSET 2"},
      {"SELECT a FROM t FETCH FIRST ROW ONLY", "SELECT `a` FROM `t` LIMIT 1"},
      {"SELECT a FROM t OFFSET 2 LIMIT 5", "SELECT `a` FROM `t` LIMIT 5 OFFSET 2"},
  });
}

TEST(ParseQuery, SetOperations) {
  Check({
      {"SELECT 1 UNION SELECT 2 UNION SELECT 3", "SELECT 1 UNION SELECT 2 UNION SELECT 3"},
      {"SELECT 1 UNION DISTINCT SELECT 2", "SELECT 1 UNION SELECT 2"},
      {"SELECT 1 UNION ALL (SELECT 2 UNION ALL SELECT 3)", "SELECT 1 UNION ALL (SELECT 2 UNION ALL SELECT 3)"},
      {"(SELECT 1 UNION ALL SELECT 2) UNION ALL SELECT 3", "(SELECT 1 UNION ALL SELECT 2) UNION ALL SELECT 3"},
      {"SELECT 1 UNION ALL SELECT 2 UNION SELECT 3", "SELECT 1 UNION ALL SELECT 2 UNION SELECT 3"},
      {"SELECT 1 MINUS SELECT 2", "SELECT 1 EXCEPT SELECT 2"},
      {"SELECT 1 UNION SELECT 2 INTERSECT SELECT 3", "SELECT 1 UNION SELECT 2 INTERSECT SELECT 3"},
      {"(SELECT 1 UNION SELECT 2) INTERSECT ALL SELECT 3", "(SELECT 1 UNION SELECT 2) INTERSECT ALL SELECT 3"},
      {"SELECT 1 INTERSECT SELECT 2 UNION SELECT 3", "SELECT 1 INTERSECT SELECT 2 UNION SELECT 3"},
      {"SELECT 1 EXCEPT SELECT 2 UNION SELECT 3", "SELECT 1 EXCEPT SELECT 2 UNION SELECT 3"},
      {"SELECT 1 UNION (SELECT 2 LIMIT 1)", "SELECT 1 UNION (SELECT 2 LIMIT 1)"},
      {"((SELECT 1 LIMIT 1))", "SELECT 1 LIMIT 1"},
      {"(SELECT 1 LIMIT 1) LIMIT 2", "(SELECT 1 LIMIT 1) LIMIT 2"},
      {"VALUES (1) UNION ALL VALUES (2)", "VALUES (1) UNION ALL VALUES (2)"},
      {"SELECT 1 UNION SELECT 2 ORDER BY 1", "SELECT 1 UNION SELECT 2 ORDER BY 1"},
  });
}

TEST(ParseQuery, With) {
  Check({
      {"WITH a AS (SELECT 1), b (x, y) AS (SELECT 2, 3) SELECT * FROM a, b",
       "WITH `a` AS (SELECT 1), `b` (`x`, `y`) AS (SELECT 2, 3) SELECT * FROM `a`, `b`"},
      {"SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) t",
       "SELECT * FROM (WITH `a` AS (SELECT 1) SELECT * FROM `a`) AS `t`"},
  });
}

TEST(ParseQuery, Tables) {
  Check({
      {"SELECT * FROM c.d.t AS x (a, b)", "SELECT * FROM `c`.`d`.`t` AS `x` (`a`, `b`)"},
      {"SELECT * FROM TABLE t", "SELECT * FROM `t`"},
      {"SELECT * FROM t /*+ OPTIONS('scan.startup.mode'='earliest-offset') */ k",
       "SELECT * FROM `t` /*+ OPTIONS('scan.startup.mode' = 'earliest-offset') */ AS `k`"},
      {"SELECT * FROM (VALUES (1)) AS t(a)", "SELECT * FROM (VALUES (1)) AS `t` (`a`)"},
      {"SELECT * FROM (t)", "SELECT * FROM `t`"},
      {"SELECT * FROM d FOR SYSTEM_TIME AS OF o.ts AS x", "SELECT * FROM `d` FOR SYSTEM_TIME AS OF `o`.`ts` AS `x`"},
      {"SELECT * FROM UNNEST(ARRAY[1, 2]) WITH ORDINALITY AS t (v, i)",
       "SELECT * FROM UNNEST(ARRAY[1, 2]) WITH ORDINALITY AS `t` (`v`, `i`)"},
      {"SELECT * FROM ((SELECT 1) UNION SELECT 2) AS t", "SELECT * FROM (SELECT 1 UNION SELECT 2) AS `t`"},
      {"SELECT * FROM LATERAL (SELECT 1)", "SELECT * FROM LATERAL (SELECT 1)"},
  });
}

TEST(ParseQuery, Joins) {
  Check({
      {"SELECT * FROM a JOIN b ON a.x = b.x", "SELECT * FROM `a` JOIN `b` ON `a`.`x` = `b`.`x`"},
      {"SELECT * FROM a INNER JOIN b USING (x, y)", "SELECT * FROM `a` JOIN `b` USING (`x`, `y`)"},
      {"SELECT * FROM a LEFT OUTER JOIN b ON TRUE RIGHT JOIN c ON FALSE FULL OUTER JOIN d ON 1",
       "SELECT * FROM `a` LEFT JOIN `b` ON TRUE RIGHT JOIN `c` ON FALSE FULL JOIN `d` ON 1"},
      {"SELECT * FROM a NATURAL LEFT JOIN b CROSS JOIN c", "SELECT * FROM `a` NATURAL LEFT JOIN `b` CROSS JOIN `c`"},
      {"SELECT * FROM a, b JOIN c ON x, d", "SELECT * FROM `a`, `b` JOIN `c` ON `x`, `d`"},
      {"SELECT * FROM a JOIN (b JOIN c ON x) ON y", "SELECT * FROM `a` JOIN (`b` JOIN `c` ON `x`) ON `y`"},
      {"SELECT * FROM (a JOIN b ON x) JOIN c ON y", "SELECT * FROM `a` JOIN `b` ON `x` JOIN `c` ON `y`"},
      {"SELECT * FROM a, LATERAL TABLE(f(a.x)) AS t (v)", "SELECT * FROM `a`, LATERAL TABLE(F(`a`.`x`)) AS `t` (`v`)"},
      {"SELECT * FROM a LEFT JOIN LATERAL TABLE(f(x)) ON TRUE",
       "SELECT * FROM `a` LEFT JOIN LATERAL TABLE(F(`x`)) ON TRUE"},
      {"SELECT * FROM o JOIN d FOR SYSTEM_TIME AS OF o.pt ON o.k = d.k",
       "SELECT * FROM `o` JOIN `d` FOR SYSTEM_TIME AS OF `o`.`pt` ON `o`.`k` = `d`.`k`"},
  });
}

TEST(ParseQuery, WindowTableFunctions) {
  const char* tumble = "SELECT * FROM TABLE(TUMBLE(TABLE `t`, DESCRIPTOR(`ts`), INTERVAL '10' MINUTE))";
  Check({
      {"SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' MINUTES))", tumble},
      {"SELECT * FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' MINUTES)", tumble},
      {"SELECT * FROM TABLE(HOP(DATA => TABLE t, TIMECOL => DESCRIPTOR(ts), SLIDE => INTERVAL '1' MINUTE, SIZE => "
       "INTERVAL '5' MINUTE, `OFFSET` => INTERVAL -'1' MINUTE))",
       "SELECT * FROM TABLE(HOP(`DATA` => TABLE `t`, `TIMECOL` => DESCRIPTOR(`ts`), `SLIDE` => INTERVAL '1' MINUTE, "
       "`SIZE` => INTERVAL '5' MINUTE, `OFFSET` => INTERVAL -'1' MINUTE))"},
      {"SELECT * FROM TABLE(SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '5' MINUTE))",
       "SELECT * FROM TABLE(SESSION(TABLE `t` PARTITION BY (`k`), DESCRIPTOR(`ts`), INTERVAL '5' MINUTE))"},
      {"SELECT * FROM TABLE(SESSION(TABLE t PARTITION BY (k, l) ORDER BY ts, DESCRIPTOR(ts), INTERVAL '5' MINUTE))",
       "SELECT * FROM TABLE(SESSION(TABLE `t` PARTITION BY (`k`, `l`) ORDER BY (`ts`), DESCRIPTOR(`ts`), INTERVAL '5' "
       "MINUTE))"},
      {"SELECT * FROM TABLE(SESSION(TABLE t PARTITION BY k, l, DESCRIPTOR(ts), INTERVAL '5' MINUTE))",
       "SELECT * FROM TABLE(SESSION(TABLE `t` PARTITION BY (`k`, `l`), DESCRIPTOR(`ts`), INTERVAL '5' MINUTE))"},
      {"SELECT * FROM TABLE(TUMBLE((SELECT * FROM t), DESCRIPTOR(ts), INTERVAL '1' DAY)) AS w",
       "SELECT * FROM TABLE(TUMBLE((SELECT * FROM `t`), DESCRIPTOR(`ts`), INTERVAL '1' DAY)) AS `w`"},
      {"SELECT * FROM TABLE(TUMBLE(TABLE (SELECT * FROM t), DESCRIPTOR(ts), INTERVAL '1' DAY))",
       "SELECT * FROM TABLE(TUMBLE(TABLE (SELECT * FROM `t`), DESCRIPTOR(`ts`), INTERVAL '1' DAY))"},
  });
}

TEST(ParseQuery, MatchRecognize) {
  Check({
      {"SELECT * FROM t MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES FIRST(A.x) AS ax, FINAL LAST(B.x) AS bx "
       "ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (A B* C+? D{2,3} E{4} F{5,} G{,6}? H?) WITHIN "
       "INTERVAL "
       "'1' HOUR SUBSET S = (A, B) DEFINE B AS B.x > LAST(B.x, 1), C AS C.y IS NULL) AS m",
       "SELECT * FROM `t` MATCH_RECOGNIZE (PARTITION BY `k` ORDER BY `ts` MEASURES FIRST(`A`.`x`) AS `ax`, FINAL "
       "LAST(`B`.`x`) AS `bx` ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (`A` `B`* `C`+? `D`{2,3} `E`{4} "
       "`F`{5,} `G`{0,6}? `H`?) WITHIN INTERVAL '1' HOUR SUBSET `S` = (`A`, `B`) DEFINE `B` AS `B`.`x` > LAST(`B`.`x`, "
       "1), `C` AS `C`.`y` IS NULL) AS `m`"},
      {"SELECT * FROM t MATCH_RECOGNIZE (ALL ROWS PER MATCH AFTER MATCH SKIP TO NEXT ROW PATTERN (^ (A | B C)+ {- D -} "
       "PERMUTE(E, F) $) DEFINE A AS TRUE)",
       "SELECT * FROM `t` MATCH_RECOGNIZE (ALL ROWS PER MATCH AFTER MATCH SKIP TO NEXT ROW PATTERN (^ (`A` | `B` `C`)+ "
       "{- `D` -} PERMUTE(`E`, `F`) $) DEFINE `A` AS TRUE)"},
      {"SELECT * FROM t MATCH_RECOGNIZE (AFTER MATCH SKIP TO FIRST A PATTERN (A) DEFINE A AS TRUE) JOIN u ON x",
       "SELECT * FROM `t` MATCH_RECOGNIZE (AFTER MATCH SKIP TO FIRST `A` PATTERN (`A`) DEFINE `A` AS TRUE) JOIN `u` ON "
       "`x`"},
      {"SELECT * FROM t MATCH_RECOGNIZE (AFTER MATCH SKIP TO LAST PATTERN (LAST) DEFINE LAST AS TRUE)",
       "SELECT * FROM `t` MATCH_RECOGNIZE (AFTER MATCH SKIP TO `LAST` PATTERN (`LAST`) DEFINE `LAST` AS TRUE)"},
  });
}

TEST(ParseQuery, PrintsLines) {
  const Query query = *ParseQuery(
      "WITH a AS (SELECT 1) SELECT x, y FROM a JOIN (SELECT * FROM b WHERE z = 1) c ON TRUE WHERE q GROUP BY x UNION "
      "ALL "
      "SELECT 2, 3 ORDER BY 1 LIMIT 5");
  EXPECT_EQ(Print(query, {.multi_line = true}),
            "WITH `a` AS (\n"
            "  SELECT 1\n"
            ")\n"
            "SELECT `x`, `y`\n"
            "FROM `a`\n"
            "JOIN (\n"
            "  SELECT *\n"
            "  FROM `b`\n"
            "  WHERE `z` = 1\n"
            ") AS `c` ON TRUE\n"
            "WHERE `q`\n"
            "GROUP BY `x`\n"
            "UNION ALL\n"
            "SELECT 2, 3\n"
            "ORDER BY 1\n"
            "LIMIT 5");
}

}  // namespace
}  // namespace millrace::sql
