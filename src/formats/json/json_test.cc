#include "formats/json/json_format.h"

#include "formats/json/json_text.h"
#include "formats/test_rows.h"

namespace millrace::formats {
namespace {

const DataType kInt = DataType::Of(TypeKind::kInt);
const DataType kBigInt = DataType::Of(TypeKind::kBigInt);
const DataType kString = DataType::String();

// One value of one column `v`, as text; the error or "(skipped)" if there is no row.
std::string One(const DataType& type, const std::string& json, const OptionMap& options = {}) {
  const Decoded decoded = Decode(JsonFormat(), {{"v", type, ""}}, options, {R"({"v":)" + json + "}"});
  if (!decoded.errors.empty()) return decoded.errors[0];
  return decoded.rows.empty() ? "(skipped)" : decoded.rows[0].substr(5);
}

std::string Write(const DataType& type, const Value& value, const OptionMap& options = {}) {
  const auto out = Encode(JsonFormat(), {{"v", type, ""}}, options, {{value}});
  return out.size() == 1 ? out[0] : "(nothing)";
}

bool IsError(const std::string& text) { return text.find("Failed to deserialize JSON") != std::string::npos; }

TEST(JsonDecode, FieldsByNameInAnyOrder) {
  const std::vector<Field> fields = {{"a", kInt, ""}, {"b", kString, ""}};
  const Decoded decoded =
      Decode(JsonFormat(), fields, {},
             {R"({"a":1,"b":"x"})", R"( {"b":"y", "a":2, "c":[1,{"d":2}]} )", R"({})", R"({"A":5,"b":null})"});
  EXPECT_EQ(decoded.rows,
            (std::vector<std::string>{"+I | 1 | x", "+I | 2 | y", "+I | NULL | NULL", "+I | NULL | NULL"}));
  EXPECT_TRUE(decoded.errors.empty());
  EXPECT_TRUE(decoded.row_of.empty());
}

TEST(JsonDecode, OfARepeatedFieldTheLastCounts) {
  const std::vector<Field> fields = {{"a", kInt, ""}, {"b", kInt, ""}};
  EXPECT_EQ(Decode(JsonFormat(), fields, {}, {R"({"a":1,"b":2,"a":3})"}).rows[0], "+I | 3 | 2");
}

TEST(JsonDecode, EscapedNamesMatch) {
  EXPECT_EQ(Decode(JsonFormat(), {{"a\"b", kInt, ""}}, {}, {R"({"a\"b":1})"}).rows[0], "+I | 1");
  EXPECT_EQ(Decode(JsonFormat(), {{"ab", kInt, ""}}, {}, {R"({"\u0061b":1})"}).rows[0], "+I | 1");
}

TEST(JsonDecode, Integers) {
  EXPECT_EQ(One(kInt, "42"), "42");
  EXPECT_EQ(One(kInt, "\" -7 \""), "-7");
  EXPECT_EQ(One(kInt, "\"+7\""), "7");
  EXPECT_EQ(One(kInt, "12.9"), "12");
  EXPECT_EQ(One(kInt, "1e3"), "1000");
  EXPECT_EQ(One(kBigInt, "-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(One(DataType::Of(TypeKind::kTinyInt), "127"), "127");
  EXPECT_TRUE(IsError(One(kInt, "2147483648")));
  EXPECT_TRUE(IsError(One(DataType::Of(TypeKind::kTinyInt), "128")));
  EXPECT_TRUE(IsError(One(DataType::Of(TypeKind::kTinyInt), "1.5")));
  EXPECT_TRUE(IsError(One(kInt, "\"\"")));
  EXPECT_TRUE(IsError(One(kInt, "true")));
  EXPECT_TRUE(IsError(One(kInt, "{}")));
}

TEST(JsonDecode, BooleansAndReals) {
  const DataType boolean = DataType::Of(TypeKind::kBoolean);
  EXPECT_EQ(One(boolean, "true"), "TRUE");
  EXPECT_EQ(One(boolean, "\" TRUE \""), "TRUE");
  EXPECT_EQ(One(boolean, "\"yes\""), "FALSE");
  EXPECT_EQ(One(boolean, "1"), "FALSE");
  EXPECT_EQ(One(DataType::Of(TypeKind::kDouble), "1.5"), "1.5");
  EXPECT_EQ(One(DataType::Of(TypeKind::kDouble), "\"NaN\""), "NaN");
  EXPECT_EQ(One(DataType::Of(TypeKind::kFloat), "\"-1e2\""), "-100.0");
  EXPECT_TRUE(IsError(One(DataType::Of(TypeKind::kDouble), "\"abc\"")));
}

TEST(JsonDecode, Decimals) {
  EXPECT_EQ(One(DataType::Decimal(5, 2), "12.345"), "12.35");
  EXPECT_EQ(One(DataType::Decimal(5, 2), "\"1.5\""), "1.50");
  EXPECT_EQ(One(DataType::Decimal(5, 2), "12345"), "NULL") << "overflow is NULL";
  EXPECT_EQ(One(DataType::Decimal(10, 0), "1e3"), "1000");
  EXPECT_TRUE(IsError(One(DataType::Decimal(5, 2), "\"x\"")));
}

TEST(JsonDecode, StringsKeepTheTextOfOtherValues) {
  EXPECT_EQ(One(kString, R"("a\n\"\u00e4")"), "a\n\"ä");
  EXPECT_EQ(One(kString, "1.10"), "1.10");
  EXPECT_EQ(One(kString, "true"), "true");
  EXPECT_EQ(One(kString, R"({ "a" : [1, "x y"] })"), R"({"a":[1,"x y"]})");
  EXPECT_EQ(One(kString, R"([ ])"), "[]");
}

TEST(JsonDecode, DatesAndTimes) {
  EXPECT_EQ(One(DataType::Of(TypeKind::kDate), "\"2020-02-29\""), "2020-02-29");
  EXPECT_TRUE(IsError(One(DataType::Of(TypeKind::kDate), "\"2021-02-29\"")));
  EXPECT_EQ(One(DataType::Of(TypeKind::kTime), "\"12:34:56.789\""), "12:34:56");
  EXPECT_EQ(One(DataType::TimestampOf(3), "\"2020-01-02 03:04:05.678\""), "2020-01-02 03:04:05.678");
  EXPECT_EQ(One(DataType::TimestampOf(9), "\"2020-01-02 03:04:05.123456789\""), "2020-01-02 03:04:05.123456789");
  EXPECT_TRUE(IsError(One(DataType::TimestampOf(3), "\"2020-01-02T03:04:05\"")));
  EXPECT_EQ(One(DataType::TimestampLtzOf(3), "\"2020-01-02 03:04:05Z\""), "2020-01-02 03:04:05.000");
  EXPECT_TRUE(IsError(One(DataType::TimestampLtzOf(3), "\"2020-01-02 03:04:05\"")));
  const OptionMap iso = {{"timestamp-format.standard", "ISO-8601"}};
  EXPECT_EQ(One(DataType::TimestampOf(3), "\"2020-01-02T03:04\"", iso), "2020-01-02 03:04:00.000");
  EXPECT_EQ(One(DataType::TimestampLtzOf(0), "\"2020-01-02T03:04:05Z\"", iso), "2020-01-02 03:04:05");
  EXPECT_TRUE(IsError(One(DataType::TimestampOf(3), "1577934245678")));
}

TEST(JsonDecode, BytesAreBase64) {
  EXPECT_EQ(One(DataType::Bytes(), "\"YWJj\""), "x'616263'");
  EXPECT_TRUE(IsError(One(DataType::Bytes(), "\"%%%\"")));
}

TEST(JsonDecode, NestedValues) {
  EXPECT_EQ(One(DataType::Array(kInt), "[1,null,3]"), "[1, NULL, 3]");
  EXPECT_EQ(One(DataType::Map(kString, kInt), R"({"a":1,"b":null})"), "{a=1, b=NULL}");
  EXPECT_EQ(One(DataType::Multiset(kString), R"({"a":2})"), "{a=2}");
  const DataType row = DataType::Row({{"x", kInt, ""}, {"y", DataType::Array(kString), ""}});
  EXPECT_EQ(One(row, R"({"y":["p","q"],"x":1,"z":0})"), "(1, [p, q])");
  EXPECT_EQ(One(row, "{}"), "(NULL, NULL)");
  EXPECT_TRUE(IsError(One(DataType::Array(kInt), "{}")));
  EXPECT_TRUE(IsError(One(row, "[1]")));
  EXPECT_TRUE(IsError(One(DataType::Map(kString, kInt), "[]")));
}

TEST(JsonDecode, NonStringMapKeysAreRefused) {
  const auto decoder = JsonFormat().make_decoder(ContextOf(JsonFormat(), {{"m", DataType::Map(kInt, kInt), ""}}));
  ASSERT_FALSE(decoder.ok());
  EXPECT_NE(decoder.error().message.find("JSON format doesn't support non-string as key type of map."),
            std::string::npos);
}

TEST(JsonDecode, BrokenDocuments) {
  const std::vector<Field> fields = {{"a", kInt, ""}};
  for (const char* text :
       {"", "x", "{", "{\"a\":1", "{\"a\" 1}", "{\"a\":}", "{\"a\":tru}", "{\"a\":01}", "[{\"a\":1}]", "1", "\"a\"",
        "null", "{\"a\":nul}", "{\"a\":1,}", "{\"b\":xx,\"a\":1}", "{\"a\":\"\xff\"}"}) {
    const Decoded decoded = Decode(JsonFormat(), fields, {}, {text});
    EXPECT_EQ(decoded.errors.size(), 1u) << text;
    EXPECT_TRUE(decoded.rows.empty()) << text;
    EXPECT_TRUE(Decode(JsonFormat(), fields, {{"ignore-parse-errors", "true"}}, {text}).rows.empty()) << text;
  }
  const Decoded decoded = Decode(JsonFormat(), fields, {}, {"x1"});
  EXPECT_EQ(decoded.errors[0], "0: Failed to deserialize JSON 'x1'. The record is no JSON object.");
}

TEST(JsonDecode, GoodRecordsAroundBadAndNullOnes) {
  const connect::FormatContext context = ContextOf(JsonFormat(), {{"a", kInt, ""}, {"b", kString, ""}});
  auto decoder = std::move(*JsonFormat().make_decoder(context));
  const std::vector<connect::ByteView> messages = {
      Bytes(R"({"a":1,"b":"x"})"), {}, Bytes(R"({"a":2,"b":{)"), Bytes(R"({"b":"y","a":"z"})"), Bytes(R"({"a":5})")};
  const Decoded decoded = DecodeAll(context, *decoder, messages);
  EXPECT_EQ(decoded.rows, (std::vector<std::string>{"+I | 1 | x", "+I | 5 | NULL"}));
  EXPECT_EQ(decoded.row_of, (std::vector<uint32_t>{0, 4}));
  ASSERT_EQ(decoded.errors.size(), 2u);
  EXPECT_EQ(decoded.errors[0].substr(0, 2), "2:");
  EXPECT_EQ(
      decoded.errors[1],
      "3: Failed to deserialize JSON '{\"b\":\"y\",\"a\":\"z\"}'. Fail to deserialize at field: a. 'z' is no INT.");
}

TEST(JsonDecode, ControlCharactersInStringsAreAccepted) { EXPECT_EQ(One(kString, "\"a\tb\nc\""), "a\tb\nc"); }

TEST(JsonDecode, ByteOrderMarkAndTrailingText) {
  const std::vector<Field> fields = {{"a", kInt, ""}};
  EXPECT_EQ(Decode(JsonFormat(), fields, {}, {"\xEF\xBB\xBF{\"a\":1}"}).rows.size(), 1u);
  EXPECT_EQ(Decode(JsonFormat(), fields, {}, {"{\"a\":1} {\"a\":2}"}).rows, (std::vector<std::string>{"+I | 1"}));
}

TEST(JsonDecode, IgnoreParseErrorsNullsTheDeepestField) {
  const OptionMap ignore = {{"ignore-parse-errors", "true"}};
  EXPECT_EQ(One(kInt, "\"x\"", ignore), "NULL");
  EXPECT_EQ(One(DataType::Array(kInt), "[1,\"x\",3]", ignore), "[1, NULL, 3]");
  const DataType row = DataType::Row({{"x", kInt, ""}, {"y", kInt, ""}});
  EXPECT_EQ(One(row, R"({"x":[1,2],"y":7})", ignore), "(NULL, 7)");
  EXPECT_EQ(One(DataType::Array(kInt), "{\"a\":[1,2]}", ignore), "NULL");
}

TEST(JsonDecode, FailOnMissingField) {
  const std::vector<Field> fields = {{"a", kInt, ""}, {"b", kInt, ""}};
  const Decoded decoded =
      Decode(JsonFormat(), fields, {{"fail-on-missing-field", "true"}}, {R"({"a":1})", R"({"a":1,"b":null})"});
  EXPECT_EQ(
      decoded.errors,
      (std::vector<std::string>{R"(0: Failed to deserialize JSON '{"a":1}'. Could not find field with name 'b'.)"}));
  EXPECT_EQ(decoded.rows.size(), 1u);
  const auto both = JsonFormat().make_decoder(
      ContextOf(JsonFormat(), fields, {{"fail-on-missing-field", "true"}, {"ignore-parse-errors", "true"}}));
  ASSERT_FALSE(both.ok());
  EXPECT_EQ(both.error().message, "fail-on-missing-field and ignore-parse-errors shouldn't both be true.");
}

TEST(JsonEncode, SpellsValuesAsFlinkDoes) {
  EXPECT_EQ(Write(kInt, int64_t{-5}), R"({"v":-5})");
  EXPECT_EQ(Write(kInt, {}), R"({"v":null})");
  EXPECT_EQ(Write(kInt, {}, {{"encode.ignore-null-fields", "true"}}), "{}");
  EXPECT_EQ(Write(DataType::Of(TypeKind::kDouble), 1e10), R"({"v":1.0E10})");
  EXPECT_EQ(Write(kString, "a\"\\\n\x1f/ä"), R"({"v":"a\"\\\n\u001F/ä"})");
  EXPECT_EQ(Write(DataType::Bytes(), "abc"), R"({"v":"YWJj"})");
  EXPECT_EQ(Write(DataType::Of(TypeKind::kTime), int64_t{45296000}), R"({"v":"12:34:56"})");
  EXPECT_EQ(Write(DataType::TimestampOf(3), int64_t{1577934245600}), R"({"v":"2020-01-02 03:04:05.6"})");
  EXPECT_EQ(Write(DataType::TimestampOf(3), int64_t{1577934245000}, {{"timestamp-format.standard", "ISO-8601"}}),
            R"({"v":"2020-01-02T03:04:05"})");
  EXPECT_EQ(Write(DataType::TimestampLtzOf(6), Timestamp{-1, 1000}), R"({"v":"1969-12-31 23:59:59.999001Z"})");
}

TEST(JsonEncode, DecimalsMayBeScientific) {
  EXPECT_EQ(Write(DataType::Decimal(12, 9), Int128{27}), R"({"v":2.7E-8})");
  EXPECT_EQ(Write(DataType::Decimal(12, 9), Int128{27}, {{"encode.decimal-as-plain-number", "true"}}),
            R"({"v":0.000000027})");
  EXPECT_EQ(Write(DataType::Decimal(10, 2), Int128{10000}), R"({"v":1E+2})");
  EXPECT_EQ(Write(DataType::Decimal(10, 2), Int128{10000}, {{"encode.decimal-as-plain-number", "true"}}),
            R"({"v":100})");
  EXPECT_EQ(Write(DataType::Decimal(10, 2), Int128{-1234}), R"({"v":-12.34})");
  EXPECT_EQ(Write(DataType::Decimal(10, 2), Int128{0}), R"({"v":0})");
}

TEST(JsonEncode, NullMapKeys) {
  const DataType map = DataType::Map(kString, kInt);
  const Value value = std::make_shared<const ValueList>(ValueList{{}, int64_t{1}, "b", int64_t{2}});
  const auto failing = EncodeAll(JsonFormat(), {{"v", map, ""}}, {}, BatchOf({{"v", map, ""}}, {{value}}));
  ASSERT_FALSE(failing.ok());
  EXPECT_EQ(failing.error().message, "JSON format doesn't support to serialize map data with null keys.");
  EXPECT_EQ(Write(map, value, {{"map-null-key.mode", "DROP"}}), R"({"v":{"b":2}})");
  EXPECT_EQ(Write(map, value, {{"map-null-key.mode", "LITERAL"}, {"map-null-key.literal", "nil"}}),
            R"({"v":{"nil":1,"b":2}})");
}

TEST(JsonRoundTrip, RandomRowsOfAllTypes) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    RandomRows random(seed);
    std::vector<Field> fields;
    for (size_t i = 0; i < 1 + random.Below(6); ++i) fields.push_back({"c" + std::to_string(i), random.Type(2), ""});
    std::vector<ValueList> rows;
    for (int r = 0; r < 20; ++r) {
      ValueList row;
      for (const Field& field : fields) row.push_back(random.Of(field.type));
      rows.push_back(std::move(row));
    }
    const OptionMap options = {{"timestamp-format.standard", seed % 2 == 0 ? "SQL" : "ISO-8601"}};
    const auto texts = Encode(JsonFormat(), fields, options, rows);
    const Decoded decoded = Decode(JsonFormat(), fields, options, texts);
    ASSERT_TRUE(decoded.errors.empty()) << decoded.errors[0];
    const Batch expected = BatchOf(fields, rows);
    ASSERT_EQ(decoded.rows.size(), rows.size());
    for (size_t r = 0; r < rows.size(); ++r) ASSERT_EQ(decoded.rows[r], FormatRow(expected, r)) << texts[r];
  }
}

TEST(JsonText, LongMessagesAreCut) {
  EXPECT_EQ(ShortenForMessage("abc"), "abc");
  EXPECT_EQ(ShortenForMessage("a\xff").size(), 2u);
  const std::string shortened = ShortenForMessage(std::string(999, 'x') + "ää");
  EXPECT_EQ(shortened, std::string(999, 'x') + "...");
}

}  // namespace
}  // namespace millrace::formats
