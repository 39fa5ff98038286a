#include "formats/avro_confluent/confluent_codec.h"

#include <random>

#include <gtest/gtest.h>

#include "formats/avro/avro_schema.h"

namespace millrace::formats {
namespace {

using connect::ByteView;

// A registry in a map.
struct Registry {
  std::map<int32_t, std::string> schemas;
  bool away = false;
  int lookups = 0;

  SchemaLookup Lookup() {
    return {.by_id = [this](int32_t id) -> Result<std::string> {
              ++lookups;
              if (away) return ExternalError("the registry does not answer");
              const auto it = schemas.find(id);
              if (it == schemas.end()) return UserError("unknown");
              return it->second;
            },
            .add = [this](const std::string&, const std::string& schema) -> Result<int32_t> {
              if (away) return ExternalError("the registry does not answer");
              schemas[static_cast<int32_t>(schemas.size()) + 1] = schema;
              return static_cast<int32_t>(schemas.size());
            }};
  }
};

struct Decoded {
  std::vector<std::string> rows;
  connect::DecodeResult result;
};

Result<Decoded> Decode(connect::Decoder& decoder, const std::vector<Field>& fields,
                       const std::vector<std::string>& messages) {
  std::vector<ByteView> views;
  for (const std::string& message : messages)
    views.push_back({message == "<null>" ? nullptr : message.data(), message.size()});
  std::vector<ColumnBuilder> builders;
  for (const Field& field : fields) builders.emplace_back(field.type);
  Decoded out;
  MR_ASSIGN(out.result, decoder.Decode(views, builders));
  Batch batch;
  for (ColumnBuilder& builder : builders) batch.columns.push_back(builder.Finish());
  batch.num_rows = batch.columns[0]->size();
  for (const ColumnPtr& column : batch.columns) EXPECT_EQ(column->size(), batch.num_rows);
  for (size_t row = 0; row < batch.num_rows; ++row) out.rows.push_back(FormatRow(batch, row).substr(5));
  return out;
}

const std::vector<Field> kSales = {{"store_id", DataType::String(), ""},
                                   {"sale_amount", DataType::Of(TypeKind::kInt), ""},
                                   {"sale_ts", DataType::TimestampOf(3), ""}};
const char* const kStoreSale =
    R"({"type":"record","name":"StoreSale","namespace":"x.y","fields":[{"name":"store_id","type":"string"},)"
    R"({"name":"sale_amount","type":"int"},{"name":"sale_ts","type":"long"}]})";

std::string Message(int32_t id, std::string_view body) {
  std::string out(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(id >> shift & 0xFF));
  return out + std::string(body);
}

const std::string kBody(
    "\x06"
    "ABC\xC8\x01\x80\x01");  // ABC, 100, 64 ms

TEST(ConfluentDecoder, ResolvesTheTutorialsWriterSchema) {
  Registry registry{.schemas = {{7, kStoreSale}}};
  const auto decoder = MakeConfluentDecoder(kSales, registry.Lookup());
  const auto out = Decode(*decoder, kSales, {Message(7, kBody), "<null>", Message(7, kBody)});
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->rows,
            (std::vector<std::string>{"ABC | 100 | 1970-01-01 00:00:00.064", "ABC | 100 | 1970-01-01 00:00:00.064"}));
  EXPECT_EQ(out->result.row_of, (std::vector<uint32_t>{0, 2}));
  EXPECT_EQ(registry.lookups, 1);
}

TEST(ConfluentDecoder, BadRecordsAreNamedAndTheOthersStay) {
  Registry registry{.schemas = {{7, kStoreSale}}};
  const auto decoder = MakeConfluentDecoder(kSales, registry.Lookup());
  const auto out = Decode(*decoder, kSales,
                          {Message(7, kBody), "\x01zzzzz", Message(99, kBody), Message(7, kBody.substr(0, 5)),
                           Message(7, kBody + "x"), std::string("\0a", 2), Message(7, kBody)});
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->rows.size(), 2U);
  EXPECT_EQ(out->result.row_of, (std::vector<uint32_t>{0, 6}));
  ASSERT_EQ(out->result.errors.size(), 5U);
  EXPECT_EQ(out->result.errors[0].error.message, "Unknown data format. Magic number does not match");
  EXPECT_EQ(out->result.errors[1].error.message, "Could not find schema with id 99 in registry");
  EXPECT_EQ(out->result.errors[2].error.message, "Failed to deserialize Avro record: the Avro value is cut short.");
  EXPECT_EQ(out->result.errors[3].error.message,
            "Failed to deserialize Avro record: the Avro value has bytes left over.");
  EXPECT_EQ(out->result.errors[4].error.message, "The record has 2 bytes, fewer than the 5 of the registry's header.");
}

