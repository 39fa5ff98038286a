#include "base/strings.h"
#include "sql/grammar.h"
#include "sql/keywords.h"

namespace millrace::sql {
namespace {

using Kind = Expr::Kind;

constexpr std::string_view kNiladic[] = {"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME",
                                         "LOCALTIMESTAMP"};

Expr Leaf(TokenStream& in, Kind kind, const Span& span) {
  in.Grow(1, span);
  return Expr(kind, span);
}

Expr ReadStringLiteral(TokenStream& in) {
  Span span;
  std::string text = in.ExpectString(&span);
  Expr expr = Leaf(in, Kind::kStringLiteral, span);
  expr.text = std::move(text);
  return expr;
}

Expr ReadNumber(TokenStream& in, Kind kind) {
  const Token& token = in.Take();
  Expr expr = Leaf(in, kind, token.span);
  expr.text = std::string(token.text);
  return expr;
}

Expr ReadBinaryLiteral(TokenStream& in) {
  const Token token = in.Take();
  Result<std::string> bytes = TokenValue(token);
  if (!bytes.ok()) TokenStream::FailAt(token.span, bytes.error().message + ".");
  Expr expr = Leaf(in, Kind::kBinaryLiteral, token.span);
  expr.text = std::move(*bytes);
  return expr;
}

// DATE '..', TIME '..', TIMESTAMP '..'.
Expr ReadTemporalLiteral(TokenStream& in, Kind kind) {
  const Token first = in.Take();
  std::string text = in.ExpectString();
  Expr expr = Leaf(in, kind, in.SpanFrom(first));
  expr.text = std::move(text);
  return expr;
}

Expr ReadInterval(TokenStream& in) {
  const Token first = in.Take();
  Expr expr = Leaf(in, Kind::kIntervalLiteral, first.span);
  if (in.AcceptSymbol("-")) {
    expr.negated = true;
  } else {
    in.AcceptSymbol("+");
  }
  if (in.Peek().kind == TokenKind::kInteger) {
    in.Note(Expected::kString);
    in.Fail({}, "Write the number in single quotes: INTERVAL '" + std::string(in.Peek().text.substr(0, 20)) + "' ..");
  }
  expr.text = in.ExpectString();
  expr.interval = ReadIntervalUnits(in);
  expr.span = in.SpanFrom(first);
  return expr;
}

// The WHEN branches; `WHEN 1, 2 THEN x` of a CASE with an operand becomes two branches.
void ReadBranches(TokenStream& in, Expr* expr) {
  while (in.Accept("WHEN")) {
    std::vector<Expr> whens;
    do {
      whens.push_back(ReadExpr(in));
    } while (expr->has_operand && in.AcceptSymbol(","));
    in.Expect("THEN");
    Expr then = ReadExpr(in);
    for (Expr& when : whens) {
      expr->args.push_back(std::move(when));
      expr->args.push_back(then);
    }
  }
}

Expr ReadCase(TokenStream& in) {
  const HeightScope scope(in);
  const Token first = in.Take();
  Expr expr(Kind::kCase, first.span);
  if (!in.IsWord("WHEN")) {
    expr.has_operand = true;
    expr.args.push_back(ReadExpr(in));
  }
  const size_t before = expr.args.size();
  ReadBranches(in, &expr);
  if (expr.args.size() == before) in.Fail();
  if (in.Accept("ELSE")) {
    expr.has_else = true;
    expr.args.push_back(ReadExpr(in));
  }
  in.Expect("END");
  expr.span = in.SpanFrom(first);
  return SealByScope(in, std::move(expr));
}

Expr ReadCast(TokenStream& in, Kind kind) {
  const HeightScope scope(in);
  const Token first = in.Take();
  Expr expr(kind, first.span);
  in.ExpectSymbol("(");
  expr.args.push_back(ReadExpr(in));
  in.Expect("AS");
  expr.type = ReadType(in);
  in.ExpectSymbol(")");
  expr.span = in.SpanFrom(first);
  return SealByScope(in, std::move(expr));
}

Expr ReadExists(TokenStream& in) {
  const HeightScope scope(in);
  const Token first = in.Take();
  Expr expr(Kind::kExists, first.span);
  in.ExpectSymbol("(");
  expr.query = ReadQuery(in);
  in.ExpectSymbol(")");
  expr.span = in.SpanFrom(first);
  return SealByScope(in, std::move(expr));
}

// ARRAY[..], MAP[..], MULTISET[..], or the same word with (query).
Expr ReadCollection(TokenStream& in, Kind kind) {
  const HeightScope scope(in);
  const Token first = in.Take();
  Expr expr(kind, first.span);
  if (in.AcceptSymbol("(")) {
    expr.query = ReadQuery(in);
    in.ExpectSymbol(")");
  } else {
    in.ExpectSymbol("[");
    if (!in.AcceptSymbol("]")) {
      expr.args = ReadExprList(in);
      in.ExpectSymbol("]");
    }
  }
  expr.span = in.SpanFrom(first);
  if (kind == Kind::kMap && expr.args.size() % 2 != 0) {
    TokenStream::FailValidation(expr.span, "Map requires an even number of arguments",
                                "Write MAP[key1, value1, key2, value2].");
  }
  return SealByScope(in, std::move(expr));
}

Expr ReadRowConstructor(TokenStream& in) {
  const HeightScope scope(in);
  const Token first = in.Take();
  Expr expr(Kind::kRow, first.span);
  in.ExpectSymbol("(");
  bool named = false;
  do {
    expr.args.push_back(ReadExpr(in));
    expr.names.emplace_back();
    if (in.Accept("AS")) {
      expr.names.back() = in.ExpectName(Expected::kName);
      named = true;
    }
  } while (in.AcceptSymbol(","));
  if (!named) expr.names.clear();
  in.ExpectSymbol(")");
  expr.span = in.SpanFrom(first);
  return SealByScope(in, std::move(expr));
}

bool AtDifferenceUnit(const TokenStream& in) {
  for (const std::string_view unit : {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"}) {
    if (in.IsWord(unit)) return true;
  }
  return false;
}

// A sub-query, a row (a, b), or one expression, which comes back as it is.
Expr ReadParenthesized(TokenStream& in) {
  const HeightScope scope(in);
  const Token first = in.Take();
  Expr expr;
  if (AtQueryStart(in)) {
    expr = Expr(Kind::kScalarQuery, first.span);
    expr.query = ReadQuery(in);
    in.ExpectSymbol(")");
    expr.span = in.SpanFrom(first);
    return SealByScope(in, std::move(expr));
  }
  expr = ReadExpr(in);
  if (expr.kind == Kind::kScalarQuery && AtQueryTail(in)) {
    Query query = std::move(*expr.query);
    expr.query = ReadQueryTail(in, std::move(query));
    in.ExpectSymbol(")");
    expr.span = in.SpanFrom(first);
    return SealByScope(in, std::move(expr));
  }
  if (in.AcceptSymbol(",")) {
    Expr row(Kind::kRow, first.span);
    row.args.push_back(std::move(expr));
    do {
      row.args.push_back(ReadExpr(in));
    } while (in.AcceptSymbol(","));
    in.ExpectSymbol(")");
    row.span = in.SpanFrom(first);
    return SealByScope(in, std::move(row));
  }
  in.ExpectSymbol(")");
  // (a - b) DAY: the time between two times as an interval.
  if (expr.kind == Kind::kBinary && expr.binary == BinaryOp::kSubtract && !expr.interval && AtDifferenceUnit(in)) {
    expr.interval = ReadIntervalUnits(in);
  }
  expr.span = in.SpanFrom(first);
  return expr;
}

bool IsNiladic(const TokenStream& in) {
  if (in.IsSymbol("(", 1) || in.IsSymbol(".", 1)) return false;
  for (const std::string_view word : kNiladic) {
    if (in.IsWord(word)) return true;
  }
  return false;
}

Expr ReadNiladic(TokenStream& in) {
  Expr expr = Leaf(in, Kind::kCall, in.Peek().span);
  Call call;
  call.name.push_back(in.ExpectAnyWord());
  call.niladic = true;
  expr.call = std::move(call);
  return expr;
}

// a.b.c, t.*, f(..) or catalog.database.f(..).
Expr ReadPathOrCall(TokenStream& in) {
  constexpr size_t kMaxParts = 64;
  const Token first = in.Peek();
  const bool quoted = first.kind == TokenKind::kQuotedName;
  Path path;
  path.push_back(in.ExpectAnyWord());
  while (in.AcceptSymbol(".")) {
    in.Note(Expected::kColumn);
    if (in.IsSymbol("*")) {
      in.Take();
      Expr star = Leaf(in, Kind::kStar, in.SpanFrom(first));
      star.path = std::move(path);
      return star;
    }
    if (path.size() == kMaxParts) TokenStream::FailAt(in.Peek().span, "The name has too many parts.");
    path.push_back(in.ExpectMember());
  }
  if (in.IsSymbol("(")) return ReadCall(in, std::move(path), quoted);
  Expr expr = Leaf(in, Kind::kPath, in.SpanFrom(first));
  expr.path = std::move(path);
  return expr;
}

// A primary that begins with a word of its own meaning; nullopt when the word is just a name.
std::optional<Expr> ReadWordPrimary(TokenStream& in) {
  const Span span = in.Peek().span;
  if (in.IsWord("NULL")) {
    in.Take();
    return Leaf(in, Kind::kNullLiteral, span);
  }
  if (in.IsWord("TRUE") || in.IsWord("FALSE")) {
    Expr expr = Leaf(in, Kind::kBooleanLiteral, span);
    expr.value = in.IsWord("TRUE");
    in.Take();
    return expr;
  }
  if (in.IsString(1)) {
    if (in.IsWord("DATE")) return ReadTemporalLiteral(in, Kind::kDateLiteral);
    if (in.IsWord("TIME")) return ReadTemporalLiteral(in, Kind::kTimeLiteral);
    if (in.IsWord("TIMESTAMP")) return ReadTemporalLiteral(in, Kind::kTimestampLiteral);
  }
  const bool sign = (in.IsSymbol("-", 1) || in.IsSymbol("+", 1)) && in.IsString(2);
  if (in.IsWord("INTERVAL") &&
      (in.IsString(1) || sign || in.Peek(1).kind == TokenKind::kEnd || in.Peek(1).kind == TokenKind::kInteger)) {
    return ReadInterval(in);
  }
  if (in.IsWord("CASE")) return ReadCase(in);
  if (in.IsWord("EXISTS")) return ReadExists(in);
  if (in.IsWord("CAST")) return ReadCast(in, Kind::kCast);
  if (in.IsSymbol("(", 1) || in.IsSymbol("[", 1)) {
    if (in.IsWord("TRY_CAST")) return ReadCast(in, Kind::kTryCast);
    if (in.IsWord("ARRAY")) return ReadCollection(in, Kind::kArray);
    if (in.IsWord("MAP")) return ReadCollection(in, Kind::kMap);
    if (in.IsWord("MULTISET")) return ReadCollection(in, Kind::kMultiset);
    if (in.IsWord("ROW") && in.IsSymbol("(", 1)) return ReadRowConstructor(in);
    // Clause words that are functions too.
    if (in.IsSymbol("(", 1) && (in.IsWord("LEFT") || in.IsWord("RIGHT"))) return ReadPathOrCall(in);
  }
  if (IsNiladic(in)) return ReadNiladic(in);
  return std::nullopt;
}

std::string HintForMissingExpression(const TokenStream& in) {
  const Token& token = in.Peek();
  if (in.IsSymbol("=") && in.previous().text == "=") return "Equality is written with one '='.";
  const bool ends =
      in.IsSymbol(",", 1) || in.IsSymbol("=", 1) || in.IsSymbol(")", 1) || in.IsWord("FROM", 1) || in.IsWord("AS", 1);
  if (token.kind != TokenKind::kWord || !ends) return "";
  const std::string word(token.text);
  return "'" + word + "' is a reserved word: write it in backticks (`" + word + "`) to use it as a name.";
}

Expr ReadUnqualified(TokenStream& in) {
  const Token& token = in.Peek();
  switch (token.kind) {
    case TokenKind::kString:
    case TokenKind::kUnicodeString:
    case TokenKind::kEscapeString: return ReadStringLiteral(in);
    case TokenKind::kBinaryString: return ReadBinaryLiteral(in);
    case TokenKind::kInteger: return ReadNumber(in, Kind::kIntegerLiteral);
    case TokenKind::kDecimal: return ReadNumber(in, Kind::kDecimalLiteral);
    case TokenKind::kDouble: return ReadNumber(in, Kind::kDoubleLiteral);
    case TokenKind::kSymbol:
      if (token.text == "(") return ReadParenthesized(in);
      if (token.text == "?") {
        TokenStream::FailAt(token.span, "Dynamic parameters (?) have no value in a script.", "Write the value itself.");
      }
      break;
    case TokenKind::kWord: {
      if (std::optional<Expr> expr = ReadWordPrimary(in)) return std::move(*expr);
      break;
    }
    case TokenKind::kQuotedName:
    case TokenKind::kHintStart:
    case TokenKind::kHintEnd:
    case TokenKind::kComment:
    case TokenKind::kError:
    case TokenKind::kEnd: break;
  }
  in.Note(Expected::kExpression);
  if (in.IsName()) return ReadPathOrCall(in);
  in.Fail({}, HintForMissingExpression(in));
}

}  // namespace

Expr ReadPrimary(TokenStream& in) {
  const Span start = in.Peek().span;
  Expr expr = ReadUnqualified(in);
  while (true) {
    if (expr.kind == Kind::kStar) return expr;
    Expr outer(Kind::kElement, start);
    if (in.AcceptSymbol("[")) {
      outer.args.push_back(std::move(expr));
      outer.args.push_back(ReadExpr(in));
      in.ExpectSymbol("]");
    } else if (in.AcceptSymbol(".")) {
      outer.kind = Kind::kField;
      outer.args.push_back(std::move(expr));
      outer.path.push_back(in.ExpectMember());
    } else {
      return expr;
    }
    outer.span = in.SpanFrom(start);
    expr = SealByArgs(in, std::move(outer));
  }
}

}  // namespace millrace::sql
