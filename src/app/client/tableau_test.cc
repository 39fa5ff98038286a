#include "app/client/tableau.h"

#include <gtest/gtest.h>

namespace millrace::app::client {
namespace {

std::vector<ResultRow> TwoRows() {
  return {{RowKind::kInsert, {"ABC", "42"}},
          {RowKind::kUpdateAfter, {"a text that is longer than thirty columns", std::nullopt}}};
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
            "| +U | a text that is longer than ... |      <NULL> |\n"
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
  EXPECT_EQ(RenderTable({{{"table name", DataType::String(), ""}}}, {{"SALES"}, {"日本"}}, 1000, std::nullopt),
            "+------------+\n"
            "| table name |\n"
            "+------------+\n"
            "|      SALES |\n"
            "|       日本 |\n"
            "+------------+\n"
            "2 rows in set\n");
  EXPECT_EQ(RenderTable(kSchema, {}, 30, std::nullopt), "Empty set\n");
}

}  // namespace
}  // namespace millrace::app::client
