#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/options.h"
#include "connect/environment.h"
#include "connect/format.h"
#include "connect/sink.h"
#include "connect/source.h"

namespace millrace::connect {

// A metadata column of a table that the query uses: which of the connector's keys feeds (or takes) which field.
struct MetadataColumn {
  std::string key;  // "timestamp"
  Field field;      // type as the connector declares it; casts are the planner's matter
};

// A table as a connector sees it.
struct TableContext {
  std::string table_name;              // "SALES", for messages
  std::vector<Field> physical_fields;  // all physical columns, in DDL order
  std::vector<size_t> primary_key;     // indices into physical_fields, DDL order of the key
  Options options;                     // validated: the connector's table plus the prefixed tables of its formats
  const Environment* environment = nullptr;
};

struct SourceContext {
  TableContext table;
  // The columns a batch carries: physical fields that are read (projection push-down; indices into physical_fields,
  // ascending), then metadata columns in order.
  std::vector<size_t> projected_fields;
  std::vector<MetadataColumn> metadata;
};

struct SinkContext {
  TableContext table;
  // Columns of a batch: all persisted physical fields in DDL order, then writable metadata columns.
  std::vector<MetadataColumn> metadata;
  ChangelogMode input;  // what the query produces
};

struct MetadataKey {
  std::string_view key;
  DataType type;
  bool readable = true;
  bool writable = false;
};

// One row of connectors/all.cc. Adding a connector = adding a folder and a row.
struct ConnectorDef {
  std::string_view name;  // "kafka"
  const OptionTable* options =
      nullptr;  // "connector" itself and the format keys ("format", "key.format", "value.format") included
  std::string_view doc;
  std::vector<MetadataKey> metadata;
  // What a sink of this table accepts; null result = cannot be written. E.g. upsert-kafka: ChangelogMode::Upsert().
  std::function<Result<ChangelogMode>(const TableContext&)> sink_changelog;
  std::function<Result<std::unique_ptr<Source>>(const SourceContext&)> make_source;  // empty: cannot be read
  std::function<Result<std::unique_ptr<Sink>>(const SinkContext&)> make_sink;        // empty: cannot be written
};

// Validates the WITH options of a table against the connector's table and, under the right prefixes, the tables of the
// formats it names (flink-sql.md 6: 'format'='F' -> `F.opt`; key.format/value.format -> `key.F.opt`, `value.F.opt`).
Result<Options> ValidateTableOptions(const ConnectorDef& connector, const std::vector<FormatDef>& formats,
                                     const OptionMap& given);
// The format named by option `format_key` ("format", "key.format" or "value.format"; "value.format" falls back to
// "format"). Error when it is missing or unknown, naming the nearest.
Result<const FormatDef*> FindFormat(const TableContext& table, std::string_view format_key);
// The options of that format: the prefix cut off and validated against its table.
Result<Options> FormatOptions(const TableContext& table, std::string_view format_key);

}  // namespace millrace::connect
