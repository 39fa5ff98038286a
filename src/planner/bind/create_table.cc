#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "planner/bind/bind.h"
#include "planner/bind/bind_error.h"
#include "planner/bind/query_binder.h"
#include "planner/bind/resolve_table.h"
#include "sql/printer.h"

namespace millrace::planner {

using catalog::Column;
using catalog::Table;
using Merge = sql::LikeOption::Merge;
using Feature = sql::LikeOption::Feature;

namespace {

// What LIKE does with one feature: INCLUDING ALL but OVERWRITING OPTIONS unless said otherwise; the last word wins.
Merge Strategy(const sql::LikeClause& like, Feature feature) {
  Merge strategy = feature == Feature::kOptions ? Merge::kOverwriting : Merge::kIncluding;
  for (const sql::LikeOption& option : like.options) {
    if (option.feature == Feature::kAll) strategy = option.merge;
  }
  for (const sql::LikeOption& option : like.options) {
    if (option.feature == feature) strategy = option.merge;
  }
  return strategy;
}

Feature FeatureOf(const Column& column) {
  return column.kind == Column::Kind::kComputed ? Feature::kGenerated : Feature::kMetadata;
}

// The columns of the source before the table's own ones.
void MergeLikeColumns(Table& table, const Table& source, const sql::LikeClause& like, const SourceSpan& span) {
  std::vector<Column> columns;
  for (const Column& column : source.columns) {
    if (column.kind != Column::Kind::kPhysical && Strategy(like, FeatureOf(column)) == Merge::kExcluding) continue;
    columns.push_back(column);
  }
  for (Column& column : table.columns) {
    const auto same =
        std::find_if(columns.begin(), columns.end(), [&](const Column& other) { return other.name == column.name; });
    if (same == columns.end()) {
      columns.push_back(std::move(column));
      continue;
    }
    const bool overwrites = column.kind != Column::Kind::kPhysical && same->kind == column.kind &&
                            Strategy(like, FeatureOf(column)) == Merge::kOverwriting;
    if (!overwrites) {
      FailValidation(
          fmt::format("A column named '{}' already exists in the base table.", column.name), span,
          column.kind == Column::Kind::kPhysical ? "" : "OVERWRITING GENERATED or OVERWRITING METADATA replaces it.");
    }
    *same = std::move(column);
  }
  table.columns = std::move(columns);
}

void MergeLike(Table& table, const sql::CreateTable& create, const Context& context) {
  const sql::LikeClause& like = *create.like;
  const SourceSpan span = sql::PathSpan(like.source);
  const catalog::ObjectPath path = context.catalogs->Resolve(sql::PathNames(like.source));
  const Table* source = context.catalogs->Find(path);
  if (source == nullptr || source->kind == Table::Kind::kView) {
    const auto names = context.catalogs->List(path.catalog, path.database, false);
    FailValidation(fmt::format("Source table '{}' of the LIKE clause not found in the catalog, at line {}, column {}",
                               path.Quoted(), span.line, span.column),
                   span, names.ok() ? DidYouMean(path.name, *names) : "");
  }
  MergeLikeColumns(table, *source, like, create.columns.empty() ? span : SourceSpan(create.columns[0].span));
  if (source->watermark && Strategy(like, Feature::kWatermarks) != Merge::kExcluding) {
    if (table.watermark && Strategy(like, Feature::kWatermarks) != Merge::kOverwriting) {
      FailValidation("There already exists a watermark spec for the column in the base table.", create.watermark->span,
                     "OVERWRITING WATERMARKS replaces it.");
    }
    if (!table.watermark) table.watermark = source->watermark;
  }
  if (!source->primary_key.empty() && Strategy(like, Feature::kConstraints) == Merge::kIncluding) {
    if (create.primary_key) {
      FailValidation("The base table already has a primary key. You might want to specify EXCLUDING CONSTRAINTS.",
                     create.primary_key->span);
    }
    table.primary_key = source->primary_key;
    table.primary_key_name = source->primary_key_name;
  }
  if (!source->partition_keys.empty() && Strategy(like, Feature::kPartitions) == Merge::kIncluding) {
    if (!table.partition_keys.empty()) {
      FailValidation("The base table already has partitions defined. You might want to specify EXCLUDING PARTITIONS.",
                     span);
    }
    table.partition_keys = source->partition_keys;
  }
  const Merge options = Strategy(like, Feature::kOptions);
  if (options == Merge::kExcluding) return;
  for (const auto& [key, value] : source->options) {
    const auto own = table.options.find(key);
    if (own != table.options.end() && options == Merge::kIncluding) {
      FailValidation(
          fmt::format(
              "There already exists an option ['{}' -> '{}']  in the base table. You might want to specify EXCLUDING "
              "OPTIONS or OVERWRITING OPTIONS.",
              key, value),
          span);
    }
    table.options.emplace(key, value);
  }
}

std::vector<Column> ColumnsOfQuery(const sql::Query& query, const Context& context) {
  Relation relation = QueryBinder(context).BindQuery(query);
  MakeNamesUnique(relation.node->schema);
  std::vector<Column> columns;
  for (const Field& field : relation.node->schema.fields) {
    if (field.type.kind == TypeKind::kNull) {
      FailValidator("Illegal use of 'NULL'", query.span,
                    fmt::format("Give column '{}' a type: CAST(NULL AS STRING).", field.name));
    }
    columns.push_back({.name = field.name, .type = field.type.WithTimeAttribute(TimeAttribute::kNone)});
  }
  return columns;
}

// CREATE TABLE .. AS: the query's columns; a list of names alone puts them into another order.
void AddQueryColumns(Table& table, const sql::CreateTable& create, const Context& context) {
  const std::vector<Column> query = ColumnsOfQuery(*create.query, context);
  const bool untyped = !create.columns.empty() && create.columns[0].kind == sql::ColumnDef::Kind::kUntyped;
  if (!untyped) {
    table.columns.insert(table.columns.end(), query.begin(), query.end());
    return;
  }
  for (const sql::ColumnDef& def : create.columns) {
    const auto at =
        std::find_if(query.begin(), query.end(), [&](const Column& column) { return column.name == def.name.name; });
    if (at == query.end())
      FailValidation(fmt::format("Column '{}' not found in the source schema.", def.name.name), def.span);
    table.columns.push_back(*at);
  }
}

Table BuildTable(const sql::CreateTable& create, const Context& context) {
  Table table;
  table.path = context.catalogs->Resolve(sql::PathNames(create.name));
  table.temporary = create.temporary;
  table.comment = create.comment.value_or("");
  for (const sql::ColumnDef& def : create.columns) {
    const bool named_only = create.query && def.kind == sql::ColumnDef::Kind::kUntyped;
    if (named_only) continue;
    const bool repeated = table.FindColumn(def.name.name).has_value();
    if (repeated)
      FailValidation(fmt::format("A column named '{}' already exists in the table.", def.name.name), def.name.span);
    table.columns.push_back(BindColumn(def));
  }
  if (create.watermark) table.watermark = BindWatermark(*create.watermark);
  if (create.primary_key) SetPrimaryKey(table, *create.primary_key);
  for (const sql::Identifier& key : create.partition_by) table.partition_keys.push_back(key.name);
  for (const sql::Option& option : create.options) table.options[option.key] = option.value;
  if (create.distribution) context.warnings->push_back("DISTRIBUTED is kept by no connector here and has no effect.");
  if (create.like) MergeLike(table, create, context);
  if (create.query) AddQueryColumns(table, create, context);
  TableSpans spans{.statement = sql::PathSpan(create.name)};
  if (create.watermark) spans.watermark = create.watermark->span;
  if (create.primary_key) spans.primary_key = create.primary_key->span;
  ResolveTable(table, spans, context);
  return table;
}

Table BuildView(const catalog::ObjectPath& path, const sql::Query& query, const std::vector<sql::Identifier>& columns,
                const Context& context) {
  Table view;
  view.kind = Table::Kind::kView;
  view.path = path;
  view.columns = ColumnsOfQuery(query, context);
  if (!columns.empty()) {
    if (columns.size() != view.columns.size()) {
      FailValidation("VIEW definition and input fields not match:\nThe view has " + std::to_string(columns.size()) +
                         " columns, its query " + std::to_string(view.columns.size()) + ".",
                     columns[0].span);
    }
    for (size_t i = 0; i < columns.size(); ++i) view.columns[i].name = columns[i].name;
  }
  view.query = sql::Print(query);
  view.query_tree = std::make_shared<const sql::Query>(query);
  view.query_catalog = context.catalogs->current_catalog();
  view.query_database = context.catalogs->current_database();
  return view;
}

}  // namespace

Result<catalog::Table> BindCreateTable(const sql::CreateTable& create, const Context& context) {
  return Caught([&] { return BuildTable(create, context); });
}

Result<catalog::Table> BindView(const catalog::ObjectPath& path, const sql::Query& query,
                                const std::vector<sql::Identifier>& columns, const Context& context) {
  return Caught([&] { return BuildView(path, query, columns, context); });
}

}  // namespace millrace::planner
