#include "base/result.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace millrace {

Error&& Error::WithHint(std::string text) && {
  hint = std::move(text);
  return std::move(*this);
}

Error&& Error::WithSpan(SourceSpan where) && {
  span = where;
  return std::move(*this);
}

Error&& Error::WithCode(std::string name) && {
  code = std::move(name);
  return std::move(*this);
}

Error&& Error::InContext(std::string_view context) && {
  message = fmt::format("{}: {}", context, message);
  return std::move(*this);
}

std::string Error::ToString() const {
  std::string out = message;
  if (span) out += fmt::format(" (at {}:{})", span->line, span->column);
  if (!hint.empty()) out += (out.find_last_of(".?!") == out.size() - 1 ? " " : ". ") + hint;
  return out;
}

Error UserError(std::string message) { return {.domain = ErrorDomain::kUser, .message = std::move(message)}; }

Error ExternalError(std::string message, Retry retry) {
  return {.domain = ErrorDomain::kExternal, .retry = retry, .message = std::move(message)};
}

Error InternalError(std::string message) { return {.domain = ErrorDomain::kInternal, .message = std::move(message)}; }

Error ErrnoError(std::string_view what, int errno_value) {
  const bool passing = errno_value == EAGAIN || errno_value == EINTR || errno_value == ENOSPC || errno_value == EIO;
  return ExternalError(fmt::format("{}: {}", what, std::strerror(errno_value)), passing ? Retry::kYes : Retry::kNo);
}

Error ValidationError(std::string message) {
  return UserError(std::move(message)).WithCode(std::string(kValidationException));
}

std::string RenderError(const Error& error, std::string_view text) {
  std::string out = error.message;
  if (error.span && error.span->offset <= text.size()) {
    const SourceSpan& span = *error.span;
    size_t begin = span.offset == 0 ? std::string_view::npos : text.rfind('\n', span.offset - 1);
    begin = begin == std::string_view::npos ? 0 : begin + 1;
    size_t end = text.find('\n', span.offset);
    if (end == std::string_view::npos) end = text.size();
    const std::string_view line = text.substr(begin, end - begin);
    const std::string prefix = fmt::format("{}:{} | ", span.line, span.column);
    std::string marks;
    for (size_t i = 0; i < span.offset - begin; ++i) {
      if ((line[i] & 0xC0) != 0x80) marks += line[i] == '\t' ? '\t' : ' ';
    }
    size_t width = 0;
    for (size_t i = span.offset; i < std::min<size_t>(end, span.offset + std::max(1U, span.length)); ++i) {
      if ((text[i] & 0xC0) != 0x80) ++width;
    }
    out += fmt::format("\n{}{}\n{}{}{}", prefix, line, std::string(prefix.size(), ' '), marks,
                       std::string(std::max<size_t>(1, width), '^'));
  }
  if (!error.hint.empty()) out += "\nHint: " + error.hint;
  return out;
}

}  // namespace millrace
