#include "catalog/catalogs.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/strings.h"

namespace millrace::catalog {
namespace {

constexpr std::string_view kExceptions = "org.apache.flink.table.catalog.exceptions.";

Error CatalogError(std::string_view exception, std::string message) {
  return UserError(std::move(message)).WithCode(fmt::format("{}{}", kExceptions, exception));
}

std::string_view KindName(Table::Kind kind) { return kind == Table::Kind::kView ? "view" : "table"; }
std::string_view KindNameUpper(Table::Kind kind) { return kind == Table::Kind::kView ? "View" : "Table"; }

template <typename Map>
std::vector<std::string> Keys(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

}  // namespace

Catalogs::Catalogs() : current_catalog_(kDefaultCatalog), current_database_(kDefaultDatabase) {
  Catalog& catalog = catalogs_[current_catalog_];
  catalog.options = {{"type", "generic_in_memory"}};
  catalog.default_database = kDefaultDatabase;
  catalog.databases[catalog.default_database];
}

Result<Catalogs::Catalog*> Catalogs::FindCatalog(const std::string& name) {
  const auto it = catalogs_.find(name);
  if (it != catalogs_.end()) return &it->second;
  return CatalogError("CatalogException", fmt::format("A catalog with name [{}] does not exist.", name))
      .WithHint(DidYouMean(name, Keys(catalogs_)));
}

Result<Catalogs::Database*> Catalogs::FindDatabase(const std::string& catalog, const std::string& name) {
  MR_ASSIGN(Catalog * found, FindCatalog(catalog));
  const auto it = found->databases.find(name);
  if (it != found->databases.end()) return &it->second;
  return CatalogError("CatalogException",
                      fmt::format("A database with name [{}] does not exist in the catalog: [{}].", name, catalog))
      .WithHint(DidYouMean(name, Keys(found->databases)));
}

Status Catalogs::UseCatalog(const std::string& catalog) {
  MR_ASSIGN(const Catalog* found, FindCatalog(catalog));
  current_catalog_ = catalog;
  current_database_ = found->default_database;
  return Ok();
}

Status Catalogs::UseDatabase(const std::string& catalog, const std::string& database) {
  MR_TRY(FindDatabase(catalog, database));
  current_catalog_ = catalog;
  current_database_ = database;
  return Ok();
}

ObjectPath Catalogs::Resolve(const std::vector<std::string>& parts) const {
  CHECK(!parts.empty());
  const size_t n = parts.size();
  return {.catalog = n >= 3 ? parts[n - 3] : current_catalog_,
          .database = n >= 2 ? parts[n - 2] : current_database_,
          .name = parts[n - 1]};
}

Status Catalogs::CreateCatalog(const std::string& name, const OptionMap& options, bool if_not_exists) {
  if (catalogs_.contains(name)) {
    if (if_not_exists) return Ok();
    return CatalogError("CatalogException", fmt::format("Catalog {} already exists.", name));
  }
  const auto type = options.find("type");
  if (type == options.end() || type->second != "generic_in_memory") {
    return ValidationError(fmt::format("Unable to create catalog '{}': 'type' = '{}' is not supported.", name,
                                       type == options.end() ? "" : type->second))
        .WithHint("Catalogs live in the session's memory: use 'type' = 'generic_in_memory'.");
  }
  Catalog catalog;
  catalog.options = options;
  const auto database = options.find("default-database");
  catalog.default_database = database == options.end() ? "default" : database->second;
  catalog.databases[catalog.default_database];
  catalogs_.emplace(name, std::move(catalog));
  return Ok();
}

Status Catalogs::DropCatalog(const std::string& name, bool if_exists) {
  if (!catalogs_.contains(name)) {
    if (if_exists) return Ok();
    return CatalogError("CatalogException", fmt::format("Catalog {} does not exist.", name))
        .WithHint(DidYouMean(name, Keys(catalogs_)));
  }
  if (name == current_catalog_) {
    return CatalogError("CatalogException", "Cannot drop a catalog which is currently in use.")
        .WithHint("USE CATALOG another one first.");
  }
  catalogs_.erase(name);
  std::erase_if(temporary_, [&](const auto& entry) { return entry.first.catalog == name; });
  return Ok();
}

Status Catalogs::CreateDatabase(const std::string& catalog, const std::string& name, const std::string& comment,
                                bool if_not_exists) {
  MR_ASSIGN(Catalog * found, FindCatalog(catalog));
  if (found->databases.contains(name)) {
    if (if_not_exists) return Ok();
    return CatalogError("DatabaseAlreadyExistException",
                        fmt::format("Database {} already exists in Catalog {}.", name, catalog));
  }
  found->databases[name].comment = comment;
  return Ok();
}

Status Catalogs::DropDatabase(const std::string& catalog, const std::string& name, bool if_exists, bool cascade) {
  MR_ASSIGN(Catalog * found, FindCatalog(catalog));
  const auto it = found->databases.find(name);
  if (it == found->databases.end()) {
    if (if_exists) return Ok();
    return CatalogError("DatabaseNotExistException",
                        fmt::format("Database {} does not exist in Catalog {}.", name, catalog))
        .WithHint(DidYouMean(name, Keys(found->databases)));
  }
  if (catalog == current_catalog_ && name == current_database_) {
    return ValidationError("Cannot drop a database which is currently in use.").WithHint("USE another database first.");
  }
  const auto inside = [&](const auto& entry) { return entry.first.catalog == catalog && entry.first.database == name; };
  const bool has_temporary = std::any_of(temporary_.begin(), temporary_.end(), inside);
  if (!cascade && (!it->second.tables.empty() || has_temporary)) {
    return CatalogError("DatabaseNotEmptyException",
                        fmt::format("Database {} in catalog {} is not empty.", name, catalog))
        .WithHint("Drop its tables first or add CASCADE.");
  }
  std::erase_if(temporary_, inside);
  found->databases.erase(it);
  return Ok();
}

std::vector<std::string> Catalogs::ListCatalogs() const { return Keys(catalogs_); }

Result<std::vector<std::string>> Catalogs::ListDatabases(const std::string& catalog) const {
  MR_ASSIGN(const Catalog* found, const_cast<Catalogs*>(this)->FindCatalog(catalog));
  return Keys(found->databases);
}

const OptionMap* Catalogs::FindCatalogOptions(const std::string& name) const {
  const auto it = catalogs_.find(name);
  return it == catalogs_.end() ? nullptr : &it->second.options;
}

Table* Catalogs::FindMutable(const ObjectPath& path) {
  const auto temporary = temporary_.find(path);
  if (temporary != temporary_.end()) return &temporary->second;
  const auto catalog = catalogs_.find(path.catalog);
  if (catalog == catalogs_.end()) return nullptr;
  const auto database = catalog->second.databases.find(path.database);
  if (database == catalog->second.databases.end()) return nullptr;
  const auto table = database->second.tables.find(path.name);
  return table == database->second.tables.end() ? nullptr : &table->second;
}

const Table* Catalogs::Find(const ObjectPath& path) const { return const_cast<Catalogs*>(this)->FindMutable(path); }

Status Catalogs::Create(Table table, bool if_not_exists) {
  const ObjectPath path = table.path;
  if (table.temporary) {
    if (temporary_.contains(path)) {
      if (if_not_exists) return Ok();
      return ValidationError(fmt::format("Temporary {} '{}' already exists", KindName(table.kind), path.Quoted()));
    }
    temporary_.emplace(path, std::move(table));
    return Ok();
  }
  auto database = FindDatabase(path.catalog, path.database);
  if (!database.ok()) return std::move(database).error();
  if ((*database)->tables.contains(path.name)) {
    if (if_not_exists) return Ok();
    return CatalogError("TableAlreadyExistException", fmt::format("Table (or view) {}.{} already exists in Catalog {}.",
                                                                  path.database, path.name, path.catalog));
  }
  (*database)->tables.emplace(path.name, std::move(table));
  return Ok();
}

Status Catalogs::Drop(const ObjectPath& path, Table::Kind kind, bool temporary, bool if_exists) {
  const auto hidden = temporary_.find(path);
  const bool temporary_fits = hidden != temporary_.end() && hidden->second.kind == kind;
  if (temporary) {
    if (temporary_fits) {
      temporary_.erase(hidden);
      return Ok();
    }
    if (if_exists) return Ok();
    return ValidationError(
        fmt::format("Temporary {} with identifier '{}' does not exist.", KindName(kind), path.Dotted()));
  }
  if (temporary_fits) {
    return ValidationError(
               fmt::format(
                   "Temporary {0} with identifier '{1}' exists. Drop it first before removing the permanent {0}.",
                   KindName(kind), path.Quoted()))
        .WithHint(fmt::format("DROP TEMPORARY {}.", ToUpper(KindName(kind))));
  }
  const auto catalog = catalogs_.find(path.catalog);
  if (catalog != catalogs_.end()) {
    const auto database = catalog->second.databases.find(path.database);
    if (database != catalog->second.databases.end()) {
      const auto table = database->second.tables.find(path.name);
      if (table != database->second.tables.end() && table->second.kind == kind) {
        database->second.tables.erase(table);
        return Ok();
      }
    }
  }
  if (if_exists) return Ok();
  Error error =
      ValidationError(fmt::format("{} with identifier '{}' does not exist.", KindNameUpper(kind), path.Dotted()));
  const auto names = List(path.catalog, path.database, kind == Table::Kind::kView);
  if (names.ok()) error.hint = DidYouMean(path.name, *names);
  return error;
}

Status Catalogs::Replace(Table table) {
  Table* existing = FindMutable(table.path);
  CHECK(existing != nullptr && existing->kind == table.kind);
  *existing = std::move(table);
  return Ok();
}

Status Catalogs::Rename(const ObjectPath& path, const std::string& new_name) {
  const ObjectPath target{path.catalog, path.database, new_name};
  if (Find(target) != nullptr) {
    return CatalogError("TableAlreadyExistException", fmt::format("Table (or view) {}.{} already exists in Catalog {}.",
                                                                  path.database, new_name, path.catalog));
  }
  const auto hidden = temporary_.find(path);
  if (hidden != temporary_.end()) {
    auto node = temporary_.extract(hidden);
    node.key() = target;
    node.mapped().path = target;
    temporary_.insert(std::move(node));
    return Ok();
  }
  MR_ASSIGN(Database * database, FindDatabase(path.catalog, path.database));
  auto node = database->tables.extract(path.name);
  CHECK(!node.empty());
  node.key() = new_name;
  node.mapped().path = target;
  database->tables.insert(std::move(node));
  return Ok();
}

Result<std::vector<std::string>> Catalogs::List(const std::string& catalog, const std::string& database,
                                                bool views_only) const {
  MR_ASSIGN(const Database* found, const_cast<Catalogs*>(this)->FindDatabase(catalog, database));
  std::vector<std::string> names;
  const auto add = [&](const Table& table) {
    if (!views_only || table.kind == Table::Kind::kView) names.push_back(table.path.name);
  };
  for (const auto& [name, table] : found->tables) {
    if (!temporary_.contains(table.path)) add(table);
  }
  for (const auto& [path, table] : temporary_) {
    if (path.catalog == catalog && path.database == database) add(table);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace millrace::catalog
