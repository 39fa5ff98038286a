#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/table.h"
#include "connect/connector.h"
#include "plan/physical.h"

namespace millrace::plan {

struct LogicalNode;
using LogicalPtr = std::unique_ptr<LogicalNode>;

enum class LogicalKind {
  kScan,                 // a table's physical and metadata columns
  kValues,               // literal rows
  kWatermark,            // declares a column of the input a rowtime attribute
  kFilter,               // bound plan only: the optimizer merges it into kCalc
  kProject,              // bound plan only
  kCalc,                 // filter, then projection
  kWindowTableFunction,  // appends window_start, window_end, window_time
  kWindowAggregate,
  kUnion,  // UNION ALL
  kSort,
  kLimit,
};

// The window that the rows of a relation belong to: where its columns are, if still there, and how it was cut. Every
// operator that keeps the rows of its input keeps this too, so that GROUP BY window_start, window_end is recognised
// above sub-queries.
struct RelationWindow {
  WindowSpec spec;  // time_column has no meaning
  std::optional<size_t> start;
  std::optional<size_t> end;
  std::optional<size_t> time;
};

// One operator of the bound and of the optimized plan. Which members are used stands beside them; column indices are
// those of the input's schema, as in PhysicalNode.
struct LogicalNode {
  LogicalKind kind = LogicalKind::kScan;
  Schema schema;
  std::vector<LogicalPtr> inputs;
  std::optional<RelationWindow> window_columns;
  SourceSpan span;  // where the clause stands, for errors of later stages

  // kScan: output is the projected physical fields, then the metadata columns.
  std::shared_ptr<const catalog::Table> table;  // options with those of an OPTIONS hint merged in
  std::vector<size_t> projected_fields;         // into the table's physical columns, ascending
  std::vector<connect::MetadataColumn> metadata;
  // kWatermark; kScan once it is pushed down
  std::optional<WatermarkSpec> watermark;
  // kValues
  std::vector<ValueList> rows;
  // kFilter, kCalc; may be null in kCalc
  ExprPtr condition;
  // kProject, kCalc
  std::vector<ExprPtr> projections;
  // kWindowTableFunction, kWindowAggregate
  WindowSpec window;
  // kWindowAggregate: output is keys, aggregates, window properties. With `attached_window` the rows carry their
  // window.
  std::vector<size_t> keys;
  std::vector<AggregateCall> aggregates;
  std::vector<WindowProperty> window_properties;
  std::optional<std::pair<size_t, size_t>> attached_window;
  bool two_phase = false;  // set by the rule
  // kSort
  std::vector<PhysicalNode::SortKey> sort_keys;
  // kLimit
  int64_t offset = 0;
  int64_t limit = -1;  // -1 = none
};

// What the rows of a query are for.
struct LogicalRoot {
  LogicalPtr query;                            // its columns fit the sink's by position and type
  std::shared_ptr<const catalog::Table> sink;  // null: collect
  SourceSpan span;                             // of the sink's name
};

struct LogicalPlan {
  std::vector<LogicalRoot> roots;
};

std::string ToString(const LogicalNode& node);
std::string ToString(const LogicalPlan& plan);

LogicalPtr CloneTree(const LogicalNode& node);

// The window columns of a projection of `input`: those that are passed on unchanged.
std::optional<RelationWindow> ProjectWindow(const LogicalNode& input, const std::vector<ExprPtr>& projections);

}  // namespace millrace::plan
