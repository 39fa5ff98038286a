#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "planner/bind/bind_error.h"
#include "planner/bind/query_binder.h"

namespace millrace::planner {

using plan::Expr;
using plan::ExprPtr;
using plan::LogicalKind;
using plan::LogicalNode;
using plan::LogicalPtr;

namespace {

// FROM is missing: one row.
Relation OneRow(const SourceSpan& span) {
  auto values = std::make_unique<LogicalNode>();
  values->kind = LogicalKind::kValues;
  values->span = span;
  values->schema.fields.push_back({"ZERO", DataType::Of(TypeKind::kInt).NotNull(), ""});
  values->rows.push_back({Value(int64_t{0})});
  Relation out;
  out.node = std::move(values);
  out.columns.push_back({.table = "", .name = "", .type = DataType::Of(TypeKind::kInt).NotNull(), .in_star = false});
  return out;
}

void ExpandStar(const sql::Expr& star, const Relation& input, std::vector<SelectOutput>& outputs) {
  const std::string table = star.path.empty() ? "" : star.path.back().name;
  bool any = false;
  for (size_t i = 0; i < input.columns.size(); ++i) {
    const ScopeColumn& column = input.columns[i];
    if (!table.empty() && column.table != table) continue;
    any = true;
    if (!column.in_star) continue;
    ExprPtr expr = Expr::Input(i, column.type);
    expr->span = star.span;
    outputs.push_back({std::move(expr), column.name});
  }
  if (any && !outputs.empty()) return;
  if (table.empty()) FailValidator("SELECT * needs a table: there is no FROM", star.span);
  FailValidator(fmt::format("Unknown identifier '{}'", table), star.span);
}

// Calcite's names: the alias, the last part of a column's path, else EXPR$<position>.
std::string OutputName(const sql::SelectItem& item, size_t position) {
  if (!item.alias.empty()) return item.alias.name;
  const bool named = item.expr.kind == sql::Expr::Kind::kPath || item.expr.kind == sql::Expr::Kind::kField;
  return named ? item.expr.path.back().name : fmt::format("EXPR${}", position);
}

// GROUP BY's expressions; `window` becomes the legacy group window among them.
std::vector<const sql::Expr*> GroupExprs(const sql::Select& select, const sql::Expr** window) {
  std::vector<const sql::Expr*> out;
  for (const sql::GroupItem& item : select.group_by) {
    if (item.kind != sql::GroupItem::Kind::kExpr && item.kind != sql::GroupItem::Kind::kSet) {
      FailNotSupported("GROUPING SETS, CUBE and ROLLUP are", item.span);
    }
    for (const sql::Expr& expr : item.exprs) {
      if (!IsGroupWindow(expr)) {
        out.push_back(&expr);
        continue;
      }
      if (*window != nullptr) FailValidation("Only one window function is allowed in GROUP BY.", expr.span);
      *window = &expr;
    }
  }
  return out;
}

std::vector<ExprPtr> BindGroupKeys(const std::vector<const sql::Expr*>& exprs, const Relation& input,
                                   const Context& context) {
  ExprBinder binder(input.columns, context, "GROUP BY");
  std::vector<ExprPtr> keys;
  for (const sql::Expr* expr : exprs) {
    if (expr->kind == sql::Expr::Kind::kIntegerLiteral) {
      FailNotSupported("GROUP BY a position is", expr->span, "Repeat the expression of the SELECT list.");
    }
    ExprPtr key = binder.Bind(*expr);
    const bool known =
        std::any_of(keys.begin(), keys.end(), [&](const ExprPtr& other) { return plan::SameExpr(*other, *key); });
    if (!known) keys.push_back(std::move(key));
  }
  return keys;
}

// Names for the aggregates: the alias of the item that is nothing but the call.
std::vector<std::string> AggregateNames(const std::vector<SelectOutput>& outputs, size_t width, size_t count) {
  std::vector<std::string> names(count);
  for (const SelectOutput& output : outputs) {
    if (output.expr->kind == Expr::Kind::kInput && output.expr->input >= width)
      names[output.expr->input - width] = output.name;
  }
  for (size_t i = 0; i < count; ++i) {
    if (names[i].empty()) names[i] = fmt::format("agg${}", i);
  }
  return names;
}

// ORDER BY of a SELECT: a position, a name of the result, or an expression as in the SELECT list (then `outputs` may
// grow by columns that are dropped after the sort).
size_t BindSortColumn(const sql::OrderItem& item, ExprBinder& binder, std::vector<SelectOutput>& outputs,
                      size_t visible) {
  if (item.expr.kind == sql::Expr::Kind::kIntegerLiteral) {
    const auto ordinal = ParseInt64(item.expr.text);
    if (!ordinal || *ordinal < 1 || static_cast<size_t>(*ordinal) > visible)
      FailValidator("Ordinal out of range", item.expr.span);
    return static_cast<size_t>(*ordinal - 1);
  }
  if (item.expr.kind == sql::Expr::Kind::kPath && item.expr.path.size() == 1) {
    for (size_t i = 0; i < visible; ++i) {
      if (outputs[i].name == item.expr.path[0].name) return i;
    }
  }
  ExprPtr key = binder.Bind(item.expr);
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (plan::SameExpr(*outputs[i].expr, *key)) return i;
  }
  outputs.push_back({std::move(key), fmt::format("$sort{}", outputs.size())});
  return outputs.size() - 1;
}

LogicalPtr ProjectOutputs(LogicalPtr input, std::vector<SelectOutput> outputs) {
  std::vector<ExprPtr> projections;
  std::vector<std::string> names;
  for (SelectOutput& output : outputs) {
    projections.push_back(std::move(output.expr));
    names.push_back(std::move(output.name));
  }
  return MakeProject(std::move(input), std::move(projections), std::move(names));
}

// Slices are shared between windows of an aggregated HOP. Legacy group windows are not held to this.
void CheckDivisible(const LogicalNode& input, const SourceSpan& span) {
  const LogicalNode* node = &input;
  while (node->kind == LogicalKind::kFilter || node->kind == LogicalKind::kProject) node = node->inputs[0].get();
  if (node->kind != LogicalKind::kWindowTableFunction || node->window.kind != plan::WindowKind::kHop) return;
  const auto [size, slide] = std::pair(node->window.size, node->window.slide);
  if (size % slide == 0) return;
  FailValidation(
      fmt::format("HOP table function based aggregate requires size must be an integral multiple of slide, but got "
                  "size {} ms and slide {} ms",
                  size, slide),
      node->span, "HOP takes the slide first, then the size.");
}

// SELECT DISTINCT is GROUP BY all columns.
LogicalPtr Distinct(LogicalPtr project, const SourceSpan& span) {
  std::vector<ExprPtr> keys;
  std::vector<std::string> names;
  for (size_t i = 0; i < project->schema.size(); ++i) {
    keys.push_back(Expr::Input(i, project->schema.fields[i].type));
    names.push_back(project->schema.fields[i].name);
  }
  const bool windowed = project->window_columns && project->window_columns->start && project->window_columns->end;
  if (!windowed) {
    FailNotSupported("SELECT DISTINCT without the window columns is", span,
                     "Select window_start and window_end of a window table function too.");
  }
  CheckDivisible(*project, span);
  std::vector<ExprPtr> projections;
  for (const ExprPtr& key : keys) projections.push_back(key->Clone());
  GroupedInput grouped(Relation::Of(std::move(project), ""), std::move(keys), {}, {}, span);
  for (ExprPtr& projection : projections) projection = grouped.Rewrite(*projection);
  return MakeProject(grouped.TakeNode(), std::move(projections), std::move(names));
}

LogicalPtr DropHidden(LogicalPtr input, size_t visible) {
  std::vector<ExprPtr> projections;
  std::vector<std::string> names;
  for (size_t i = 0; i < visible; ++i) {
    projections.push_back(Expr::Input(i, input->schema.fields[i].type));
    names.push_back(input->schema.fields[i].name);
  }
  return MakeProject(std::move(input), std::move(projections), std::move(names));
}

}  // namespace

