#include "functions/function_tables.h"
#include "functions/kernel.h"
#include "functions/like.h"
#include "functions/regex.h"
#include "functions/typing.h"
#include "functions/utf8.h"

namespace millrace::functions {
namespace {

using Text = std::string_view;

Result<CallTyping> InferLike(std::string_view name, std::span<const Argument> arguments) {
  return TypeBySpec("string, string, string? -> bool", name, arguments);
}

// Patterns are nearly always constants: one is compiled again only when the row's differs from the last one's.
template <bool IgnoreCase>
Result<ColumnPtr> Like(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                       size_t count) {
  const StringRef* texts = arguments[0]->values<StringRef>();
  const StringRef* patterns = arguments[1]->values<StringRef>();
  const StringRef* escapes = arguments.size() == 3 ? arguments[2]->values<StringRef>() : nullptr;
  std::optional<LikePattern> compiled;
  Text last_pattern;
  Text last_escape;
  std::optional<Error> error;
  ColumnPtr out = MapRows<uint8_t>(result, count, CombineValidity(arguments, count), [&](size_t row) -> uint8_t {
    const Text pattern = patterns[row].view();
    const Text escape = escapes == nullptr ? Text() : escapes[row].view();
    if (!compiled || pattern != last_pattern || escape != last_escape) {
      auto made = LikePattern::Compile(pattern, escape, IgnoreCase);
      if (!made.ok()) {
        if (!error) error = std::move(made).error();
        return 0;
      }
      compiled = std::move(made).value();
      last_pattern = pattern;
      last_escape = escape;
    }
    return compiled->Matches(texts[row].view());
  });
  if (error) return std::move(*error);
  return out;
}

Result<bool> SimilarTo(Text text, Text pattern, std::optional<Text> escape) {
  thread_local std::string last_pattern;
  thread_local std::string last_escape;
  thread_local std::string regex_text;
  const Text escape_text = escape.value_or(Text());
  if (regex_text.empty() || last_pattern != pattern || last_escape != escape_text) {
    MR_ASSIGN(regex_text, SimilarToRegex(pattern, escape_text));
    last_pattern = pattern;
    last_escape = escape_text;
  }
  const Regex* regex = Regex::Find(regex_text);
  if (regex == nullptr) return UserError("SIMILAR TO: invalid pattern '" + std::string(pattern) + "'");
  return regex->Search(text);
}

// A bad pattern matches nothing, as in Flink.
bool Regexp(Text text, Text pattern) {
  if (pattern.empty()) return false;
  const Regex* regex = Regex::Find(pattern);
  return regex != nullptr && regex->Search(text);
}

std::optional<Text> RegexpExtract(Text text, Text pattern, std::optional<int64_t> group) {
  const Regex* regex = Regex::Find(pattern);
  if (regex == nullptr || !regex->Search(text)) return std::nullopt;
  if (group && *group < 0) return std::nullopt;
  return regex->Group(text, static_cast<size_t>(group.value_or(0)));
}

// The byte after the match; one character further after an empty one, whose character is passed on by the caller.
size_t AfterMatch(Text text, Text match, size_t at) {
  if (!match.empty() || at >= text.size()) return at + match.size();
  size_t next = at;
  NextCodePoint(text, next);
  return next;
}

// Every match replaced by the text as it is: `$1` has no meaning (Flink quotes the replacement).
bool RegexpReplace(Text text, Text pattern, Text replacement, std::string& out) {
  const Regex* regex = Regex::Find(pattern);
  if (regex == nullptr) return false;
  size_t from = 0;
  size_t copied = 0;
  while (from <= text.size() && regex->Search(text, from)) {
    const Text match = *regex->Group(text, 0);
    const auto at = static_cast<size_t>(match.data() - text.data());
    out += text.substr(copied, at - copied);
    out += replacement;
    copied = at + match.size();
    if (at == text.size()) break;
    from = AfterMatch(text, match, at);
  }
  out += text.substr(copied);
  return true;
}

int32_t CountMatches(Text text, const Regex& regex) {
  int32_t matches = 0;
  for (size_t from = 0; from <= text.size() && regex.Search(text, from);) {
    const Text match = *regex.Group(text, 0);
    const auto at = static_cast<size_t>(match.data() - text.data());
    ++matches;
    if (at == text.size()) break;
    from = AfterMatch(text, match, at);
  }
  return matches;
}

std::optional<int32_t> RegexpCount(Text text, Text pattern) {
  const Regex* regex = Regex::Find(pattern);
  if (regex == nullptr) return std::nullopt;
  return CountMatches(text, *regex);
}

std::optional<int32_t> RegexpInstr(Text text, Text pattern) {
  const Regex* regex = Regex::Find(pattern);
  if (regex == nullptr) return std::nullopt;
  if (!regex->Search(text)) return 0;
  const auto at = static_cast<size_t>(regex->Group(text, 0)->data() - text.data());
  return static_cast<int32_t>(CodePoints(text.substr(0, at))) + 1;
}

std::optional<Text> RegexpSubstr(Text text, Text pattern) { return RegexpExtract(text, pattern, 0); }

constexpr ScalarFunction kFunctions[] = {
    {.name = "LIKE",
     .signature = "string LIKE pattern [ESCAPE character]",
     .doc = "TRUE if the whole text fits the pattern: % is any text, _ any character.",
     .example = "'Flink' LIKE 'F%k' -> TRUE",
     .infer = &InferLike,
     .kernel = &Like<false>},
    {.name = "ILIKE",
     .signature = "string ILIKE pattern [ESCAPE character]",
     .doc = "As LIKE, whatever the case of letters.",
     .example = "'Flink' ILIKE 'fl%' -> TRUE",
     .infer = &InferLike,
     .kernel = &Like<true>},
    {.name = "SIMILAR TO",
     .signature = "string SIMILAR TO pattern [ESCAPE character]",
     .doc = "TRUE if the whole text fits the SQL regular expression: % and _ as in LIKE, | * + ? {n} ( ) [ ].",
     .example = "'abc' SIMILAR TO '(a|x)%' -> TRUE",
     .infer = &InferLike,
     .kernel = &Strict<SimilarTo>},
    {.name = "REGEXP",
     .signature = "REGEXP(string, regex)",
     .doc = "TRUE if a part of the text matches the Java regular expression.",
     .example = "REGEXP('Flink', 'l.n') -> TRUE",
     .infer = &Typed<"string, string -> bool">,
     .kernel = &Strict<Regexp>},
    {.name = "REGEXP_EXTRACT",
     .signature = "REGEXP_EXTRACT(string, regex [, group])",
     .doc = "What the group (0: the whole match) of the first match took; NULL without a match or for a bad regex.",
     .example = "REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 2) -> bar",
     .infer = &Typed<"string, string, integer? -> string?">,
     .kernel = &Strict<RegexpExtract>},
    {.name = "REGEXP_REPLACE",
     .signature = "REGEXP_REPLACE(string, regex, replacement)",
     .doc = "Every match replaced by the replacement, taken literally; NULL for a bad regex.",
     .example = "REGEXP_REPLACE('foobar', 'oo|ar', '') -> fb",
     .infer = &Typed<"string, string, string -> string">,
     .kernel = &Strict<RegexpReplace>},
    {.name = "REGEXP_COUNT",
     .signature = "REGEXP_COUNT(string, regex)",
     .doc = "Number of matches; NULL for a bad regex.",
     .example = "REGEXP_COUNT('banana', 'an') -> 2",
     .infer = &Typed<"string, string -> int?">,
     .kernel = &Strict<RegexpCount>},
    {.name = "REGEXP_INSTR",
     .signature = "REGEXP_INSTR(string, regex)",
     .doc = "Place of the first match, from 1; 0 if there is none; NULL for a bad regex.",
     .example = "REGEXP_INSTR('banana', 'n.') -> 3",
     .infer = &Typed<"string, string -> int?">,
     .kernel = &Strict<RegexpInstr>},
    {.name = "REGEXP_SUBSTR",
     .signature = "REGEXP_SUBSTR(string, regex)",
     .doc = "The first match; NULL without one or for a bad regex.",
     .example = "REGEXP_SUBSTR('banana', 'n.') -> na",
     .infer = &Typed<"string, string -> string?">,
     .kernel = &Strict<RegexpSubstr>},
};

}  // namespace

std::span<const ScalarFunction> RegexFunctions() { return kFunctions; }

}  // namespace millrace::functions
