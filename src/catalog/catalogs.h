#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/table.h"

namespace millrace::catalog {

inline constexpr std::string_view kDefaultCatalog = "default_catalog";
inline constexpr std::string_view kDefaultDatabase = "default_database";

// All catalogs of one session, in memory: tables, views and their temporary twins, which hide permanent ones of the
// same name. Names are case-sensitive. One thread. Errors carry Flink's exception classes and words; their places are
// the caller's.
class Catalogs {
 public:
  Catalogs();

  const std::string& current_catalog() const { return current_catalog_; }
  const std::string& current_database() const { return current_database_; }
  Status UseCatalog(const std::string& catalog);  // its database becomes the catalog's default one
  Status UseDatabase(const std::string& catalog, const std::string& database);

  // 1, 2 or 3 parts, completed with the current catalog and database. At least one part.
  ObjectPath Resolve(const std::vector<std::string>& parts) const;

  Status CreateCatalog(const std::string& name, const OptionMap& options, bool if_not_exists);
  Status DropCatalog(const std::string& name, bool if_exists);
  Status CreateDatabase(const std::string& catalog, const std::string& name, const std::string& comment,
                        bool if_not_exists);
  Status DropDatabase(const std::string& catalog, const std::string& name, bool if_exists, bool cascade);
  std::vector<std::string> ListCatalogs() const;
  Result<std::vector<std::string>> ListDatabases(const std::string& catalog) const;
  const OptionMap* FindCatalogOptions(const std::string& name) const;  // null when unknown

  // Valid until the next change.
  const Table* Find(const ObjectPath& path) const;
  Status Create(Table table, bool if_not_exists);
  // `kind` must fit: DROP VIEW does not drop a table.
  Status Drop(const ObjectPath& path, Table::Kind kind, bool temporary, bool if_exists);
  Status Replace(Table table);  // ALTER: the same path, kind and temporariness as the existing one
  Status Rename(const ObjectPath& path, const std::string& new_name);
  // Tables and views of a database (`views_only`: views), sorted.
  Result<std::vector<std::string>> List(const std::string& catalog, const std::string& database, bool views_only) const;

 private:
  struct Database {
    std::string comment;
    std::map<std::string, Table> tables;
  };
  struct Catalog {
    OptionMap options;
    std::string default_database;
    std::map<std::string, Database> databases;
  };
  Result<Catalog*> FindCatalog(const std::string& name);
  Result<Database*> FindDatabase(const std::string& catalog, const std::string& name);
  Table* FindMutable(const ObjectPath& path);

  std::map<std::string, Catalog> catalogs_;
  std::map<ObjectPath, Table> temporary_;
  std::string current_catalog_;
  std::string current_database_;
};

}  // namespace millrace::catalog
