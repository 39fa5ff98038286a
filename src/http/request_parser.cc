#include "http/request_parser.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::http {
namespace {

constexpr size_t kMaxHeaders = 200;
constexpr size_t kMaxChunkLine = 256;

bool IsTokenChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenChar); }

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

std::string_view CutLine(std::string_view& rest) {
  const size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool ListHas(std::string_view list, std::string_view word) {
  for (const std::string& piece : Split(list, ',')) {
    if (EqualsIgnoreCase(Trim(piece), word)) return true;
  }
  return false;
}

std::optional<size_t> ParseHex(std::string_view text) {
  if (text.empty() || text.size() > 8) return std::nullopt;
  size_t value = 0;
  for (const char c : text) {
    int digit = -1;
    if (c >= '0' && c <= '9') digit = c - '0';
    if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
    if (c >= 'A' && c <= 'F') digit = c - 'A' + 10;
    if (digit < 0) return std::nullopt;
    value = value << 4 | static_cast<size_t>(digit);
  }
  return value;
}

}  // namespace

RequestParser::State RequestParser::Fail(int status, std::string message) {
  failure_ = {status, std::move(message)};
  return state_ = State::kFailed;
}

RequestParser::State RequestParser::Feed(std::string_view bytes) {
  if (state_ == State::kFailed || state_ == State::kComplete) {
    if (state_ == State::kComplete) buffer_.append(bytes);
    return state_;
  }
  buffer_.append(bytes);
  return Advance();
}

bool RequestParser::TakeWantsContinue() {
  const bool wants = wants_continue_ && state_ == State::kBody;
  wants_continue_ = false;
  return wants;
}

Request RequestParser::Take() {
  Request out = std::move(request_);
  request_ = Request();
  state_ = State::kHead;
  scanned_ = 0;
  body_left_ = 0;
  chunked_ = false;
  in_trailers_ = false;
  wants_continue_ = false;
  return out;
}

RequestParser::State RequestParser::Advance() {
  if (state_ == State::kHead) {
    // Empty lines before a request are allowed.
    size_t blank = 0;
    while (blank < buffer_.size() && (buffer_[blank] == '\r' || buffer_[blank] == '\n')) blank += 1;
    if (blank > 0) {
      buffer_.erase(0, blank);
      scanned_ = 0;
    }
    const size_t from = scanned_ < 3 ? 0 : scanned_ - 3;
    size_t end = buffer_.find("\n\r\n", from);
    size_t length = 3;
    const size_t bare = buffer_.find("\n\n", from);
    if (bare < end) {
      end = bare;
      length = 2;
    }
    if (std::min(end, buffer_.size()) > kMaxHeadBytes) return Fail(431, "The request's head is too large");
    if (end == std::string::npos) {
      scanned_ = buffer_.size();
      return state_;
    }
    const std::string head = buffer_.substr(0, end + 1);
    buffer_.erase(0, end + length);
    if (ParseHead(head) == State::kFailed) return state_;
    if (BeginBody() != State::kBody) return state_;
  }
  if (state_ == State::kBody && chunked_) return AdvanceChunked();
  if (state_ == State::kBody) {
    const size_t take = std::min(body_left_, buffer_.size());
    request_.body.append(buffer_, 0, take);
    buffer_.erase(0, take);
    body_left_ -= take;
    if (body_left_ == 0) state_ = State::kComplete;
  }
  return state_;
}

RequestParser::State RequestParser::ParseHead(std::string_view head) {
  std::string_view rest = head;
  if (ParseRequestLine(CutLine(rest)) == State::kFailed) return state_;
  while (!rest.empty()) {
    if (ParseHeaderLine(CutLine(rest)) == State::kFailed) return state_;
  }
  return state_;
}

