#include "sql/complete.h"

#include <algorithm>

#include "base/strings.h"
#include "sql/grammar.h"
#include "sql/keywords.h"
#include "sql/script.h"

namespace millrace::sql {
namespace {

bool IsWord(const Token& token, std::string_view word) {
  return token.kind == TokenKind::kWord && EqualsIgnoreCase(token.text, word);
}

bool IsSymbol(const Token& token, std::string_view symbol) {
  return token.kind == TokenKind::kSymbol && token.text == symbol;
}

bool IsNameToken(const Token& token) {
  return token.kind == TokenKind::kQuotedName || (token.kind == TokenKind::kWord && !IsClauseWord(token.text));
}

std::string NameOf(const Token& token) {
  Result<std::string> value = TokenValue(token);
  return value.ok() ? std::move(*value) : std::string();
}

// The statement around the cursor: its first byte and its end.
std::pair<size_t, size_t> StatementAround(std::string_view text, size_t cursor) {
  for (const ScriptPiece& piece : SplitScript(text)) {
    const size_t begin = piece.position.offset;
    const size_t end = begin + piece.text.size();
    if (cursor < begin) break;
    if (cursor < end || (cursor >= end && !piece.terminated)) return {begin, std::max(end, cursor)};
  }
  return {cursor, cursor};
}

// Takes the word being typed off the tokens before the cursor, which end with kEnd at the cursor.
void TakePrefix(std::string_view text, size_t cursor, std::vector<Token>* tokens, CompletionContext* context) {
  context->replace_offset = cursor;
  if (tokens->size() < 2) return;
  const Token last = (*tokens)[tokens->size() - 2];
  const size_t begin = last.span.offset;
  const bool open = last.problem == LexProblem::kOpenName || last.problem == LexProblem::kOpenString;
  const bool touches = begin + last.span.length == cursor;
  if (!open && !(touches && last.kind == TokenKind::kWord)) return;
  context->replace_offset = begin;
  context->replace_length = cursor - begin;
  context->prefix = std::string(text.substr(begin, cursor - begin));
  if (open) {
    context->quote = last.problem == LexProblem::kOpenName ? '`' : '\'';
    const size_t quote = context->prefix.find(context->quote);
    context->prefix.erase(0, quote == std::string::npos ? 0 : quote + 1);
  }
  tokens->erase(tokens->end() - 2);
}

void TakeQualifier(const std::vector<Token>& tokens, CompletionContext* context) {
  size_t i = tokens.size() - 1;  // kEnd
  while (i >= 2 && IsSymbol(tokens[i - 1], ".") &&
         (tokens[i - 2].kind == TokenKind::kWord || tokens[i - 2].kind == TokenKind::kQuotedName)) {
    context->qualifier.insert(context->qualifier.begin(), NameOf(tokens[i - 2]));
    i -= 2;
  }
}

// Tables behind FROM, JOIN, INTO, TABLE, UPDATE, and behind the commas of a FROM.
void FindScope(const std::vector<Token>& tokens, CompletionContext* context) {
  bool in_from = false;
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    const Token& token = tokens[i];
    const bool starts = IsWord(token, "FROM") || IsWord(token, "JOIN") || IsWord(token, "INTO") ||
                        IsWord(token, "TABLE") || IsWord(token, "UPDATE");
    if (token.kind == TokenKind::kWord && IsClauseWord(token.text))
      in_from = IsWord(token, "FROM") || (in_from && starts);
    if (!starts && !(in_from && IsSymbol(token, ","))) continue;
    size_t k = i + 1;
    CompletionContext::ScopeTable table;
    while (k < tokens.size() && IsNameToken(tokens[k])) {
      table.path.push_back(NameOf(tokens[k++]));
      if (k >= tokens.size() || !IsSymbol(tokens[k], ".")) break;
      ++k;
    }
    if (table.path.empty()) continue;
    if (k < tokens.size() && IsWord(tokens[k], "AS")) ++k;
    if (k < tokens.size() && IsNameToken(tokens[k]) &&
        (tokens[k].kind == TokenKind::kQuotedName || CanBeBareAlias(tokens[k].text))) {
      table.alias = NameOf(tokens[k]);
    }
    context->scope.push_back(std::move(table));
  }
}

// 'key' = 'value' pairs before the cursor, and whether it stands behind a 'key' =.
void FindOptions(const std::vector<Token>& tokens, CompletionContext* context) {
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (tokens[i].kind != TokenKind::kString || !IsSymbol(tokens[i + 1], "=")) continue;
    const bool has_value = i + 2 < tokens.size() && tokens[i + 2].kind == TokenKind::kString;
    context->options[NameOf(tokens[i])] = has_value ? NameOf(tokens[i + 2]) : "";
    if (i + 3 == tokens.size()) context->value_of = NameOf(tokens[i]);  // kEnd follows
  }
}

