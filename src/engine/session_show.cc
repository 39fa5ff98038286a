#include <algorithm>

#include <fmt/format.h>

#include "base/secrets.h"
#include "base/strings.h"
#include "engine/session_state.h"
#include "functions/aggregate_function.h"
#include "functions/scalar_function.h"
#include "sql/secrets.h"

namespace millrace::engine {

using catalog::Table;
using Kind = sql::Show::Kind;

namespace {

// SQL LIKE over bytes: % any run, _ any one, \ takes the next as it is.
bool Like(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%') {
    for (size_t skip = 0; skip <= text.size(); ++skip) {
      if (Like(text.substr(skip), pattern.substr(1))) return true;
    }
    return false;
  }
  if (text.empty()) return false;
  if (pattern[0] == '\\' && pattern.size() > 1) return text[0] == pattern[1] && Like(text.substr(1), pattern.substr(2));
  return (pattern[0] == '_' || pattern[0] == text[0]) && Like(text.substr(1), pattern.substr(1));
}

bool Wanted(const sql::Show& show, const std::string& name) {
  if (!show.like) return true;
  const bool matches = show.ilike ? Like(ToLower(name), ToLower(*show.like)) : Like(name, *show.like);
  return matches != show.negated;
}

std::vector<std::string> Filter(const sql::Show& show, std::vector<std::string> names) {
  std::erase_if(names, [&](const std::string& name) { return !Wanted(show, name); });
  return names;
}

std::vector<std::string> FunctionNames() {
  std::vector<std::string> names;
  for (const functions::ScalarFunction* function : functions::AllScalarFunctions())
    names.push_back(ToLower(function->name));
  for (const functions::AggregateFunction* function : functions::AllAggregateFunctions())
    names.push_back(ToLower(function->name));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

StatementResult DescriptionRows(const Table& table, const sql::Show* show) {
  catalog::Description description = catalog::Describe(table);
  if (show != nullptr) {
    std::erase_if(description.rows, [&](const auto& row) { return !Wanted(*show, *row[0]); });
  }
  StatementResult result = TextRows(description.header, description.rows);
  result.schema.fields[2].type = DataType::Of(TypeKind::kBoolean);
  for (ValueList& row : result.rows) row[2] = Value(std::get<std::string>(row[2]) == "TRUE");
  return result;
}

StatementResult Text(std::string text) {
  StatementResult result;
  result.kind = StatementResult::Kind::kText;
  result.text = std::move(text);
  return result;
}

std::string CreateCatalogText(const std::string& name, const OptionMap& options) {
  std::string out = fmt::format("CREATE CATALOG {} WITH (", catalog::QuoteIdentifier(name));
  std::string_view separator = "\n";
  for (const auto& [key, value] : options) {
    out += fmt::format("{}  {} = {}", separator, catalog::QuoteString(key), catalog::QuoteString(value));
    separator = ",\n";
  }
  return out + "\n)\n";
}

}  // namespace

Result<StatementResult> Session::State::Show(const sql::Show& show) {
  const std::vector<std::string> names = sql::PathNames(show.path);
  const SourceSpan span = sql::PathSpan(show.path);
  // FROM / IN: a catalog for databases, a database (maybe with its catalog) for tables.
  const std::string& catalog = names.size() > 1 ? names[names.size() - 2] : catalogs.current_catalog();
  const std::string& database = names.empty() ? catalogs.current_database() : names.back();
  const auto find = [&](std::string_view message) -> Result<const Table*> {
    const catalog::ObjectPath path = catalogs.Resolve(names);
    const Table* table = catalogs.Find(path);
    if (table != nullptr) return table;
    const auto all = catalogs.List(path.catalog, path.database, false);
    return ValidationError(fmt::format(fmt::runtime(message), path.Dotted(), path.Quoted()))
        .WithSpan(span)
        .WithHint(all.ok() ? DidYouMean(path.name, *all) : "");
  };
  switch (show.kind) {
    case Kind::kCatalogs: return OneColumn("catalog name", Filter(show, catalogs.ListCatalogs()));
    case Kind::kCurrentCatalog: return OneColumn("current catalog name", {catalogs.current_catalog()});
    case Kind::kDatabases: {
      MR_ASSIGN(auto databases, catalogs.ListDatabases(names.empty() ? catalogs.current_catalog() : names.back()));
      return OneColumn("database name", Filter(show, std::move(databases)));
    }
    case Kind::kCurrentDatabase: return OneColumn("current database name", {catalogs.current_database()});
    case Kind::kTables: {
      MR_ASSIGN(auto tables, catalogs.List(catalog, database, false));
      return OneColumn("table name", Filter(show, std::move(tables)));
    }
    case Kind::kViews: {
      MR_ASSIGN(auto views, catalogs.List(catalog, database, true));
      return OneColumn("view name", Filter(show, std::move(views)));
    }
    case Kind::kMaterializedTables: return OneColumn("table name", {});
    case Kind::kModels: return OneColumn("model name", {});
    case Kind::kColumns: {
      MR_ASSIGN(const Table* table, find("Tables or views with the identifier '{0}' doesn't exist."));
      return DescriptionRows(*table, &show);
    }
    case Kind::kPartitions: {
      MR_ASSIGN(const Table* table, find("Table with identifier '{0}' does not exist."));
      return ValidationError(fmt::format("Table {} is not partitioned.", table->path.Quoted())).WithSpan(span);
    }
    case Kind::kFunctions: return OneColumn("function name", Filter(show, FunctionNames()));
    case Kind::kUserFunctions: return OneColumn("function name", {});
    case Kind::kModules: return OneColumn("module name", modules);
    case Kind::kFullModules: {
      std::vector<std::vector<std::optional<std::string>>> rows;
      for (const std::string& module : modules) rows.push_back({module, "TRUE"});
      return TextRows({"module name", "used"}, rows);
    }
    case Kind::kJars: return OneColumn("jars", jars);
    case Kind::kJobs: {
      StatementResult result;
      result.kind = StatementResult::Kind::kShowJobs;
      return result;
    }
    case Kind::kProcedures: return OneColumn("procedure name", {});
    case Kind::kCreateTable: {
      MR_ASSIGN(const Table* table,
                find("Could not execute SHOW CREATE TABLE. Table with identifier {1} does not exist."));
      if (table->kind == Table::Kind::kTable) return Text(sql::HideSecrets(catalog::ShowCreate(*table)));
      return UserError(fmt::format("SHOW CREATE TABLE is only supported for tables, but {} is a view. Please use SHOW "
                                   "CREATE VIEW instead.",
                                   table->path.Quoted()))
          .WithCode(std::string(kTableException))
          .WithSpan(span);
    }
    case Kind::kCreateView: {
      MR_ASSIGN(const Table* view,
                find("Could not execute SHOW CREATE VIEW. View with identifier {1} does not exist."));
      if (view->kind == Table::Kind::kView) return Text(sql::HideSecrets(catalog::ShowCreate(*view)));
      return UserError(fmt::format("SHOW CREATE VIEW is only supported for views, but {} is a table. Please use SHOW "
                                   "CREATE TABLE instead.",
                                   view->path.Quoted()))
          .WithCode(std::string(kTableException))
          .WithSpan(span);
    }
    case Kind::kCreateCatalog: {
      const OptionMap* options = catalogs.FindCatalogOptions(names.back());
      if (options != nullptr) return Text(sql::HideSecrets(CreateCatalogText(names.back(), *options)));
      return ValidationError(fmt::format("Cannot obtain metadata information from Catalog {}.", names.back()))
          .WithSpan(span);
    }
    case Kind::kCreateModel:
    case Kind::kCreateMaterializedTable:
      return ValidationError(fmt::format("'{}' does not exist.", catalogs.Resolve(names).Dotted())).WithSpan(span);
  }
  return InternalError("unknown SHOW");
}

Result<StatementResult> Session::State::Describe(const sql::Describe& describe) {
  const SourceSpan span = sql::PathSpan(describe.path);
  switch (describe.kind) {
    case sql::Describe::Kind::kTable: {
      const catalog::ObjectPath path = catalogs.Resolve(sql::PathNames(describe.path));
      const Table* table = catalogs.Find(path);
      if (table != nullptr) return DescriptionRows(*table, nullptr);
      const auto names = catalogs.List(path.catalog, path.database, false);
      return ValidationError(fmt::format("Tables or views with the identifier '{}' doesn't exist", path.Dotted()))
          .WithSpan(span)
          .WithHint(names.ok() ? DidYouMean(path.name, *names) : "");
    }
    case sql::Describe::Kind::kJob: {
      StatementResult result;
      result.kind = StatementResult::Kind::kDescribeJob;
      result.job.id = describe.job;
      return result;
    }
    case sql::Describe::Kind::kCatalog: {
      const std::string& name = describe.path.back().name;
      const OptionMap* options = catalogs.FindCatalogOptions(name);
      if (options == nullptr) {
        return ValidationError(fmt::format("Cannot obtain metadata information from Catalog {}.", name)).WithSpan(span);
      }
      std::vector<std::vector<std::optional<std::string>>> rows = {{"name", name}};
      for (const auto& [key, value] : *options) {
        if (key == "type") rows.push_back({key, value});
        if (key != "type" && describe.extended) rows.push_back({"option:" + key, HiddenIfSecret(key, value)});
      }
      rows.push_back({"comment", std::nullopt});
      return TextRows({"info name", "info value"}, rows);
    }
    case sql::Describe::Kind::kFunction: {
      const std::string name = ToUpper(describe.path.back().name);
      const functions::ScalarFunction* scalar = functions::FindScalarFunction(name);
      const functions::AggregateFunction* aggregate = functions::FindAggregateFunction(name);
      if (scalar == nullptr && aggregate == nullptr) {
        return ValidationError(fmt::format("Function named '{}' does not exist.", describe.path.back().name))
            .WithSpan(span);
      }
      const std::string signature(scalar != nullptr ? scalar->signature : aggregate->signature);
      const std::string doc(scalar != nullptr ? scalar->doc : aggregate->doc);
      return TextRows({"info name", "info value"}, {{"is system function", "true"},
                                                    {"is temporary", "false"},
                                                    {"kind", scalar != nullptr ? "SCALAR" : "AGGREGATE"},
                                                    {"signature", signature},
                                                    {"description", doc}});
    }
    case sql::Describe::Kind::kDatabase:
    case sql::Describe::Kind::kModel:
      return ValidationError("DESCRIBE of databases and models is not supported by this engine.").WithSpan(span);
  }
  return InternalError("unknown DESCRIBE");
}

}  // namespace millrace::engine
