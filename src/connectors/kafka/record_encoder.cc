#include "connectors/kafka/record_encoder.h"

#include <fmt/format.h>

namespace millrace::connectors {

Result<std::unique_ptr<RecordEncoder>> RecordEncoder::Create(const KafkaTable& table,
                                                             std::vector<connect::MetadataColumn> metadata) {
  std::unique_ptr<RecordEncoder> out(new RecordEncoder(table, std::move(metadata)));
  if (table.key.format != nullptr) MR_TRY(out->MakeSide(table.key, true, out->key_));
  MR_TRY(out->MakeSide(table.value, false, out->value_));
  return out;
}

Status RecordEncoder::MakeSide(const RecordSide& side, bool is_key, Side& out) {
  if (!side.format->make_encoder) {
    return ValidationError(fmt::format("Format '{}' cannot be written.", side.format->name));
  }
  connect::FormatContext context;
  context.options = side.options;
  context.topic = table_.topics[0];
  context.is_key = is_key;
  context.environment = table_.environment;
  for (const size_t field : side.fields) {
    context.fields.push_back(table_.fields[field]);
    if (is_key) context.fields.back().name.erase(0, side.prefix.size());
  }
  out.fields = side.fields;
  MR_ASSIGN(out.encoder, side.format->make_encoder(context));
  return Ok();
}

Status RecordEncoder::EncodeSide(const Batch& batch, Side& side) {
  side.bytes.clear();
  side.ends.clear();
  Batch part{batch.num_rows, {}, batch.kinds};
  for (const size_t field : side.fields) part.columns.push_back(batch.columns[field]);
  return side.encoder->Encode(part, side.bytes, side.ends);
}

void RecordEncoder::AddHeaders(const Column& column, size_t row) {
  if (column.IsNull(row)) return;
  std::vector<kafka::HeaderView>& out = headers_.emplace_back();
  const Column& names = *column.child(0);
  const Column& values = *column.child(1);
  for (auto i = static_cast<size_t>(column.offsets()[row]); i < static_cast<size_t>(column.offsets()[row + 1]); ++i) {
    kafka::HeaderView header{names.values<StringRef>()[i].view()};
    if (!values.IsNull(i)) {
      header.value = values.values<StringRef>()[i].data();
      header.size = values.values<StringRef>()[i].size;
    }
    out.push_back(header);
  }
  records_[row].headers = out;
}

Status RecordEncoder::AddMetadata(const Batch& batch) {
  for (size_t m = 0; m < metadata_.size(); ++m) {
    const Column& column = *batch.columns[table_.fields.size() + m];
    for (size_t row = 0; row < batch.num_rows; ++row) {
      if (metadata_[m].key == "headers") {
        AddHeaders(column, row);
      } else if (metadata_[m].key == "timestamp" && !column.IsNull(row)) {
        const int64_t millis = column.values<int64_t>()[row];
        if (millis < 0) {
          return UserError(fmt::format("Cannot write to Kafka topic {}: the record timestamp {} is before 1970.",
                                       table_.topics[0], millis));
        }
        records_[row].timestamp = millis;
      }
    }
  }
  return Ok();
}

Result<std::span<kafka::ProducerRecord>> RecordEncoder::Encode(const Batch& batch) {
  records_.assign(batch.num_rows, {});
  headers_.clear();
  batch_ = batch;
  if (key_.encoder != nullptr) {
    MR_TRY(EncodeSide(batch, key_));
    for (size_t row = 0; row < batch.num_rows; ++row) {
      const size_t begin = row == 0 ? 0 : key_.ends[row - 1];
      records_[row].key = key_.bytes.data() + begin;
      records_[row].key_size = key_.ends[row] - begin;
    }
    for (const uint32_t row : key_.encoder->null_messages()) records_[row].key = nullptr;
  }
  MR_TRY(EncodeSide(batch, value_));
  for (size_t row = 0; row < batch.num_rows; ++row) {
    const RowKind kind = batch.kind(row);
    if (table_.upsert && (kind == RowKind::kDelete || kind == RowKind::kUpdateBefore)) continue;  // a tombstone
    const size_t begin = row == 0 ? 0 : value_.ends[row - 1];
    records_[row].value = value_.bytes.data() + begin;
    records_[row].value_size = value_.ends[row] - begin;
  }
  for (const uint32_t row : value_.encoder->null_messages()) {
    records_[row].value = nullptr;
    records_[row].value_size = 0;
  }
  MR_TRY(AddMetadata(batch));
  return std::span(records_);
}

}  // namespace millrace::connectors
