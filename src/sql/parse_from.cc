#include "sql/grammar.h"
#include "sql/keywords.h"

namespace millrace::sql {
namespace {

// FOR SYSTEM_TIME AS OF x
std::optional<Expr> AcceptSystemTime(TokenStream& in) {
  if (!in.AcceptSequence({"FOR", "SYSTEM_TIME"})) return std::nullopt;
  in.ExpectSequence({"AS", "OF"});
  return ReadExpr(in);
}

// [AS] alias [(columns)]
void ReadAlias(TokenStream& in, TableRef* table) {
  if (in.Accept("AS")) {
    table->alias = in.ExpectName(Expected::kName);
  } else if (in.Peek().kind == TokenKind::kQuotedName ||
             (in.Peek().kind == TokenKind::kWord && CanBeBareAlias(in.Peek().text))) {
    table->alias = in.ExpectAnyWord();
  } else {
    return;
  }
  if (in.IsSymbol("(")) table->column_aliases = ReadNameList(in, Expected::kName);
}

// f(..) as a table; `in` stands at the name.
Expr ReadTableFunction(TokenStream& in) {
  const bool quoted = in.Peek().kind == TokenKind::kQuotedName;
  Path name = in.ExpectPath(Expected::kFunction);
  if (!in.IsSymbol("(")) in.ExpectSymbol("(");
  return ReadCall(in, std::move(name), quoted);
}

TableRef ReadJoins(TokenStream& in);

// From behind UNNEST
void ReadUnnest(TokenStream& in, TableRef* table) {
  table->kind = TableRef::Kind::kUnnest;
  in.ExpectSymbol("(");
  table->arguments = ReadExprList(in);
  in.ExpectSymbol(")");
  if (in.AcceptSequence({"WITH", "ORDINALITY"})) table->with_ordinality = true;
}

// A query or a join in parentheses; `in` stands at the '('.
void ReadParenthesizedTable(TokenStream& in, TableRef* table) {
  in.Take();
  if (AtQueryStart(in)) {
    table->kind = TableRef::Kind::kQuery;
    table->query = ReadQuery(in);
    in.ExpectSymbol(")");
    return;
  }
  TableRef inner = ReadJoins(in);
  const bool bare_query = inner.kind == TableRef::Kind::kQuery && !inner.lateral && inner.alias.empty();
  if (bare_query && AtQueryTail(in)) {
    Query first = std::move(*inner.query);
    inner.query = ReadQueryTail(in, std::move(first));
  }
  in.ExpectSymbol(")");
  *table = std::move(inner);
}

// A table by name, or f(..) without TABLE( ).
void ReadNamedTable(TokenStream& in, TableRef* table) {
  const bool quoted = in.Peek().kind == TokenKind::kQuotedName;
  table->path = in.ExpectPath(Expected::kTable);
  if (in.IsSymbol("(")) {
    table->kind = TableRef::Kind::kFunction;
    table->function = ReadCall(in, std::move(table->path), quoted);
    table->path.clear();
    return;
  }
  table->hints = ReadHints(in);
  table->system_time = AcceptSystemTime(in);
}

// TABLE(f(..)), TABLE(t) or TABLE t; `in` stands at TABLE.
void ReadTableWord(TokenStream& in, TableRef* table) {
  in.Take();
  if (!in.AcceptSymbol("(")) return ReadNamedTable(in, table);
  if (AtQueryStart(in)) {
    table->kind = TableRef::Kind::kQuery;
    table->query = ReadQuery(in);
  } else {
    table->kind = TableRef::Kind::kFunction;
    table->function = ReadTableFunction(in);
  }
  in.ExpectSymbol(")");
}

TableRef ReadTablePrimary(TokenStream& in) {
  TableRef table;
  const Token first = in.Peek();
  in.Note(Expected::kTable);
  const bool lateral = in.Accept("LATERAL");
  if (in.IsWord("UNNEST") && in.IsSymbol("(", 1)) {
    in.Take();
    ReadUnnest(in, &table);
  } else if (in.IsWord("TABLE")) {
    ReadTableWord(in, &table);
  } else if (in.IsSymbol("(")) {
    ReadParenthesizedTable(in, &table);
  } else {
    ReadNamedTable(in, &table);
  }
  if (table.kind == TableRef::Kind::kQuery || table.kind == TableRef::Kind::kFunction) table.lateral |= lateral;
  table.span = in.SpanFrom(first);
  if (in.IsWord("MATCH_RECOGNIZE")) {
    in.Take();
    TableRef outer;
    outer.kind = TableRef::Kind::kMatch;
    outer.left = std::move(table);
    outer.match = ReadMatchRecognize(in);
    table = std::move(outer);
  }
  if (table.alias.empty() && table.kind != TableRef::Kind::kJoin) ReadAlias(in, &table);
  table.span = in.SpanFrom(first);
  return table;
}

// The words of a join up to JOIN. nullopt when no join stands here.
std::optional<JoinType> AcceptJoin(TokenStream& in, bool* natural) {
  *natural = false;
  if (in.AcceptSequence({"CROSS", "JOIN"})) return JoinType::kCross;
  *natural = in.Accept("NATURAL");
  if (in.Accept("JOIN") || in.AcceptSequence({"INNER", "JOIN"})) return JoinType::kInner;
  std::optional<JoinType> type;
  if (in.Accept("LEFT")) {
    type = JoinType::kLeft;
  } else if (in.Accept("RIGHT")) {
    type = JoinType::kRight;
  } else if (in.Accept("FULL")) {
    type = JoinType::kFull;
  } else {
    if (*natural) in.Fail();
    return std::nullopt;
  }
  in.Accept("OUTER");
  if (in.IsWord("SEMI") || in.IsWord("ANTI")) in.Fail({}, "Write WHERE [NOT] EXISTS (..) or [NOT] IN (..).");
  in.Expect("JOIN");
  return type;
}

// ON or USING. `ON CONFLICT` belongs to the INSERT around the query.
void ReadJoinCondition(TokenStream& in, TableRef* join) {
  if (join->join == JoinType::kCross || join->natural) return;
  if (in.IsWord("ON") && in.IsWord("CONFLICT", 1) && in.IsWord("DO", 2)) return;
  if (in.Accept("ON")) {
    join->condition = ReadExpr(in);
  } else if (in.Accept("USING")) {
    join->using_columns = ReadNameList(in, Expected::kColumn);
  }
}

TableRef ReadJoins(TokenStream& in) {
  const Nesting nesting(in);
  const HeightScope scope(in);
  TableRef left = ReadTablePrimary(in);
  bool natural = false;
  while (const std::optional<JoinType> type = AcceptJoin(in, &natural)) {
    in.Grow(in.tallest() + 1, left.span);
    TableRef join;
    join.kind = TableRef::Kind::kJoin;
    join.join = *type;
    join.natural = natural;
    join.span = left.span;
    join.left = std::move(left);
    join.right = ReadTablePrimary(in);
    ReadJoinCondition(in, &join);
    join.span = in.SpanFrom(join.span);
    left = std::move(join);
  }
  return left;
}

}  // namespace

TableRef ReadFrom(TokenStream& in) {
  const HeightScope scope(in);
  TableRef left = ReadJoins(in);
  while (in.AcceptSymbol(",")) {
    in.Grow(in.tallest() + 1, left.span);
    TableRef join;
    join.kind = TableRef::Kind::kJoin;
    join.join = JoinType::kComma;
    join.span = left.span;
    join.left = std::move(left);
    join.right = ReadJoins(in);
    join.span = in.SpanFrom(join.span);
    left = std::move(join);
  }
  return left;
}

}  // namespace millrace::sql
