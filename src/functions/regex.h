#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::functions {

// A compiled regular expression in Java's syntax (look-around, back-references, possessive quantifiers), matched by
// PCRE2 with its JIT. A match that takes too long counts as no match. One thread at a time.
class Regex {
 public:
  // Null when the pattern is no regular expression. Kept for later calls of the same thread.
  static const Regex* Find(std::string_view pattern);

  // The first match at or after byte `from`.
  bool Search(std::string_view text, size_t from = 0) const;
  // Of the last match: group 0 is the whole of it; nullopt for a group that took no part or does not exist.
  std::optional<std::string_view> Group(std::string_view text, size_t group) const;
  size_t NumGroups() const { return num_groups_; }  // without group 0

  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;
  ~Regex();

 private:
  struct Code;
  explicit Regex(std::unique_ptr<Code> code, size_t num_groups);
  static std::unique_ptr<Regex> Compile(std::string_view pattern);

  std::unique_ptr<Code> code_;
  size_t num_groups_;
};

// Java's character class intersection and POSIX names in PCRE's words: "[a-z&&[^aeiou]]", "\p{Alnum}".
std::string JavaRegexToPcre(std::string_view pattern);

}  // namespace millrace::functions
