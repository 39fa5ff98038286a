#include "formats/avro/avro_format.h"

#include <algorithm>

#include <fmt/format.h>

#include "formats/avro/avro_reader.h"
#include "formats/avro/avro_rows.h"
#include "formats/avro/avro_schema.h"
#include "formats/avro/avro_writer.h"

namespace millrace::formats {
namespace {

using connect::ByteView;
using connect::DecodeResult;

const OptionTable kAvroOptions = {
    {.name = "encoding",
     .type = OptionType::kEnum,
     .default_value = "binary",
     .doc = "Encoding of the messages.",
     .choices = {"binary"}},
    {.name = "timestamp_mapping.legacy",
     .type = OptionType::kBool,
     .default_value = "true",
     .doc = "TIMESTAMP is timestamp-millis, as Flink wrote it before 1.19. The other mapping is not offered."},
};

class AvroDecoder final : public connect::Decoder {
 public:
  explicit AvroDecoder(std::shared_ptr<const AvroReader> reader) : reader_(std::move(reader)) {}

  Result<DecodeResult> Decode(std::span<const ByteView> messages, std::span<ColumnBuilder> columns) override {
    AvroRows rows(messages.size());
    std::vector<ByteView> present;
    for (size_t i = 0; i < messages.size(); ++i) {
      if (!messages[i].is_null()) present.push_back(rows.Take(i, messages[i]));
    }
    std::vector<AvroReader::BadRow> bad;
    reader_->Read(present, 0, columns, &bad);
    rows.Add(bad);
    return std::move(rows).Finish();
  }

 private:
  std::shared_ptr<const AvroReader> reader_;
};

class AvroEncoder final : public connect::Encoder {
 public:
  explicit AvroEncoder(std::vector<Field> fields) : fields_(std::move(fields)) {}

  Status Encode(const Batch& batch, std::string& out, std::vector<size_t>& ends) override {
    for (size_t row = 0; row < batch.num_rows; ++row) {
      MR_TRY(AppendAvroRow(fields_, batch, row, out));
      ends.push_back(out.size());
    }
    return Ok();
  }

 private:
  std::vector<Field> fields_;
};

Status CheckOptions(const connect::FormatContext& context) {
  if (context.options.GetBool("timestamp_mapping.legacy")) return Ok();
  return ValidationError("'avro.timestamp_mapping.legacy' = 'false' is not supported.")
      .WithHint("Leave the option out.");
}

}  // namespace

connect::FormatDef AvroFormat() {
  connect::FormatDef def;
  def.name = "avro";
  def.options = &kAvroOptions;
  def.doc = "Avro data without a header, in the schema that the table's columns give.";
  def.by_position = true;
  def.make_decoder = [](const connect::FormatContext& context) -> Result<std::unique_ptr<connect::Decoder>> {
    MR_TRY(CheckOptions(context));
    MR_ASSIGN(const codec::avro::Schema schema, DeriveAvroSchema(context.fields));
    MR_ASSIGN(auto reader, AvroReader::Make(schema, context.fields));
    return std::unique_ptr<connect::Decoder>(std::make_unique<AvroDecoder>(std::move(reader)));
  };
  def.make_encoder = [](const connect::FormatContext& context) -> Result<std::unique_ptr<connect::Encoder>> {
    MR_TRY(CheckOptions(context));
    MR_TRY(DeriveAvroSchema(context.fields));
    return std::unique_ptr<connect::Encoder>(std::make_unique<AvroEncoder>(context.fields));
  };
  return def;
}

}  // namespace millrace::formats
