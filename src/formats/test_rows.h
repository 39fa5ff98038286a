#pragma once

// For tests: decoding and encoding by a FormatDef, random rows of any type.

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "connect/format.h"
#include "data/batch.h"
#include "data/value.h"

namespace millrace::formats {

inline connect::FormatContext ContextOf(const connect::FormatDef& format, std::vector<Field> fields,
                                        OptionMap options = {}) {
  auto validated = Options::Validate(format.name, *format.options, std::move(options));
  EXPECT_TRUE(validated.ok()) << (validated.ok() ? "" : validated.error().ToString());
  connect::FormatContext context;
  context.fields = std::move(fields);
  context.options = std::move(*validated);
  return context;
}

// What a Decode call brought, with rows as text ("+I | 1 | a").
struct Decoded {
  std::vector<std::string> rows;
  std::vector<uint32_t> row_of;
  std::vector<std::string> errors;  // "0: message"
  Batch batch;
};

inline Decoded DecodeAll(const connect::FormatContext& context, connect::Decoder& decoder,
                         const std::vector<connect::ByteView>& messages) {
  std::vector<ColumnBuilder> builders;
  for (const Field& field : context.fields) builders.emplace_back(field.type);
  auto result = decoder.Decode(messages, builders);
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().ToString());
  Decoded out;
  if (!result.ok()) return out;
  out.row_of = result->row_of;
  for (const connect::RecordError& error : result->errors) {
    out.errors.push_back(std::to_string(error.index) + ": " + error.error.message);
  }
  out.batch.num_rows = builders.empty() ? 0 : builders[0].size();
  for (ColumnBuilder& builder : builders) {
    EXPECT_EQ(builder.size(), out.batch.num_rows);
    out.batch.columns.push_back(builder.Finish());
  }
  for (size_t row = 0; row < out.batch.num_rows; ++row) out.rows.push_back(FormatRow(out.batch, row));
  return out;
}

inline connect::ByteView Bytes(std::string_view text) { return {text.data(), text.size()}; }

inline Decoded Decode(const connect::FormatDef& format, const std::vector<Field>& fields, const OptionMap& options,
                      const std::vector<std::string>& messages) {
  const connect::FormatContext context = ContextOf(format, fields, options);
  auto decoder = format.make_decoder(context);
  EXPECT_TRUE(decoder.ok()) << (decoder.ok() ? "" : decoder.error().ToString());
  if (!decoder.ok()) return {};
  std::vector<connect::ByteView> views;
  for (const std::string& message : messages) views.push_back(Bytes(message));
  return DecodeAll(context, **decoder, views);
}

inline Batch BatchOf(const std::vector<Field>& fields, const std::vector<ValueList>& rows) {
  Batch batch;
  batch.num_rows = rows.size();
  for (size_t i = 0; i < fields.size(); ++i) {
    ColumnBuilder builder(fields[i].type);
    for (const ValueList& row : rows) builder.AppendValue(row[i]);
    batch.columns.push_back(builder.Finish());
  }
  return batch;
}

inline Result<std::vector<std::string>> EncodeAll(const connect::FormatDef& format, const std::vector<Field>& fields,
                                                  const OptionMap& options, const Batch& batch) {
  MR_ASSIGN(auto encoder, format.make_encoder(ContextOf(format, fields, options)));
  std::string bytes;
  std::vector<size_t> ends;
  MR_TRY(encoder->Encode(batch, bytes, ends));
  std::vector<std::string> out;
  size_t begin = 0;
  for (const size_t end : ends) {
    out.push_back(bytes.substr(begin, end - begin));
    begin = end;
  }
  return out;
}

inline std::vector<std::string> Encode(const connect::FormatDef& format, const std::vector<Field>& fields,
                                       const OptionMap& options, const std::vector<ValueList>& rows) {
  auto out = EncodeAll(format, fields, options, BatchOf(fields, rows));
  EXPECT_TRUE(out.ok()) << (out.ok() ? "" : out.error().ToString());
  return out.ok() ? *out : std::vector<std::string>{};
}

// Random types and values; the same seed gives the same rows.
class RandomRows {
 public:
  explicit RandomRows(uint32_t seed) : random_(seed) {}

