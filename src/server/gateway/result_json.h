#pragma once

#include <string>

#include "codec/json.h"
#include "data/batch.h"
#include "data/value.h"

namespace millrace::server::gateway {

// How cells are written: JSON values, or the text that Flink's SQL client shows.
enum class RowFormat { kJson, kPlainText };

// Flink's JSON of a logical type: {"type":"VARCHAR","nullable":true,"length":2147483647}.
codec::Json LogicalTypeJson(const DataType& type);

struct RowStyle {
  RowFormat format = RowFormat::kJson;
  // LTZ instants are shown on its clock; null = UTC.
  const TimeZone* zone = nullptr;
  // False for SHOW JOBS and its like, whose LTZ Flink prints as plain text in ISO form and UTC.
  bool query = true;
};

// Appends {"kind":"INSERT","fields":[..]} for every row, with commas between. JSON cells are those of Flink's json
// format: numbers and booleans as they are, BYTES in base64, times in ISO form (an LTZ with the session's clock and a
// "Z"), TIME without its fraction, MAP and ROW as objects; a MAP key that is no string becomes its text.
void AppendRows(std::string& out, const Batch& batch, const Schema& schema, const RowStyle& style);

// One such cell.
void AppendJsonCell(std::string& out, const Value& value, const DataType& type, const TimeZone* zone);

}  // namespace millrace::server::gateway
