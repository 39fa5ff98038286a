#include <fmt/format.h>

#include "base/strings.h"
#include "connect/sink.h"
#include "plan/physical.h"

namespace millrace::plan {
namespace {

std::string Names(const Schema& schema) {
  std::string out;
  for (const Field& field : schema.fields) out += (out.empty() ? "" : ", ") + field.name;
  return out;
}

std::string Names(const std::vector<size_t>& columns, const Schema& schema) {
  std::string out;
  for (const size_t column : columns) out += (out.empty() ? "" : ", ") + schema.fields[column].name;
  return out;
}

std::string_view PropertyText(WindowProperty property) {
  switch (property) {
    case WindowProperty::kStart: return "start('w$)";
    case WindowProperty::kEnd: return "end('w$)";
    case WindowProperty::kTime: return "rowtime('w$)";
  }
  return "";
}

std::string SourceText(const PhysicalNode& node) {
  std::string watermark;
  if (node.watermark) watermark = fmt::format(", watermark=[{}]", node.watermark->expression->ToString(node.schema));
  return fmt::format("TableSourceScan(table=[[{}{}]], fields=[{}])", Join(node.table_path, ", "), watermark,
                     Names(node.schema));
}

std::string CalcText(const PhysicalNode& node) {
  const Schema& input = node.inputs[0]->schema;
  std::string select;
  for (size_t i = 0; i < node.projections.size(); ++i) {
    const std::string text = node.projections[i]->ToString(input);
    const std::string& name = node.schema.fields[i].name;
    if (!select.empty()) select += ", ";
    select += text == name ? text : text + " AS " + name;
  }
  const std::string where =
      node.condition == nullptr ? "" : fmt::format(", where=[{}]", node.condition->ToString(input));
  return fmt::format("Calc(select=[{}]{})", select, where);
}

// The operator's own input may be the local one: keys and arguments are named by the schema they index.
std::string WindowAggregateText(const PhysicalNode& node, std::string_view name) {
  const PhysicalNode* below = node.inputs[0].get();
  if (node.has_local) {
    while (below->kind != PhysicalKind::kLocalWindowAggregate) below = below->inputs[0].get();
    below = below->inputs[0].get();
  }
  const Schema& input = below->schema;
  std::string select = Names(node.keys, input);
  for (const AggregateCall& call : node.aggregates) select += (select.empty() ? "" : ", ") + AggregateText(call, input);
  const size_t first_property = node.keys.size() + node.aggregates.size();
  if (node.kind == PhysicalKind::kLocalWindowAggregate) {
    select += select.empty() ? "slice_end('w$) AS $slice_end" : ", slice_end('w$) AS $slice_end";
  } else {
    for (size_t i = 0; i < node.window_properties.size(); ++i) {
      if (!select.empty()) select += ", ";
      select +=
          fmt::format("{} AS {}", PropertyText(node.window_properties[i]), node.schema.fields[first_property + i].name);
    }
  }
  const std::string group = node.keys.empty() ? "" : fmt::format("groupBy=[{}], ", Names(node.keys, input));
  return fmt::format("{}({}window=[{}], select=[{}])", name, group,
                     WindowText(node.window, input, node.attached_window), select);
}

std::string ExchangeText(const PhysicalNode& node) {
  switch (node.exchange.kind) {
    case Exchange::Kind::kForward: return "Exchange(distribution=[forward])";
    case Exchange::Kind::kSingle: return "Exchange(distribution=[single])";
    case Exchange::Kind::kHash:
      return fmt::format("Exchange(distribution=[hash[{}]])", Names(node.exchange.keys, node.inputs[0]->schema));
  }
  return "Exchange";
}

std::string SortText(const PhysicalNode& node) {
  std::string keys;
  for (const PhysicalNode::SortKey& key : node.sort_keys) {
    if (!keys.empty()) keys += ", ";
    keys += fmt::format("{} {}", node.schema.fields[key.column].name, key.ascending ? "ASC" : "DESC");
    if (key.nulls_first != key.ascending) keys += key.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  }
  return fmt::format("Sort(orderBy=[{}])", keys);
}

std::string NodeText(const PhysicalNode& node) {
  switch (node.kind) {
    case PhysicalKind::kSource: return SourceText(node);
    case PhysicalKind::kValues:
      return fmt::format("Values(rows=[{}], fields=[{}])", node.rows.size(), Names(node.schema));
    case PhysicalKind::kWatermarkAssigner:
      return fmt::format("WatermarkAssigner(rowtime=[{}], watermark=[{}])",
                         node.schema.fields[node.watermark->rowtime_column].name,
                         node.watermark->expression->ToString(node.schema));
    case PhysicalKind::kCalc: return CalcText(node);
    case PhysicalKind::kWindowTableFunction:
      return fmt::format("WindowTableFunction(window=[{}])",
                         WindowText(node.window, node.inputs[0]->schema, std::nullopt));
    case PhysicalKind::kLocalWindowAggregate: return WindowAggregateText(node, "LocalWindowAggregate");
    case PhysicalKind::kGlobalWindowAggregate:
      return WindowAggregateText(node, node.has_local ? "GlobalWindowAggregate" : "WindowAggregate");
    case PhysicalKind::kExchange: return ExchangeText(node);
    case PhysicalKind::kUnion: return fmt::format("Union(all=[true], union=[{}])", Names(node.schema));
    case PhysicalKind::kLimit:
      return node.limit < 0 ? fmt::format("Limit(offset=[{}])", node.offset)
                            : fmt::format("Limit(offset=[{}], fetch=[{}])", node.offset, node.limit);
    case PhysicalKind::kSort: return SortText(node);
    case PhysicalKind::kSink:
      return fmt::format("Sink(table=[{}], fields=[{}])", Join(node.table_path, "."), Names(node.inputs[0]->schema));
    case PhysicalKind::kCollect: return fmt::format("Collect(fields=[{}])", Names(node.schema));
  }
  return "";
}

std::string ModeText(const ChangelogMode& mode) {
  std::string out = mode.insert ? "I" : "";
  const auto add = [&](bool present, std::string_view name) {
    if (present) out += (out.empty() ? "" : ",") + std::string(name);
  };
  add(mode.update_before, "UB");
  add(mode.update_after, "UA");
  add(mode.remove, "D");
  return out;
}

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

void AppendJson(const PhysicalNode& node, uint32_t parallelism, std::string& out) {
  std::string predecessors;
  for (const PhysicalPtr& input : node.inputs) {
    AppendJson(*input, parallelism, out);
    predecessors += fmt::format("{}{{\"id\": {}}}", predecessors.empty() ? "" : ", ", input->id);
  }
  if (!out.empty()) out += ",\n";
  out += fmt::format("    {{\"id\": {}, \"type\": {}, \"contents\": {}, \"parallelism\": {}, \"predecessors\": [{}]}}",
                     node.id, JsonString(ChainName(node)), JsonString(NodeText(node)), parallelism, predecessors);
}

// Flink's tree: "+- " before the last input of a node, ":- " before the others.
void AppendTree(const PhysicalNode& node, const TextOptions& options, const std::string& head,
                const std::string& indent, std::string& out) {
  std::string line = NodeText(node);
  const bool shows_mode = options.changelog_mode && node.kind != PhysicalKind::kSink && line.ends_with(')');
  if (shows_mode) line.insert(line.size() - 1, fmt::format(", changelogMode=[{}]", ModeText(node.changelog)));
  out += head + line + "\n";
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const bool last = i + 1 == node.inputs.size();
    AppendTree(*node.inputs[i], options, indent + (last ? "+- " : ":- "), indent + (last ? "   " : ":  "), out);
  }
}

}  // namespace

