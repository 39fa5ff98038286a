#include <algorithm>

#include "sql/grammar.h"

namespace millrace::sql {
namespace {

using Kind = Expr::Kind;

std::optional<BinaryOp> SymbolOp(const TokenStream& in) {
  if (in.Peek().kind != TokenKind::kSymbol) return std::nullopt;
  struct Row {
    std::string_view symbol;
    BinaryOp op;
  };
  static constexpr Row kRows[] = {
      {"=", BinaryOp::kEqual},         {"<>", BinaryOp::kNotEqual},  {"!=", BinaryOp::kNotEqual},
      {"<", BinaryOp::kLess},          {"<=", BinaryOp::kLessEqual}, {">", BinaryOp::kGreater},
      {">=", BinaryOp::kGreaterEqual}, {"+", BinaryOp::kAdd},        {"-", BinaryOp::kSubtract},
      {"*", BinaryOp::kMultiply},      {"/", BinaryOp::kDivide},     {"%", BinaryOp::kModulo},
      {"||", BinaryOp::kConcat},
  };
  for (const Row& row : kRows) {
    if (in.Peek().text == row.symbol) return row.op;
  }
  return std::nullopt;
}

bool IsComparison(BinaryOp op) { return PrecedenceOf(op) == kComparisonPrecedence && op <= BinaryOp::kGreaterEqual; }

Expr Make(Kind kind, Expr left) {
  Expr expr(kind, left.span);
  expr.args.push_back(std::move(left));
  return expr;
}

// A list or a query in parentheses, behind IN, SOME or ALL.
void ReadListOrQuery(TokenStream& in, Expr* expr) {
  in.ExpectSymbol("(");
  if (AtQueryStart(in)) {
    expr->query = ReadQuery(in);
  } else {
    do {
      expr->args.push_back(ReadExpr(in));
    } while (in.AcceptSymbol(","));
    // ((SELECT ..) UNION ..) began as an expression.
    if (expr->args.size() == 2 && expr->args[1].kind == Kind::kScalarQuery && AtQueryTail(in)) {
      Query first = std::move(*expr->args[1].query);
      expr->args.pop_back();
      expr->query = ReadQueryTail(in, std::move(first));
    }
  }
  in.ExpectSymbol(")");
}

Expr ReadBinary(TokenStream& in, BinaryOp op, Expr left) {
  if (IsComparison(op) && (in.IsWord("SOME") || in.IsWord("ANY") || in.IsWord("ALL")) && in.IsSymbol("(", 1)) {
    const HeightScope scope(in);
    Expr expr = Make(Kind::kQuantified, std::move(left));
    expr.binary = op;
    expr.quantifier = in.IsWord("ALL") ? ComparisonQuantifier::kAll : ComparisonQuantifier::kSome;
    in.Take();
    in.Grow(expr.args[0].height.value, expr.span);
    ReadListOrQuery(in, &expr);
    expr.span = in.SpanFrom(expr.span);
    return SealByScope(in, std::move(expr));
  }
  Expr expr = Make(Kind::kBinary, std::move(left));
  expr.binary = op;
  expr.args.push_back(ReadExpr(in, PrecedenceOf(op) + 1));
  expr.span = in.SpanFrom(expr.span);
  return SealByArgs(in, std::move(expr));
}

// AND and OR take all their operands at once.
Expr ReadLogical(TokenStream& in, Kind kind, Expr left) {
  const bool is_and = kind == Kind::kAnd;
  Expr expr = Make(kind, std::move(left));
  do {
    in.Take();
    expr.args.push_back(ReadExpr(in, (is_and ? kAndPrecedence : kOrPrecedence) + 1));
  } while (in.IsWord(is_and ? "AND" : "OR"));
  expr.span = in.SpanFrom(expr.span);
  return SealByArgs(in, std::move(expr));
}

IsTest ReadJsonTest(TokenStream& in) {
  if (in.Accept("VALUE")) return IsTest::kJsonValue;
  if (in.Accept("OBJECT")) return IsTest::kJsonObject;
  if (in.Accept("ARRAY")) return IsTest::kJsonArray;
  if (in.Accept("SCALAR")) return IsTest::kJsonScalar;
  return IsTest::kJsonValue;
}

// From behind IS: a test, or IS [NOT] DISTINCT FROM, whose right side binds as that of a comparison.
Expr ReadIs(TokenStream& in, Expr left) {
  const bool negated = in.Accept("NOT");
  if (in.Accept("DISTINCT")) {
    in.Expect("FROM");
    return ReadBinary(in, negated ? BinaryOp::kIsNotDistinctFrom : BinaryOp::kIsDistinctFrom, std::move(left));
  }
  Expr expr = Make(Kind::kIs, std::move(left));
  expr.negated = negated;
  if (in.Accept("NULL")) {
    expr.is = IsTest::kNull;
  } else if (in.Accept("TRUE")) {
    expr.is = IsTest::kTrue;
  } else if (in.Accept("FALSE")) {
    expr.is = IsTest::kFalse;
  } else if (in.Accept("UNKNOWN")) {
    expr.is = IsTest::kUnknown;
  } else if (in.Accept("JSON")) {
    expr.is = ReadJsonTest(in);
  } else {
    in.Fail();
  }
  expr.span = in.SpanFrom(expr.span);
  return SealByArgs(in, std::move(expr));
}

Expr ReadBetween(TokenStream& in, bool negated, Expr left) {
  Expr expr = Make(Kind::kBetween, std::move(left));
  expr.negated = negated;
  expr.symmetric = in.Accept("SYMMETRIC");
  if (!expr.symmetric) in.Accept("ASYMMETRIC");
  expr.args.push_back(ReadExpr(in, kMembershipPrecedence + 1));
  in.Expect("AND");
  expr.args.push_back(ReadExpr(in, kMembershipPrecedence + 1));
  expr.span = in.SpanFrom(expr.span);
  return SealByArgs(in, std::move(expr));
}

Expr ReadLike(TokenStream& in, LikeKind like, bool negated, Expr left) {
  Expr expr = Make(Kind::kLike, std::move(left));
  expr.like = like;
  expr.negated = negated;
  expr.args.push_back(ReadExpr(in, kMembershipPrecedence + 1));
  if (in.Accept("ESCAPE")) expr.args.push_back(ReadExpr(in, kMembershipPrecedence + 1));
  expr.span = in.SpanFrom(expr.span);
  return SealByArgs(in, std::move(expr));
}

Expr ReadIn(TokenStream& in, bool negated, Expr left) {
  const HeightScope scope(in);
  in.Grow(left.height.value, left.span);
  Expr expr = Make(Kind::kIn, std::move(left));
  expr.negated = negated;
  ReadListOrQuery(in, &expr);
  expr.span = in.SpanFrom(expr.span);
  return SealByScope(in, std::move(expr));
}

// [NOT] BETWEEN, IN, LIKE and the like. False, with nothing taken, when none stands here.
bool ReadMembership(TokenStream& in, Expr* left) {
  const size_t ahead = in.IsWord("NOT") ? 1 : 0;
  const bool negated = ahead == 1;
  const auto take = [&](std::string_view word) {
    if (!in.IsWord(word, ahead)) return false;
    if (negated) in.Take();
    in.Take();
    return true;
  };
  if (take("BETWEEN")) {
    *left = ReadBetween(in, negated, std::move(*left));
  } else if (take("IN")) {
    *left = ReadIn(in, negated, std::move(*left));
  } else if (take("LIKE")) {
    *left = ReadLike(in, LikeKind::kLike, negated, std::move(*left));
  } else if (take("ILIKE")) {
    *left = ReadLike(in, LikeKind::kIlike, negated, std::move(*left));
  } else if (take("RLIKE")) {
    *left = ReadLike(in, LikeKind::kRlike, negated, std::move(*left));
  } else if (in.IsWord("SIMILAR", ahead) && in.IsWord("TO", ahead + 1)) {
    take("SIMILAR");
    in.Take();
    *left = ReadLike(in, LikeKind::kSimilarTo, negated, std::move(*left));
  } else {
    if (negated) {
      in.Take();
      in.Fail("BETWEEN, IN, LIKE or SIMILAR TO");
    }
    return false;
  }
  return true;
}

// NOT, a sign, or RUNNING and FINAL, and what they apply to; else a primary.
Expr ReadPrefix(TokenStream& in) {
  const Span start = in.Peek().span;
  Expr expr;
  if (in.IsWord("NOT")) {
    in.Take();
    expr = Expr(Kind::kNot, start);
    expr.args.push_back(ReadExpr(in, kNotPrecedence));
  } else if (in.IsSymbol("-") || in.IsSymbol("+")) {
    expr = Expr(Kind::kUnary, start);
    expr.unary = in.IsSymbol("-") ? UnaryOp::kMinus : UnaryOp::kPlus;
    in.Take();
    expr.args.push_back(ReadExpr(in, kSignPrecedence));
  } else if (in.inside_match && (in.IsWord("RUNNING") || in.IsWord("FINAL")) && in.IsName(1)) {
    expr = Expr(Kind::kUnary, start);
    expr.unary = in.IsWord("RUNNING") ? UnaryOp::kRunning : UnaryOp::kFinal;
    in.Take();
    expr.args.push_back(ReadExpr(in, kSignPrecedence));
  } else {
    return ReadPrimary(in);
  }
  expr.span = in.SpanFrom(start);
  return SealByArgs(in, std::move(expr));
}

// One more operator behind `left`, if one stands here that binds at least as tightly as `min`.
bool ReadInfix(TokenStream& in, int min, Expr* left) {
  if (const std::optional<BinaryOp> op = SymbolOp(in)) {
    if (PrecedenceOf(*op) < min) return false;
    in.Take();
    *left = ReadBinary(in, *op, std::move(*left));
    return true;
  }
  in.NoteOperators();
  if (in.Peek().kind != TokenKind::kWord) return false;
  if (in.IsWord("AND") && min <= kAndPrecedence) {
    *left = ReadLogical(in, Kind::kAnd, std::move(*left));
  } else if (in.IsWord("OR") && min <= kOrPrecedence) {
    *left = ReadLogical(in, Kind::kOr, std::move(*left));
  } else if (in.IsWord("IS")) {
    const bool distinct = in.IsWord("DISTINCT", in.IsWord("NOT", 1) ? 2 : 1);
    if (min > (distinct ? kComparisonPrecedence : kIsPrecedence)) return false;
    in.Take();
    *left = ReadIs(in, std::move(*left));
  } else if (in.IsWord("OVERLAPS") && min <= kComparisonPrecedence) {
    in.Take();
    *left = ReadBinary(in, BinaryOp::kOverlaps, std::move(*left));
  } else {
    return min <= kMembershipPrecedence && ReadMembership(in, left);
  }
  return true;
}

}  // namespace

Precedence PrecedenceOf(BinaryOp op) {
  switch (op) {
    case BinaryOp::kEqual:
    case BinaryOp::kNotEqual:
    case BinaryOp::kLess:
    case BinaryOp::kLessEqual:
    case BinaryOp::kGreater:
    case BinaryOp::kGreaterEqual:
    case BinaryOp::kIsDistinctFrom:
    case BinaryOp::kIsNotDistinctFrom:
    case BinaryOp::kOverlaps: return kComparisonPrecedence;
    case BinaryOp::kAdd:
    case BinaryOp::kSubtract: return kSumPrecedence;
    case BinaryOp::kMultiply:
    case BinaryOp::kDivide:
    case BinaryOp::kModulo:
    case BinaryOp::kConcat: return kProductPrecedence;
  }
  return kAnyPrecedence;
}

Expr SealByArgs(TokenStream& in, Expr expr) {
  int height = 0;
  for (const Expr& arg : expr.args) height = std::max<int>(height, arg.height.value);
  in.Grow(height + 1, expr.span);
  expr.height.value = static_cast<uint16_t>(height + 1);
  return expr;
}

Expr SealByScope(TokenStream& in, Expr expr) {
  const int height = in.tallest() + 1;
  in.Grow(height, expr.span);
  expr.height.value = static_cast<uint16_t>(height);
  return expr;
}

Expr ReadExpr(TokenStream& in, int min_precedence) {
  const Nesting nesting(in);
  Expr left = ReadPrefix(in);
  while (ReadInfix(in, min_precedence, &left)) {
  }
  return left;
}

std::vector<Expr> ReadExprList(TokenStream& in) {
  std::vector<Expr> list;
  do {
    list.push_back(ReadExpr(in));
  } while (in.AcceptSymbol(","));
  return list;
}

}  // namespace millrace::sql
