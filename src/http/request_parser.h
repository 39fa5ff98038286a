#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace millrace::http {

inline constexpr size_t kMaxHeadBytes = 64 * 1024;

// Parses one HTTP/1.x request after another out of bytes as they arrive (RFC 9112). One connection, one thread.
class RequestParser {
 public:
  explicit RequestParser(size_t max_body_bytes) : max_body_bytes_(max_body_bytes) {}

  struct Failure {
    int status = 400;  // what to answer before closing: 400, 413, 431, 501 or 505
    std::string message;
  };
  enum class State {
    kHead,      // needs more bytes of the request line and headers
    kBody,      // needs more bytes of the body
    kComplete,  // Take() has a request
    kFailed,    // failure() says why; the connection must be closed
  };

  // Takes bytes from the peer and goes on as far as they reach.
  State Feed(std::string_view bytes);
  State state() const { return state_; }
  const Failure& failure() const { return failure_; }
  // True once after a head with "Expect: 100-continue" was read while its body is still missing.
  bool TakeWantsContinue();
  // The finished request. Bytes behind it are kept: call Feed("") to go on with them.
  Request Take();
  bool has_buffered_bytes() const { return !buffer_.empty(); }

 private:
  State Advance();
  State Fail(int status, std::string message);
  State ParseHead(std::string_view head);
  State ParseRequestLine(std::string_view line);
  State ParseHeaderLine(std::string_view line);
  State BeginBody();
  State AdvanceChunked();

  size_t max_body_bytes_;
  State state_ = State::kHead;
  Failure failure_;
  std::string buffer_;
  size_t scanned_ = 0;  // bytes of buffer_ known to hold no end of head
  Request request_;
  size_t body_left_ = 0;
  bool chunked_ = false;
  bool in_trailers_ = false;
  bool wants_continue_ = false;
};

}  // namespace millrace::http
