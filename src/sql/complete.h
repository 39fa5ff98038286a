#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sql/ast_base.h"

namespace millrace::sql {

// What may be typed at a cursor: which words of the language, and which kinds of names the session should offer.
struct CompletionContext {
  // The piece of the text that a chosen completion replaces: what was typed of the word so far, with an opening quote.
  size_t replace_offset = 0;
  size_t replace_length = 0;
  std::string prefix;  // the same without its quote
  char quote = '\0';   // '`' or '\'' when the word is quoted

  std::vector<std::string> keywords;  // in capitals, those that begin with the prefix; none inside quotes

  bool tables = false;  // views too
  bool views = false;
  bool databases = false;
  bool catalogs = false;
  bool modules = false;
  bool columns = false;
  bool functions = false;
  bool types = false;
  bool option_keys = false;  // of WITH, or session settings when `settings`
  bool settings = false;     // in SET or RESET

  // The names before a '.', as in `t.<here>`.
  std::vector<std::string> qualifier;
  // The tables the statement names, with their alias ("" when none): where columns come from.
  struct ScopeTable {
    std::vector<std::string> path;
    std::string alias;
  };
  std::vector<ScopeTable> scope;
  // In WITH (..): the keys given so far, with their values where they have one.
  std::map<std::string, std::string> options;
  // The cursor is at the value of this key, of WITH or SET; "" = it is not.
  std::string value_of;
};

// For the cursor at byte `cursor` of `text`, which may hold several statements. Never fails: where the text before the
// cursor cannot be parsed, all keywords, tables, columns and functions are offered.
CompletionContext CompleteAt(std::string_view text, size_t cursor);

}  // namespace millrace::sql
