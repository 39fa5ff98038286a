#include <fmt/format.h>

#include "base/strings.h"
#include "plan/logical.h"

namespace millrace::plan {
namespace {

std::string Names(const Schema& schema) {
  std::string out;
  for (const Field& field : schema.fields) out += (out.empty() ? "" : ", ") + field.name;
  return out;
}

std::string Projections(const LogicalNode& node) {
  const Schema& input = node.inputs[0]->schema;
  std::string out;
  for (size_t i = 0; i < node.projections.size(); ++i) {
    const std::string text = node.projections[i]->ToString(input);
    const std::string& name = node.schema.fields[i].name;
    if (!out.empty()) out += ", ";
    out += text == name ? text : text + " AS " + name;
  }
  return out;
}

std::string ScanText(const LogicalNode& node) {
  std::string extra;
  if (node.watermark) extra = fmt::format(", watermark=[{}]", node.watermark->expression->ToString(node.schema));
  return fmt::format("Scan(table=[{}]{}, fields=[{}])", node.table->path.Dotted(), extra, Names(node.schema));
}

std::string_view PropertyName(WindowProperty property) {
  switch (property) {
    case WindowProperty::kStart: return "start";
    case WindowProperty::kEnd: return "end";
    case WindowProperty::kTime: return "time";
  }
  return "";
}

std::string AggregateNodeText(const LogicalNode& node) {
  const Schema& input = node.inputs[0]->schema;
  std::vector<std::string> keys;
  for (const size_t key : node.keys) keys.push_back(input.fields[key].name);
  std::vector<std::string> calls;
  for (const AggregateCall& call : node.aggregates) calls.push_back(AggregateText(call, input));
  std::vector<std::string> properties;
  const size_t first = node.keys.size() + node.aggregates.size();
  for (size_t i = 0; i < node.window_properties.size(); ++i) {
    properties.push_back(
        fmt::format("{} AS {}", PropertyName(node.window_properties[i]), node.schema.fields[first + i].name));
  }
  return fmt::format("WindowAggregate(groupBy=[{}], window=[{}], aggregates=[{}], properties=[{}]{})", Join(keys, ", "),
                     WindowText(node.window, input, node.attached_window), Join(calls, ", "), Join(properties, ", "),
                     node.two_phase ? ", two_phase" : "");
}

std::string SortText(const LogicalNode& node) {
  std::vector<std::string> keys;
  for (const PhysicalNode::SortKey& key : node.sort_keys) {
    keys.push_back(fmt::format("{} {}", node.schema.fields[key.column].name, key.ascending ? "ASC" : "DESC"));
  }
  return fmt::format("Sort(orderBy=[{}])", Join(keys, ", "));
}

std::string NodeText(const LogicalNode& node) {
  switch (node.kind) {
    case LogicalKind::kScan: return ScanText(node);
    case LogicalKind::kValues:
      return fmt::format("Values(rows=[{}], fields=[{}])", node.rows.size(), Names(node.schema));
    case LogicalKind::kWatermark:
      return fmt::format("Watermark(rowtime=[{}], watermark=[{}])",
                         node.schema.fields[node.watermark->rowtime_column].name,
                         node.watermark->expression->ToString(node.inputs[0]->schema));
    case LogicalKind::kFilter:
      return fmt::format("Filter(condition=[{}])", node.condition->ToString(node.inputs[0]->schema));
    case LogicalKind::kProject: return fmt::format("Project(select=[{}])", Projections(node));
    case LogicalKind::kCalc:
      return node.condition == nullptr ? fmt::format("Calc(select=[{}])", Projections(node))
                                       : fmt::format("Calc(select=[{}], where=[{}])", Projections(node),
                                                     node.condition->ToString(node.inputs[0]->schema));
    case LogicalKind::kWindowTableFunction:
      return fmt::format("WindowTableFunction(window=[{}])",
                         WindowText(node.window, node.inputs[0]->schema, std::nullopt));
    case LogicalKind::kWindowAggregate: return AggregateNodeText(node);
    case LogicalKind::kUnion: return fmt::format("Union(all=[true], fields=[{}])", Names(node.schema));
    case LogicalKind::kSort: return SortText(node);
    case LogicalKind::kLimit:
      return node.limit < 0 ? fmt::format("Limit(offset=[{}])", node.offset)
                            : fmt::format("Limit(offset=[{}], fetch=[{}])", node.offset, node.limit);
  }
  return "";
}

void AppendTree(const LogicalNode& node, const std::string& indent, std::string& out) {
  out += NodeText(node) + "\n";
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const bool last = i + 1 == node.inputs.size();
    out += indent + (last ? "+- " : ":- ");
    AppendTree(*node.inputs[i], indent + (last ? "   " : ":  "), out);
  }
}

}  // namespace

std::string ToString(const LogicalNode& node) {
  std::string out;
  AppendTree(node, "", out);
  return out;
}

std::string ToString(const LogicalPlan& plan) {
  std::string out;
  for (const LogicalRoot& root : plan.roots) {
    if (!out.empty()) out += "\n";
    out += root.sink == nullptr
               ? fmt::format("Collect(fields=[{}])\n", Names(root.query->schema))
               : fmt::format("Sink(table=[{}], fields=[{}])\n", root.sink->path.Dotted(), Names(root.query->schema));
    out += "+- ";
    AppendTree(*root.query, "   ", out);
  }
  return out;
}

LogicalPtr CloneTree(const LogicalNode& node) {
  auto copy = std::make_unique<LogicalNode>();
  copy->kind = node.kind;
  copy->schema = node.schema;
  for (const LogicalPtr& input : node.inputs) copy->inputs.push_back(CloneTree(*input));
  copy->window_columns = node.window_columns;
  copy->span = node.span;
  copy->table = node.table;
  copy->projected_fields = node.projected_fields;
  copy->metadata = node.metadata;
  if (node.watermark) {
    copy->watermark = WatermarkSpec{.rowtime_column = node.watermark->rowtime_column,
                                    .expression = node.watermark->expression->Clone(),
                                    .idle_timeout_millis = node.watermark->idle_timeout_millis};
  }
  copy->rows = node.rows;
  if (node.condition != nullptr) copy->condition = node.condition->Clone();
  for (const ExprPtr& projection : node.projections) copy->projections.push_back(projection->Clone());
  copy->window = node.window;
  copy->keys = node.keys;
  copy->aggregates = node.aggregates;
  copy->window_properties = node.window_properties;
  copy->attached_window = node.attached_window;
  copy->two_phase = node.two_phase;
  copy->sort_keys = node.sort_keys;
  copy->offset = node.offset;
  copy->limit = node.limit;
  return copy;
}

std::optional<RelationWindow> ProjectWindow(const LogicalNode& input, const std::vector<ExprPtr>& projections) {
  if (!input.window_columns) return std::nullopt;
  RelationWindow out{.spec = input.window_columns->spec};
  for (size_t i = 0; i < projections.size(); ++i) {
    if (projections[i]->kind != Expr::Kind::kInput) continue;
    const size_t column = projections[i]->input;
    if (column == input.window_columns->start && !out.start) out.start = i;
    if (column == input.window_columns->end && !out.end) out.end = i;
    if (column == input.window_columns->time && !out.time) out.time = i;
  }
  if (!out.start && !out.end && !out.time) return std::nullopt;
  return out;
}

}  // namespace millrace::plan
