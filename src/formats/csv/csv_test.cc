#include "formats/csv/csv_format.h"

#include "formats/csv/csv_dialect.h"
#include "formats/test_rows.h"

namespace millrace::formats {
namespace {

const DataType kInt = DataType::Of(TypeKind::kInt);
const DataType kString = DataType::String();
const std::vector<Field> kTwo = {{"a", kInt, ""}, {"b", kString, ""}};

std::string One(const DataType& type, const std::string& cell, const OptionMap& options = {}) {
  const Decoded decoded = Decode(CsvFormat(), {{"v", type, ""}, {"x", kInt, ""}}, options, {cell + ",1"});
  if (!decoded.errors.empty()) return decoded.errors[0];
  if (decoded.rows.empty()) return "(skipped)";
  return decoded.rows[0].substr(5, decoded.rows[0].size() - 9);
}

std::string Write(const DataType& type, const Value& value, const OptionMap& options = {}) {
  const auto out = Encode(CsvFormat(), {{"v", type, ""}}, options, {{value}});
  return out.size() == 1 ? out[0] : "(nothing)";
}

bool IsError(const std::string& text) { return text.find("Failed to deserialize CSV row") != std::string::npos; }

TEST(CsvDecode, ColumnsByPosition) {
  const Decoded decoded = Decode(CsvFormat(), kTwo, {}, {"1,x", "2,\"y,\"\"z\"\"\"", "3,", "4, q \r\n"});
  EXPECT_EQ(decoded.rows, (std::vector<std::string>{"+I | 1 | x", "+I | 2 | y,\"z\"", "+I | 3 | ", "+I | 4 |  q "}));
}

TEST(CsvDecode, WrongNumberOfColumns) {
  const Decoded decoded = Decode(CsvFormat(), kTwo, {}, {"1", "1,x,2", "1,x"});
  ASSERT_EQ(decoded.errors.size(), 2u);
  EXPECT_EQ(decoded.errors[0],
            "0: Failed to deserialize CSV row '1'. Row length mismatch. 2 fields expected but was 1.");
  EXPECT_EQ(decoded.row_of, (std::vector<uint32_t>{2}));
  const Decoded lenient = Decode(CsvFormat(), kTwo, {{"ignore-parse-errors", "true"}}, {"1", "1,x,2", "z,x"});
  EXPECT_EQ(lenient.rows, (std::vector<std::string>{"+I | 1 | NULL", "+I | NULL | x"}));
}

TEST(CsvDecode, BlankLinesCommentsAndNullMessagesAreSkipped) {
  EXPECT_TRUE(Decode(CsvFormat(), kTwo, {}, {"", "\n"}).rows.empty());
  EXPECT_TRUE(Decode(CsvFormat(), kTwo, {{"allow-comments", "true"}}, {"# 1,x"}).rows.empty());
  EXPECT_EQ(Decode(CsvFormat(), kTwo, {{"allow-comments", "true"}}, {"# 1,x\n2,y"}).rows.size(), 1u);
  EXPECT_EQ(Decode(CsvFormat(), kTwo, {}, {"# 1,x"}).errors.size(), 1u);
}

TEST(CsvDecode, Values) {
  EXPECT_EQ(One(kInt, " 42 "), "42");
  EXPECT_TRUE(IsError(One(kInt, "4x")));
  EXPECT_TRUE(IsError(One(kInt, "")));
  EXPECT_EQ(One(DataType::Of(TypeKind::kBoolean), " True"), "TRUE");
  EXPECT_EQ(One(DataType::Decimal(5, 2), "1.005"), "1.01");
  EXPECT_EQ(One(DataType::Decimal(3, 2), "100"), "NULL");
  EXPECT_EQ(One(DataType::Of(TypeKind::kDouble), "1e3"), "1000.0");
  EXPECT_EQ(One(DataType::Of(TypeKind::kDate), "2020-1-2"), "2020-01-02");
  EXPECT_TRUE(IsError(One(DataType::Of(TypeKind::kDate), "2020-13-02")));
  EXPECT_TRUE(IsError(One(DataType::Of(TypeKind::kDate), "20-1-02")));
  EXPECT_EQ(One(DataType::Of(TypeKind::kTime), "1:2:3"), "01:02:03");
  EXPECT_EQ(One(DataType::TimestampOf(3), "2020-01-02 03:04:05.6"), "2020-01-02 03:04:05.600");
  EXPECT_TRUE(IsError(One(DataType::TimestampOf(3), "2020-01-02T03:04:05")));
  EXPECT_EQ(One(DataType::TimestampLtzOf(0), "2020-01-02 03:04:05Z"), "2020-01-02 03:04:05");
  EXPECT_EQ(One(DataType::Bytes(), "YWJj"), "x'616263'");
  EXPECT_EQ(One(DataType::Array(kInt), "1;2;3"), "[1, 2, 3]");
  EXPECT_EQ(One(DataType::Array(kInt), ""), "[]");
  EXPECT_EQ(One(DataType::Row({{"p", kInt, ""}, {"q", kString, ""}}), "1;x"), "(1, x)");
  EXPECT_TRUE(IsError(One(DataType::Row({{"p", kInt, ""}, {"q", kString, ""}}), "1")));
}

TEST(CsvDecode, NullLiteral) {
  EXPECT_EQ(One(kString, "n/a", {{"null-literal", "n/a"}}), "NULL");
  EXPECT_EQ(One(kInt, "", {{"null-literal", ""}}), "NULL");
  EXPECT_EQ(One(DataType::Array(kInt), "1;-", {{"null-literal", "-"}}), "[1, NULL]");
}

TEST(CsvDecode, Quoting) {
  EXPECT_TRUE(IsError(One(kString, "\"a")));
  EXPECT_TRUE(IsError(One(kString, "\"a\"b")));
  EXPECT_EQ(One(kString, "a\"b"), "a\"b");
  EXPECT_EQ(One(kString, "\"a\nb\""), "a\nb");
  EXPECT_EQ(One(kString, "'a,b'", {{"quote-character", "'"}}), "a,b");
  EXPECT_EQ(One(kString, "\"a\"", {{"disable-quote-character", "true"}}), "\"a\"");
  EXPECT_EQ(One(kString, "a\\,b\\n", {{"escape-character", "\\"}}), "a,b\n");
}

TEST(CsvDecode, OtherDelimiters) {
  const OptionMap tabs = {{"field-delimiter", "\\t"}};
  EXPECT_EQ(Decode(CsvFormat(), kTwo, tabs, {"1\tx"}).rows[0], "+I | 1 | x");
  EXPECT_EQ(Decode(CsvFormat(), kTwo, {{"field-delimiter", "\\u0001"}}, {"1\x01x"}).rows[0], "+I | 1 | x");
  EXPECT_EQ(
      Decode(CsvFormat(), {{"v", DataType::Array(kInt), ""}}, {{"array-element-delimiter", "::"}}, {"1::2"}).rows[0],
      "+I | [1, 2]");
}

TEST(CsvOptions, BadOnes) {
  for (const OptionMap& options :
       std::vector<OptionMap>{{{"field-delimiter", "ab"}},
                              {{"field-delimiter", "\""}},
                              {{"quote-character", "'"}, {"disable-quote-character", "true"}},
                              {{"escape-character", ",,"}},
                              {{"field-delimiter", "\\u00"}}}) {
    EXPECT_FALSE(CsvFormat().make_decoder(ContextOf(CsvFormat(), kTwo, options)).ok());
  }
}

TEST(CsvOptions, OnlyTwoLevels) {
  for (const DataType& type : {DataType::Map(kString, kInt), DataType::Array(DataType::Array(kInt))}) {
    EXPECT_FALSE(CsvFormat().make_encoder(ContextOf(CsvFormat(), {{"v", type, ""}})).ok()) << type.ToString();
  }
}

TEST(CsvEncode, QuotesLikeJackson) {
  EXPECT_EQ(Write(kString, "abc"), "abc");
  EXPECT_EQ(Write(kString, "a b"), "\"a b\"");
  EXPECT_EQ(Write(kString, "a,\"b"), "\"a,\"\"b\"");
  EXPECT_EQ(Write(kString, "123456789012345678901234"), "123456789012345678901234");
  EXPECT_EQ(Write(kString, "1234567890123456789012345"), "\"1234567890123456789012345\"");
  EXPECT_EQ(Write(kString, "a b", {{"disable-quote-character", "true"}}), "a b");
  EXPECT_EQ(Write(DataType::TimestampOf(3), int64_t{1577934245000}), "\"2020-01-02 03:04:05\"");
  EXPECT_EQ(Write(DataType::Of(TypeKind::kDate), int64_t{0}), "1970-01-01");
}

TEST(CsvEncode, NullsNumbersAndNesting) {
  EXPECT_EQ(Encode(CsvFormat(), kTwo, {}, {{int64_t{1}, {}}, {{}, "x"}}), (std::vector<std::string>{"1,", ",x"}));
  EXPECT_EQ(Write(kString, {}, {{"null-literal", "n/a"}}), "n/a");
  EXPECT_EQ(Write(DataType::Decimal(10, 2), Int128{10000}), "1E+2");
  EXPECT_EQ(Write(DataType::Decimal(10, 2), Int128{10000}, {{"write-bigdecimal-in-scientific-notation", "false"}}),
            "100");
  EXPECT_EQ(Write(DataType::Array(kInt), std::make_shared<const ValueList>(ValueList{int64_t{1}, int64_t{2}})), "1;2");
}

TEST(CsvRecordSize, LineEndsInQuotesBelongToTheRecord) {
  const CsvDialect dialect;
  EXPECT_EQ(CsvRecordSize("1,x\n2,y\n", dialect), 4u);
  EXPECT_EQ(CsvRecordSize("1,\"a\nb\"\n2", dialect), 8u);
  EXPECT_EQ(CsvRecordSize("1,\"a\"\"\nb\"\n2", dialect), 10u);
  EXPECT_EQ(CsvRecordSize("1,a\"\"b\n2", dialect), 7u);
  EXPECT_EQ(CsvRecordSize("1,\"a\nb", dialect), std::string_view::npos);
  EXPECT_EQ(CsvRecordSize("", dialect), std::string_view::npos);
}

TEST(CsvRoundTrip, RandomRows) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    RandomRows random(seed);
    std::vector<Field> fields;
    for (size_t i = 0; i < 2 + random.Below(6); ++i) fields.push_back({"c" + std::to_string(i), random.Type(0), ""});
    const OptionMap options = {{"null-literal", "<null>"}, {"field-delimiter", seed % 2 == 0 ? "," : ";"}};
    std::vector<ValueList> rows;
    for (int r = 0; r < 20; ++r) {
      ValueList row;
      for (const Field& field : fields) row.push_back(random.Of(field.type));
      rows.push_back(std::move(row));
    }
    // An empty first line would be a blank one.
    for (ValueList& row : rows) row[0] = row[0].is_null() || row[0] == Value("") ? Value() : row[0];
    const auto texts = Encode(CsvFormat(), fields, options, rows);
    const Decoded decoded = Decode(CsvFormat(), fields, options, texts);
    ASSERT_TRUE(decoded.errors.empty()) << decoded.errors[0];
    const Batch expected = BatchOf(fields, rows);
    ASSERT_EQ(decoded.rows.size(), rows.size());
    for (size_t r = 0; r < rows.size(); ++r) ASSERT_EQ(decoded.rows[r], FormatRow(expected, r)) << texts[r];
    std::string file;
    for (const std::string& text : texts) file += text + "\n";
    auto dialect = CsvDialect::From(ContextOf(CsvFormat(), fields, options).options);
    for (const std::string& text : texts) {
      const size_t size = CsvRecordSize(file, *dialect);
      ASSERT_EQ(size, text.size() + 1);
      file.erase(0, size);
    }
  }
}

}  // namespace
}  // namespace millrace::formats
