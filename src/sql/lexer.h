#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace::sql {

// Where a text begins inside a larger one (a statement in its script): spans are counted from there.
struct SourcePosition {
  uint32_t offset = 0;
  uint32_t line = 1;
  uint32_t column = 1;
};

enum class TokenKind : uint8_t {
  kWord,           // a keyword or an unquoted name
  kQuotedName,     // `name`
  kString,         // '..'
  kUnicodeString,  // U&'..'
  kEscapeString,   // E'..'
  kBinaryString,   // X'..'
  kInteger,        // 12
  kDecimal,        // 1.5  .5  1.
  kDouble,         // 1e3  1.5E-3
  kSymbol,         // ( ) [ ] { } , . ; : ? + - * / % = <> != < <= > >= || => | ^ and single other marks
  kHintStart,      // /*+
  kHintEnd,        // the */ of a hint
  kComment,        // only when asked for
  kError,          // see Token::problem
  kEnd,            // the last token, empty, at the end of the text
};

enum class LexProblem : uint8_t {
  kNone,
  kOpenString,   // the token runs to the end of the text
  kOpenName,     // "
  kOpenComment,  // "
  kEmptyName,    // ``
  kCharacter,    // one code point, or one byte that is no UTF-8
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  LexProblem problem = LexProblem::kNone;
  bool after_newline = false;  // a line end stands between this token and the one before
  SourceSpan span;
  std::string_view text;  // as written, quotes and prefixes included; points into the lexed text
};

enum class Comments : uint8_t { kDrop, kKeep };

// Cuts any bytes into tokens; never fails, bad places become kError tokens. The last token is kEnd. Hints /*+ .. */ are
// cut into tokens, other comments (-- .., // .., /* .. */) are dropped or kept whole. "//" right after ':' is no
// comment, so that unquoted URLs of SET and ADD JAR survive. Spans begin at `origin`.
std::vector<Token> Tokenize(std::string_view text, SourcePosition origin = {}, Comments comments = Comments::kDrop);

// The value of a string or name token: quotes removed, doubled quotes and escapes resolved, X'..' as bytes.
// `uescape` is the escape character of U&'..'. Error: a bad escape, with its span.
Result<std::string> TokenValue(const Token& token, char uescape = '\\');

}  // namespace millrace::sql
