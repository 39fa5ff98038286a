#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "planner/lower/lower_nodes.h"
#include "planner/table_access.h"

namespace millrace::planner {
namespace {

using plan::LogicalNode;
using plan::PhysicalKind;
using plan::PhysicalNode;
using plan::PhysicalPtr;

constexpr std::string_view kLogTarget = "error-handling.log.target";

bool IsTextType(const DataType& type) { return type.IsString(); }
bool IsBytesType(const DataType& type) { return type.IsBinary() || type.IsString(); }
bool IsTimeType(const DataType& type) { return type.IsTimestamp() && type.precision <= 3; }
bool IsIntType(const DataType& type) { return type.kind == TypeKind::kInt; }
bool IsBigIntType(const DataType& type) { return type.kind == TypeKind::kBigInt; }

// The columns of a table of bad records that the engine fills.
struct BadRecordField {
  std::string_view name;
  bool (*accepts)(const DataType& type);
  std::string_view type;
};
constexpr BadRecordField kBadRecordFields[] = {{"error_timestamp", IsTimeType, "TIMESTAMP_LTZ(3)"},
                                               {"error_code", IsTextType, "STRING"},
                                               {"error_reason", IsTextType, "STRING"},
                                               {"topic", IsTextType, "STRING"},
                                               {"partition", IsIntType, "INT"},
                                               {"offset", IsBigIntType, "BIGINT"},
                                               {"timestamp", IsTimeType, "TIMESTAMP_LTZ(3)"},
                                               {"key", IsBytesType, "BYTES"},
                                               {"value", IsBytesType, "BYTES"}};

Status CheckBadRecordTable(const catalog::Table& target, const std::vector<SinkColumn>& columns) {
  bool any = false;
  for (const SinkColumn& column : columns) {
    const auto* known = std::find_if(std::begin(kBadRecordFields), std::end(kBadRecordFields),
                                     [&](const BadRecordField& field) { return field.name == column.field.name; });
    if (known == std::end(kBadRecordFields)) {
      if (column.field.type.nullable) continue;
      return ValidationError(
          fmt::format("Table '{}' cannot take bad records: its column '{}' is NOT NULL and nothing fills it.",
                      target.path.Dotted(), column.field.name));
    }
    any = true;
    if (!known->accepts(column.field.type)) {
      return ValidationError(fmt::format("Table '{}' cannot take bad records: its column '{}' is {}, expected {}.",
                                         target.path.Dotted(), column.field.name, column.field.type.ToString(),
                                         known->type));
    }
  }
  if (any) return Ok();
  std::vector<std::string> names;
  for (const BadRecordField& field : kBadRecordFields) names.emplace_back(field.name);
  return ValidationError(fmt::format("Table '{}' cannot take bad records: it has none of the columns {}.",
                                     target.path.Dotted(), Join(names, ", ")));
}

Result<plan::PhysicalPlan::BadRecordSink> MakeBadRecordSink(const catalog::Table& target, const Context& context) {
  MR_ASSIGN(const connect::ConnectorDef* connector, FindConnector(target, context));
  if (!connector->make_sink) {
    return ValidationError(
        fmt::format("Connector '{0}' can only be used as a source. It cannot be used as a sink.", connector->name));
  }
  MR_ASSIGN(connect::TableContext table, MakeTableContext(target, *connector, context));
  MR_ASSIGN(const std::vector<SinkColumn> columns, SinkColumns(target, *connector));
  MR_TRY(CheckBadRecordTable(target, columns));
  plan::PhysicalPlan::BadRecordSink out{.table_name = target.path.Dotted(), .sink = nullptr, .schema = {}};
  connect::SinkContext sink{.table = std::move(table), .metadata = {}, .input = ChangelogMode::InsertOnly()};
  for (const SinkColumn& column : columns) {
    out.schema.fields.push_back(column.field);
    const catalog::Column& declared = target.columns[column.column];
    if (declared.kind == catalog::Column::Kind::kMetadata)
      sink.metadata.push_back({declared.metadata_key, column.field});
  }
  MR_ASSIGN(out.sink, connector->make_sink(sink));
  return out;
}

Error UnboundedInBatch(const catalog::Table& table) {
  return ValidationError(
             fmt::format(
                 "Querying an unbounded table '{}' in batch mode is not allowed. The table source is unbounded.",
                 table.path.Dotted()))
      .WithHint("SET 'execution.runtime-mode' = 'streaming', or bound the table with its connector's options.");
}

// Resolves 'error-handling.log.target' of a table that is read and adds its sink to the plan once. Returns its name; ""
// when the table does not log bad records.
Result<std::string> ResolveBadRecordTable(const LogicalNode& node, const Options& options, Lowering& lowering) {
  const catalog::Table& table = *node.table;
  const auto mode = options.given().find("error-handling.mode");
  if (mode == options.given().end() || !EqualsIgnoreCase(Trim(mode->second), "log")) return std::string();
  const auto name = options.given().find(std::string(kLogTarget));
  if (name == options.given().end()) {
    return ValidationError(fmt::format("Table '{}' has 'error-handling.mode' = 'log' but no '{}'.", table.path.Dotted(),
                                       kLogTarget))
        .WithHint("Name the table that takes the bad records.");
  }
  const catalog::ObjectPath path = lowering.context.catalogs->Resolve(Split(name->second, '.'));
  for (const auto& known : lowering.plan.bad_record_sinks) {
    if (known.table_name == path.Dotted()) return known.table_name;
  }
  const catalog::Table* target = lowering.context.catalogs->Find(path);
  if (target == nullptr || target->kind != catalog::Table::Kind::kTable) {
    return ValidationError(fmt::format("The table '{}' named by '{}' of table '{}' does not exist.", path.Dotted(),
                                       kLogTarget, table.path.Dotted()));
  }
  MR_ASSIGN(plan::PhysicalPlan::BadRecordSink sink,
            OrCannotCreate(TableUse::kSink, *target, node.span, lowering.context,
                           MakeBadRecordSink(*target, lowering.context)));
  lowering.plan.bad_record_sinks.push_back(std::move(sink));
  return lowering.plan.bad_record_sinks.back().table_name;
}

Result<PhysicalPtr> LowerSource(const LogicalNode& node, Lowering& lowering) {
  const catalog::Table& table = *node.table;
  MR_ASSIGN(const connect::ConnectorDef* connector, FindConnector(table, lowering.context));
  if (!connector->make_source) {
    return ValidationError(
        fmt::format("Connector '{}' can only be used as a sink. It cannot be used as a source.", connector->name));
  }
  connect::SourceContext source;
  MR_ASSIGN(source.table, MakeTableContext(table, *connector, lowering.context));
  source.projected_fields = node.projected_fields;
  source.metadata = node.metadata;
  auto out = std::make_unique<PhysicalNode>();
  out->kind = PhysicalKind::kSource;
  out->schema = node.schema;
  out->table_name = table.path.name;
  out->table_path = {table.path.catalog, table.path.database, table.path.name};
  MR_ASSIGN(out->source, connector->make_source(source));
  out->changelog = out->source->changelog();
  if (!lowering.context.streaming && !out->source->bounded()) return UnboundedInBatch(table);
  MR_ASSIGN(out->bad_record_table, ResolveBadRecordTable(node, source.table.options, lowering));
  if (node.watermark) {
    out->watermark = plan::WatermarkSpec{.rowtime_column = node.watermark->rowtime_column,
                                         .expression = node.watermark->expression->Clone(),
                                         .idle_timeout_millis = node.watermark->idle_timeout_millis};
  }
  return out;
}

}  // namespace

Result<PhysicalPtr> LowerScan(const LogicalNode& node, Lowering& lowering) {
  return OrCannotCreate(TableUse::kSource, *node.table, node.span, lowering.context, LowerSource(node, lowering));
}

}  // namespace millrace::planner
