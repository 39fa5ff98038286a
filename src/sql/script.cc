#include "sql/script.h"

#include "base/strings.h"

namespace millrace::sql {
namespace {

// Recognizes where statements end in a run of tokens.
class Boundary {
 public:
  // True when `token` is the ';' that ends the statement.
  bool Ends(const Token& token) {
    const bool semicolon = token.kind == TokenKind::kSymbol && token.text == ";";
    const bool starts = words_ == 0;  // the first token behind a ';' or BEGIN
    if (token.kind == TokenKind::kHintStart) in_hint_ = true;
    if (token.kind == TokenKind::kHintEnd) in_hint_ = false;
    if (semicolon && !in_hint_) {
      words_ = 0;
      if (!in_set_) Reset();
      return !in_set_;
    }
    ++words_;
    if (in_set_) {
      // END of CASE never begins a statement.
      if (starts && Is(token, "END")) in_set_ = false;
      return false;
    }
    Advance(token);
    return false;
  }

 private:
  static bool Is(const Token& token, std::string_view word) {
    return token.kind == TokenKind::kWord && EqualsIgnoreCase(token.text, word);
  }

  // Follows STATEMENT SET BEGIN.
  void Advance(const Token& token) {
    constexpr std::string_view kSequence[] = {"STATEMENT", "SET", "BEGIN"};
    if (Is(token, kSequence[matched_])) {
      ++matched_;
    } else {
      matched_ = Is(token, kSequence[0]) ? 1 : 0;
    }
    if (matched_ < 3) return;
    matched_ = 0;
    words_ = 0;
    in_set_ = true;
  }

  void Reset() {
    in_set_ = false;
    matched_ = 0;
  }

  bool in_hint_ = false;
  bool in_set_ = false;
  int matched_ = 0;
  size_t words_ = 0;
};

// Moves `position` over `text`, which begins there.
void Advance(std::string_view text, SourcePosition* position) {
  position->offset += static_cast<uint32_t>(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' || (text[i] == '\r' && (i + 1 >= text.size() || text[i + 1] != '\n'))) {
      ++position->line;
      position->column = 1;
    } else if ((text[i] & 0xC0) != 0x80) {
      ++position->column;
    }
  }
}

size_t LeadingBlanks(std::string_view text) {
  const std::string_view trimmed = Trim(text);
  return trimmed.empty() ? text.size() : static_cast<size_t>(trimmed.data() - text.data());
}

}  // namespace

std::vector<ScriptPiece> SplitScript(std::string_view script) {
  std::vector<ScriptPiece> pieces;
  Boundary boundary;
  SourcePosition position;
  size_t begin = 0;   // behind the last statement
  bool empty = true;  // no token but ';' since then
  const auto cut = [&](size_t end, bool terminated) {
    const size_t blanks = LeadingBlanks(script.substr(begin, end - begin));
    Advance(script.substr(begin, blanks), &position);
    begin += blanks;
    if (!empty) {
      pieces.push_back({std::string(Trim(script.substr(begin, end - begin))), position, terminated});
    }
    Advance(script.substr(begin, end - begin), &position);
    begin = end;
    empty = true;
  };
  for (const Token& token : Tokenize(script)) {
    if (token.kind == TokenKind::kEnd) {
      cut(script.size(), false);
    } else if (boundary.Ends(token)) {
      cut(token.span.offset + token.span.length, true);
    } else {
      empty = false;
    }
  }
  return pieces;
}

void StatementBuffer::AddLine(std::string_view line) {
  text_ += line;
  text_ += '\n';
}

std::optional<ScriptPiece> StatementBuffer::Take() {
  const std::string_view all = Trim(text_);
  for (const std::string_view word : {"QUIT", "EXIT", "HELP", "CLEAR"}) {
    if (!EqualsIgnoreCase(all, word)) continue;
    ScriptPiece piece{std::string(all), {}, false};
    text_.clear();
    return piece;
  }
  std::vector<ScriptPiece> pieces = SplitScript(text_);
  if (pieces.empty()) {
    // Blanks, ';' and whole comments wait for nothing.
    text_.clear();
    return std::nullopt;
  }
  if (!pieces[0].terminated) return std::nullopt;
  ScriptPiece piece = std::move(pieces[0]);
  text_.erase(0, piece.position.offset + piece.text.size());
  piece.position = {};
  return piece;
}

bool StatementBuffer::pending() const { return !SplitScript(text_).empty(); }

}  // namespace millrace::sql
