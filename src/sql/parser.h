#pragma once

#include <string_view>

#include "base/result.h"
#include "sql/ast.h"
#include "sql/lexer.h"

namespace millrace::sql {

// Flink's SQL dialect (1.16 .. 2.x), as one recursive-descent parser. Each function reads the whole text, with or
// without a closing ';', and gives one tree; spans are counted from `origin`. Wider than Flink where nothing becomes
// ambiguous: reserved words such as `value` or `timestamp` are names wherever only a name fits, interval numbers may
// have any number of digits, SET and ADD JAR take values without quotes.
//
// Errors are the user's, with code kSqlParserException (ValidationException for clauses that Flink's validator refuses:
// a PRIMARY KEY without NOT ENFORCED, two watermarks), a span and where possible a hint. Messages begin
// `SQL parse failed. Encountered "x" at line 1, column 8.`; text that ends too early says `Encountered "<EOF>"`.
// Any bytes are safe: nesting deeper than 400 and trees higher than kMaxTreeHeight are errors.
Result<Statement> ParseStatement(std::string_view text, SourcePosition origin = {});
Result<Query> ParseQuery(std::string_view text, SourcePosition origin = {});
Result<Expr> ParseExpression(std::string_view text, SourcePosition origin = {});
Result<TypeName> ParseTypeName(std::string_view text, SourcePosition origin = {});

}  // namespace millrace::sql
