#include <algorithm>

#include "base/strings.h"
#include "sql/grammar.h"
#include "sql/keywords.h"
#include "sql/parser.h"

namespace millrace::sql {
namespace {

using Kind = Statement::Kind;

Statement Make(Kind kind) {
  Statement statement;
  statement.kind = kind;
  return statement;
}

Statement ReadQueryStatement(TokenStream& in) {
  Statement statement = Make(Kind::kQuery);
  statement.query = ReadQuery(in);
  return statement;
}

// STATEMENT SET BEGIN ..; ..; END
Statement ReadWholeStatementSet(TokenStream& in) {
  in.ExpectSequence({"STATEMENT", "SET", "BEGIN"});
  Statement set = Make(Kind::kStatementSet);
  while (!in.Accept("END")) {
    const Token first = in.Peek();
    in.Expect("INSERT");
    Statement insert = ReadInsert(in);
    insert.span = in.SpanFrom(first);
    set.statements.push_back(std::move(insert));
    in.ExpectSymbol(";");
    while (in.IsSymbol(";")) in.Take();
  }
  return set;
}

// What EXPLAIN, EXECUTE and COMPILE PLAN .. FOR apply to.
Statement ReadInner(TokenStream& in) {
  const Nesting nesting(in);
  const Token first = in.Peek();
  Statement inner;
  if (in.IsWord("STATEMENT") && in.IsWord("SET", 1)) {
    inner = ReadWholeStatementSet(in);
  } else if (in.Accept("INSERT")) {
    inner = ReadInsert(in);
  } else if (in.Accept("CREATE")) {
    inner = ReadCreate(in);
  } else if (in.Accept("DELETE")) {
    inner = ReadDelete(in);
  } else if (in.Accept("UPDATE")) {
    inner = ReadUpdate(in);
  } else if (in.Accept("EXECUTE")) {
    inner = ReadInner(in);
  } else {
    if (!AtQueryStart(in) && !in.IsSymbol("(")) {
      in.Note(Expected::kStatement);
      for (const std::string_view word : {"SELECT", "WITH", "VALUES", "STATEMENT"}) in.Accept(word);
      in.Fail();
    }
    inner = ReadQueryStatement(in);
  }
  inner.span = in.SpanFrom(first);
  return inner;
}

bool AcceptExplainDetail(TokenStream& in, Explain* explain) {
  if (in.Accept("ESTIMATED_COST")) return explain->estimated_cost = true;
  if (in.Accept("CHANGELOG_MODE")) return explain->changelog_mode = true;
  if (in.Accept("JSON_EXECUTION_PLAN")) return explain->json_execution_plan = true;
  if (in.Accept("PLAN_ADVICE")) return explain->plan_advice = true;
  return false;
}

Statement ReadExplain(TokenStream& in) {
  Statement statement = Make(Kind::kExplain);
  Explain explain;
  if (!in.AcceptSequence({"PLAN", "FOR"}) && AcceptExplainDetail(in, &explain)) {
    while (in.AcceptSymbol(",")) {
      if (!AcceptExplainDetail(in, &explain)) in.Fail();
    }
  }
  statement.explain = explain;
  statement.statements.push_back(ReadInner(in));
  return statement;
}

// 'file' [IF NOT EXISTS] [FOR ..], behind COMPILE PLAN, EXECUTE PLAN or COMPILE AND EXECUTE PLAN.
Statement ReadPlan(TokenStream& in, bool compile, bool execute) {
  Statement statement = Make(Kind::kPlan);
  PlanCommand plan;
  plan.compile = compile;
  plan.execute = execute;
  plan.file = in.ExpectString();
  if (compile) {
    plan.if_not_exists = !execute && AcceptIfNotExists(in);
    in.Expect("FOR");
    statement.statements.push_back(ReadInner(in));
  }
  statement.plan = std::move(plan);
  return statement;
}

Statement ReadCompile(TokenStream& in) {
  const bool execute = in.AcceptSequence({"AND", "EXECUTE"});
  in.Expect("PLAN");
  return ReadPlan(in, true, execute);
}

Statement ReadExecute(TokenStream& in) {
  if (in.Accept("PLAN")) return ReadPlan(in, false, true);
  return ReadInner(in);
}

Statement ReadUse(TokenStream& in) {
  if (in.IsWord("CATALOG") && in.IsName(1)) {
    in.Take();
    Statement statement = Make(Kind::kUseCatalog);
    statement.path = in.ExpectPath(Expected::kCatalog, 1);
    return statement;
  }
  if (in.IsWord("MODULES") && in.IsName(1)) {
    in.Take();
    Statement statement = Make(Kind::kUseModules);
    ModuleCommand module;
    do {
      module.names.push_back(in.ExpectName(Expected::kModule));
    } while (in.AcceptSymbol(","));
    statement.module = std::move(module);
    return statement;
  }
  in.Accept("CATALOG");
  in.Accept("MODULES");
  Statement statement = Make(Kind::kUseDatabase);
  statement.path = in.ExpectPath(Expected::kDatabase, 2);
  return statement;
}

Statement ReadModule(TokenStream& in, Kind kind) {
  in.Expect("MODULE");
  Statement statement = Make(kind);
  ModuleCommand module;
  module.names.push_back(in.ExpectName(Expected::kModule));
  if (kind == Kind::kLoadModule && in.Accept("WITH")) module.options = ReadOptions(in);
  statement.module = std::move(module);
  return statement;
}

Statement ReadStop(TokenStream& in) {
  in.Expect("JOB");
  Statement statement = Make(Kind::kStopJob);
  statement.text = in.ExpectString();
  while (in.Accept("WITH")) {
    if (in.Accept("SAVEPOINT")) {
      statement.with_savepoint = true;
    } else {
      in.Expect("DRAIN");
      statement.with_drain = true;
    }
  }
  return statement;
}

Statement ReadTruncate(TokenStream& in) {
  in.Expect("TABLE");
  Statement statement = Make(Kind::kTruncateTable);
  statement.path = in.ExpectPath(Expected::kTable);
  return statement;
}

Statement ReadCallStatement(TokenStream& in) {
  Statement statement = Make(Kind::kCallProcedure);
  const bool quoted = in.Peek().kind == TokenKind::kQuotedName;
  Path name = in.ExpectPath(Expected::kFunction);
  statement.expr = ReadCall(in, std::move(name), quoted);
  return statement;
}

Statement ReadEnd(TokenStream& in) { return Make(Kind::kEnd); }
Statement ReadReplace(TokenStream& in) { return ReadReplaceTable(in, false); }
Statement ReadLoad(TokenStream& in) { return ReadModule(in, Kind::kLoadModule); }
Statement ReadUnload(TokenStream& in) { return ReadModule(in, Kind::kUnloadModule); }

struct Rule {
  std::string_view word;
  Statement (*read)(TokenStream&);
};

// Statements told by their first word, which is taken before the rule runs.
constexpr Rule kRules[] = {
    {"INSERT", ReadInsert},      {"CREATE", ReadCreate},     {"DROP", ReadDrop},          {"ALTER", ReadAlter},
    {"EXPLAIN", ReadExplain},    {"EXECUTE", ReadExecute},   {"BEGIN", ReadStatementSet}, {"END", ReadEnd},
    {"SHOW", ReadShow},          {"DESCRIBE", ReadDescribe}, {"DESC", ReadDescribe},      {"USE", ReadUse},
    {"STOP", ReadStop},          {"LOAD", ReadLoad},         {"UNLOAD", ReadUnload},      {"COMPILE", ReadCompile},
    {"DELETE", ReadDelete},      {"UPDATE", ReadUpdate},     {"TRUNCATE", ReadTruncate},  {"ANALYZE", ReadAnalyze},
    {"CALL", ReadCallStatement}, {"REPLACE", ReadReplace},
};

void ExpectEnd(TokenStream& in) {
  bool closed = false;
  while (in.AcceptSymbol(";")) closed = true;
  if (in.AtEnd()) return;
  if (closed) in.Fail("the end of the text", "Only one statement can be parsed at a time.");
  in.Fail();
}

template <typename T, typename Read>
Result<T> Parse(std::string_view text, SourcePosition origin, Read read) {
  constexpr size_t kMaxText = size_t{1} << 30;
  if (text.size() > kMaxText) {
    return UserError("SQL parse failed. The text is larger than 1 GiB.").WithCode(std::string(kSqlParserException));
  }
  TokenStream in(text, origin);
  try {
    T tree = read(in);
    ExpectEnd(in);
    return tree;
  } catch (SqlError& error) {
    return std::move(error.error);
  }
}

}  // namespace

Statement ReadStatement(TokenStream& in) {
  const Token first = in.Peek();
  in.Note(Expected::kStatement);
  if (std::optional<Statement> command = ReadClientCommand(in)) return std::move(*command);
  Statement statement;
  const Rule* rule = std::find_if(std::begin(kRules), std::end(kRules),
                                  [&](const Rule& candidate) { return in.IsWord(candidate.word); });
  if (rule != std::end(kRules)) {
    in.Take();
    statement = rule->read(in);
  } else if (AtQueryStart(in) || in.IsSymbol("(")) {
    statement = ReadQueryStatement(in);
  } else {
    std::vector<std::string> words;
    for (const std::string_view word : StatementWords()) {
      in.Accept(word);
      words.emplace_back(word);
    }
    const bool word = in.Peek().kind == TokenKind::kWord;
    in.Fail("a statement", word ? DidYouMean(in.Peek().text, words) : std::string());
  }
  statement.span = in.SpanFrom(first);
  return statement;
}

Result<Statement> ParseStatement(std::string_view text, SourcePosition origin) {
  return Parse<Statement>(text, origin, ReadStatement);
}

Result<Query> ParseQuery(std::string_view text, SourcePosition origin) { return Parse<Query>(text, origin, ReadQuery); }

Result<Expr> ParseExpression(std::string_view text, SourcePosition origin) {
  return Parse<Expr>(text, origin, [](TokenStream& in) { return ReadExpr(in); });
}

Result<TypeName> ParseTypeName(std::string_view text, SourcePosition origin) {
  return Parse<TypeName>(text, origin, ReadType);
}

}  // namespace millrace::sql
