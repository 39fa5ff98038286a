#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace::functions {

// A compiled LIKE pattern: `%` any text, `_` one character, `escape` (may be absent) before a character to mean itself.
class LikePattern {
 public:
  // Fails on an escape character that is not one character or stands before another one than %, _ or itself.
  static Result<LikePattern> Compile(std::string_view pattern, std::string_view escape, bool ignore_case = false);
  bool Matches(std::string_view text) const;

 private:
  enum class Shape { kExact, kPrefix, kSuffix, kContains, kGeneral };
  bool MatchesCased(std::string_view text) const;

  Shape shape_ = Shape::kGeneral;
  bool ignore_case_ = false;
  std::string literal_;  // of all shapes but kGeneral
  // kGeneral: a piece of literal bytes, or one of the wildcards.
  std::string pattern_;  // literal bytes; wildcards are marked in `kinds_`
  std::string kinds_;    // per byte of pattern_: 'c' itself, '%', '_'
};

// The regular expression (PCRE) of a SQL:2003 SIMILAR TO pattern.
Result<std::string> SimilarToRegex(std::string_view pattern, std::string_view escape);

}  // namespace millrace::functions
