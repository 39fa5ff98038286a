// CREATE TABLE, CREATE VIEW and ALTER TABLE.
#include "planner/testing/plan_fixture.h"

namespace millrace::planner {
namespace {

class Tables : public testing::PlanTest {
 protected:
  Result<catalog::Table> Create(std::string_view text) {
    MR_ASSIGN(const sql::Statement statement, sql::ParseStatement(text));
    return BindCreateTable(*statement.create_table, context);
  }
  std::string CreateError(std::string_view text) {
    const auto table = Create(text);
    return table.ok() ? "no error" : ErrorText(table.error());
  }
  std::string Shown(std::string_view text) {
    const auto table = Create(text);
    return table.ok() ? catalog::ShowCreate(*table) : ErrorText(table.error());
  }
  // The table after ALTER TABLE, kept.
  std::string Alter(std::string_view text) {
    const auto statement = sql::ParseStatement(text);
    if (!statement.ok()) return ErrorText(statement.error());
    const sql::AlterTable& alter = *statement->alter_table;
    auto table = BindAlterTable(*catalogs.Find(catalogs.Resolve(sql::PathNames(alter.name))), alter, context);
    if (!table.ok()) return ErrorText(table.error());
    EXPECT_TRUE(catalogs.Replace(*table).ok());
    return table->RowType().ToString();
  }
};

TEST_F(Tables, ShowCreateIsFlinksText) {
  EXPECT_EQ(Shown(R"(CREATE TABLE orders (
      `user` BIGINT NOT NULL COMMENT 'who', product VARCHAR(32), note STRING, ts TIMESTAMP(3), zoned TIMESTAMP_LTZ(3) METADATA FROM
      'timestamp' VIRTUAL, ptime AS PROCTIME(), tags ARRAY<STRING>, PRIMARY KEY (`user`) NOT ENFORCED,
      WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) COMMENT 'all of them' WITH ('connector' = 'datagen', 'b' = 'it''s'))"),
            R"(CREATE TABLE `default_catalog`.`default_database`.`orders` (
  `user` BIGINT NOT NULL COMMENT 'who',
  `product` VARCHAR(32),
  `note` VARCHAR(2147483647),
  `ts` TIMESTAMP(3),
  `zoned` TIMESTAMP(3) WITH LOCAL TIME ZONE METADATA FROM 'timestamp' VIRTUAL,
  `ptime` AS PROCTIME(),
  `tags` ARRAY<VARCHAR(2147483647)>,
  WATERMARK FOR `ts` AS `ts` - INTERVAL '1' SECOND,
  CONSTRAINT `PK_3599338` PRIMARY KEY (`user`) NOT ENFORCED
) COMMENT 'all of them'
WITH (
  'b' = 'it''s',
  'connector' = 'datagen'
)
)");
}

TEST_F(Tables, DescribeShowsKeysExtrasAndWatermark) {
  const auto table = Create(
      "CREATE TABLE t (id INT, v AS id * 2, off BIGINT METADATA FROM 'offset' VIRTUAL, ts TIMESTAMP(3), p AS "
      "PROCTIME(), "
      "PRIMARY KEY (id) NOT ENFORCED, WATERMARK FOR ts AS ts) WITH ('connector' = 'kafka')");
  ASSERT_TRUE(table.ok()) << ErrorText(table.error());
  std::string text;
  for (const auto& row : catalog::Describe(*table).rows) {
    for (const auto& cell : row) text += cell.value_or("-") + "|";
    text += "\n";
  }
  EXPECT_EQ(text,
            "id|INT|FALSE|PRI(id)|-|-|\n"
            "v|INT|FALSE|-|AS `id` * 2|-|\n"
            "off|BIGINT|TRUE|-|METADATA FROM 'offset' VIRTUAL|-|\n"
            "ts|TIMESTAMP(3) *ROWTIME*|TRUE|-|-|`ts`|\n"
            "p|TIMESTAMP_LTZ(3) *PROCTIME*|FALSE|-|AS PROCTIME()|-|\n");
}

TEST_F(Tables, Refused) {
  EXPECT_EQ(CreateError("CREATE TABLE t (a INT, a STRING)"), "A column named 'a' already exists in the table. @1:24");
  EXPECT_EQ(CreateError("CREATE TABLE t (a INT, ts STRING, WATERMARK FOR ts AS ts)"),
            "Invalid data type of time field for watermark definition. The field must be of type TIMESTAMP(p) or "
            "TIMESTAMP_LTZ(p), the "
            "supported precision 'p' is from 0 to 3, but the time field type is STRING @1:35");
  EXPECT_EQ(CreateError("CREATE TABLE t (ts TIMESTAMP(6), WATERMARK FOR ts AS ts)"),
            "Invalid data type of time field for watermark definition. The field must be of type TIMESTAMP(p) or "
            "TIMESTAMP_LTZ(p), the "
            "supported precision 'p' is from 0 to 3, but the time field type is TIMESTAMP(6) @1:34 (Declare it as "
            "TIMESTAMP(3).)");
  EXPECT_EQ(CreateError("CREATE TABLE t (ts TIMESTAMP(3), WATERMARK FOR tss AS ts)"),
            "The rowtime attribute field 'tss' is not defined in the table schema. Available fields: ['ts'] @1:34 (Did "
            "you mean 'ts'?)");
  EXPECT_EQ(CreateError("CREATE TABLE t (a INT, PRIMARY KEY (b) NOT ENFORCED)"),
            "Invalid primary key 'PK_129'. Column 'b' does not exist. @1:24 (Did you mean 'a'?)");
  EXPECT_EQ(CreateError("CREATE TABLE t (a INT, b AS a + 1, PRIMARY KEY (b) NOT ENFORCED)"),
            "Invalid primary key 'PK_129'. Column 'b' is not a physical column. @1:36");
  EXPECT_EQ(CreateError("CREATE TABLE t (a INT, b AS c + 1)"),
            "Column 'c' not found in any table @1:29 (Did you mean 'a'?)");
  EXPECT_EQ(CreateError("CREATE TABLE t (a DECIMAL(40, 2))"),
            "Decimal precision must be between 1 and 38 (both inclusive). @1:19");
  EXPECT_EQ(CreateError("CREATE TABLE t (a TIMESTAMP(3) WITH TIME ZONE)").substr(0, 54),
            "TIMESTAMP WITH TIME ZONE is not supported by this engi");
}

