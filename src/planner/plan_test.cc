// SQL to plans: golden texts.
#include "planner/testing/plan_fixture.h"

namespace millrace::planner {
namespace {

class Plans : public testing::PlanTest {
 protected:
  void SetUp() override {
    Define(R"(CREATE TABLE orders (
      id BIGINT, customer STRING, amount INT, price DECIMAL(10, 2), paid BOOLEAN, address ROW<city STRING, zip INT>,
      ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '10' SECOND) WITH ('connector' = 'kafka', 'format' = 'json'))");
    Define("CREATE TABLE bounded_orders (id BIGINT, amount INT, ts TIMESTAMP(3)) WITH ('connector' = 'bounded')");
    Define("CREATE TABLE sink (a BIGINT, b STRING) WITH ('connector' = 'blackhole')");
  }
  static constexpr std::string_view kScan =
      "TableSourceScan(table=[[default_catalog, default_database, orders, watermark=[(ts - 10000:INTERVAL SECOND)]]], "
      "fields=[";
};

TEST_F(Plans, FilterAndProjectionAreOneCalcAndOnlyNeededColumnsAreRead) {
  EXPECT_EQ(Explain("SELECT id + 1 AS next, customer FROM orders WHERE amount > 10 AND paid"),
            "Collect(fields=[next, customer])\n"
            "+- Calc(select=[(id + 1) AS next, customer], where=[((amount > 10) AND paid)])\n"
            "   +- " +
                std::string(kScan) + "id, customer, amount, paid, ts])\n");
}

TEST_F(Plans, SubQueriesViewsAndCommonTablesMergeIntoOneCalc) {
  Define("CREATE VIEW big (id, total) AS SELECT id, amount * 2 FROM orders WHERE amount > 100");
  EXPECT_EQ(Explain("WITH x AS (SELECT id, total FROM big WHERE total < 500) SELECT id FROM (SELECT id FROM x WHERE id "
                    "<> 7) AS y"),
            "Collect(fields=[id])\n"
            "+- Calc(select=[id], where=[((amount > 100) AND ((amount * 2) < 500) AND (id <> 7))])\n"
            "   +- " +
                std::string(kScan) + "id, amount, ts])\n");
}

TEST_F(Plans, ConstantsAreFoldedAndDeadBranchesDropped) {
  EXPECT_EQ(Explain("SELECT CASE WHEN 1 = 2 THEN amount WHEN 2 > 1 THEN amount + 2 * 3 ELSE 0 END AS v FROM orders "
                    "WHERE 1 = 1 AND paid"),
            "Collect(fields=[v])\n"
            "+- Calc(select=[(amount + 6) AS v], where=[paid])\n"
            "   +- " +
                std::string(kScan) + "amount, paid, ts])\n");
}

TEST_F(Plans, HopIsSlicedAndItsOffsetShown) {
  EXPECT_EQ(
      Explain("SELECT window_end, SUM(amount) AS s FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTE, "
              "INTERVAL '10' MINUTE, INTERVAL '1' MINUTE)) GROUP BY window_start, window_end"),
      "Collect(fields=[window_end, s])\n"
      "+- Calc(select=[window_end, s])\n"
      "   +- GlobalWindowAggregate(window=[HOP(time_col=[ts], size=[10 min], slide=[5 min], offset=[1 min])], "
      "select=[SUM(amount) AS "
      "s, end('w$) AS window_end])\n"
      "      +- Exchange(distribution=[single])\n"
      "         +- LocalWindowAggregate(window=[HOP(time_col=[ts], size=[10 min], slide=[5 min], offset=[1 min])], "
      "select=[SUM(amount) AS s, slice_end('w$) AS $slice_end])\n"
      "            +- " +
          std::string(kScan) + "amount, ts])\n");
}

TEST_F(Plans, NamedArgumentsTakeAnyOrderAfterData) {
  const std::string positional = Explain(
      "SELECT window_start, COUNT(id) AS n FROM TABLE(CUMULATE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' MINUTE, "
      "INTERVAL '1' HOUR)) "
      "GROUP BY window_start, window_end");
  EXPECT_NE(positional.find("CUMULATE(time_col=[ts], max_size=[1 h], step=[10 min])"), std::string::npos) << positional;
  EXPECT_EQ(
      Explain("SELECT window_start, COUNT(id) AS n FROM CUMULATE(DATA => TABLE orders, SIZE => INTERVAL '1' HOUR, "
              "TIMECOL => DESCRIPTOR(ts), STEP => INTERVAL '10' MINUTE) GROUP BY window_start, window_end"),
      positional);
}

TEST_F(Plans, FilterBelowTheWindowAndExpressionsAsKeysStayBelowTheAggregate) {
  EXPECT_EQ(
      Explain("SELECT MOD(id, 10) AS k, MAX(amount) FILTER (WHERE paid) AS m FROM TABLE(TUMBLE(TABLE orders, "
              "DESCRIPTOR(ts), "
              "INTERVAL '1' DAY)) WHERE customer = 'a' GROUP BY MOD(id, 10), window_start, window_end"),
      "Collect(fields=[k, m])\n"
      "+- Calc(select=[$f0 AS k, m])\n"
      "   +- GlobalWindowAggregate(groupBy=[$f0], window=[TUMBLE(time_col=[ts], size=[1 d])], select=[$f0, MAX(amount) "
      "FILTER paid AS m])\n"
      "      +- Exchange(distribution=[hash[$f0]])\n"
      "         +- LocalWindowAggregate(groupBy=[$f0], window=[TUMBLE(time_col=[ts], size=[1 d])], select=[$f0, "
      "MAX(amount) FILTER "
      "paid AS m, slice_end('w$) AS $slice_end])\n"
      "            +- Calc(select=[MOD(id, 10) AS $f0, amount, paid, ts], where=[(customer = 'a')])\n"
      "               +- " +
          std::string(kScan) + "id, customer, amount, paid, ts])\n");
}

TEST_F(Plans, ConditionOnAWindowColumnKeepsTheWindowWithTheRows) {
  const std::string plan = Explain(
      "SELECT COUNT(*) AS n FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) "
      "WHERE window_start >= TIMESTAMP '2026-01-01 00:00:00' GROUP BY window_start, window_end");
  EXPECT_NE(plan.find("WindowAggregate(window=[TUMBLE(win_start=[window_start], win_end=[window_end], size=[1 min])]"),
            std::string::npos)
      << plan;
  EXPECT_NE(plan.find("WindowTableFunction("), std::string::npos);
  EXPECT_EQ(plan.find("LocalWindowAggregate"), std::string::npos);
}

TEST_F(Plans, DistinctAggregatesAreNotSplit) {
  const std::string plan = Explain(
      "SELECT COUNT(DISTINCT customer) AS n FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) "
      "GROUP BY window_start, window_end");
  EXPECT_NE(
      plan.find("WindowAggregate(window=[TUMBLE(time_col=[ts], size=[1 min])], select=[COUNT(DISTINCT customer) AS n"),
      std::string::npos)
      << plan;
  EXPECT_EQ(plan.find("LocalWindowAggregate"), std::string::npos);
}

TEST_F(Plans, HavingAndRepeatedAggregatesUseOneCall) {
  EXPECT_EQ(Explain("SELECT customer, SUM(amount) AS s, SUM(amount) * 2 AS d FROM TABLE(TUMBLE(TABLE orders, "
                    "DESCRIPTOR(ts), INTERVAL '1' "
                    "MINUTE)) GROUP BY customer, window_start, window_end HAVING SUM(amount) > 5"),
            "Collect(fields=[customer, s, d])\n"
            "+- Calc(select=[customer, s, (s * 2) AS d], where=[(s > 5)])\n"
            "   +- GlobalWindowAggregate(groupBy=[customer], window=[TUMBLE(time_col=[ts], size=[1 min])], "
            "select=[customer, SUM(amount) AS s])\n"
            "      +- Exchange(distribution=[hash[customer]])\n"
            "         +- LocalWindowAggregate(groupBy=[customer], window=[TUMBLE(time_col=[ts], size=[1 min])], "
            "select=[customer, "
            "SUM(amount) AS s, slice_end('w$) AS $slice_end])\n"
            "            +- " +
                std::string(kScan) + "customer, amount, ts])\n");
}

TEST_F(Plans, CascadedWindowsWindowTheTimeOfTheInnerOnes) {
  Define(
      "CREATE VIEW minutes AS SELECT customer, window_start AS s, window_end AS e, window_time AS rowtime, SUM(amount) "
      "AS total "
      "FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY customer, window_start, "
      "window_end, window_time");
  const std::string plan = Explain(
      "SELECT window_start, SUM(total) AS t FROM TABLE(TUMBLE(TABLE minutes, DESCRIPTOR(rowtime), INTERVAL '1' HOUR)) "
      "GROUP BY window_start, window_end");
  EXPECT_NE(plan.find("TUMBLE(time_col=[rowtime], size=[1 h])"), std::string::npos) << plan;
  EXPECT_NE(plan.find("rowtime('w$) AS window_time"), std::string::npos) << plan;
}

TEST_F(Plans, GroupingAWindowedResultByItsWindowAggregatesAgain) {
  const std::string plan = Explain(
      "SELECT MAX(total) AS best, window_end FROM (SELECT customer, window_start, window_end, SUM(amount) AS total "
      "FROM "
      "TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY customer, window_start, window_end) "
      "GROUP BY window_start, window_end");
  EXPECT_NE(plan.find("WindowAggregate(window=[TUMBLE(win_start=[window_start], win_end=[window_end], size=[1 min])], "
                      "select=[MAX(total) AS "
                      "best"),
            std::string::npos)
      << plan;
}

TEST_F(Plans, LegacyGroupWindowIsTheSameOperator) {
  EXPECT_EQ(Explain("SELECT customer, TUMBLE_START(ts, INTERVAL '1' MINUTE) AS s, TUMBLE_ROWTIME(ts, INTERVAL '1' "
                    "MINUTE) AS r, COUNT(*) AS n "
                    "FROM orders WHERE paid GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE), customer"),
            "Collect(fields=[customer, s, r, n])\n"
            "+- Calc(select=[customer, window_start AS s, window_time AS r, n])\n"
            "   +- GlobalWindowAggregate(groupBy=[customer], window=[TUMBLE(time_col=[ts], size=[1 min])], "
            "select=[customer, COUNT(*) AS n, "
            "start('w$) AS window_start, rowtime('w$) AS window_time])\n"
            "      +- Exchange(distribution=[hash[customer]])\n"
            "         +- LocalWindowAggregate(groupBy=[customer], window=[TUMBLE(time_col=[ts], size=[1 min])], "
            "select=[customer, COUNT(*) "
            "AS n, slice_end('w$) AS $slice_end])\n"
            "            +- Calc(select=[customer, ts], where=[paid])\n"
            "               +- " +
                std::string(kScan) + "customer, paid, ts])\n");
}

TEST_F(Plans, LegacyHopNeedsNotDivide) {
  const std::string plan = Explain(
      "SELECT HOP_END(ts, INTERVAL '4' SECOND, INTERVAL '10' SECOND) AS e, COUNT(*) AS n FROM orders "
      "GROUP BY HOP(ts, INTERVAL '4' SECOND, INTERVAL '10' SECOND)");
  EXPECT_NE(plan.find("WindowTableFunction(window=[HOP(time_col=[ts], size=[10 s], slide=[4 s])])"), std::string::npos)
      << plan;
}

TEST_F(Plans, WindowFunctionWithoutAggregateAddsThreeColumns) {
  EXPECT_EQ(Columns("SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))"),
            "id BIGINT, customer STRING, amount INT, price DECIMAL(10, 2), paid BOOLEAN, address ROW<`city` STRING, "
            "`zip` INT>, ts "
            "TIMESTAMP(3), window_start TIMESTAMP(3) NOT NULL, window_end TIMESTAMP(3) NOT NULL, window_time "
            "TIMESTAMP(3) NOT NULL "
            "*ROWTIME*");
}

TEST_F(Plans, WindowsOfInstantsAreCutInTheZoneOfTheSession) {
  Define(
      "CREATE TABLE events (v INT, epoch BIGINT, t AS TO_TIMESTAMP_LTZ(epoch, 3), WATERMARK FOR t AS t - INTERVAL '1' "
      "SECOND) "
      "WITH ('connector' = 'kafka', 'format' = 'json')");
  const auto plan = Physical(
      "SELECT SUM(v) AS s FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(t), INTERVAL '1' DAY)) GROUP BY window_start, "
      "window_end");
  ASSERT_TRUE(plan.ok()) << ErrorText(plan.error());
  const plan::PhysicalNode& global = *plan->roots[0]->inputs[0];
  ASSERT_EQ(global.kind, plan::PhysicalKind::kGlobalWindowAggregate) << plan::ToString(*plan->roots[0]);
  EXPECT_TRUE(global.window.local_zone);
  EXPECT_TRUE(global.window.event_time);
  // The computed rowtime is no column of the source: its watermark is computed from the columns that are.
  const plan::PhysicalNode* source = &global;
  while (!source->inputs.empty()) source = source->inputs[0].get();
  EXPECT_EQ(source->watermark->rowtime_column, plan::WatermarkSpec::kComputedRowtime);
  EXPECT_EQ(source->watermark->expression->ToString(source->schema),
            "(TO_TIMESTAMP_LTZ(epoch, 3) - 1000:INTERVAL SECOND)");
}

TEST_F(Plans, ProcessingTimeWindowsAreNotSplit) {
  Define("CREATE TABLE clicks (u STRING, pt AS PROCTIME()) WITH ('connector' = 'kafka', 'format' = 'json')");
  const auto plan = Physical(
      "SELECT u, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(pt), INTERVAL '1' MINUTE)) "
      "GROUP BY u, window_start, window_end");
  ASSERT_TRUE(plan.ok()) << ErrorText(plan.error());
  const std::string text = plan::ToString(*plan->roots[0]);
  EXPECT_EQ(text.find("LocalWindowAggregate"), std::string::npos) << text;
  EXPECT_NE(text.find("WindowAggregate(groupBy=[u], window=[TUMBLE(time_col=[pt], size=[1 min])]"), std::string::npos)
      << text;
}

TEST_F(Plans, MetadataAndComputedColumnsAreReadAndCast) {
  Define(
      "CREATE TABLE log (msg STRING, off BIGINT METADATA FROM 'offset' VIRTUAL, `timestamp` TIMESTAMP(3) METADATA, "
      "shout AS UPPER(msg)) WITH ('connector' = 'kafka', 'format' = 'json')");
  EXPECT_EQ(Explain("SELECT * FROM log"),
            "Collect(fields=[msg, off, timestamp, shout])\n"
            "+- Calc(select=[msg, off, CAST(timestamp AS TIMESTAMP(3)) AS timestamp, UPPER(msg) AS shout])\n"
            "   +- TableSourceScan(table=[[default_catalog, default_database, log]], fields=[msg, off, timestamp])\n");
  context.hide_aliased_virtual_metadata = true;
  EXPECT_EQ(Columns("SELECT * FROM log"), "msg STRING, timestamp TIMESTAMP(3), shout STRING");
}

TEST_F(Plans, UnionAllTakesTheWiderTypes) {
  EXPECT_EQ(Columns("SELECT amount AS v, 'abc' AS s FROM orders UNION ALL SELECT id, 'de' FROM orders"),
            "v BIGINT, s VARCHAR(3) NOT NULL");
  const std::string plan = Explain("SELECT amount AS v FROM orders UNION ALL SELECT id FROM orders");
  EXPECT_NE(plan.find("+- Union(all=[true], union=[v])\n   :- Calc(select=[CAST(amount AS BIGINT) AS v])"),
            std::string::npos)
      << plan;
}

TEST_F(Plans, ValuesAreRowsOfTheirCommonType) {
  EXPECT_EQ(Columns("SELECT * FROM (VALUES (1, 'a'), (2.5, 'bcd')) AS t(n, s)"),
            "n DECIMAL(11, 1) NOT NULL, s VARCHAR(3) NOT NULL");
  EXPECT_EQ(Explain("VALUES (1, 'a'), (2, NULL)"),
            "Collect(fields=[EXPR$0, EXPR$1])\n+- Values(rows=[2], fields=[EXPR$0, EXPR$1])\n");
}

TEST_F(Plans, SelectWithoutFromIsOneRow) {
  EXPECT_EQ(Explain("SELECT 1 + 2 AS three, 'x'"),
            "Collect(fields=[three, EXPR$1])\n+- Calc(select=[3 AS three, 'x' AS EXPR$1])\n   +- Values(rows=[1], "
            "fields=[ZERO])\n");
}

TEST_F(Plans, NamesOfColumns) {
  EXPECT_EQ(Columns("SELECT id, id, address.city, amount + 1 FROM orders"),
            "id BIGINT, id0 BIGINT, city STRING, EXPR$3 INT");
  EXPECT_EQ(Columns("SELECT o.amount, o.address.zip FROM orders AS o"), "amount INT, zip INT");
  EXPECT_EQ(Columns("SELECT o.* FROM bounded_orders AS o"), "id BIGINT, amount INT, ts TIMESTAMP(3)");
}

TEST_F(Plans, TypesOfExpressions) {
  EXPECT_EQ(Columns("SELECT CASE WHEN paid THEN 1 END AS a, COALESCE(amount, 0) AS b, NULLIF(amount, 1) AS c, IF(paid, "
                    "1, 2.5) AS d FROM orders"),
            "a INT, b INT NOT NULL, c INT, d DECIMAL(11, 1)");
  EXPECT_EQ(Columns("SELECT amount BETWEEN 1 AND 5 AS a, id IN (1, 2) AS b, customer LIKE 'x%' AS c, customer IS NULL "
                    "AS d FROM orders"),
            "a BOOLEAN, b BOOLEAN, c BOOLEAN, d BOOLEAN NOT NULL");
  EXPECT_EQ(Columns("SELECT CAST(amount AS STRING) AS a, TRY_CAST(customer AS INT) AS b, CAST(NULL AS INT) AS c, 1.50 "
                    "AS d, 1e0 AS e, "
                    "TIMESTAMP '2026-01-01 00:00:00.12' AS f, 3000000000 AS g, DATE '2026-01-01' AS h FROM orders"),
            "a STRING, b INT, c INT, d DECIMAL(3, 2) NOT NULL, e DOUBLE NOT NULL, f TIMESTAMP(2) NOT NULL, g BIGINT "
            "NOT NULL, h DATE NOT NULL");
  EXPECT_EQ(Columns("SELECT SUM(amount) AS a, AVG(price) AS b, COUNT(*) AS c, SUM(price) AS d, MIN(customer) AS e FROM "
                    "TABLE(TUMBLE(TABLE "
                    "orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end"),
            "a INT, b DECIMAL(38, 6), c BIGINT NOT NULL, d DECIMAL(38, 2), e STRING");
}

TEST_F(Plans, LimitRunsOnOneSlot) {
  EXPECT_EQ(Explain("SELECT id FROM orders LIMIT 3 OFFSET 1"),
            "Collect(fields=[id])\n"
            "+- Limit(offset=[1], fetch=[3])\n"
            "   +- Exchange(distribution=[single])\n"
            "      +- Calc(select=[id])\n"
            "         +- " +
                std::string(kScan) + "id, ts])\n");
}

TEST_F(Plans, StreamingOrderByTime) {
  const std::string plan = Explain("SELECT id, ts FROM orders ORDER BY ts");
  EXPECT_NE(plan.find("+- Sort(orderBy=[ts ASC])\n   +- Exchange(distribution=[single])"), std::string::npos) << plan;
}

TEST_F(Plans, BatchOrderByAnythingAndWindowsOverPlainTimestamps) {
  context.streaming = false;
  EXPECT_EQ(Explain("SELECT id FROM bounded_orders ORDER BY amount + 1 DESC, 1"),
            "Collect(fields=[id])\n"
            "+- Calc(select=[id])\n"
            "   +- Sort(orderBy=[$sort1 DESC, id ASC])\n"
            "      +- Exchange(distribution=[single])\n"
            "         +- Calc(select=[id, (amount + 1) AS $sort1])\n"
            "            +- TableSourceScan(table=[[default_catalog, default_database, bounded_orders]], fields=[id, "
            "amount])\n");
  const std::string windowed = Explain(
      "SELECT SUM(amount) AS s FROM TABLE(TUMBLE(TABLE bounded_orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) "
      "GROUP BY window_start, window_end");
  EXPECT_NE(windowed.find("GlobalWindowAggregate("), std::string::npos) << windowed;
}

TEST_F(Plans, OptionsHintReachesTheTable) {
  EXPECT_EQ(Explain("SELECT id FROM orders /*+ OPTIONS('nope' = 'x') */").substr(0, 44),
            "Unsupported options found for 'kafka'.\n\nUnsu");
  const auto plan = Physical("SELECT id FROM orders /*+ OPTIONS('scan.watermark.idle-timeout' = '3 s') */");
  ASSERT_TRUE(plan.ok()) << ErrorText(plan.error());
  const plan::PhysicalNode* source = plan->roots[0].get();
  while (!source->inputs.empty()) source = source->inputs[0].get();
  EXPECT_EQ(source->watermark->idle_timeout_millis, 3000);
}

TEST_F(Plans, InsertCastsByPositionAndFillsNulls) {
  EXPECT_EQ(Explain("INSERT INTO sink SELECT amount, customer FROM orders"),
            "Sink(table=[default_catalog.default_database.sink], fields=[a, b])\n"
            "+- Calc(select=[CAST(amount AS BIGINT) AS a, customer AS b])\n"
            "   +- " +
                std::string(kScan) + "customer, amount, ts])\n");
  EXPECT_EQ(Explain("INSERT INTO sink (b) SELECT customer FROM orders"),
            "Sink(table=[default_catalog.default_database.sink], fields=[a, b])\n"
            "+- Calc(select=[null:BIGINT AS a, customer AS b])\n"
            "   +- " +
                std::string(kScan) + "customer, ts])\n");
  EXPECT_EQ(Explain("INSERT INTO sink VALUES (1, 'x'), (2, NULL)"),
            "Sink(table=[default_catalog.default_database.sink], fields=[a, b])\n"
            "+- Calc(select=[CAST(EXPR$0 AS BIGINT) AS a, CAST(EXPR$1 AS STRING) AS b])\n"
            "   +- Values(rows=[2], fields=[EXPR$0, EXPR$1])\n");
}

TEST_F(Plans, MetadataColumnsOfASinkComeLastAndVirtualOnesNotAtAll) {
  Define(
      "CREATE TABLE out_log (`timestamp` TIMESTAMP_LTZ(3) METADATA, msg STRING, off BIGINT METADATA FROM 'offset' "
      "VIRTUAL, "
      "n AS 1) WITH ('connector' = 'kafka', 'format' = 'json')");
  const auto plan = Physical("INSERT INTO out_log SELECT CAST(ts AS TIMESTAMP_LTZ(3)), customer FROM orders");
  ASSERT_TRUE(plan.ok()) << ErrorText(plan.error());
  EXPECT_EQ(plan->roots[0]->schema.ToString(), "(msg STRING, timestamp TIMESTAMP_LTZ(3))");
}

TEST_F(Plans, SourceOfBadRecordsNamesItsTable) {
  Define(
      "CREATE TABLE dead (error_reason STRING, topic STRING, `value` BYTES, note STRING) WITH ('connector' = 'kafka', "
      "'format' = 'json')");
  Define(
      "CREATE TABLE shaky (a INT) WITH ('connector' = 'kafka', 'format' = 'json', 'error-handling.mode' = 'log', "
      "'error-handling.log.target' = 'dead')");
  const auto plan = Physical("SELECT a FROM shaky");
  ASSERT_TRUE(plan.ok()) << ErrorText(plan.error());
  ASSERT_EQ(plan->bad_record_sinks.size(), 1u);
  EXPECT_EQ(plan->bad_record_sinks[0].table_name, "default_catalog.default_database.dead");
  EXPECT_EQ(plan->bad_record_sinks[0].schema.ToString(),
            "(error_reason STRING, topic STRING, value BYTES, note STRING)");
  EXPECT_EQ(plan->roots[0]->inputs[0]->bad_record_table, "default_catalog.default_database.dead");
}

TEST_F(Plans, UpdatesReachASinkThatTakesThem) {
  Define("CREATE TABLE cdc (id INT, v INT) WITH ('connector' = 'changes')");
  Define(
      "CREATE TABLE latest (id INT, v INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'upsert-kafka', "
      "'key.format' = 'json', "
      "'value.format' = 'json')");
  EXPECT_EQ(Explain("INSERT INTO latest SELECT id, v FROM cdc WHERE v > 1"),
            "Sink(table=[default_catalog.default_database.latest], fields=[id, v])\n"
            "+- Calc(select=[id, v], where=[(v > 1)])\n"
            "   +- TableSourceScan(table=[[default_catalog, default_database, cdc]], fields=[id, v])\n");
}

}  // namespace
}  // namespace millrace::planner
