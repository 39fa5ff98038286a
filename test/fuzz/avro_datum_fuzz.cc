// Avro data on any bytes. Up to the first NUL: a writer's schema (nothing = the one the columns give); the rest: one
// datum. What the `avro` format reads must survive writing and reading again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "data/batch.h"
#include "formats/avro/avro_format.h"
#include "formats/avro/avro_reader.h"

using namespace millrace;  // NOLINT

namespace {

std::vector<Field> Fields() {
  const DataType text = DataType::String();
  const DataType number = DataType::Of(TypeKind::kInt);
  return {
      {"a", number, ""},
      {"b", text, ""},
      {"c", DataType::Of(TypeKind::kBigInt), ""},
      {"d", DataType::Of(TypeKind::kDouble), ""},
      {"e", DataType::Decimal(20, 5), ""},
      {"f", DataType::TimestampOf(3), ""},
      {"g", DataType::Of(TypeKind::kBoolean), ""},
      {"h", DataType::Of(TypeKind::kDate), ""},
      {"i", DataType::Bytes(), ""},
      {"j", DataType::Array(DataType::Row({{"a", number, ""}, {"b", text, ""}})), ""},
      {"k", DataType::Map(text, DataType::Array(text)), ""},
      {"l", DataType::Row({{"x", DataType::Of(TypeKind::kFloat), ""}, {"y", DataType::Of(TypeKind::kTime), ""}}), ""}};
}

Batch Finish(std::vector<ColumnBuilder>& builders) {
  Batch batch;
  batch.num_rows = builders[0].size();
  for (ColumnBuilder& builder : builders) {
    if (builder.size() != batch.num_rows) abort();
    batch.columns.push_back(builder.Finish());
  }
  return batch;
}

std::vector<ColumnBuilder> Builders(const std::vector<Field>& fields) {
  std::vector<ColumnBuilder> builders;
  for (const Field& field : fields) builders.emplace_back(field.type);
  return builders;
}

Batch Decode(connect::Decoder& decoder, const std::vector<Field>& fields, std::string_view datum) {
  std::vector<ColumnBuilder> builders = Builders(fields);
  const connect::ByteView views[] = {{datum.data(), datum.size()}};
  const auto result = decoder.Decode(views, builders);
  if (!result.ok()) abort();
  Batch batch = Finish(builders);
  if (batch.num_rows + result->errors.size() != 1) abort();
  return batch;
}

void ReadAndWrite(std::string_view datum) {
  static const connect::FormatDef format = formats::AvroFormat();
  connect::FormatContext context;
  context.fields = Fields();
  context.options = *Options::Validate(format.name, *format.options, {});
  auto decoder = std::move(*format.make_decoder(context));
  const Batch batch = Decode(*decoder, context.fields, datum);
  if (batch.num_rows == 0) return;
  auto encoder = std::move(*format.make_encoder(context));
  std::string bytes;
  std::vector<size_t> ends;
  if (!encoder->Encode(batch, bytes, ends).ok() || ends != std::vector<size_t>{bytes.size()}) abort();
  const Batch again = Decode(*decoder, context.fields, bytes);
  if (again.num_rows != 1 || FormatRow(batch, 0) != FormatRow(again, 0)) abort();
}

void ReadAs(std::string_view schema_text, std::string_view datum) {
  const auto schema = codec::avro::Schema::Parse(schema_text);
  if (!schema.ok()) return;
  const std::vector<Field> fields = Fields();
  const auto reader = formats::AvroReader::Make(*schema, fields);
  if (!reader.ok()) return;
  // Behind a header, for which the NUL stands. Twice the same, with an empty one between: a row that fails must not
  // disturb its neighbours.
  const connect::ByteView view{datum.data() - 1, datum.size() + 1};
  const connect::ByteView views[] = {view, {"", 1}, view};
  std::vector<ColumnBuilder> builders = Builders(fields);
  std::vector<formats::AvroReader::BadRow> bad;
  (*reader)->Read(views, 1, builders, &bad);
  const Batch batch = Finish(builders);
  if (batch.num_rows + bad.size() != 3) abort();
  for (const auto& row : bad) {
    if (row.index > 2 || *row.reason == '\0') abort();
  }
  if (batch.num_rows >= 2 && FormatRow(batch, 0) != FormatRow(batch, batch.num_rows - 1)) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = input.find('\0');
  if (end == std::string_view::npos) return 0;
  if (end == 0) {
    ReadAndWrite(input.substr(1));
  } else {
    ReadAs(input.substr(0, end), input.substr(end + 1));
  }
  return 0;
}
