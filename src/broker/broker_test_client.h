#pragma once

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "kafka/protocol/header.h"
#include "kafka/protocol/message_codec.h"

// Declared for the tests of the broker only.
namespace millrace::broker {

// A blocking client on the generated codecs: one connection, one request at a time or pipelined.
class TestClient {
 public:
  explicit TestClient(uint16_t port) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    timeval limit{.tv_sec = 20, .tv_usec = 0};  // a hanging broker fails the test instead of hanging it
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  ~TestClient() { Close(); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  template <typename Request>
  int32_t Send(const Request& request, int16_t version) {
    kafka::Writer out;
    kafka::EncodeRequestHeader({Request::kApiKey, version, ++correlation_, "test"}, out);
    request.Encode(out, version);
    SendFrame(std::move(out).Take().Flatten());
    return correlation_;
  }

  void SendFrame(std::string_view body) {
    kafka::Writer length;
    length.Int32(static_cast<int32_t>(body.size()));
    SendRaw(std::move(length).Take().Flatten() + std::string(body));
  }

  void SendRaw(std::string_view bytes) {
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }

  template <typename Response>
  Response Receive(int32_t correlation, int16_t version) {
    last_frame_ = ReceiveFrame();
    kafka::Reader in(last_frame_);
    const auto header = kafka::DecodeResponseHeader(Response::kApiKey, version, in);
    EXPECT_TRUE(header.ok());
    if (header.ok()) {
      EXPECT_EQ(*header, correlation);
    }
    Response response;
    response.Decode(in, version);
    EXPECT_TRUE(in.ok());
    EXPECT_EQ(in.remaining(), 0u);
    return response;
  }

  template <typename Response, typename Request>
  Response Call(const Request& request, int16_t version) {
    return Receive<Response>(Send(request, version), version);
  }

  // True when the broker closes the connection (and sends nothing before). A request it has not read makes that a
  // reset.
  bool IsClosedByPeer() {
    char byte = 0;
    const ssize_t n = ::recv(fd_, &byte, 1, 0);
    return n == 0 || (n < 0 && errno == ECONNRESET);
  }

  std::string ReceiveFrame() {
    const std::string prefix = ReceiveExactly(4);
    if (prefix.size() < 4) return {};
    kafka::Reader length(prefix);
    return ReceiveExactly(static_cast<size_t>(length.Int32()));
  }

 private:
  std::string ReceiveExactly(size_t size) {
    std::string bytes(size, '\0');
    size_t done = 0;
    while (done < size) {
      const ssize_t n = ::recv(fd_, bytes.data() + done, size - done, 0);
      if (n <= 0) {
        ADD_FAILURE() << "the broker closed the connection or did not answer";
        return {};
      }
      done += static_cast<size_t>(n);
    }
    return bytes;
  }

  int fd_ = -1;
  int32_t correlation_ = 0;
  std::string last_frame_;  // records of the last response point into it
};

}  // namespace millrace::broker
