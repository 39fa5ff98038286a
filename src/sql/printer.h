#pragma once

#include <string>
#include <string_view>

#include "sql/ast.h"

namespace millrace::sql {

struct PrintOptions {
  bool multi_line = false;  // one clause per line, sub-queries and column lists indented by two
};

// Canonical Flink SQL: keywords and one-part function names in capitals, all other names in backticks, parentheses only
// where the precedence needs them. Parsing the text gives an equal tree, for any tree the parser made. A statement has
// no ';' at its end.
std::string Print(const Statement& statement, PrintOptions options = {});
std::string Print(const Query& query, PrintOptions options = {});
std::string Print(const Expr& expr);
std::string Print(const TypeName& type);
std::string Print(const Path& path);           // "`a`.`b`"
std::string QuoteName(std::string_view name);  // "`a``b`"
std::string QuoteText(std::string_view text);  // "'it''s'"

}  // namespace millrace::sql
