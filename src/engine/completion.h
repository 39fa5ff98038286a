#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::engine {

// One thing that may be typed at a cursor.
struct Candidate {
  enum class Kind { kColumn, kTable, kOption, kValue, kFunction, kKeyword };
  Kind kind = Kind::kKeyword;
  std::string text;    // what replaces the typed part: with quotes or backticks where it needs them
  std::string detail;  // a type, "TABLE", a signature, a default
  std::string doc;     // a sentence; may be empty
};
std::string_view CandidateKindName(Candidate::Kind kind);  // "column" ..

// Of Session::Complete. The dialect's keywords by context, tables, views, databases, catalogs, columns of the tables
// the statement names, functions, keys and values of WITH by connector and format, settings of SET and their values.
struct Completion {
  size_t from = 0;                    // bytes [from, cursor) are replaced
  std::vector<Candidate> candidates;  // by kind in the order above, then by text; no two the same
};

}  // namespace millrace::engine
