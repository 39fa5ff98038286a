#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "planner/lower/lower_nodes.h"
#include "planner/table_access.h"

namespace millrace::planner {
namespace {

using plan::LogicalKind;
using plan::LogicalNode;
using plan::LogicalRoot;
using plan::PhysicalKind;
using plan::PhysicalNode;
using plan::PhysicalPtr;

// An upsert sink does not need the old row of an update.
bool Accepts(const ChangelogMode& sink, const ChangelogMode& input) {
  if (input.update_after && !sink.update_after) return false;
  if (input.remove && !sink.remove) return false;
  return !input.update_before || sink.update_before || sink.update_after;
}

Error RefuseChanges(const catalog::Table& table, const ChangelogMode& sink, const PhysicalNode& input) {
  const bool updates = input.changelog.update_after && !sink.update_after;
  const bool deletes = input.changelog.remove && !sink.remove;
  const std::string_view changes = updates && deletes ? "update and delete" : updates ? "update" : "delete";
  // The operator that brought the changes about: the first below that is not a mere projection.
  const PhysicalNode* origin = &input;
  while (origin->kind == PhysicalKind::kCalc || origin->kind == PhysicalKind::kExchange)
    origin = origin->inputs[0].get();
  return UserError(fmt::format("Table sink '{}' doesn't support consuming {} changes which is produced by node {}",
                               table.path.Dotted(), changes, NodeLine(*origin)))
      .WithCode(std::string(kTableException))
      .WithHint("Write to a connector that takes changes, such as 'upsert-kafka' with a PRIMARY KEY.");
}

// Columns of a query's result whose values occur in one row only, if known.
std::optional<std::vector<size_t>> UpsertKey(const LogicalNode& node) {
  switch (node.kind) {
    case LogicalKind::kWindowAggregate: {
      std::vector<size_t> key;
      for (size_t i = 0; i < node.keys.size(); ++i) key.push_back(i);
      for (size_t i = 0; i < node.window_properties.size(); ++i)
        key.push_back(node.keys.size() + node.aggregates.size() + i);
      return key;
    }
    case LogicalKind::kProject:
    case LogicalKind::kCalc: {
      const auto below = UpsertKey(*node.inputs[0]);
      if (!below) return std::nullopt;
      std::vector<size_t> key;
      for (const size_t column : *below) {
        const auto at = std::find_if(node.projections.begin(), node.projections.end(), [&](const plan::ExprPtr& expr) {
          return expr->kind == plan::Expr::Kind::kInput && expr->input == column;
        });
        if (at == node.projections.end()) return std::nullopt;
        key.push_back(static_cast<size_t>(at - node.projections.begin()));
      }
      return key;
    }
    case LogicalKind::kFilter:
    case LogicalKind::kSort:
    case LogicalKind::kLimit:
    case LogicalKind::kWatermark: return UpsertKey(*node.inputs[0]);
    case LogicalKind::kScan:
    case LogicalKind::kValues:
    case LogicalKind::kWindowTableFunction:
    case LogicalKind::kUnion: return std::nullopt;
  }
  return std::nullopt;
}

// Several rows of the query may share one primary key of the sink: then the last one wins. Flink 2.3 refuses that.
Status CheckUpsertKey(const LogicalRoot& root, const std::vector<SinkColumn>& columns, const Context& context) {
  const auto key = UpsertKey(*root.query);
  if (root.sink->primary_key.empty() || !key) return Ok();
  std::vector<std::string> outside;
  for (const size_t column : *key) {
    const std::string& name = columns[column].field.name;
    const auto& primary = root.sink->primary_key;
    if (std::find(primary.begin(), primary.end(), name) == primary.end()) outside.push_back(name);
  }
  if (outside.empty()) return Ok();
  const std::string text = fmt::format(
      "The primary key of '{}' has not all key columns of the query (missing: {}): later rows replace "
      "earlier ones with the same primary key.",
      root.sink->path.Dotted(), Join(outside, ", "));
  if (!context.require_on_conflict) {
    context.warnings->push_back(text);
    return Ok();
  }
  return ValidationError(text).WithHint("Add ON CONFLICT, or SET 'table.exec.sink.require-on-conflict' = 'false'.");
}

Result<PhysicalPtr> LowerCollect(const LogicalRoot& root, Lowering& lowering) {
  MR_ASSIGN(PhysicalPtr input, LowerNode(*root.query, lowering));
  PhysicalPtr out = OverInput(PhysicalKind::kCollect, std::move(input));
  out->line = root.query->span.line;
  return out;
}

Result<PhysicalPtr> LowerSink(const LogicalRoot& root, PhysicalPtr input, Lowering& lowering) {
  const catalog::Table& table = *root.sink;
  MR_ASSIGN(const connect::ConnectorDef* connector, FindConnector(table, lowering.context));
  if (!connector->make_sink) {
    return ValidationError(
        fmt::format("Connector '{}' can only be used as a source. It cannot be used as a sink.", connector->name));
  }
  connect::SinkContext sink;
  MR_ASSIGN(sink.table, MakeTableContext(table, *connector, lowering.context));
  MR_ASSIGN(const std::vector<SinkColumn> columns, SinkColumns(table, *connector));
  ChangelogMode accepted = ChangelogMode::InsertOnly();
  if (connector->sink_changelog) {
    MR_ASSIGN(accepted, connector->sink_changelog(sink.table));
  }
  if (!Accepts(accepted, input->changelog)) return RefuseChanges(table, accepted, *input);
  MR_TRY(CheckUpsertKey(root, columns, lowering.context));
  sink.input = input->changelog;
  PhysicalPtr out = OverInput(PhysicalKind::kSink, std::move(input));
  out->schema = {};
  out->line = root.span.line;
  for (size_t i = 0; i < columns.size(); ++i) {
    const catalog::Column& column = table.columns[columns[i].column];
    if (column.kind == catalog::Column::Kind::kMetadata)
      sink.metadata.push_back({column.metadata_key, columns[i].field});
    if (!column.type.nullable) out->not_null_columns.push_back(i);
    out->schema.fields.push_back(columns[i].field);
  }
  out->table_name = table.path.name;
  out->table_path = {table.path.catalog, table.path.database, table.path.name};
  out->drop_nulls = lowering.context.drop_nulls;
  MR_ASSIGN(out->sink, connector->make_sink(sink));
  return out;
}

}  // namespace

Result<PhysicalPtr> LowerRoot(const LogicalRoot& root, Lowering& lowering) {
  if (root.sink == nullptr) return LowerCollect(root, lowering);
  MR_ASSIGN(PhysicalPtr input, LowerNode(*root.query, lowering));
  return OrCannotCreate(TableUse::kSink, *root.sink, root.span, lowering.context,
                        LowerSink(root, std::move(input), lowering));
}

}  // namespace millrace::planner
