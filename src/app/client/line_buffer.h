#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::app::client {

// The text under the cursor of the line editor and its history, without any terminal: every key press is one call.
// Positions are byte offsets at code-point boundaries. One statement may have several lines.
class LineBuffer {
 public:
  const std::string& text() const { return text_; }
  size_t cursor() const { return cursor_; }

  void Insert(std::string_view utf8);
  void Backspace();
  void Delete();
  void Left();
  void Right();
  void WordLeft();
  void WordRight();
  void LineStart();  // of the line the cursor is in
  void LineEnd();
  void KillToEnd();                                               // Ctrl-K; killed text can be yanked
  void KillToStart();                                             // Ctrl-U
  void KillWord();                                                // Ctrl-W
  void Yank();                                                    // Ctrl-Y
  void Replace(size_t begin, size_t end, std::string_view utf8);  // a completion
  void Clear();
  void Set(std::string text);  // cursor at the end

  // Within a statement of several lines Up and Down move between lines first; at its ends they walk the history.
  void Up();
  void Down();
  void AddHistory(const std::string& statement);  // drops repeats of the last one
  const std::vector<std::string>& history() const { return history_; }
  // The newest entry before `from` (exclusive; history().size() to begin) that contains `text` in any case; npos when
  // there is none.
  size_t SearchBack(std::string_view text, size_t from) const;

 private:
  size_t LineBegin(size_t at) const;
  size_t LineFinish(size_t at) const;

  std::string text_;
  size_t cursor_ = 0;
  std::string killed_;
  std::vector<std::string> history_;
  size_t history_at_ = 0;  // history_.size() = the new line
  std::string new_line_;   // what was typed before walking the history
};

}  // namespace millrace::app::client