TEST_F(Tables, LikeTakesEverythingAndOptionsOverwrite) {
  Define(
      "CREATE TABLE base (id INT, ts TIMESTAMP(3), v AS id + 1, WATERMARK FOR ts AS ts, PRIMARY KEY (id) NOT ENFORCED) "
      "WITH ('connector' = 'kafka', 'topic' = 'a')");
  EXPECT_EQ(Shown("CREATE TABLE copy (extra STRING) WITH ('topic' = 'b') LIKE base"),
            R"(CREATE TABLE `default_catalog`.`default_database`.`copy` (
  `id` INT NOT NULL,
  `ts` TIMESTAMP(3),
  `v` AS `id` + 1,
  `extra` VARCHAR(2147483647),
  WATERMARK FOR `ts` AS `ts`,
  CONSTRAINT `PK_3386` PRIMARY KEY (`id`) NOT ENFORCED
) WITH (
  'connector' = 'kafka',
  'topic' = 'b'
)
)");
  EXPECT_EQ(Shown("CREATE TABLE copy WITH ('connector' = 'datagen') LIKE base (EXCLUDING ALL)"),
            R"(CREATE TABLE `default_catalog`.`default_database`.`copy` (
  `id` INT NOT NULL,
  `ts` TIMESTAMP(3)
) WITH (
  'connector' = 'datagen'
)
)");
  EXPECT_EQ(CreateError("CREATE TABLE copy (id INT) LIKE base"),
            "A column named 'id' already exists in the base table. @1:20");
  EXPECT_EQ(CreateError("CREATE TABLE copy LIKE bass").substr(0, 70),
            "Source table '`default_catalog`.`default_database`.`bass`' of the LIKE");
}

TEST_F(Tables, AlterAddsModifiesRenamesAndDrops) {
  Define("CREATE TABLE t (a INT, b AS a + 1, ts TIMESTAMP(3)) WITH ('connector' = 'kafka')");
  EXPECT_EQ(Alter("ALTER TABLE t ADD (c STRING FIRST, d AS UPPER(e), e STRING AFTER a)"),
            "(c STRING, a INT, e STRING, b INT, ts TIMESTAMP(3), d STRING)");
  EXPECT_EQ(Alter("ALTER TABLE t ADD WATERMARK FOR ts AS ts - INTERVAL '1' SECOND"),
            "(c STRING, a INT, e STRING, b INT, ts TIMESTAMP(3) *ROWTIME*, d STRING)");
  EXPECT_EQ(Alter("ALTER TABLE t DROP e"),
            "Failed to execute ALTER TABLE statement.\nThe column `e` is referenced by computed column `d`. @1:20");
  EXPECT_EQ(Alter("ALTER TABLE t DROP (e, d)"), "(c STRING, a INT, b INT, ts TIMESTAMP(3) *ROWTIME*)");
  EXPECT_EQ(Alter("ALTER TABLE t MODIFY a BIGINT"), "(c STRING, a BIGINT, b BIGINT, ts TIMESTAMP(3) *ROWTIME*)");
  EXPECT_EQ(Alter("ALTER TABLE t RENAME c TO cc"), "(cc STRING, a BIGINT, b BIGINT, ts TIMESTAMP(3) *ROWTIME*)");
  EXPECT_EQ(Alter("ALTER TABLE t DROP ts"),
            "Failed to execute ALTER TABLE statement.\nThe column `ts` is referenced by watermark expression. @1:20");
  EXPECT_EQ(Alter("ALTER TABLE t DROP WATERMARK"), "(cc STRING, a BIGINT, b BIGINT, ts TIMESTAMP(3))");
}

TEST_F(Tables, ViewsKeepTheMeaningOfTheirNames) {
  Define("CREATE TABLE t (a INT) WITH ('connector' = 'bounded')");
  Define("CREATE VIEW v (x) AS SELECT a FROM t");
  ASSERT_TRUE(catalogs.CreateDatabase("default_catalog", "other", "", false).ok());
  ASSERT_TRUE(catalogs.UseDatabase("default_catalog", "other").ok());
  EXPECT_EQ(Columns("SELECT * FROM default_database.v"), "x INT");
  EXPECT_EQ(Columns("SELECT * FROM v"), "Object 'v' not found @1:15 (No table was created yet.)");
}

}  // namespace
}  // namespace millrace::planner
