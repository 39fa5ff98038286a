#include "http/connection.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "base/clock.h"

namespace millrace::http {
namespace {

constexpr int64_t kLingerMillis = 1000;
constexpr int64_t kLingerQuietMillis = 50;  // a peer that sends nothing for so long has read the answer

int64_t NowMillis() { return SystemClock().MonotonicNanos() / 1'000'000; }

}  // namespace

Connection::~Connection() { ::close(fd_); }

bool Connection::Poll(short events, int64_t millis) const {
  pollfd entry{fd_, events, 0};
  const int64_t deadline = NowMillis() + millis;
  int ready = 0;
  do {
    const int64_t left = std::clamp<int64_t>(deadline - NowMillis(), 0, INT_MAX);
    ready = ::poll(&entry, 1, static_cast<int>(left));
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

bool Connection::WaitForRequest(int64_t millis) {
  if (begin_ < end_) return true;
  return Poll(POLLIN, millis) && !IsPeerGone();
}

void Connection::BeginRequest(int64_t timeout_millis, size_t max_bytes) {
  deadline_millis_ = NowMillis() + timeout_millis;
  bytes_left_ = max_bytes;
}

ptrdiff_t Connection::Read(std::span<char> out) {
  if (bytes_left_ == 0) return -1;
  if (begin_ == end_) {
    if (!Poll(POLLIN, deadline_millis_ - NowMillis())) return -1;
    const ssize_t taken = ::recv(fd_, buffer_, sizeof buffer_, 0);
    if (taken <= 0) return taken;
    begin_ = 0;
    end_ = static_cast<size_t>(taken);
  }
  const size_t size = std::min({out.size(), end_ - begin_, bytes_left_});
  std::memcpy(out.data(), buffer_ + begin_, size);
  begin_ += size;
  bytes_left_ -= size;
  return static_cast<ptrdiff_t>(size);
}

bool Connection::Write(std::string_view bytes, int64_t timeout_millis) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!Poll(POLLOUT, timeout_millis)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool Connection::IsPeerGone() const {
  char byte = 0;
  const ssize_t n = ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

std::string Connection::PeerAddress() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  char host[NI_MAXHOST];
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::getpeername(fd_, generic, &size) != 0) return "";
  return ::getnameinfo(generic, size, host, sizeof host, nullptr, 0, NI_NUMERICHOST) == 0 ? host : "";
}

void Connection::FinishWriting() {
  ::shutdown(fd_, SHUT_WR);
  const int64_t deadline = NowMillis() + kLingerMillis;
  while (NowMillis() < deadline && Poll(POLLIN, kLingerQuietMillis)) {
    if (::recv(fd_, buffer_, sizeof buffer_, MSG_DONTWAIT) <= 0) return;
  }
}

void Connection::EndReading() { ::shutdown(fd_, SHUT_RD); }
void Connection::Cut() { ::shutdown(fd_, SHUT_RDWR); }

}  // namespace millrace::http
