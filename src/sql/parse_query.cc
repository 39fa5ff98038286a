#include "sql/grammar.h"
#include "sql/keywords.h"

namespace millrace::sql {
namespace {

Hint::Argument ReadHintArgument(TokenStream& in) {
  Hint::Argument argument;
  const Token first = in.Peek();
  if (in.IsString()) {
    argument.value = in.ExpectString();
  } else if (first.kind == TokenKind::kInteger || first.kind == TokenKind::kDecimal) {
    argument.value = std::string(in.Take().text);
  } else {
    argument.value = DottedPath(in.ExpectPath(Expected::kOptionKey, 64));
    argument.is_name = true;
  }
  if (in.AcceptSymbol("=")) {
    argument.key = std::move(argument.value);
    argument.is_name = false;
    argument.value = in.ExpectString();
  }
  argument.span = in.SpanFrom(first);
  return argument;
}

// expr [AS alias]
SelectItem ReadSelectItem(TokenStream& in) {
  SelectItem item;
  if (in.IsSymbol("*")) {
    item.expr = Expr(Expr::Kind::kStar, in.Take().span);
    return item;
  }
  item.expr = ReadExpr(in);
  if (item.expr.kind == Expr::Kind::kStar) return item;
  if (in.Accept("AS")) {
    if (in.IsString()) in.Fail("a name", "Single quotes make strings: write the alias plain or in backticks.");
    item.alias = in.ExpectName(Expected::kName);
  } else if (in.Peek().kind == TokenKind::kQuotedName ||
             (in.Peek().kind == TokenKind::kWord && CanBeBareAlias(in.Peek().text))) {
    item.alias = in.ExpectAnyWord();
  }
  return item;
}

std::vector<GroupItem> ReadGroupItems(TokenStream& in);

// () or (a, b); but (a) alone, and (a) + b, are expressions.
GroupItem ReadGroupItem(TokenStream& in) {
  const Nesting nesting(in);
  GroupItem item;
  const Token first = in.Peek();
  const auto special = [&](GroupItem::Kind kind) {
    item.kind = kind;
    in.ExpectSymbol("(");
    item.items = ReadGroupItems(in);
    in.ExpectSymbol(")");
  };
  if (in.IsWord("GROUPING") && in.IsWord("SETS", 1)) {
    in.ExpectSequence({"GROUPING", "SETS"});
    special(GroupItem::Kind::kGroupingSets);
  } else if (in.IsWord("CUBE") && in.IsSymbol("(", 1)) {
    in.Take();
    special(GroupItem::Kind::kCube);
  } else if (in.IsWord("ROLLUP") && in.IsSymbol("(", 1)) {
    in.Take();
    special(GroupItem::Kind::kRollup);
  } else if (in.IsSymbol("(") && in.IsSymbol(")", 1)) {
    in.Take();
    in.Take();
    item.kind = GroupItem::Kind::kSet;
  } else {
    Expr expr = ReadExpr(in);
    // (a, b) without ROW is a list of keys here.
    if (expr.kind == Expr::Kind::kRow && first.text == "(") {
      item.kind = GroupItem::Kind::kSet;
      item.exprs = std::move(expr.args);
    } else {
      item.exprs.push_back(std::move(expr));
    }
  }
  item.span = in.SpanFrom(first);
  return item;
}

std::vector<GroupItem> ReadGroupItems(TokenStream& in) {
  std::vector<GroupItem> items;
  do {
    items.push_back(ReadGroupItem(in));
  } while (in.AcceptSymbol(","));
  return items;
}

void ReadGroupBy(TokenStream& in, Select* select) {
  select->has_group_by = true;
  if (in.Accept("DISTINCT")) {
    select->group_distinct = true;
  } else {
    in.Accept("ALL");
  }
  select->group_by = ReadGroupItems(in);
}

void ReadWindows(TokenStream& in, Select* select) {
  do {
    NamedWindow window;
    window.name = in.ExpectName(Expected::kName);
    in.Expect("AS");
    in.ExpectSymbol("(");
    window.spec = ReadWindowSpec(in);
    select->windows.push_back(std::move(window));
  } while (in.AcceptSymbol(","));
}

// A clause given after one that must follow it gets a message of its own.
void RefuseEarlierClause(TokenStream& in) {
  for (const std::string_view word : {"FROM", "WHERE", "GROUP", "HAVING"}) {
    if (in.IsWord(word)) {
      in.Fail({}, "The order of clauses is SELECT, FROM, WHERE, GROUP BY, HAVING, WINDOW, QUALIFY, ORDER BY, LIMIT.");
    }
  }
}

// From behind SELECT.
Select ReadSelect(TokenStream& in, const Token& first) {
  Select select;
  select.hints = ReadHints(in);
  if (in.IsWord("STREAM") && !in.IsSymbol(",", 1) && !in.IsWord("FROM", 1)) in.Take();
  if (in.Accept("DISTINCT")) {
    select.distinct = true;
  } else {
    in.Accept("ALL");
  }
  do {
    select.items.push_back(ReadSelectItem(in));
  } while (in.AcceptSymbol(","));
  if (in.Accept("FROM")) select.from = ReadFrom(in);
  if (in.Accept("WHERE")) select.where = ReadExpr(in);
  if (in.AcceptSequence({"GROUP", "BY"})) ReadGroupBy(in, &select);
  if (in.Accept("HAVING")) select.having = ReadExpr(in);
  if (in.Accept("QUALIFY")) select.qualify = ReadExpr(in);
  if (in.Accept("WINDOW")) ReadWindows(in, &select);
  if (!select.qualify && in.Accept("QUALIFY")) select.qualify = ReadExpr(in);
  RefuseEarlierClause(in);
  select.span = in.SpanFrom(first);
  return select;
}

// One operand of a set operation.
QueryBody ReadOperand(TokenStream& in) {
  const Nesting nesting(in);
  QueryBody body;
  const Token first = in.Peek();
  if (in.Accept("SELECT")) {
    body.select = ReadSelect(in, first);
  } else if (in.Accept("VALUES")) {
    body.kind = QueryBody::Kind::kValues;
    body.rows = ReadExprList(in);
  } else if (in.Accept("TABLE")) {
    body.kind = QueryBody::Kind::kTable;
    body.table = in.ExpectPath(Expected::kTable);
  } else if (in.AcceptSymbol("(")) {
    body.kind = QueryBody::Kind::kNested;
    body.query = ReadQuery(in);
    in.ExpectSymbol(")");
    // Plain parentheses mean nothing.
    if (body.query->with.empty() && body.query->order_by.empty() && !body.query->limit && !body.query->offset) {
      QueryBody inner = std::move(body.query->body);
      body = std::move(inner);
    }
  } else {
    in.Fail();
  }
  body.span = in.SpanFrom(first);
  return body;
}

std::optional<QueryBody::Kind> SetOperation(const TokenStream& in) {
  if (in.IsWord("UNION")) return QueryBody::Kind::kUnion;
  if (in.IsWord("INTERSECT")) return QueryBody::Kind::kIntersect;
  if (in.IsWord("EXCEPT") || in.IsWord("MINUS")) return QueryBody::Kind::kExcept;
  return std::nullopt;
}

// Set operations behind `left`; INTERSECT binds tighter than UNION and EXCEPT. A run of the same operation becomes one
// node.
QueryBody ReadSetOperations(TokenStream& in, QueryBody left, bool intersect_only) {
  bool extendable = false;  // `left` was made here, so that a further operand of the same kind can join it
  while (const std::optional<QueryBody::Kind> kind = SetOperation(in)) {
    if (intersect_only && kind != QueryBody::Kind::kIntersect) break;
    in.Take();
    const bool all = in.Accept("ALL");
    if (!all) in.Accept("DISTINCT");
    QueryBody right = ReadOperand(in);
    if (kind != QueryBody::Kind::kIntersect) right = ReadSetOperations(in, std::move(right), true);
    if (!extendable || left.kind != *kind || left.all != all) {
      in.Grow(in.tallest() + 1, left.span);
      QueryBody outer;
      outer.kind = *kind;
      outer.all = all;
      outer.span = left.span;
      outer.inputs.push_back(std::move(left));
      left = std::move(outer);
      extendable = true;
    }
    left.inputs.push_back(std::move(right));
    left.span = in.SpanFrom(left.span);
  }
  if (!intersect_only) {  // none stands here: remembered for messages and completion
    in.Accept("UNION");
    in.Accept("INTERSECT");
    in.Accept("EXCEPT");
  }
  return left;
}

void ReadOffset(TokenStream& in, Query* query) {
  query->offset = ReadExpr(in, kSumPrecedence);
  if (!in.Accept("ROWS")) in.Accept("ROW");
}

// ORDER BY, LIMIT, OFFSET, FETCH behind the body of a query.
void ReadOrderAndLimit(TokenStream& in, Query* query) {
  if (in.AcceptSequence({"ORDER", "BY"})) query->order_by = ReadOrderItems(in);
  bool limited = false;
  if (in.Accept("LIMIT")) {
    limited = true;
    if (!in.Accept("ALL")) query->limit = ReadExpr(in, kSumPrecedence);
    if (in.IsSymbol(",")) in.Fail({}, "Write LIMIT count OFFSET start.");
  }
  if (in.Accept("OFFSET")) ReadOffset(in, query);
  if (!limited && in.Accept("LIMIT")) {
    limited = true;
    if (!in.Accept("ALL")) query->limit = ReadExpr(in, kSumPrecedence);
  }
  if (!limited && in.Accept("FETCH")) {
    if (!in.Accept("FIRST")) in.Expect("NEXT");
    query->limit = in.IsWord("ROW") || in.IsWord("ROWS") ? Expr() : ReadExpr(in, kSumPrecedence);
    if (query->limit->kind == Expr::Kind::kNullLiteral) {  // FETCH FIRST ROW ONLY
      query->limit->kind = Expr::Kind::kIntegerLiteral;
      query->limit->text = "1";
      query->limit->span = in.Peek().span;
    }
    if (!in.Accept("ROWS")) in.Expect("ROW");
    in.Expect("ONLY");
  }
}

void ReadWith(TokenStream& in, Query* query) {
  query->recursive = in.Accept("RECURSIVE");
  do {
    CommonTable table;
    table.name = in.ExpectName(Expected::kName);
    if (in.IsSymbol("(")) table.columns = ReadNameList(in, Expected::kName);
    in.Expect("AS");
    in.ExpectSymbol("(");
    table.query = ReadQuery(in);
    in.ExpectSymbol(")");
    query->with.push_back(std::move(table));
  } while (in.AcceptSymbol(","));
}

// (query) with nothing around it is the query.
void DropPlainNesting(Query* query) {
  if (query->body.kind != QueryBody::Kind::kNested || !query->with.empty() || !query->order_by.empty() ||
      query->limit || query->offset) {
    return;
  }
  Query inner = std::move(*query->body.query);
  *query = std::move(inner);
}

}  // namespace

bool AtQueryStart(const TokenStream& in, size_t ahead) {
  return in.IsWord("SELECT", ahead) || in.IsWord("WITH", ahead) || in.IsWord("VALUES", ahead) ||
         (in.IsWord("TABLE", ahead) && in.IsName(ahead + 1));
}

bool AtQueryTail(const TokenStream& in) {
  return SetOperation(in).has_value() || in.IsWord("ORDER") || in.IsWord("LIMIT") || in.IsWord("OFFSET") ||
         in.IsWord("FETCH");
}

std::vector<Identifier> ReadNameList(TokenStream& in, Expected what) {
  std::vector<Identifier> names;
  in.ExpectSymbol("(");
  do {
    names.push_back(in.ExpectName(what));
  } while (in.AcceptSymbol(","));
  in.ExpectSymbol(")");
  return names;
}

std::vector<Hint> ReadHints(TokenStream& in) {
  std::vector<Hint> hints;
  if (in.Peek().kind != TokenKind::kHintStart) return hints;
  in.Take();
  do {
    Hint hint;
    hint.name = in.ExpectName(Expected::kName);
    if (in.AcceptSymbol("(")) {
      do {
        if (in.IsSymbol(")")) break;
        hint.arguments.push_back(ReadHintArgument(in));
      } while (in.AcceptSymbol(","));
      in.ExpectSymbol(")");
    }
    hints.push_back(std::move(hint));
    in.AcceptSymbol(",");
  } while (in.IsName());
  if (in.Peek().kind != TokenKind::kHintEnd) in.Fail("\"*/\" or another hint");
  in.Take();
  return hints;
}

Query ReadQuery(TokenStream& in) {
  const Nesting nesting(in);
  const HeightScope scope(in);
  const Token first = in.Peek();
  Query query;
  if (in.Accept("WITH")) ReadWith(in, &query);
  query.body = ReadSetOperations(in, ReadOperand(in), false);
  ReadOrderAndLimit(in, &query);
  DropPlainNesting(&query);
  in.Grow(in.tallest() + 3, first.span);
  query.span = in.SpanFrom(first);
  return query;
}

Query ReadQueryTail(TokenStream& in, Query first) {
  const Nesting nesting(in);
  Query query;
  query.span = first.span;
  if (first.with.empty() && first.order_by.empty() && !first.limit && !first.offset) {
    query.body = std::move(first.body);
  } else {
    query.body.kind = QueryBody::Kind::kNested;
    query.body.span = first.span;
    query.body.query = std::move(first);
  }
  query.body = ReadSetOperations(in, std::move(query.body), false);
  ReadOrderAndLimit(in, &query);
  in.Grow(in.tallest() + 3, query.span);
  query.span = in.SpanFrom(query.span);
  return query;
}

}  // namespace millrace::sql
