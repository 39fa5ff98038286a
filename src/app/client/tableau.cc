#include "app/client/tableau.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "data/value.h"

namespace millrace::app::client {
namespace {

std::string Padded(std::string_view text, size_t width) {
  const size_t used = DisplayWidth(text);
  return std::string(used < width ? width - used : 0, ' ') + std::string(text);
}

std::string Border(const std::vector<size_t>& widths) {
  std::string out = "+";
  for (const size_t width : widths) out += std::string(width + 2, '-') + "+";
  return out + "\n";
}

std::string RowLine(const std::vector<std::string>& cells, const std::vector<size_t>& widths) {
  std::string out = "|";
  for (size_t i = 0; i < cells.size(); ++i) out += " " + Padded(FitText(cells[i], widths[i]), widths[i]) + " |";
  return out + "\n";
}

std::string Rows(int64_t count) { return fmt::format("{} {}", count, count <= 1 ? "row" : "rows"); }

std::string TimeCost(double seconds) { return fmt::format(" ({:.2f} seconds)", seconds); }

}  // namespace

std::string_view CutText(std::string_view text, size_t width) {
  size_t end = 0;
  size_t used = 0;
  while (end < text.size()) {
    size_t next = end + 1;
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0) == 0x80) ++next;
    used += DisplayWidth(text.substr(end, next - end));
    if (used > width) break;
    end = next;
  }
  return text.substr(0, end);
}

std::string FitText(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  return std::string(CutText(text, width > 3 ? width - 3 : 0)) + "...";
}

size_t TableauWidth(const Field& field, size_t max_column_width) {
  const DataType& type = field.type;
  const auto precision = static_cast<size_t>(type.precision);
  size_t width = max_column_width;
  switch (type.kind) {
    case TypeKind::kTinyInt: width = 4; break;
    case TypeKind::kSmallInt: width = 6; break;
    case TypeKind::kInt: width = 11; break;
    case TypeKind::kBigInt: width = 20; break;
    case TypeKind::kDecimal: width = precision + 2; break;
    case TypeKind::kBoolean: width = 5; break;
    case TypeKind::kDate: width = 10; break;
    case TypeKind::kTime: width = precision == 0 ? 8 : precision + 9; break;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz: width = precision == 0 ? 19 : precision <= 3 ? 23 : precision <= 6 ? 26 : 29; break;
    case TypeKind::kNull:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kChar:
    case TypeKind::kVarChar:
    case TypeKind::kBinary:
    case TypeKind::kVarBinary:
    case TypeKind::kIntervalYearMonth:
    case TypeKind::kIntervalDaySecond:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset:
    case TypeKind::kRow: break;
  }
  return std::max({width, DisplayWidth(field.name), kNullText.size()});
}

std::optional<std::string> CellText(const Column& column, size_t row, const TimeZone* zone) {
  if (column.IsNull(row)) return std::nullopt;
  if (column.type().IsBinary()) return fmt::format("x'{}'", HexEncode(column.values<StringRef>()[row].view()));
  std::string out;
  AppendValueText(out, column, row, zone);
  return out;
}

StreamingTableau::StreamingTableau(Schema schema, TableauStyle style, WriteText write)
    : schema_(std::move(schema)), style_(style), write_(std::move(write)), widths_{2} {
  for (const Field& field : schema_.fields) widths_.push_back(TableauWidth(field, style_.max_column_width));
}

void StreamingTableau::Begin() {
  std::vector<std::string> names = {"op"};
  for (const Field& field : schema_.fields) names.push_back(field.name);
  write_(Border(widths_) + RowLine(names, widths_) + Border(widths_));
}

void StreamingTableau::Rows(const std::vector<ResultRow>& rows) {
  std::string out;
  for (const ResultRow& row : rows) {
    std::vector<std::string> cells = {std::string(RowKindShortName(row.kind))};
    for (const auto& cell : row.cells) cells.push_back(cell.value_or(std::string(kNullText)));
    out += RowLine(cells, widths_);
  }
  num_rows_ += static_cast<int64_t>(rows.size());
  if (!out.empty()) write_(out);
}

void StreamingTableau::End(bool cancelled, double seconds) {
  std::string out = num_rows_ > 0 ? Border(widths_) : "";
  out += cancelled ? "Query terminated, received a total of " : "Received a total of ";
  out += client::Rows(num_rows_);
  if (style_.print_time_cost) out += TimeCost(seconds);
  write_(out + "\n");
}

std::string RenderTable(const Schema& schema, const std::vector<Cells>& rows, size_t max_width,
                        std::optional<double> seconds) {
  const std::string time = seconds ? TimeCost(*seconds) : "";
  if (rows.empty()) return "Empty set" + time + "\n";
  std::vector<std::string> header;
  std::vector<size_t> widths;
  for (const Field& field : schema.fields) {
    header.push_back(field.name);
    widths.push_back(DisplayWidth(field.name));
  }
  std::vector<std::vector<std::string>> cells;
  for (const Cells& row : rows) {
    auto& line = cells.emplace_back();
    for (size_t i = 0; i < std::min(row.size(), widths.size()); ++i) {
      line.push_back(row[i].value_or(std::string(kNullText)));
      widths[i] = std::max(widths[i], std::min(max_width, DisplayWidth(line.back())));
    }
  }
  std::string out = Border(widths) + RowLine(header, widths) + Border(widths);
  for (const auto& line : cells) out += RowLine(line, widths);
  return out + Border(widths) + fmt::format("{} in set{}\n", Rows(static_cast<int64_t>(rows.size())), time);
}

}  // namespace millrace::app::client
