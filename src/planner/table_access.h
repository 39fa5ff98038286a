#pragma once

#include "catalog/table.h"
#include "connect/connector.h"
#include "planner/planner.h"

namespace millrace::planner {

// The connector of a table by its option 'connector'; the error names those there are (flink-sql.md 5.3).
Result<const connect::ConnectorDef*> FindConnector(const catalog::Table& table, const Context& context);

// The table as its connector sees it: options validated, `scan.watermark.*` (the planner's own) taken out.
Result<connect::TableContext> MakeTableContext(const catalog::Table& table, const connect::ConnectorDef& connector,
                                               const Context& context);

// The error of a table that cannot be made a source or a sink, with Flink's sentence that names it behind the cause,
// and with the place that uses it where it has none. One that names the table gets no such sentence. Option values are
// shown as written: a reference may have brought a secret.
enum class TableUse : uint8_t { kSource, kSink };
Error CannotCreate(TableUse use, const catalog::Table& table, const SourceSpan& span, const Context& context,
                   Error cause);
template <typename T>
Result<T> OrCannotCreate(TableUse use, const catalog::Table& table, const SourceSpan& span, const Context& context,
                         Result<T> made) {
  if (made.ok()) return made;
  return CannotCreate(use, table, span, context, std::move(made).error());
}

// Positions of the table's columns among its physical columns.
std::vector<size_t> PhysicalColumns(const catalog::Table& table);
// Positions of what an INSERT writes, in DDL order.
std::vector<size_t> PersistedColumns(const catalog::Table& table);

// The connector's row for a metadata column of the table; error when it has no such key.
Result<const connect::MetadataKey*> FindMetadata(const catalog::Table& table, const catalog::Column& column,
                                                 const connect::ConnectorDef& connector);

// What a batch for the table's sink looks like: persisted physical columns, then metadata columns, each with the type
// the connector declares. Each with its column in the table.
struct SinkColumn {
  size_t column = 0;
  Field field;
};
Result<std::vector<SinkColumn>> SinkColumns(const catalog::Table& table, const connect::ConnectorDef& connector);

}  // namespace millrace::planner
