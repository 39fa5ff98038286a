#include "exec/state_layout.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "exec/window_aggregate.h"

namespace millrace::exec {
namespace {

std::string TypeText(const DataType& type) {
  return type.WithTimeAttribute(TimeAttribute::kNone).Nullable().ToString();
}

// The columns that carry the time may be renamed; the windows' places in time may not move.
std::string WindowText(const plan::PhysicalNode& node, std::string_view zone) {
  const plan::WindowSpec& window = node.window;
  const char* kind = window.kind == plan::WindowKind::kTumble ? "TUMBLE"
                     : window.kind == plan::WindowKind::kHop  ? "HOP"
                                                              : "CUMULATE";
  std::string out = fmt::format("{}(size=[{}]", kind, plan::DurationText(window.size));
  if (window.kind != plan::WindowKind::kTumble) out += fmt::format(", slide=[{}]", plan::DurationText(window.slide));
  if (window.offset != 0) out += fmt::format(", offset=[{}]", plan::DurationText(window.offset));
  if (window.local_zone) out += fmt::format(", zone=[{}]", zone);
  if (node.attached_window) out += ", attached";
  return out + (window.event_time ? ")" : ", processing time)");
}

// By place: names may change.
std::string OrderText(const plan::PhysicalNode& node) {
  std::vector<std::string> keys;
  for (const auto& key : node.sort_keys) {
    keys.push_back(fmt::format("column {} {}{}", key.column + 1, key.ascending ? "ASC" : "DESC",
                               key.nulls_first == key.ascending ? "" : " and NULLs at the other end"));
  }
  return "ORDER BY " + Join(keys, ", ");
}

std::string LimitText(const plan::PhysicalNode& node) {
  const std::string limit = node.limit < 0 ? "no LIMIT" : fmt::format("LIMIT {}", node.limit);
  return node.offset == 0 ? limit : fmt::format("{} OFFSET {}", limit, node.offset);
}

}  // namespace

state::StateLayout StateLayoutOf(const plan::PhysicalNode& node, std::string_view zone) {
  state::StateLayout layout;
  if (node.kind == plan::PhysicalKind::kSort) {
    layout.kind = "rows";
    layout.definition = OrderText(node);
    for (const Field& field : node.schema.fields) layout.columns.push_back({field.name, TypeText(field.type)});
  }
  if (node.kind == plan::PhysicalKind::kLimit) layout.definition = LimitText(node);
  if (node.kind != plan::PhysicalKind::kGlobalWindowAggregate) return layout;
  layout.kind = "window";
  layout.definition = WindowText(node, zone);
  const std::vector<DataType> keys = KeyTypes(node);
  for (size_t i = 0; i < keys.size(); ++i) layout.columns.push_back({node.schema.fields[i].name, TypeText(keys[i])});
  for (const plan::AggregateCall& call : node.aggregates) {
    state::StateLayout::Aggregate aggregate{.name = call.name,
                                            .function = std::string(call.function->name),
                                            .distinct = call.distinct,
                                            .type = TypeText(call.type)};
    for (const DataType& type : call.arg_types) aggregate.arg_types.push_back(TypeText(type));
    layout.aggregates.push_back(std::move(aggregate));
  }
  // Input that takes rows back: a hidden count tells when a group is empty.
  if (!node.inputs.front()->changelog.IsInsertOnly())
    layout.aggregates.push_back({.name = "$rows", .function = "COUNT", .type = "BIGINT"});
  return layout;
}

}  // namespace millrace::exec
