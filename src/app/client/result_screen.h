#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/client/keys.h"
#include "app/client/result_model.h"
#include "app/client/terminal.h"

namespace millrace::app::client {

// A full-screen view of a result, without any terminal: keys in, lines out. One thread.
class ResultScreen {
 public:
  // `max_column_width`: wider cells are cut; the row's own page shows them whole.
  ResultScreen(ResultModel* model, size_t max_column_width);

  struct Status {
    std::string state;    // "RUNNING"
    std::string refresh;  // "500 ms"
    std::string updated;  // "12:00:01.234"
  };
  enum class Action { kNone, kQuit, kRefresh, kFaster, kSlower };
  Action OnKey(const Key& key);

  // `size.rows` lines of at most `size.columns`, with ANSI attributes.
  std::vector<std::string> Render(const Status& status, TerminalSize size);

 private:
  enum class Prompt { kNone, kSearch, kPage };
  struct Column {
    size_t index = 0;
    size_t width = 0;
  };

  Action OnText(const std::string& text);
  void OnPromptKey(const Key& key);
  void OnMove(Key::Kind kind);
  void OnInspectKey(const Key& key);
  void MoveTo(size_t row);
  void MoveBy(int64_t rows);
  void ToggleSort(size_t column);
  // The next row after (before) the selected one that contains the text; stays when there is none.
  void Search(bool backwards);
  bool Matches(size_t row);
  void SettleOn(size_t body_rows);
  void Measure();
  std::vector<Column> VisibleColumns(size_t columns);
  std::string TitleLine(size_t columns) const;
  std::string StatusLine(const Status& status, size_t columns) const;
  std::string HeaderLine(const std::vector<Column>& visible) const;
  std::string RowLine(size_t row, const std::vector<Column>& visible, size_t columns);
  std::string KeysLine(size_t columns) const;
  std::vector<std::string> RenderRow(TerminalSize size);
  size_t num_pages() const;

  ResultModel* model_;
  size_t max_column_width_;
  std::vector<size_t> widths_;  // by column; they only grow, so that the picture stays calm
  size_t selected_ = 0;
  size_t top_ = 0;
  size_t body_rows_ = 1;
  bool follows_ = true;  // stays at the last row
  size_t column_ = 0;    // the selected one
  size_t first_column_ = 0;
  Prompt prompt_ = Prompt::kNone;
  std::string input_;  // of the prompt
  std::string search_;
  std::optional<ResultRow> inspected_;  // the row that is shown whole, as it was then
  size_t inspect_top_ = 0;
};

}  // namespace millrace::app::client