TEST(ConfluentDecoder, ARegistryThatIsAwayLeavesNothingBehind) {
  Registry registry{.schemas = {{7, kStoreSale}}, .away = true};
  const auto decoder = MakeConfluentDecoder(kSales, registry.Lookup());
  const auto out = Decode(*decoder, kSales, {Message(7, kBody)});
  ASSERT_FALSE(out.ok());
  EXPECT_EQ(out.error().retry, Retry::kYes);
  registry.away = false;
  EXPECT_EQ(Decode(*decoder, kSales, {Message(7, kBody)})->rows.size(), 1U);
}

TEST(ConfluentDecoder, MissingFieldsAreNullExtraOnesAreSkippedUnionsResolve) {
  Registry registry{
      .schemas = {
          {1,
           R"({"type":"record","name":"W","fields":[{"name":"extra","type":{"type":"array","items":"string"}},)"
           R"({"name":"sale_amount","type":["int","null"]},{"name":"store_id","type":{"type":"enum","name":"E","symbols":["A","B"]}}]})"}}};
  const auto decoder = MakeConfluentDecoder(kSales, registry.Lookup());
  const auto out =
      Decode(*decoder, kSales,
             {Message(1, std::string("\x02\x02z\x00\x00\x0A\x02", 7)), Message(1, std::string("\x00\x02\x00", 3))});
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->rows, (std::vector<std::string>{"B | 5 | NULL", "A | NULL | NULL"}));
}

TEST(ConfluentDecoder, ASchemaThatCannotBeReadSaysWhy) {
  Registry registry{
      .schemas = {{1, R"({"type":"record","name":"W","fields":[{"name":"sale_amount","type":"string"}]})"}}};
  const auto decoder = MakeConfluentDecoder(kSales, registry.Lookup());
  const auto out = Decode(*decoder, kSales, {Message(1, "\x02x")});
  ASSERT_TRUE(out.ok());
  ASSERT_EQ(out->result.errors.size(), 1U);
  EXPECT_EQ(
      out->result.errors[0].error.message,
      "The schema with id 1 cannot be read as the table's columns: Found string, expecting INT (field 'sale_amount')");
}

TEST(DeriveAvroSchema, GivesFlinksTextForTheSalesJob) {
  const auto schema = DeriveAvroSchema({{"store_id", DataType::String().NotNull(), ""},
                                        {"window_start", DataType::TimestampOf(3), ""},
                                        {"window_end", DataType::TimestampOf(3), ""},
                                        {"aggregated_sales", DataType::Of(TypeKind::kInt), ""}});
  ASSERT_TRUE(schema.ok());
  EXPECT_EQ(
      schema->ToString(),
      R"({"type":"record","name":"record","namespace":"org.apache.flink.avro.generated","fields":[{"name":"store_id","type":"string"},)"
      R"({"name":"window_start","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"default":null},)"
      R"({"name":"window_end","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"default":null},)"
      R"({"name":"aggregated_sales","type":["null","int"],"default":null}]})");
}

TEST(DeriveAvroSchema, RefusesWhatAvroCannotHold) {
  const auto schema = DeriveAvroSchema({{"t", DataType::TimestampOf(6), ""}});
  ASSERT_FALSE(schema.ok());
  EXPECT_EQ(schema.error().message,
            "Avro does not support TIMESTAMP type with precision: 6, it only supports precision less than 3.");
}

