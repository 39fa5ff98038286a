#include "planner/bind/expr_binder.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "planner/bind/bind_error.h"
#include "planner/bind/bind_literals.h"
#include "planner/bind/bind_types.h"

namespace millrace::planner {

using plan::Expr;
using plan::ExprPtr;
using Kind = sql::Expr::Kind;

namespace {

// Whether the literal is a number or an interval and has been negated. The least INT and BIGINT are one more than the
// largest: -2147483648 is an INT although 2147483648 is none.
bool NegateLiteral(Expr& literal) {
  const DataType& type = literal.type;
  const bool interval = type.kind == TypeKind::kIntervalDaySecond || type.kind == TypeKind::kIntervalYearMonth;
  if (!type.IsNumeric() && !interval) return false;
  if (auto* number = std::get_if<int64_t>(&literal.literal)) {
    *number = static_cast<int64_t>(0 - static_cast<uint64_t>(*number));
    if (type.kind == TypeKind::kBigInt && *number == INT32_MIN) literal.type.kind = TypeKind::kInt;
    return true;
  }
  if (auto* number = std::get_if<double>(&literal.literal)) {
    *number = -*number;
    return true;
  }
  auto* number = std::get_if<Int128>(&literal.literal);
  if (number == nullptr) return false;
  *number = -*number;
  if (type.scale == 0 && *number == INT64_MIN) {
    literal.literal = Value(INT64_MIN);
    literal.type = DataType::Of(TypeKind::kBigInt).NotNull();
  }
  return true;
}

}  // namespace

ExprPtr ExprBinder::Bind(const sql::Expr& expr) {
  ExprPtr bound = BindKind(expr);
  bound->span = expr.span;
  return bound;
}

ExprPtr ExprBinder::BindCondition(const sql::Expr& expr) {
  ExprPtr bound = Bind(expr);
  if (bound->type.kind == TypeKind::kNull) return CastIfNeeded(std::move(bound), DataType::Of(TypeKind::kBoolean));
  if (bound->type.kind != TypeKind::kBoolean) {
    FailValidator(fmt::format("{} clause must be a condition", clause_), expr.span,
                  fmt::format("This is {}; a condition is BOOLEAN.", bound->type.ToString()));
  }
  return bound;
}

std::vector<ExprPtr> ExprBinder::BindAll(const std::vector<sql::Expr>& exprs) {
  std::vector<ExprPtr> out;
  out.reserve(exprs.size());
  for (const sql::Expr& expr : exprs) out.push_back(Bind(expr));
  return out;
}

ExprPtr ExprBinder::BindKind(const sql::Expr& expr) {
  switch (expr.kind) {
    case Kind::kNullLiteral:
    case Kind::kBooleanLiteral:
    case Kind::kIntegerLiteral:
    case Kind::kDecimalLiteral:
    case Kind::kDoubleLiteral:
    case Kind::kStringLiteral:
    case Kind::kBinaryLiteral:
    case Kind::kDateLiteral:
    case Kind::kTimeLiteral:
    case Kind::kTimestampLiteral:
    case Kind::kIntervalLiteral: return BindLiteral(expr);
    case Kind::kPath: return BindPath(expr);
    case Kind::kUnary: return BindUnary(expr);
    case Kind::kNot: return MakeNot(BindCondition(expr.args[0]), expr.span);
    case Kind::kAnd: return BindLogic(expr, Expr::Kind::kAnd);
    case Kind::kOr: return BindLogic(expr, Expr::Kind::kOr);
    case Kind::kBinary: return BindBinary(expr);
    case Kind::kIs: return BindIs(expr);
    case Kind::kBetween: return BindBetween(expr);
    case Kind::kIn: return BindIn(expr);
    case Kind::kLike: return BindLike(expr);
    case Kind::kCase: return BindCase(expr);
    case Kind::kCast:
    case Kind::kTryCast: return BindCast(expr);
    case Kind::kCall: return BindCall(expr);
    case Kind::kElement: return BindElement(expr);
    case Kind::kField: return BindFieldAccess(expr);
    case Kind::kArray:
      if (expr.query) FailNotSupported("ARRAY(sub-query) is", expr.span);
      return CallFunction("ARRAY", BindAll(expr.args), expr.span);
    case Kind::kMap:
      if (expr.query) FailNotSupported("MAP(sub-query) is", expr.span);
      return CallFunction("MAP", BindAll(expr.args), expr.span);
    case Kind::kRow: return CallFunction("ROW", BindAll(expr.args), expr.span);
    case Kind::kMultiset: FailNotSupported("MULTISET values are", expr.span);
    case Kind::kQuantified: FailNotSupported("ANY, SOME and ALL comparisons are", expr.span);
    case Kind::kExists: FailNotSupported("EXISTS is", expr.span);
    case Kind::kScalarQuery: FailNotSupported("Sub-queries as values are", expr.span, "Write the sub-query in FROM.");
    case Kind::kStar:
      FailValidator("Unknown identifier '*'", expr.span, "A star may stand alone in SELECT or in COUNT(*).");
    case Kind::kTimeUnit:
      FailValidator(fmt::format("Column '{}' not found in any table", sql::TimeUnitName(expr.unit)), expr.span);
    case Kind::kNamedArgument: FailValidator("Named arguments are not allowed here", expr.span);
    case Kind::kDescriptor: FailValidator("DESCRIPTOR is only allowed in a window table function", expr.span);
    case Kind::kTableArgument: FailValidator("A table is only allowed as the argument of a table function", expr.span);
    case Kind::kDefault: FailValidator("DEFAULT is not allowed here", expr.span);
  }
  Fail(InternalError("ExprBinder: unknown kind"));
}

ExprPtr ExprBinder::BindPath(const sql::Expr& expr) {
  const Resolved resolved = ResolveColumn(expr.path, columns_);
  ExprPtr out = Expr::Input(resolved.column, columns_[resolved.column].type);
  out->span = expr.span;
  for (size_t i = resolved.members_from; i < expr.path.size(); ++i) out = MakeField(std::move(out), expr.path[i]);
  return out;
}

ExprPtr ExprBinder::BindBinary(const sql::Expr& expr) {
  if (expr.binary == sql::BinaryOp::kOverlaps) return BindOverlaps(expr);
  const bool months =
      expr.interval && (expr.interval->from == sql::TimeUnit::kYear || expr.interval->from == sql::TimeUnit::kMonth);
  if (!months) return CallFunction(sql::BinaryOpText(expr.binary), BindAll(expr.args), expr.span);
  // (a - b) MONTH: the whole months from b to a, as an interval.
  const auto text = [](std::string_view word) {
    return Expr::Literal(Value(std::string(word)), DataType::Char(static_cast<int32_t>(word.size())).NotNull());
  };
  std::vector<ExprPtr> times;
  times.push_back(text("MONTH"));
  times.push_back(Bind(expr.args[1]));
  times.push_back(Bind(expr.args[0]));
  std::vector<ExprPtr> factors;
  factors.push_back(Expr::Literal(Value(int64_t{1}), DataType::Of(TypeKind::kIntervalYearMonth).NotNull()));
  factors.push_back(CallFunction("TIMESTAMPDIFF", std::move(times), expr.span));
  return CallFunction("*", std::move(factors), expr.span);
}

// (start, end) OVERLAPS (start, end): an end may be an interval from the start, and both may be in any order.
ExprPtr ExprBinder::BindOverlaps(const sql::Expr& expr) {
  const auto bound = [&](size_t side, std::string_view function) {
    const std::vector<sql::Expr>& period = expr.args[side].args;
    if (expr.args[side].kind != Kind::kRow || period.size() != 2) {
      FailValidator("OVERLAPS compares two periods", expr.span, "Write (start, end) OVERLAPS (start, end).");
    }
    std::vector<ExprPtr> ends = BindAll(period);
    const TypeKind kind = ends[1]->type.kind;
    if (kind == TypeKind::kIntervalDaySecond || kind == TypeKind::kIntervalYearMonth) {
      std::vector<ExprPtr> sum;
      sum.push_back(ends[0]->Clone());
      sum.push_back(std::move(ends[1]));
      ends[1] = CallFunction("+", std::move(sum), expr.span);
    }
    return CallFunction(function, std::move(ends), expr.span);
  };
  std::vector<ExprPtr> both;
  for (const size_t side : {size_t{0}, size_t{1}}) {
    std::vector<ExprPtr> sides;
    sides.push_back(bound(side, "LEAST"));
    sides.push_back(bound(1 - side, "GREATEST"));
    both.push_back(CallFunction("<=", std::move(sides), expr.span));
  }
  return MakeLogic(Expr::Kind::kAnd, std::move(both), expr.span);
}

ExprPtr ExprBinder::BindUnary(const sql::Expr& expr) {
  if (expr.unary == sql::UnaryOp::kRunning || expr.unary == sql::UnaryOp::kFinal) {
    FailValidator("RUNNING and FINAL are only allowed in MATCH_RECOGNIZE", expr.span);
  }
  std::vector<ExprPtr> args = BindAll(expr.args);
  if (expr.unary == sql::UnaryOp::kPlus) {
    const DataType& type = args[0]->type;
    const bool interval = type.kind == TypeKind::kIntervalDaySecond || type.kind == TypeKind::kIntervalYearMonth;
    if (!type.IsNumeric() && !interval) {
      FailValidator(fmt::format("Cannot apply '+' to arguments of type '+<{}>'", type.ToString()), expr.span);
    }
    return std::move(args[0]);
  }
  // -1 is a literal, so that it can be an offset or a default.
  if (args[0]->kind == Expr::Kind::kLiteral && NegateLiteral(*args[0])) return std::move(args[0]);
  return CallFunction("-", std::move(args), expr.span);
}

ExprPtr ExprBinder::BindLogic(const sql::Expr& expr, Expr::Kind kind) {
  std::vector<ExprPtr> args;
  for (const sql::Expr& arg : expr.args) {
    ExprPtr bound = Bind(arg);
    if (bound->type.kind == TypeKind::kNull) bound = CastIfNeeded(std::move(bound), DataType::Of(TypeKind::kBoolean));
    if (bound->type.kind != TypeKind::kBoolean) {
      FailValidator(fmt::format("Cannot apply '{}' to an argument of type '{}'",
                                kind == Expr::Kind::kAnd ? "AND" : "OR", bound->type.ToString()),
                    arg.span, "AND and OR take conditions.");
    }
    args.push_back(std::move(bound));
  }
  return MakeLogic(kind, std::move(args), expr.span);
}

ExprPtr ExprBinder::BindIs(const sql::Expr& expr) {
  const bool test_of_condition =
      expr.is == sql::IsTest::kTrue || expr.is == sql::IsTest::kFalse || expr.is == sql::IsTest::kUnknown;
  std::vector<ExprPtr> args;
  args.push_back(test_of_condition ? BindCondition(expr.args[0]) : Bind(expr.args[0]));
  const auto json = [&](std::string_view name) {
    ExprPtr test = CallFunction(name, std::move(args), expr.span);
    return expr.negated ? MakeNot(std::move(test), expr.span) : std::move(test);
  };
  switch (expr.is) {
    case sql::IsTest::kNull:
    case sql::IsTest::kUnknown:
      return CallFunction(expr.negated ? "IS NOT NULL" : "IS NULL", std::move(args), expr.span);
    case sql::IsTest::kTrue: return CallFunction(expr.negated ? "IS NOT TRUE" : "IS TRUE", std::move(args), expr.span);
    case sql::IsTest::kFalse:
      return CallFunction(expr.negated ? "IS NOT FALSE" : "IS FALSE", std::move(args), expr.span);
    case sql::IsTest::kJsonValue: return json("IS JSON VALUE");
    case sql::IsTest::kJsonObject: return json("IS JSON OBJECT");
    case sql::IsTest::kJsonArray: return json("IS JSON ARRAY");
    case sql::IsTest::kJsonScalar: return json("IS JSON SCALAR");
  }
  Fail(InternalError("ExprBinder: unknown IS"));
}

ExprPtr ExprBinder::BindBetween(const sql::Expr& expr) {
  const auto within = [&](const sql::Expr& low, const sql::Expr& high) {
    std::vector<ExprPtr> above;
    above.push_back(Bind(expr.args[0]));
    above.push_back(Bind(low));
    std::vector<ExprPtr> below;
    below.push_back(Bind(expr.args[0]));
    below.push_back(Bind(high));
    std::vector<ExprPtr> both;
    both.push_back(CallFunction(">=", std::move(above), expr.span));
    both.push_back(CallFunction("<=", std::move(below), expr.span));
    return MakeLogic(Expr::Kind::kAnd, std::move(both), expr.span);
  };
  ExprPtr out = within(expr.args[1], expr.args[2]);
  if (expr.symmetric) {
    std::vector<ExprPtr> either;
    either.push_back(std::move(out));
    either.push_back(within(expr.args[2], expr.args[1]));
    out = MakeLogic(Expr::Kind::kOr, std::move(either), expr.span);
  }
  return expr.negated ? MakeNot(std::move(out), expr.span) : std::move(out);
}

ExprPtr ExprBinder::BindIn(const sql::Expr& expr) {
  if (expr.query) FailNotSupported("IN (sub-query) is", expr.span);
  std::vector<ExprPtr> tests;
  for (size_t i = 1; i < expr.args.size(); ++i) {
    std::vector<ExprPtr> sides;
    sides.push_back(Bind(expr.args[0]));
    sides.push_back(Bind(expr.args[i]));
    tests.push_back(CallFunction("=", std::move(sides), expr.args[i].span));
  }
  ExprPtr out = tests.size() == 1 ? std::move(tests[0]) : MakeLogic(Expr::Kind::kOr, std::move(tests), expr.span);
  return expr.negated ? MakeNot(std::move(out), expr.span) : std::move(out);
}

ExprPtr ExprBinder::BindLike(const sql::Expr& expr) {
  const auto name = [&]() -> std::string_view {
    switch (expr.like) {
      case sql::LikeKind::kLike: return "LIKE";
      case sql::LikeKind::kIlike: return "ILIKE";
      case sql::LikeKind::kSimilarTo: return "SIMILAR TO";
      case sql::LikeKind::kRlike: return "REGEXP";
    }
    return "LIKE";
  };
  ExprPtr out = CallFunction(name(), BindAll(expr.args), expr.span);
  return expr.negated ? MakeNot(std::move(out), expr.span) : std::move(out);
}

ExprPtr ExprBinder::BindCase(const sql::Expr& expr) {
  std::vector<ExprPtr> args;
  size_t at = expr.has_operand ? 1 : 0;
  const size_t end = expr.args.size() - (expr.has_else ? 1 : 0);
  for (; at + 1 < end; at += 2) {
    if (expr.has_operand) {
      std::vector<ExprPtr> sides;
      sides.push_back(Bind(expr.args[0]));
      sides.push_back(Bind(expr.args[at]));
      args.push_back(CallFunction("=", std::move(sides), expr.args[at].span));
    } else {
      ExprPtr condition = Bind(expr.args[at]);
      if (condition->type.kind == TypeKind::kNull)
        condition = CastIfNeeded(std::move(condition), DataType::Of(TypeKind::kBoolean));
      if (condition->type.kind != TypeKind::kBoolean) {
        FailValidator("Expected a boolean type", expr.args[at].span,
                      "WHEN takes a condition; CASE x WHEN .. compares x.");
      }
      args.push_back(std::move(condition));
    }
    args.push_back(Bind(expr.args[at + 1]));
  }
  args.push_back(expr.has_else ? Bind(expr.args.back()) : Expr::Literal({}, DataType::Of(TypeKind::kNull)));
  return MakeCase(std::move(args), expr.span);
}

ExprPtr ExprBinder::BindCast(const sql::Expr& expr) {
  ExprPtr arg = Bind(expr.args[0]);
  const bool try_cast = expr.kind == Kind::kTryCast;
  const DataType target = BindType(*expr.type).WithNullable(arg->type.nullable || try_cast);
  if (arg->type.kind == TypeKind::kNull) return CastIfNeeded(std::move(arg), target.Nullable());
  const auto allowed = functions::CheckCast(arg->type, target);
  if (!allowed.ok()) {
    Error error = allowed.error();
    if (error.code.empty()) error.code = kValidatorException;
    error.span = expr.span;
    Fail(std::move(error));
  }
  if (SameTypeIgnoringNull(arg->type, target)) {
    // Still a value of its own: a time attribute does not survive a CAST.
    if (arg->type.time_attribute == TimeAttribute::kNone) return arg;
  }
  ExprPtr cast = Expr::Cast(std::move(arg), target);
  if (try_cast) cast->kind = Expr::Kind::kTryCast;
  return cast;
}

ExprPtr ExprBinder::BindElement(const sql::Expr& expr) {
  std::vector<ExprPtr> args = BindAll(expr.args);
  const DataType& type = args[0]->type;
  if (type.kind == TypeKind::kRow && args[1]->kind == Expr::Kind::kLiteral && args[1]->type.IsString()) {
    return MakeField(std::move(args[0]), {std::get<std::string>(args[1]->literal), expr.args[1].span});
  }
  const bool zero = args[1]->kind == Expr::Kind::kLiteral && std::holds_alternative<int64_t>(args[1]->literal) &&
                    std::get<int64_t>(args[1]->literal) <= 0;
  if (type.kind == TypeKind::kArray && zero) {
    FailValidation(fmt::format("Array element access needs an index starting at 1 but was {}.",
                               std::get<int64_t>(args[1]->literal)),
                   expr.args[1].span);
  }
  return CallFunction("ITEM", std::move(args), expr.span);
}

ExprPtr ExprBinder::BindFieldAccess(const sql::Expr& expr) {
  ExprPtr row = Bind(expr.args[0]);
  return MakeField(std::move(row), expr.path[0]);
}

}  // namespace millrace::planner
