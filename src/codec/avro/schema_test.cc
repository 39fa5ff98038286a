#include "codec/avro/schema.h"

#include <gtest/gtest.h>

namespace millrace::codec::avro {
namespace {

std::string Print(std::string_view text, bool validate = true) {
  auto schema = Schema::Parse(text, {.validate_defaults = validate});
  return schema.ok() ? schema->ToString() : "error: " + schema.error().message;
}

// Expected texts are what Avro-Java 1.11.3 prints.
TEST(AvroSchema, PrintsAttributesInAvroJavasOrder) {
  EXPECT_EQ(
      Print(
          R"({"fields":[{"aliases":["old"],"default":7,"x":1,"order":"descending","doc":"fd","type":"int","name":"f"}],
                      "aliases":["n.Was","o.Other"],"custom":[1],"doc":"d","namespace":"n","name":"R","type":"record"})"),
      R"({"type":"record","name":"R","namespace":"n","doc":"d","fields":[{"name":"f","type":"int","doc":"fd","default":7,)"
      R"("order":"descending","aliases":["old"],"x":1}],"custom":[1],"aliases":["Was","o.Other"]})");
}

TEST(AvroSchema, PrintsTheSalesSchemaUnchanged) {
  const char* text =
      R"({"type":"record","name":"record","namespace":"org.apache.flink.avro.generated","fields":[{"name":"store_id","type":"string"},{"name":"window_start","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"default":null},{"name":"window_end","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"default":null},{"name":"aggregated_sales","type":["null","int"],"default":null}]})";
  EXPECT_EQ(Print(text), text);
}

TEST(AvroSchema, NamespacesAreShownWhereTheyChange) {
  EXPECT_EQ(
      Print(R"({"type":"record","name":"a.b.R","fields":[
      {"name":"x","type":{"type":"fixed","name":"F","size":2}},
      {"name":"y","type":{"type":"enum","name":"other.E","symbols":["A"]}},
      {"name":"z","type":{"type":"record","name":"N","namespace":"","fields":[{"name":"r","type":"a.b.F"}]}},
      {"name":"u","type":["F","other.E","N","a.b.R"]}]})"),
      R"({"type":"record","name":"R","namespace":"a.b","fields":[{"name":"x","type":{"type":"fixed","name":"F","size":2}},)"
      R"({"name":"y","type":{"type":"enum","name":"E","namespace":"other","symbols":["A"]}},)"
      R"({"name":"z","type":{"type":"record","name":"N","namespace":"","fields":[{"name":"r","type":"a.b.F"}]}},)"
      R"({"name":"u","type":["F","other.E","N","R"]}]})");
}

TEST(AvroSchema, RecursiveTypesPrintByName) {
  EXPECT_EQ(
      Print(
          R"({"type":"record","name":"L","fields":[{"name":"v","type":"long"},{"name":"next","type":["null","L"]}]})"),
      R"({"type":"record","name":"L","fields":[{"name":"v","type":"long"},{"name":"next","type":["null","L"]}]})");
}

TEST(AvroSchema, PrimitivesWithAttributesStayObjects) {
  EXPECT_EQ(Print(R"({"type":"string"})"), R"("string")");
  EXPECT_EQ(Print(R"({"avro.java.string":"String","type":"string"})"),
            R"({"type":"string","avro.java.string":"String"})");
  EXPECT_EQ(Print(R"({"type":"array","items":{"type":"map","values":"int"},"p":{"q":1.0}})"),
            R"({"type":"array","items":{"type":"map","values":"int"},"p":{"q":1.0}})");
}

