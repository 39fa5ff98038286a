#include "app/client/raw_fields.h"

#include <gtest/gtest.h>

namespace millrace::app::client {
namespace {

TEST(RawFields, KeepTheirDigitsAndLoseTheirBlanks) {
  EXPECT_EQ(RawFields(R"({"resultType":"PAYLOAD","results":{"columns":[{"name":"data","logicalType":{}}],"data":[
                {"kind":"INSERT","fields":[12345678901234567890.10, "a \"b\\", null, [1, {"k" : "]}"}]]},
                {"fields" : [], "kind":"DELETE"}]},"nextResultUri":"/x"})"),
            (std::vector<Cells>{{"12345678901234567890.10", R"("a \"b\\")", "null", R"([1,{"k":"]}"}])"}, {}}));
}

TEST(RawFields, APageWithoutRows) {
  EXPECT_TRUE(RawFields(R"({"resultType":"NOT_READY","nextResultUri":"/x"})").empty());
  EXPECT_TRUE(RawFields(R"({"results":{"columns":[],"data":[]}})").empty());
  EXPECT_TRUE(RawFields(R"({"results":null})").empty());
}

}  // namespace
}  // namespace millrace::app::client