  size_t Below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random_); }

  // Depth 0: scalars only.
  DataType Type(int depth) {
    switch (Below(depth > 0 ? 18 : 14)) {
      case 0: return DataType::Of(TypeKind::kBoolean);
      case 1: return DataType::Of(TypeKind::kTinyInt);
      case 2: return DataType::Of(TypeKind::kSmallInt);
      case 3: return DataType::Of(TypeKind::kInt);
      case 4: return DataType::Of(TypeKind::kBigInt);
      case 5: return DataType::Of(TypeKind::kFloat);
      case 6: return DataType::Of(TypeKind::kDouble);
      case 7: {
        const auto precision = static_cast<int32_t>(Below(38) + 1);
        return DataType::Decimal(precision, static_cast<int32_t>(Below(static_cast<size_t>(precision) + 1)));
      }
      case 8: return DataType::String();
      case 9: return DataType::Bytes();
      case 10: return DataType::Of(TypeKind::kDate);
      case 11: return DataType::Of(TypeKind::kTime);
      case 12: return DataType::TimestampOf(static_cast<int32_t>(Below(10)));
      case 13: return DataType::TimestampLtzOf(static_cast<int32_t>(Below(10)));
      case 14: return DataType::Array(Type(depth - 1));
      case 15: return DataType::Map(DataType::String().NotNull(), Type(depth - 1));
      default: {
        std::vector<Field> fields;
        const size_t count = Below(3) + 1;
        for (size_t i = 0; i < count; ++i) fields.push_back({"f" + std::to_string(i), Type(depth - 1), ""});
        return DataType::Row(fields);
      }
    }
  }

  std::string Text() {
    static const std::vector<std::string> kPieces = {
        "a",  "\"", "\\", ",", ";",    "\n", "\t",   " ",    "#", "ä",
        "漢", "😀", "x",  "0", "null", "'",  "\r\n", "\x01", "/", "long piece of text"};
    std::string out;
    for (size_t i = Below(6); i > 0; --i) out += kPieces[Below(kPieces.size())];
    return out;
  }

  Value Of(const DataType& type) {
    if (type.nullable && Below(5) == 0) return {};
    const auto bits = [&] { return static_cast<int64_t>(random_()) << Below(33); };
    switch (type.kind) {
      case TypeKind::kBoolean: return Below(2) == 1;
      case TypeKind::kTinyInt: return int64_t{static_cast<int8_t>(bits())};
      case TypeKind::kSmallInt: return int64_t{static_cast<int16_t>(bits())};
      case TypeKind::kInt: return int64_t{static_cast<int32_t>(bits())};
      case TypeKind::kBigInt: return bits() - bits();
      case TypeKind::kFloat: return double{static_cast<float>(bits()) / 1000.0F};
      case TypeKind::kDouble: return static_cast<double>(bits()) / 1e5;
      case TypeKind::kDecimal: {
        Int128 limit = 1;
        for (int32_t i = 0; i < type.precision; ++i) limit *= 10;
        const Int128 wide = (Int128{bits()} << 64 | bits()) % limit;
        return Below(2) == 0 ? wide : wide % 1000;
      }
      case TypeKind::kBinary:
      case TypeKind::kVarBinary: {
        std::string bytes;
        for (size_t i = Below(20); i > 0; --i) bytes.push_back(static_cast<char>(Below(256)));
        return bytes;
      }
      case TypeKind::kDate: return static_cast<int64_t>(Below(40000)) - 10000;
      case TypeKind::kTime: return static_cast<int64_t>(Below(86400)) * 1000;
      case TypeKind::kTimestamp:
      case TypeKind::kTimestampLtz: return Instant(type.precision);
      case TypeKind::kArray: return List(type, Below(4), 1);
      case TypeKind::kMap: return List(type, Below(4), 2);
      case TypeKind::kRow: {
        ValueList members;
        for (const Field& field : *type.children) members.push_back(Of(field.type));
        return std::make_shared<const ValueList>(std::move(members));
      }
      case TypeKind::kNull:
      case TypeKind::kChar:
      case TypeKind::kVarChar:
      case TypeKind::kMultiset:
      case TypeKind::kIntervalYearMonth:
      case TypeKind::kIntervalDaySecond: break;
    }
    return Text();
  }

 private:
  Value Instant(int32_t precision) {
    int64_t millis = static_cast<int64_t>(Below(4'000'000'000)) * 1000 - 1'000'000'000'000;
    int32_t nanos_of_second = static_cast<int32_t>(Below(1'000'000'000));
    int32_t unit = 1'000'000'000;
    for (int32_t i = 0; i < precision; ++i) unit /= 10;
    nanos_of_second -= nanos_of_second % unit;
    millis += nanos_of_second / 1'000'000;
    if (precision <= 3) return millis;
    return Timestamp{millis, nanos_of_second % 1'000'000};
  }

  Value List(const DataType& type, size_t length, size_t width) {
    ValueList values;
    for (size_t i = 0; i < length; ++i) {
      if (width == 2) values.push_back("key" + std::to_string(i));
      values.push_back(Of(type.child(width - 1)));
    }
    return std::make_shared<const ValueList>(std::move(values));
  }

  std::mt19937 random_;
};

}  // namespace millrace::formats
