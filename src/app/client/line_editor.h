#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/client/completion_popup.h"
#include "app/client/line_buffer.h"
#include "app/client/terminal.h"

namespace millrace::app::client {

struct EditorHooks {
  // Whether Enter ends the input (a complete statement) or starts a new line.
  std::function<bool(const std::string& text)> is_complete;
  // The text with ANSI colours; must keep its visible characters.
  std::function<std::string(const std::string& text)> highlight;
  std::function<Completion(const std::string& text, size_t cursor)> complete;
};

// Reads statements from a terminal with editing, history and completion; from anything else line by line. One thread.
class LineEditor {
 public:
  enum class Outcome { kText, kInterrupted, kEndOfInput };

  // `history_path` may be empty; entries are kept one per line with \n and \\ escaped.
  LineEditor(std::string history_path, EditorHooks hooks);
  ~LineEditor();

  // Prints the prompt ("Flink SQL> ", continuation lines "> ") and reads up to a complete statement.
  Outcome Read(std::string_view prompt, std::string* text);

 private:
  Outcome ReadFromTerminal(std::string_view prompt, std::string* text);
  Outcome ReadLines(std::string_view prompt, std::string* text);
  void Redraw(std::string_view prompt);
  // Where the text up to `end` stops: rows below the prompt's row, and the column.
  std::pair<size_t, size_t> PlaceOf(std::string_view prompt, size_t end) const;
  // Each gives the outcome when the key ends the input.
  std::optional<Outcome> OnKey(const Key& key);
  std::optional<Outcome> OnControl(char letter);
  std::optional<Outcome> OnEnter();
  void OnMove(Key::Kind kind);
  // True when the open popup took the key.
  bool OnPopupKey(const Key& key);
  void OnTab();
  void Accept(const Candidate& candidate);
  void NarrowPopup();
  void SearchHistory();
  void LoadHistory();
  void SaveHistory(const std::string& statement);

  std::string history_path_;
  EditorHooks hooks_;
  KeyReader keys_;
  LineBuffer buffer_;
  std::optional<CompletionPopup> popup_;
  size_t drawn_rows_above_ = 0;  // terminal rows between the prompt's row and the cursor's
};

}  // namespace millrace::app::client
