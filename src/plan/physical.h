#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connect/connector.h"
#include "functions/aggregate_function.h"
#include "plan/expr.h"

namespace millrace::plan {

struct PhysicalNode;
using PhysicalPtr = std::unique_ptr<PhysicalNode>;

enum class PhysicalKind {
  kSource,                 // reads a table; watermarks are made here, per split
  kValues,                 // literal rows
  kWatermarkAssigner,      // WATERMARK on something that is not a source column
  kCalc,                   // filter, then projection
  kWindowTableFunction,    // appends window_start, window_end, window_time; HOP and CUMULATE multiply rows
  kLocalWindowAggregate,   // per (key, slice) partial aggregates
  kExchange,               // moves rows between slots
  kGlobalWindowAggregate,  // merges slices, fires windows
  kUnion,
  kLimit,
  kSort,     // bounded input, or leading event-time column ascending
  kSink,     // writes a table
  kCollect,  // hands rows to the client
};

// How a source gets its watermarks. `expression` is over the source's output columns and yields epoch millis
// (TIMESTAMP).
struct WatermarkSpec {
  // The expression yields the time, no column of the source does (a computed rowtime column).
  static constexpr size_t kComputedRowtime = static_cast<size_t>(-1);
  size_t rowtime_column = 0;
  ExprPtr expression;
  int64_t idle_timeout_millis = 0;  // table.exec.source.idle-timeout or scan.watermark.idle-timeout; 0 = never idle
};

enum class WindowKind { kTumble, kHop, kCumulate };

// A window over time attribute `time_column` (flink-sql.md 3.2, 3.3). All lengths in millis. TUMBLE: slide = size.
// HOP: size % slide == 0 when aggregated. CUMULATE: `slide` is the step.
struct WindowSpec {
  WindowKind kind = WindowKind::kTumble;
  size_t time_column = 0;
  bool event_time = true;   // false: processing time
  bool local_zone = false;  // TIMESTAMP_LTZ attribute: windows are cut on the wall clock of the session's zone
  int64_t size = 0;
  int64_t slide = 0;
  int64_t offset = 0;
};

struct AggregateCall {
  const functions::AggregateFunction* function = nullptr;
  std::vector<size_t> args;      // input columns, already cast
  std::optional<size_t> filter;  // BOOLEAN input column: FILTER (WHERE ..)
  bool distinct = false;
  std::vector<DataType> arg_types;
  DataType type;     // of the result
  std::string name;  // output column
};

// Columns that a window aggregation appends after keys and aggregates.
enum class WindowProperty { kStart, kEnd, kTime };

struct Exchange {
  enum class Kind { kForward, kHash, kSingle } kind = Kind::kForward;
  std::vector<size_t> keys;  // of kHash
};

// One operator. Which members are used stands beside them. A tree with inputs first; a job is a list of roots (kSink or
// kCollect). Output column i is schema.fields[i].
struct PhysicalNode {
  PhysicalKind kind = PhysicalKind::kCalc;
  uint32_t id = 0;    // "[3]" in EXPLAIN and the job graph: order of creation from the sources on, from 1
  uint32_t line = 0;  // of the statement, where it comes from, from 1; 0 = unknown
  std::string uid;    // stable id from the place in the query, for state
  Schema schema;      // output
  ChangelogMode changelog;
  std::vector<PhysicalPtr> inputs;

