#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

// Sockets as the HTTP server needs them: not blocking, with a wait of its own before each step.
namespace millrace::http {

// Owns a file descriptor.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

// A listening, non-blocking socket.
Result<Socket> ListenOn(const std::string& host, int port);
int LocalPort(const Socket& socket);
// The next waiting peer, non-blocking, or an empty socket (fd -1) when there is none.
Socket AcceptFrom(const Socket& listener);

enum class ReadOutcome { kBytes, kClosed, kTimeout };
// Waits at most `wait_millis` for bytes (0: does not wait), then takes what is there, at most `size`.
ReadOutcome ReadSome(const Socket& socket, int64_t wait_millis, char* buffer, size_t size, size_t* taken);
// Writes everything. False when the peer is gone or takes nothing for `wait_millis`.
bool WriteAll(const Socket& socket, int64_t wait_millis, std::string_view bytes);
// True once the peer has closed its side.
bool PeerClosed(const Socket& socket);

}  // namespace millrace::http
