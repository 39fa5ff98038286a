#include "app/client/line_editor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "app/command.h"
#include "base/file.h"
#include "base/strings.h"

namespace millrace::app::client {
namespace {

constexpr size_t kMaxHistory = 500;
constexpr size_t kPopupRows = 8;
constexpr int64_t kSignalMillis = 500;  // how long a signal may stay unseen
constexpr std::string_view kContinuation = "> ";

std::string Escape(std::string_view text) { return ReplaceAll(ReplaceAll(text, "\\", "\\\\"), "\n", "\\n"); }

std::string Unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      ++i;
      out += text[i] == 'n' ? '\n' : text[i];
    } else {
      out += text[i];
    }
  }
  return out;
}

bool OnTerminal() { return isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0; }

constexpr mode_t kOwnerOnly = 0600;  // statements may hold passwords

void WritePrivately(const std::string& path, std::string_view text) {
  const std::string temp = path + ".tmp";
  const int fd = ::open(temp.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kOwnerOnly);
  if (fd < 0) return;
  const bool written = ::fchmod(fd, kOwnerOnly) == 0 &&  // it may have been left behind
                       ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  if (written) std::rename(temp.c_str(), path.c_str());
}

// What a chosen completion is followed by.
std::string_view Behind(const Candidate& candidate) {
  if (candidate.text.ends_with('\'') || candidate.text.ends_with('(')) return "";
  return candidate.kind == "function" ? "(" : " ";
}

}  // namespace

LineEditor::LineEditor(std::string history_path, EditorHooks hooks)
    : history_path_(std::move(history_path)), hooks_(std::move(hooks)) {
  LoadHistory();
}

LineEditor::~LineEditor() = default;

LineEditor::Outcome LineEditor::Read(std::string_view prompt, std::string* text) {
  return OnTerminal() ? ReadFromTerminal(prompt, text) : ReadLines(prompt, text);
}

LineEditor::Outcome LineEditor::ReadLines(std::string_view prompt, std::string* text) {
  text->clear();
  WriteTerminal(prompt);
  std::string line;
  for (int c = std::getchar(); c != EOF; c = std::getchar()) {
    text->push_back(static_cast<char>(c));
    if (c != '\n') continue;
    if (hooks_.is_complete(*text)) return Outcome::kText;
    WriteTerminal(kContinuation);
  }
  if (Trim(*text).empty()) return Outcome::kEndOfInput;
  return Outcome::kText;
}

LineEditor::Outcome LineEditor::ReadFromTerminal(std::string_view prompt, std::string* text) {
  const TerminalMode mode(TerminalMode::Screen::kLine);
  buffer_.Clear();
  popup_.reset();
  drawn_rows_above_ = 0;
  Redraw(prompt);
  std::optional<Outcome> outcome;
  while (!outcome) {
    if (const auto key = keys_.Read(kSignalMillis)) {
      outcome = OnKey(*key);
      Redraw(prompt);
    } else if (TerminationRequested()) {
      outcome = Outcome::kEndOfInput;
    } else if (StopRequested()) {
      outcome = Outcome::kInterrupted;
    }
  }
  *text = buffer_.text();
  buffer_.Set(buffer_.text());  // cursor to the end, so that output starts below the statement
  popup_.reset();
  Redraw(prompt);
  WriteTerminal("\r\n");
  if (*outcome == Outcome::kText) SaveHistory(std::string(Trim(*text)));
  return *outcome;
}

std::optional<LineEditor::Outcome> LineEditor::OnKey(const Key& key) {
  if (popup_ && OnPopupKey(key)) return std::nullopt;
  popup_.reset();
  switch (key.kind) {
    case Key::Kind::kText:
    case Key::Kind::kPaste: buffer_.Insert(key.text); break;
    case Key::Kind::kControl: return OnControl(key.letter);
    case Key::Kind::kEnter: return OnEnter();
    case Key::Kind::kTab: OnTab(); break;
    case Key::Kind::kBackspace: buffer_.Backspace(); break;
    case Key::Kind::kDelete: buffer_.Delete(); break;
    case Key::Kind::kEndOfInput: return Outcome::kEndOfInput;
    case Key::Kind::kAlt:
      if (key.letter == '\r') buffer_.Insert("\n");
      break;
    case Key::Kind::kUp:
    case Key::Kind::kDown:
    case Key::Kind::kLeft:
    case Key::Kind::kRight:
    case Key::Kind::kWordLeft:
    case Key::Kind::kWordRight:
    case Key::Kind::kHome:
    case Key::Kind::kEnd: OnMove(key.kind); break;
    case Key::Kind::kBackTab:
    case Key::Kind::kEscape:
    case Key::Kind::kPageUp:
    case Key::Kind::kPageDown:
    case Key::Kind::kResize: break;
  }
  return std::nullopt;
}

