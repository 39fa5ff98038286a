#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "planner/bind/bind.h"
#include "planner/bind/bind_error.h"
#include "planner/bind/resolve_table.h"

namespace millrace::planner {

using catalog::Column;
using catalog::Table;
using Action = sql::AlterTable::Action;

namespace {

constexpr std::string_view kFailed = "Failed to execute ALTER TABLE statement.\n";

[[noreturn]] void FailAlter(const std::string& reason, const SourceSpan& span, std::string hint = "") {
  FailValidation(std::string(kFailed) + reason, span, std::move(hint));
}

std::vector<Column>::iterator FindColumn(Table& table, const std::string& name) {
  return std::find_if(table.columns.begin(), table.columns.end(),
                      [&](const Column& column) { return column.name == name; });
}

std::vector<Column>::iterator ExistingColumn(Table& table, const sql::Identifier& name) {
  const auto at = FindColumn(table, name.name);
  if (at != table.columns.end()) return at;
  std::vector<std::string> names;
  for (const Column& column : table.columns) names.push_back(column.name);
  FailAlter(fmt::format("The column `{}` does not exist in the base table.", name.name), name.span,
            DidYouMean(name.name, names));
}

// Columns that expressions of the table refer to by name. Paths are looked at in their first part, which is a column.
bool Mentions(const sql::Expr& expr, const std::string& column) {
  if (expr.kind == sql::Expr::Kind::kPath && expr.path[0].name == column) return true;
  return std::any_of(expr.args.begin(), expr.args.end(), [&](const sql::Expr& arg) { return Mentions(arg, column); });
}

void CheckUnreferenced(const Table& table, const sql::Identifier& name) {
  for (const Column& column : table.columns) {
    if (column.kind == Column::Kind::kComputed && column.name != name.name &&
        Mentions(*column.expression_tree, name.name)) {
      FailAlter(fmt::format("The column `{}` is referenced by computed column `{}`.", name.name, column.name),
                name.span);
    }
  }
  const auto& key = table.primary_key;
  if (std::find(key.begin(), key.end(), name.name) != key.end()) {
    FailAlter(fmt::format("The column `{}` is used as the primary key.", name.name), name.span);
  }
  const auto& partitions = table.partition_keys;
  if (std::find(partitions.begin(), partitions.end(), name.name) != partitions.end()) {
    FailAlter(fmt::format("The column `{}` is used as the partition keys.", name.name), name.span);
  }
  if (table.watermark &&
      (table.watermark->column == name.name || Mentions(*table.watermark->expression_tree, name.name))) {
    FailAlter(fmt::format("The column `{}` is referenced by watermark expression.", name.name), name.span);
  }
}

void Insert(Table& table, Column column, const sql::ColumnDef& def) {
  auto at = table.columns.end();
  if (def.position && def.position->first) at = table.columns.begin();
  if (def.position && !def.position->first) at = std::next(ExistingColumn(table, def.position->after));
  table.columns.insert(at, std::move(column));
}

void AddOrModify(Table& table, const sql::AlterTable& alter, bool add) {
  for (const sql::ColumnDef& def : alter.columns) {
    const auto at = FindColumn(table, def.name.name);
    if (add) {
      if (at != table.columns.end())
        FailAlter(fmt::format("Column `{}` already exists in the table.", def.name.name), def.name.span);
      Insert(table, BindColumn(def), def);
      continue;
    }
    const auto existing = ExistingColumn(table, def.name);
    if (!def.position) {
      *existing = BindColumn(def);
      continue;
    }
    table.columns.erase(existing);
    Insert(table, BindColumn(def), def);
  }
  if (alter.watermark) {
    if (add && table.watermark) {
      FailAlter(
          fmt::format(
              "The base table has already defined the watermark strategy `{}` AS {}. You might want to drop it before "
              "adding a new one.",
              table.watermark->column, table.watermark->expression),
          alter.watermark->span);
    }
    if (!add && !table.watermark) {
      FailAlter("The base table does not define any watermark. You might want to add a new one.",
                alter.watermark->span);
    }
    table.watermark = BindWatermark(*alter.watermark);
  }
  if (alter.primary_key) {
    if (add && !table.primary_key.empty()) {
      FailAlter(
          fmt::format(
              "The base table has already defined the primary key constraint [`{}`]. You might want to drop it before "
              "adding a new one.",
              Join(table.primary_key, "`, `")),
          alter.primary_key->span);
    }
    if (!add && table.primary_key.empty()) {
      FailAlter("The base table does not define any primary key constraint. You might want to add a new one.",
                alter.primary_key->span);
    }
    SetPrimaryKey(table, *alter.primary_key);
  }
}

void RenameColumn(Table& table, const sql::AlterTable& alter) {
  if (alter.column.size() != 1 || alter.new_column.size() != 1) {
    FailNotSupported("Altering a member of a ROW column is", sql::PathSpan(alter.column));
  }
  const sql::Identifier& from = alter.column[0];
  const sql::Identifier& to = alter.new_column[0];
  const auto at = ExistingColumn(table, from);
  if (FindColumn(table, to.name) != table.columns.end()) {
    FailAlter(fmt::format("The column `{}` already existed in table schema.", to.name), to.span);
  }
  // The key follows the column; expressions that name it do not.
  Table without_key = table;
  without_key.primary_key.clear();
  CheckUnreferenced(without_key, from);
  std::replace(table.primary_key.begin(), table.primary_key.end(), from.name, to.name);
  at->name = to.name;
}

void DropColumns(Table& table, const sql::AlterTable& alter) {
  for (const sql::Path& path : alter.dropped) {
    if (path.size() != 1) FailNotSupported("Altering a member of a ROW column is", sql::PathSpan(path));
    ExistingColumn(table, path[0]);
  }
  // Computed columns first, so that one statement may drop them with what they refer to.
  for (const bool computed : {true, false}) {
    for (const sql::Path& path : alter.dropped) {
      const auto at = FindColumn(table, path[0].name);
      if (at == table.columns.end() || (at->kind == Column::Kind::kComputed) != computed) continue;
      CheckUnreferenced(table, path[0]);
      table.columns.erase(at);
    }
  }
}

void Apply(Table& table, const sql::AlterTable& alter) {
  const SourceSpan span = sql::PathSpan(alter.name);
  if (!alter.partition.empty()) FailNotSupported("ALTER TABLE .. PARTITION is", span);
  switch (alter.action) {
    case Action::kSetOptions:
      for (const sql::Option& option : alter.options) table.options[option.key] = option.value;
      return;
    case Action::kResetOptions:
      for (const sql::Option& key : alter.keys) {
        if (key.key == "connector")
          FailValidation("ALTER TABLE RESET does not support changing 'connector'", key.key_span);
        table.options.erase(key.key);
      }
      return;
    case Action::kRenameColumn: return RenameColumn(table, alter);
    case Action::kAdd:
    case Action::kModify: return AddOrModify(table, alter, alter.action == Action::kAdd);
    case Action::kDropColumns: return DropColumns(table, alter);
    case Action::kDropPrimaryKey:
      if (table.primary_key.empty()) FailAlter("The base table does not define any primary key.", span);
      table.primary_key.clear();
      return;
    case Action::kDropConstraint:
      if (table.primary_key.empty() || table.primary_key_name != alter.column.back().name) {
        FailAlter(fmt::format("The base table does not define a constraint named '{}'.", alter.column.back().name),
                  sql::PathSpan(alter.column),
                  table.primary_key.empty() ? "" : fmt::format("It has '{}'.", table.primary_key_name));
      }
      table.primary_key.clear();
      return;
    case Action::kDropWatermark:
      if (!table.watermark) FailAlter("The base table does not define any watermark strategy.", span);
      table.watermark.reset();
      return;
    case Action::kRename:
    case Action::kDropDistribution:
    case Action::kAddPartitions:
    case Action::kDropPartitions: FailNotSupported("This form of ALTER TABLE is", span);
  }
}

}  // namespace

Result<catalog::Table> BindAlterTable(const catalog::Table& table, const sql::AlterTable& alter,
                                      const Context& context) {
  return Caught([&] {
    Table altered = table;
    Apply(altered, alter);
    TableSpans spans{.statement = sql::PathSpan(alter.name), .expressions = false};
    spans.primary_key = alter.primary_key ? SourceSpan(alter.primary_key->span) : spans.statement;
    spans.watermark = alter.watermark ? SourceSpan(alter.watermark->span) : spans.statement;
    ResolveTable(altered, spans, context);
    return altered;
  });
}

}  // namespace millrace::planner
