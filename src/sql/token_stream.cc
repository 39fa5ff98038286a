#include "sql/token_stream.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "sql/keywords.h"

namespace millrace::sql {
namespace {

constexpr std::string_view kPrefix = "SQL parse failed. ";

// `text` for a message: at most 40 bytes of a UTF-8 text, other bytes and control characters as \xhh.
std::string Printable(std::string_view text) {
  constexpr size_t kLimit = 40;
  std::string_view head = text;
  if (head.size() > kLimit) {
    size_t end = kLimit;
    while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
    head = text.substr(0, end);
  }
  const bool valid = IsValidUtf8(head);
  std::string out;
  for (const char c : head) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !valid)) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  if (head.size() < text.size()) out += "...";
  return out;
}

std::string_view KindText(Expected kind) {
  switch (kind) {
    case Expected::kExpression: return "an expression";
    case Expected::kTable: return "a table name";
    case Expected::kView: return "a view name";
    case Expected::kDatabase: return "a database name";
    case Expected::kCatalog: return "a catalog name";
    case Expected::kFunction: return "a function name";
    case Expected::kModule: return "a module name";
    case Expected::kColumn: return "a column name";
    case Expected::kName: return "a name";
    case Expected::kType: return "a data type";
    case Expected::kOptionKey: return "an option key in single quotes";
    case Expected::kString: return "a string in single quotes";
    case Expected::kNumber: return "a number";
    case Expected::kStatement: return "a statement";
  }
  return "";
}

bool SameLetters(std::string a, std::string b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

template <typename T>
void AddOnce(std::vector<T>* list, const T& value) {
  if (std::find(list->begin(), list->end(), value) == list->end()) list->push_back(value);
}

// What to do about a character that means nothing here.
std::string CharacterHint(std::string_view text) {
  if (text == "\"") return "Names are quoted with backticks (`name`), strings with single quotes ('text').";
  if (text == "\xC2\xA0") return "This is a no-break space: replace it by a plain blank.";
  for (const std::string_view quote : {"\xE2\x80\x98", "\xE2\x80\x99", "\xE2\x80\x9C", "\xE2\x80\x9D"}) {
    if (text == quote) return "This is a typographic quote: write ' instead.";
  }
  return "";
}

}  // namespace

TokenStream::TokenStream(std::string_view text, SourcePosition origin)
    : text_(text), origin_(origin), tokens_(Tokenize(text, origin)) {
  before_first_.span = {.offset = origin.offset, .length = 0, .line = origin.line, .column = origin.column};
}

TokenStream::TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {
  before_first_.span = {.offset = 0, .length = 0, .line = 1, .column = 1};
}

const Token& TokenStream::Peek(size_t ahead) const { return tokens_[std::min(position_ + ahead, tokens_.size() - 1)]; }

const Token& TokenStream::previous() const { return position_ == 0 ? before_first_ : tokens_[position_ - 1]; }

const Token& TokenStream::Take() {
  const Token& token = Peek();
  if (position_ + 1 < tokens_.size()) {
    ++position_;
    Arrive();
  }
  return token;
}

void TokenStream::SkipToEnd() {
  if (position_ + 1 >= tokens_.size()) return;
  position_ = tokens_.size() - 1;
  Arrive();
}

void TokenStream::Arrive() {
  expected_words_.clear();
  expected_symbols_.clear();
  expected_kinds_.clear();
  operators_expected_ = false;
}

bool TokenStream::IsWord(std::string_view word, size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kWord && EqualsIgnoreCase(token.text, word);
}

bool TokenStream::IsSymbol(std::string_view symbol, size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kSymbol && token.text == symbol;
}

bool TokenStream::IsString(size_t ahead) const {
  const TokenKind kind = Peek(ahead).kind;
  return kind == TokenKind::kString || kind == TokenKind::kUnicodeString || kind == TokenKind::kEscapeString;
}

bool TokenStream::IsName(size_t ahead) const {
  const Token& token = Peek(ahead);
  if (token.kind == TokenKind::kQuotedName) return true;
  return token.kind == TokenKind::kWord && !IsClauseWord(token.text);
}

bool TokenStream::Accept(std::string_view word) {
  if (IsWord(word)) {
    Take();
    return true;
  }
  AddOnce(&expected_words_, word);
  return false;
}

bool TokenStream::AcceptSequence(std::initializer_list<std::string_view> words) {
  size_t ahead = 0;
  for (const std::string_view word : words) {
    if (IsWord(word, ahead)) {
      ++ahead;
      continue;
    }
    // A text that ends inside the sequence is asked for the rest of it; so is one that begins it with a clause word,
    // which can mean nothing else.
    if (ahead > 0 && (Peek(ahead).kind == TokenKind::kEnd || IsClauseWord(*words.begin()))) {
      while (ahead-- > 0) Take();
      Expect(word);
    }
    AddOnce(&expected_words_, *words.begin());
    return false;
  }
  while (ahead-- > 0) Take();
  return true;
}

