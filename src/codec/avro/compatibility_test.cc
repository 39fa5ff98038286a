#include "codec/avro/compatibility.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace millrace::codec::avro {
namespace {

// Type, place and message of every problem, e.g. "TYPE_MISMATCH /fields/0/type reader type: ...". Answers were compared
// with those of Avro-Java 1.11.3.
std::string Check(std::string_view reader, std::string_view writer) {
  const auto r = Schema::Parse(reader);
  const auto w = Schema::Parse(writer);
  if (!r.ok()) return "bad reader: " + r.error().message;
  if (!w.ok()) return "bad writer: " + w.error().message;
  std::vector<std::string> lines;
  for (const Incompatibility& problem : CheckReaderWriter(*r, *w)) {
    const std::string text = FormatIncompatibility(problem, "new", "old");
    const size_t quote = text.find('\'');
    lines.push_back(text.substr(quote + 1, text.find('\'', quote + 1) - quote - 1) + " " + problem.location + " " +
                    problem.message);
  }
  return Join(lines, "; ");
}

struct Pair {
  const char* what;
  const char* reader;
  const char* writer;
  const char* problems;  // "" = compatible
};

#define REC(fields) R"({"type":"record","name":"R","fields":[)" fields "]}"
#define F(name, type) R"({"name":")" name R"(","type":)" type "}"
#define FD(name, type, value) R"({"name":")" name R"(","type":)" type R"(,"default":)" value "}"
#define ENUM(symbols) R"({"type":"enum","name":"E","symbols":)" symbols "}"

const Pair kPairs[] = {
    {"same", R"("int")", R"("int")", ""},
    {"int to long", R"("long")", R"("int")", ""},
    {"int to float", R"("float")", R"("int")", ""},
    {"int to double", R"("double")", R"("int")", ""},
    {"long to float", R"("float")", R"("long")", ""},
    {"long to double", R"("double")", R"("long")", ""},
    {"float to double", R"("double")", R"("float")", ""},
    {"string to bytes", R"("bytes")", R"("string")", ""},
    {"bytes to string", R"("string")", R"("bytes")", ""},
    {"long to int", R"("int")", R"("long")", "TYPE_MISMATCH / reader type: INT not compatible with writer type: LONG"},
    {"double to float", R"("float")", R"("double")",
     "TYPE_MISMATCH / reader type: FLOAT not compatible with writer type: DOUBLE"},
    {"double to long", R"("long")", R"("double")",
     "TYPE_MISMATCH / reader type: LONG not compatible with writer type: DOUBLE"},
    {"boolean to int", R"("int")", R"("boolean")",
     "TYPE_MISMATCH / reader type: INT not compatible with writer type: BOOLEAN"},
    {"int to string", R"("string")", R"("int")",
     "TYPE_MISMATCH / reader type: STRING not compatible with writer type: INT"},
    {"null to int", R"("int")", R"("null")", "TYPE_MISMATCH / reader type: INT not compatible with writer type: NULL"},
    {"logical types do not count", R"({"type":"long","logicalType":"timestamp-micros"})", R"("long")", ""},
    {"array of promotable", R"({"type":"array","items":"long"})", R"({"type":"array","items":"int"})", ""},
    {"array of other", R"({"type":"array","items":"int"})", R"({"type":"array","items":"string"})",
     "TYPE_MISMATCH /items reader type: INT not compatible with writer type: STRING"},
    {"map of other", R"({"type":"map","values":"int"})", R"({"type":"map","values":"long"})",
     "TYPE_MISMATCH /values reader type: INT not compatible with writer type: LONG"},
    {"array and map", R"({"type":"array","items":"int"})", R"({"type":"map","values":"int"})",
     "TYPE_MISMATCH / reader type: ARRAY not compatible with writer type: MAP"},
    {"field added with default", REC(F("a", R"("int")") "," FD("b", R"("int")", "0")), REC(F("a", R"("int")")), ""},
    {"field added without default", REC(F("a", R"("int")") "," F("b", R"("int")")), REC(F("a", R"("int")")),
     "READER_FIELD_MISSING_DEFAULT_VALUE /fields/1 b"},
    {"null is a default", REC(FD("b", R"(["null","int"])", "null")), REC(""), ""},
    {"nullable without default", REC(F("b", R"(["null","int"])")), REC(""),
     "READER_FIELD_MISSING_DEFAULT_VALUE /fields/0 b"},
    {"field removed", REC(F("a", R"("int")")), REC(F("a", R"("int")") "," F("b", R"("int")")), ""},
    {"field promoted", REC(F("a", R"("double")")), REC(F("a", R"("int")")), ""},
    {"two fields wrong", REC(F("a", R"("int")") "," F("b", R"("int")")),
     REC(F("a", R"("string")") "," F("b", R"("long")")),
     "TYPE_MISMATCH /fields/0/type reader type: INT not compatible with writer type: STRING; "
     "TYPE_MISMATCH /fields/1/type reader type: INT not compatible with writer type: LONG"},
    {"fields in another order", REC(F("a", R"("int")") "," F("b", R"("string")")),
     REC(F("b", R"("string")") "," F("a", R"("int")")), ""},
    {"field renamed by alias", REC(R"({"name":"b","type":"int","aliases":["a"]})"), REC(F("a", R"("int")")), ""},
    {"record renamed", R"({"type":"record","name":"S","fields":[]})", REC(""), "NAME_MISMATCH /name expected: R"},
    {"record renamed by alias", R"({"type":"record","name":"S","aliases":["R"],"fields":[]})", REC(""), ""},
    {"record in another namespace", R"({"type":"record","name":"R","namespace":"x","fields":[]})", REC(""), ""},
    {"enum symbol added", ENUM(R"(["A","B"])"), ENUM(R"(["A"])"), ""},
    {"enum symbols removed", ENUM(R"(["A"])"), ENUM(R"(["C","A","B"])"), "MISSING_ENUM_SYMBOLS /symbols [B, C]"},
    {"enum symbol removed with default", R"({"type":"enum","name":"E","symbols":["A"],"default":"A"})",
     ENUM(R"(["A","B"])"), ""},
    {"enum to string", R"("string")", ENUM(R"(["A"])"),
     "TYPE_MISMATCH / reader type: STRING not compatible with writer type: ENUM"},
    {"fixed of another size", R"({"type":"fixed","name":"F","size":2})", R"({"type":"fixed","name":"F","size":4})",
     "FIXED_SIZE_MISMATCH /size expected: 4, found: 2"},
    {"fixed of another name", R"({"type":"fixed","name":"G","size":4})", R"({"type":"fixed","name":"F","size":4})",
     "NAME_MISMATCH /name expected: F"},
    {"widened to a union", R"(["null","int"])", R"("int")", ""},
    {"union branch promoted", R"(["null","long"])", R"("int")", ""},
    {"union without that branch", R"(["null","int"])", R"("string")",
     "MISSING_UNION_BRANCH / reader union lacking writer type: STRING"},
    {"union branch added", R"(["null","int","string"])", R"(["null","int"])", ""},
    {"union branch removed", R"(["null","int"])", R"(["null","string","int"])",
     "MISSING_UNION_BRANCH /1 reader union lacking writer type: STRING"},
    {"union narrowed to its one branch", R"("int")", R"(["int"])", ""},
    {"union narrowed", R"("int")", R"(["null","int"])",
     "TYPE_MISMATCH / reader type: INT not compatible with writer type: NULL"},
    {"union in a field", REC(F("a", R"(["null","int"])")), REC(F("a", R"(["null","string"])")),
     "MISSING_UNION_BRANCH /fields/0/type/1 reader union lacking writer type: STRING"},
    {"recursive, same", REC(F("n", R"(["null","R"])")), REC(F("n", R"(["null","R"])")), ""},
    {"recursive, wrong inside", REC(F("v", R"("int")") "," F("n", R"({"type":"array","items":"R"})")),
     REC(F("v", R"("string")") "," F("n", R"({"type":"array","items":"R"})")),
     "TYPE_MISMATCH /fields/0/type reader type: INT not compatible with writer type: STRING"},
    {"nested place", REC(F("r", R"({"type":"record","name":"N","fields":[{"name":"x","type":"int"}]})")),
     REC(F("r", R"({"type":"record","name":"N","fields":[{"name":"x","type":"bytes"}]})")),
     "TYPE_MISMATCH /fields/0/type/fields/0/type reader type: INT not compatible with writer type: BYTES"},
};

TEST(AvroCompatibility, KnownPairs) {
  for (const Pair& pair : kPairs) EXPECT_EQ(Check(pair.reader, pair.writer), pair.problems) << pair.what;
}

TEST(AvroCompatibility, LinesReadAsConfluentWritesThem) {
  EXPECT_EQ(
      FormatIncompatibility({Incompatibility::Kind::kReaderFieldMissingDefaultValue, "f2", "/fields/1"}, "new", "old"),
      "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'f2' at path '/fields/1' in the new "
      "schema "
      "has no default value and is missing in the old schema', additionalInfo:'f2'}");
  EXPECT_EQ(FormatIncompatibility({Incompatibility::Kind::kMissingEnumSymbols, "[FEMALE]", "/fields/2/type/symbols"},
                                  "new", "old"),
            "{errorType:'MISSING_ENUM_SYMBOLS', description:'The new schema is missing enum symbols '[FEMALE]' at path "
            "'/fields/2/type/symbols' in the old schema', additionalInfo:'[FEMALE]'}");
  EXPECT_EQ(
      FormatIncompatibility({Incompatibility::Kind::kTypeMismatch,
                             "reader type: STRING not compatible with writer type: INT", "/fields/3/type"},
                            "old", "new"),
      "{errorType:'TYPE_MISMATCH', description:'The type (path '/fields/3/type') of a field in the old schema does not "
      "match with the new schema', additionalInfo:'reader type: STRING not compatible with writer type: INT'}");
}

}  // namespace
}  // namespace millrace::codec::avro
