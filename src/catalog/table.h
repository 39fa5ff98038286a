#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/options.h"
#include "data/type.h"

namespace millrace::sql {
struct Expr;
struct Query;
}  // namespace millrace::sql

namespace millrace::catalog {

// The full name of a table or view.
struct ObjectPath {
  std::string catalog;
  std::string database;
  std::string name;

  std::string Dotted() const;  // "default_catalog.default_database.SALES"
  std::string Quoted() const;  // "`default_catalog`.`default_database`.`SALES`"
  auto operator<=>(const ObjectPath&) const = default;
};

// One column of a CREATE TABLE, its type resolved. An expression is kept as canonical text and as the tree it was
// parsed to (whose spans mean nothing any more).
struct Column {
  enum class Kind { kPhysical, kComputed, kMetadata };
  Kind kind = Kind::kPhysical;
  std::string name;
  DataType type;
  std::string comment;
  std::string expression;  // kComputed: "`amount` * 2"
  std::shared_ptr<const sql::Expr> expression_tree;
  std::string metadata_key;  // kMetadata: the connector's key; the column's name unless FROM 'key'
  bool has_metadata_from = false;
  bool is_virtual = false;  // kMetadata: read only, no part of the sink's schema

  // Part of the rows an INSERT writes.
  bool persisted() const { return kind == Kind::kPhysical || (kind == Kind::kMetadata && !is_virtual); }
};

struct Watermark {
  std::string column;
  std::string expression;  // "`sale_ts` - INTERVAL '5' SECOND"
  std::shared_ptr<const sql::Expr> expression_tree;
};

struct Table {
  enum class Kind { kTable, kView };
  Kind kind = Kind::kTable;
  ObjectPath path;
  bool temporary = false;
  std::vector<Column> columns;
  std::string comment;
  // Tables only.
  std::optional<Watermark> watermark;
  std::string primary_key_name;
  std::vector<std::string> primary_key;  // columns, in the order of the constraint; empty = none
  std::vector<std::string> partition_keys;
  OptionMap options;
  // Views only. Names in the query that are not full are looked up where the view was created.
  std::string query;
  std::shared_ptr<const sql::Query> query_tree;
  std::string query_catalog;
  std::string query_database;

  std::optional<size_t> FindColumn(std::string_view name) const;
  // All columns; the watermarked one is a rowtime attribute, as PROCTIME() columns are processing-time ones by their
  // type.
  Schema RowType() const;
  std::string Option(const std::string& key) const;  // "" when absent
};

// "PK_3599338": the name Flink gives to a PRIMARY KEY without one (Java's hash of the list of column names).
std::string DefaultPrimaryKeyName(const std::vector<std::string>& columns);

// "`name`", a backtick inside doubled.
std::string QuoteIdentifier(std::string_view name);
// "'text'", a quote inside doubled.
std::string QuoteString(std::string_view text);
// A type as DDL text that gives the same type again: "VARCHAR(2147483647)", "TIMESTAMP(3) WITH LOCAL TIME ZONE".
std::string SerializableType(const DataType& type);

// SHOW CREATE TABLE / VIEW, byte for byte as Flink 1.20 prints it; options sorted by key.
std::string ShowCreate(const Table& table);

// DESCRIBE: columns name, type, null, key, extras, watermark, and comment when any column has one. nullopt = NULL.
struct Description {
  std::vector<std::string> header;
  std::vector<std::vector<std::optional<std::string>>> rows;
};
Description Describe(const Table& table);

}  // namespace millrace::catalog