bool TokenStream::AcceptSymbol(std::string_view symbol) {
  if (IsSymbol(symbol)) {
    Take();
    return true;
  }
  AddOnce(&expected_symbols_, symbol);
  return false;
}

void TokenStream::Expect(std::string_view word) {
  if (!Accept(word)) Fail();
}

void TokenStream::ExpectSequence(std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) Expect(word);
}

void TokenStream::ExpectSymbol(std::string_view symbol) {
  if (!AcceptSymbol(symbol)) Fail();
}

Identifier TokenStream::ExpectName(Expected what) {
  Note(what);
  if (!IsName()) {
    const Token& token = Peek();
    if (token.kind == TokenKind::kWord) {
      Fail({}, fmt::format("'{0}' is a reserved word: write it in backticks (`{0}`) to use it as a name.", token.text));
    }
    if (IsString()) Fail({}, "Single quotes make strings; names are written plain or in backticks.");
    Fail();
  }
  return ExpectAnyWord();
}

Identifier TokenStream::ExpectMember() {
  const SourceSpan& dot = previous().span;
  const bool adjacent = dot.offset + dot.length == Peek().span.offset;
  return adjacent ? ExpectAnyWord() : ExpectName(Expected::kName);
}

Identifier TokenStream::ExpectAnyWord() {
  const Token& token = Peek();
  if (token.kind != TokenKind::kWord && token.kind != TokenKind::kQuotedName) {
    Note(Expected::kName);
    Fail();
  }
  Identifier identifier;
  identifier.span = token.span;
  identifier.name = token.kind == TokenKind::kWord ? std::string(token.text) : TokenValue(token).value();
  Take();
  return identifier;
}

Path TokenStream::ExpectPath(Expected what, size_t max_parts) {
  Path path;
  path.push_back(ExpectName(what));
  while (AcceptSymbol(".")) {
    if (path.size() == max_parts) {
      FailAt(path.back().span, fmt::format("A name here has at most {} parts, this one has more: {}.", max_parts,
                                           Printable(DottedPath(path))));
    }
    Note(what);
    path.push_back(ExpectMember());
  }
  return path;
}

std::string TokenStream::ExpectString(Span* span) {
  Note(Expected::kString);
  if (!IsString()) Fail();
  const Token first = Peek();
  std::string value;
  do {
    const Token token = Take();
    char escape = '\\';
    if (token.kind == TokenKind::kUnicodeString && Accept("UESCAPE")) {
      const Token& mark = Peek();
      const Result<std::string> text = TokenValue(mark);
      if (mark.kind != TokenKind::kString || !text.ok() || text->size() != 1) {
        FailAt(mark.span, "UESCAPE takes a string of one character.");
      }
      escape = (*text)[0];
      Take();
    }
    Result<std::string> piece = TokenValue(token, escape);
    if (!piece.ok()) {
      const Error& error = piece.error();
      FailAt(error.span.value_or(token.span), error.message + ".", error.hint);
    }
    value += *piece;
  } while (Peek().kind == TokenKind::kString && Peek().after_newline);
  if (span != nullptr) *span = SpanFrom(first);
  return value;
}

int64_t TokenStream::ExpectInteger(int64_t max) {
  Note(Expected::kNumber);
  if (Peek().kind != TokenKind::kInteger) Fail();
  const std::optional<int64_t> value = ParseInt64(Peek().text);
  if (!value || *value > max) {
    FailAt(Peek().span, fmt::format("The number {} is too large here.", Printable(Peek().text)),
           fmt::format("At most {}.", max));
  }
  Take();
  return *value;
}

std::span<const std::string_view> TokenStream::OperatorWords() {
  static constexpr std::string_view kWords[] = {"AND",     "OR",   "NOT",     "IS",      "IN",
                                                "BETWEEN", "LIKE", "SIMILAR", "OVERLAPS"};
  return kWords;
}

void TokenStream::Note(Expected what) { AddOnce(&expected_kinds_, what); }

Span TokenStream::SpanFrom(const Span& first) const { return Cover(first, previous().span); }
Span TokenStream::SpanFrom(const Token& first) const { return Cover(first.span, previous().span); }

std::string TokenStream::ExpectedText() const {
  std::vector<std::string> choices;
  if (!expected_kinds_.empty()) choices.emplace_back(KindText(expected_kinds_.back()));
  constexpr size_t kMost = 12;
  for (const std::string_view symbol : expected_symbols_) {
    if (choices.size() < kMost && symbol != "." && symbol != "[") choices.push_back(fmt::format("\"{}\"", symbol));
  }
  for (const std::string_view word : expected_words_) {
    if (choices.size() < kMost) choices.emplace_back(word);
  }
  if (choices.empty()) return "the end of the statement";
  if (choices.size() == 1) return choices[0];
  const std::string last = choices.back();
  choices.pop_back();
  return Join(choices, ", ") + " or " + last;
}

