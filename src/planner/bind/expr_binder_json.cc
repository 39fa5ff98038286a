// The JSON functions: their clauses become further arguments (functions/json_functions.cc).
#include <fmt/format.h>

#include "base/strings.h"
#include "planner/bind/bind_error.h"
#include "planner/bind/bind_types.h"
#include "planner/bind/expr_binder.h"

namespace millrace::planner {

using plan::Expr;
using plan::ExprPtr;
using On = sql::JsonClauses::On;
using Wrapper = sql::JsonClauses::Wrapper;

namespace {

ExprPtr Word(std::string_view text) {
  return Expr::Literal(Value(std::string(text)), DataType::Char(static_cast<int32_t>(text.size())).NotNull());
}

std::string_view OnText(On on, std::string_view otherwise) {
  switch (on) {
    case On::kDefault: return otherwise;
    case On::kNull: return "NULL";
    case On::kError: return "ERROR";
    case On::kEmptyArray: return "EMPTY ARRAY";
    case On::kEmptyObject: return "EMPTY OBJECT";
    case On::kValue: return "DEFAULT";
    case On::kTrue: return "TRUE";
    case On::kFalse: return "FALSE";
    case On::kUnknown: return "UNKNOWN";
  }
  return otherwise;
}

std::string_view WrapperText(Wrapper wrapper) {
  if (wrapper == Wrapper::kUnconditional) return "UNCONDITIONAL";
  return wrapper == Wrapper::kConditional ? "CONDITIONAL" : "WITHOUT";
}

// A call whose value is JSON itself inside JSON_OBJECT and JSON_ARRAY.
bool MakesJson(const sql::Expr& expr) {
  return sql::CallsFunction(expr, "JSON_OBJECT") || sql::CallsFunction(expr, "JSON_ARRAY");
}

}  // namespace

// The value after DEFAULT as text; NULL if there is none.
ExprPtr ExprBinder::BindJsonDefault(const std::optional<sql::Expr>& value) {
  if (!value) return Expr::Literal({}, DataType::String());
  return CastIfNeeded(Bind(*value), DataType::String());
}

ExprPtr ExprBinder::BindJsonValue(const sql::Expr& expr, const sql::JsonClauses& json) {
  std::vector<ExprPtr> args = BindAll(expr.args);
  if (json.on_empty != On::kDefault || json.on_error != On::kDefault) {
    args.push_back(Word(OnText(json.on_empty, "NULL")));
    args.push_back(Word(OnText(json.on_error, "NULL")));
    args.push_back(BindJsonDefault(json.empty_value));
    args.push_back(BindJsonDefault(json.error_value));
  }
  ExprPtr call = CallFunction("JSON_VALUE", std::move(args), expr.span);
  if (!json.returning) return call;
  const DataType type = BindType(*json.returning);
  const Status allowed = functions::CheckCast(call->type, type);
  if (type.children != nullptr || !allowed.ok()) {
    FailValidation(fmt::format("Unsupported type '{}' for RETURNING in JSON_VALUE().", type.ToString()), expr.span,
                   "RETURNING takes a scalar type.");
  }
  return CastIfNeeded(std::move(call), type.Nullable());
}

ExprPtr ExprBinder::BindJsonQuery(const sql::Expr& expr, const sql::JsonClauses& json) {
  bool array = false;
  if (json.returning) {
    const DataType type = BindType(*json.returning);
    array = type.kind == TypeKind::kArray && type.child(0).IsString();
    if (!array && !type.IsString()) {
      FailValidation(fmt::format("Unsupported type '{}' for RETURNING in JSON_QUERY().", type.ToString()), expr.span,
                     "RETURNING takes STRING or ARRAY<STRING>.");
    }
  }
  std::vector<ExprPtr> args = BindAll(expr.args);
  if (array || json.wrapper != Wrapper::kDefault || json.on_empty != On::kDefault || json.on_error != On::kDefault) {
    args.push_back(Word(WrapperText(json.wrapper)));
    args.push_back(Word(OnText(json.on_empty, "NULL")));
    args.push_back(Word(OnText(json.on_error, "NULL")));
    args.push_back(Word(array ? "ARRAY" : "STRING"));
  }
  return CallFunction("JSON_QUERY", std::move(args), expr.span);
}

ExprPtr ExprBinder::BindJsonBuild(const sql::Expr& expr, const std::string& name, const sql::JsonClauses& json) {
  using OnNull = sql::JsonClauses::OnNull;
  const bool object = name == "JSON_OBJECT";
  const OnNull on_null = json.on_null != OnNull::kDefault ? json.on_null : object ? OnNull::kNull : OnNull::kAbsent;
  std::string clauses = on_null == OnNull::kNull ? "NULL:" : "ABSENT:";
  for (size_t i = object ? 1 : 0; i < expr.args.size(); i += object ? 2 : 1) {
    clauses += MakesJson(expr.args[i]) ? 'j' : 'v';
  }
  std::vector<ExprPtr> args;
  args.push_back(Word(clauses));
  for (ExprPtr& arg : BindAll(expr.args)) args.push_back(std::move(arg));
  return CallFunction(name, std::move(args), expr.span);
}

ExprPtr ExprBinder::BindJsonCall(const sql::Expr& expr, const std::string& name) {
  const sql::JsonClauses json = expr.call->json ? *expr.call->json : sql::JsonClauses{};
  if (name == "JSON_VALUE") return BindJsonValue(expr, json);
  if (name == "JSON_QUERY") return BindJsonQuery(expr, json);
  if (name == "JSON_OBJECT" || name == "JSON_ARRAY") return BindJsonBuild(expr, name, json);
  if (name != "JSON_EXISTS") return nullptr;
  std::vector<ExprPtr> args = BindAll(expr.args);
  if (json.on_error != On::kDefault) args.push_back(Word(OnText(json.on_error, "FALSE")));
  return CallFunction("JSON_EXISTS", std::move(args), expr.span);
}

}  // namespace millrace::planner
