#include "app/client/json_output.h"

#include <gtest/gtest.h>

namespace millrace::app::client {
namespace {

const Schema kSchema = {{{"store \"id\"", DataType::String()}, {"total", DataType::Of(TypeKind::kInt)}}};

TEST(JsonOutput, RowsAndChanges) {
  EXPECT_EQ(JsonRows(kSchema, {{R"("ABC")", "42"}, {std::nullopt, "1"}}), R"({"row":{"store \"id\"":"ABC","total":42}})"
                                                                          "\n"
                                                                          R"({"row":{"store \"id\"":null,"total":1}})"
                                                                          "\n");
  EXPECT_EQ(JsonChanges(kSchema, {{RowKind::kUpdateBefore, {R"("ABC")", "42"}}}),
            R"({"op":"-U","row":{"store \"id\"":"ABC","total":42}})"
            "\n");
  EXPECT_EQ(JsonRows(kSchema, {}), "");
}

TEST(JsonOutput, TextsStayOnOneLine) { EXPECT_EQ(JsonLine("text", "a\nb"), "{\"text\":\"a\\nb\"}\n"); }

TEST(JsonOutput, AnErrorSaysWhatIsKnown) {
  EXPECT_EQ(JsonError(UserError("It broke.")), "{\"error\":{\"message\":\"It broke.\"}}\n");
  EXPECT_EQ(JsonError(ValidationError("No 'a'.").WithSpan({.line = 1, .column = 8}).WithHint("Did you mean 'b'?")),
            R"({"error":{"class":"org.apache.flink.table.api.ValidationException","message":"No 'a'.",)"
            R"("line":1,"column":8,"hint":"Did you mean 'b'?"}})"
            "\n");
}

}  // namespace
}  // namespace millrace::app::client
