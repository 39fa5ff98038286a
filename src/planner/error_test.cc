// SQL to errors: text, place, hint.
#include "planner/testing/plan_fixture.h"

namespace millrace::planner {
namespace {

struct Case {
  std::string_view name;
  std::string_view sql;
  std::string_view error;
};

class Errors : public testing::PlanTest, public ::testing::WithParamInterface<Case> {
 protected:
  void SetUp() override {
    context.environment = std::make_shared<const connect::Environment>(
        connect::Environment{.variable = [](const std::string&) { return std::optional<std::string>("hunter2"); },
                             .formats = &testing::FakeFormats()});
    Define(
        R"(CREATE TABLE orders (id BIGINT, customer STRING, amount INT, other_ts TIMESTAMP(3), address ROW<city STRING>,
      ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '10' SECOND) WITH ('connector' = 'kafka', 'format' = 'json'))");
    Define("CREATE TABLE sink (a INT NOT NULL, b STRING) WITH ('connector' = 'blackhole')");
    Define("CREATE TABLE appends (id INT, v INT) WITH ('connector' = 'kafka', 'format' = 'json')");
    Define("CREATE TABLE cdc (id INT, v INT) WITH ('connector' = 'changes')");
    Define("CREATE TABLE endless (a INT) WITH ('connector' = 'datagen')");
    Define("CREATE TABLE lost (a INT) WITH ('connector' = 'kafak')");
    Define("CREATE TABLE bare (a INT)");
    Define("CREATE TABLE parts (v INT, dt STRING, n INT) PARTITIONED BY (dt, n) WITH ('connector' = 'blackhole')");
    Define("CREATE TABLE logged_err (error_code STRING) WITH ('connector' = 'kafak')");
    Define(
        "CREATE TABLE logged (a INT) WITH ('connector' = 'kafka', 'error-handling.mode' = 'log', "
        "'error-handling.log.target' = 'logged_err')");
    Define("CREATE TABLE secret (a INT) WITH ('connector' = 'kafka', 'error-handling.mode' = '${env:MYSECRET}')");
    Define("CREATE VIEW v AS SELECT id FROM orders");
  }
};

TEST_P(Errors, Text) { EXPECT_EQ(Explain(GetParam().sql), GetParam().error); }

constexpr Case kNames[] = {
    {"UnknownTable", "SELECT * FROM ordres", "Object 'ordres' not found @1:15 (Did you mean 'orders'?)"},
    {"UnknownColumn", "SELECT id,\n  amout FROM orders",
     "Column 'amout' not found in any table @2:3 (Did you mean 'amount'?)"},
    {"CaseOfAColumn", "SELECT AMOUNT FROM orders",
     "Column 'AMOUNT' not found in any table @1:8 (Did you mean 'amount'? Names are case-sensitive.)"},
    {"UnknownQualifier", "SELECT x.id FROM orders AS o", "Table 'x' not found @1:8 (Did you mean 'o'?)"},
    {"AliasHidesTheName", "SELECT orders.id FROM orders AS o", "Table 'orders' not found @1:8 (Tables here: o.)"},
    {"UnknownMember", "SELECT address.town FROM orders", "Column 'town' not found in the row @1:16"},
    {"MemberOfAPlainColumn", "SELECT id.x FROM orders",
     "Incompatible types: 'x' is no member of a value of type BIGINT @1:11 (Only ROW values have members.)"},
    {"UnknownFunction", "SELECT UPER(customer) FROM orders",
     "No match found for function signature UPER(<STRING>) @1:8 (Did you mean 'UPPER'?)"},
    {"Ambiguous", "SELECT id FROM (SELECT id, id FROM orders)",
     "Column 'id' is ambiguous @1:8 (Put the table's name before it.)"},
    {"StarWithoutFrom", "SELECT *", "SELECT * needs a table: there is no FROM @1:8"},
    {"ColumnWithoutFrom", "SELECT foo", "Column 'foo' not found in any table @1:8"},
    {"UnknownInAView", "SELECT missing FROM v", "Column 'missing' not found in any table @1:8 (Columns here: id.)"},
};
INSTANTIATE_TEST_SUITE_P(Names, Errors, ::testing::ValuesIn(kNames),
                         [](const auto& info) { return std::string(info.param.name); });

constexpr Case kTypes[] = {
    {"WhereIsACondition", "SELECT id FROM orders WHERE amount",
     "WHERE clause must be a condition @1:29 (This is INT; a condition is BOOLEAN.)"},
    {"AndTakesConditions", "SELECT id FROM orders WHERE amount > 1 AND customer",
     "Cannot apply 'AND' to an argument of type 'STRING' @1:44 (AND and OR take conditions.)"},
    {"CaseBranches", "SELECT CASE WHEN id = 1 THEN 1 ELSE 'x' END FROM orders",
     "Illegal mixing of types in CASE: INT and CHAR(1) @1:37 (CAST one of them.)"},
    {"DivisionByAConstantZero", "SELECT amount / 0 FROM orders", "Division by zero @1:17"},
    {"UntypedNull", "SELECT id, NULL AS n FROM orders",
     "Illegal use of 'NULL' @1:1 (Give column 'n' a type: CAST(NULL AS STRING).)"},
    {"BadDate", "SELECT DATE '2026-13-01'", "Illegal DATE literal '2026-13-01': not in format 'yyyy-MM-dd' @1:8"},
    {"AggregateInWhere", "SELECT id FROM orders WHERE SUM(amount) > 1",
     "Aggregate expression is illegal in WHERE clause @1:29"},
    {"NestedAggregate", "SELECT SUM(MAX(amount)) FROM orders", "Aggregate expressions cannot be nested @1:12"},
    {"UnionColumns", "SELECT id FROM orders UNION ALL SELECT id, amount FROM orders",
     "Column count mismatch in UNION ALL @1:33 (The first query has 1 columns, this one 2.)"},
    {"LimitIsANumber", "SELECT id FROM orders LIMIT 1 + 1.5", "LIMIT must be a number of rows, 0 or more @1:29"},
};

constexpr Case kWindows[] = {
    {"NotATimeAttribute", "SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(other_ts), INTERVAL '1' MINUTE))",
     "The window function requires the timecol is a time attribute type, but is TIMESTAMP(3). @1:42 (Declare WATERMARK "
     "FOR it in its "
     "table, or use window_time of an inner window. A CAST takes the attribute away.)"},
    {"NoTimestamp", "SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(id), INTERVAL '1' MINUTE))",
     "The window function requires the timecol is a time attribute type, but is BIGINT. @1:42"},
    {"UnknownTimeColumn", "SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(tss), INTERVAL '1' MINUTE))",
     "Column 'tss' not found in any table @1:53 (Did you mean 'ts'?)"},
    {"HopTakesTheSlideFirst",
     "SELECT COUNT(*) FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' MINUTE, INTERVAL '4' MINUTE)) GROUP "
     "BY window_start, "
     "window_end",
     "HOP table function based aggregate requires size must be an integral multiple of slide, but got size 240000 ms "
     "and slide 600000 ms "
     "@1:28 (HOP takes the slide first, then the size.)"},
    {"CumulateStep",
     "SELECT * FROM TABLE(CUMULATE(TABLE orders, DESCRIPTOR(ts), INTERVAL '7' MINUTE, INTERVAL '10' MINUTE))",
     "CUMULATE table function based aggregate requires maxSize must be an integral multiple of step, but got maxSize "
     "600000 ms and step "
     "420000 ms @1:21 (CUMULATE takes the step first, then the size.)"},
    {"Offset", "SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '2' MINUTE))",
     "Tumbling Window parameters must satisfy abs(offset) < size, but got size 60000ms and offset 120000ms. @1:21"},
    {"Months", "SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MONTH))",
     "Window functions only support intervals of SECOND, MINUTE, HOUR and DAY: MONTH and YEAR are not constant. @1:58"},
    {"NoInterval", "SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts)))",
     "Invalid number of arguments to function 'TUMBLE' @1:21 (Supported form(s): TUMBLE(TABLE table_name, "
     "DESCRIPTOR(timecol), datetime "
     "interval[, datetime interval]))"},
    {"UnknownParameter",
     "SELECT * FROM TABLE(TUMBLE(DATA => TABLE orders, TIMECOL => DESCRIPTOR(ts), LENGTH => INTERVAL '1' MINUTE))",
     "TUMBLE has no parameter 'LENGTH' @1:77 (Parameters: DATA, TIMECOL, SIZE, OFFSET.)"},
    {"Session", "SELECT * FROM TABLE(SESSION(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))",
     "SESSION windows are not supported by this engine. @1:21 (TUMBLE, HOP and CUMULATE are there.)"},
    {"PlainGroupBy", "SELECT customer, COUNT(*) FROM orders GROUP BY customer",
     "Updating aggregation (GROUP BY without both window_start and window_end) is not supported by this engine. @1:48 "
     "(Read FROM "
     "TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) and GROUP BY window_start, window_end.)"},
    {"NotGrouped",
     "SELECT customer, COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY "
     "window_start, window_end",
     "Expression 'customer' is not being grouped @1:8 (Add it to GROUP BY or aggregate it.)"},
    {"AuxiliaryWithoutItsWindow",
     "SELECT TUMBLE_START(ts, INTERVAL '2' MINUTE) FROM orders GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE)",
     "TUMBLE_START needs the group window it belongs to: no TUMBLE with the same arguments in GROUP BY. @1:8 (GROUP BY "
     "TUMBLE(..) with the "
     "very same arguments.)"},
};

constexpr Case kUnsupported[] = {
    {"Join", "SELECT * FROM orders AS a JOIN orders AS b ON a.id = b.id",
     "Joins are not supported by this engine. @1:15"},
    {"Over", "SELECT SUM(amount) OVER (ORDER BY ts) FROM orders",
     "OVER aggregation is not supported by this engine. @1:8"},
    {"InSubQuery", "SELECT id FROM orders WHERE id IN (SELECT id FROM orders)",
     "IN (sub-query) is not supported by this engine. @1:29"},
    {"Union", "SELECT id FROM orders UNION SELECT id FROM orders",
     "UNION without duplicates is not supported by this engine. @1:1 (UNION ALL keeps all rows.)"},
    {"StreamingSort", "SELECT id FROM orders ORDER BY amount",
     "Sort on a non-time-attribute field is not supported. @1:32 (Order by an event-time column ascending first, or "
     "SET "
     "'execution.runtime-mode' = 'batch' over bounded tables.)"},
};

constexpr Case kSinks[] = {
    {"Types", "INSERT INTO sink SELECT id, customer FROM orders",
     "Column types of query result and sink for 'default_catalog.default_database.sink' do not match.\n"
     "Cause: Incompatible types for sink column 'a' at position 0.\n\n"
     "Query schema: [id: BIGINT, customer: STRING]\n"
     "Sink schema:  [a: INT NOT NULL, b: STRING] @1:18 (CAST(BIGINT AS INT) where it is meant.)"},
    {"Count", "INSERT INTO sink SELECT amount FROM orders",
     "Column types of query result and sink for 'default_catalog.default_database.sink' do not match.\n"
     "Cause: Different number of columns.\n\n"
     "Query schema: [amount: INT]\n"
     "Sink schema:  [a: INT NOT NULL, b: STRING] @1:18"},
    {"UnknownTarget", "INSERT INTO sink (a, c) SELECT 1, 'x'", "Unknown target column 'c' @1:22 (Did you mean 'a'?)"},
    {"TargetTwice", "INSERT INTO sink (a, a) SELECT 1, 2", "Target column 'a' is assigned more than once @1:22"},
    {"PartitionTwice", "INSERT INTO parts PARTITION (dt = 'a', dt = 'b', n = 3) SELECT 1",
     "Target column 'dt' is assigned more than once @1:40"},
    {"PartitionAndTarget", "INSERT INTO parts PARTITION (dt = 'a') (v, dt) SELECT 1, 'b'",
     "Target column 'dt' is assigned more than once @1:44"},
    {"NotNullLeftOut", "INSERT INTO sink (b) SELECT 'x'",
     "Column 'a' has no default value and does not allow NULLs @1:22"},
    {"UnknownTable", "INSERT INTO sinc SELECT 1, 'x'",
     "Cannot find table '`default_catalog`.`default_database`.`sinc`' in any of the catalogs [default_catalog], nor as "
     "a temporary table. "
     "@1:13 (Did you mean 'sink'?)"},
    {"View", "INSERT INTO v SELECT 1",
     "'default_catalog.default_database.v' is a view: rows can only be written into tables. @1:13"},
    {"Updates", "INSERT INTO appends SELECT id, v FROM cdc",
     "Table sink 'default_catalog.default_database.appends' doesn't support consuming update and delete changes which "
     "is produced by node "
     "TableSourceScan(table=[[default_catalog, default_database, cdc]], fields=[id, v]) @1:13 (Write to a connector "
     "that "
     "takes changes, such as "
     "'upsert-kafka' with a PRIMARY KEY.)"},
    {"OnlyASource", "INSERT INTO endless SELECT 1",
     "Connector 'datagen' can only be used as a source. It cannot be used as a sink.\n\nUnable to create a sink for "
     "writing "
     "table 'default_catalog.default_database.endless'. @1:13"},
    {"OnlyASink", "SELECT * FROM sink",
     "Connector 'blackhole' can only be used as a sink. It cannot be used as a source.\n\nUnable to create a source "
     "for reading "
     "table 'default_catalog.default_database.sink'. @1:15"},
    {"UnknownConnector", "SELECT * FROM lost",
     "Could not find any factory for identifier 'kafak' that implements "
     "'org.apache.flink.table.factories.DynamicTableFactory' in the "
     "classpath.\n\nAvailable factory identifiers are:\n\nblackhole\nbounded\nchanges\ndatagen\nkafka\nupsert-kafka\n\n"
     "Unable to create a source for reading table 'default_catalog.default_database.lost'. @1:15 (Did you mean "
     "'kafka'?)"},
    {"BadRecordTableNamedLikeItsTable", "SELECT * FROM logged",
     "Could not find any factory for identifier 'kafak' that implements "
     "'org.apache.flink.table.factories.DynamicTableFactory' in the "
     "classpath.\n\nAvailable factory identifiers are:\n\nblackhole\nbounded\nchanges\ndatagen\nkafka\nupsert-kafka\n\n"
     "Unable to create a sink for writing table 'default_catalog.default_database.logged_err'.\n\n"
     "Unable to create a source for reading table 'default_catalog.default_database.logged'. @1:15 (Did you mean "
     "'kafka'?)"},
    {"ResolvedValueOfASource", "SELECT * FROM secret",
     "Invalid value for option 'error-handling.mode': '${env:MYSECRET}' is not one of fail, ignore, log.\n\n"
     "Unable to create a source for reading table 'default_catalog.default_database.secret'. @1:15"},
    {"UnknownConnectorOfASink", "INSERT INTO lost SELECT 1",
     "Could not find any factory for identifier 'kafak' that implements "
     "'org.apache.flink.table.factories.DynamicTableFactory' in the "
     "classpath.\n\nAvailable factory identifiers are:\n\nblackhole\nbounded\nchanges\ndatagen\nkafka\nupsert-kafka\n\n"
     "Unable to create a sink for writing table 'default_catalog.default_database.lost'. @1:13 (Did you mean "
     "'kafka'?)"},
    {"OptionOfASinksQuery", "INSERT INTO sink SELECT 1, b.customer\nFROM orders /*+ OPTIONS('format' = 'jsn') */ AS b",
     "Could not find any format factory for identifier 'jsn' in the classpath.\n\nUnable to create a source for "
     "reading "
     "table 'default_catalog.default_database.orders'. @2:6 (Available formats: avro-confluent, json. Did you mean "
     "'json'?)"},
    {"NoConnector", "SELECT * FROM bare",
     "Table options do not contain an option key 'connector' for discovering a connector. @1:15 (Add WITH ('connector' "
     "= "
     "'...') to the table "
     "default_catalog.default_database.bare.)"},
};

INSTANTIATE_TEST_SUITE_P(Types, Errors, ::testing::ValuesIn(kTypes),
                         [](const auto& info) { return std::string(info.param.name); });
INSTANTIATE_TEST_SUITE_P(Windows, Errors, ::testing::ValuesIn(kWindows),
                         [](const auto& info) { return std::string(info.param.name); });
INSTANTIATE_TEST_SUITE_P(Unsupported, Errors, ::testing::ValuesIn(kUnsupported),
                         [](const auto& info) { return std::string(info.param.name); });
INSTANTIATE_TEST_SUITE_P(Sinks, Errors, ::testing::ValuesIn(kSinks),
                         [](const auto& info) { return std::string(info.param.name); });

class BatchErrors : public testing::PlanTest {};

TEST_F(BatchErrors, UnboundedTable) {
  Define("CREATE TABLE endless (a INT) WITH ('connector' = 'datagen')");
  context.streaming = false;
  EXPECT_EQ(Explain("SELECT a FROM endless"),
            "Querying an unbounded table 'default_catalog.default_database.endless' in batch mode is not allowed. The "
            "table source is "
            "unbounded. @1:15 (SET 'execution.runtime-mode' = 'streaming', or bound the table with its connector's "
            "options.)");
}

}  // namespace
}  // namespace millrace::planner
