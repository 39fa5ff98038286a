#include <algorithm>

#include "base/strings.h"
#include "sql/grammar.h"

namespace millrace::sql {
namespace {

using Kind = Statement::Kind;

// The text behind a command's words. Keys, values and paths without quotes are no SQL tokens (`SET a.b=10s;`), so the
// characters themselves are read.
class RawText {
 public:
  RawText(const TokenStream& in, size_t begin) : in_(in), text_(in.text()), at_(begin) {}

  // Skips blanks and comments; true when nothing is left but ';'.
  bool AtEnd() {
    SkipBlanks();
    size_t i = at_;
    while (i < text_.size() && text_[i] == ';') {
      at_ = i + 1;
      SkipBlanks();
      i = at_;
    }
    return i >= text_.size();
  }

  void SkipBlanks() {
    while (at_ < text_.size()) {
      const std::string_view rest = text_.substr(at_);
      if (Trim(rest.substr(0, 1)).empty()) {
        ++at_;
      } else if (rest.starts_with("--")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (rest.starts_with("/*") && rest.find("*/", 2) != std::string_view::npos) {
        at_ += rest.find("*/", 2) + 2;
      } else {
        return;
      }
    }
  }

  bool At(char c) const { return at_ < text_.size() && text_[at_] == c; }
  void Take() { ++at_; }

  // 'text', quotes doubled inside; fails when it is not closed.
  std::string Quoted() {
    const size_t begin = at_++;
    std::string value;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\'') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '\'') {
          ++at_;
          return value;
        }
        ++at_;
      }
      value += text_[at_];
    }
    Fail(begin, "Encountered \"<EOF>\" inside the string that begins here.", "Close it with '.");
  }

  // Everything up to a blank, ';' or one of `stops`.
  std::string Bare(std::string_view stops) {
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != ';' && stops.find(text_[at_]) == std::string_view::npos &&
           !Trim(text_.substr(at_, 1)).empty()) {
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  size_t at() const { return at_; }
  std::string_view Rest() const { return text_.substr(std::min(at_, text_.size())); }

  SourceSpan SpanAt(size_t begin) const {
    SourceSpan span = {.offset = in_.origin().offset + static_cast<uint32_t>(begin),
                       .length = 1,
                       .line = in_.origin().line,
                       .column = in_.origin().column};
    for (size_t i = 0; i < begin && i < text_.size(); ++i) {
      if (text_[i] == '\n') {
        ++span.line;
        span.column = 1;
      } else if ((text_[i] & 0xC0) != 0x80) {
        ++span.column;
      }
    }
    if (begin >= text_.size()) span.length = 0;
    return span;
  }

  // `what` may begin with "Encountered", to which the place is added.
  [[noreturn]] void Fail(size_t begin, std::string_view what, std::string hint) const {
    const SourceSpan span = SpanAt(begin);
    std::string message(what);
    if (message.starts_with("Encountered")) {
      message = "Lexical error at line " + std::to_string(span.line) + ", column " + std::to_string(span.column) +
                ". " + message;
    }
    TokenStream::FailAt(span, std::move(message), std::move(hint));
  }
  [[noreturn]] void FailHere(std::string_view expected, std::string hint) const {
    const SourceSpan span = SpanAt(at_);
    const std::string image = at_ >= text_.size() ? "<EOF>" : std::string(text_.substr(at_, 1));
    const bool printable = image.size() > 1 || (image[0] >= 0x20 && image[0] < 0x7F);
    TokenStream::FailAt(span,
                        "Encountered \"" + (printable ? image : std::string("?")) + "\" at line " +
                            std::to_string(span.line) + ", column " + std::to_string(span.column) + ". Expected " +
                            std::string(expected) + ".",
                        std::move(hint));
  }

 private:
  const TokenStream& in_;
  std::string_view text_;
  size_t at_;
};

