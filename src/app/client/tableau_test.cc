#include "app/client/tableau.h"

#include <gtest/gtest.h>

#include "data/column_builder.h"

namespace millrace::app::client {
namespace {

Batch TwoRows() {
  ColumnBuilder names(DataType::String());
  names.AppendString("ABC");
  names.AppendString("a text that is longer than thirty columns");
  ColumnBuilder amounts(DataType::Of(TypeKind::kInt));
  amounts.Append<int32_t>(42);
  amounts.AppendNull();
  return {.num_rows = 2, .columns = {names.Finish(), amounts.Finish()}};
}

const Schema kSchema = {{{"store_id", DataType::String()}, {"total", DataType::Of(TypeKind::kInt)}}};

TEST(StreamingTableau, DrawsFlinksBox) {
  std::string out;
  StreamingTableau tableau(kSchema, {}, [&](std::string_view text) { out += text; });
  tableau.Begin();
  tableau.Rows(TwoRows());
  tableau.End(false, 0.123);
  EXPECT_EQ(out,
            "+----+--------------------------------+-------------+\n"
            "| op |                       store_id |       total |\n"
            "+----+--------------------------------+-------------+\n"
            "| +I |                            ABC |          42 |\n"
            "| +I | a text that is longer than ... |      <NULL> |\n"
            "+----+--------------------------------+-------------+\n"
            "Received a total of 2 rows (0.12 seconds)\n");
}

TEST(StreamingTableau, CancelledWithoutRowsHasNoClosingBorder) {
  std::string out;
  StreamingTableau tableau(kSchema, {.print_time_cost = false}, [&](std::string_view text) { out += text; });
  tableau.End(true, 1);
  EXPECT_EQ(out, "Query terminated, received a total of 0 row\n");
}

TEST(RenderTable, WidthsFollowTheContent) {
  EXPECT_EQ(RenderTable({"table name"}, {{"SALES"}, {"日本"}}, 1000, std::nullopt),
            "+------------+\n"
            "| table name |\n"
            "+------------+\n"
            "|      SALES |\n"
            "|       日本 |\n"
            "+------------+\n"
            "2 rows in set\n");
  EXPECT_EQ(RenderTable({"x"}, {}, 30, std::nullopt), "Empty set\n");
}

}  // namespace
}  // namespace millrace::app::client
