// The csv line parser and decoder on any bytes: the first byte chooses options, the rest is a message and a file.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "data/batch.h"
#include "formats/csv/csv_format.h"

using namespace millrace;  // NOLINT

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static const connect::FormatDef format = formats::CsvFormat();
  const uint8_t choice = data[0];
  OptionMap given;
  if ((choice & 1) != 0) given["ignore-parse-errors"] = "true";
  if ((choice & 2) != 0) given["disable-quote-character"] = "true";
  if ((choice & 4) != 0) given["escape-character"] = "\\";
  if ((choice & 8) != 0) given["allow-comments"] = "true";
  if ((choice & 16) != 0) given["null-literal"] = "null";
  if ((choice & 32) != 0) given["field-delimiter"] = ";";
  connect::FormatContext context;
  const DataType text = DataType::String();
  context.fields = {{"a", DataType::Of(TypeKind::kInt), ""}, {"b", text, ""},
                    {"c", DataType::TimestampOf(3), ""},     {"d", DataType::Decimal(10, 2), ""},
                    {"e", DataType::Array(text), ""},        {"f", DataType::Of(TypeKind::kDate), ""}};
  context.options = *Options::Validate(format.name, *format.options, given);
  auto decoder = std::move(*format.make_decoder(context));
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);

  std::vector<connect::ByteView> messages = {{bytes.data(), bytes.size()}};
  const auto record_size = *format.make_record_size(context.options);
  for (std::string_view rest = bytes; !rest.empty();) {
    const size_t record = record_size(rest);
    if (record == std::string_view::npos) break;
    if (record == 0 || record > rest.size()) abort();
    messages.push_back({rest.data(), record});
    rest.remove_prefix(record);
  }
  std::vector<ColumnBuilder> builders;
  for (const Field& field : context.fields) builders.emplace_back(field.type);
  auto result = decoder->Decode(messages, builders);
  if (!result.ok()) abort();
  const size_t rows = builders[0].size();
  if (rows + result->errors.size() > messages.size()) abort();
  if (!result->row_of.empty() && result->row_of.size() != rows) abort();
  Batch batch;
  batch.num_rows = rows;
  for (ColumnBuilder& builder : builders) {
    if (builder.size() != rows) abort();
    batch.columns.push_back(builder.Finish());
  }
  auto encoder = std::move(*format.make_encoder(context));
  std::string out;
  std::vector<size_t> ends;
  if (!encoder->Encode(batch, out, ends).ok() || ends.size() != rows) abort();
  return 0;
}
