#include "planner/table_access.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/strings.h"
#include "connect/references.h"

namespace millrace::planner {
namespace {

// Options every table may have and the planner acts on (flink-sql.md 3.1).
constexpr std::string_view kPlannerOptions[] = {
    "scan.watermark.idle-timeout",    "scan.watermark.emit.strategy",       "scan.watermark.emit.on-event.gap",
    "scan.watermark.alignment.group", "scan.watermark.alignment.max-drift", "scan.watermark.alignment.update-interval"};

// Whether the text holds the table's name, not just a longer name that begins like it.
bool Names(std::string_view text, std::string_view table) {
  for (size_t at = text.find(table); at != std::string_view::npos; at = text.find(table, at + 1)) {
    const size_t end = at + table.size();
    if (end == text.size()) return true;
    const auto next = static_cast<unsigned char>(text[end]);
    if (std::isalnum(next) == 0 && next != '_' && next != '$' && next != '-' && next < 0x80) return true;
  }
  return false;
}

}  // namespace

Result<const connect::ConnectorDef*> FindConnector(const catalog::Table& table, const Context& context) {
  const auto option = table.options.find("connector");
  if (option == table.options.end()) {
    return ValidationError("Table options do not contain an option key 'connector' for discovering a connector.")
        .WithHint(fmt::format("Add WITH ('connector' = '...') to the table {}.", table.path.Dotted()));
  }
  std::vector<std::string> names;
  for (const connect::ConnectorDef& connector : *context.connectors) {
    if (connector.name == option->second) return &connector;
    names.emplace_back(connector.name);
  }
  std::sort(names.begin(), names.end());
  return ValidationError(fmt::format("Could not find any factory for identifier '{}' that implements "
                                     "'org.apache.flink.table.factories.DynamicTableFactory' in the classpath.\n\n"
                                     "Available factory identifiers are:\n\n{}",
                                     option->second, Join(names, "\n")))
      .WithHint(DidYouMean(option->second, names));
}

Result<connect::TableContext> MakeTableContext(const catalog::Table& table, const connect::ConnectorDef& connector,
                                               const Context& context) {
  connect::TableContext out;
  out.table_name = table.path.name;
  out.environment = context.environment.get();
  std::vector<std::string> physical;
  for (const size_t column : PhysicalColumns(table)) {
    out.physical_fields.push_back(
        {table.columns[column].name, table.columns[column].type, table.columns[column].comment});
    physical.push_back(table.columns[column].name);
  }
  for (const std::string& key : table.primary_key) {
    const auto at = std::find(physical.begin(), physical.end(), key);
    if (at != physical.end()) out.primary_key.push_back(static_cast<size_t>(at - physical.begin()));
  }
  OptionMap options = table.options;
  for (const std::string_view name : kPlannerOptions) options.erase(std::string(name));
  MR_ASSIGN(options, connect::ResolveReferences(std::move(options), table.path.Dotted(), *context.environment));
  MR_ASSIGN(out.options, connect::ValidateTableOptions(connector, *context.formats, options));
  return out;
}

Error CannotCreate(TableUse use, const catalog::Table& table, const SourceSpan& span, const Context& context,
                   Error cause) {
  const std::string name = table.path.Dotted();
  if (!cause.span) cause.span = span;
  cause.message = connect::WithReferences(std::move(cause.message), table.options, *context.environment);
  cause.hint = connect::WithReferences(std::move(cause.hint), table.options, *context.environment);
  if (Names(cause.message, name) || Names(cause.hint, name)) return cause;
  cause.message += fmt::format("\n\nUnable to create a {} table '{}'.",
                               use == TableUse::kSource ? "source for reading" : "sink for writing", name);
  return cause;
}

std::vector<size_t> PhysicalColumns(const catalog::Table& table) {
  std::vector<size_t> out;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].kind == catalog::Column::Kind::kPhysical) out.push_back(i);
  }
  return out;
}

std::vector<size_t> PersistedColumns(const catalog::Table& table) {
  std::vector<size_t> out;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].persisted()) out.push_back(i);
  }
  return out;
}

Result<const connect::MetadataKey*> FindMetadata(const catalog::Table& table, const catalog::Column& column,
                                                 const connect::ConnectorDef& connector) {
  std::vector<std::string> keys;
  for (const connect::MetadataKey& key : connector.metadata) {
    if (key.key == column.metadata_key) return &key;
    keys.emplace_back(key.key);
  }
  if (keys.empty()) {
    return ValidationError(
        fmt::format("Table '{}' declares metadata columns, but the underlying connector '{}' has none.",
                    table.path.Dotted(), connector.name));
  }
  return ValidationError(
             fmt::format("Invalid metadata key '{}' in column '{}' of table '{}'. The connector '{}' supports the "
                         "following metadata keys:\n{}",
                         column.metadata_key, column.name, table.path.Dotted(), connector.name, Join(keys, "\n")))
      .WithHint(DidYouMean(column.metadata_key, keys));
}

Result<std::vector<SinkColumn>> SinkColumns(const catalog::Table& table, const connect::ConnectorDef& connector) {
  std::vector<SinkColumn> out;
  for (const size_t i : PhysicalColumns(table)) out.push_back({i, {table.columns[i].name, table.columns[i].type, ""}});
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const catalog::Column& column = table.columns[i];
    if (column.kind != catalog::Column::Kind::kMetadata || column.is_virtual) continue;
    MR_ASSIGN(const connect::MetadataKey* key, FindMetadata(table, column, connector));
    if (!key->writable) {
      return ValidationError(
                 fmt::format("Metadata column '{}' of table '{}' cannot be written: the key '{}' of connector '{}' is "
                             "read-only.",
                             column.name, table.path.Dotted(), column.metadata_key, connector.name))
          .WithHint("Declare the column as VIRTUAL to leave it out when writing.");
    }
    out.push_back({i, {column.name, key->type.WithNullable(column.type.nullable), ""}});
  }
  return out;
}

}  // namespace millrace::planner
