#pragma once

#include "sql/ast_query.h"

namespace millrace::sql {

// 'key' = 'value'.
struct Option {
  std::string key;
  std::string value;
  Span key_span;
  Span value_span;
  bool operator==(const Option&) const = default;
};

struct ColumnPosition {
  bool first = false;
  Identifier after;  // optional
  bool operator==(const ColumnPosition&) const = default;
};

struct ColumnDef {
  enum class Kind : uint8_t {
    kPhysical,  // type
    kComputed,  // expression
    kMetadata,  // type, metadata_key, is_virtual
    kUntyped,   // only the name: the column list of CREATE TABLE (a, b) AS SELECT
  };
  Kind kind = Kind::kPhysical;
  Span span;
  Identifier name;
  TypeName type;
  std::optional<Expr> expression;
  std::optional<std::string> metadata_key;
  bool is_virtual = false;
  std::optional<std::string> comment;
  std::optional<ColumnPosition> position;  // ALTER TABLE only
  bool operator==(const ColumnDef&) const = default;
};

struct WatermarkDef {
  Span span;
  Path column;
  Expr expression;
  bool operator==(const WatermarkDef&) const = default;
};

// Always NOT ENFORCED: the parser refuses the rest. The column form `a INT PRIMARY KEY NOT ENFORCED` arrives here too.
struct PrimaryKeyDef {
  Span span;
  Identifier name;  // optional
  std::vector<Identifier> columns;
  bool operator==(const PrimaryKeyDef&) const = default;
};

struct LikeOption {
  enum class Merge : uint8_t { kIncluding, kExcluding, kOverwriting };
  enum class Feature : uint8_t {
    kAll,
    kConstraints,
    kDistribution,
    kGenerated,
    kMetadata,
    kOptions,
    kPartitions,
    kWatermarks
  };
  Merge merge = Merge::kIncluding;
  Feature feature = Feature::kAll;
  Span span;
  bool operator==(const LikeOption&) const = default;
};

struct LikeClause {
  Path source;
  std::vector<LikeOption> options;
  bool operator==(const LikeClause&) const = default;
};

// DISTRIBUTED BY [HASH | RANGE] (a, b) [INTO n BUCKETS], DISTRIBUTED INTO n BUCKETS.
struct Distribution {
  enum class Kind : uint8_t { kUnknown, kHash, kRange };
  Kind kind = Kind::kUnknown;
  std::vector<Identifier> columns;
  std::optional<int64_t> buckets;
  bool operator==(const Distribution&) const = default;
};

// CREATE [OR REPLACE] [TEMPORARY] TABLE, REPLACE TABLE.
struct CreateTable {
  bool create = true;  // false: REPLACE TABLE without CREATE
  bool replace = false;
  bool temporary = false;
  bool if_not_exists = false;
  Path name;
  std::vector<ColumnDef> columns;
  std::optional<WatermarkDef> watermark;
  std::optional<PrimaryKeyDef> primary_key;
  std::optional<std::string> comment;
  std::optional<Distribution> distribution;
  std::vector<Identifier> partition_by;
  std::vector<Option> options;
  std::optional<LikeClause> like;
  Box<Query> query;  // CREATE TABLE .. AS; null without
  bool operator==(const CreateTable&) const = default;
};

struct CreateView {
  bool temporary = false;
  bool if_not_exists = false;
  Path name;
  std::vector<Identifier> columns;
  std::optional<std::string> comment;
  Query query;  // its span gives the text as written
  bool operator==(const CreateView&) const = default;
};

// CREATE DATABASE, CREATE CATALOG (one-part name).
struct CreateSpace {
  bool if_not_exists = false;
  Path name;
  std::optional<std::string> comment;
  std::vector<Option> options;
  bool operator==(const CreateSpace&) const = default;
};

enum class FunctionLanguage : uint8_t { kDefault, kJava, kScala, kPython, kSql };

// CREATE and ALTER FUNCTION.
struct FunctionDef {
  struct Resource {
    std::string kind;  // "JAR", "FILE", "ARCHIVE", "ARTIFACT"
    std::string location;
    bool operator==(const Resource&) const = default;
  };
  bool temporary = false;
  bool system = false;         // TEMPORARY SYSTEM
  bool if_not_exists = false;  // ALTER: IF EXISTS
  Path name;
  std::string class_name;
  FunctionLanguage language = FunctionLanguage::kDefault;
  std::vector<Resource> resources;
  std::vector<Option> options;
  bool operator==(const FunctionDef&) const = default;
};

enum class ObjectKind : uint8_t { kTable, kView, kDatabase, kCatalog, kFunction, kModel, kMaterializedTable };

struct Drop {
  ObjectKind object = ObjectKind::kTable;
  bool temporary = false;
  bool system = false;  // DROP TEMPORARY SYSTEM FUNCTION
  bool if_exists = false;
  bool cascade = false;     // DATABASE
  bool restricted = false;  // DATABASE: RESTRICT written out
  Path name;
  bool operator==(const Drop&) const = default;
};

// k = v of PARTITION (..).
struct PartitionValue {
  Identifier key;
  std::optional<Expr> value;
  bool operator==(const PartitionValue&) const = default;
};

struct AlterTable {
  enum class Action : uint8_t {
    kSetOptions,    // options
    kResetOptions,  // keys
    kRename,        // new_name
    kRenameColumn,  // column, new_column
    kAdd,           // columns, watermark, primary_key, distribution: at least one
    kModify,        // as kAdd
    kDropColumns,   // dropped
    kDropPrimaryKey,
    kDropConstraint,  // column: its name
    kDropWatermark,
    kDropDistribution,
    kAddPartitions,   // partitions, if_not_exists
    kDropPartitions,  // partitions, partition_if_exists
  };
  Action action = Action::kSetOptions;
  bool if_exists = false;
  Path name;
  std::vector<PartitionValue> partition;  // ALTER TABLE t PARTITION (..) SET
  std::vector<Option> options;
  std::vector<Option> keys;  // values empty
  Path new_name;
  Path column;
  Path new_column;
  std::vector<ColumnDef> columns;
  std::optional<WatermarkDef> watermark;
  std::optional<PrimaryKeyDef> primary_key;
  std::optional<Distribution> distribution;
  std::vector<Path> dropped;
  bool partition_exists_clause = false;  // IF NOT EXISTS of kAddPartitions, IF EXISTS of kDropPartitions
  std::vector<std::vector<PartitionValue>> partitions;
  bool operator==(const AlterTable&) const = default;
};

// ALTER VIEW v RENAME TO / AS query, ALTER DATABASE d SET, ALTER CATALOG c SET / RESET / COMMENT.
struct AlterObject {
  enum class Action : uint8_t { kRename, kAsQuery, kSetOptions, kResetOptions, kComment };
  ObjectKind object = ObjectKind::kView;  // kView, kDatabase, kCatalog
  Action action = Action::kRename;
  Path name;
  Path new_name;
  Box<Query> query;
  std::vector<Option> options;
  std::vector<Option> keys;
  std::string comment;
  bool operator==(const AlterObject&) const = default;
};

struct Insert {
  enum class OnConflict : uint8_t { kDefault, kDoNothing, kDoError, kDoDeduplicate };
  bool overwrite = false;
  Path table;
  std::vector<Hint> hints;
  std::vector<PartitionValue> partition;
  std::vector<Identifier> columns;  // empty: all
  Query query;                      // VALUES too
  OnConflict on_conflict = OnConflict::kDefault;
  bool operator==(const Insert&) const = default;
};

struct Assignment {
  Path column;
  Expr value;
  bool operator==(const Assignment&) const = default;
};

// DELETE FROM t [WHERE ..], UPDATE t SET a = 1 [WHERE ..].
struct Modify {
  Path table;
  Identifier alias;  // optional
  std::vector<Assignment> assignments;
  std::optional<Expr> where;
  bool operator==(const Modify&) const = default;
};

// ANALYZE TABLE t [PARTITION (..)] COMPUTE STATISTICS [FOR COLUMNS a, b | FOR ALL COLUMNS].
struct Analyze {
  Path table;
  std::vector<PartitionValue> partition;
  std::vector<Identifier> columns;
  bool all_columns = false;
  bool operator==(const Analyze&) const = default;
};

struct Explain {
  bool estimated_cost = false;
  bool changelog_mode = false;
  bool json_execution_plan = false;
  bool plan_advice = false;
  bool operator==(const Explain&) const = default;
};

struct Show {
  enum class Kind : uint8_t {
    kCatalogs,
    kCurrentCatalog,
    kDatabases,
    kCurrentDatabase,
    kTables,
    kViews,
    kMaterializedTables,
    kModels,
    kColumns,
    kPartitions,
    kFunctions,
    kUserFunctions,
    kModules,
    kFullModules,
    kJars,
    kJobs,
    kProcedures,
    kCreateTable,
    kCreateView,
    kCreateCatalog,
    kCreateModel,
    kCreateMaterializedTable,
  };
  Kind kind = Kind::kTables;
  Path path;  // FROM / IN x; of SHOW CREATE and SHOW PARTITIONS the object. May be empty
  std::vector<PartitionValue> partition;
  std::optional<std::string> like;
  bool negated = false;  // NOT LIKE
  bool ilike = false;
  bool operator==(const Show&) const = default;
};

struct Describe {
  enum class Kind : uint8_t { kTable, kCatalog, kDatabase, kFunction, kModel, kJob };
  Kind kind = Kind::kTable;
  bool extended = false;
  Path path;
  std::string job;
  bool operator==(const Describe&) const = default;
};

// MODULE statements and USE MODULES.
struct ModuleCommand {
  std::vector<Identifier> names;  // LOAD and UNLOAD: one
  std::vector<Option> options;
  bool operator==(const ModuleCommand&) const = default;
};

// COMPILE PLAN 'file' [IF NOT EXISTS] FOR stmt, EXECUTE PLAN 'file', COMPILE AND EXECUTE PLAN 'file' FOR stmt.
struct PlanCommand {
  bool compile = false;
  bool execute = false;
  bool if_not_exists = false;
  std::string file;
  bool operator==(const PlanCommand&) const = default;
};

// One statement. Members by kind; the others keep their defaults.
struct Statement {
  enum class Kind : uint8_t {
    kQuery,              // query
    kInsert,             // insert
    kStatementSet,       // statements: EXECUTE STATEMENT SET BEGIN ..; ..; END
    kBeginStatementSet,  // BEGIN STATEMENT SET
    kEnd,                // END
    kExplain,            // explain, statements: one, or those of EXPLAIN STATEMENT SET (a kStatementSet)
    kCreateTable,        // create_table
    kCreateView,         // create_view
    kCreateDatabase,     // create_space
    kCreateCatalog,      // create_space
    kCreateFunction,     // function
    kAlterTable,         // alter_table
    kAlterView,          // alter_object
    kAlterDatabase,      // alter_object
    kAlterCatalog,       // alter_object
    kAlterFunction,      // function
    kDrop,               // drop
    kUseCatalog,         // path
    kUseDatabase,        // path
    kUseModules,         // module
    kLoadModule,         // module
    kUnloadModule,       // module
    kShow,               // show
    kDescribe,           // describe, also of jobs
    kSet,                // text = key, value; without a key: list
    kReset,              // text = key; empty: all
    kAddJar,             // text = path
    kRemoveJar,          // text = path
    kClear,
    kHelp,
    kQuit,
    kStopJob,        // text = job id, with_savepoint, with_drain
    kPlan,           // plan; statements: one, unless EXECUTE PLAN
    kDelete,         // modify
    kUpdate,         // modify
    kTruncateTable,  // path
    kAnalyzeTable,   // analyze
    kCallProcedure,  // expr: a kCall
  };
  Kind kind = Kind::kQuery;
  Span span;
  Box<Query> query;
  Box<Insert> insert;
  Box<CreateTable> create_table;
  Box<CreateView> create_view;
  Box<CreateSpace> create_space;
  Box<FunctionDef> function;
  Box<AlterTable> alter_table;
  Box<AlterObject> alter_object;
  Box<Drop> drop;
  Box<Explain> explain;
  Box<Show> show;
  Box<Describe> describe;
  Box<ModuleCommand> module;
  Box<PlanCommand> plan;
  Box<Modify> modify;
  Box<Analyze> analyze;
  Box<Expr> expr;
  std::vector<Statement> statements;
  Path path;
  std::string text;
  std::optional<std::string> value;  // kSet: nullopt lists all properties
  bool with_savepoint = false;
  bool with_drain = false;

  Statement();
  Statement(const Statement&);
  Statement(Statement&&) noexcept;
  Statement& operator=(const Statement&);
  Statement& operator=(Statement&&) noexcept;
  ~Statement();
  bool operator==(const Statement&) const;
};

}  // namespace millrace::sql
