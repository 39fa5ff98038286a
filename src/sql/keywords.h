#pragma once

#include <span>
#include <string_view>

namespace millrace::sql {

// A word that is never a name without backticks here: the clause words (SELECT, FROM, JOIN, AND ..). Any case.
bool IsClauseWord(std::string_view word);

// A word that may name an expression or a table without AS before it. Any case.
bool CanBeBareAlias(std::string_view word);

// A word Flink wants in backticks when used as a name; a superset of the clause words. Any case.
bool IsReserved(std::string_view word);

// A word with a meaning in some statement, reserved or not: for highlighting and completion. Any case.
bool IsKeyword(std::string_view word);

// All of them, in capitals, sorted.
std::span<const std::string_view> Keywords();

// The words a statement can begin with, in capitals.
std::span<const std::string_view> StatementWords();

}  // namespace millrace::sql
