#include "app/client/line_editor.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

#include "base/file.h"
#include "base/strings.h"

namespace millrace::app::client {
namespace {

constexpr size_t kMaxHistory = 500;
constexpr std::string_view kContinuation = "> ";

constexpr unsigned char Ctrl(char c) { return static_cast<unsigned char>(c & 0x1F); }

// Raw mode for the life of the object.
class RawTerminal {
 public:
  RawTerminal() {
    tcgetattr(STDIN_FILENO, &saved_);
    termios raw = saved_;
    raw.c_iflag &= ~static_cast<tcflag_t>(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
    raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | IEXTEN | ISIG);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  }
  ~RawTerminal() { tcsetattr(STDIN_FILENO, TCSADRAIN, &saved_); }

 private:
  termios saved_{};
};

size_t TerminalColumns() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void Put(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

int ReadByte() {
  unsigned char byte = 0;
  return read(STDIN_FILENO, &byte, 1) == 1 ? byte : -1;
}

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

std::string CommonPrefix(const std::vector<Candidate>& candidates) {
  std::string prefix = candidates.front().text;
  for (const auto& [word, kind, detail] : candidates) {
    size_t n = 0;
    while (n < prefix.size() && n < word.size() && EqualsIgnoreCase(prefix.substr(n, 1), word.substr(n, 1))) ++n;
    prefix.resize(n);
  }
  return prefix;
}

}  // namespace

LineEditor::LineEditor(std::string history_path, EditorHooks hooks)
    : history_path_(std::move(history_path)), hooks_(std::move(hooks)) {
  LoadHistory();
}

LineEditor::~LineEditor() = default;

LineEditor::Outcome LineEditor::Read(std::string_view prompt, std::string* text) {
  return isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0 ? ReadFromTerminal(prompt, text)
                                                                 : ReadLines(prompt, text);
}

LineEditor::Outcome LineEditor::ReadLines(std::string_view prompt, std::string* text) {
  text->clear();
  Put(prompt);
  std::string line;
  for (int c = std::getchar(); c != EOF; c = std::getchar()) {
    text->push_back(static_cast<char>(c));
    if (c != '\n') continue;
    if (hooks_.is_complete(*text)) return Outcome::kText;
    Put(kContinuation);
  }
  if (Trim(*text).empty()) return Outcome::kEndOfInput;
  return Outcome::kText;
}

LineEditor::Outcome LineEditor::ReadFromTerminal(std::string_view prompt, std::string* text) {
  const RawTerminal raw;
  buffer_.Clear();
  drawn_rows_above_ = 0;
  Redraw(prompt);
  Outcome outcome = Outcome::kEndOfInput;
  while (true) {
    const int byte = ReadByte();
    if (byte < 0) return Outcome::kEndOfInput;
    if (OnByte(static_cast<unsigned char>(byte), prompt, &outcome, text)) break;
    Redraw(prompt);
  }
  buffer_.Set(buffer_.text());  // cursor to the end, so that output starts below the statement
  Redraw(prompt);
  Put("\r\n");
  return outcome;
}

bool LineEditor::OnByte(unsigned char byte, std::string_view prompt, Outcome* outcome, std::string* text) {
  switch (byte) {
    case '\r':
    case '\n':
      if (Trim(buffer_.text()).empty() || hooks_.is_complete(buffer_.text())) {
        *text = buffer_.text();
        *outcome = Outcome::kText;
        SaveHistory(std::string(Trim(*text)));
        return true;
      }
      buffer_.Insert("\n");
      return false;
    case Ctrl('C'): *outcome = Outcome::kInterrupted; return true;
    case Ctrl('D'):
      if (buffer_.text().empty()) {
        *outcome = Outcome::kEndOfInput;
        return true;
      }
      buffer_.Delete();
      return false;
    case Ctrl('A'): buffer_.LineStart(); return false;
    case Ctrl('E'): buffer_.LineEnd(); return false;
    case Ctrl('B'): buffer_.Left(); return false;
    case Ctrl('F'): buffer_.Right(); return false;
    case Ctrl('P'): buffer_.Up(); return false;
    case Ctrl('N'): buffer_.Down(); return false;
    case Ctrl('K'): buffer_.KillToEnd(); return false;
    case Ctrl('U'): buffer_.KillToStart(); return false;
    case Ctrl('W'): buffer_.KillWord(); return false;
    case Ctrl('Y'): buffer_.Yank(); return false;
    case Ctrl('R'): SearchHistory(prompt); return false;
    case Ctrl('L'):
      Put("\x1b[H\x1b[2J");
      drawn_rows_above_ = 0;
      return false;
    case '\t': OnTab(prompt); return false;
    case 127:
    case Ctrl('H'): buffer_.Backspace(); return false;
    case 27: OnEscape(); return false;
    default: break;
  }
  if (byte < 32) return false;
  std::string utf8(1, static_cast<char>(byte));
  const int more = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : byte >= 0xC0 ? 1 : 0;
  for (int i = 0; i < more; ++i) utf8 += static_cast<char>(ReadByte());
  buffer_.Insert(utf8);
  return false;
}

void LineEditor::OnEscape() {
  const int kind = ReadByte();
  if (kind == 'b') return buffer_.WordLeft();
  if (kind == 'f') return buffer_.WordRight();
  if (kind != '[' && kind != 'O') return;
  std::string sequence;
  int byte = ReadByte();
  while (byte >= 0 && (byte == ';' || (byte >= '0' && byte <= '9'))) {
    sequence += static_cast<char>(byte);
    byte = ReadByte();
  }
  const bool word = sequence.ends_with(";5") || sequence.ends_with(";3");
  switch (byte) {
    case 'A': return buffer_.Up();
    case 'B': return buffer_.Down();
    case 'C': return word ? buffer_.WordRight() : buffer_.Right();
    case 'D': return word ? buffer_.WordLeft() : buffer_.Left();
    case 'H': return buffer_.LineStart();
    case 'F': return buffer_.LineEnd();
    case '~':
      if (sequence == "3") return buffer_.Delete();
      if (sequence == "1" || sequence == "7") return buffer_.LineStart();
      if (sequence == "4" || sequence == "8") return buffer_.LineEnd();
      return;
    default: return;
  }
}

void LineEditor::OnTab(std::string_view prompt) {
  if (!hooks_.complete) return;
  const Completion completion = hooks_.complete(buffer_.text(), buffer_.cursor());
  if (completion.candidates.empty()) return;
  const std::string typed = buffer_.text().substr(completion.begin, buffer_.cursor() - completion.begin);
  const std::string prefix = CommonPrefix(completion.candidates);
  if (completion.candidates.size() == 1) {
    buffer_.Replace(completion.begin, buffer_.cursor(), completion.candidates.front().text + " ");
  } else if (prefix.size() > typed.size()) {
    buffer_.Replace(completion.begin, buffer_.cursor(), prefix);
  } else {
    Put("\r\n");
    std::string list;
    size_t used = 0;
    for (const auto& [candidate, kind, detail] : completion.candidates) {
      if (used + candidate.size() + 2 > TerminalColumns()) {
        list += "\r\n";
        used = 0;
      }
      list += candidate + "  ";
      used += candidate.size() + 2;
    }
    Put(list + "\r\n");
    drawn_rows_above_ = 0;
    Redraw(prompt);
  }
}

void LineEditor::SearchHistory(std::string_view prompt) {
  std::string wanted;
  size_t at = buffer_.history().size();
  while (true) {
    const size_t found = wanted.empty() ? std::string::npos : buffer_.SearchBack(wanted, at);
    if (found != std::string::npos) {
      buffer_.Set(buffer_.history()[found]);
      at = found + 1;
    }
    Redraw(fmt::format("(search '{}') ", wanted));
    const int byte = ReadByte();
    if (byte == Ctrl('R')) {
      at = found == std::string::npos ? buffer_.history().size() : found;
    } else if (byte == 127 || byte == Ctrl('H')) {
      if (!wanted.empty()) wanted.pop_back();
      at = buffer_.history().size();
    } else if (byte >= 32) {
      wanted += static_cast<char>(byte);
      at = buffer_.history().size();
    } else {
      if (byte == Ctrl('C')) buffer_.Clear();
      Redraw(prompt);
      return;
    }
  }
}

void LineEditor::Redraw(std::string_view prompt) {
  const size_t columns = TerminalColumns();
  std::string out = drawn_rows_above_ > 0 ? fmt::format("\x1b[{}A", drawn_rows_above_) : "";
  out += "\r\x1b[J";
  const std::string shown = hooks_.highlight ? hooks_.highlight(buffer_.text()) : buffer_.text();
  out += std::string(prompt) + ReplaceAll(shown, "\n", "\r\n" + std::string(kContinuation));
  // Rows of the text up to `end`, counted from the prompt's row, and the column there.
  const auto place = [&](size_t end) {
    size_t row = 0;
    size_t column = DisplayWidth(prompt);
    size_t begin = 0;
    while (true) {
      const size_t newline = buffer_.text().find('\n', begin);
      const size_t stop = std::min(newline == std::string::npos ? buffer_.text().size() : newline, end);
      column += DisplayWidth(std::string_view(buffer_.text()).substr(begin, stop - begin));
      row += column / columns;
      column %= columns;
      if (newline == std::string::npos || newline >= end) return std::pair(row, column);
      begin = newline + 1;
      ++row;
      column = kContinuation.size();
    }
  };
  const auto [last_row, last_column] = place(buffer_.text().size());
  const auto [row, column] = place(buffer_.cursor());
  if (last_column == 0 && last_row > 0) out += "\r\n";  // the terminal has not wrapped yet
  if (last_row > row) out += fmt::format("\x1b[{}A", last_row - row);
  out += "\r";
  if (column > 0) out += fmt::format("\x1b[{}C", column);
  drawn_rows_above_ = row;
  Put(out);
}

void LineEditor::LoadHistory() {
  if (history_path_.empty()) return;
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
  // A history that cannot be written is no reason to stop the client.
  static_cast<void>(WriteFileAtomically(RealFileSystem(), history_path_, text).ok());
}

}  // namespace millrace::app::client
