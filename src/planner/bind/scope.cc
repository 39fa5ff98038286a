#include "planner/bind/scope.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "planner/bind/bind_error.h"

namespace millrace::planner {
namespace {

// Column named path[at] of table `table` (empty: of any); throws when there are several.
std::optional<size_t> FindOne(const sql::Path& path, size_t at, std::string_view table,
                              const std::vector<ScopeColumn>& scope) {
  std::optional<size_t> found;
  for (size_t i = 0; i < scope.size(); ++i) {
    if (scope[i].name != path[at].name || (!table.empty() && scope[i].table != table)) continue;
    if (found)
      FailValidator(fmt::format("Column '{}' is ambiguous", path[at].name), path[at].span,
                    "Put the table's name before it.");
    found = i;
  }
  return found;
}

bool HasTable(std::string_view table, const std::vector<ScopeColumn>& scope) {
  return std::any_of(scope.begin(), scope.end(), [&](const ScopeColumn& column) { return column.table == table; });
}

std::vector<std::string> Names(const std::vector<ScopeColumn>& scope, std::string_view table) {
  std::vector<std::string> names;
  for (const ScopeColumn& column : scope) {
    if (!column.name.empty() && (table.empty() || column.table == table)) names.push_back(column.name);
  }
  return names;
}

std::vector<std::string> Tables(const std::vector<ScopeColumn>& scope) {
  std::vector<std::string> tables;
  for (const ScopeColumn& column : scope) {
    const bool known = std::find(tables.begin(), tables.end(), column.table) != tables.end();
    if (!column.table.empty() && !known) tables.push_back(column.table);
  }
  return tables;
}

// Names are case-sensitive: the same name in other letters is the most common mistake.
std::string Suggestion(const std::string& name, const std::vector<std::string>& names, std::string_view what) {
  for (const std::string& candidate : names) {
    if (EqualsIgnoreCase(candidate, name))
      return fmt::format("Did you mean '{}'? Names are case-sensitive.", candidate);
  }
  std::string near = DidYouMean(name, names);
  if (!near.empty() || names.empty()) return near;
  return fmt::format("{} here: {}.", what, Join(names, ", "));
}

}  // namespace

Relation Relation::Of(plan::LogicalPtr node, const std::string& table) {
  Relation out;
  for (const Field& field : node->schema.fields) out.columns.push_back({table, field.name, field.type});
  out.node = std::move(node);
  return out;
}

Resolved ResolveColumn(const sql::Path& path, const std::vector<ScopeColumn>& scope) {
  if (const auto column = FindOne(path, 0, "", scope)) return {.column = *column, .members_from = 1};
  // catalog.database.table.column and shorter: the last table name before a column counts.
  for (size_t at = 1; at < path.size(); ++at) {
    const std::string& table = path[at - 1].name;
    if (!HasTable(table, scope)) continue;
    if (const auto column = FindOne(path, at, table, scope)) return {.column = *column, .members_from = at + 1};
    FailValidator(fmt::format("Column '{}' not found in table '{}'", path[at].name, table), path[at].span,
                  Suggestion(path[at].name, Names(scope, table), "Columns"));
  }
  if (path.size() > 1) {
    FailValidator(fmt::format("Table '{}' not found", path[0].name), path[0].span,
                  Suggestion(path[0].name, Tables(scope), "Tables"));
  }
  FailValidator(fmt::format("Column '{}' not found in any table", path[0].name), path[0].span,
                Suggestion(path[0].name, Names(scope, ""), "Columns"));
}

}  // namespace millrace::planner
