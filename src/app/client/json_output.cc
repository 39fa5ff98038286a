#include "app/client/json_output.h"

#include <algorithm>

#include "codec/json.h"
#include "data/batch.h"

namespace millrace::app::client {
namespace {

using codec::Json;

void AppendRow(std::string& out, const Schema& schema, const Cells& cells) {
  out += R"("row":{)";
  for (size_t i = 0; i < std::min(cells.size(), schema.fields.size()); ++i) {
    if (i > 0) out += ',';
    codec::AppendJsonString(out, schema.fields[i].name);
    out += ':';
    out += cells[i].value_or("null");
  }
  out += "}}\n";
}

}  // namespace

std::string JsonRows(const Schema& schema, const std::vector<Cells>& rows) {
  std::string out;
  for (const Cells& cells : rows) {
    out += '{';
    AppendRow(out, schema, cells);
  }
  return out;
}

std::string JsonChanges(const Schema& schema, const std::vector<ResultRow>& rows) {
  std::string out;
  for (const ResultRow& row : rows) {
    out += R"({"op":")";
    out += RowKindShortName(row.kind);
    out += R"(",)";
    AppendRow(out, schema, row.cells);
  }
  return out;
}

std::string JsonLine(std::string_view name, std::string_view text) {
  return Json::MakeObject().Set(name, text).ToString() + "\n";
}

std::string JsonError(const Error& error) {
  Json what = Json::MakeObject();
  if (!error.code.empty()) what.Set("class", error.code);
  what.Set("message", error.message);
  if (error.span) what.Set("line", int64_t{error.span->line}).Set("column", int64_t{error.span->column});
  if (!error.hint.empty()) what.Set("hint", error.hint);
  return Json::MakeObject().Set("error", std::move(what)).ToString() + "\n";
}

}  // namespace millrace::app::client
