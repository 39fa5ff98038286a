#include "functions/like.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "functions/utf8.h"

namespace millrace::functions {
namespace {

Error InvalidEscape(std::string_view pattern, size_t at) {
  return UserError(fmt::format("Invalid escape sequence '{}', {}", pattern, at));
}

Status CheckEscape(std::string_view escape) {
  if (escape.empty() || CodePoints(escape) == 1) return Ok();
  return UserError(fmt::format("Invalid escape character '{}'", escape));
}

// Java's names for the classes of SIMILAR TO: [[:digit:]].
struct PosixClass {
  std::string_view name;
  std::string_view java;
};
constexpr PosixClass kPosixClasses[] = {
    {"alpha", "\\p{Alpha}"}, {"upper", "\\p{Upper}"}, {"lower", "\\p{Lower}"}, {"digit", "\\d"},
    {"space", " "},          {"whitespace", "\\s"},   {"alnum", "\\p{Alnum}"}, {"xdigit", "\\p{XDigit}"},
};

// The class that stands at the beginning of `text`: "[:digit:]".
const PosixClass* FindPosixClass(std::string_view text) {
  for (const PosixClass& known : kPosixClasses) {
    if (StartsWithIgnoreCase(text, "[:" + std::string(known.name) + ":]")) return &known;
  }
  return nullptr;
}

}  // namespace

Result<LikePattern> LikePattern::Compile(std::string_view pattern, std::string_view escape, bool ignore_case) {
  MR_TRY(CheckEscape(escape));
  LikePattern out;
  out.ignore_case_ = ignore_case;
  std::string folded;
  if (ignore_case) {
    AppendLower(folded, pattern);
    pattern = folded;
  }
  for (size_t at = 0; at < pattern.size();) {
    if (!escape.empty() && pattern.substr(at).starts_with(escape)) {
      const std::string_view next = pattern.substr(at + escape.size());
      const bool wildcard = next.starts_with('%') || next.starts_with('_');
      if (!wildcard && !next.starts_with(escape)) return InvalidEscape(pattern, at);
      const size_t size = wildcard ? 1 : escape.size();
      out.pattern_ += next.substr(0, size);
      out.kinds_.append(size, 'c');
      at += escape.size() + size;
      continue;
    }
    const char c = pattern[at++];
    const bool wildcard = c == '%' || c == '_';
    if (c == '%' && out.kinds_.ends_with('%')) continue;
    out.pattern_ += c;
    out.kinds_ += wildcard ? c : 'c';
  }
  const size_t percents = static_cast<size_t>(std::count(out.kinds_.begin(), out.kinds_.end(), '%'));
  const bool first = out.kinds_.starts_with('%');
  const bool last = out.kinds_.ends_with('%');
  if (out.kinds_.find('_') != std::string::npos) return out;
  if (percents == 0) {
    out.shape_ = Shape::kExact;
  } else if (percents == 1 && last) {
    out.shape_ = Shape::kPrefix;
  } else if (percents == 1 && first) {
    out.shape_ = Shape::kSuffix;
  } else if (percents == 2 && first && last) {
    out.shape_ = Shape::kContains;
  } else {
    return out;
  }
  for (size_t i = 0; i < out.pattern_.size(); ++i) {
    if (out.kinds_[i] == 'c') out.literal_ += out.pattern_[i];
  }
  return out;
}

bool LikePattern::Matches(std::string_view text) const {
  if (!ignore_case_) return MatchesCased(text);
  std::string folded;
  AppendLower(folded, text);
  return MatchesCased(folded);
}

bool LikePattern::MatchesCased(std::string_view text) const {
  switch (shape_) {
    case Shape::kExact: return text == literal_;
    case Shape::kPrefix: return text.starts_with(literal_);
    case Shape::kSuffix: return text.ends_with(literal_);
    case Shape::kContains: return text.find(literal_) != std::string_view::npos;
    case Shape::kGeneral: break;
  }
  // Greedy matching that goes back to the last `%` only: linear in practice, quadratic at worst.
  size_t at = 0;
  size_t want = 0;
  size_t star = std::string::npos;
  size_t star_text = 0;
  while (at < text.size()) {
    if (want < kinds_.size() && kinds_[want] == '%') {
      star = want++;
      star_text = at;
    } else if (want < kinds_.size() && kinds_[want] == '_') {
      NextCodePoint(text, at);
      ++want;
    } else if (want < kinds_.size() && pattern_[want] == text[at]) {
      ++at;
      ++want;
    } else if (star != std::string::npos) {
      NextCodePoint(text, star_text);
      at = star_text;
      want = star + 1;
    } else {
      return false;
    }
  }
  while (want < kinds_.size() && kinds_[want] == '%') ++want;
  return want == kinds_.size();
}

Result<std::string> SimilarToRegex(std::string_view pattern, std::string_view escape) {
  MR_TRY(CheckEscape(escape));
  std::string out = "\\A(?:";
  bool in_class = false;
  for (size_t at = 0; at < pattern.size();) {
    if (!escape.empty() && pattern.substr(at).starts_with(escape)) {
      at += escape.size();
      if (at >= pattern.size()) return InvalidEscape(pattern, at);
      const size_t start = at;
      NextCodePoint(pattern, at);
      if (at - start == 1 && std::string_view("\\^$.|?*+()[]{}-").find(pattern[start]) != std::string_view::npos) {
        out += '\\';
      }
      out += pattern.substr(start, at - start);
      continue;
    }
    const char c = pattern[at++];
    const PosixClass* posix = in_class && c == '[' ? FindPosixClass(pattern.substr(at - 1)) : nullptr;
    if (posix != nullptr) {
      out += posix->java;
      at += posix->name.size() + 3;  // ":name:]"
    } else if (in_class) {
      if (c == '\\') out += '\\';
      out += c;
      in_class = c != ']';
    } else if (c == '%') {
      out += "(?s:.*)";
    } else if (c == '_') {
      out += "(?s:.)";
    } else if (c == '[') {
      out += c;
      in_class = true;
    } else {
      if (c == '\\' || c == '^' || c == '$' || c == '.') out += '\\';
      out += c;
    }
  }
  return out + ")\\z";
}

}  // namespace millrace::functions
