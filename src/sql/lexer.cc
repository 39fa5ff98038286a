#include "sql/lexer.h"

#include <algorithm>

namespace millrace::sql {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
bool IsAsciiWordStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$'; }

// The length of the UTF-8 sequence at `i` that may stand in a name (a letter of another script), else 0. Blanks,
// punctuation and full-width forms of ASCII marks are no letters, so that a pasted no-break space is found.
size_t ForeignLetter(std::string_view text, size_t i) {
  const auto lead = static_cast<unsigned char>(text[i]);
  const size_t length = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
  if (lead >= 0xF5 || length == 0 || i + length > text.size()) return 0;
  uint32_t code = lead & (0x7FU >> length);
  for (size_t k = 1; k < length; ++k) {
    const auto byte = static_cast<unsigned char>(text[i + k]);
    if ((byte & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte & 0x3F);
  }
  if ((length == 3 && code < 0x800) || (length == 4 && (code < 0x10000 || code > 0x10FFFF))) return 0;
  if (code >= 0xD800 && code <= 0xDFFF) return 0;
  if (code < 0xC0 && code != 0xAA && code != 0xB5 && code != 0xBA) return 0;
  if (code == 0xD7 || code == 0xF7) return 0;
  if (code >= 0x2000 && code <= 0x206F) return 0;  // typographic blanks, dashes and quotes
  if (code >= 0x3000 && code <= 0x303F && code != 0x3005 && code != 0x3006) return 0;
  if ((code >= 0xFF01 && code <= 0xFF20 && !(code >= 0xFF10 && code <= 0xFF19)) || code == 0xFEFF || code == 0xFFFD) {
    return 0;
  }
  return length;
}

class Lexer {
 public:
  Lexer(std::string_view text, SourcePosition origin, Comments comments)
      : text_(text), origin_(origin), comments_(comments), line_(origin.line), column_(origin.column) {}

  std::vector<Token> Run() {
    tokens_.reserve(text_.size() / 5 + 2);
    while (SkipBlanks(), begin_ < text_.size()) Next();
    Emit(TokenKind::kEnd, begin_);
    return std::move(tokens_);
  }

 private:
  char At(size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
  bool StartsWith(size_t i, std::string_view what) const {
    return text_.substr(std::min(i, text_.size()), what.size()) == what;
  }

  // Moves begin_, line_ and column_ on to `end`.
  void MoveTo(size_t end) {
    for (; begin_ < end; ++begin_) {
      const char c = text_[begin_];
      if (c == '\n' || (c == '\r' && At(begin_ + 1) != '\n')) {
        ++line_;
        column_ = 1;
        after_newline_ = true;
      } else if ((c & 0xC0) != 0x80) {
        ++column_;
      }
    }
  }

  void SkipBlanks() {
    size_t end = begin_;
    while (end < text_.size() && IsBlank(text_[end])) ++end;
    MoveTo(end);
  }

  void Emit(TokenKind kind, size_t end, LexProblem problem = LexProblem::kNone) {
    Token token;
    token.kind = kind;
    token.problem = problem;
    token.after_newline = after_newline_;
    token.span = {.offset = origin_.offset + static_cast<uint32_t>(begin_),
                  .length = static_cast<uint32_t>(end - begin_),
                  .line = line_,
                  .column = column_};
    token.text = text_.substr(begin_, end - begin_);
    tokens_.push_back(token);
    MoveTo(end);
    after_newline_ = false;
  }

  void Comment(size_t end) {
    if (comments_ == Comments::kKeep) {
      Emit(TokenKind::kComment, end);
    } else {
      MoveTo(end);
    }
  }

  void Next() {
    const char c = text_[begin_];
    if (StartsWith(begin_, "--") || (StartsWith(begin_, "//") && (begin_ == 0 || text_[begin_ - 1] != ':'))) {
      return Comment(std::min(text_.find_first_of("\r\n", begin_), text_.size()));
    }
    if (StartsWith(begin_, "/*")) return BlockComment();
    if (in_hint_ && StartsWith(begin_, "*/")) {
      in_hint_ = false;
      return Emit(TokenKind::kHintEnd, begin_ + 2);
    }
    if (c == '\'') return Quoted(TokenKind::kString, begin_);
    if (c == '`') return Name();
    if (IsDigit(c) || (c == '.' && IsDigit(At(begin_ + 1)))) return Number();
    if (IsAsciiWordStart(c) || ForeignLetter(text_, begin_) > 0) return Word();
    Symbol();
  }

  void BlockComment() {
    if (At(begin_ + 2) == '+') {
      in_hint_ = true;
      return Emit(TokenKind::kHintStart, begin_ + 3);
    }
    const size_t close = text_.find("*/", begin_ + 2);
    if (close == std::string_view::npos) return Emit(TokenKind::kError, text_.size(), LexProblem::kOpenComment);
    Comment(close + 2);
  }

  // A string whose opening quote stands at `quote`. Doubled quotes stay inside; so do \' of E'..'.
  void Quoted(TokenKind kind, size_t quote) {
    for (size_t i = quote + 1; i < text_.size(); ++i) {
      if (kind == TokenKind::kEscapeString && text_[i] == '\\') {
        ++i;
      } else if (text_[i] == '\'') {
        if (At(i + 1) != '\'') return Emit(kind, i + 1);
        ++i;
      }
    }
    Emit(TokenKind::kError, text_.size(), LexProblem::kOpenString);
  }

  void Name() {
    for (size_t i = begin_ + 1; i < text_.size(); ++i) {
      if (text_[i] != '`') continue;
      if (At(i + 1) == '`') {
        ++i;
        continue;
      }
      const bool empty = i == begin_ + 1;
      return empty ? Emit(TokenKind::kError, i + 1, LexProblem::kEmptyName) : Emit(TokenKind::kQuotedName, i + 1);
    }
    Emit(TokenKind::kError, text_.size(), LexProblem::kOpenName);
  }

  void Number() {
    size_t i = begin_;
    TokenKind kind = TokenKind::kInteger;
    while (IsDigit(At(i))) ++i;
    if (At(i) == '.') {
      kind = TokenKind::kDecimal;
      ++i;
      while (IsDigit(At(i))) ++i;
    }
    if (At(i) == 'e' || At(i) == 'E') {
      const size_t digits = At(i + 1) == '+' || At(i + 1) == '-' ? i + 2 : i + 1;
      if (IsDigit(At(digits))) {
        kind = TokenKind::kDouble;
        i = digits;
        while (IsDigit(At(i))) ++i;
      }
    }
    Emit(kind, i);
  }

  void Word() {
    const char c = text_[begin_];
    const char next = At(begin_ + 1);
    if ((c == 'x' || c == 'X') && next == '\'') return Quoted(TokenKind::kBinaryString, begin_ + 1);
    if ((c == 'n' || c == 'N') && next == '\'') return Quoted(TokenKind::kString, begin_ + 1);
    if ((c == 'e' || c == 'E') && next == '\'') return Quoted(TokenKind::kEscapeString, begin_ + 1);
    if ((c == 'u' || c == 'U') && next == '&' && At(begin_ + 2) == '\'') {
      return Quoted(TokenKind::kUnicodeString, begin_ + 2);
    }
    size_t i = begin_;
    while (i < text_.size()) {
      const size_t foreign = IsAsciiWordStart(text_[i]) || IsDigit(text_[i]) ? 1 : ForeignLetter(text_, i);
      if (foreign == 0) break;
      i += foreign;
    }
    // _UTF8'..': the character set says nothing, since all text is UTF-8.
    if (c == '_' && At(i) == '\'') return Quoted(TokenKind::kString, i);
    Emit(TokenKind::kWord, i);
  }

  void Symbol() {
    for (const std::string_view pair : {"<>", "!=", "<=", ">=", "||", "=>"}) {
      if (StartsWith(begin_, pair)) return Emit(TokenKind::kSymbol, begin_ + 2);
    }
    constexpr std::string_view kSingles = "()[]{},.;:?+-*/%=<>|^&~!";
    if (kSingles.find(text_[begin_]) != std::string_view::npos) return Emit(TokenKind::kSymbol, begin_ + 1);
    size_t end = begin_ + 1;
    if (static_cast<unsigned char>(text_[begin_]) >= 0xC2) {
      while (end < text_.size() && end < begin_ + 4 && (text_[end] & 0xC0) == 0x80) ++end;
    }
    Emit(TokenKind::kError, end, LexProblem::kCharacter);
  }

  std::string_view text_;
  SourcePosition origin_;
  Comments comments_;
  size_t begin_ = 0;
  uint32_t line_;
  uint32_t column_;
  bool after_newline_ = false;
  bool in_hint_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> Tokenize(std::string_view text, SourcePosition origin, Comments comments) {
  return Lexer(text, origin, comments).Run();
}

}  // namespace millrace::sql
