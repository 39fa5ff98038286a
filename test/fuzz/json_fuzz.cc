// The json decoder on any bytes: the first byte chooses options, the rest is one message. Rows that decode must survive
// writing and reading again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "data/batch.h"
#include "formats/json/json_format.h"

using namespace millrace;  // NOLINT

namespace {

std::vector<Field> Fields() {
  const DataType text = DataType::String();
  const DataType number = DataType::Of(TypeKind::kInt);
  return {{"a", number, ""},
          {"b", text, ""},
          {"c", DataType::Of(TypeKind::kBigInt), ""},
          {"d", DataType::Of(TypeKind::kDouble), ""},
          {"e", DataType::Decimal(20, 5), ""},
          {"f", DataType::TimestampOf(3), ""},
          {"g", DataType::TimestampLtzOf(9), ""},
          {"h", DataType::Of(TypeKind::kDate), ""},
          {"i", DataType::Bytes(), ""},
          {"j", DataType::Array(DataType::Row({{"a", number, ""}, {"b", text, ""}})), ""},
          {"k", DataType::Map(text, DataType::Array(text)), ""},
          {"l", DataType::Row({{"x", DataType::Of(TypeKind::kBoolean), ""}, {"y", DataType::Of(TypeKind::kTime), ""}}),
           ""}};
}

connect::FormatContext Context(const connect::FormatDef& format, uint8_t choice) {
  OptionMap options;
  if ((choice & 1) != 0) options["ignore-parse-errors"] = "true";
  if ((choice & 2) != 0) options["timestamp-format.standard"] = "ISO-8601";
  if ((choice & 5) == 4) options["fail-on-missing-field"] = "true";
  connect::FormatContext context;
  context.fields = Fields();
  context.options = *Options::Validate(format.name, *format.options, options);
  return context;
}

Batch DecodeOne(connect::Decoder& decoder, const std::vector<Field>& fields, std::string_view message) {
  std::vector<ColumnBuilder> builders;
  for (const Field& field : fields) builders.emplace_back(field.type);
  const connect::ByteView views[] = {{message.data(), message.size()}};
  auto result = decoder.Decode(views, builders);
  if (!result.ok()) abort();
  Batch batch;
  batch.num_rows = builders[0].size();
  if (batch.num_rows + result->errors.size() > 1) abort();
  for (ColumnBuilder& builder : builders) {
    if (builder.size() != batch.num_rows) abort();
    batch.columns.push_back(builder.Finish());
  }
  return batch;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static const connect::FormatDef format = formats::JsonFormat();
  const connect::FormatContext context = Context(format, data[0]);
  auto decoder = std::move(*format.make_decoder(context));
  const std::string_view message(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Batch batch = DecodeOne(*decoder, context.fields, message);
  if (batch.num_rows == 0) return 0;
  auto encoder = std::move(*format.make_encoder(context));
  std::string text;
  std::vector<size_t> ends;
  if (!encoder->Encode(batch, text, ends).ok()) abort();
  const Batch again = DecodeOne(*decoder, context.fields, text);
  if (again.num_rows != 1 || FormatRow(batch, 0) != FormatRow(again, 0)) abort();
  return 0;
}
