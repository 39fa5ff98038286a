#include <fmt/format.h>

#include "planner/bind/bind_error.h"
#include "planner/bind/query_binder.h"
#include "sql/printer.h"

namespace millrace::planner {

using plan::Expr;
using plan::ExprPtr;
using plan::LogicalKind;
using plan::LogicalNode;
using plan::LogicalPtr;

namespace {

// The projection below an aggregate: every expression once.
class Inputs {
 public:
  explicit Inputs(const std::vector<ScopeColumn>& columns) : columns_(columns) {}

  size_t Add(ExprPtr expr) {
    for (size_t i = 0; i < exprs_.size(); ++i) {
      if (plan::SameExpr(*exprs_[i], *expr)) return i;
    }
    const bool named = expr->kind == Expr::Kind::kInput && !columns_[expr->input].name.empty();
    names_.push_back(named ? columns_[expr->input].name : fmt::format("$f{}", exprs_.size()));
    exprs_.push_back(std::move(expr));
    return exprs_.size() - 1;
  }
  LogicalPtr Project(LogicalPtr input) {
    if (exprs_.empty()) Add(Expr::Input(0, columns_[0].type));  // COUNT(*) counts rows of something
    return MakeProject(std::move(input), std::move(exprs_), std::move(names_));
  }

 private:
  const std::vector<ScopeColumn>& columns_;
  std::vector<ExprPtr> exprs_;
  std::vector<std::string> names_;
};

bool IsColumn(const Expr& expr, std::optional<size_t> column) {
  return column && expr.kind == Expr::Kind::kInput && expr.input == *column;
}

DataType WithoutAttribute(const DataType& type) { return type.WithTimeAttribute(TimeAttribute::kNone); }

}  // namespace

GroupedInput::GroupedInput(Relation input, std::vector<ExprPtr> keys, std::vector<BoundAggregate> aggregates,
                           const std::vector<std::string>& aggregate_names, const SourceSpan& span)
    : num_input_columns_(input.columns.size()) {
  for (const ScopeColumn& column : input.columns) input_names_.push_back(column.name);
  const std::optional<plan::RelationWindow> window = input.node->window_columns;
  bool has_start = false;
  bool has_end = false;
  for (const ExprPtr& key : keys) {
    has_start = has_start || (window && IsColumn(*key, window->start));
    has_end = has_end || (window && IsColumn(*key, window->end));
  }
  if (!has_start || !has_end) {
    FailNotSupported(
        "Updating aggregation (GROUP BY without both window_start and window_end) is", span,
        "Read FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) and GROUP BY window_start, window_end.");
  }

  auto node = std::make_unique<LogicalNode>();
  node->kind = LogicalKind::kWindowAggregate;
  node->span = span;
  node->window = window->spec;
  node->window.time_column = 0;
  Inputs inputs(input.columns);
  std::vector<std::pair<ExprPtr, plan::WindowProperty>> properties;
  for (ExprPtr& key : keys) {
    if (IsColumn(*key, window->start)) {
      properties.emplace_back(std::move(key), plan::WindowProperty::kStart);
    } else if (IsColumn(*key, window->end)) {
      properties.emplace_back(std::move(key), plan::WindowProperty::kEnd);
    } else if (IsColumn(*key, window->time)) {
      properties.emplace_back(std::move(key), plan::WindowProperty::kTime);
    } else {
      const size_t column = inputs.Add(key->Clone());
      node->keys.push_back(column);
      keys_.emplace_back(std::move(key), node->keys.size() - 1);
    }
  }
  for (size_t i = 0; i < aggregates.size(); ++i) {
    plan::AggregateCall call{.function = aggregates[i].function,
                             .distinct = aggregates[i].distinct,
                             .type = aggregates[i].type,
                             .name = aggregate_names[i]};
    for (ExprPtr& arg : aggregates[i].args) {
      call.arg_types.push_back(WithoutAttribute(arg->type));
      call.args.push_back(inputs.Add(std::move(arg)));
    }
    if (aggregates[i].filter != nullptr) call.filter = inputs.Add(std::move(aggregates[i].filter));
    node->aggregates.push_back(std::move(call));
  }
  const size_t start = inputs.Add(Expr::Input(*window->start, input.columns[*window->start].type));
  const size_t end = inputs.Add(Expr::Input(*window->end, input.columns[*window->end].type));
  node->attached_window = {start, end};
  node->inputs.push_back(inputs.Project(std::move(input.node)));
  const Schema& below = node->inputs[0]->schema;

  for (const size_t key : node->keys) {
    node->schema.fields.push_back({below.fields[key].name, WithoutAttribute(below.fields[key].type), ""});
  }
  for (const plan::AggregateCall& call : node->aggregates) {
    aggregates_.push_back(node->schema.size());
    node->schema.fields.push_back({call.name, call.type, ""});
  }
  node->window_columns = plan::RelationWindow{.spec = window->spec};
  for (auto& [key, property] : properties) {
    const size_t column = node->schema.size();
    const std::string_view name = property == plan::WindowProperty::kStart ? "window_start"
                                  : property == plan::WindowProperty::kEnd ? "window_end"
                                                                           : "window_time";
    node->schema.fields.push_back({std::string(name), key->type, ""});
    node->window_properties.push_back(property);
    if (property == plan::WindowProperty::kStart) node->window_columns->start = column;
    if (property == plan::WindowProperty::kEnd) node->window_columns->end = column;
    if (property == plan::WindowProperty::kTime) node->window_columns->time = column;
    keys_.emplace_back(std::move(key), column);
  }
  node_ = std::move(node);
}

ExprPtr GroupedInput::Rewrite(const Expr& expr) const {
  for (const auto& [key, column] : keys_) {
    if (!plan::SameExpr(*key, expr)) continue;
    ExprPtr out = Expr::Input(column, node_->schema.fields[column].type);
    out->span = expr.span;
    return out;
  }
  if (expr.kind == Expr::Kind::kInput) {
    if (expr.input < num_input_columns_) {
      FailValidator(fmt::format("Expression '{}' is not being grouped", input_names_[expr.input]), expr.span,
                    "Add it to GROUP BY or aggregate it.");
    }
    ExprPtr out = Expr::Input(aggregates_[expr.input - num_input_columns_], expr.type);
    out->span = expr.span;
    return out;
  }
  ExprPtr out = expr.Clone();
  for (size_t i = 0; i < out->args.size(); ++i) out->args[i] = Rewrite(*expr.args[i]);
  return out;
}

}  // namespace millrace::planner
