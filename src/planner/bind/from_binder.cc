#include <fmt/format.h>

#include "base/strings.h"
#include "planner/bind/bind_error.h"
#include "planner/bind/query_binder.h"

namespace millrace::planner {

namespace {

constexpr int kMaxViewDepth = 50;

void ApplyAlias(Relation& relation, const sql::TableRef& ref) {
  if (!ref.alias.empty()) {
    for (ScopeColumn& column : relation.columns) column.table = ref.alias.name;
  }
  if (ref.column_aliases.empty()) return;
  if (ref.column_aliases.size() != relation.columns.size()) {
    FailValidator(
        fmt::format(
            "List of column aliases must have same degree as table; table has {} columns, whereas alias list has {}",
            relation.columns.size(), ref.column_aliases.size()),
        ref.alias.span);
  }
  for (size_t i = 0; i < ref.column_aliases.size(); ++i) relation.columns[i].name = ref.column_aliases[i].name;
}

void SetSpans(plan::LogicalNode& node, const SourceSpan& span) {
  node.span = span;
  for (const plan::LogicalPtr& input : node.inputs) SetSpans(*input, span);
}

}  // namespace

Relation QueryBinder::BindFrom(const sql::TableRef& ref) {
  Relation out;
  switch (ref.kind) {
    case sql::TableRef::Kind::kTable:
      if (ref.system_time) FailNotSupported("Temporal joins (FOR SYSTEM_TIME AS OF) are", ref.system_time->span);
      out = BindNamed(ref.path, ref.hints, ref.span);
      break;
    case sql::TableRef::Kind::kQuery:
      if (ref.lateral) FailNotSupported("LATERAL sub-queries are", ref.span);
      out = BindQuery(*ref.query);
      for (ScopeColumn& column : out.columns) column.table = "";
      break;
    case sql::TableRef::Kind::kFunction: out = BindWindowFunction(*ref.function); break;
    case sql::TableRef::Kind::kUnnest: FailNotSupported("UNNEST is", ref.span);
    case sql::TableRef::Kind::kJoin: FailNotSupported("Joins are", ref.span);
    case sql::TableRef::Kind::kMatch: FailNotSupported("MATCH_RECOGNIZE is", ref.span);
  }
  ApplyAlias(out, ref);
  return out;
}

// Names inside the view mean what they meant where it was created.
Relation QueryBinder::BindView(const catalog::Table& view, const SourceSpan& span) {
  if (++view_depth_ > kMaxViewDepth)
    FailValidation("Views refer to each other too deeply.", span, "Is one of them its own source?");
  catalog::Catalogs at_creation = *context_.catalogs;
  OrFail(at_creation.UseDatabase(view.query_catalog, view.query_database), span);
  Context context = context_;
  context.catalogs = &at_creation;
  QueryBinder binder(context);
  binder.view_depth_ = view_depth_;
  Relation out;
  try {
    out = binder.BindQuery(*view.query_tree);
  } catch (BindFailure& failure) {
    failure.error.span = span;  // the text of the view is not the statement's
    Fail(std::move(failure.error).InContext(fmt::format("In view '{}'", view.path.Dotted())));
  }
  --view_depth_;
  SetSpans(*out.node, span);
  for (size_t i = 0; i < out.columns.size(); ++i) {
    out.columns[i].name = view.columns[i].name;
    out.columns[i].in_star = true;
    out.node->schema.fields[i].name = view.columns[i].name;
  }
  return out;
}

Relation QueryBinder::BindTableArgument(const sql::TableArgument& argument) {
  if (!argument.partition_by.empty()) {
    FailValidation("PARTITION BY is only allowed in SESSION.", argument.partition_by[0].span,
                   "Group by the columns instead.");
  }
  if (!argument.order_by.empty()) FailNotSupported("ORDER BY in a table argument is", argument.order_by[0].expr.span);
  if (argument.query) {
    Relation out = BindQuery(*argument.query);
    for (ScopeColumn& column : out.columns) column.table = "";
    return out;
  }
  return BindNamed(argument.name, argument.hints, argument.span);
}

}  // namespace millrace::planner