void LineEditor::OnMove(Key::Kind kind) {
  switch (kind) {
    case Key::Kind::kUp: return buffer_.Up();
    case Key::Kind::kDown: return buffer_.Down();
    case Key::Kind::kLeft: return buffer_.Left();
    case Key::Kind::kRight: return buffer_.Right();
    case Key::Kind::kWordLeft: return buffer_.WordLeft();
    case Key::Kind::kWordRight: return buffer_.WordRight();
    case Key::Kind::kHome: return buffer_.LineStart();
    default: return buffer_.LineEnd();
  }
}

std::optional<LineEditor::Outcome> LineEditor::OnEnter() {
  if (Trim(buffer_.text()).empty() || hooks_.is_complete(buffer_.text())) return Outcome::kText;
  buffer_.Insert("\n");
  return std::nullopt;
}

std::optional<LineEditor::Outcome> LineEditor::OnControl(char letter) {
  switch (letter) {
    case 'C': return Outcome::kInterrupted;
    case 'D':
      if (buffer_.text().empty()) return Outcome::kEndOfInput;
      buffer_.Delete();
      break;
    case 'A': buffer_.LineStart(); break;
    case 'E': buffer_.LineEnd(); break;
    case 'B': buffer_.Left(); break;
    case 'F': buffer_.Right(); break;
    case 'P': buffer_.Up(); break;
    case 'N': buffer_.Down(); break;
    case 'K': buffer_.KillToEnd(); break;
    case 'U': buffer_.KillToStart(); break;
    case 'W': buffer_.KillWord(); break;
    case 'Y': buffer_.Yank(); break;
    case 'R': SearchHistory(); break;
    case 'L':
      WriteTerminal("\x1b[H\x1b[2J");
      drawn_rows_above_ = 0;
      break;
    default: break;
  }
  return std::nullopt;
}

bool LineEditor::OnPopupKey(const Key& key) {
  switch (key.kind) {
    case Key::Kind::kTab:
    case Key::Kind::kDown: popup_->Move(1); return true;
    case Key::Kind::kBackTab:
    case Key::Kind::kUp: popup_->Move(-1); return true;
    case Key::Kind::kPageDown: popup_->Move(static_cast<int>(kPopupRows)); return true;
    case Key::Kind::kPageUp: popup_->Move(-static_cast<int>(kPopupRows)); return true;
    case Key::Kind::kEnter: Accept(Candidate(popup_->selected())); return true;
    case Key::Kind::kEscape: popup_.reset(); return true;
    case Key::Kind::kText:
      buffer_.Insert(key.text);
      NarrowPopup();
      return true;
    default:
      // Ctrl-C closes the list and leaves the text.
      if (!key.IsControl('C')) return false;
      popup_.reset();
      return true;
  }
}

void LineEditor::NarrowPopup() {
  const std::string typed = buffer_.text().substr(popup_->begin(), buffer_.cursor() - popup_->begin());
  if (!popup_->Narrow(typed)) popup_.reset();
}

void LineEditor::Accept(const Candidate& candidate) {
  const size_t begin = popup_->begin();
  popup_.reset();
  buffer_.Replace(begin, buffer_.cursor(), candidate.text + std::string(Behind(candidate)));
}

void LineEditor::OnTab() {
  if (!hooks_.complete) return;
  Completion completion = hooks_.complete(buffer_.text(), buffer_.cursor());
  if (completion.candidates.empty()) return;
  popup_.emplace(std::move(completion));
  if (popup_->size() == 1) return Accept(Candidate(popup_->selected()));
  const std::string prefix = popup_->CommonPrefix();
  if (prefix.size() > buffer_.cursor() - popup_->begin()) buffer_.Replace(popup_->begin(), buffer_.cursor(), prefix);
}

