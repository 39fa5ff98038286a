#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "planner/bind/bind_error.h"
#include "planner/bind/expr_binder.h"

namespace millrace::planner {

using plan::Expr;
using plan::ExprPtr;

namespace {

DataType Plain(const DataType& type) { return type.WithTimeAttribute(TimeAttribute::kNone); }

bool IsZero(const Expr& expr) {
  if (expr.kind != Expr::Kind::kLiteral || !expr.type.IsNumeric()) return false;
  if (const auto* integer = std::get_if<int64_t>(&expr.literal)) return *integer == 0;
  if (const auto* decimal = std::get_if<Int128>(&expr.literal)) return *decimal == 0;
  if (const auto* number = std::get_if<double>(&expr.literal)) return *number == 0;
  return false;
}

std::vector<std::string> FunctionNames() {
  std::vector<std::string> names;
  for (const functions::ScalarFunction* function : functions::AllScalarFunctions()) names.emplace_back(function->name);
  for (const functions::AggregateFunction* function : functions::AllAggregateFunctions())
    names.emplace_back(function->name);
  return names;
}

std::string TypeList(std::span<const ExprPtr> args) {
  std::string out;
  for (const ExprPtr& arg : args)
    out += fmt::format("{}<{}>", out.empty() ? "" : ", ", Plain(arg->type).Nullable().ToString());
  return out;
}

bool AnyNullable(std::span<const ExprPtr> args) {
  for (const ExprPtr& arg : args) {
    if (arg->type.nullable) return true;
  }
  return false;
}

}  // namespace

std::vector<functions::Argument> ArgumentsOf(std::span<const ExprPtr> args) {
  std::vector<functions::Argument> out;
  for (const ExprPtr& arg : args) {
    functions::Argument argument{.type = Plain(arg->type), .literal = std::nullopt};
    if (arg->kind == Expr::Kind::kLiteral) argument.literal = arg->literal;
    out.push_back(std::move(argument));
  }
  return out;
}

ExprPtr CallFunction(std::string_view name, std::vector<ExprPtr> args, const SourceSpan& span) {
  const functions::ScalarFunction* function = functions::FindScalarFunction(name);
  if (function == nullptr) {
    FailValidator(fmt::format("No match found for function signature {}({})", name, TypeList(args)), span,
                  DidYouMean(ToUpper(name), FunctionNames()));
  }
  const std::vector<functions::Argument> arguments = ArgumentsOf(args);
  auto typing = function->infer(function->name, arguments);
  if (!typing.ok()) {
    Error error = std::move(typing).error();
    if (error.code.empty() || error.code == kValidationException) error.code = kValidatorException;
    if (error.hint.empty()) error.hint = fmt::format("Supported form: {}", function->signature);
    error.span = span;
    Fail(std::move(error));
  }
  const bool divides = function->name == "/" || function->name == "%" || function->name == "MOD";
  const auto floating = [](const Expr& arg) {
    return arg.type.kind == TypeKind::kFloat || arg.type.kind == TypeKind::kDouble;
  };
  // Of floating point the quotient is Infinity or NaN.
  if (divides && args.size() == 2 && IsZero(*args[1]) && !floating(*args[0]) && !floating(*args[1]))
    FailValidation("Division by zero", args[1]->span);
  for (size_t i = 0; i < args.size(); ++i) args[i] = CastIfNeeded(std::move(args[i]), typing->argument_types[i]);
  ExprPtr call = Expr::Call(function, std::move(args), typing->result);
  call->span = span;
  return call;
}

ExprPtr MakeNot(ExprPtr arg, const SourceSpan& span) {
  std::vector<ExprPtr> args;
  args.push_back(std::move(arg));
  return CallFunction("NOT", std::move(args), span);
}

ExprPtr MakeLogic(Expr::Kind kind, std::vector<ExprPtr> args, const SourceSpan& span) {
  auto out = std::make_unique<Expr>();
  out->kind = kind;
  out->type = DataType::Of(TypeKind::kBoolean).WithNullable(AnyNullable(args));
  out->span = span;
  out->args = std::move(args);
  return out;
}

ExprPtr MakeCoalesce(std::vector<ExprPtr> args, const SourceSpan& span) {
  DataType type = CommonTypeOf(args, span, "COALESCE");
  const auto is_double = [](const ExprPtr& arg) { return arg->type.kind == TypeKind::kDouble; };
  // Unlike CASE's, the common type of FLOAT and DOUBLE is DOUBLE in any order.
  if (type.kind == TypeKind::kFloat && std::any_of(args.begin(), args.end(), is_double)) type.kind = TypeKind::kDouble;
  bool nullable = true;
  for (ExprPtr& arg : args) {
    nullable = nullable && arg->type.nullable;
    arg = CastIfNeeded(std::move(arg), type);
  }
  auto out = std::make_unique<Expr>();
  out->kind = Expr::Kind::kCoalesce;
  out->type = type.WithNullable(nullable);
  out->span = span;
  out->args = std::move(args);
  return out;
}

ExprPtr MakeCase(std::vector<ExprPtr> args, const SourceSpan& span) {
  std::vector<ExprPtr> values;
  for (size_t i = 1; i + 1 < args.size(); i += 2) values.push_back(args[i]->Clone());
  values.push_back(args.back()->Clone());
  const DataType type = CommonTypeOf(values, span, "CASE").WithNullable(AnyNullable(values));
  for (size_t i = 1; i + 1 < args.size(); i += 2) args[i] = CastIfNeeded(std::move(args[i]), type);
  args.back() = CastIfNeeded(std::move(args.back()), type);
  auto out = std::make_unique<Expr>();
  out->kind = Expr::Kind::kCase;
  out->type = type;
  out->span = span;
  out->args = std::move(args);
  return out;
}

ExprPtr MakeField(ExprPtr row, const sql::Identifier& member) {
  if (row->type.kind != TypeKind::kRow) {
    FailValidator(fmt::format("Incompatible types: '{}' is no member of a value of type {}", member.name,
                              Plain(row->type).ToString()),
                  member.span, "Only ROW values have members.");
  }
  std::vector<std::string> names;
  for (size_t i = 0; i < row->type.children->size(); ++i) {
    const Field& field = (*row->type.children)[i];
    if (field.name == member.name) {
      auto out = std::make_unique<Expr>();
      out->kind = Expr::Kind::kField;
      out->type = field.type.WithNullable(field.type.nullable || row->type.nullable);
      out->input = i;
      out->span = member.span;
      out->args.push_back(std::move(row));
      return out;
    }
    names.push_back(field.name);
  }
  FailValidator(fmt::format("Column '{}' not found in the row", member.name), member.span,
                DidYouMean(member.name, names));
}

ExprPtr CastIfNeeded(ExprPtr arg, const DataType& type) {
  if (arg->type.kind == TypeKind::kNull) {
    ExprPtr null = Expr::Literal({}, Plain(type).Nullable());
    null->span = arg->span;
    return null;
  }
  if (SameTypeIgnoringNull(arg->type, type)) return arg;
  const DataType target = Plain(type).WithNullable(arg->type.nullable);
  return Expr::Cast(std::move(arg), target);
}

DataType CommonTypeOf(std::span<const ExprPtr> args, const SourceSpan& span, std::string_view what) {
  std::optional<DataType> common;
  for (const ExprPtr& arg : args) {
    if (arg->type.kind == TypeKind::kNull) continue;
    const DataType type = Plain(arg->type);
    if (!common) {
      common = type;
      continue;
    }
    const auto wider = SameTypeIgnoringNull(*common, type) ? common : functions::CommonType(*common, type);
    if (!wider) {
      FailValidator(fmt::format("Illegal mixing of types in {}: {} and {}", what, common->Nullable().ToString(),
                                type.Nullable().ToString()),
                    arg->span.length != 0 ? arg->span : span, "CAST one of them.");
    }
    common = Plain(*wider);
  }
  if (!common) FailValidator(fmt::format("Illegal use of 'NULL': {} needs at least one value with a type", what), span);
  return common->Nullable();
}

}  // namespace millrace::planner
