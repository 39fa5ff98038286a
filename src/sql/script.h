#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/lexer.h"

namespace millrace::sql {

// One statement of a script, as text.
struct ScriptPiece {
  std::string text;         // without blanks around it; comments before it and its ';' included
  SourcePosition position;  // of text's first byte in the script: the `origin` for ParseStatement
  bool terminated = false;  // ends in ';'
};

// Cuts a script into its statements. A statement ends at a ';' outside quotes, comments and hints, wherever on a line
// it stands; `STATEMENT SET BEGIN ..; ..; END;` stays whole. Empty statements and comments alone are left out. The last
// statement needs no ';'. Takes any bytes: text that cannot be cut well comes back for the parser to refuse.
std::vector<ScriptPiece> SplitScript(std::string_view script);

// The lines of an interactive client on their way to whole statements. One thread.
class StatementBuffer {
 public:
  // `line` without its line end.
  void AddLine(std::string_view line);
  // Takes the next complete statement out; its position is that of a text of its own. A line that is nothing but QUIT,
  // EXIT, HELP or CLEAR is complete without
  // ';'.
  std::optional<ScriptPiece> Take();
  // Text waits for more lines (blanks and whole comments do not count).
  bool pending() const;
  void Clear() { text_.clear(); }

 private:
  std::string text_;  // lines joined by '\n', each with its end
};

}  // namespace millrace::sql
