#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "planner/bind/bind.h"
#include "planner/bind/bind_error.h"
#include "planner/bind/query_binder.h"
#include "planner/table_access.h"

namespace millrace::planner {

using catalog::Column;
using catalog::Table;
using plan::Expr;
using plan::ExprPtr;

namespace {

std::string FieldList(const std::vector<Field>& fields) {
  std::string out;
  for (const Field& field : fields)
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", field.name, field.type.ToString());
  return "[" + out + "]";
}

std::vector<Field> PersistedFields(const Table& table) {
  std::vector<Field> out;
  for (const size_t column : PersistedColumns(table))
    out.push_back({table.columns[column].name, table.columns[column].type, ""});
  return out;
}

[[noreturn]] void FailMismatch(const Table& table, const std::string& cause, const Schema& query,
                               const SourceSpan& span, std::string hint) {
  FailValidation(fmt::format("Column types of query result and sink for '{}' do not match.\nCause: {}\n\nQuery schema: "
                             "{}\nSink schema:  {}",
                             table.path.Dotted(), cause, FieldList(query.fields), FieldList(PersistedFields(table))),
                 span, std::move(hint));
}

const Table& FindSink(const sql::Insert& insert, const Context& context) {
  const catalog::ObjectPath path = context.catalogs->Resolve(sql::PathNames(insert.table));
  const Table* table = context.catalogs->Find(path);
  if (table == nullptr) {
    const auto names = context.catalogs->List(path.catalog, path.database, false);
    FailValidation(fmt::format("Cannot find table '{}' in any of the catalogs [{}], nor as a temporary table.",
                               path.Quoted(), Join(context.catalogs->ListCatalogs(), ", ")),
                   sql::PathSpan(insert.table), names.ok() ? DidYouMean(path.name, *names) : "");
  }
  if (table->kind == Table::Kind::kView) {
    FailValidation(fmt::format("'{}' is a view: rows can only be written into tables.", path.Dotted()),
                   sql::PathSpan(insert.table));
  }
  return *table;
}

[[noreturn]] void FailAssignedTwice(const sql::Identifier& column) {
  FailValidator(fmt::format("Target column '{}' is assigned more than once", column.name), column.span);
}

// Columns that the query's columns go to, by position.
std::vector<size_t> TargetColumns(const sql::Insert& insert, const Table& table) {
  std::vector<size_t> out;
  const auto is_static = [&](const std::string& name) {
    return std::any_of(insert.partition.begin(), insert.partition.end(), [&](const sql::PartitionValue& partition) {
      return partition.value && partition.key.name == name;
    });
  };
  if (insert.columns.empty()) {
    for (const size_t column : PersistedColumns(table)) {
      if (!is_static(table.columns[column].name)) out.push_back(column);
    }
    return out;
  }
  for (const sql::Identifier& name : insert.columns) {
    const auto at = table.FindColumn(name.name);
    if (!at || !table.columns[*at].persisted()) {
      std::vector<std::string> names;
      for (const Field& field : PersistedFields(table)) names.push_back(field.name);
      FailValidator(fmt::format("Unknown target column '{}'", name.name), name.span,
                    at ? "Computed and virtual columns cannot be written." : DidYouMean(name.name, names));
    }
    if (std::find(out.begin(), out.end(), *at) != out.end() || is_static(name.name)) FailAssignedTwice(name);
    out.push_back(*at);
  }
  return out;
}

// One value per persisted column of the table; null where nothing is written.
class SinkValues {
 public:
  SinkValues(const Table& table, const Schema& query, const SourceSpan& span)
      : table_(table), query_(query), span_(span) {
    values_.resize(table.columns.size());
  }

  void Set(size_t column, ExprPtr value) {
    const DataType& target = table_.columns[column].type;
    if (value->type.kind != TypeKind::kNull && !SameTypeIgnoringNull(value->type, target) &&
        !functions::IsImplicitCast(value->type, target)) {
      const std::vector<size_t> persisted = PersistedColumns(table_);
      const auto position = std::find(persisted.begin(), persisted.end(), column) - persisted.begin();
      FailMismatch(
          table_,
          fmt::format("Incompatible types for sink column '{}' at position {}.", table_.columns[column].name, position),
          query_, span_,
          fmt::format("CAST({} AS {}) where it is meant.", value->type.Nullable().ToString(),
                      target.Nullable().ToString()));
    }
    values_[column] = CastIfNeeded(std::move(value), target);
  }
  ExprPtr Take(const SinkColumn& column) {
    const Column& declared = table_.columns[column.column];
    ExprPtr value = std::move(values_[column.column]);
    if (value == nullptr) {
      if (!declared.type.nullable) {
        FailValidator(fmt::format("Column '{}' has no default value and does not allow NULLs", declared.name), span_);
      }
      value = Expr::Literal({}, declared.type);
    }
    return CastIfNeeded(std::move(value), column.field.type);
  }

