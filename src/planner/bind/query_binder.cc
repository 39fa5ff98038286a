#include "planner/bind/query_binder.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/strings.h"
#include "planner/bind/bind_error.h"
#include "planner/rules/rule.h"

namespace millrace::planner {

using plan::Expr;
using plan::ExprPtr;
using plan::LogicalKind;
using plan::LogicalNode;
using plan::LogicalPtr;

namespace {

void SetColumnNames(Relation& relation, const std::vector<sql::Identifier>& names, const SourceSpan& span) {
  if (names.empty()) return;
  if (names.size() != relation.columns.size()) {
    FailValidator(
        fmt::format(
            "List of column aliases must have same degree as table; table has {} columns, whereas alias list has {}",
            relation.columns.size(), names.size()),
        span);
  }
  for (size_t i = 0; i < names.size(); ++i) {
    relation.columns[i].name = names[i].name;
    relation.node->schema.fields[i].name = names[i].name;
  }
}

Relation CopyOf(const Relation& relation) {
  Relation out;
  out.node = plan::CloneTree(*relation.node);
  out.columns = relation.columns;
  return out;
}

const std::vector<ScopeColumn> kNoColumns;

int64_t BindCount(const sql::Expr& expr, std::string_view clause, const Context& context) {
  ExprPtr bound = ExprBinder(kNoColumns, context, std::string(clause)).Bind(expr);
  const auto value = bound->type.IsInteger() ? ConstantValue(*bound, context) : std::nullopt;
  const auto* count = value ? std::get_if<int64_t>(&*value) : nullptr;
  if (count == nullptr || *count < 0)
    FailValidator(fmt::format("{} must be a number of rows, 0 or more", clause), expr.span);
  return *count;
}

std::string_view SetOperationName(sql::QueryBody::Kind kind) {
  if (kind == sql::QueryBody::Kind::kIntersect) return "INTERSECT";
  return kind == sql::QueryBody::Kind::kExcept ? "EXCEPT" : "UNION";
}

}  // namespace

LogicalPtr MakeNode(LogicalKind kind, LogicalPtr input) {
  auto node = std::make_unique<LogicalNode>();
  node->kind = kind;
  node->schema = input->schema;
  node->window_columns = input->window_columns;
  node->span = input->span;
  node->inputs.push_back(std::move(input));
  return node;
}

LogicalPtr MakeProject(LogicalPtr input, std::vector<ExprPtr> projections, std::vector<std::string> names) {
  Schema schema;
  for (size_t i = 0; i < projections.size(); ++i)
    schema.fields.push_back({std::move(names[i]), projections[i]->type, ""});
  auto window = plan::ProjectWindow(*input, projections);
  LogicalPtr node = MakeNode(LogicalKind::kProject, std::move(input));
  node->schema = std::move(schema);
  node->window_columns = window;
  node->projections = std::move(projections);
  return node;
}

LogicalPtr MakeFilter(LogicalPtr input, ExprPtr condition) {
  LogicalPtr node = MakeNode(LogicalKind::kFilter, std::move(input));
  node->condition = std::move(condition);
  return node;
}

std::optional<Value> ConstantValue(const Expr& expr, const Context& context) {
  auto one_row = std::make_unique<LogicalNode>();
  one_row->kind = LogicalKind::kValues;
  LogicalPtr project = std::make_unique<LogicalNode>();
  project->kind = LogicalKind::kProject;
  project->inputs.push_back(std::move(one_row));
  project->projections.push_back(expr.Clone());
  if (!FoldConstants(project, context).ok()) return std::nullopt;
  const Expr& folded = *project->projections[0];
  if (folded.kind != Expr::Kind::kLiteral) return std::nullopt;
  return folded.literal;
}

void MakeNamesUnique(Schema& schema) {
  std::set<std::string> used;
  for (Field& field : schema.fields) {
    std::string name = field.name;
    for (int i = 0; used.contains(name); ++i) name = fmt::format("{}{}", field.name, i);
    used.insert(name);
    field.name = std::move(name);
  }
}

Relation QueryBinder::BindQuery(const sql::Query& query) {
  if (query.recursive) FailNotSupported("WITH RECURSIVE is", query.span);
  std::vector<Relation> tables;
  tables.reserve(query.with.size());  // common_tables_ keeps pointers
  common_tables_.emplace_back();
  for (const sql::CommonTable& common : query.with) {
    Relation relation = BindQuery(*common.query);
    SetColumnNames(relation, common.columns, common.name.span);
    tables.push_back(std::move(relation));
    common_tables_.back()[common.name.name] = &tables.back();
  }
  Relation out = BindBody(query.body, query.order_by);
  common_tables_.pop_back();
  return Limit(std::move(out), query);
}

Relation QueryBinder::BindBody(const sql::QueryBody& body, const std::vector<sql::OrderItem>& order_by) {
  switch (body.kind) {
    case sql::QueryBody::Kind::kSelect: return BindSelect(*body.select, order_by);
    case sql::QueryBody::Kind::kValues: return SortByOutput(BindValues(body), order_by);
    case sql::QueryBody::Kind::kTable: return SortByOutput(BindNamed(body.table, {}, body.span), order_by);
    case sql::QueryBody::Kind::kNested: return SortByOutput(BindQuery(*body.query), order_by);
    case sql::QueryBody::Kind::kUnion:
      if (body.all) return SortByOutput(BindUnion(body), order_by);
      [[fallthrough]];
    case sql::QueryBody::Kind::kIntersect:
    case sql::QueryBody::Kind::kExcept:
      FailNotSupported(fmt::format("{} without duplicates is", SetOperationName(body.kind)), body.span,
                       body.kind == sql::QueryBody::Kind::kUnion ? "UNION ALL keeps all rows." : "");
  }
  Fail(InternalError("QueryBinder: unknown body"));
}

Relation QueryBinder::BindUnion(const sql::QueryBody& body) {
  std::vector<Relation> inputs;
  for (const sql::QueryBody& input : body.inputs) inputs.push_back(BindBody(input, {}));
  const size_t width = inputs[0].columns.size();
  for (size_t i = 1; i < inputs.size(); ++i) {
    if (inputs[i].columns.size() == width) continue;
    FailValidator("Column count mismatch in UNION ALL", body.inputs[i].span,
                  fmt::format("The first query has {} columns, this one {}.", width, inputs[i].columns.size()));
  }
  Schema schema;
  for (size_t column = 0; column < width; ++column) {
    std::vector<ExprPtr> values;
    bool nullable = false;
    auto attribute = inputs[0].columns[column].type.time_attribute;
    for (const Relation& input : inputs) {
      const DataType& type = input.node->schema.fields[column].type;
      values.push_back(Expr::Input(column, type));
      nullable = nullable || type.nullable;
      if (type.time_attribute != attribute) attribute = TimeAttribute::kNone;
    }
    const DataType common = CommonTypeOf(values, body.span, "UNION ALL").WithNullable(nullable);
    schema.fields.push_back({inputs[0].columns[column].name, common.WithTimeAttribute(attribute), ""});
  }
  auto out = std::make_unique<LogicalNode>();
  out->kind = LogicalKind::kUnion;
  out->span = body.span;
  for (Relation& input : inputs) {
    std::vector<ExprPtr> projections;
    std::vector<std::string> names;
    for (size_t column = 0; column < width; ++column) {
      const DataType& target = schema.fields[column].type;
      ExprPtr value = CastIfNeeded(Expr::Input(column, input.node->schema.fields[column].type), target);
      if (value->kind == Expr::Kind::kInput) value->type = target.WithNullable(value->type.nullable);
      projections.push_back(std::move(value));
      names.push_back(schema.fields[column].name);
    }
    out->inputs.push_back(MakeProject(std::move(input.node), std::move(projections), std::move(names)));
  }
  out->schema = std::move(schema);
  return Relation::Of(std::move(out), "");
}

Relation QueryBinder::BindValues(const sql::QueryBody& body) {
  ExprBinder binder(kNoColumns, context_, "VALUES");
  std::vector<std::vector<ExprPtr>> rows;
  for (const sql::Expr& row : body.rows) {
    std::vector<ExprPtr> values;
    if (row.kind == sql::Expr::Kind::kRow) {
      for (const sql::Expr& value : row.args) values.push_back(binder.Bind(value));
    } else {
      values.push_back(binder.Bind(row));
    }
    if (!rows.empty() && values.size() != rows[0].size()) {
      FailValidator("Values passed to VALUES operator must have compatible types", row.span,
                    fmt::format("The first row has {} columns, this one {}.", rows[0].size(), values.size()));
    }
    rows.push_back(std::move(values));
  }
  auto node = std::make_unique<LogicalNode>();
  node->kind = LogicalKind::kValues;
  node->span = body.span;
  for (size_t column = 0; column < rows[0].size(); ++column) {
    bool nullable = false;
    bool typed = false;
    std::vector<ExprPtr> values;
    for (const std::vector<ExprPtr>& row : rows) {
      nullable = nullable || row[column]->type.nullable;
      typed = typed || row[column]->type.kind != TypeKind::kNull;
      values.push_back(row[column]->Clone());
    }
    DataType type = typed ? CommonTypeOf(values, body.span, "VALUES") : DataType::Of(TypeKind::kNull);
    // Texts of different lengths are not padded to the longest.
    const bool same_length = std::all_of(values.begin(), values.end(), [&](const ExprPtr& value) {
      return value->type.kind != TypeKind::kChar || value->type.precision == type.precision;
    });
    if (type.kind == TypeKind::kChar && !same_length) type = DataType::VarChar(type.precision);
    node->schema.fields.push_back({fmt::format("EXPR${}", column), type.WithNullable(nullable), ""});
  }
  std::vector<LogicalPtr> computed;  // rows that are not known before the job runs
  for (std::vector<ExprPtr>& row : rows) {
    ValueList literals;
    std::vector<std::string> names;
    for (size_t column = 0; column < row.size(); ++column) {
      row[column] = CastIfNeeded(std::move(row[column]), node->schema.fields[column].type);
      names.push_back(node->schema.fields[column].name);
      if (auto value = ConstantValue(*row[column], context_)) literals.push_back(std::move(*value));
    }
    if (literals.size() == row.size()) {
      node->rows.push_back(std::move(literals));
      continue;
    }
    auto one = std::make_unique<LogicalNode>();
    one->kind = LogicalKind::kValues;
    one->schema.fields.push_back({"ZERO", DataType::Of(TypeKind::kInt).NotNull(), ""});
    one->rows.push_back({Value(int64_t{0})});
    computed.push_back(MakeProject(std::move(one), std::move(row), std::move(names)));
  }
  if (computed.empty()) return Relation::Of(std::move(node), "");
  auto all = std::make_unique<LogicalNode>();
  all->kind = LogicalKind::kUnion;
  all->span = body.span;
  all->schema = node->schema;
  if (!node->rows.empty()) all->inputs.push_back(std::move(node));
  for (LogicalPtr& row : computed) all->inputs.push_back(std::move(row));
  return Relation::Of(all->inputs.size() == 1 ? std::move(all->inputs[0]) : std::move(all), "");
}

Relation QueryBinder::SortByOutput(Relation input, const std::vector<sql::OrderItem>& order_by) {
  if (order_by.empty()) return input;
  LogicalPtr sort = MakeNode(LogicalKind::kSort, std::move(input.node));
  sort->span = order_by[0].expr.span;
  for (const sql::OrderItem& item : order_by) {
    ExprPtr key;
    if (item.expr.kind == sql::Expr::Kind::kIntegerLiteral) {
      const auto ordinal = ParseInt64(item.expr.text);
      if (!ordinal || *ordinal < 1 || static_cast<size_t>(*ordinal) > input.columns.size()) {
        FailValidator("Ordinal out of range", item.expr.span);
      }
      key = Expr::Input(static_cast<size_t>(*ordinal - 1), DataType());
    } else {
      key = ExprBinder(input.columns, context_, "ORDER BY").Bind(item.expr);
    }
    if (key->kind != Expr::Kind::kInput) {
      FailNotSupported("ORDER BY of an expression over a set operation is", item.expr.span,
                       "Order by a column of the result.");
    }
    const bool nulls_first =
        item.nulls == sql::OrderItem::Nulls::kDefault ? !item.descending : item.nulls == sql::OrderItem::Nulls::kFirst;
    sort->sort_keys.push_back({.column = key->input, .ascending = !item.descending, .nulls_first = nulls_first});
  }
  input.node = std::move(sort);
  return input;
}

Relation QueryBinder::Limit(Relation input, const sql::Query& query) {
  if (!query.limit && !query.offset) return input;
  if (!query.limit && context_.streaming) {
    Fail(UserError("OFFSET on streaming tables requires FETCH.")
             .WithCode(std::string(kTableException))
             .WithSpan(query.offset->span));
  }
  LogicalPtr node = MakeNode(LogicalKind::kLimit, std::move(input.node));
  if (query.limit) {
    node->span = query.limit->span;
    node->limit = BindCount(*query.limit, "LIMIT", context_);
  }
  if (query.offset) node->offset = BindCount(*query.offset, "OFFSET", context_);
  input.node = std::move(node);
  return input;
}

Relation QueryBinder::BindNamed(const sql::Path& path, const std::vector<sql::Hint>& hints, const SourceSpan& span) {
  if (path.size() == 1) {
    for (auto scope = common_tables_.rbegin(); scope != common_tables_.rend(); ++scope) {
      const auto found = scope->find(path[0].name);
      if (found == scope->end()) continue;
      Relation out = CopyOf(*found->second);
      for (ScopeColumn& column : out.columns) column.table = path[0].name;
      return out;
    }
  }
  const catalog::ObjectPath name = context_.catalogs->Resolve(sql::PathNames(path));
  const catalog::Table* table = context_.catalogs->Find(name);
  if (table == nullptr) {
    std::vector<std::string> names;
    for (const auto& scope : common_tables_) {
      for (const auto& [common, relation] : scope) names.push_back(common);
    }
    const auto tables = context_.catalogs->List(name.catalog, name.database, false);
    if (tables.ok()) names.insert(names.end(), tables->begin(), tables->end());
    std::string hint = DidYouMean(path.back().name, names);
    if (hint.empty())
      hint = names.empty() ? "No table was created yet." : fmt::format("Tables here: {}.", Join(names, ", "));
    FailValidator(fmt::format("Object '{}' not found", path.back().name), sql::PathSpan(path), std::move(hint));
  }
  auto options = std::make_shared<catalog::Table>(*table);
  for (const sql::Hint& hint : hints) {
    if (!EqualsIgnoreCase(hint.name.name, "OPTIONS")) {
      context_.warnings->push_back(fmt::format("The hint {} has no effect here.", hint.name.name));
      continue;
    }
    if (table->kind == catalog::Table::Kind::kView) {
      FailValidation(fmt::format("View '{}' cannot be enriched with new options. Hints can only be applied to tables.",
                                 name.Quoted()),
                     hint.name.span);
    }
    if (!context_.dynamic_table_options) {
      FailValidation(
          "The 'OPTIONS' hint is allowed only when the config option 'table.dynamic-table-options.enabled' is set to "
          "true.",
          hint.name.span);
    }
    for (const sql::Hint::Argument& argument : hint.arguments) options->options[argument.key] = argument.value;
  }
  Relation out = table->kind == catalog::Table::Kind::kView ? BindView(*table, span)
                                                            : Relation::Of(BindScan(options, context_, span), "");
  for (size_t i = 0; i < out.columns.size(); ++i) {
    ScopeColumn& column = out.columns[i];
    column.table = path.back().name;
    if (table->kind == catalog::Table::Kind::kView) continue;
    const catalog::Column& declared = table->columns[i];
    const bool virtual_metadata = declared.kind == catalog::Column::Kind::kMetadata && declared.is_virtual;
    const bool hidden =
        declared.has_metadata_from ? context_.hide_aliased_virtual_metadata : context_.hide_default_virtual_metadata;
    column.in_star = !(virtual_metadata && hidden);
  }
  return out;
}

}  // namespace millrace::planner
