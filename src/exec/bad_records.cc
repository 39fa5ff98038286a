#include "exec/bad_records.h"

#include <fmt/format.h>

#include "data/column_builder.h"

namespace millrace::exec {
namespace {

Value FieldValue(std::string_view name, const connect::BadRecord& record, int64_t now_millis) {
  const auto known = [](int64_t number) { return number < 0 ? Value() : Value(number); };
  if (name == "error_timestamp") return now_millis;
  if (name == "error_code") return std::string("DESERIALIZATION_ERROR");
  if (name == "error_reason") return record.reason;
  if (name == "topic") return record.topic.empty() ? Value() : Value(record.topic);
  if (name == "partition") return known(record.partition);
  if (name == "offset") return known(record.offset);
  if (name == "timestamp") return known(record.timestamp);
  if (name == "key") return record.key;
  if (name == "value") return record.bytes;
  return {};
}

}  // namespace

Status BadRecords::Write(const std::string& table, const std::vector<connect::BadRecord>& records, int64_t now_millis) {
  const std::lock_guard lock(mutex_);
  for (const auto& sink : plan_.bad_record_sinks) {
    if (sink.table_name != table) continue;
    auto& writer = writers_[table];
    if (writer == nullptr) {
      MR_ASSIGN(writer, sink.sink->CreateWriter(0, 1));
    }
    Batch batch{.num_rows = records.size()};
    for (const Field& field : sink.schema.fields) {
      ColumnBuilder builder(field.type);
      for (const connect::BadRecord& record : records) builder.AppendValue(FieldValue(field.name, record, now_millis));
      batch.columns.push_back(builder.Finish());
    }
    return writer->Write(batch);
  }
  return InternalError(fmt::format("The table '{}' for bad records is not part of the plan.", table));
}

Status BadRecords::Flush() {
  const std::lock_guard lock(mutex_);
  for (auto& [table, writer] : writers_) MR_TRY(writer->Flush());
  return Ok();
}

}  // namespace millrace::exec
