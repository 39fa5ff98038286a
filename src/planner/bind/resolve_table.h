#pragma once

#include "catalog/table.h"
#include "planner/planner.h"
#include "sql/ast.h"

namespace millrace::planner {

// Places of a table's parts in the statement that is being bound, for errors; parts that came from elsewhere have none.
struct TableSpans {
  SourceSpan statement;     // where nothing better is known
  bool expressions = true;  // expression trees carry spans of this statement
  SourceSpan primary_key;
  SourceSpan watermark;
};

// Types computed columns, checks names, watermark and primary key, makes key columns NOT NULL. Throws BindFailure.
void ResolveTable(catalog::Table& table, const TableSpans& spans, const Context& context);

catalog::Column BindColumn(const sql::ColumnDef& def);
catalog::Watermark BindWatermark(const sql::WatermarkDef& def);
void SetPrimaryKey(catalog::Table& table, const sql::PrimaryKeyDef& def);

}  // namespace millrace::planner
