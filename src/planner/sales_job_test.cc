// The job of the tutorial, through every stage.
#include "planner/testing/plan_fixture.h"

namespace millrace::planner {
namespace {

class SalesJob : public testing::PlanTest {
 protected:
  void SetUp() override {
    Define(R"(CREATE TABLE SALES (
      store_id VARCHAR,
      sale_amount INT,
      sale_ts TIMESTAMP(3),
      WATERMARK FOR sale_ts AS sale_ts - INTERVAL '5' SECOND
    ) WITH ('connector' = 'kafka', 'topic' = 'SALES', 'properties.bootstrap.servers' = 'kafka_broker:29092',
            'format' = 'avro-confluent', 'avro-confluent.url' = 'http://schema-registry:8081'))");
    Define(R"(CREATE TABLE SALES_AGGREGATE (
      store_id VARCHAR,
      window_start TIMESTAMP(3),
      window_end TIMESTAMP(3),
      aggregated_sales INT,
      PRIMARY KEY (store_id) NOT ENFORCED
    ) WITH ('connector' = 'upsert-kafka', 'topic' = 'SALES_AGGREGATE', 'properties.bootstrap.servers' = 'kafka_broker:29092',
            'key.format' = 'avro-confluent', 'key.avro-confluent.url' = 'http://schema-registry:8081',
            'value.format' = 'avro-confluent', 'value.avro-confluent.url' = 'http://schema-registry:8081'))");
  }
  static constexpr std::string_view kInsert = R"(INSERT INTO SALES_AGGREGATE
SELECT store_id, window_start, window_end, SUM(sale_amount) AS aggregated_sales
FROM TABLE(TUMBLE(TABLE SALES, DESCRIPTOR(sale_ts), INTERVAL '60' SECOND))
GROUP BY store_id, window_start, window_end)";
};

TEST_F(SalesJob, BoundPlanKeepsTheClausesOfTheQuery) {
  EXPECT_EQ(
      BoundPlan(kInsert),
      R"(Sink(table=[default_catalog.default_database.SALES_AGGREGATE], fields=[store_id, window_start, window_end, aggregated_sales])
+- Project(select=[store_id, window_start, window_end, aggregated_sales])
   +- Project(select=[store_id, window_start, window_end, aggregated_sales])
      +- WindowAggregate(groupBy=[store_id], window=[TUMBLE(win_start=[window_start], win_end=[window_end], size=[1 min])], aggregates=[SUM(sale_amount) AS aggregated_sales], properties=[start AS window_start, end AS window_end])
         +- Project(select=[store_id, sale_amount, window_start, window_end])
            +- WindowTableFunction(window=[TUMBLE(time_col=[sale_ts], size=[1 min])])
               +- Watermark(rowtime=[sale_ts], watermark=[(sale_ts - 5000:INTERVAL SECOND)])
                  +- Scan(table=[default_catalog.default_database.SALES], fields=[store_id, sale_amount, sale_ts])
)");
}

