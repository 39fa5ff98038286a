#include <algorithm>

#include "base/check.h"
#include "planner/rules/expr_rewrite.h"
#include "planner/rules/rule.h"

namespace millrace::planner {
namespace {

using plan::ExprPtr;
using plan::LogicalKind;
using plan::LogicalNode;
using plan::LogicalPtr;

using Columns = std::vector<bool>;      // one place per column: is it needed?
using ColumnMap = std::vector<size_t>;  // old column -> new column; only needed ones have a meaning

ColumnMap Prune(LogicalNode& node, Columns needed);

// Keeps the fields of the schema whose place is set and says where they went.
ColumnMap KeepFields(Schema& schema, const Columns& keep) {
  ColumnMap map(schema.size(), 0);
  Schema kept;
  for (size_t i = 0; i < schema.size(); ++i) {
    if (!keep[i]) continue;
    map[i] = kept.size();
    kept.fields.push_back(std::move(schema.fields[i]));
  }
  schema = std::move(kept);
  return map;
}

// Rows without any column are not a thing: COUNT(*) keeps the first one.
void KeepOne(Columns& keep) {
  if (!keep.empty() && std::find(keep.begin(), keep.end(), true) == keep.end()) keep[0] = true;
}

template <typename T>
void KeepPlaces(std::vector<T>& items, const Columns& keep, size_t first) {
  std::vector<T> kept;
  for (size_t i = 0; i < items.size(); ++i) {
    if (keep[first + i]) kept.push_back(std::move(items[i]));
  }
  items = std::move(kept);
}

void RemapWindowColumns(LogicalNode& node, const ColumnMap& map, const Columns& keep) {
  if (!node.window_columns) return;
  for (std::optional<size_t>* column :
       {&node.window_columns->start, &node.window_columns->end, &node.window_columns->time}) {
    if (!*column) continue;
    *column = keep[**column] ? std::optional(map[**column]) : std::nullopt;
  }
}

void RemapWatermark(LogicalNode& node, const ColumnMap& map) {
  if (!node.watermark) return;
  if (node.watermark->rowtime_column != plan::WatermarkSpec::kComputedRowtime) {
    node.watermark->rowtime_column = map[node.watermark->rowtime_column];
  }
  RemapInputs(*node.watermark->expression, map);
}

void MarkWatermark(const LogicalNode& node, Columns& needed) {
  if (!node.watermark) return;
  if (node.watermark->rowtime_column != plan::WatermarkSpec::kComputedRowtime)
    needed[node.watermark->rowtime_column] = true;
  MarkInputs(*node.watermark->expression, needed);
}

ColumnMap PruneScan(LogicalNode& scan, Columns needed) {
  MarkWatermark(scan, needed);
  KeepOne(needed);
  KeepPlaces(scan.metadata, needed, scan.projected_fields.size());
  KeepPlaces(scan.projected_fields, needed, 0);
  const ColumnMap map = KeepFields(scan.schema, needed);
  RemapWatermark(scan, map);
  return map;
}

ColumnMap PruneValues(LogicalNode& values, Columns needed) {
  KeepOne(needed);
  for (ValueList& row : values.rows) KeepPlaces(row, needed, 0);
  return KeepFields(values.schema, needed);
}

ColumnMap PruneCalc(LogicalNode& calc, Columns needed) {
  KeepOne(needed);
  KeepPlaces(calc.projections, needed, 0);
  Columns below(calc.inputs[0]->schema.size(), false);
  if (calc.condition != nullptr) MarkInputs(*calc.condition, below);
  for (const ExprPtr& projection : calc.projections) MarkInputs(*projection, below);
  const ColumnMap input = Prune(*calc.inputs[0], below);
  if (calc.condition != nullptr) RemapInputs(*calc.condition, input);
  for (ExprPtr& projection : calc.projections) RemapInputs(*projection, input);
  const ColumnMap map = KeepFields(calc.schema, needed);
  RemapWindowColumns(calc, map, needed);
  return map;
}

// Operators that pass their input's columns on: the output is what the input became, plus `appended` columns of their
// own.
ColumnMap PrunePassing(LogicalNode& node, Columns needed, size_t appended) {
  const size_t width = node.inputs[0]->schema.size();
  Columns below(needed.begin(), needed.begin() + static_cast<ptrdiff_t>(width));
  KeepOne(below);
  ColumnMap map = Prune(*node.inputs[0], below);
  const size_t new_width = node.inputs[0]->schema.size();
  Schema schema;
  schema.fields.resize(new_width);
  Columns keep(width, false);
  for (size_t i = 0; i < width; ++i) {
    if (!below[i]) continue;
    schema.fields[map[i]] = node.schema.fields[i];
    keep[i] = true;
  }
  for (size_t i = 0; i < new_width; ++i) {
    if (schema.fields[i].name.empty())
      schema.fields[i] = node.inputs[0]->schema.fields[i];  // kept for the input's own sake
  }
  for (size_t i = 0; i < appended; ++i) {
    map.push_back(schema.size());
    keep.push_back(true);
    schema.fields.push_back(node.schema.fields[width + i]);
  }
  node.schema = std::move(schema);
  RemapWindowColumns(node, map, keep);
  return map;
}

ColumnMap PruneWindowFunction(LogicalNode& node, Columns needed) {
  needed[node.window.time_column] = true;
  const ColumnMap map = PrunePassing(node, needed, 3);
  node.window.time_column = map[node.window.time_column];
  return map;
}

ColumnMap PruneSort(LogicalNode& sort, Columns needed) {
  for (const plan::PhysicalNode::SortKey& key : sort.sort_keys) needed[key.column] = true;
  const ColumnMap map = PrunePassing(sort, needed, 0);
  for (plan::PhysicalNode::SortKey& key : sort.sort_keys) key.column = map[key.column];
  return map;
}

ColumnMap PruneWatermark(LogicalNode& node, Columns needed) {
  MarkWatermark(node, needed);
  const ColumnMap map = PrunePassing(node, needed, 0);
  RemapWatermark(node, map);
  return map;
}

ColumnMap PruneWindowAggregate(LogicalNode& node, Columns needed) {
  for (size_t i = 0; i < node.keys.size(); ++i) needed[i] = true;
  const size_t first_property = node.keys.size() + node.aggregates.size();
  if (std::find(needed.begin(), needed.end(), true) == needed.end() && !node.window_properties.empty()) {
    needed[first_property] = true;
  }
  KeepPlaces(node.window_properties, needed, first_property);
  KeepPlaces(node.aggregates, needed, node.keys.size());
  Columns below(node.inputs[0]->schema.size(), false);
  for (const size_t key : node.keys) below[key] = true;
  for (const plan::AggregateCall& call : node.aggregates) {
    for (const size_t arg : call.args) below[arg] = true;
    if (call.filter) below[*call.filter] = true;
  }
  if (node.attached_window) {
    below[node.attached_window->first] = true;
    below[node.attached_window->second] = true;
  } else {
    below[node.window.time_column] = true;
  }
  const ColumnMap input = Prune(*node.inputs[0], below);
  for (size_t& key : node.keys) key = input[key];
  for (plan::AggregateCall& call : node.aggregates) {
    for (size_t& arg : call.args) arg = input[arg];
    if (call.filter) call.filter = input[*call.filter];
  }
  if (node.attached_window) {
    node.attached_window = {input[node.attached_window->first], input[node.attached_window->second]};
  } else {
    node.window.time_column = input[node.window.time_column];
  }
  const ColumnMap map = KeepFields(node.schema, needed);
  RemapWindowColumns(node, map, needed);
  return map;
}

// All branches must keep the same columns in the same order: one that kept more gets a Calc.
ColumnMap PruneUnion(LogicalNode& node, Columns needed) {
  KeepOne(needed);
  for (LogicalPtr& input : node.inputs) {
    const ColumnMap below = Prune(*input, needed);
    std::vector<ExprPtr> projections;
    Schema schema;
    bool identity = true;
    for (size_t i = 0; i < needed.size(); ++i) {
      if (!needed[i]) continue;
      identity = identity && below[i] == projections.size();
      projections.push_back(plan::Expr::Input(below[i], input->schema.fields[below[i]].type));
      schema.fields.push_back(input->schema.fields[below[i]]);
    }
    if (!identity || projections.size() != input->schema.size()) {
      input = MakeCalc(std::move(input), nullptr, std::move(projections), std::move(schema));
    }
  }
  const ColumnMap map = KeepFields(node.schema, needed);
  RemapWindowColumns(node, map, needed);
  return map;
}

ColumnMap Prune(LogicalNode& node, Columns needed) {
  switch (node.kind) {
    case LogicalKind::kScan: return PruneScan(node, std::move(needed));
    case LogicalKind::kValues: return PruneValues(node, std::move(needed));
    case LogicalKind::kFilter:
    case LogicalKind::kProject:
    case LogicalKind::kCalc: {
      CHECK(node.kind == LogicalKind::kCalc);  // merge_calcs runs before
      return PruneCalc(node, std::move(needed));
    }
    case LogicalKind::kWatermark: return PruneWatermark(node, std::move(needed));
    case LogicalKind::kWindowTableFunction: return PruneWindowFunction(node, std::move(needed));
    case LogicalKind::kWindowAggregate: return PruneWindowAggregate(node, std::move(needed));
    case LogicalKind::kUnion: return PruneUnion(node, std::move(needed));
    case LogicalKind::kSort: return PruneSort(node, std::move(needed));
    case LogicalKind::kLimit: return PrunePassing(node, std::move(needed), 0);
  }
  return {};
}

}  // namespace

Status PushProjectionIntoScan(LogicalPtr& root, const Context& context) {
  const size_t width = root->schema.size();
  const ColumnMap map = Prune(*root, Columns(width, true));
  CHECK(root->schema.size() == width);
  for (size_t i = 0; i < width; ++i) CHECK(map[i] == i);
  return MergeCalcs(root, context);  // Calcs that became identities
}

}  // namespace millrace::planner