  // kSource
  std::shared_ptr<connect::Source> source;
  std::string table_name;                  // also kSink
  std::vector<std::string> table_path;     // catalog, database, table; also kSink
  std::optional<WatermarkSpec> watermark;  // also kWatermarkAssigner
  std::string bad_record_table;  // 'error-handling.log.target', resolved: index into Plan::bad_record_sinks by name
  // kValues
  std::vector<ValueList> rows;
  // kCalc
  ExprPtr condition;                 // may be null
  std::vector<ExprPtr> projections;  // one per output column
  // kWindowTableFunction, kLocalWindowAggregate, kGlobalWindowAggregate
  WindowSpec window;
  // kLocalWindowAggregate, kGlobalWindowAggregate. `keys` index the input of the *local* operator (or of the global one
  // when it has no local one below). Output of local: keys..., one opaque accumulator column (BYTES) and the slice end
  // (BIGINT) last; operators exchange accumulators between themselves, so its layout is theirs. Output of global: keys,
  // aggregates, then the window properties.
  std::vector<size_t> keys;
  std::vector<AggregateCall> aggregates;
  std::vector<WindowProperty> window_properties;
  bool has_local = false;  // kGlobalWindowAggregate: its input comes from a local one
  // The window columns arrive with the rows (a window aggregate over the result of another one): indices of
  // window_start and window_end in the input; then `window.kind` tells the spec but no slicing is done.
  std::optional<std::pair<size_t, size_t>> attached_window;
  // kExchange
  Exchange exchange;
  // kLimit
  int64_t offset = 0;
  int64_t limit = -1;  // -1 = none
  // kSort
  struct SortKey {
    size_t column = 0;
    bool ascending = true;
    bool nulls_first = true;
  };
  std::vector<SortKey> sort_keys;
  // kSink
  std::shared_ptr<connect::Sink> sink;
  std::vector<size_t> not_null_columns;  // table.exec.sink.not-null-enforcer applies to these
  bool drop_nulls = false;               // ...=DROP
};

// One job.
struct PhysicalPlan {
  std::string job_name;  // "insert-into_default_catalog.default_database.SALES_AGGREGATE", "collect"
  std::vector<PhysicalPtr> roots;
  uint32_t parallelism = 1;
  bool streaming = true;  // execution.runtime-mode
  const TimeZone* zone = nullptr;
  // Tables that take bad records, by table name, with the field names the engine fills (those of error_timestamp,
  // error_code, error_reason, topic, partition, offset, timestamp, key, value that the table has; its other columns
  // must be nullable).
  struct BadRecordSink {
    std::string table_name;
    std::shared_ptr<connect::Sink> sink;
    Schema schema;
  };
  std::vector<BadRecordSink> bad_record_sinks;
  int64_t auto_watermark_interval_millis = 200;
  std::shared_ptr<const connect::Environment> environment;  // what its sources and sinks were made with; lives as long
};

// The operator's name as Flink's: "Source: SALES[1]", "GlobalWindowAggregate[4]", "T[6]: Writer".
std::string OperatorName(const PhysicalNode& node);
// Its part of the vertex's name. Flink makes up to three operators of a sink, where one does all here:
// "ConstraintEnforcer[6] -> T[6]: Writer -> T[6]: Committer".
std::string ChainName(const PhysicalNode& node);
// The operator's line of EXPLAIN: "Calc(select=[a], where=[a > 1])".
std::string Description(const PhysicalNode& node);
struct TextOptions {
  bool changelog_mode = false;  // EXPLAIN CHANGELOG_MODE: "changelogMode=[I,UB,UA,D]" behind every operator
};
// One line per operator, indented, as "== Optimized Execution Plan ==".
std::string ToString(const PhysicalNode& node, const TextOptions& options = {});
// EXPLAIN JSON_EXECUTION_PLAN: {"nodes": [{"id", "type", "contents", "parallelism", "predecessors"}]}, inputs first.
std::string ToJson(const PhysicalPlan& plan);

std::string_view PhysicalKindName(PhysicalKind kind);  // "GlobalWindowAggregate"
// "1 min", "90 s": the largest unit that divides evenly, as Flink's EXPLAIN.
std::string DurationText(int64_t millis);
// "TUMBLE(time_col=[ts], size=[1 min])"; `attached` names the window columns of the input instead.
std::string WindowText(const WindowSpec& window, const Schema& input,
                       std::optional<std::pair<size_t, size_t>> attached);
// "SUM(amount) AS total", "COUNT(DISTINCT a) FILTER $f2 AS EXPR$1".
std::string AggregateText(const AggregateCall& call, const Schema& input);

}  // namespace millrace::plan
