#include <fmt/format.h>

#include "base/strings.h"
#include "planner/bind/bind_error.h"
#include "planner/bind/expr_binder.h"
#include "sql/printer.h"

namespace millrace::planner {

using plan::Expr;
using plan::ExprPtr;

namespace {

// A time unit is handed to its function as text: EXTRACT('HOUR', ts).
ExprPtr UnitLiteral(const sql::Expr& expr) {
  const std::string name(sql::TimeUnitName(expr.unit));
  ExprPtr out = Expr::Literal(Value(name), DataType::Char(static_cast<int32_t>(name.size())).NotNull());
  out->span = expr.span;
  return out;
}

std::string_view TrimSideName(sql::TrimSide side) {
  switch (side) {
    case sql::TrimSide::kBoth: return "BOTH";
    case sql::TrimSide::kLeading: return "LEADING";
    case sql::TrimSide::kTrailing: return "TRAILING";
  }
  return "BOTH";
}

void CheckCount(const sql::Expr& expr, const std::string& name, size_t low, size_t high) {
  if (expr.args.size() >= low && expr.args.size() <= high) return;
  FailValidator(fmt::format("Invalid number of arguments to function '{}'. Was expecting {} arguments", name, low),
                expr.span);
}

bool SameCall(const sql::Expr& auxiliary, const sql::Expr& window) { return auxiliary.args == window.args; }

constexpr std::string_view kWindowFunctions[] = {"TUMBLE", "HOP", "SESSION", "CUMULATE"};

bool IsWindowFunction(std::string_view name) {
  for (const std::string_view function : kWindowFunctions) {
    if (name == function) return true;
  }
  return false;
}

// "TUMBLE_START" -> "START"; "" when it is no such name.
std::string AuxiliaryPart(const std::string& name) {
  for (const std::string_view function : {"TUMBLE_", "HOP_", "SESSION_"}) {
    if (!name.starts_with(function)) continue;
    std::string part = name.substr(function.size());
    if (part == "START" || part == "END" || part == "ROWTIME" || part == "PROCTIME") return part;
  }
  return "";
}

}  // namespace

void ExprBinder::RefuseCallClauses(const sql::Expr& expr) {
  const sql::Call& call = *expr.call;
  if (call.over) FailNotSupported("OVER aggregation is", expr.span);
  if (!call.order_by.empty() || !call.within_group.empty()) FailNotSupported("ORDER BY inside a call is", expr.span);
  if (call.nulls != sql::Call::NullTreatment::kDefault)
    FailNotSupported("IGNORE NULLS and RESPECT NULLS are", expr.span);
}

ExprPtr ExprBinder::BindCall(const sql::Expr& expr) {
  const sql::Call& call = *expr.call;
  if (call.name.size() != 1)
    FailNotSupported("Functions in catalogs are", expr.span, "Write the name of a built-in function.");
  const std::string name = ToUpper(call.name[0].name);
  RefuseCallClauses(expr);
  if (!AuxiliaryPart(name).empty()) return BindWindowAuxiliary(expr, name);
  if (IsWindowFunction(name)) {
    FailValidation(
        fmt::format("The window function {} may only stand in FROM or, as a legacy group window, in GROUP BY.", name),
        expr.span, fmt::format("FROM TABLE({}(TABLE t, DESCRIPTOR(ts), ..)) GROUP BY window_start, window_end.", name));
  }
  const functions::AggregateFunction* aggregate = functions::FindAggregateFunction(name);
  const functions::ScalarFunction* scalar = functions::FindScalarFunction(name);
  const bool special_aggregate = call.distinct || call.filter.has_value();
  if (aggregate != nullptr && (scalar == nullptr || special_aggregate)) return BindAggregateCall(expr, *aggregate);
  if (special_aggregate) {
    FailValidator(fmt::format("{} is not an aggregate function: DISTINCT and FILTER are not allowed", name), expr.span);
  }
  if (ExprPtr special = BindSpecialCall(expr, name)) return special;
  if (ExprPtr json = BindJsonCall(expr, name)) return json;
  return BindScalarCall(expr, name);
}

// What the evaluator does itself, lazily, and functions whose arguments are no plain values.
ExprPtr ExprBinder::BindSpecialCall(const sql::Expr& expr, const std::string& name) {
  if (name == "COALESCE" && !expr.args.empty()) return MakeCoalesce(BindAll(expr.args), expr.span);
  if (name == "IFNULL") {
    CheckCount(expr, name, 2, 2);
    return MakeCoalesce(BindAll(expr.args), expr.span);
  }
  if (name == "NULLIF") {
    CheckCount(expr, name, 2, 2);
    std::vector<ExprPtr> args;
    args.push_back(CallFunction("=", BindAll(expr.args), expr.span));
    args.push_back(Expr::Literal({}, DataType::Of(TypeKind::kNull)));
    args.push_back(Bind(expr.args[0]));
    return MakeCase(std::move(args), expr.span);
  }
  if (name == "IF") {
    CheckCount(expr, name, 3, 3);
    std::vector<ExprPtr> args = BindAll(expr.args);
    if (args[0]->type.kind != TypeKind::kBoolean) {
      FailValidator("Cannot apply 'IF': its first argument must be a condition", expr.args[0].span);
    }
    const bool nullable = args[0]->type.nullable;
    ExprPtr out = MakeCase(std::move(args), expr.span);
    out->type.nullable = out->type.nullable || nullable;  // as Flink types it, though a NULL condition gives a value
    return out;
  }
  if (name == "TRIM") {
    CheckCount(expr, name, 1, 2);
    std::vector<ExprPtr> args = BindAll(expr.args);
    const std::string side(TrimSideName(expr.call->trim));
    if (args.size() == 1) args.push_back(Expr::Literal(Value(std::string(" ")), DataType::Char(1).NotNull()));
    args.push_back(Expr::Literal(Value(side), DataType::Char(static_cast<int32_t>(side.size())).NotNull()));
    return CallFunction("TRIM", std::move(args), expr.span);
  }
  return nullptr;
}

ExprPtr ExprBinder::BindScalarCall(const sql::Expr& expr, const std::string& name) {
  std::vector<ExprPtr> args;
  for (const sql::Expr& arg : expr.args) {
    args.push_back(arg.kind == sql::Expr::Kind::kTimeUnit ? UnitLiteral(arg) : Bind(arg));
  }
  ExprPtr call = CallFunction(name, std::move(args), expr.span);
  if (name == "PROCTIME") call->type = call->type.WithTimeAttribute(TimeAttribute::kProctime);
  return call;
}

ExprPtr ExprBinder::BindAggregateCall(const sql::Expr& expr, const functions::AggregateFunction& function) {
  if (aggregates_ == nullptr) {
    FailValidator(clause_.starts_with("aggregate")
                      ? "Aggregate expressions cannot be nested"
                      : fmt::format("Aggregate expression is illegal in {} clause", clause_),
                  expr.span);
  }
  BoundAggregate call{.function = &function, .distinct = expr.call->distinct};
  ExprBinder inner(columns_, context_, "aggregate");
  const bool star = expr.args.size() == 1 && expr.args[0].kind == sql::Expr::Kind::kStar;
  if (!star) {
    for (const sql::Expr& arg : expr.args) call.args.push_back(inner.Bind(arg));
  }
  if (expr.call->filter) call.filter = ExprBinder(columns_, context_, "FILTER").BindCondition(*expr.call->filter);
  const std::vector<functions::Argument> arguments = ArgumentsOf(call.args);
  auto typing = function.infer(function.name, arguments);
  if (!typing.ok()) {
    Error error = std::move(typing).error();
    if (error.code.empty() || error.code == kValidationException) error.code = kValidatorException;
    if (error.hint.empty()) error.hint = fmt::format("Supported form: {}", function.signature);
    error.span = expr.span;
    Fail(std::move(error));
  }
  for (size_t i = 0; i < call.args.size(); ++i)
    call.args[i] = CastIfNeeded(std::move(call.args[i]), typing->argument_types[i]);
  call.type = typing->result;
  if (call.filter != nullptr && function.name != "COUNT") call.type = call.type.Nullable();
  call.name = sql::Print(expr);
  size_t index = aggregates_->size();
  for (size_t i = 0; i < aggregates_->size(); ++i) {
    const BoundAggregate& known = (*aggregates_)[i];
    bool same = known.function == call.function && known.distinct == call.distinct &&
                known.args.size() == call.args.size() && (known.filter == nullptr) == (call.filter == nullptr) &&
                (known.filter == nullptr || plan::SameExpr(*known.filter, *call.filter));
    for (size_t k = 0; same && k < call.args.size(); ++k) same = plan::SameExpr(*known.args[k], *call.args[k]);
    if (same) {
      index = i;
      break;
    }
  }
  ExprPtr out = Expr::Input(columns_.size() + index, call.type);
  out->span = expr.span;
  if (index == aggregates_->size()) aggregates_->push_back(std::move(call));
  return out;
}

ExprPtr ExprBinder::BindWindowAuxiliary(const sql::Expr& expr, const std::string& name) {
  const std::string part = AuxiliaryPart(name);
  const std::string function = name.substr(0, name.size() - part.size() - 1);
  const bool fits = group_window_ != nullptr && sql::CallsFunction(group_window_->call, function) &&
                    SameCall(expr, group_window_->call);
  if (!fits) {
    FailValidation(fmt::format("{} needs the group window it belongs to: no {} with the same arguments in GROUP BY.",
                               name, function),
                   expr.span, fmt::format("GROUP BY {}(..) with the very same arguments.", function));
  }
  const size_t column = part == "START" ? group_window_->start
                        : part == "END" ? group_window_->end
                                        : group_window_->time;
  const DataType& type = columns_[column].type;
  if (part == "ROWTIME" && type.time_attribute != TimeAttribute::kRowtime) {
    FailValidation(fmt::format("{} is only defined for event-time windows.", name), expr.span);
  }
  if (part == "PROCTIME" && type.time_attribute != TimeAttribute::kProctime) {
    FailValidation(fmt::format("{} is only defined for processing-time windows.", name), expr.span);
  }
  return Expr::Input(column, type);
}

}  // namespace millrace::planner