// SET and RESET: a.b-c without quotes is no SQL to the lexer. False: it is another statement.
bool CompleteSetting(std::string_view text, size_t cursor, const std::vector<Token>& tokens,
                     CompletionContext* context) {
  if (!IsWord(tokens[0], "SET") && !IsWord(tokens[0], "RESET")) return false;
  context->settings = true;
  const size_t begin = tokens[0].span.offset + tokens[0].span.length;
  const std::string_view typed = text.substr(begin, cursor - begin);
  const size_t equals = typed.find('=');
  context->option_keys = equals == std::string_view::npos;
  if (!context->option_keys) context->value_of = ReplaceAll(Trim(typed.substr(0, equals)), "'", "");
  if (context->quote != '\0') return true;
  const size_t before = typed.find_last_of(" \t\n=");
  context->prefix = std::string(before == std::string_view::npos ? typed : typed.substr(before + 1));
  context->replace_length = context->prefix.size();
  context->replace_offset = cursor - context->replace_length;
  return true;
}

void OfferKind(Expected kind, CompletionContext* context) {
  switch (kind) {
    case Expected::kExpression:
      context->columns = true;
      context->functions = true;
      break;
    case Expected::kTable: context->tables = true; break;
    case Expected::kView: context->views = true; break;
    case Expected::kDatabase: context->databases = true; break;
    case Expected::kCatalog: context->catalogs = true; break;
    case Expected::kFunction: context->functions = true; break;
    case Expected::kModule: context->modules = true; break;
    case Expected::kColumn: context->columns = true; break;
    case Expected::kType: context->types = true; break;
    case Expected::kOptionKey: context->option_keys = true; break;
    case Expected::kName:
    case Expected::kString:
    case Expected::kNumber:
    case Expected::kStatement: break;
  }
}

void OfferWords(std::span<const std::string_view> words, CompletionContext* context) {
  for (const std::string_view word : words) {
    if (StartsWithIgnoreCase(word, context->prefix)) context->keywords.emplace_back(word);
  }
}

// Words that begin an expression.
constexpr std::string_view kExpressionWords[] = {"CASE", "CAST", "DATE", "EXISTS",    "FALSE",   "INTERVAL",
                                                 "NOT",  "NULL", "TRUE", "TIMESTAMP", "TRY_CAST"};

}  // namespace

CompletionContext CompleteAt(std::string_view text, size_t cursor) {
  cursor = std::min(cursor, text.size());
  CompletionContext context;
  const auto [begin, end] = StatementAround(text, cursor);
  std::vector<Token> tokens =
      Tokenize(text.substr(begin, cursor - begin), {.offset = static_cast<uint32_t>(begin), .line = 1, .column = 1});
  TakePrefix(text, cursor, &tokens, &context);
  TakeQualifier(tokens, &context);
  FindScope(Tokenize(text.substr(begin, end - begin)), &context);
  FindOptions(tokens, &context);

  TokenStream in(tokens);
  try {
    ReadStatement(in);
  } catch (const SqlError&) {  // NOLINT(bugprone-empty-catch)
    // The place and what was expected there is all that counts.
  }
  if (CompleteSetting(text, cursor, tokens, &context)) return context;
  if (!in.AtEnd()) {
    context.tables = context.columns = context.functions = true;
    if (context.quote == '\0') OfferWords(Keywords(), &context);
    return context;
  }
  for (const Expected kind : in.expected_kinds()) OfferKind(kind, &context);
  if (context.quote == '\0' && context.qualifier.empty()) {
    OfferWords(in.expected_words(), &context);
    if (in.operators_expected()) OfferWords(TokenStream::OperatorWords(), &context);
    const std::vector<Expected>& kinds = in.expected_kinds();
    if (std::find(kinds.begin(), kinds.end(), Expected::kExpression) != kinds.end()) {
      OfferWords(kExpressionWords, &context);
    }
    std::sort(context.keywords.begin(), context.keywords.end());
    context.keywords.erase(std::unique(context.keywords.begin(), context.keywords.end()), context.keywords.end());
  }
  return context;
}

}  // namespace millrace::sql
