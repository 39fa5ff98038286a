#include "base/strings.h"
#include "sql/grammar.h"

namespace millrace::sql {
namespace {

using Kind = Expr::Kind;

// `PARTITION BY k`, `PARTITION BY (k, l)`, or `PARTITION BY k, l` where what follows each comma can be no argument of
// its own: a name before ',' or ')'.
std::vector<Expr> ReadTablePartition(TokenStream& in) {
  if (in.AcceptSymbol("(")) {
    std::vector<Expr> list = ReadExprList(in);
    in.ExpectSymbol(")");
    return list;
  }
  std::vector<Expr> list;
  list.push_back(ReadExpr(in));
  while (in.IsSymbol(",") && in.IsName(1) && (in.IsSymbol(",", 2) || in.IsSymbol(")", 2))) {
    in.Take();
    list.push_back(ReadExpr(in));
  }
  return list;
}

// [PARTITION BY ..] [ORDER BY ..] behind a table given to a function.
void ReadTableTail(TokenStream& in, TableArgument* table) {
  if (in.AcceptSequence({"PARTITION", "BY"})) table->partition_by = ReadTablePartition(in);
  if (!in.AcceptSequence({"ORDER", "BY"})) return;
  if (in.AcceptSymbol("(")) {
    table->order_by = ReadOrderItems(in);
    in.ExpectSymbol(")");
    return;
  }
  OrderItem item;
  item.expr = ReadExpr(in);
  item.descending = in.Accept("DESC");
  if (!item.descending) in.Accept("ASC");
  table->order_by.push_back(std::move(item));
}

// TABLE t or TABLE (query); also turns an argument that was read as (query) or a plain name into a table.
Expr ReadTableArgument(TokenStream& in) {
  const HeightScope scope(in);
  const Token first = in.Take();
  TableArgument table;
  if (in.AcceptSymbol("(")) {
    table.query = ReadQuery(in);
    in.ExpectSymbol(")");
  } else {
    table.name = in.ExpectPath(Expected::kTable);
    table.hints = ReadHints(in);
  }
  ReadTableTail(in, &table);
  table.span = in.SpanFrom(first);
  Expr expr(Kind::kTableArgument, table.span);
  expr.table = std::move(table);
  return SealByScope(in, std::move(expr));
}

Expr ToTableArgument(TokenStream& in, Expr argument) {
  const HeightScope scope(in);
  in.Grow(argument.height.value, argument.span);
  TableArgument table;
  if (argument.kind == Kind::kScalarQuery) {
    table.query = std::move(argument.query);
  } else {
    table.name = std::move(argument.path);
  }
  ReadTableTail(in, &table);
  table.span = in.SpanFrom(argument.span);
  Expr expr(Kind::kTableArgument, table.span);
  expr.table = std::move(table);
  return SealByScope(in, std::move(expr));
}

Expr ReadDescriptor(TokenStream& in) {
  const Token first = in.Take();
  Expr expr(Kind::kDescriptor, first.span);
  in.ExpectSymbol("(");
  do {
    expr.path.push_back(in.ExpectName(Expected::kColumn));
  } while (in.AcceptSymbol(","));
  in.ExpectSymbol(")");
  expr.span = in.SpanFrom(first);
  return SealByArgs(in, std::move(expr));
}

Expr ReadArgument(TokenStream& in) {
  const Nesting nesting(in);
  const Span start = in.Peek().span;
  const bool word = in.Peek().kind == TokenKind::kWord || in.Peek().kind == TokenKind::kQuotedName;
  if (word && in.IsSymbol("=>", 1)) {
    Expr expr(Kind::kNamedArgument, start);
    expr.path.push_back(in.ExpectAnyWord());
    in.ExpectSymbol("=>");
    expr.args.push_back(ReadArgument(in));
    expr.span = in.SpanFrom(start);
    return SealByArgs(in, std::move(expr));
  }
  if (in.IsWord("TABLE")) return ReadTableArgument(in);
  if (in.IsWord("DESCRIPTOR") && in.IsSymbol("(", 1)) return ReadDescriptor(in);
  if (in.IsWord("DEFAULT") && (in.IsSymbol(",", 1) || in.IsSymbol(")", 1))) {
    in.Take();
    return SealByArgs(in, Expr(Kind::kDefault, start));
  }
  if (in.IsSymbol("*")) {
    in.Take();
    return SealByArgs(in, Expr(Kind::kStar, start));
  }
  Expr expr = ReadExpr(in);
  const bool could_be_table = expr.kind == Kind::kScalarQuery || (expr.kind == Kind::kPath && expr.path.size() <= 3);
  if (could_be_table && in.IsWord("PARTITION") && in.IsWord("BY", 1)) return ToTableArgument(in, std::move(expr));
  return expr;
}

// From behind '(' to ')' inclusive.
void ReadArguments(TokenStream& in, Expr* expr) {
  if (in.AcceptSymbol(")")) return;
  if (in.IsWord("DISTINCT")) {
    in.Take();
    expr->call->distinct = true;
  } else if (in.IsWord("ALL")) {
    in.Take();
  }
  do {
    expr->args.push_back(ReadArgument(in));
  } while (in.AcceptSymbol(","));
  if (in.AcceptSequence({"ORDER", "BY"})) expr->call->order_by = ReadOrderItems(in);
  in.ExpectSymbol(")");
}

// What may stand behind the ')': null treatment, WITHIN GROUP, FILTER, OVER.
void ReadCallTail(TokenStream& in, Call* call) {
  if (in.IsWord("NULLS", 1) && (in.IsWord("IGNORE") || in.IsWord("RESPECT"))) {
    call->nulls = in.IsWord("IGNORE") ? Call::NullTreatment::kIgnore : Call::NullTreatment::kRespect;
    in.Take();
    in.Take();
  }
  if (in.IsWord("WITHIN") && in.IsWord("GROUP", 1)) {
    in.ExpectSequence({"WITHIN", "GROUP"});
    in.ExpectSymbol("(");
    in.ExpectSequence({"ORDER", "BY"});
    call->within_group = ReadOrderItems(in);
    in.ExpectSymbol(")");
  }
  if (in.IsWord("FILTER") && in.IsSymbol("(", 1)) {
    in.Take();
    in.ExpectSymbol("(");
    in.Expect("WHERE");
    call->filter = ReadExpr(in);
    in.ExpectSymbol(")");
  }
  if (!in.Accept("OVER")) return;
  const Token first = in.Peek();
  if (in.AcceptSymbol("(")) {
    call->over = ReadWindowSpec(in);
  } else {
    WindowSpec spec;
    spec.base = in.ExpectName(Expected::kName);
    spec.only_name = true;
    call->over = std::move(spec);
  }
  call->over->span = in.SpanFrom(first);
}

FrameBound ReadBound(TokenStream& in) {
  FrameBound bound;
  if (in.AcceptSequence({"CURRENT", "ROW"})) return bound;
  const bool unbounded = in.Accept("UNBOUNDED");
  if (!unbounded) bound.offset = ReadExpr(in, kSumPrecedence);
  if (in.Accept("PRECEDING")) {
    bound.kind = unbounded ? FrameBound::Kind::kUnboundedPreceding : FrameBound::Kind::kPreceding;
  } else {
    in.Expect("FOLLOWING");
    bound.kind = unbounded ? FrameBound::Kind::kUnboundedFollowing : FrameBound::Kind::kFollowing;
  }
  return bound;
}

}  // namespace

std::vector<OrderItem> ReadOrderItems(TokenStream& in) {
  std::vector<OrderItem> items;
  do {
    OrderItem item;
    item.expr = ReadExpr(in);
    item.descending = in.Accept("DESC");
    if (!item.descending) in.Accept("ASC");
    if (in.AcceptSequence({"NULLS", "FIRST"})) {
      item.nulls = OrderItem::Nulls::kFirst;
    } else if (in.AcceptSequence({"NULLS", "LAST"})) {
      item.nulls = OrderItem::Nulls::kLast;
    }
    items.push_back(std::move(item));
  } while (in.AcceptSymbol(","));
  return items;
}

WindowSpec ReadWindowSpec(TokenStream& in) {
  WindowSpec spec;
  const Token first = in.previous();
  const bool partition = in.IsWord("PARTITION") && in.IsWord("BY", 1);
  const bool frame = (in.IsWord("ROWS") || in.IsWord("RANGE")) && !in.IsSymbol(")", 1);
  if (in.IsName() && !partition && !frame) spec.base = in.ExpectName(Expected::kName);
  if (in.AcceptSequence({"PARTITION", "BY"})) spec.partition_by = ReadExprList(in);
  if (in.AcceptSequence({"ORDER", "BY"})) spec.order_by = ReadOrderItems(in);
  spec.rows = in.Accept("ROWS");
  spec.has_frame = spec.rows || in.Accept("RANGE");
  if (spec.has_frame) {
    if (in.Accept("BETWEEN")) {
      spec.start = ReadBound(in);
      in.Expect("AND");
      spec.end = ReadBound(in);
    } else {
      spec.start = ReadBound(in);
    }
  }
  in.ExpectSymbol(")");
  spec.span = in.SpanFrom(first);
  return spec;
}

Expr ReadCall(TokenStream& in, Path name, bool quoted) {
  const HeightScope scope(in);
  const Span start = PathSpan(name);
  Expr expr(Kind::kCall, start);
  const bool plain = name.size() == 1 && !quoted;
  const std::string upper = plain ? ToUpper(name[0].name) : std::string();
  expr.call = Call();
  expr.call->name = std::move(name);
  in.ExpectSymbol("(");
  if (!plain || !ReadSpecialArguments(in, upper, &expr)) ReadArguments(in, &expr);
  ReadCallTail(in, expr.call.get());
  expr.span = in.SpanFrom(start);
  return SealByScope(in, std::move(expr));
}

}  // namespace millrace::sql