void LineEditor::SearchHistory() {
  std::string wanted;
  size_t at = buffer_.history().size();
  while (true) {
    const size_t found = wanted.empty() ? std::string::npos : buffer_.SearchBack(wanted, at);
    if (found != std::string::npos) {
      buffer_.Set(buffer_.history()[found]);
      at = found + 1;
    }
    Redraw(fmt::format("({}search '{}') ", wanted.empty() || found != std::string::npos ? "" : "failing ", wanted));
    const auto key = keys_.Read(kSignalMillis);
    if (!key) {
      if (StopRequested()) return;
      continue;
    }
    if (key->IsControl('R')) {
      at = found == std::string::npos ? buffer_.history().size() : found;
    } else if (key->kind == Key::Kind::kBackspace) {
      while (!wanted.empty() && (static_cast<unsigned char>(wanted.back()) & 0xC0) == 0x80) wanted.pop_back();
      if (!wanted.empty()) wanted.pop_back();
      at = buffer_.history().size();
    } else if (key->kind == Key::Kind::kText) {
      wanted += key->text;
      at = buffer_.history().size();
    } else if (key->kind != Key::Kind::kResize) {
      if (key->IsControl('C') || key->IsControl('G')) buffer_.Clear();
      return;
    }
  }
}

std::pair<size_t, size_t> LineEditor::PlaceOf(std::string_view prompt, size_t end) const {
  const size_t columns = SizeOfTerminal().columns;
  size_t row = 0;
  size_t column = DisplayWidth(prompt);
  size_t begin = 0;
  while (true) {
    const size_t newline = buffer_.text().find('\n', begin);
    const size_t stop = std::min(newline == std::string::npos ? buffer_.text().size() : newline, end);
    column += DisplayWidth(std::string_view(buffer_.text()).substr(begin, stop - begin));
    row += column / columns;
    column %= columns;
    if (newline == std::string::npos || newline >= end) return {row, column};
    begin = newline + 1;
    ++row;
    column = kContinuation.size();
  }
}

void LineEditor::Redraw(std::string_view prompt) {
  std::string out = drawn_rows_above_ > 0 ? fmt::format("\x1b[{}A", drawn_rows_above_) : "";
  out += "\r\x1b[J";
  const std::string shown = hooks_.highlight ? hooks_.highlight(buffer_.text()) : buffer_.text();
  out += std::string(prompt) + ReplaceAll(shown, "\n", "\r\n" + std::string(kContinuation));
  const auto [last_row, last_column] = PlaceOf(prompt, buffer_.text().size());
  const auto [row, column] = PlaceOf(prompt, buffer_.cursor());
  if (last_column == 0 && last_row > 0) out += "\r\n";  // the terminal has not wrapped yet
  size_t below = last_row - row;
  if (popup_) {
    const TerminalSize size = SizeOfTerminal();
    const size_t room = size.rows > last_row + 2 ? size.rows - last_row - 2 : 1;
    const size_t indent = PlaceOf(prompt, popup_->begin()).second;
    for (const std::string& line : popup_->Lines(std::min(room, kPopupRows), size.columns - 1, indent)) {
      out += "\r\n" + line;
      ++below;
    }
  }
  if (below > 0) out += fmt::format("\x1b[{}A", below);
  out += "\r";
  if (column > 0) out += fmt::format("\x1b[{}C", column);
  drawn_rows_above_ = row;
  WriteTerminal(out);
}

void LineEditor::LoadHistory() {
  if (history_path_.empty()) return;
  struct stat status{};
  if (::stat(history_path_.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) return history_path_.clear();
  static_cast<void>(::chmod(history_path_.c_str(), kOwnerOnly));
  const auto text = ReadWholeFile(RealFileSystem(), history_path_);
  if (!text.ok()) return;
  for (const std::string& line : Split(*text, '\n')) buffer_.AddHistory(Unescape(line));
}

void LineEditor::SaveHistory(const std::string& statement) {
  buffer_.AddHistory(statement);
  if (history_path_.empty()) return;
  const auto& history = buffer_.history();
  std::string text;
  for (size_t i = history.size() > kMaxHistory ? history.size() - kMaxHistory : 0; i < history.size(); ++i) {
    text += Escape(history[i]) + "\n";
  }
  WritePrivately(history_path_, text);  // a history that cannot be written is no reason to stop the client
}

}  // namespace millrace::app::client
