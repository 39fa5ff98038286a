#include "planner/bind/resolve_table.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/strings.h"
#include "planner/bind/bind_error.h"
#include "planner/bind/bind_types.h"
#include "planner/bind/expr_binder.h"
#include "sql/printer.h"

namespace millrace::planner {

using catalog::Column;
using catalog::Table;

namespace {

std::vector<std::string> ColumnNames(const Table& table) {
  std::vector<std::string> names;
  for (const Column& column : table.columns) names.push_back(column.name);
  return names;
}

void CheckNames(const Table& table, const TableSpans& spans) {
  std::set<std::string> names;
  for (const Column& column : table.columns) {
    if (!names.insert(column.name).second) {
      FailValidation(fmt::format("A column named '{}' already exists in the table.", column.name), spans.statement);
    }
  }
  for (const std::string& key : table.partition_keys) {
    if (!names.contains(key)) {
      FailValidation(fmt::format("Partition column '{}' not defined in the table schema. Available columns: ['{}']",
                                 key, Join(ColumnNames(table), "', '")),
                     spans.statement);
    }
  }
}

// Runs `body` on an expression of the table; without spans of its own its errors stand at the statement.
template <typename Body>
void WithSpans(const TableSpans& spans, const std::string& context, Body body) {
  if (spans.expressions) return body();
  try {
    body();
  } catch (BindFailure& failure) {
    failure.error.span = spans.statement;
    Fail(std::move(failure.error).InContext(context));
  }
}

void ResolveComputedColumns(Table& table, const TableSpans& spans, const Context& context) {
  std::vector<ScopeColumn> readable;
  for (const Column& column : table.columns) {
    if (column.kind != Column::Kind::kComputed) readable.push_back({table.path.name, column.name, column.type});
  }
  for (Column& column : table.columns) {
    if (column.kind != Column::Kind::kComputed) continue;
    WithSpans(spans, fmt::format("In computed column '{}'", column.name), [&] {
      const plan::ExprPtr bound = ExprBinder(readable, context, "computed column").Bind(*column.expression_tree);
      if (bound->type.kind == TypeKind::kNull)
        FailValidator("Illegal use of 'NULL'", bound->span, "CAST it to a type.");
      column.type = bound->type;
    });
  }
}

bool IsTimeFieldType(const DataType& type) { return type.IsTimestamp() && type.precision <= 3; }

constexpr std::string_view kTimeFieldRule =
    "must be of type TIMESTAMP(p) or TIMESTAMP_LTZ(p), the supported precision 'p' is from 0 to 3";

void ResolveWatermark(Table& table, const TableSpans& spans, const Context& context) {
  if (!table.watermark) return;
  const auto at = table.FindColumn(table.watermark->column);
  if (!at) {
    FailValidation(
        fmt::format("The rowtime attribute field '{}' is not defined in the table schema. Available fields: ['{}']",
                    table.watermark->column, Join(ColumnNames(table), "', '")),
        spans.watermark, DidYouMean(table.watermark->column, ColumnNames(table)));
  }
  const DataType& time = table.columns[*at].type;
  if (!IsTimeFieldType(time)) {
    FailValidation(
        fmt::format(
            "Invalid data type of time field for watermark definition. The field {}, but the time field type is {}",
            kTimeFieldRule, time.ToString()),
        spans.watermark, time.IsTimestamp() ? "Declare it as TIMESTAMP(3)." : "");
  }
  std::vector<ScopeColumn> columns;
  for (const Column& column : table.columns) columns.push_back({table.path.name, column.name, column.type});
  WithSpans(spans, "In the watermark", [&] {
    const sql::Expr& tree = *table.watermark->expression_tree;
    if (sql::CallsFunction(tree, "SOURCE_WATERMARK")) {
      FailNotSupported("SOURCE_WATERMARK() is", tree.span,
                       "Declare the watermark as an expression over the time column.");
    }
    const plan::ExprPtr bound = ExprBinder(columns, context, "WATERMARK").Bind(tree);
    if (!IsTimeFieldType(bound->type)) {
      FailValidation(
          fmt::format(
              "Invalid data type of expression for watermark definition. The field {}, but the watermark expression "
              "type is {}",
              kTimeFieldRule, bound->type.ToString()),
          tree.span);
    }
    if (bound->type.kind != time.kind) {
      FailValidation(
          fmt::format(
              "The watermark declaration's output data type '{}' is different from the time field's data type '{}'.",
              bound->type.ToString(), time.ToString()),
          tree.span);
    }
  });
}

void ResolvePrimaryKey(Table& table, const TableSpans& spans) {
  if (table.primary_key.empty()) return;
  std::set<std::string> seen;
  for (const std::string& name : table.primary_key) {
    const auto at = table.FindColumn(name);
    const auto refuse = [&](const std::string& reason, const std::string& hint = "") {
      FailValidation(fmt::format("Invalid primary key '{}'. {}", table.primary_key_name, reason), spans.primary_key,
                     hint);
    };
    if (!at) refuse(fmt::format("Column '{}' does not exist.", name), DidYouMean(name, ColumnNames(table)));
    if (table.columns[*at].kind != Column::Kind::kPhysical)
      refuse(fmt::format("Column '{}' is not a physical column.", name));
    if (!seen.insert(name).second) {
      refuse(fmt::format("A primary key must not contain duplicate columns. Found: [{}]", name));
    }
    table.columns[*at].type = table.columns[*at].type.NotNull();
  }
}

}  // namespace

catalog::Column BindColumn(const sql::ColumnDef& def) {
  Column out{.name = def.name.name, .comment = def.comment.value_or("")};
  switch (def.kind) {
    case sql::ColumnDef::Kind::kPhysical: out.type = BindType(def.type); break;
    case sql::ColumnDef::Kind::kComputed:
      out.kind = Column::Kind::kComputed;
      out.expression = sql::Print(*def.expression);
      out.expression_tree = std::make_shared<const sql::Expr>(*def.expression);
      break;
    case sql::ColumnDef::Kind::kMetadata:
      out.kind = Column::Kind::kMetadata;
      out.type = BindType(def.type);
      out.metadata_key = def.metadata_key.value_or(def.name.name);
      out.has_metadata_from = def.metadata_key.has_value();
      out.is_virtual = def.is_virtual;
      break;
    case sql::ColumnDef::Kind::kUntyped:
      FailValidation(fmt::format("Column '{}' has no type.", def.name.name), def.span,
                     "Names alone stand in CREATE TABLE .. AS SELECT.");
  }
  return out;
}

catalog::Watermark BindWatermark(const sql::WatermarkDef& def) {
  if (def.column.size() != 1) {
    FailValidation("Watermark strategy on a nested column is not supported.", sql::PathSpan(def.column),
                   "Declare a computed column that takes the member out.");
  }
  return {.column = def.column[0].name,
          .expression = sql::Print(def.expression),
          .expression_tree = std::make_shared<const sql::Expr>(def.expression)};
}

void SetPrimaryKey(Table& table, const sql::PrimaryKeyDef& def) {
  table.primary_key.clear();
  for (const sql::Identifier& column : def.columns) table.primary_key.push_back(column.name);
  table.primary_key_name = def.name.empty() ? catalog::DefaultPrimaryKeyName(table.primary_key) : def.name.name;
}

void ResolveTable(Table& table, const TableSpans& spans, const Context& context) {
  if (table.columns.empty()) FailValidation("A table needs at least one column.", spans.statement);
  CheckNames(table, spans);
  ResolvePrimaryKey(table, spans);  // first: it makes columns NOT NULL, which computed ones inherit
  ResolveComputedColumns(table, spans, context);
  ResolveWatermark(table, spans, context);
}

}  // namespace millrace::planner
