#pragma once

// For tests: a small text format, table contexts, a way to drain readers.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/strings.h"
#include "connect/connector.h"
#include "data/batch.h"
#include "data/value.h"

namespace millrace::connectors {

// "a|1": fields by position, `~` is NULL; a text with '!' does not decode, '?' makes the whole call fail for now.
class PipeDecoder final : public connect::Decoder {
 public:
  explicit PipeDecoder(std::vector<Field> fields) : fields_(std::move(fields)) {}
  Result<connect::DecodeResult> Decode(std::span<const connect::ByteView> messages,
                                       std::span<ColumnBuilder> columns) override {
    connect::DecodeResult result;
    bool skipped = false;
    std::vector<uint32_t> row_of;
    for (uint32_t i = 0; i < messages.size(); ++i) {
      const std::string_view text = messages[i].view();
      if (text.find('?') != std::string_view::npos) return ExternalError("format is away");
      if (messages[i].is_null() || text.find('!') != std::string_view::npos) {
        skipped = true;
        if (!messages[i].is_null()) result.errors.push_back({i, UserError("bad text '" + std::string(text) + "'.")});
        continue;
      }
      const auto cells = Split(text, '|');
      for (size_t c = 0; c < fields_.size(); ++c) Append(c < cells.size() ? cells[c] : "~", columns[c]);
      row_of.push_back(i);
    }
    if (skipped) result.row_of = std::move(row_of);
    return result;
  }

 private:
  static void Append(const std::string& cell, ColumnBuilder& column) {
    if (cell == "~") {
      column.AppendNull();
    } else if (column.type().kind == TypeKind::kInt) {
      column.Append(static_cast<int32_t>(ParseInt64(cell).value_or(0)));
    } else {
      column.AppendString(cell);
    }
  }
  std::vector<Field> fields_;
};

class PipeEncoder final : public connect::Encoder {
 public:
  Status Encode(const Batch& batch, std::string& out, std::vector<size_t>& ends) override {
    for (size_t row = 0; row < batch.num_rows; ++row) {
      for (size_t c = 0; c < batch.columns.size(); ++c) {
        if (c != 0) out.push_back('|');
        batch.columns[c]->IsNull(row) ? out.push_back('~') : AppendValueText(out, *batch.columns[c], row);
      }
      ends.push_back(out.size());
    }
    return Ok();
  }
};

inline connect::FormatDef PipeFormat(std::string_view name = "csv") {
  static const OptionTable options;
  connect::FormatDef def;
  def.name = name;
  def.options = &options;
  def.by_position = true;
  def.make_decoder = [](const connect::FormatContext& context) -> Result<std::unique_ptr<connect::Decoder>> {
    return std::unique_ptr<connect::Decoder>(std::make_unique<PipeDecoder>(context.fields));
  };
  def.make_encoder = [](const connect::FormatContext&) -> Result<std::unique_ptr<connect::Encoder>> {
    return std::unique_ptr<connect::Encoder>(std::make_unique<PipeEncoder>());
  };
  return def;
}

inline connect::FormatDef ChangingFormat() {  // a CDC format, by its changelog only
  connect::FormatDef def = PipeFormat("cdc");
  def.changelog = ChangelogMode::All();
  return def;
}

inline const std::vector<connect::FormatDef>& TestFormats() {
  static const std::vector<connect::FormatDef> formats = {PipeFormat(), ChangingFormat()};
  return formats;
}

inline Result<connect::TableContext> TableOf(const connect::ConnectorDef& connector,
                                             const connect::Environment& environment, std::vector<Field> fields,
                                             OptionMap options, std::vector<size_t> primary_key = {}) {
  connect::TableContext table;
  table.table_name = "t";
  table.physical_fields = std::move(fields);
  table.primary_key = std::move(primary_key);
  table.environment = &environment;
  options["connector"] = connector.name;
  MR_ASSIGN(table.options, connect::ValidateTableOptions(connector, TestFormats(), options));
  return table;
}

template <typename T>
T Must(Result<T> result) {
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().ToString());
  if (!result.ok()) abort();
  return std::move(*result);
}
inline void Must(Status status) { ASSERT_TRUE(status.ok()) << status.error().ToString(); }

// What a reader gave: "+I | a | 1" per row, events as "added SALES-0", "finished 0", "bad PLACE: REASON", "error ...".
struct Drained {
  std::vector<std::string> rows;
  std::vector<std::string> events;
  bool ended = false;
};

// Polls until the end, an error that does not heal, or `num_rows` rows.
inline Drained Drain(connect::SourceReader& reader, size_t num_rows = SIZE_MAX, int max_polls = 500) {
  Drained out;
  for (int i = 0; i < max_polls && !out.ended && out.rows.size() < num_rows; ++i) {
    auto event = reader.Poll(50);
    if (!event.ok()) {
      out.events.push_back("error " + event.error().message);
      if (event.error().retry == Retry::kNo) return out;
      continue;
    }
    for (const connect::BadRecord& bad : event->bad_records)
      out.events.push_back("bad " + bad.place + ": " + bad.reason);
    switch (event->kind) {
      case connect::SourceEvent::Kind::kRows:
        for (size_t row = 0; row < event->batch.num_rows; ++row) out.rows.push_back(FormatRow(event->batch, row));
        break;
      case connect::SourceEvent::Kind::kSplitAdded: out.events.push_back("added " + event->split_name); break;
      case connect::SourceEvent::Kind::kSplitFinished:
        out.events.push_back("finished " + std::to_string(event->split.value));
        break;
      case connect::SourceEvent::Kind::kEnd: out.ended = true; break;
      case connect::SourceEvent::Kind::kNothing:
      case connect::SourceEvent::Kind::kWatermark: break;
    }
  }
  return out;
}

inline Batch BatchOf(const std::vector<Field>& fields, const std::vector<ValueList>& rows,
                     std::vector<RowKind> kinds = {}) {
  Batch batch;
  batch.num_rows = rows.size();
  for (size_t i = 0; i < fields.size(); ++i) {
    ColumnBuilder builder(fields[i].type);
    for (const ValueList& row : rows) builder.AppendValue(row[i]);
    batch.columns.push_back(builder.Finish());
  }
  if (!kinds.empty()) batch.kinds = std::make_shared<const std::vector<RowKind>>(std::move(kinds));
  return batch;
}

inline const DataType kIntType = DataType::Of(TypeKind::kInt);
inline const DataType kStringType = DataType::String();

}  // namespace millrace::connectors
