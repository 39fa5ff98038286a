#include "state/layout.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::state {
namespace {

std::string Text(const std::vector<StateLayout::Column>& columns) {
  std::vector<std::string> texts;
  for (const auto& column : columns) texts.push_back(column.name + " " + column.type);
  return "(" + Join(texts, ", ") + ")";
}

std::string Text(const StateLayout::Aggregate& aggregate) {
  const std::string arguments = aggregate.arg_types.empty() ? "*" : Join(aggregate.arg_types, ", ");
  return fmt::format("{}({}{}) {}", aggregate.function, aggregate.distinct ? "DISTINCT " : "", arguments,
                     aggregate.type);
}

std::string Text(const std::vector<StateLayout::Aggregate>& aggregates) {
  std::vector<std::string> texts;
  for (const auto& aggregate : aggregates) texts.push_back(Text(aggregate));
  return "(" + Join(texts, ", ") + ")";
}

bool SameColumns(const StateLayout& a, const StateLayout& b) {
  return std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(),
                    [](const auto& x, const auto& y) { return x.type == y.type; });
}

bool SameAggregates(const StateLayout& a, const StateLayout& b) {
  return std::equal(a.aggregates.begin(), a.aggregates.end(), b.aggregates.begin(), b.aggregates.end(),
                    [](const auto& x, const auto& y) { return Text(x) == Text(y); });
}

}  // namespace

std::string LayoutDifference(const StateLayout& then, const StateLayout& now) {
  const auto differ = [](std::string_view what, const std::string& was, const std::string& is) {
    return fmt::format("{} {}, now {}", what, was, is);
  };
  if (then.kind != now.kind) return differ("the state was", "'" + then.kind + "'", "'" + now.kind + "'");
  if (then.definition != now.definition && !then.definition.empty())
    return differ(then.kind == "window" ? "the window was" : "it was", then.definition, now.definition);
  if (!SameColumns(then, now))
    return differ(then.kind == "window" ? "the keys were" : "the rows were", Text(then.columns), Text(now.columns));
  if (!SameAggregates(then, now)) return differ("the aggregates were", Text(then.aggregates), Text(now.aggregates));
  return "";
}

}  // namespace millrace::state
