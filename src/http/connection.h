#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace millrace::http {

// One accepted connection: reads with a deadline per request, writes with one each. Used by its own thread, except for
// EndReading and Cut.
class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}
  ~Connection();  // closes
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // True once bytes of a next request are there; false when the peer has closed or `millis` have passed.
  bool WaitForRequest(int64_t millis);
  // From here on reads fail after `timeout_millis` and beyond `max_bytes`.
  void BeginRequest(int64_t timeout_millis, size_t max_bytes);
  bool IsOverLimit() const { return bytes_left_ == 0; }
  // The number of bytes taken, 0 at the end, -1 on failure.
  ptrdiff_t Read(std::span<char> out);
  // Writes all; false when the peer is gone or takes nothing for `timeout_millis`.
  bool Write(std::string_view bytes, int64_t timeout_millis);
  bool IsPeerGone() const;
  std::string PeerAddress() const;  // "127.0.0.1"; "" when it cannot be told
  // Closes our side and reads on for a moment, so that a peer that is still sending gets the answer, not a reset.
  void FinishWriting();

  void EndReading();  // any thread: what waits for bytes ends
  void Cut();         // any thread: what waits at all ends

 private:
  bool Poll(short events, int64_t millis) const;

  const int fd_;
  char buffer_[16 * 1024];
  size_t begin_ = 0;
  size_t end_ = 0;
  int64_t deadline_millis_ = 0;
  size_t bytes_left_ = 0;
};

}  // namespace millrace::http
