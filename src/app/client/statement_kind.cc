#include "app/client/statement_kind.h"

#include "base/strings.h"
#include "sql/lexer.h"

namespace millrace::app::client {
namespace {

using sql::Token;
using sql::TokenKind;

bool IsWord(const Token& token, std::string_view word) {
  return token.kind == TokenKind::kWord && EqualsIgnoreCase(token.text, word);
}

bool IsEnd(const Token& token) {
  return token.kind == TokenKind::kEnd || (token.kind == TokenKind::kSymbol && token.text == ";");
}

}  // namespace

ClientCommand CommandOf(std::string_view statement) {
  const auto tokens = sql::Tokenize(statement);
  if (tokens.size() < 2 || !IsEnd(tokens[1])) return ClientCommand::kNone;
  if (IsWord(tokens[0], "QUIT") || IsWord(tokens[0], "EXIT")) return ClientCommand::kQuit;
  if (IsWord(tokens[0], "CLEAR")) return ClientCommand::kClear;
  if (IsWord(tokens[0], "HELP")) return ClientCommand::kHelp;
  return ClientCommand::kNone;
}

bool IsRawText(std::string_view statement) {
  const auto tokens = sql::Tokenize(statement);
  return IsWord(tokens[0], "EXPLAIN") ||
         (tokens.size() > 1 && IsWord(tokens[0], "SHOW") && IsWord(tokens[1], "CREATE"));
}

bool IsSet(std::string_view statement) { return IsWord(sql::Tokenize(statement)[0], "SET"); }

std::string_view BareStatement(std::string_view statement) {
  const auto tokens = sql::Tokenize(statement);
  size_t last = tokens.size() - 1;  // kEnd
  while (last > 0 && IsEnd(tokens[last])) --last;
  if (IsEnd(tokens[last])) return {};
  const size_t begin = tokens[0].span.offset;
  return statement.substr(begin, tokens[last].span.offset + tokens[last].span.length - begin);
}

}  // namespace millrace::app::client
