#include "functions/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <unordered_map>

namespace millrace::functions {
namespace {

constexpr uint32_t kMatchLimit = 10'000'000;
constexpr size_t kCacheSize = 256;

// One match context and JIT stack per thread.
struct Matcher {
  pcre2_match_context* context = pcre2_match_context_create(nullptr);
  pcre2_jit_stack* stack = pcre2_jit_stack_create(32 * 1024, 1024 * 1024, nullptr);
  Matcher() {
    pcre2_set_match_limit(context, kMatchLimit);
    pcre2_set_depth_limit(context, 100'000);
    pcre2_jit_stack_assign(context, nullptr, stack);
  }
  ~Matcher() {
    pcre2_match_context_free(context);
    pcre2_jit_stack_free(stack);
  }
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;
};

struct ClassName {
  std::string_view java;
  std::string_view pcre;  // inside a class
};
constexpr ClassName kClassNames[] = {
    {"Alpha", "a-zA-Z"},      {"Digit", "0-9"},       {"Alnum", "a-zA-Z0-9"}, {"Lower", "a-z"},
    {"Upper", "A-Z"},         {"Space", "[:space:]"}, {"Punct", "[:punct:]"}, {"Blank", " \\t"},
    {"XDigit", "0-9a-fA-F"},  {"Cntrl", "[:cntrl:]"}, {"Graph", "[:graph:]"}, {"Print", "[:print:]"},
    {"ASCII", "\\x00-\\x7F"},
};

// "\p{Alpha}" at pattern[at] (or \P): appends its translation and moves `at` past it.
bool TranslateProperty(std::string_view pattern, size_t& at, bool in_class, std::string& out) {
  const bool negated = pattern[at + 1] == 'P';
  for (const ClassName& name : kClassNames) {
    const std::string braced = "{" + std::string(name.java) + "}";
    if (!pattern.substr(at + 2).starts_with(braced)) continue;
    if (in_class && negated) return false;
    out += in_class ? "" : negated ? "[^" : "[";
    out += name.pcre;
    out += in_class ? "" : "]";
    at += 2 + braced.size();
    return true;
  }
  // \p{IsAlphabetic}, \p{IsLatin}: PCRE knows them without "Is".
  if (pattern.substr(at + 2).starts_with("{Is")) {
    out += negated ? "\\P{" : "\\p{";
    at += 5;
    return true;
  }
  return false;
}

// The end of the character class that starts at pattern[at] == '[': past its ']'; npos if there is none.
size_t EndOfClass(std::string_view pattern, size_t at) {
  size_t depth = 0;
  for (size_t i = at; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '[') {
      ++depth;
    } else if (pattern[i] == ']' && i > at + 1 && --depth == 0) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

// The place of a top-level && inside a class body; npos if none.
size_t FindIntersection(std::string_view body) {
  size_t depth = 0;
  for (size_t i = 0; i + 1 < body.size(); ++i) {
    if (body[i] == '\\') {
      ++i;
    } else if (body[i] == '[') {
      ++depth;
    } else if (body[i] == ']' && depth > 0) {
      --depth;
    } else if (depth == 0 && body[i] == '&' && body[i + 1] == '&') {
      return i;
    }
  }
  return std::string_view::npos;
}

// A class as alternatives that each match one character: Java allows unions of nested classes and intersections.
std::string TranslateClass(std::string_view body) {
  const bool negated = body.starts_with('^');
  if (negated) body.remove_prefix(1);
  const size_t both = FindIntersection(body);
  std::string inner;
  if (both != std::string_view::npos) {
    inner = "(?=" + TranslateClass(body.substr(0, both)) + ")" + TranslateClass(body.substr(both + 2));
    return negated ? "(?:(?!" + inner + ")(?s:.))" : "(?:" + inner + ")";
  }
  std::string plain;
  std::string nested;
  for (size_t i = 0; i < body.size();) {
    if (body[i] == '\\' && i + 1 < body.size()) {
      if ((body[i + 1] == 'p' || body[i + 1] == 'P') && TranslateProperty(body, i, true, plain)) continue;
      plain += body.substr(i, 2);
      i += 2;
    } else if (body[i] == '[') {
      const size_t end = EndOfClass(body, i);
      if (end == std::string_view::npos) return "[" + std::string(body) + "]";
      nested += (nested.empty() ? "" : "|") + TranslateClass(body.substr(i + 1, end - i - 2));
      i = end;
    } else {
      plain += body[i++];
    }
  }
  if (nested.empty()) return (negated ? "[^" : "[") + plain + "]";
  if (!plain.empty()) nested = "[" + plain + "]|" + nested;
  return negated ? "(?:(?!" + nested + ")(?s:.))" : "(?:" + nested + ")";
}

}  // namespace

std::string JavaRegexToPcre(std::string_view pattern) {
  std::string out;
  for (size_t at = 0; at < pattern.size();) {
    if (pattern[at] == '\\' && at + 1 < pattern.size()) {
      if (pattern[at + 1] == 'Q') {  // quoted to \E or the end
        const size_t end = pattern.find("\\E", at + 2);
        const size_t size = end == std::string_view::npos ? pattern.size() - at : end + 2 - at;
        out += pattern.substr(at, size);
        at += size;
        continue;
      }
      if ((pattern[at + 1] == 'p' || pattern[at + 1] == 'P') && TranslateProperty(pattern, at, false, out)) continue;
      out += pattern.substr(at, 2);
      at += 2;
    } else if (pattern[at] == '[') {
      const size_t end = EndOfClass(pattern, at);
      if (end == std::string_view::npos) return out + std::string(pattern.substr(at));
      out += TranslateClass(pattern.substr(at + 1, end - at - 2));
      at = end;
    } else {
      out += pattern[at++];
    }
  }
  return out;
}

struct Regex::Code {
  pcre2_code* code = nullptr;
  pcre2_match_data* match = nullptr;
  ~Code() {
    pcre2_match_data_free(match);
    pcre2_code_free(code);
  }
};

Regex::Regex(std::unique_ptr<Code> code, size_t num_groups) : code_(std::move(code)), num_groups_(num_groups) {}
Regex::~Regex() = default;

std::unique_ptr<Regex> Regex::Compile(std::string_view pattern) {
  const std::string text = JavaRegexToPcre(pattern);
  int error = 0;
  PCRE2_SIZE offset = 0;
  auto code = std::make_unique<Code>();
  // Invalid UTF-8 in the subject never matches, rather than failing.
  code->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                             PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &error, &offset, nullptr);
  if (code->code == nullptr) return nullptr;
  pcre2_jit_compile(code->code, PCRE2_JIT_COMPLETE);  // without it the interpreter matches
  code->match = pcre2_match_data_create_from_pattern(code->code, nullptr);
  uint32_t groups = 0;
  pcre2_pattern_info(code->code, PCRE2_INFO_CAPTURECOUNT, &groups);
  return std::unique_ptr<Regex>(new Regex(std::move(code), groups));
}

const Regex* Regex::Find(std::string_view pattern) {
  thread_local std::unordered_map<std::string, std::unique_ptr<Regex>> cache;
  thread_local std::string last_pattern;
  thread_local const Regex* last = nullptr;
  if (last != nullptr && last_pattern == pattern) return last;
  std::string key(pattern);
  auto found = cache.find(key);
  if (found == cache.end()) {
    if (cache.size() >= kCacheSize) cache.clear();
    found = cache.emplace(key, Compile(pattern)).first;
  }
  last_pattern = std::move(key);
  last = found->second.get();
  return last;
}

bool Regex::Search(std::string_view text, size_t from) const {
  thread_local Matcher matcher;
  const int found = pcre2_match(code_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from, 0,
                                code_->match, matcher.context);
  return found > 0;
}

std::optional<std::string_view> Regex::Group(std::string_view text, size_t group) const {
  if (group > num_groups_) return std::nullopt;
  const PCRE2_SIZE* places = pcre2_get_ovector_pointer(code_->match);
  const PCRE2_SIZE begin = places[2 * group];
  const PCRE2_SIZE end = places[2 * group + 1];
  if (begin == PCRE2_UNSET || end < begin) return std::nullopt;
  return text.substr(begin, end - begin);
}

}  // namespace millrace::functions