TEST(AvroSchema, LogicalTypesAreRecognisedOrIgnored) {
  const auto logical = [](std::string_view text) { return Schema::Parse(text)->root().logical; };
  EXPECT_EQ(logical(R"({"type":"int","logicalType":"date"})"), Logical::kDate);
  EXPECT_EQ(logical(R"({"type":"int","logicalType":"time-millis"})"), Logical::kTimeMillis);
  EXPECT_EQ(logical(R"({"type":"long","logicalType":"time-micros"})"), Logical::kTimeMicros);
  EXPECT_EQ(logical(R"({"type":"long","logicalType":"timestamp-millis"})"), Logical::kTimestampMillis);
  EXPECT_EQ(logical(R"({"type":"long","logicalType":"timestamp-micros"})"), Logical::kTimestampMicros);
  EXPECT_EQ(logical(R"({"type":"long","logicalType":"local-timestamp-millis"})"), Logical::kLocalTimestampMillis);
  EXPECT_EQ(logical(R"({"type":"long","logicalType":"local-timestamp-micros"})"), Logical::kLocalTimestampMicros);
  EXPECT_EQ(logical(R"({"type":"string","logicalType":"uuid"})"), Logical::kUuid);
  EXPECT_EQ(logical(R"({"type":"int","logicalType":"timestamp-millis"})"), Logical::kNone);
  EXPECT_EQ(logical(R"({"type":"string","logicalType":"mine"})"), Logical::kNone);
  const auto decimal = Schema::Parse(R"({"type":"bytes","logicalType":"decimal","precision":10,"scale":2})");
  EXPECT_EQ(decimal->root().logical, Logical::kDecimal);
  EXPECT_EQ(decimal->root().precision, 10);
  EXPECT_EQ(decimal->root().scale, 2);
  EXPECT_EQ(logical(R"({"type":"bytes","logicalType":"decimal","precision":2,"scale":3})"), Logical::kNone);
  EXPECT_EQ(logical(R"({"type":"fixed","name":"F","size":2,"logicalType":"decimal","precision":5})"), Logical::kNone);
  EXPECT_EQ(logical(R"({"type":"fixed","name":"F","size":2,"logicalType":"decimal","precision":4})"),
            Logical::kDecimal);
}

TEST(AvroSchema, ErrorsSayWhatAndWhere) {
  EXPECT_EQ(Print(R"({"type":"record","name":"a.R","fields":[{"name":"f","type":"Missing"}]})"),
            "error: \"Missing\" is not a defined name. The type of the \"f\" field must be a defined name or a "
            "{\"type\": ...} expression. (in field \"f\" of record \"a.R\")");
  EXPECT_EQ(
      Print(R"({"type":"record","name":"R","fields":[{"name":"f","type":"int","default":"x"}]})"),
      "error: Invalid default for field f: \"x\" (expected an int, found \"x\") (in field \"f\" of record \"R\")");
  EXPECT_EQ(Print(R"({"type":"record","name":"R"})"), R"(error: Record has no fields: {"type":"record","name":"R"})");
  EXPECT_EQ(Print(R"({"name":"R"})"), R"(error: No type: {"name":"R"})");
  EXPECT_EQ(Print(R"("strin")"), "error: Undefined name: \"strin\"");
  EXPECT_EQ(Print(R"([["int"]])"), R"(error: Nested union: [["int"]])");
  EXPECT_EQ(Print(R"(["int","int"])"), "error: Duplicate in union: int");
}

TEST(AvroSchema, RejectsBrokenSchemas) {
  for (const char* bad :
       {"",
        "{",
        "5",
        "null",
        "{}",
        R"({"type":"list"})",
        R"({"type":{"type":"int"}})",
        R"({"type":"record","name":"R","fields":[{"name":"f"}]})",
        R"({"type":"record","name":"R","fields":[{"type":"int"}]})",
        R"({"type":"record","name":"R","fields":[{"name":"f","type":"int"},{"name":"f","type":"int"}]})",
        R"({"type":"record","name":"1R","fields":[]})",
        R"({"type":"record","fields":[]})",
        R"({"type":"record","name":"R","fields":[{"name":"a b","type":"int"}]})",
        R"({"type":"record","name":"R","fields":[5]})",
        R"({"type":"record","name":"int","fields":[]})",
        R"({"type":"enum","name":"E"})",
        R"({"type":"enum","name":"E","symbols":["A","A"]})",
        R"({"type":"enum","name":"E","symbols":["a-b"]})",
        R"({"type":"enum","name":"E","symbols":["A"],"default":"B"})",
        R"({"type":"fixed","name":"F"})",
        R"({"type":"fixed","name":"F","size":-1})",
        R"({"type":"fixed","name":"F","size":99999999999})",
        R"({"type":"array"})",
        R"({"type":"map"})",
        R"({"type":"record","name":"R","fields":[{"name":"f","type":"int","order":"up"}]})",
        R"({"type":"record","name":"R","fields":[{"name":"f","type":"double","default":"x"}]})",
        R"({"type":"record","name":"R","aliases":"x","fields":[]})",
        R"(["null",{"type":"fixed","name":"F","size":1},{"type":"fixed","name":"F","size":2}])"}) {
    EXPECT_FALSE(Schema::Parse(bad, {.validate_defaults = true}).ok()) << bad;
  }
}