size_t EndOf(const TokenStream& in, const Token& token) {
  return token.span.offset - in.origin().offset + token.span.length;
}

Statement Finish(TokenStream& in, const Token& first, Statement statement) {
  in.SkipToEnd();
  statement.span = in.SpanFrom(first);
  return statement;
}

Statement ReadSet(TokenStream& in) {
  const Token first = in.Take();
  in.Note(Expected::kOptionKey);
  Statement statement;
  statement.kind = Kind::kSet;
  RawText raw(in, EndOf(in, first));
  if (raw.AtEnd()) return Finish(in, first, std::move(statement));
  statement.text = raw.At('\'') ? raw.Quoted() : raw.Bare("='");
  constexpr std::string_view kForm = "Write SET 'key' = 'value';";
  if (statement.text.empty()) raw.FailHere("a key", std::string(kForm));
  raw.SkipBlanks();
  if (!raw.At('=')) raw.FailHere("\"=\"", std::string(kForm));
  raw.Take();
  raw.SkipBlanks();
  if (raw.At('\'')) {
    statement.value = raw.Quoted();
  } else {
    statement.value = raw.Bare("'");
    if (statement.value->empty()) raw.FailHere("a value", std::string(kForm));
  }
  if (!raw.AtEnd()) raw.FailHere("\";\"", "A value with blanks or quotes needs quotes around it.");
  return Finish(in, first, std::move(statement));
}

Statement ReadReset(TokenStream& in) {
  const Token first = in.Take();
  in.Note(Expected::kOptionKey);
  Statement statement;
  statement.kind = Kind::kReset;
  RawText raw(in, EndOf(in, first));
  if (raw.AtEnd()) return Finish(in, first, std::move(statement));
  statement.text = raw.At('\'') ? raw.Quoted() : raw.Bare("'");
  if (statement.text.empty()) raw.FailHere("a key", "Write RESET 'key'; or RESET; for all keys.");
  if (!raw.AtEnd()) raw.FailHere("\";\"", "Write RESET 'key'; or RESET; for all keys.");
  return Finish(in, first, std::move(statement));
}

// ADD JAR and REMOVE JAR: the path quoted, or the rest of the text up to ';'.
Statement ReadJar(TokenStream& in, Kind kind) {
  const Token first = in.Take();
  const Token jar = in.Take();
  Statement statement;
  statement.kind = kind;
  RawText raw(in, EndOf(in, jar));
  raw.SkipBlanks();
  if (raw.At('\'')) {
    statement.text = raw.Quoted();
    if (!raw.AtEnd()) raw.FailHere("\";\"", "");
    return Finish(in, first, std::move(statement));
  }
  std::string_view rest = Trim(raw.Rest());
  while (rest.ends_with(';')) rest = Trim(rest.substr(0, rest.size() - 1));
  if (rest.empty()) raw.FailHere("the path of a jar in single quotes", "");
  statement.text = std::string(rest);
  return Finish(in, first, std::move(statement));
}

}  // namespace

std::optional<Statement> ReadClientCommand(TokenStream& in) {
  if (in.IsWord("SET")) return ReadSet(in);
  if (in.IsWord("RESET")) return ReadReset(in);
  if (in.IsWord("ADD") && in.IsWord("JAR", 1)) return ReadJar(in, Kind::kAddJar);
  if (in.IsWord("REMOVE") && in.IsWord("JAR", 1)) return ReadJar(in, Kind::kRemoveJar);
  struct Row {
    std::string_view word;
    Kind kind;
  };
  for (const Row& row :
       {Row{"CLEAR", Kind::kClear}, Row{"HELP", Kind::kHelp}, Row{"QUIT", Kind::kQuit}, Row{"EXIT", Kind::kQuit}}) {
    if (!in.IsWord(row.word)) continue;
    Statement statement;
    statement.kind = row.kind;
    statement.span = in.Take().span;
    return statement;
  }
  return std::nullopt;
}

}  // namespace millrace::sql
