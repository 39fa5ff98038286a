#include "catalog/table.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::catalog {
namespace {

// Java's String.hashCode over UTF-16 units, from UTF-8.
int32_t JavaHash(std::string_view utf8) {
  uint32_t hash = 0;
  size_t i = 0;
  while (i < utf8.size()) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    uint32_t point = length == 1 ? lead : lead & (0xffU >> (length + 1));
    for (size_t k = 1; k < length && i + k < utf8.size(); ++k) {
      point = point << 6 | (static_cast<unsigned char>(utf8[i + k]) & 0x3fU);
    }
    if (point >= 0x10000) {
      hash = hash * 31 + (0xd800 + ((point - 0x10000) >> 10));
      hash = hash * 31 + (0xdc00 + ((point - 0x10000) & 0x3ff));
    } else {
      hash = hash * 31 + point;
    }
    i += length;
  }
  return static_cast<int32_t>(hash);
}

std::string Quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out + quote;
}

std::string SerializableRow(const DataType& type) {
  std::string out;
  for (const Field& field : *type.children) {
    out += out.empty() ? "ROW<" : ", ";
    out += QuoteIdentifier(field.name) + " " + SerializableType(field.type);
    if (!field.comment.empty()) out += " " + QuoteString(field.comment);
  }
  return (out.empty() ? "ROW<" : out) + ">";
}

// Without NOT NULL.
std::string SerializableKind(const DataType& type) {
  switch (type.kind) {
    case TypeKind::kVarChar: return fmt::format("VARCHAR({})", type.precision);
    case TypeKind::kVarBinary: return fmt::format("VARBINARY({})", type.precision);
    case TypeKind::kTimestampLtz: return fmt::format("TIMESTAMP({}) WITH LOCAL TIME ZONE", type.precision);
    case TypeKind::kArray: return fmt::format("ARRAY<{}>", SerializableType(type.child(0)));
    case TypeKind::kMultiset: return fmt::format("MULTISET<{}>", SerializableType(type.child(0)));
    case TypeKind::kMap:
      return fmt::format("MAP<{}, {}>", SerializableType(type.child(0)), SerializableType(type.child(1)));
    case TypeKind::kRow: return SerializableRow(type);
    case TypeKind::kNull:
    case TypeKind::kBoolean:
    case TypeKind::kTinyInt:
    case TypeKind::kSmallInt:
    case TypeKind::kInt:
    case TypeKind::kBigInt:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kDecimal:
    case TypeKind::kChar:
    case TypeKind::kBinary:
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kIntervalYearMonth:
    case TypeKind::kIntervalDaySecond: break;
  }
  return type.WithTimeAttribute(TimeAttribute::kNone).Nullable().ToString();
}

std::string MetadataText(const Column& column) {
  std::string out = "METADATA";
  if (column.has_metadata_from) out += " FROM " + QuoteString(column.metadata_key);
  if (column.is_virtual) out += " VIRTUAL";
  return out;
}

std::string ColumnText(const Column& column) {
  std::string out = "  " + QuoteIdentifier(column.name) + " ";
  switch (column.kind) {
    case Column::Kind::kPhysical: out += SerializableType(column.type); break;
    case Column::Kind::kMetadata: out += SerializableType(column.type) + " " + MetadataText(column); break;
    case Column::Kind::kComputed: out += "AS " + column.expression; break;
  }
  if (!column.comment.empty()) out += " COMMENT " + QuoteString(column.comment);
  return out;
}

std::string QuotedList(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + QuoteIdentifier(name);
  return out;
}

std::string ShowCreateView(const Table& view) {
  std::string out = fmt::format("CREATE {}VIEW {} (\n", view.temporary ? "TEMPORARY " : "", view.path.Quoted());
  for (size_t i = 0; i < view.columns.size(); ++i) {
    out += "  " + QuoteIdentifier(view.columns[i].name) + (i + 1 < view.columns.size() ? ",\n" : "\n");
  }
  out += ") ";
  if (!view.comment.empty()) out += "COMMENT " + QuoteString(view.comment) + "\n";
  return out + "AS " + view.query + "\n";
}

}  // namespace

