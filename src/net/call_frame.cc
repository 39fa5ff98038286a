#include "net/call_frame.h"

#include <chrono>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <asio.hpp>

namespace millrace::net {

Result<std::string> CallFrame(const std::string& host, uint16_t port, std::string_view frame, int64_t timeout_millis,
                              size_t max_bytes) {
  asio::ip::tcp::iostream stream;
  const auto failed = [&](std::string_view what) {
    return ExternalError(fmt::format("{}:{} {}: {}", host, port, what, stream.error().message()));
  };
  stream.expires_after(std::chrono::milliseconds(timeout_millis));
  stream.connect(host, std::to_string(port));
  if (!stream) return failed("cannot be reached");
  uint32_t length = htonl(static_cast<uint32_t>(frame.size()));
  stream.write(reinterpret_cast<const char*>(&length), sizeof length);
  stream.write(frame.data(), static_cast<std::streamsize>(frame.size()));
  stream.flush();
  stream.read(reinterpret_cast<char*>(&length), sizeof length);
  if (!stream) return failed("does not answer");
  length = ntohl(length);
  if (length > max_bytes) {
    return ExternalError(
        fmt::format("{}:{} answers with {} bytes; at most {} are taken", host, port, length, max_bytes), Retry::kNo);
  }
  std::string answer(length, '\0');
  stream.read(answer.data(), length);
  if (!stream) return failed("does not answer");
  return answer;
}

}  // namespace millrace::net
