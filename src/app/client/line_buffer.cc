#include "app/client/line_buffer.h"

#include "base/strings.h"

namespace millrace::app::client {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }
bool IsWordChar(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c & 0x80) != 0;
}

size_t Previous(const std::string& text, size_t at) {
  if (at == 0) return 0;
  do --at;
  while (at > 0 && IsContinuation(text[at]));
  return at;
}

size_t Next(const std::string& text, size_t at) {
  if (at >= text.size()) return text.size();
  do ++at;
  while (at < text.size() && IsContinuation(text[at]));
  return at;
}

}  // namespace

size_t LineBuffer::LineBegin(size_t at) const {
  const size_t newline = at == 0 ? std::string::npos : text_.rfind('\n', at - 1);
  return newline == std::string::npos ? 0 : newline + 1;
}

size_t LineBuffer::LineFinish(size_t at) const {
  const size_t newline = text_.find('\n', at);
  return newline == std::string::npos ? text_.size() : newline;
}

void LineBuffer::Insert(std::string_view utf8) {
  text_.insert(cursor_, utf8);
  cursor_ += utf8.size();
}

void LineBuffer::Backspace() {
  const size_t before = Previous(text_, cursor_);
  text_.erase(before, cursor_ - before);
  cursor_ = before;
}

void LineBuffer::Delete() { text_.erase(cursor_, Next(text_, cursor_) - cursor_); }
void LineBuffer::Left() { cursor_ = Previous(text_, cursor_); }
void LineBuffer::Right() { cursor_ = Next(text_, cursor_); }

void LineBuffer::WordLeft() {
  while (cursor_ > 0 && !IsWordChar(text_[Previous(text_, cursor_)])) Left();
  while (cursor_ > 0 && IsWordChar(text_[Previous(text_, cursor_)])) Left();
}

void LineBuffer::WordRight() {
  while (cursor_ < text_.size() && !IsWordChar(text_[cursor_])) Right();
  while (cursor_ < text_.size() && IsWordChar(text_[cursor_])) Right();
}

void LineBuffer::LineStart() { cursor_ = LineBegin(cursor_); }
void LineBuffer::LineEnd() { cursor_ = LineFinish(cursor_); }

void LineBuffer::KillToEnd() {
  const size_t end = LineFinish(cursor_);
  killed_ = text_.substr(cursor_, end - cursor_);
  text_.erase(cursor_, end - cursor_);
}

void LineBuffer::KillToStart() {
  const size_t begin = LineBegin(cursor_);
  killed_ = text_.substr(begin, cursor_ - begin);
  text_.erase(begin, cursor_ - begin);
  cursor_ = begin;
}

void LineBuffer::KillWord() {
  const size_t end = cursor_;
  WordLeft();
  killed_ = text_.substr(cursor_, end - cursor_);
  text_.erase(cursor_, end - cursor_);
}

void LineBuffer::Yank() { Insert(killed_); }

void LineBuffer::Replace(size_t begin, size_t end, std::string_view utf8) {
  text_.replace(begin, end - begin, utf8);
  cursor_ = begin + utf8.size();
}

void LineBuffer::Clear() { Set(""); }

void LineBuffer::Set(std::string text) {
  text_ = std::move(text);
  cursor_ = text_.size();
  history_at_ = history_.size();
}

void LineBuffer::Up() {
  const size_t begin = LineBegin(cursor_);
  if (begin > 0) {
    const size_t column = cursor_ - begin;
    const size_t above = LineBegin(begin - 1);
    cursor_ = std::min(above + column, begin - 1);
    while (cursor_ > above && cursor_ < text_.size() && IsContinuation(text_[cursor_])) --cursor_;
    return;
  }
  if (history_at_ == 0) return;
  if (history_at_ == history_.size()) new_line_ = text_;
  --history_at_;
  text_ = history_[history_at_];
  cursor_ = text_.size();
}

void LineBuffer::Down() {
  const size_t end = LineFinish(cursor_);
  if (end < text_.size()) {
    const size_t column = cursor_ - LineBegin(cursor_);
    cursor_ = std::min(end + 1 + column, LineFinish(end + 1));
    while (cursor_ > end + 1 && cursor_ < text_.size() && IsContinuation(text_[cursor_])) --cursor_;
    return;
  }
  if (history_at_ >= history_.size()) return;
  ++history_at_;
  text_ = history_at_ == history_.size() ? new_line_ : history_[history_at_];
  cursor_ = text_.size();
}

void LineBuffer::AddHistory(const std::string& statement) {
  if (!statement.empty() && (history_.empty() || history_.back() != statement)) history_.push_back(statement);
  history_at_ = history_.size();
  new_line_.clear();
}

size_t LineBuffer::SearchBack(std::string_view text, size_t from) const {
  const std::string wanted = ToLower(text);
  for (size_t i = std::min(from, history_.size()); i-- > 0;) {
    if (ToLower(history_[i]).find(wanted) != std::string::npos) return i;
  }
  return std::string::npos;
}

}  // namespace millrace::app::client
