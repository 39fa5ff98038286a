#include "app/client/result_screen.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/client/tableau.h"
#include "base/strings.h"

namespace millrace::app::client {
namespace {

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kBar = "\x1b[7m";
constexpr std::string_view kHeader = "\x1b[1;4m";
constexpr std::string_view kSelectedHeader = "\x1b[1;4;36m";
constexpr std::string_view kSelectedRow = "\x1b[7m";
constexpr std::string_view kNull = "\x1b[2m";
constexpr std::string_view kMatch = "\x1b[30;43m";
constexpr std::string_view kAdded = "\x1b[32m";
constexpr std::string_view kTaken = "\x1b[31m";
constexpr size_t kFrameRows = 4;  // title, status, header, keys

// Left or right in `width` columns; control characters would break the picture.
std::string Placed(std::string_view text, size_t width, bool right) {
  std::string clean(text);
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  const std::string fitted = FitText(clean, width);
  const size_t used = DisplayWidth(fitted);
  const std::string blanks(used < width ? width - used : 0, ' ');
  return right ? blanks + fitted : fitted + blanks;
}

std::string Bar(std::string_view text, size_t columns) {
  return std::string(kBar) + Placed(CutText(text, columns), columns, false) + std::string(kReset);
}

bool Contains(std::string_view text, std::string_view lower_case) {
  return ToLower(text).find(lower_case) != std::string::npos;
}

}  // namespace

ResultScreen::ResultScreen(ResultModel* model, size_t max_column_width)
    : model_(model), max_column_width_(std::max<size_t>(max_column_width, 4)) {
  for (const Field& field : model->schema().fields)
    widths_.push_back(std::min(DisplayWidth(field.name) + 2, max_column_width_));  // room for the sorting mark
}

ResultScreen::Action ResultScreen::OnKey(const Key& key) {
  if (prompt_ != Prompt::kNone) {
    OnPromptKey(key);
    return Action::kNone;
  }
  if (key.IsControl('C')) return Action::kQuit;
  if (key.kind == Key::Kind::kEndOfInput) return Action::kQuit;
  if (inspected_) {
    OnInspectKey(key);
    return Action::kNone;
  }
  if (key.kind == Key::Kind::kText) return OnText(key.text);
  if (key.kind == Key::Kind::kEnter && model_->num_rows() > 0) {
    inspected_ = model_->row(std::min(selected_, model_->num_rows() - 1));
    inspect_top_ = 0;
    follows_ = false;
  }
  if (key.kind == Key::Kind::kEscape) search_.clear();
  OnMove(key.kind);
  return Action::kNone;
}

void ResultScreen::OnMove(Key::Kind kind) {
  const auto page = static_cast<int64_t>(body_rows_);
  switch (kind) {
    case Key::Kind::kUp: MoveBy(-1); return;
    case Key::Kind::kDown: MoveBy(1); return;
    case Key::Kind::kPageUp: MoveBy(-page); return;
    case Key::Kind::kPageDown: MoveBy(page); return;
    case Key::Kind::kHome: MoveTo(0); return;
    case Key::Kind::kEnd:
      MoveTo(SIZE_MAX);
      follows_ = true;
      return;
    case Key::Kind::kLeft: column_ -= column_ > 0 ? 1 : 0; return;
    case Key::Kind::kRight: column_ += column_ + 1 < widths_.size() ? 1 : 0; return;
    default: return;
  }
}

// Flink's letters, in either case; n and N go through the matches while there is a search.
ResultScreen::Action ResultScreen::OnText(const std::string& text) {
  if (text.size() != 1) return Action::kNone;
  if (text[0] >= '1' && text[0] <= '9') {
    ToggleSort(static_cast<size_t>(text[0] - '1'));
    return Action::kNone;
  }
  if (!search_.empty() && (text == "n" || text == "N")) {
    Search(text == "N");
    return Action::kNone;
  }
  switch (ToLower(text)[0]) {
    case 'q': return Action::kQuit;
    case 'r': return Action::kRefresh;
    case '+': return Action::kSlower;
    case '-': return Action::kFaster;
    case 'o': return OnKey({.kind = Key::Kind::kEnter});
    case 'l': return OnKey({.kind = Key::Kind::kEnd});
    case 'n': return OnKey({.kind = Key::Kind::kPageDown});
    case 'p': return OnKey({.kind = Key::Kind::kPageUp});
    case 'j': return OnKey({.kind = Key::Kind::kDown});
    case 'k': return OnKey({.kind = Key::Kind::kUp});
    case 's': ToggleSort(column_); break;
    case 'g': prompt_ = Prompt::kPage; break;
    case '/': prompt_ = Prompt::kSearch; break;
    default: break;
  }
  return Action::kNone;
}

void ResultScreen::OnPromptKey(const Key& key) {
  if (key.kind == Key::Kind::kText) {
    input_ += key.text;
    return;
  }
  if (key.kind == Key::Kind::kBackspace && !input_.empty()) {
    while (input_.size() > 1 && (static_cast<unsigned char>(input_.back()) & 0xC0) == 0x80) input_.pop_back();
    input_.pop_back();
    return;
  }
  if (key.kind == Key::Kind::kResize) return;
  if (key.kind == Key::Kind::kEnter && prompt_ == Prompt::kPage) {
    const auto page = ParseInt64(input_);
    if (page && *page >= 1) MoveTo((static_cast<size_t>(*page) - 1) * body_rows_);
  } else if (key.kind == Key::Kind::kEnter) {
    if (!input_.empty()) search_ = ToLower(input_);
    if (!search_.empty()) Search(false);
  }
  input_.clear();
  prompt_ = Prompt::kNone;
}

void ResultScreen::OnInspectKey(const Key& key) {
  switch (key.kind) {
    case Key::Kind::kDown: ++inspect_top_; return;
    case Key::Kind::kUp: inspect_top_ -= inspect_top_ > 0 ? 1 : 0; return;
    case Key::Kind::kPageDown: inspect_top_ += body_rows_; return;
    case Key::Kind::kPageUp: inspect_top_ -= std::min(inspect_top_, body_rows_); return;
    case Key::Kind::kResize: return;
    default: inspected_.reset();
  }
}

void ResultScreen::MoveTo(size_t row) {
  selected_ = std::min(row, model_->num_rows() - std::min<size_t>(model_->num_rows(), 1));
  follows_ = false;
}

void ResultScreen::MoveBy(int64_t rows) {
  const int64_t at = static_cast<int64_t>(selected_) + rows;
  MoveTo(at < 0 ? 0 : static_cast<size_t>(at));
}

// Ascending, descending, as they came.
void ResultScreen::ToggleSort(size_t column) {
  if (column >= widths_.size() || model_->mode() == ResultModel::Mode::kChangelog) return;
  column_ = column;
  const auto now = model_->sorting();
  if (!now || now->column != column) {
    model_->SortBy(ResultModel::Sorting{.column = column});
  } else if (!now->descending) {
    model_->SortBy(ResultModel::Sorting{.column = column, .descending = true});
  } else {
    model_->SortBy(std::nullopt);
  }
  MoveTo(0);
}

bool ResultScreen::Matches(size_t row) {
  const Cells& cells = model_->row(row).cells;
  return std::any_of(cells.begin(), cells.end(), [&](const auto& cell) { return cell && Contains(*cell, search_); });
}

void ResultScreen::Search(bool backwards) {
  const size_t count = model_->num_rows();
  for (size_t i = 1; i <= count; ++i) {
    const size_t row = (selected_ + (backwards ? count - i : i)) % count;
    if (Matches(row)) return MoveTo(row);
  }
}

size_t ResultScreen::num_pages() const {
  return std::max<size_t>(1, (model_->num_rows() + body_rows_ - 1) / body_rows_);
}

// Brings selection and scrolling in line with the rows there are now.
void ResultScreen::SettleOn(size_t body_rows) {
  body_rows_ = body_rows;
  const size_t count = model_->num_rows();
  const size_t last = count == 0 ? 0 : count - 1;
  selected_ = follows_ ? last : std::min(selected_, last);
  top_ = std::min(top_, selected_);
  if (selected_ >= top_ + body_rows) top_ = selected_ - body_rows + 1;
  if (top_ + body_rows > count) top_ = count > body_rows ? count - body_rows : 0;
}

// Widths of the rows in sight.
void ResultScreen::Measure() {
  for (size_t row = top_; row < std::min(top_ + body_rows_, model_->num_rows()); ++row) {
    const Cells& cells = model_->row(row).cells;
    for (size_t i = 0; i < std::min(cells.size(), widths_.size()); ++i) {
      const size_t width = cells[i] ? DisplayWidth(*cells[i]) : kNullText.size();
      widths_[i] = std::max(widths_[i], std::min(width, max_column_width_));
    }
  }
}

std::vector<ResultScreen::Column> ResultScreen::VisibleColumns(size_t columns) {
  const size_t left = model_->mode() == ResultModel::Mode::kChangelog ? 4 : 0;
  // How many columns from `first` on fit.
  const auto fit = [&](size_t first) {
    std::vector<Column> visible;
    size_t used = left;
    for (size_t i = first; i < widths_.size(); ++i) {
      const size_t width = std::min(widths_[i], columns > left + 1 ? columns - left - 1 : 1);
      if (!visible.empty() && used + width + 2 > columns) break;
      visible.push_back({i, width});
      used += width + 2;
    }
    return visible;
  };
  first_column_ = std::min(first_column_, column_);
  while (first_column_ < column_ && fit(first_column_).back().index < column_) ++first_column_;
  return fit(first_column_);
}

std::string ResultScreen::TitleLine(size_t columns) const {
  const std::string_view title =
      model_->mode() == ResultModel::Mode::kTable ? "SQL Query Result (Table)" : "SQL Query Result (Changelog)";
  const size_t left = columns > title.size() ? (columns - title.size()) / 2 : 0;
  return Bar(std::string(left, ' ') + std::string(title), columns);
}

std::string ResultScreen::StatusLine(const Status& status, size_t columns) const {
  const std::string page = follows_ ? fmt::format("Last of {}", num_pages())
                                    : fmt::format("{} of {}", selected_ / body_rows_ + 1, num_pages());
  std::string text = fmt::format(" Refresh: {}   Page: {}   Rows: {}", status.refresh, page, model_->num_rows());
  if (model_->num_changes() != static_cast<int64_t>(model_->num_rows()))
    text += fmt::format("   Changes: {}", model_->num_changes());
  text += fmt::format("   Updated: {}   {}", status.updated, status.state);
  if (!search_.empty()) text += fmt::format("   Search: {}", search_);
  return std::string(CutText(text, columns));
}

std::string ResultScreen::HeaderLine(const std::vector<Column>& visible) const {
  std::string line;
  if (model_->mode() == ResultModel::Mode::kChangelog) line = std::string(kHeader) + "op" + std::string(kReset) + "  ";
  const auto& sorting = model_->sorting();
  for (const Column& column : visible) {
    const Field& field = model_->schema().fields[column.index];
    const bool sorted = sorting && sorting->column == column.index;
    const std::string name = sorted ? field.name + (sorting->descending ? " ▼" : " ▲") : field.name;
    line += std::string(column.index == column_ ? kSelectedHeader : kHeader) +
            Placed(name, column.width, field.type.IsNumeric()) + std::string(kReset);
    if (&column != &visible.back()) line += "  ";
  }
  // Are there columns out of sight to the right?
  if (visible.empty() || visible.back().index + 1 == widths_.size()) return line;
  return line + " \x1b[2m›" + std::string(kReset);
}

std::string ResultScreen::RowLine(size_t row, const std::vector<Column>& visible, size_t columns) {
  const ResultRow& shown = model_->row(row);
  const bool selected = row == selected_ && !follows_;
  const std::string_view base = selected ? kSelectedRow : std::string_view();
  std::string line(base);
  size_t used = 0;
  if (model_->mode() == ResultModel::Mode::kChangelog) {
    const bool added = shown.kind == RowKind::kInsert || shown.kind == RowKind::kUpdateAfter;
    line += std::string(added ? kAdded : kTaken) + std::string(RowKindShortName(shown.kind)) + std::string(kReset) +
            std::string(base) + "  ";
    used += 4;
  }
  for (const Column& column : visible) {
    const auto& cell = shown.cells[column.index];
    const bool number = model_->schema().fields[column.index].type.IsNumeric();
    const std::string text = Placed(cell ? std::string_view(*cell) : kNullText, column.width, number);
    const std::string_view mark = cell && !search_.empty() && Contains(*cell, search_) ? kMatch : cell ? "" : kNull;
    line += mark.empty() ? text : std::string(mark) + text + std::string(kReset) + std::string(base);
    used += column.width;
    if (&column == &visible.back()) break;
    line += "  ";
    used += 2;
  }
  if (selected && used < columns) line += std::string(columns - used, ' ');
  return base.empty() ? line : line + std::string(kReset);
}

std::string ResultScreen::KeysLine(size_t columns) const {
  if (prompt_ == Prompt::kSearch) return Bar(" Search: " + input_ + "_", columns);
  if (prompt_ == Prompt::kPage) return Bar(fmt::format(" Page (1 to {}): {}_", num_pages(), input_), columns);
  if (inspected_) return Bar(" Q Back   Up Down Scroll", columns);
  std::string keys = " Q Quit";
  if (model_->mode() == ResultModel::Mode::kTable) keys += "  1-9 S Sort";
  keys += search_.empty() ? "  / Search" : "  n N Match  Esc No search";
  keys += "  Enter Row  G Page  L Last  R Refresh  + - Rate  Arrows PgUp PgDn Move";
  return Bar(keys, columns);
}

// One row: every column in full, wrapped.
std::vector<std::string> ResultScreen::RenderRow(TerminalSize size) {
  std::vector<std::string> lines;
  const size_t width = size.columns > 4 ? size.columns - 4 : 1;
  for (size_t i = 0; i < widths_.size(); ++i) {
    const Field& field = model_->schema().fields[i];
    lines.push_back(std::string(kHeader) + std::string(CutText(field.name, width)) + std::string(kReset) + " \x1b[2m" +
                    std::string(CutText(field.type.ToString(), width / 2)) + std::string(kReset));
    for (const std::string& paragraph : Split(inspected_->cells[i].value_or(std::string(kNullText)), '\n')) {
      std::string_view rest = paragraph;
      do {
        const std::string_view piece = CutText(rest, width);
        lines.push_back("  " + Placed(piece, DisplayWidth(piece), false));
        rest.remove_prefix(piece.empty() ? rest.size() : piece.size());
      } while (!rest.empty());
    }
  }
  const size_t room = size.rows - 2;
  inspect_top_ = std::min(inspect_top_, lines.size() > room ? lines.size() - room : 0);
  std::vector<std::string> out = {Bar(fmt::format(" Row {} of {}", selected_ + 1, model_->num_rows()), size.columns)};
  for (size_t i = inspect_top_; i < std::min(inspect_top_ + room, lines.size()); ++i) out.push_back(lines[i]);
  out.resize(size.rows - 1);
  out.push_back(KeysLine(size.columns));
  return out;
}

std::vector<std::string> ResultScreen::Render(const Status& status, TerminalSize size) {
  size.rows = std::max<size_t>(size.rows, kFrameRows + 1);
  size.columns = std::max<size_t>(size.columns, 10);
  SettleOn(size.rows - kFrameRows);
  if (inspected_) return RenderRow(size);
  Measure();
  const std::vector<Column> visible = VisibleColumns(size.columns - 2);
  std::vector<std::string> lines = {TitleLine(size.columns), StatusLine(status, size.columns), HeaderLine(visible)};
  for (size_t row = top_; row < std::min(top_ + body_rows_, model_->num_rows()); ++row)
    lines.push_back(RowLine(row, visible, size.columns));
  if (model_->num_rows() == 0) lines.push_back("\x1b[2m  No rows yet." + std::string(kReset));
  lines.resize(size.rows - 1);
  lines.push_back(KeysLine(size.columns));
  return lines;
}

}  // namespace millrace::app::client