TEST(AvroSchema, DefaultsOfOldSchemasAreNotChecked) {
  EXPECT_EQ(Print(R"({"type":"record","name":"R","fields":[{"name":"f","type":"int","default":"x"}]})", false),
            R"({"type":"record","name":"R","fields":[{"name":"f","type":"int","default":"x"}]})");
}

TEST(AvroSchema, TextDefaultOfADoubleBecomesANumber) {
  EXPECT_EQ(Print(R"({"type":"record","name":"R","fields":[{"name":"f","type":"double","default":"1e3"}]})"),
            R"({"type":"record","name":"R","fields":[{"name":"f","type":"double","default":1000.0}]})");
}

TEST(AvroSchema, ReferencedTypesPrintByName) {
  ParseOptions options;
  options.references = {R"({"type":"record","name":"n.A","fields":[]})",
                        R"({"type":"record","name":"n.B","fields":[{"name":"a","type":"n.A"}]})"};
  const auto schema = Schema::Parse(
      R"({"type":"record","name":"C","namespace":"n","fields":[{"name":"b","type":"B"},{"name":"a","type":"n.A"}]})",
      options);
  ASSERT_TRUE(schema.ok()) << schema.error().message;
  EXPECT_EQ(
      schema->ToString(),
      R"({"type":"record","name":"C","namespace":"n","fields":[{"name":"b","type":"B"},{"name":"a","type":"A"}]})");
  EXPECT_EQ(schema->root().fields[0].type->fields[0].name, "a");
}

TEST(AvroSchema, CopiesShareTypesAndOutliveTheOriginal) {
  auto schema = std::make_unique<Schema>(*Schema::Parse(R"({"type":"array","items":"int"})"));
  const Schema copy = *schema;
  schema.reset();
  EXPECT_EQ(copy.root().element().kind, Kind::kInt);
}

TEST(AvroSchema, BuilderMakesWhatTheParserMakes) {
  SchemaBuilder b;
  std::vector<SchemaField> fields(2);
  fields[0].name = "d";
  fields[0].type = b.WithLogical(Kind::kBytes, Logical::kDecimal, 10, 2);
  fields[1].name = "tags";
  fields[1].type = b.Union({b.Primitive(Kind::kNull), b.Array(b.Map(b.Primitive(Kind::kString)))});
  fields[1].default_value = Json();
  const Type* root = b.Record("record", "org.apache.flink.avro.generated", std::move(fields));
  const std::string text = std::move(b).Finish(root).ToString();
  EXPECT_EQ(
      text,
      R"({"type":"record","name":"record","namespace":"org.apache.flink.avro.generated","fields":[{"name":"d","type":)"
      R"({"type":"bytes","logicalType":"decimal","precision":10,"scale":2}},{"name":"tags","type":["null",)"
      R"({"type":"array","items":{"type":"map","values":"string"}}],"default":null}]})");
  EXPECT_EQ(Print(text), text);
}

TEST(AvroSchema, DefaultThatCallsForItselfIsRefused) {
  const auto schema = Schema::Parse(R"({"type":"record","name":"R","fields":[{"name":"r","type":"R","default":{}}]})");
  ASSERT_TRUE(schema.ok());
  EXPECT_NE(CheckDefault(schema->root(), Json::MakeObject()).find("the default never ends"), std::string::npos);
}

}  // namespace
}  // namespace millrace::codec::avro