std::string_view PhysicalKindName(PhysicalKind kind) {
  switch (kind) {
    case PhysicalKind::kSource: return "TableSourceScan";
    case PhysicalKind::kValues: return "Values";
    case PhysicalKind::kWatermarkAssigner: return "WatermarkAssigner";
    case PhysicalKind::kCalc: return "Calc";
    case PhysicalKind::kWindowTableFunction: return "WindowTableFunction";
    case PhysicalKind::kLocalWindowAggregate: return "LocalWindowAggregate";
    case PhysicalKind::kExchange: return "Exchange";
    case PhysicalKind::kGlobalWindowAggregate: return "GlobalWindowAggregate";
    case PhysicalKind::kUnion: return "Union";
    case PhysicalKind::kLimit: return "Limit";
    case PhysicalKind::kSort: return "Sort";
    case PhysicalKind::kSink: return "Sink";
    case PhysicalKind::kCollect: return "Collect";
  }
  return "";
}

std::string ChainName(const PhysicalNode& node) {
  std::string out = OperatorName(node);
  if (node.kind != PhysicalKind::kSink) return out;
  if (!node.not_null_columns.empty()) out = fmt::format("ConstraintEnforcer[{}] -> {}", node.id, out);
  if (node.sink != nullptr && node.sink->operators() == connect::Sink::Operators::kWriterAndCommitter)
    out += fmt::format(" -> {}[{}]: Committer", node.table_name, node.id);
  return out;
}

