#include "plan/expr.h"

#include <cctype>

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::plan {
namespace {

// "=" and "LIKE" stand between their arguments, "UPPER" before them, "IS NULL" behind.
bool IsSymbol(std::string_view name) {
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '[' || c == ']') return false;
  }
  return !name.empty();
}

bool IsPostfix(std::string_view name) {
  return name.starts_with("IS ") && name.find("DISTINCT") == std::string_view::npos;
}

bool IsInfixWord(std::string_view name) {
  return name == "LIKE" || name == "NOT LIKE" || name == "SIMILAR TO" || name == "IS DISTINCT FROM" ||
         name == "IS NOT DISTINCT FROM";
}

std::string TypeWithoutAttribute(const DataType& type) {
  return type.WithTimeAttribute(TimeAttribute::kNone).Nullable().ToString();
}

std::string LiteralText(const Value& value, const DataType& type) {
  if (value.is_null()) return fmt::format("null:{}", TypeWithoutAttribute(type));
  const std::string text = ValueToString(value, type);
  switch (type.kind) {
    case TypeKind::kChar:
    case TypeKind::kVarChar: return "'" + ReplaceAll(text, "'", "''") + "'";
    case TypeKind::kBinary:
    case TypeKind::kVarBinary: return "X'" + HexEncode(std::get<std::string>(value)) + "'";
    case TypeKind::kIntervalDaySecond: return fmt::format("{}:INTERVAL SECOND", std::get<int64_t>(value));
    case TypeKind::kIntervalYearMonth: return fmt::format("{}:INTERVAL MONTH", std::get<int64_t>(value));
    case TypeKind::kBoolean: return ToLower(text);
    case TypeKind::kNull:
    case TypeKind::kTinyInt:
    case TypeKind::kSmallInt:
    case TypeKind::kInt:
    case TypeKind::kBigInt:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kDecimal:
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset:
    case TypeKind::kRow: return text;
  }
  return text;
}

std::string Arguments(const Expr& expr, const Schema& schema, std::string_view separator) {
  std::string out;
  for (const ExprPtr& arg : expr.args) {
    if (!out.empty()) out += separator;
    out += arg->ToString(schema);
  }
  return out;
}

std::string CallText(const Expr& expr, const Schema& schema) {
  const std::string_view name = expr.function->name;
  if (expr.args.size() == 2 && (IsSymbol(name) || IsInfixWord(name))) {
    return fmt::format("({} {} {})", expr.args[0]->ToString(schema), name, expr.args[1]->ToString(schema));
  }
  if (expr.args.size() == 1 && IsPostfix(name)) return fmt::format("{} {}", expr.args[0]->ToString(schema), name);
  if (expr.args.size() == 1 && IsSymbol(name)) return fmt::format("{}{}", name, expr.args[0]->ToString(schema));
  return fmt::format("{}({})", name, Arguments(expr, schema, ", "));
}

}  // namespace

ExprPtr Expr::Input(size_t column, DataType type) {
  auto expr = std::make_unique<Expr>();
  expr->kind = Kind::kInput;
  expr->type = std::move(type);
  expr->input = column;
  return expr;
}

ExprPtr Expr::Literal(Value value, DataType type) {
  auto expr = std::make_unique<Expr>();
  expr->kind = Kind::kLiteral;
  expr->type = std::move(type);
  expr->literal = std::move(value);
  return expr;
}

ExprPtr Expr::Call(const functions::ScalarFunction* function, std::vector<ExprPtr> args, DataType type) {
  auto expr = std::make_unique<Expr>();
  expr->kind = Kind::kCall;
  expr->type = std::move(type);
  expr->function = function;
  expr->args = std::move(args);
  return expr;
}

ExprPtr Expr::Cast(ExprPtr arg, DataType type) {
  auto expr = std::make_unique<Expr>();
  expr->kind = Kind::kCast;
  expr->type = std::move(type);
  expr->span = arg->span;
  expr->args.push_back(std::move(arg));
  return expr;
}

ExprPtr Expr::Clone() const {
  auto copy = std::make_unique<Expr>();
  copy->kind = kind;
  copy->type = type;
  copy->input = input;
  copy->literal = literal;
  copy->function = function;
  copy->span = span;
  copy->args.reserve(args.size());
  for (const ExprPtr& arg : args) copy->args.push_back(arg->Clone());
  return copy;
}

std::string Expr::ToString(const Schema& input_schema) const {
  switch (kind) {
    case Kind::kInput: return input < input_schema.size() ? input_schema.fields[input].name : fmt::format("${}", input);
    case Kind::kLiteral: return LiteralText(literal, type);
    case Kind::kCall: return CallText(*this, input_schema);
    case Kind::kCast: return fmt::format("CAST({} AS {})", args[0]->ToString(input_schema), TypeWithoutAttribute(type));
    case Kind::kTryCast:
      return fmt::format("TRY_CAST({} AS {})", args[0]->ToString(input_schema), TypeWithoutAttribute(type));
    case Kind::kAnd: return "(" + Arguments(*this, input_schema, " AND ") + ")";
    case Kind::kOr: return "(" + Arguments(*this, input_schema, " OR ") + ")";
    case Kind::kCase: return "CASE(" + Arguments(*this, input_schema, ", ") + ")";
    case Kind::kCoalesce: return "COALESCE(" + Arguments(*this, input_schema, ", ") + ")";
    case Kind::kField: {
      const auto& members = args[0]->type.children;
      const std::string member =
          members != nullptr && input < members->size() ? (*members)[input].name : fmt::format("${}", input);
      return fmt::format("{}.{}", args[0]->ToString(input_schema), member);
    }
  }
  return "";
}

bool SameExpr(const Expr& a, const Expr& b) {
  if (a.kind != b.kind || !(a.type == b.type) || a.input != b.input || a.function != b.function ||
      a.args.size() != b.args.size() || !(a.literal == b.literal)) {
    return false;
  }
  for (size_t i = 0; i < a.args.size(); ++i) {
    if (!SameExpr(*a.args[i], *b.args[i])) return false;
  }
  return true;
}

}  // namespace millrace::plan