 private:
  const Table& table_;
  const Schema& query_;
  SourceSpan span_;
  std::vector<ExprPtr> values_;
};

void SetStaticPartitions(const sql::Insert& insert, const Table& table, const Context& context, SinkValues& values) {
  static const std::vector<ScopeColumn> kNoColumns;
  std::vector<size_t> assigned;
  for (const sql::PartitionValue& partition : insert.partition) {
    const auto at = table.FindColumn(partition.key.name);
    const auto& keys = table.partition_keys;
    if (!at || std::find(keys.begin(), keys.end(), partition.key.name) == keys.end()) {
      FailValidation(fmt::format("'{}' is no partition column of table '{}'.", partition.key.name, table.path.Dotted()),
                     partition.key.span, DidYouMean(partition.key.name, keys));
    }
    if (std::find(assigned.begin(), assigned.end(), *at) != assigned.end()) FailAssignedTwice(partition.key);
    assigned.push_back(*at);
    if (!partition.value) continue;
    const DataType& type = table.columns[*at].type;
    ExprPtr value = ExprBinder(kNoColumns, context, "PARTITION").Bind(*partition.value);
    if (value->type.kind != TypeKind::kNull && !SameTypeIgnoringNull(value->type, type)) {
      OrFail(functions::CheckCast(value->type, type), partition.value->span);
      DataType target = type.WithNullable(value->type.nullable);
      value = Expr::Cast(std::move(value), std::move(target));
    }
    values.Set(*at, std::move(value));
  }
}

plan::LogicalRoot BindInsert(const sql::Insert& insert, const Context& context) {
  if (insert.overwrite) FailNotSupported("INSERT OVERWRITE is", sql::PathSpan(insert.table), "INSERT INTO adds rows.");
  const bool keeps_last = insert.on_conflict == sql::Insert::OnConflict::kDefault ||
                          insert.on_conflict == sql::Insert::OnConflict::kDoDeduplicate;
  if (!keeps_last) {
    FailNotSupported("ON CONFLICT DO NOTHING and DO ERROR are", sql::PathSpan(insert.table),
                     "DO DEDUPLICATE keeps the last row of a key.");
  }
  auto table = std::make_shared<Table>(FindSink(insert, context));
  for (const sql::Hint& hint : insert.hints) {
    if (!EqualsIgnoreCase(hint.name.name, "OPTIONS")) continue;
    if (!context.dynamic_table_options) {
      FailValidation(
          "The 'OPTIONS' hint is allowed only when the config option 'table.dynamic-table-options.enabled' is set to "
          "true.",
          hint.name.span);
    }
    for (const sql::Hint::Argument& argument : hint.arguments) table->options[argument.key] = argument.value;
  }
  Relation query = QueryBinder(context).BindQuery(insert.query);
  const Schema query_schema = query.node->schema;
  const std::vector<size_t> targets = TargetColumns(insert, *table);
  if (targets.size() != query_schema.size()) {
    if (!insert.columns.empty()) {
      FailValidator(fmt::format("Number of INSERT target columns ({}) does not equal number of source items ({})",
                                targets.size(), query_schema.size()),
                    insert.columns[0].span);
    }
    FailMismatch(*table, "Different number of columns.", query_schema, insert.query.span, "");
  }
  SinkValues values(*table, query_schema, insert.query.span);
  for (size_t i = 0; i < targets.size(); ++i) values.Set(targets[i], Expr::Input(i, query_schema.fields[i].type));
  SetStaticPartitions(insert, *table, context, values);
  const SourceSpan span = sql::PathSpan(insert.table);
  const connect::ConnectorDef* connector =
      OrFail(OrCannotCreate(TableUse::kSink, *table, span, context, FindConnector(*table, context)), span);
  std::vector<ExprPtr> projections;
  std::vector<std::string> names;
  for (const SinkColumn& column : OrFail(SinkColumns(*table, *connector), span)) {
    projections.push_back(values.Take(column));
    names.push_back(column.field.name);
  }
  plan::LogicalRoot root;
  root.query = MakeProject(std::move(query.node), std::move(projections), std::move(names));
  root.span = span;
  root.sink = std::move(table);
  return root;
}

}  // namespace

Result<plan::LogicalPlan> BindQuery(const sql::Query& query, const Context& context) {
  return Caught([&] {
    Relation relation = QueryBinder(context).BindQuery(query);
    MakeNamesUnique(relation.node->schema);
    for (const Field& field : relation.node->schema.fields) {
      if (field.type.kind == TypeKind::kNull) {
        FailValidator("Illegal use of 'NULL'", query.span,
                      fmt::format("Give column '{}' a type: CAST(NULL AS STRING).", field.name));
      }
    }
    plan::LogicalPlan plan;
    plan.roots.push_back({std::move(relation.node), nullptr});
    return plan;
  });
}

Result<plan::LogicalPlan> BindInserts(const std::vector<const sql::Insert*>& inserts, const Context& context) {
  return Caught([&] {
    plan::LogicalPlan plan;
    for (const sql::Insert* insert : inserts) plan.roots.push_back(BindInsert(*insert, context));
    return plan;
  });
}

}  // namespace millrace::planner