std::string OperatorName(const PhysicalNode& node) {
  switch (node.kind) {
    case PhysicalKind::kSource: return fmt::format("Source: {}[{}]", node.table_name, node.id);
    case PhysicalKind::kValues: return fmt::format("Source: Values[{}]", node.id);
    case PhysicalKind::kSink:
      if (node.sink != nullptr && node.sink->operators() == connect::Sink::Operators::kFunction)
        return fmt::format("Sink: {}[{}]", node.table_name, node.id);
      return fmt::format("{}[{}]: Writer", node.table_name, node.id);
    case PhysicalKind::kCollect: return "Sink: Collect table sink";
    case PhysicalKind::kGlobalWindowAggregate:
      return fmt::format("{}[{}]", node.has_local ? "GlobalWindowAggregate" : "WindowAggregate", node.id);
    case PhysicalKind::kWatermarkAssigner:
    case PhysicalKind::kCalc:
    case PhysicalKind::kWindowTableFunction:
    case PhysicalKind::kLocalWindowAggregate:
    case PhysicalKind::kExchange:
    case PhysicalKind::kUnion:
    case PhysicalKind::kLimit:
    case PhysicalKind::kSort: return fmt::format("{}[{}]", PhysicalKindName(node.kind), node.id);
  }
  return "";
}

std::string DurationText(int64_t millis) {
  struct Unit {
    int64_t millis;
    std::string_view name;
  };
  static constexpr Unit kUnits[] = {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "min"}, {1'000, "s"}};
  for (const Unit& unit : kUnits) {
    if (millis != 0 && millis % unit.millis == 0) return fmt::format("{} {}", millis / unit.millis, unit.name);
  }
  return fmt::format("{} ms", millis);
}

std::string WindowText(const WindowSpec& window, const Schema& input,
                       std::optional<std::pair<size_t, size_t>> attached) {
  std::string time;
  if (attached) {
    time = fmt::format("win_start=[{}], win_end=[{}]", input.fields[attached->first].name,
                       input.fields[attached->second].name);
  } else {
    time = fmt::format("time_col=[{}]", input.fields[window.time_column].name);
  }
  const std::string offset = window.offset == 0 ? "" : fmt::format(", offset=[{}]", DurationText(window.offset));
  const std::string size = DurationText(window.size);
  const std::string slide = DurationText(window.slide);
  switch (window.kind) {
    case WindowKind::kTumble: return fmt::format("TUMBLE({}, size=[{}]{})", time, size, offset);
    case WindowKind::kHop: return fmt::format("HOP({}, size=[{}], slide=[{}]{})", time, size, slide, offset);
    case WindowKind::kCumulate:
      return fmt::format("CUMULATE({}, max_size=[{}], step=[{}]{})", time, size, slide, offset);
  }
  return "";
}

std::string AggregateText(const AggregateCall& call, const Schema& input) {
  std::string out = fmt::format("{}({}{})", call.function->name, call.distinct ? "DISTINCT " : "",
                                call.args.empty() ? "*" : Names(call.args, input));
  if (call.filter) out += " FILTER " + input.fields[*call.filter].name;
  return out + " AS " + call.name;
}

std::string Description(const PhysicalNode& node) { return NodeText(node); }

std::string ToString(const PhysicalNode& node, const TextOptions& options) {
  std::string out;
  AppendTree(node, options, "", "", out);
  return out;
}

std::string ToJson(const PhysicalPlan& plan) {
  std::string nodes;
  for (const PhysicalPtr& root : plan.roots) AppendJson(*root, plan.parallelism, nodes);
  return "{\n  \"nodes\": [\n" + nodes + "\n  ]\n}";
}

}  // namespace millrace::plan
