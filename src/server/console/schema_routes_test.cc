// Schemas and what becomes of changes to them.
#include "server/console/console_test_fixture.h"

namespace millrace::server::console {
namespace {

using codec::Json;

TEST_F(ConsoleTest, SchemasHaveVersionsLevelsAndReasons) {
  CreateTopic("sales");
  Register("sales-value", kSale);
  const std::string bad = R"({"type":"record","name":"Sale","fields":[{"name":"store","type":"int"},)"
                          R"({"name":"region","type":"string"}]})";
  const auto check = [&](const std::string& schema) {
    Json body = Json::MakeObject();
    return Call("POST", "/api/schemas/sales-value/check", body.Set("schema", schema).ToString());
  };
  EXPECT_EQ(check(kSale), R"(200 {"compatible":true,"messages":[],"level":"BACKWARD"})");
  EXPECT_EQ(check(bad),
            R"(200 {"compatible":false,"messages":[{"text":"The new schema cannot read data of version 1: )"
            R"(reader type: INT not compatible with writer type: STRING.","path":"/fields/0/type"},{"text":)"
            R"("The new schema cannot read data of version 1: the reader's field 'region' is missing in that data )"
            R"(and has no default.","path":"/fields/1"}],"level":"BACKWARD"})");
  EXPECT_EQ(Send("POST", "/api/schemas/sales-value/check", R"({"schema":"{\"type\":\"nothing\"}"})").status, 400);
  Json body = Json::MakeObject();
  EXPECT_EQ(Send("POST", "/api/schemas/sales-value", body.Set("schema", bad).ToString()).status, 409);

  EXPECT_EQ(Call("PUT", "/api/schemas/sales-value/compatibility", R"({"level":"NONE"})"), R"(200 {"level":"NONE"})");
  EXPECT_EQ(Send("PUT", "/api/schemas/sales-value/compatibility", R"({"level":"SOME"})").status, 400);
  Register("sales-value", bad);
  const Json list = Get("/api/schemas");
  EXPECT_EQ(list.Find("subjects")->ToString(),
            R"([{"subject":"sales-value","id":2,"version":2,"type":"AVRO","versions":2,"compatibility":"NONE",)"
            R"("topics":["sales"],"tables":[]}])");
  EXPECT_EQ(*list.FindString("compatibility"), "BACKWARD");
  const Json subject = Get("/api/schemas/sales-value");
  EXPECT_EQ(Pick(*subject.Find("versions"), "version"), "1,2");
  EXPECT_EQ(*subject.Find("versions")->items()[0].FindString("schema"), kSale);
  EXPECT_EQ(Get("/api/topics/sales").Find("value_schema")->ToString(),
            R"({"subject":"sales-value","id":2,"version":2,"type":"AVRO"})");

  EXPECT_EQ(Call("DELETE", "/api/schemas/sales-value/versions/1"), "200 {}");
  EXPECT_EQ(Send("DELETE", "/api/schemas/sales-value/versions/1").status, 404);
  EXPECT_EQ(Send("DELETE", "/api/schemas/sales-value/versions/x").status, 400);
  EXPECT_EQ(Call("DELETE", "/api/schemas/sales-value"), "200 {}");
  EXPECT_EQ(Send("GET", "/api/schemas/sales-value").status, 404);
}

TEST_F(ConsoleTest, SubjectsKnowWhatRefersToThem) {
  Register("base", R"({"type":"record","name":"Base","fields":[]})");
  EXPECT_EQ(
      Send("POST", "/api/schemas/user",
           R"({"schema":"{\"type\":\"record\",\"name\":\"User\",\"fields\":[{\"name\":\"b\",\"type\":\"Base\"}]}",)"
           R"("references":[{"name":"Base","subject":"base","version":1}]})")
          .status,
      201);
  EXPECT_EQ(Get("/api/schemas/base").Find("referenced_by")->ToString(), R"(["user"])");
  EXPECT_EQ(Send("DELETE", "/api/schemas/base/versions/1").status, 409);
}

}  // namespace
}  // namespace millrace::server::console