TEST_F(SalesJob, PhysicalPlanIsFlinks) {
  EXPECT_EQ(
      Explain(kInsert),
      R"(Sink(table=[default_catalog.default_database.SALES_AGGREGATE], fields=[store_id, window_start, window_end, aggregated_sales])
+- Calc(select=[store_id, window_start, window_end, aggregated_sales])
   +- GlobalWindowAggregate(groupBy=[store_id], window=[TUMBLE(time_col=[sale_ts], size=[1 min])], select=[store_id, SUM(sale_amount) AS aggregated_sales, start('w$) AS window_start, end('w$) AS window_end])
      +- Exchange(distribution=[hash[store_id]])
         +- LocalWindowAggregate(groupBy=[store_id], window=[TUMBLE(time_col=[sale_ts], size=[1 min])], select=[store_id, SUM(sale_amount) AS aggregated_sales, slice_end('w$) AS $slice_end])
            +- TableSourceScan(table=[[default_catalog, default_database, SALES, watermark=[(sale_ts - 5000:INTERVAL SECOND)]]], fields=[store_id, sale_amount, sale_ts])
)");
}

TEST_F(SalesJob, WithoutRulesRowsCarryTheirWindows) {
  optimize = false;
  EXPECT_EQ(
      Explain(kInsert),
      R"(Sink(table=[default_catalog.default_database.SALES_AGGREGATE], fields=[store_id, window_start, window_end, aggregated_sales])
+- Calc(select=[store_id, window_start, window_end, aggregated_sales])
   +- Calc(select=[store_id, window_start, window_end, aggregated_sales])
      +- WindowAggregate(groupBy=[store_id], window=[TUMBLE(win_start=[window_start], win_end=[window_end], size=[1 min])], select=[store_id, SUM(sale_amount) AS aggregated_sales, start('w$) AS window_start, end('w$) AS window_end])
         +- Exchange(distribution=[hash[store_id]])
            +- Calc(select=[store_id, sale_amount, window_start, window_end])
               +- WindowTableFunction(window=[TUMBLE(time_col=[sale_ts], size=[1 min])])
                  +- TableSourceScan(table=[[default_catalog, default_database, SALES, watermark=[(sale_ts - 5000:INTERVAL SECOND)]]], fields=[store_id, sale_amount, sale_ts])
)");
}

TEST_F(SalesJob, NamesIdsAndKeysOfTheJob) {
  const auto plan = Physical(kInsert);
  ASSERT_TRUE(plan.ok()) << ErrorText(plan.error());
  EXPECT_EQ(plan->job_name, "insert-into_default_catalog.default_database.SALES_AGGREGATE");
  const plan::PhysicalNode& sink = *plan->roots[0];
  EXPECT_EQ(plan::OperatorName(sink), "SALES_AGGREGATE[6]: Writer");
  EXPECT_EQ(plan::ChainName(sink), "ConstraintEnforcer[6] -> SALES_AGGREGATE[6]: Writer");
  EXPECT_EQ(sink.not_null_columns, std::vector<size_t>{0});
  EXPECT_EQ(sink.schema.ToString(),
            "(store_id STRING NOT NULL, window_start TIMESTAMP(3), window_end TIMESTAMP(3), aggregated_sales INT)");
  const plan::PhysicalNode& calc = *sink.inputs[0];
  EXPECT_EQ(calc.uid, "default_catalog.default_database.SALES_AGGREGATE/Calc");
  const plan::PhysicalNode& global = *calc.inputs[0];
  EXPECT_EQ(plan::OperatorName(global), "GlobalWindowAggregate[4]");
  EXPECT_EQ(global.aggregates[0].type, DataType::Of(TypeKind::kInt));  // SUM(INT) is INT and wraps
  const plan::PhysicalNode& source = *global.inputs[0]->inputs[0]->inputs[0];
  EXPECT_EQ(plan::OperatorName(source), "Source: SALES[1]");
  EXPECT_EQ(source.uid, "default_catalog.default_database.SALES_AGGREGATE/TableSourceScan:SALES");
  EXPECT_EQ(source.watermark->rowtime_column, 2u);
}

TEST_F(SalesJob, WarnsThatThePrimaryKeyIsShorterThanTheKeyOfTheQuery) {
  ASSERT_TRUE(Physical(kInsert).ok());
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0],
            "The primary key of 'default_catalog.default_database.SALES_AGGREGATE' has not all key columns of the "
            "query (missing: "
            "window_start, window_end): later rows replace earlier ones with the same primary key.");
  context.require_on_conflict = true;
  EXPECT_TRUE(Explain(kInsert).starts_with("The primary key of"));
}

TEST_F(SalesJob, ColumnsNobodyNeedsAreNotRead) {
  EXPECT_EQ(
      Explain(
          "SELECT window_start, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE SALES, DESCRIPTOR(sale_ts), INTERVAL '1' HOUR)) "
          "GROUP BY window_start, window_end"),
      R"(Collect(fields=[window_start, n])
+- Calc(select=[window_start, n])
   +- GlobalWindowAggregate(window=[TUMBLE(time_col=[sale_ts], size=[1 h])], select=[COUNT(*) AS n, start('w$) AS window_start])
      +- Exchange(distribution=[single])
         +- LocalWindowAggregate(window=[TUMBLE(time_col=[sale_ts], size=[1 h])], select=[COUNT(*) AS n, slice_end('w$) AS $slice_end])
            +- TableSourceScan(table=[[default_catalog, default_database, SALES, watermark=[(sale_ts - 5000:INTERVAL SECOND)]]], fields=[sale_ts])
)");
}

}  // namespace
}  // namespace millrace::planner
