#include <fmt/format.h>

#include "base/strings.h"
#include "engine/session_state.h"
#include "planner/bind/bind.h"
#include "sql/printer.h"

namespace millrace::engine {

using catalog::Table;

namespace {

Status At(Status status, const sql::Path& path) {
  if (status.ok() || status.error().span) return status;
  return std::move(status).error().WithSpan(sql::PathSpan(path));
}

sql::Identifier Named(const std::string& name, const sql::Span& span) { return {.name = name, .span = span}; }

Error NotFound(std::string_view kind, const catalog::ObjectPath& path, const sql::Path& written,
               const catalog::Catalogs& catalogs) {
  const auto names = catalogs.List(path.catalog, path.database, kind == "View");
  return ValidationError(fmt::format("{} {} doesn't exist or is a temporary {}.", kind, path.Quoted(), ToLower(kind)))
      .WithSpan(sql::PathSpan(written))
      .WithHint(names.ok() ? DidYouMean(path.name, *names) : "");
}

}  // namespace

Result<StatementResult> Session::State::CreateTable(const sql::CreateTable& create) {
  if (in_statement_set && !create.query) {
    return UserError(std::string(texts().only_insert_in_set))
        .WithCode("java.lang.IllegalArgumentException")
        .WithSpan(sql::PathSpan(create.name));
  }
  StatementResult done = Done();
  MR_ASSIGN(const planner::Context context, MakeContext(&done.warnings));
  MR_ASSIGN(Table table, planner::BindCreateTable(create, context));
  const catalog::ObjectPath path = table.path;
  const bool temporary = table.temporary;
  const Table* existing = catalogs.Find(path);
  const bool exists = existing != nullptr && existing->temporary == temporary;
  if (exists && create.if_not_exists) return done;
  if (create.replace && exists) {
    if (existing->kind == Table::Kind::kView) return NotFound("Table", path, create.name, catalogs);
    MR_TRY(catalogs.Replace(std::move(table)));
    // The rows of the old table stay where its connector keeps them.
  } else if (create.replace && !create.create) {
    return NotFound("Table", path, create.name, catalogs).WithHint("CREATE OR REPLACE TABLE makes it.");
  } else {
    MR_TRY(At(catalogs.Create(std::move(table), create.if_not_exists), create.name));
  }
  if (!create.query) return done;

  // CREATE TABLE .. AS: the same as INSERT INTO the new table; it goes away again when that cannot be planned.
  sql::Statement insert;
  insert.kind = sql::Statement::Kind::kInsert;
  insert.span = sql::PathSpan(create.name);
  sql::Insert body;
  body.table = create.name;
  body.query = *create.query;
  auto query = planner::BindQuery(*create.query, context);
  if (query.ok()) {
    for (const Field& field : query->roots[0].query->schema.fields)
      body.columns.push_back(Named(field.name, create.query->span));
  }
  insert.insert = std::move(body);
  const std::string text = sql::Print(insert, {.multi_line = true});
  auto submitted = Insert(insert, {.text = text});
  if (!submitted.ok() && !create.replace) {
    const Status dropped = catalogs.Drop(path, Table::Kind::kTable, temporary, true);
    if (!dropped.ok()) return dropped.error();
  }
  // To whom it is handed the two are statements of their own: a job is one INSERT.
  if (submitted.ok()) {
    if (exists) Note(fmt::format("DROP {}TABLE {}", temporary ? "TEMPORARY " : "", path.Quoted()));
    Note(Trim(catalog::ShowCreate(*catalogs.Find(path))));
    if (submitted->plan != nullptr) submitted->statement = text;
  }
  return submitted;
}

Result<StatementResult> Session::State::CreateView(const sql::CreateView& create) {
  StatementResult done = Done();
  MR_ASSIGN(const planner::Context context, MakeContext(&done.warnings));
  MR_ASSIGN(Table view,
            planner::BindView(catalogs.Resolve(sql::PathNames(create.name)), create.query, create.columns, context));
  view.temporary = create.temporary;
  view.comment = create.comment.value_or("");
  MR_TRY(At(catalogs.Create(std::move(view), create.if_not_exists), create.name));
  return done;
}

Result<StatementResult> Session::State::CreateSpace(const sql::Statement& statement) {
  const sql::CreateSpace& create = *statement.create_space;
  const std::vector<std::string> names = sql::PathNames(create.name);
  if (statement.kind == sql::Statement::Kind::kCreateCatalog) {
    OptionMap options;
    for (const sql::Option& option : create.options) options[option.key] = option.value;
    MR_TRY(At(catalogs.CreateCatalog(names.back(), options, create.if_not_exists), create.name));
    return Done();
  }
  const std::string& catalog = names.size() > 1 ? names[names.size() - 2] : catalogs.current_catalog();
  MR_TRY(At(catalogs.CreateDatabase(catalog, names.back(), create.comment.value_or(""), create.if_not_exists),
            create.name));
  return Done();
}

Result<StatementResult> Session::State::CreateFunction(const sql::Statement& statement) {
  const sql::FunctionDef& function = *statement.function;
  return ValidationError(
             fmt::format(
                 "Function '{}' cannot be registered: the class '{}' would have to run here, and this engine runs no "
                 "Java, Scala or Python.",
                 sql::DottedPath(function.name), function.class_name))
      .WithSpan(sql::PathSpan(function.name))
      .WithHint("SHOW FUNCTIONS lists what is built in.");
}

Result<StatementResult> Session::State::Drop(const sql::Drop& drop) {
  const std::vector<std::string> names = sql::PathNames(drop.name);
  const auto missing = [&](std::string_view kind) -> Result<StatementResult> {
    if (drop.if_exists) return Done();
    return ValidationError(
               fmt::format("{} with identifier '{}' does not exist.", kind, catalogs.Resolve(names).Dotted()))
        .WithSpan(sql::PathSpan(drop.name));
  };
  Status status = Ok();
  switch (drop.object) {
    case sql::ObjectKind::kTable:
      status = catalogs.Drop(catalogs.Resolve(names), Table::Kind::kTable, drop.temporary, drop.if_exists);
      break;
    case sql::ObjectKind::kView:
      status = catalogs.Drop(catalogs.Resolve(names), Table::Kind::kView, drop.temporary, drop.if_exists);
      break;
    case sql::ObjectKind::kDatabase:
      status = catalogs.DropDatabase(names.size() > 1 ? names[names.size() - 2] : catalogs.current_catalog(),
                                     names.back(), drop.if_exists, drop.cascade);
      break;
    case sql::ObjectKind::kCatalog: status = catalogs.DropCatalog(names.back(), drop.if_exists); break;
    case sql::ObjectKind::kFunction: return missing("Function");
    case sql::ObjectKind::kModel: return missing("Model");
    case sql::ObjectKind::kMaterializedTable: return missing("Materialized table");
  }
  MR_TRY(At(std::move(status), drop.name));
  return Done();
}

Result<StatementResult> Session::State::AlterTable(const sql::AlterTable& alter) {
  const catalog::ObjectPath path = catalogs.Resolve(sql::PathNames(alter.name));
  const Table* table = catalogs.Find(path);
  if (table == nullptr || table->kind != Table::Kind::kTable) {
    if (alter.if_exists) return Done();
    return NotFound("Table", path, alter.name, catalogs);
  }
  if (alter.action == sql::AlterTable::Action::kRename) {
    MR_TRY(At(catalogs.Rename(path, alter.new_name.back().name), alter.new_name));
    return Done();
  }
  StatementResult done = Done();
  MR_ASSIGN(const planner::Context context, MakeContext(&done.warnings));
  MR_ASSIGN(Table altered, planner::BindAlterTable(*table, alter, context));
  MR_TRY(catalogs.Replace(std::move(altered)));
  return done;
}

Result<StatementResult> Session::State::AlterObject(const sql::AlterObject& alter) {
  if (alter.object != sql::ObjectKind::kView) {
    // Databases and catalogs in memory have no property that does anything; their existence is checked all the same.
    const std::vector<std::string> names = sql::PathNames(alter.name);
    catalog::Catalogs probe = catalogs;
    Status status =
        alter.object == sql::ObjectKind::kCatalog
            ? probe.UseCatalog(names.back())
            : probe.UseDatabase(names.size() > 1 ? names[names.size() - 2] : catalogs.current_catalog(), names.back());
    MR_TRY(At(std::move(status), alter.name));
    return Done();
  }
  const catalog::ObjectPath path = catalogs.Resolve(sql::PathNames(alter.name));
  const Table* view = catalogs.Find(path);
  if (view == nullptr || view->kind != Table::Kind::kView) return NotFound("View", path, alter.name, catalogs);
  if (alter.action == sql::AlterObject::Action::kRename) {
    MR_TRY(At(catalogs.Rename(path, alter.new_name.back().name), alter.new_name));
    return Done();
  }
  if (alter.action != sql::AlterObject::Action::kAsQuery) return Done();
  StatementResult done = Done();
  MR_ASSIGN(const planner::Context context, MakeContext(&done.warnings));
  MR_ASSIGN(Table altered, planner::BindView(path, *alter.query, {}, context));
  altered.temporary = view->temporary;
  altered.comment = view->comment;
  MR_TRY(catalogs.Replace(std::move(altered)));
  return done;
}

}  // namespace millrace::engine
