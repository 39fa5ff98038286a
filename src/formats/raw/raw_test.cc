#include "formats/raw/raw_format.h"

#include "formats/test_rows.h"

namespace millrace::formats {
namespace {

const DataType kInt = DataType::Of(TypeKind::kInt);

std::string One(const DataType& type, const std::string& bytes, const OptionMap& options = {}) {
  const Decoded decoded = Decode(RawFormat(), {{"v", type, ""}}, options, {bytes});
  return decoded.errors.empty() ? decoded.rows[0].substr(5) : decoded.errors[0];
}

TEST(Raw, NumbersInBothByteOrders) {
  EXPECT_EQ(One(kInt, std::string("\0\0\1\2", 4)), "258");
  EXPECT_EQ(One(kInt, std::string("\2\1\0\0", 4), {{"endianness", "little-endian"}}), "258");
  EXPECT_EQ(One(DataType::Of(TypeKind::kDouble), std::string("\x3f\xf8\0\0\0\0\0\0", 8)), "1.5");
  EXPECT_EQ(One(DataType::Of(TypeKind::kBoolean), "\1"), "TRUE");
  EXPECT_EQ(One(kInt, "abc"), "0: Size mismatch for raw type INT: expected 4 byte(s), but the record has 3.");
}

TEST(Raw, TextAndCharsets) {
  EXPECT_EQ(One(DataType::String(), "ä"), "ä");
  EXPECT_EQ(One(DataType::String(), "\xe4", {{"charset", "ISO-8859-1"}}), "ä");
  EXPECT_EQ(One(DataType::String(), ""), "");
  EXPECT_EQ(Encode(RawFormat(), {{"v", DataType::String(), ""}}, {{"charset", "ISO-8859-1"}}, {{"ä"}}),
            (std::vector<std::string>{"\xe4"}));
  const auto bad =
      RawFormat().make_decoder(ContextOf(RawFormat(), {{"v", DataType::String(), ""}}, {{"charset", "X-42"}}));
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().message, "Unsupported 'raw.charset' name: X-42.");
}

TEST(Raw, NullIsKafkasNull) {
  const connect::FormatContext context = ContextOf(RawFormat(), {{"v", kInt, ""}});
  auto decoder = std::move(*RawFormat().make_decoder(context));
  const Decoded decoded = DecodeAll(context, *decoder, {connect::ByteView{}, Bytes(std::string_view("\0\0\0\1", 4))});
  EXPECT_EQ(decoded.rows, (std::vector<std::string>{"+I | NULL", "+I | 1"}));
  auto encoder = std::move(*RawFormat().make_encoder(context));
  std::string out;
  std::vector<size_t> ends;
  ASSERT_TRUE(encoder->Encode(decoded.batch, out, ends).ok());
  EXPECT_EQ(ends, (std::vector<size_t>{0, 4}));
  ASSERT_EQ(encoder->null_messages().size(), 1u);
  EXPECT_EQ(encoder->null_messages()[0], 0u);
}

TEST(Raw, OneColumnOfASimpleType) {
  EXPECT_FALSE(RawFormat().make_decoder(ContextOf(RawFormat(), {{"a", kInt, ""}, {"b", kInt, ""}})).ok());
  EXPECT_FALSE(RawFormat().make_decoder(ContextOf(RawFormat(), {{"a", DataType::Decimal(5, 2), ""}})).ok());
}

TEST(Raw, RoundTrip) {
  RandomRows random(7);
  for (const TypeKind kind : {TypeKind::kBoolean, TypeKind::kTinyInt, TypeKind::kSmallInt, TypeKind::kInt,
                              TypeKind::kBigInt, TypeKind::kFloat, TypeKind::kDouble}) {
    const std::vector<Field> fields = {{"v", DataType::Of(kind).NotNull(), ""}};
    std::vector<ValueList> rows;
    for (int i = 0; i < 50; ++i) rows.push_back({random.Of(fields[0].type)});
    for (const char* order : {"big-endian", "little-endian"}) {
      const Decoded decoded = Decode(RawFormat(), fields, {{"endianness", order}},
                                     Encode(RawFormat(), fields, {{"endianness", order}}, rows));
      const Batch expected = BatchOf(fields, rows);
      for (size_t r = 0; r < rows.size(); ++r) ASSERT_EQ(decoded.rows[r], FormatRow(expected, r));
    }
  }
}

}  // namespace
}  // namespace millrace::formats
