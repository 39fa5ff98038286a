#include "http/socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include <fmt/format.h>

namespace millrace::http {
namespace {

constexpr int kBacklog = 512;

// 1 ready, 0 timeout, -1 error.
int WaitFor(int fd, short events, int64_t wait_millis) {
  pollfd entry{fd, events, 0};
  while (true) {
    const int n = ::poll(&entry, 1, static_cast<int>(wait_millis));
    if (n >= 0 || errno != EINTR) return n;
  }
}

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Socket> ListenOn(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.empty() ? nullptr : host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (code != 0) return ExternalError(fmt::format("Cannot resolve '{}': {}", host, ::gai_strerror(code)), Retry::kNo);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  int last_errno = 0;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    Socket socket(::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, address->ai_protocol));
    const int on = 1;
    if (socket.fd() >= 0) ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (socket.fd() >= 0 && ::bind(socket.fd(), address->ai_addr, address->ai_addrlen) == 0 &&
        ::listen(socket.fd(), kBacklog) == 0) {
      return socket;
    }
    last_errno = errno;
  }
  Error error = ErrnoError(fmt::format("Cannot listen on {}:{}", host, port), last_errno);
  error.retry = Retry::kNo;
  return error;
}

int LocalPort(const Socket& socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6*>(&address)->sin6_port);
  return ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

Socket AcceptFrom(const Socket& listener) {
  Socket socket(::accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  const int on = 1;
  if (socket.fd() >= 0) ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

ReadOutcome ReadSome(const Socket& socket, int64_t wait_millis, char* buffer, size_t size, size_t* taken) {
  *taken = 0;
  if (wait_millis > 0 && WaitFor(socket.fd(), POLLIN, wait_millis) == 0) return ReadOutcome::kTimeout;
  while (true) {
    const ssize_t n = ::recv(socket.fd(), buffer, size, 0);
    if (n > 0) {
      *taken = static_cast<size_t>(n);
      return ReadOutcome::kBytes;
    }
    if (n == 0) return ReadOutcome::kClosed;
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == EWOULDBLOCK ? ReadOutcome::kTimeout : ReadOutcome::kClosed;
  }
}

bool WriteAll(const Socket& socket, int64_t wait_millis, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n > 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
    } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      if (WaitFor(socket.fd(), POLLOUT, wait_millis) <= 0) return false;
    } else if (n < 0 && errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool PeerClosed(const Socket& socket) {
  char byte = 0;
  const ssize_t n = ::recv(socket.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

}  // namespace millrace::http
