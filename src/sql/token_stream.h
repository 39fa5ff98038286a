#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sql/ast.h"
#include "sql/lexer.h"

namespace millrace::sql {

// Thrown inside this folder only; the functions of parser.h turn it into their result.
struct SqlError {
  Error error;
};

// What could have stood at a place beside a keyword; the last one asked for names the error, all of them feed
// completion.
enum class Expected : uint8_t {
  kExpression,
  kTable,  // a table or view
  kView,
  kDatabase,
  kCatalog,
  kFunction,
  kModule,
  kColumn,
  kName,  // a name that need not exist yet
  kType,
  kOptionKey,
  kString,
  kNumber,
  kStatement,
};

// The tokens of one text with a place in them. Remembers what the grammar asked for at that place, so that an error can
// say what was expected and completion what may come. All Expect* functions throw SqlError.
class TokenStream {
 public:
  static constexpr int kMaxNesting = 400;

  explicit TokenStream(std::string_view text, SourcePosition origin = {});
  // For completion: `tokens` end with kEnd.
  explicit TokenStream(std::vector<Token> tokens);

  const Token& Peek(size_t ahead = 0) const;
  const Token& previous() const;  // the token taken last; a place at the beginning when none was
  bool AtEnd() const { return Peek().kind == TokenKind::kEnd; }
  const Token& Take();
  size_t position() const { return position_; }
  std::string_view text() const { return text_; }
  const SourcePosition& origin() const { return origin_; }
  void SkipToEnd();  // for commands whose rest is no SQL

  // Tests. `word` in capitals.
  bool IsWord(std::string_view word, size_t ahead = 0) const;
  bool IsSymbol(std::string_view symbol, size_t ahead = 0) const;
  bool IsString(size_t ahead = 0) const;  // a text literal of any form, not X'..'
  bool IsName(size_t ahead = 0) const;    // a quoted name, or a word that is no clause word

  // Tests that remember and take.
  bool Accept(std::string_view word);
  bool AcceptSequence(std::initializer_list<std::string_view> words);  // all or nothing
  bool AcceptSymbol(std::string_view symbol);
  void Expect(std::string_view word);
  void ExpectSequence(std::initializer_list<std::string_view> words);
  void ExpectSymbol(std::string_view symbol);

  // A name; any unquoted word but a clause word will do.
  Identifier ExpectName(Expected what);
  // As ExpectName, where even clause words are clearly names (before '=>').
  Identifier ExpectAnyWord();
  // Behind '.': any word that follows at once (`t.order`), or any name.
  Identifier ExpectMember();
  Path ExpectPath(Expected what, size_t max_parts = 3);
  // A text literal, adjacent pieces on new lines joined, UESCAPE applied. `span` may be null.
  std::string ExpectString(Span* span = nullptr);
  // An integer without sign, at most `max`.
  int64_t ExpectInteger(int64_t max);

  void Note(Expected what);
  void NoteOperators() { operators_expected_ = true; }  // AND, IS, LIKE .. may follow
  // The error of what stands here: `what` or, when empty, what was asked for.
  [[noreturn]] void Fail(std::string_view what = {}, std::string hint = {});
  // An error with a text of its own after "SQL parse failed. ".
  [[noreturn]] static void FailAt(const SourceSpan& span, std::string message, std::string hint = {});
  // An error that Flink's validator raises, not its parser.
  [[noreturn]] static void FailValidation(const SourceSpan& span, std::string message, std::string hint = {});

  const std::vector<std::string_view>& expected_words() const { return expected_words_; }
  const std::vector<Expected>& expected_kinds() const { return expected_kinds_; }
  bool operators_expected() const { return operators_expected_; }
  // The operators that are words.
  static std::span<const std::string_view> OperatorWords();
  Span SpanFrom(const Token& first) const;  // from `first` to the token taken last
  Span SpanFrom(const Span& first) const;

  bool inside_match = false;  // RUNNING and FINAL mean something

  // Heights of trees: the tallest expression sealed since the innermost open HeightScope.
  int tallest() const { return tallest_; }
  void Grow(int height, const Span& span);  // tallest = max(tallest, height); fails above kMaxTreeHeight

 private:
  friend class Nesting;
  friend class HeightScope;
  void Arrive();  // position_ has changed
  std::string ExpectedText() const;
  std::string HintHere() const;
  std::string NearestWord(const Token& token) const;
  [[noreturn]] void FailLexical(const Token& token);

  std::string_view text_;
  SourcePosition origin_;
  std::vector<Token> tokens_;
  size_t position_ = 0;
  Token before_first_;
  std::vector<std::string_view> expected_words_;
  std::vector<std::string_view> expected_symbols_;
  std::vector<Expected> expected_kinds_;
  bool operators_expected_ = false;
  int nesting_ = 0;
  int tallest_ = 0;
};

// Counts one level of recursion of the parser while it lives.
class Nesting {
 public:
  explicit Nesting(TokenStream& in);
  ~Nesting() { --in_.nesting_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  TokenStream& in_;
};

// While it lives, TokenStream::tallest counts only what is parsed inside it.
class HeightScope {
 public:
  explicit HeightScope(TokenStream& in) : in_(in), outer_(in.tallest_) { in.tallest_ = 0; }
  ~HeightScope() { in_.tallest_ = in_.tallest_ > outer_ ? in_.tallest_ : outer_; }
  HeightScope(const HeightScope&) = delete;
  HeightScope& operator=(const HeightScope&) = delete;

 private:
  TokenStream& in_;
  int outer_;
};

}  // namespace millrace::sql