Relation QueryBinder::BindSelect(const sql::Select& select, const std::vector<sql::OrderItem>& order_by) {
  if (select.qualify) FailNotSupported("QUALIFY is", select.qualify->span);
  Relation input = select.from ? BindFrom(*select.from) : OneRow(select.span);
  if (select.where) {
    ExprPtr condition = ExprBinder(input.columns, context_, "WHERE").BindCondition(*select.where);
    input.node = MakeFilter(std::move(input.node), std::move(condition));
    input.node->span = select.where->span;
  }
  for (const sql::Hint& hint : select.hints) {
    context_.warnings->push_back(fmt::format("The hint {} has no effect here.", hint.name.name));
  }
  const sql::Expr* window_call = nullptr;
  const std::vector<const sql::Expr*> group_exprs = GroupExprs(select, &window_call);
  ExprBinder::GroupWindow window;
  if (window_call != nullptr) window = AddGroupWindow(input, *window_call, context_);

  std::vector<BoundAggregate> aggregates;
  ExprBinder binder(input.columns, context_, "SELECT", &aggregates);
  if (window_call != nullptr) binder.set_group_window(&window);
  std::vector<SelectOutput> outputs;
  for (const sql::SelectItem& item : select.items) {
    if (item.expr.kind == sql::Expr::Kind::kStar) {
      ExpandStar(item.expr, input, outputs);
    } else {
      ExprPtr expr = binder.Bind(item.expr);
      outputs.push_back({std::move(expr), OutputName(item, outputs.size())});
    }
  }
  ExprBinder having_binder(input.columns, context_, "HAVING", &aggregates);
  if (window_call != nullptr) having_binder.set_group_window(&window);
  ExprPtr having = select.having ? having_binder.BindCondition(*select.having) : nullptr;
  const size_t visible = outputs.size();
  std::vector<plan::PhysicalNode::SortKey> sort_keys;
  for (const sql::OrderItem& item : order_by) {
    const size_t column = BindSortColumn(item, binder, outputs, visible);
    const bool nulls_first =
        item.nulls == sql::OrderItem::Nulls::kDefault ? !item.descending : item.nulls == sql::OrderItem::Nulls::kFirst;
    sort_keys.push_back({.column = column, .ascending = !item.descending, .nulls_first = nulls_first});
  }
  if (select.distinct && outputs.size() > visible) {
    FailValidator("ORDER BY of a SELECT DISTINCT must name selected columns", order_by[0].expr.span);
  }

  LogicalPtr node;
  if (select.has_group_by || !aggregates.empty() || having != nullptr) {
    std::vector<ExprPtr> keys = BindGroupKeys(group_exprs, input, context_);
    if (window_call != nullptr) {
      for (const size_t column : {window.start, window.end, window.time}) {
        keys.push_back(Expr::Input(column, input.columns[column].type));
      }
    }
    if (window_call == nullptr) CheckDivisible(*input.node, select.span);
    const std::vector<std::string> names = AggregateNames(outputs, input.columns.size(), aggregates.size());
    const SourceSpan span = select.group_by.empty() ? SourceSpan(select.span) : SourceSpan(select.group_by[0].span);
    GroupedInput grouped(std::move(input), std::move(keys), std::move(aggregates), names, span);
    for (SelectOutput& output : outputs) output.expr = grouped.Rewrite(*output.expr);
    ExprPtr condition = having == nullptr ? nullptr : grouped.Rewrite(*having);
    node = grouped.TakeNode();
    if (condition != nullptr) node = MakeFilter(std::move(node), std::move(condition));
  } else {
    node = std::move(input.node);
  }
  node = ProjectOutputs(std::move(node), std::move(outputs));
  node->span = select.span;
  if (select.distinct) node = Distinct(std::move(node), select.span);
  if (!sort_keys.empty()) {
    node = MakeNode(LogicalKind::kSort, std::move(node));
    node->span = order_by[0].expr.span;
    node->sort_keys = std::move(sort_keys);
    if (node->schema.size() > visible) node = DropHidden(std::move(node), visible);
  }
  return Relation::Of(std::move(node), "");
}

}  // namespace millrace::planner
