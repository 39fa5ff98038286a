// Avro data as JSON for people, and back.
#include "formats/avro/avro_json.h"

#include <gtest/gtest.h>

namespace millrace::formats {
namespace {

codec::avro::Schema Parse(std::string_view text) {
  auto schema = codec::avro::Schema::Parse(text);
  EXPECT_TRUE(schema.ok()) << schema.error().ToString();
  return *std::move(schema);
}

// JSON -> Avro -> JSON.
std::string Through(std::string_view schema_text, std::string_view json) {
  const auto schema = Parse(schema_text);
  const auto bytes = JsonToAvro(schema, *codec::ParseJson(json));
  if (!bytes.ok()) return bytes.error().ToString();
  const auto back = AvroToJson(schema, *bytes);
  return back.ok() ? back->ToString() : back.error().ToString();
}

constexpr std::string_view kOrder = R"({"type":"record","name":"Order","fields":[
  {"name":"id","type":"long"},
  {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}},
  {"name":"day","type":{"type":"int","logicalType":"date"}},
  {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
  {"name":"status","type":{"type":"enum","name":"Status","symbols":["OPEN","DONE"]},"default":"OPEN"},
  {"name":"note","type":["null","string"],"default":null},
  {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[
     {"name":"sku","type":"string"},{"name":"count","type":"int"}]}},"default":[]}]})";

TEST(AvroJson, RecordsComeBackAsTheyWere) {
  EXPECT_EQ(Through(kOrder, R"({"id":7,"price":"-12.50","day":"2026-01-31","at":"2026-01-31T12:00:00.250Z",
                               "status":"DONE","note":"n","lines":[{"sku":"a","count":2}]})"),
            R"({"id":7,"price":"-12.50","day":"2026-01-31","at":"2026-01-31T12:00:00.250Z",)"
            R"("status":"DONE","note":"n","lines":[{"sku":"a","count":2}]})");
}

TEST(AvroJson, TakesNumbersDigitsAndDefaults) {
  EXPECT_EQ(Through(kOrder, R"({"id":"9007199254740993","price":3,"day":0,"at":-1})"),
            R"({"id":9007199254740993,"price":"3.00","day":"1970-01-01","at":"1969-12-31T23:59:59.999Z",)"
            R"("status":"OPEN","note":null,"lines":[]})");
}

TEST(AvroJson, ErrorsNameThePlace) {
  const std::string start = R"({"id":1,"price":1,"day":0,"at":0,)";
  EXPECT_EQ(Through(kOrder, R"({"id":1})"), "price: is missing and has no default");
  EXPECT_EQ(Through(kOrder, R"({"id":true})"), "id: expected long, found true");
  EXPECT_EQ(Through(kOrder, start + R"("lines":[{"sku":"a","count":1},{"sku":"b","count":3000000000}]})"),
            "lines[1].count: 3000000000 is out of the range of int");
  EXPECT_EQ(Through(kOrder, start + R"("statsu":"OPEN"})"),
            "The value record Order has no field 'statsu'. Did you mean 'status'?");
  EXPECT_EQ(Through(kOrder, start + R"("status":"GONE"})"),
            "status: enum Status has no symbol 'GONE'; it takes OPEN, DONE");
  EXPECT_EQ(Through(kOrder, start + R"("note":5})"), "note: expected string, found 5");
  EXPECT_EQ(Through(kOrder, R"({"id":1,"price":"x"})"), "price: expected decimal(10, 2), found \"x\"");
  EXPECT_EQ(Through(kOrder, R"({"id":1,"price":1,"day":"31.1.26"})"),
            "day: expected date as YYYY-MM-DD, found \"31.1.26\"");
}

TEST(AvroJson, UnionsChooseTheBranchThatFits) {
  const std::string_view schema =
      R"(["null","int","string",{"type":"record","name":"a.R","fields":[{"name":"x","type":"int"}]}])";
  for (const char* json : {"null", "5", "\"five\"", R"({"x":1})"}) EXPECT_EQ(Through(schema, json), json);
  EXPECT_EQ(Through(schema, R"({"a.R":{"x":2}})"), R"({"x":2})");
  EXPECT_EQ(Through(schema, "true"), "The value expected one of null, int, string, record R, found true");
  EXPECT_EQ(Through(schema, R"({"x":"no"})"),
            R"(The value expected one of null, int, string, record R, found {"x":"no"})");
}

TEST(AvroJson, BytesFixedMapsAndFloats) {
  EXPECT_EQ(Through(R"("bytes")", R"({"hex":"00ff"})"), "\"AP8=\"");
  EXPECT_EQ(Through(R"("bytes")", R"({"hex":"0"})"), "The value \"hex\" must hold pairs of hexadecimal digits");
  const std::string_view fixed = R"({"type":"fixed","name":"F","size":3})";
  EXPECT_EQ(Through(fixed, R"("abc")"), "\"abc\"");
  EXPECT_EQ(Through(fixed, R"("ab")"), "The value fixed F has 3 bytes, found 2");
  EXPECT_EQ(Through(R"({"type":"map","values":"double"})", R"({"a":1.5,"b":"2"})"), R"({"a":1.5,"b":2.0})");
  EXPECT_EQ(Through(R"({"type":"map","values":"double"})", R"({"a":[]})"), "['a']: expected double, found []");
  const std::string_view uuid = R"({"type":"string","logicalType":"uuid"})";
  EXPECT_EQ(Through(uuid, R"("123e4567-e89b-12d3-a456-426614174000")"), "\"123e4567-e89b-12d3-a456-426614174000\"");
  EXPECT_EQ(Through(uuid, R"("123")"), "expected UUID, found \"123\"");
}

}  // namespace
}  // namespace millrace::formats
