#include <fmt/format.h>

#include "base/strings.h"
#include "planner/bind/bind_error.h"
#include "planner/bind/query_binder.h"
#include "planner/rules/expr_rewrite.h"
#include "planner/table_access.h"

namespace millrace::planner {

using plan::Expr;
using plan::ExprPtr;
using plan::LogicalKind;
using plan::LogicalNode;
using plan::LogicalPtr;

namespace {

LogicalPtr MakeScan(const std::shared_ptr<const catalog::Table>& table, const Context& context,
                    const SourceSpan& span) {
  auto scan = std::make_unique<LogicalNode>();
  scan->kind = LogicalKind::kScan;
  scan->span = span;
  scan->table = table;
  const std::vector<size_t> physical = PhysicalColumns(*table);
  for (size_t i = 0; i < physical.size(); ++i) {
    const catalog::Column& column = table->columns[physical[i]];
    scan->projected_fields.push_back(i);
    scan->schema.fields.push_back({column.name, column.type, column.comment});
  }
  for (const catalog::Column& column : table->columns) {
    if (column.kind != catalog::Column::Kind::kMetadata) continue;
    const connect::ConnectorDef* connector =
        OrFail(OrCannotCreate(TableUse::kSource, *table, span, context, FindConnector(*table, context)), span);
    const connect::MetadataKey* key = OrFail(FindMetadata(*table, column, *connector), span);
    if (!key->readable) {
      FailValidation(fmt::format("Metadata key '{}' of column '{}' in table '{}' cannot be read.", column.metadata_key,
                                 column.name, table->path.Dotted()),
                     span);
    }
    const Field field{column.name, key->type, column.comment};
    scan->metadata.push_back({column.metadata_key, field});
    scan->schema.fields.push_back(field);
  }
  return scan;
}

// Where each column that the scan reads stands in its output, by the column's name.
size_t ScanColumn(const LogicalNode& scan, const std::string& name) {
  for (size_t i = 0; i < scan.schema.size(); ++i) {
    if (scan.schema.fields[i].name == name) return i;
  }
  Fail(InternalError("BindScan: lost column " + name));
}

// All columns in DDL order: computed ones evaluated, metadata cast to what was declared.
LogicalPtr AddComputedColumns(LogicalPtr scan, const catalog::Table& table, const Context& context) {
  std::vector<ScopeColumn> readable;  // computed columns do not see each other
  std::vector<ExprPtr> base;
  for (const catalog::Column& column : table.columns) {
    if (column.kind == catalog::Column::Kind::kComputed) continue;
    const size_t at = ScanColumn(*scan, column.name);
    readable.push_back({table.path.name, column.name, column.type});
    base.push_back(CastIfNeeded(Expr::Input(at, scan->schema.fields[at].type), column.type));
  }
  std::vector<ExprPtr> projections;
  std::vector<std::string> names;
  size_t next = 0;
  for (const catalog::Column& column : table.columns) {
    names.push_back(column.name);
    if (column.kind != catalog::Column::Kind::kComputed) {
      projections.push_back(base[next++]->Clone());
      projections.back()->type.nullable = column.type.nullable;  // as declared, also where the key is never NULL
      continue;
    }
    const ExprPtr bound = ExprBinder(readable, context, "computed column").Bind(*column.expression_tree);
    projections.push_back(InlineProjections(*bound, base));
    projections.back()->type = bound->type;
  }
  LogicalPtr project = MakeProject(std::move(scan), std::move(projections), std::move(names));
  for (size_t i = 0; i < table.columns.size(); ++i) {
    Field& field = project->schema.fields[i];
    field.comment = table.columns[i].comment;
    if (!table.columns[i].type.nullable) field.type = field.type.NotNull();
  }
  return project;
}

LogicalPtr AddWatermark(LogicalPtr input, const catalog::Table& table, const Context& context) {
  std::vector<ScopeColumn> columns;
  for (const Field& field : input->schema.fields) columns.push_back({table.path.name, field.name, field.type});
  LogicalPtr node = MakeNode(LogicalKind::kWatermark, std::move(input));
  const size_t rowtime = *table.FindColumn(table.watermark->column);
  int64_t idle_timeout = context.idle_timeout_millis;
  if (const std::string text = table.Option("scan.watermark.idle-timeout"); !text.empty()) {
    idle_timeout = OrFail(ParseDurationMillis(text), node->span);
  }
  node->watermark = plan::WatermarkSpec{
      .rowtime_column = rowtime,
      .expression = ExprBinder(columns, context, "WATERMARK").Bind(*table.watermark->expression_tree),
      .idle_timeout_millis = idle_timeout};
  node->schema.fields[rowtime].type = node->schema.fields[rowtime].type.WithTimeAttribute(TimeAttribute::kRowtime);
  return node;
}

}  // namespace

LogicalPtr BindScan(std::shared_ptr<const catalog::Table> table, const Context& context, const SourceSpan& span) {
  LogicalPtr node = MakeScan(table, context, span);
  bool in_order = true;
  for (const catalog::Column& column : table->columns) {
    in_order = in_order && column.kind == catalog::Column::Kind::kPhysical;
  }
  try {
    if (!in_order) node = AddComputedColumns(std::move(node), *table, context);
    // Bounded input has no late rows: batch mode knows no watermarks.
    if (table->watermark && context.streaming) node = AddWatermark(std::move(node), *table, context);
  } catch (BindFailure& failure) {
    failure.error.span = span;  // the text of the table's definition is not the statement's
    Fail(std::move(failure.error).InContext(fmt::format("In table '{}'", table->path.Dotted())));
  }
  node->span = span;
  return node;
}

}  // namespace millrace::planner