std::string ObjectPath::Dotted() const { return fmt::format("{}.{}.{}", catalog, database, name); }
std::string ObjectPath::Quoted() const {
  return fmt::format("{}.{}.{}", QuoteIdentifier(catalog), QuoteIdentifier(database), QuoteIdentifier(name));
}

std::optional<size_t> Table::FindColumn(std::string_view name) const {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == name) return i;
  }
  return std::nullopt;
}

Schema Table::RowType() const {
  Schema schema;
  for (const Column& column : columns) {
    DataType type = column.type;
    if (watermark && watermark->column == column.name) type = type.WithTimeAttribute(TimeAttribute::kRowtime);
    schema.fields.push_back({column.name, type, column.comment});
  }
  return schema;
}

std::string Table::Option(const std::string& key) const {
  const auto it = options.find(key);
  return it == options.end() ? "" : it->second;
}

std::string DefaultPrimaryKeyName(const std::vector<std::string>& columns) {
  uint32_t hash = 1;
  for (const std::string& column : columns) hash = hash * 31 + static_cast<uint32_t>(JavaHash(column));
  return fmt::format("PK_{}", static_cast<int32_t>(hash));
}

std::string QuoteIdentifier(std::string_view name) { return Quoted(name, '`'); }
std::string QuoteString(std::string_view text) { return Quoted(text, '\''); }

std::string SerializableType(const DataType& type) {
  return SerializableKind(type) + (type.nullable ? "" : " NOT NULL");
}

std::string ShowCreate(const Table& table) {
  if (table.kind == Table::Kind::kView) return ShowCreateView(table);
  std::string out = fmt::format("CREATE {}TABLE {} (\n", table.temporary ? "TEMPORARY " : "", table.path.Quoted());
  std::vector<std::string> lines;
  for (const Column& column : table.columns) lines.push_back(ColumnText(column));
  if (table.watermark) {
    lines.push_back(
        fmt::format("  WATERMARK FOR {} AS {}", QuoteIdentifier(table.watermark->column), table.watermark->expression));
  }
  if (!table.primary_key.empty()) {
    lines.push_back(fmt::format("  CONSTRAINT {} PRIMARY KEY ({}) NOT ENFORCED",
                                QuoteIdentifier(table.primary_key_name), QuotedList(table.primary_key)));
  }
  out += Join(lines, ",\n") + "\n) ";
  if (!table.comment.empty()) out += "COMMENT " + QuoteString(table.comment) + "\n";
  if (!table.partition_keys.empty()) out += fmt::format("PARTITIONED BY ({})\n", QuotedList(table.partition_keys));
  std::vector<std::string> options;
  for (const auto& [key, value] : table.options)
    options.push_back(fmt::format("  {} = {}", QuoteString(key), QuoteString(value)));
  if (!options.empty()) out += "WITH (\n" + Join(options, ",\n") + "\n)\n";
  return out;
}

Description Describe(const Table& table) {
  Description out{.header = {"name", "type", "null", "key", "extras", "watermark"}, .rows = {}};
  const bool comments =
      std::any_of(table.columns.begin(), table.columns.end(), [](const Column& c) { return !c.comment.empty(); });
  if (comments) out.header.emplace_back("comment");
  const Schema schema = table.RowType();
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    const bool key =
        std::find(table.primary_key.begin(), table.primary_key.end(), column.name) != table.primary_key.end();
    std::vector<std::optional<std::string>> row(6);
    row[0] = column.name;
    row[1] = schema.fields[i].type.Nullable().ToString();
    row[2] = column.type.nullable ? "TRUE" : "FALSE";
    if (key) row[3] = "PRI(" + Join(table.primary_key, ", ") + ")";
    if (column.kind == Column::Kind::kComputed) row[4] = "AS " + column.expression;
    if (column.kind == Column::Kind::kMetadata) row[4] = MetadataText(column);
    if (table.watermark && table.watermark->column == column.name) row[5] = table.watermark->expression;
    if (comments) row.emplace_back(column.comment.empty() ? std::nullopt : std::optional(column.comment));
    out.rows.push_back(std::move(row));
  }
  return out;
}

}  // namespace millrace::catalog