Value RandomValue(const DataType& type, std::mt19937& random) {
  if (type.nullable && random() % 4 == 0) return {};
  if (type.kind == TypeKind::kBoolean) return random() % 2 == 0;
  if (type.IsString() || type.IsBinary()) return std::string(random() % 40, static_cast<char>('a' + random() % 26));
  if (type.kind == TypeKind::kDouble || type.kind == TypeKind::kFloat) return static_cast<double>(random() % 1000) / 4;
  if (type.kind == TypeKind::kDecimal) return static_cast<Int128>(static_cast<int32_t>(random())) * 1000;
  if (type.kind == TypeKind::kTinyInt) return static_cast<int64_t>(static_cast<int8_t>(random()));
  if (type.kind == TypeKind::kSmallInt) return static_cast<int64_t>(static_cast<int16_t>(random()));
  if (type.kind == TypeKind::kTime) return static_cast<int64_t>(random() % 86'400'000);
  if (type.physical() == Physical::kInt32) return static_cast<int64_t>(static_cast<int32_t>(random()));
  if (type.physical() == Physical::kInt64) return static_cast<int64_t>(random()) << (random() % 32);
  auto list = std::make_shared<ValueList>();
  const size_t children = type.children->size();
  const size_t items = type.kind == TypeKind::kRow ? 1 : random() % 4;
  for (size_t i = 0; i < items * children; ++i) {
    // Map keys are made different by their place.
    const bool key = type.kind == TypeKind::kMap && i % 2 == 0;
    list->push_back(key ? Value(std::to_string(i)) : RandomValue(type.child(i % children), random));
  }
  return std::shared_ptr<const ValueList>(list);
}

TEST(ConfluentCodec, RandomRowsOfEveryTypeRoundTripAndDamagedOnesNeverCrash) {
  const DataType row =
      DataType::Row({{"a", DataType::Of(TypeKind::kInt), ""}, {"b", DataType::Array(DataType::String()), ""}});
  std::vector<Field> fields;
  for (const DataType& type :
       {DataType::Of(TypeKind::kBoolean), DataType::Of(TypeKind::kTinyInt), DataType::Of(TypeKind::kSmallInt),
        DataType::Of(TypeKind::kInt).NotNull(), DataType::Of(TypeKind::kBigInt), DataType::Of(TypeKind::kFloat),
        DataType::Of(TypeKind::kDouble), DataType::Decimal(20, 4), DataType::String(), DataType::Bytes(),
        DataType::Of(TypeKind::kDate), DataType::TimestampOf(3), DataType::Array(DataType::Of(TypeKind::kInt)),
        DataType::Map(DataType::String().NotNull(), DataType::String()), row}) {
    fields.push_back({"f" + std::to_string(fields.size()), type, ""});
  }
  std::mt19937 random(3);
  Batch batch{.num_rows = 300};
  for (const Field& field : fields) {
    ColumnBuilder builder(field.type);
    for (size_t i = 0; i < batch.num_rows; ++i) builder.AppendValue(RandomValue(field.type, random));
    batch.columns.push_back(builder.Finish());
  }
  Registry registry;
  const auto encoder = MakeConfluentEncoder(fields, "s", DeriveAvroSchema(fields)->ToString(), registry.Lookup());
  std::string bytes;
  std::vector<size_t> ends;
  ASSERT_TRUE(encoder->Encode(batch, bytes, ends).ok());
  std::vector<std::string> messages;
  for (size_t i = 0; i < ends.size(); ++i)
    messages.push_back(bytes.substr(i == 0 ? 0 : ends[i - 1], ends[i] - (i == 0 ? 0 : ends[i - 1])));
  const auto decoder = MakeConfluentDecoder(fields, registry.Lookup());
  const auto out = Decode(*decoder, fields, messages);
  ASSERT_TRUE(out.ok());
  ASSERT_EQ(out->rows.size(), batch.num_rows);
  for (size_t i = 0; i < batch.num_rows; ++i) EXPECT_EQ(out->rows[i], FormatRow(batch, i).substr(5));
  for (std::string& message : messages) {
    if (random() % 2 == 0)
      message.resize(5 + random() % (message.size() - 4));
    else
      message[5 + random() % (message.size() - 5)] ^= static_cast<char>(1 << random() % 8);
  }
  const auto damaged = Decode(*decoder, fields, messages);
  ASSERT_TRUE(damaged.ok());
  EXPECT_EQ(damaged->rows.size() + damaged->result.errors.size(), messages.size());
}

}  // namespace
}  // namespace millrace::formats