RequestParser::State RequestParser::ParseRequestLine(std::string_view line) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return Fail(400, "Malformed request line");
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!IsToken(method)) return Fail(400, "Malformed request method");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return version.starts_with("HTTP/") ? Fail(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here")
                                        : Fail(400, "Malformed request line");
  }
  if (target.empty() || HasControl(target) || target.find(' ') != std::string_view::npos) {
    return Fail(400, "Malformed request target");
  }
  request_.method = method;
  request_.target = target;
  request_.keep_alive = version == "HTTP/1.1";
  std::string_view path = target;
  if (path.starts_with("http://") || path.starts_with("https://")) {  // absolute form, as proxies send it
    const size_t slash = path.find('/', path.find("//") + 2);
    path = slash == std::string_view::npos ? "/" : path.substr(slash);
  }
  path = path.substr(0, path.find('#'));
  const size_t mark = path.find('?');
  request_.path = path.substr(0, mark);
  if (!request_.path.starts_with('/') && request_.path != "*") return Fail(400, "Malformed request target");
  if (mark != std::string_view::npos) {
    auto query = ParseQuery(path.substr(mark + 1));
    if (!query.ok()) return Fail(400, query.error().message);
    request_.query = std::move(query).value();
  }
  return state_;
}

RequestParser::State RequestParser::ParseHeaderLine(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) return Fail(400, "Malformed header line");
  const std::string_view value = Trim(line.substr(colon + 1));
  if (HasControl(value)) return Fail(400, "Malformed header value");
  if (request_.headers.fields.size() >= kMaxHeaders) return Fail(431, "Too many headers");
  request_.headers.Add(line.substr(0, colon), value);
  return state_;
}

RequestParser::State RequestParser::BeginBody() {
  if (const std::string* connection = request_.headers.Find("Connection")) {
    if (ListHas(*connection, "close")) request_.keep_alive = false;
    if (ListHas(*connection, "keep-alive")) request_.keep_alive = true;
  }
  const std::string* encoding = request_.headers.Find("Transfer-Encoding");
  std::optional<std::string> length;
  for (const auto& [name, value] : request_.headers.fields) {
    if (!EqualsIgnoreCase(name, "Content-Length")) continue;
    if (length && *length != value) return Fail(400, "Contradicting Content-Length headers");
    length = value;
  }
  if (encoding != nullptr) {
    if (length) return Fail(400, "Both Content-Length and Transfer-Encoding");  // request smuggling
    if (!EqualsIgnoreCase(*encoding, "chunked")) return Fail(501, "Unknown Transfer-Encoding");
    chunked_ = true;
  } else if (length) {
    const auto size = ParseInt64(*length);
    if (!size || *size < 0 || length->starts_with('+')) return Fail(400, "Malformed Content-Length");
    if (static_cast<uint64_t>(*size) > max_body_bytes_) {
      return Fail(413, fmt::format("The request's body is larger than {} bytes", max_body_bytes_));
    }
    body_left_ = static_cast<size_t>(*size);
  }
  if (!chunked_ && body_left_ == 0) return state_ = State::kComplete;
  const std::string* expect = request_.headers.Find("Expect");
  wants_continue_ = expect != nullptr && EqualsIgnoreCase(*expect, "100-continue");
  return state_ = State::kBody;
}

RequestParser::State RequestParser::AdvanceChunked() {
  while (true) {
    if (body_left_ > 0) {
      const size_t take = std::min(body_left_, buffer_.size());
      request_.body.append(buffer_, 0, take);
      buffer_.erase(0, take);
      body_left_ -= take;
      if (body_left_ > 0) return state_;
      scanned_ = 1;  // from now on: the line end behind the chunk is due
    }
    const size_t end = buffer_.find('\n');
    if (end == std::string::npos) {
      return buffer_.size() > kMaxHeadBytes ? Fail(431, "A chunk's line is too long") : state_;
    }
    std::string_view rest = buffer_;
    const std::string line(CutLine(rest));
    buffer_.erase(0, end + 1);
    if (in_trailers_) {
      if (line.empty()) return state_ = State::kComplete;
      continue;  // trailers are read over
    }
    if (scanned_ == 1) {
      if (!line.empty()) return Fail(400, "A chunk is longer than it says");
      scanned_ = 0;
      continue;
    }
    if (line.size() > kMaxChunkLine) return Fail(400, "Malformed chunk");
    const auto size = ParseHex(Trim(std::string_view(line).substr(0, line.find(';'))));
    if (!size) return Fail(400, "Malformed chunk");
    if (*size > max_body_bytes_ || request_.body.size() + *size > max_body_bytes_) {
      return Fail(413, fmt::format("The request's body is larger than {} bytes", max_body_bytes_));
    }
    body_left_ = *size;
    in_trailers_ = *size == 0;
  }
}

}  // namespace millrace::http
