#include "connectors/kafka/record_decoder.h"

#include <algorithm>

#include <fmt/format.h>

#include "connectors/kafka/kafka_metadata.h"

namespace millrace::connectors {
namespace {

using kafka::MessageView;

std::string PlaceWords(const kafka::TopicPartition& place, int64_t offset) {
  return fmt::format("topic {} partition {} offset {}", place.topic, place.partition, offset);
}

// Rows `rows` of a column, or the column itself when they are all of its rows in order.
ColumnPtr Pick(const ColumnPtr& column, const std::vector<uint32_t>& rows) {
  bool identity = rows.size() == column->size();
  for (size_t i = 0; identity && i < rows.size(); ++i) identity = rows[i] == i;
  return identity ? column : column->Gather(rows);
}

}  // namespace

Result<std::unique_ptr<RecordDecoder>> RecordDecoder::Create(const KafkaTable& table,
                                                             std::vector<size_t> projected_fields,
                                                             std::vector<connect::MetadataColumn> metadata) {
  std::unique_ptr<RecordDecoder> out(new RecordDecoder(table, std::move(metadata)));
  std::vector<int> key_columns(table.fields.size(), -1);
  std::vector<int> value_columns(table.fields.size(), -1);
  if (table.key.format != nullptr) {
    MR_TRY(out->MakeSide(table.key, true, projected_fields, out->key_, key_columns));
  }
  MR_TRY(out->MakeSide(table.value, false, projected_fields, out->value_, value_columns));
  for (const size_t field : projected_fields) {
    out->fields_.push_back({key_columns[field], value_columns[field], table.fields[field].type});
  }
  return out;
}

Status RecordDecoder::MakeSide(const RecordSide& side, bool is_key, const std::vector<size_t>& projected, Side& out,
                               std::vector<int>& column_of_field) {
  connect::FormatContext context;
  context.options = side.options;
  context.topic = table_.topics.size() == 1 ? table_.topics[0] : "";
  context.is_key = is_key;
  context.environment = table_.environment;
  for (const size_t field : side.fields) {
    const bool wanted = std::find(projected.begin(), projected.end(), field) != projected.end();
    if (!wanted && !side.format->by_position) continue;
    if (wanted) column_of_field[field] = static_cast<int>(context.fields.size());
    context.fields.push_back(table_.fields[field]);
  }
  // Somebody has to say whether a record gives a row at all.
  if (context.fields.empty() && !side.fields.empty()) context.fields.push_back(table_.fields[side.fields[0]]);
  if (context.fields.empty()) return Ok();
  if (is_key) {
    for (Field& field : context.fields) field.name.erase(0, side.prefix.size());
  }
  if (!side.format->make_decoder) {
    return ValidationError(fmt::format("Format '{}' cannot be read.", side.format->name));
  }
  MR_ASSIGN(out.decoder, side.format->make_decoder(context));
  for (const Field& field : context.fields) out.builders.emplace_back(field.type);
  return Ok();
}

Status RecordDecoder::DecodeSide(Side& side) {
  side.columns.clear();
  side.result = {};
  side.num_rows = side.views.size();
  if (side.decoder == nullptr) return Ok();
  for (ColumnBuilder& builder : side.builders) builder.Reserve(side.views.size());
  auto result = side.decoder->Decode(side.views, side.builders);
  if (!result.ok()) {
    for (ColumnBuilder& builder : side.builders) builder.TruncateTo(0);
    return std::move(result).error();
  }
  side.result = std::move(*result);
  side.num_rows = side.builders[0].size();
  for (ColumnBuilder& builder : side.builders) side.columns.push_back(builder.Finish());
  return Ok();
}

Status RecordDecoder::AddError(const connect::RecordError& error, const Side& side,
                               std::span<const MessageView> messages, const kafka::TopicPartition& place,
                               std::vector<connect::BadRecord>& bad) {
  const size_t index = side.message_of_view.empty() ? error.index : side.message_of_view[error.index];
  const MessageView& message = messages[index];
  if (table_.error_mode == ErrorMode::kFail) {
    Error out = error.error;
    return std::move(out).InContext(fmt::format("Bad record in {}", PlaceWords(place, message.offset)));
  }
  is_bad_.resize(messages.size());
  if (is_bad_[index] != 0) return Ok();
  is_bad_[index] = 1;
  connect::BadRecord record;
  record.place = PlaceWords(place, message.offset);
  record.reason = error.error.message;
  if (message.key != nullptr) record.key.assign(message.key, message.key_size);
  if (message.value != nullptr) record.bytes.assign(message.value, message.value_size);
  record.topic = place.topic;
  record.partition = place.partition;
  record.offset = message.offset;
  record.timestamp = message.timestamp;
  bad.push_back(std::move(record));
  return Ok();
}

Status RecordDecoder::CollectErrors(std::span<const MessageView> messages, const kafka::TopicPartition& place,
                                    std::vector<connect::BadRecord>& bad) {
  is_bad_.clear();
  // In offset order, so that the mode `fail` names the first bad record whichever side it is.
  auto key = key_.result.errors.begin();
  auto value = value_.result.errors.begin();
  const auto message_of = [](const Side& side, size_t view) {
    return side.message_of_view.empty() ? view : side.message_of_view[view];
  };
  while (key != key_.result.errors.end() || value != value_.result.errors.end()) {
    const bool take_key =
        value == value_.result.errors.end() ||
        (key != key_.result.errors.end() && message_of(key_, key->index) <= message_of(value_, value->index));
    MR_TRY(take_key ? AddError(*key++, key_, messages, place, bad) : AddError(*value++, value_, messages, place, bad));
  }
  return Ok();
}

bool RecordDecoder::IsOneToOne(size_t num_messages) const {
  return key_.decoder == nullptr && !table_.upsert && value_.num_rows == num_messages && value_.result.row_of.empty() &&
         value_.result.kinds.empty() && is_bad_.empty();
}

void RecordDecoder::LineUpRows(std::span<const MessageView> messages) {
  rows_.clear();
  // One row at most comes of a key.
  std::vector<int32_t> key_row;
  if (key_.decoder != nullptr) {
    key_row.assign(messages.size(), -1);
    const bool direct = key_.result.row_of.empty() && key_.num_rows == messages.size();
    for (size_t row = 0; row < key_.num_rows; ++row) {
      key_row[direct ? row : key_.result.row_of[row]] = static_cast<int32_t>(row);
    }
  }
  const auto add = [&](uint32_t message, int32_t value_row, RowKind kind) {
    if (!is_bad_.empty() && is_bad_[message] != 0) return;
    if (key_.decoder != nullptr && key_row[message] < 0) return;
    rows_.push_back({message, key_.decoder == nullptr ? -1 : key_row[message], value_row, kind});
  };
  const bool direct = value_.result.row_of.empty() && value_.num_rows == value_.views.size();
  uint32_t next_message = 0;  // tombstones before it are in rows_
  const auto add_tombstones_before = [&](uint32_t message) {
    for (; next_message < message; ++next_message) {
      if (table_.upsert && messages[next_message].value == nullptr) add(next_message, -1, RowKind::kDelete);
    }
  };
  for (size_t row = 0; row < value_.num_rows; ++row) {
    const uint32_t view = direct ? static_cast<uint32_t>(row) : value_.result.row_of[row];
    const uint32_t message = value_.message_of_view.empty() ? view : value_.message_of_view[view];
    add_tombstones_before(message);
    const RowKind kind = table_.upsert                 ? RowKind::kUpdateAfter
                         : value_.result.kinds.empty() ? RowKind::kInsert
                                                       : value_.result.kinds[row];
    add(message, static_cast<int32_t>(row), kind);
  }
  add_tombstones_before(static_cast<uint32_t>(messages.size()));
}

Batch RecordDecoder::Assemble() {
  Batch batch;
  batch.num_rows = rows_.size();
  const bool has_tombstones = std::any_of(rows_.begin(), rows_.end(), [](const Row& row) { return row.value_row < 0; });
  std::vector<uint32_t> key_rows;
  std::vector<uint32_t> value_rows;
  for (const Row& row : rows_) {
    key_rows.push_back(static_cast<uint32_t>(row.key_row));
    value_rows.push_back(static_cast<uint32_t>(row.value_row));
  }
  for (const FieldSource& source : fields_) {
    const ColumnPtr* key = source.key_column < 0 ? nullptr : &key_.columns[static_cast<size_t>(source.key_column)];
    const ColumnPtr* value =
        source.value_column < 0 ? nullptr : &value_.columns[static_cast<size_t>(source.value_column)];
    if (value == nullptr && key != nullptr) {
      batch.columns.push_back(Pick(*key, key_rows));
    } else if (!has_tombstones) {
      batch.columns.push_back(Pick(*value, value_rows));
    } else {
      ColumnBuilder builder(source.type);
      for (const Row& row : rows_) {
        if (row.value_row >= 0) {
          builder.AppendFrom(**value, static_cast<size_t>(row.value_row));
        } else if (key != nullptr) {
          builder.AppendFrom(**key, static_cast<size_t>(row.key_row));
        } else {
          builder.AppendNull();
        }
      }
      batch.columns.push_back(builder.Finish());
    }
  }
  if (std::any_of(rows_.begin(), rows_.end(), [](const Row& row) { return row.kind != RowKind::kInsert; })) {
    auto kinds = std::make_shared<std::vector<RowKind>>();
    for (const Row& row : rows_) kinds->push_back(row.kind);
    batch.kinds = std::move(kinds);
  }
  return batch;
}

Result<DecodedRecords> RecordDecoder::Decode(std::span<const MessageView> messages,
                                             const kafka::TopicPartition& place) {
  key_.views.clear();
  value_.views.clear();
  value_.message_of_view.clear();
  DecodedRecords out;
  for (uint32_t i = 0; i < messages.size(); ++i) {
    out.bytes += messages[i].key_size + messages[i].value_size;
    if (key_.decoder != nullptr) key_.views.push_back({messages[i].key, messages[i].key_size});
    if (table_.upsert) {
      if (messages[i].value == nullptr) continue;  // a delete, whatever the format makes of null
      value_.message_of_view.push_back(i);
    }
    value_.views.push_back({messages[i].value, messages[i].value_size});
  }
  if (key_.decoder != nullptr) MR_TRY(DecodeSide(key_));
  MR_TRY(DecodeSide(value_));
  MR_TRY(CollectErrors(messages, place, out.bad_records));
  std::vector<uint32_t> row_messages;
  if (IsOneToOne(messages.size())) {
    out.batch.num_rows = messages.size();
    for (const FieldSource& source : fields_) {
      out.batch.columns.push_back(value_.columns[static_cast<size_t>(source.value_column)]);
    }
  } else {
    LineUpRows(messages);
    out.batch = Assemble();
    if (rows_.empty()) return out;
    for (const Row& row : rows_) row_messages.push_back(row.message);
  }
  for (const connect::MetadataColumn& column : metadata_) {
    out.batch.columns.push_back(MetadataColumnOf(column, messages, row_messages, place));
  }
  return out;
}

}  // namespace millrace::connectors
