#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sql/ast.h"
#include "sql/token_stream.h"

// The grammar's rules, one function each: they read from the stream and throw SqlError. Internal to this folder.
namespace millrace::sql {

// parse_type.cc
TypeName ReadType(TokenStream& in);
std::optional<TimeUnit> AcceptTimeUnit(TokenStream& in);  // plurals and SQL_TSI_.. too
IntervalUnits ReadIntervalUnits(TokenStream& in);

// parse_expr.cc
enum Precedence : int {
  kAnyPrecedence = 0,
  kOrPrecedence = 22,
  kAndPrecedence = 24,
  kNotPrecedence = 26,
  kIsPrecedence = 28,
  kComparisonPrecedence = 30,
  kMembershipPrecedence = 32,  // IN, BETWEEN, LIKE
  kSumPrecedence = 40,
  kProductPrecedence = 60,  // ||  too
  kSignPrecedence = 80,
  kPostfixPrecedence = 100,
};
Precedence PrecedenceOf(BinaryOp op);
Expr ReadExpr(TokenStream& in, int min_precedence = kAnyPrecedence);
std::vector<Expr> ReadExprList(TokenStream& in);

// Give a node its height: from its args, or from everything read since the innermost HeightScope began.
Expr SealByArgs(TokenStream& in, Expr expr);
Expr SealByScope(TokenStream& in, Expr expr);

// parse_primary.cc
Expr ReadPrimary(TokenStream& in);

// parse_call.cc: `in` stands at the '(' behind `name`; `quoted`: the name was in backticks, so no special form is
// meant.
Expr ReadCall(TokenStream& in, Path name, bool quoted);
std::vector<OrderItem> ReadOrderItems(TokenStream& in);  // behind ORDER BY
WindowSpec ReadWindowSpec(TokenStream& in);              // behind '(', takes the ')'

// parse_special_call.cc: the rest of a call with keywords between its arguments, from behind '(' to ')' inclusive.
// False when `name` has no such form.
bool ReadSpecialArguments(TokenStream& in, const std::string& name, Expr* call);

// parse_query.cc
bool AtQueryStart(const TokenStream& in, size_t ahead = 0);  // SELECT, WITH, VALUES, and TABLE t
Query ReadQuery(TokenStream& in);
// The rest of a query whose first operand was read as (query): set operations, ORDER BY, LIMIT.
Query ReadQueryTail(TokenStream& in, Query first);
bool AtQueryTail(const TokenStream& in);
std::vector<Hint> ReadHints(TokenStream& in);                          // none when there is no /*+
std::vector<Identifier> ReadNameList(TokenStream& in, Expected what);  // with its parentheses

// parse_from.cc
TableRef ReadFrom(TokenStream& in);

// parse_match.cc: from behind MATCH_RECOGNIZE
MatchRecognize ReadMatchRecognize(TokenStream& in);

// parse_statement.cc
Statement ReadStatement(TokenStream& in);

// parse_create.cc, parse_table_parts.cc: from behind CREATE or REPLACE
Statement ReadCreate(TokenStream& in);
Statement ReadReplaceTable(TokenStream& in, bool create);
std::vector<Option> ReadOptions(TokenStream& in);  // with its parentheses
std::vector<Option> ReadKeys(TokenStream& in);     // ('a', 'b')
bool AcceptIfNotExists(TokenStream& in);
bool AcceptIfExists(TokenStream& in);
FunctionDef ReadFunctionDef(TokenStream& in);  // from the name on
struct TableParts {
  std::vector<ColumnDef> columns;
  std::optional<WatermarkDef> watermark;
  std::optional<PrimaryKeyDef> primary_key;
  std::optional<Distribution> distribution;
};
// One column, watermark or key. `positions`: FIRST and AFTER x are allowed.
void ReadTablePart(TokenStream& in, bool positions, TableParts* parts);
Distribution ReadDistribution(TokenStream& in);  // from behind DISTRIBUTED

// parse_alter.cc: from behind ALTER, DROP
Statement ReadAlter(TokenStream& in);
Statement ReadDrop(TokenStream& in);

// parse_show.cc: from behind SHOW, DESCRIBE
Statement ReadShow(TokenStream& in);
Statement ReadDescribe(TokenStream& in);

// parse_dml.cc: from behind the first word
Statement ReadInsert(TokenStream& in);
Statement ReadDelete(TokenStream& in);
Statement ReadUpdate(TokenStream& in);
Statement ReadAnalyze(TokenStream& in);
Statement ReadStatementSet(TokenStream& in);                 // from behind BEGIN
std::vector<PartitionValue> ReadPartition(TokenStream& in);  // from behind PARTITION

// client_command.cc: SET, RESET, ADD JAR, REMOVE JAR with or without quotes; CLEAR, HELP, QUIT, EXIT. nullopt when `in`
// stands at none of them.
std::optional<Statement> ReadClientCommand(TokenStream& in);

}  // namespace millrace::sql
