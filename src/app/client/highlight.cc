#include "app/client/highlight.h"

#include "sql/keywords.h"
#include "sql/lexer.h"

namespace millrace::app::client {
namespace {

using sql::Token;
using sql::TokenKind;

constexpr std::string_view kKeyword = "\x1b[1;34m";
constexpr std::string_view kString = "\x1b[32m";
constexpr std::string_view kNumber = "\x1b[36m";
constexpr std::string_view kComment = "\x1b[2m";
constexpr std::string_view kReset = "\x1b[0m";

std::string_view ColorOf(const Token& token) {
  switch (token.kind) {
    case TokenKind::kWord: return sql::IsKeyword(token.text) ? kKeyword : "";
    case TokenKind::kString:
    case TokenKind::kUnicodeString:
    case TokenKind::kEscapeString:
    case TokenKind::kBinaryString: return kString;
    case TokenKind::kInteger:
    case TokenKind::kDecimal:
    case TokenKind::kDouble: return kNumber;
    case TokenKind::kComment:
    case TokenKind::kHintStart:
    case TokenKind::kHintEnd: return kComment;
    case TokenKind::kError:
      // What is still being typed.
      return token.problem == sql::LexProblem::kOpenString    ? kString
             : token.problem == sql::LexProblem::kOpenComment ? kComment
                                                              : "";
    case TokenKind::kQuotedName:
    case TokenKind::kSymbol:
    case TokenKind::kEnd: return "";
  }
  return "";
}

}  // namespace

std::string Highlight(std::string_view text) {
  std::string out;
  size_t done = 0;
  for (const Token& token : sql::Tokenize(text, {}, sql::Comments::kKeep)) {
    const std::string_view color = ColorOf(token);
    out += text.substr(done, token.span.offset - done);
    if (!color.empty()) out += color;
    out += token.text;
    if (!color.empty()) out += kReset;
    done = token.span.offset + token.span.length;
  }
  out += text.substr(done);
  return out;
}

}  // namespace millrace::app::client