std::string TokenStream::NearestWord(const Token& token) const {
  if (token.kind != TokenKind::kWord || token.text.size() < 3 || IsClauseWord(token.text)) return "";
  std::vector<std::string> words;
  std::vector<std::string_view> candidates = expected_words_;
  if (operators_expected_) candidates.insert(candidates.end(), OperatorWords().begin(), OperatorWords().end());
  for (const std::string_view word : candidates) {
    if (SameLetters(ToUpper(token.text), std::string(word))) return std::string(word);
    if (word.size() >= 3) words.emplace_back(word);
  }
  return NearestName(token.text, words).value_or("");
}

std::string TokenStream::HintHere() const {
  if (const std::string near = NearestWord(Peek()); !near.empty()) return fmt::format("Did you mean '{}'?", near);
  const Token& last = previous();
  if (const std::string near = NearestWord(last); !near.empty()) {
    return fmt::format("Did you mean '{}' instead of '{}'?", near, last.text);
  }
  if (last.kind == TokenKind::kSymbol && last.text == "," && !AtEnd()) {
    return fmt::format("Remove the comma before '{}'.", Printable(Peek().text));
  }
  return "";
}

void TokenStream::Fail(std::string_view what, std::string hint) {
  const Token& token = Peek();
  if (token.kind == TokenKind::kError) FailLexical(token);
  const std::string image = token.kind == TokenKind::kEnd ? "<EOF>" : Printable(token.text);
  // Text that ends too early is reported right behind its last token.
  SourceSpan span = token.span;
  if (token.kind == TokenKind::kEnd) {
    const SourceSpan& last = previous().span;
    const bool one_line = previous().text.find_first_of("\r\n") == std::string_view::npos;
    if (one_line) {
      const auto width =
          std::count_if(previous().text.begin(), previous().text.end(), [](char c) { return (c & 0xC0) != 0x80; });
      span = {.offset = last.offset + last.length,
              .length = 0,
              .line = last.line,
              .column = last.column + static_cast<uint32_t>(width)};
    }
  }
  if (hint.empty() && what.empty()) hint = HintHere();
  FailAt(span,
         fmt::format("Encountered \"{}\" at line {}, column {}. Expected {}.", image, span.line, span.column,
                     what.empty() ? ExpectedText() : std::string(what)),
         std::move(hint));
}

void TokenStream::FailLexical(const Token& token) {
  const std::string place = fmt::format("Lexical error at line {}, column {}. ", token.span.line, token.span.column);
  switch (token.problem) {
    case LexProblem::kOpenString:
      FailAt(token.span, place + "Encountered \"<EOF>\" inside the string that begins here.",
             "Close it with '; a single quote inside a string is written twice.");
    case LexProblem::kOpenName:
      FailAt(token.span, place + "Encountered \"<EOF>\" inside the quoted name that begins here.", "Close it with `.");
    case LexProblem::kOpenComment:
      FailAt(token.span, place + "Encountered \"<EOF>\" inside the comment that begins here.", "Close it with */.");
    case LexProblem::kEmptyName: FailAt(token.span, place + "Encountered an empty name.");
    case LexProblem::kNone:
    case LexProblem::kCharacter: break;
  }
  FailAt(token.span, fmt::format("{}Encountered: \"{}\".", place, Printable(token.text)), CharacterHint(token.text));
}

void TokenStream::FailAt(const SourceSpan& span, std::string message, std::string hint) {
  throw SqlError{UserError(std::string(kPrefix) + std::move(message))
                     .WithCode(std::string(kSqlParserException))
                     .WithSpan(span)
                     .WithHint(std::move(hint))};
}

void TokenStream::FailValidation(const SourceSpan& span, std::string message, std::string hint) {
  throw SqlError{ValidationError(std::move(message)).WithSpan(span).WithHint(std::move(hint))};
}

void TokenStream::Grow(int height, const Span& span) {
  if (height > kMaxTreeHeight) {
    FailAt(span, fmt::format("The expression is nested deeper than {} levels.", kMaxTreeHeight),
           "Split it over views or sub-queries.");
  }
  tallest_ = std::max(tallest_, height);
}

Nesting::Nesting(TokenStream& in) : in_(in) {
  if (in_.nesting_ >= TokenStream::kMaxNesting) {
    TokenStream::FailAt(in_.Peek().span,
                        fmt::format("The statement is nested deeper than {} levels.", TokenStream::kMaxNesting),
                        "Split it over views or WITH tables.");
  }
  ++in_.nesting_;
}

}  // namespace millrace::sql
