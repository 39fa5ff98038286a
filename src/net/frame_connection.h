#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace::net {

class ByteBudget;
class EventLoop;

// A received frame without its length prefix. Copies share the bytes.
class Frame {
 public:
  Frame() = default;
  Frame(std::shared_ptr<char[]> data, size_t size) : data_(std::move(data)), size_(size) {}
  std::string_view bytes() const { return {data_.get(), size_}; }
  std::shared_ptr<const void> owner() const { return data_; }
  size_t size() const { return size_; }

 private:
  std::shared_ptr<char[]> data_;
  size_t size_ = 0;
};

// A part of a frame to send; `owner` keeps `bytes` alive until they are sent.
struct Piece {
  std::string_view bytes;
  std::shared_ptr<const void> owner;
};
Piece OwnedPiece(std::string bytes);

struct FrameLimits {
  size_t max_frame_bytes = 100u << 20;  // a longer frame closes the connection
  // Received frames count against it from the length prefix until the last copy of the Frame is gone; null = no limit.
  std::shared_ptr<ByteBudget> budget;
};

// What a connection tells its user; called on the loop's thread. OnClosed comes once and last, with why.
class FrameHandler {
 public:
  virtual ~FrameHandler() = default;
  virtual void OnFrame(Frame frame) = 0;
  virtual void OnClosed(const Error& reason) = 0;
  virtual void OnSent() {}  // unsent_bytes() went down
};

// A TCP connection that carries frames: int32 big-endian length, then that many bytes. All calls on the loop's thread,
// unless said otherwise. Lives as long as somebody holds it or the socket is open.
class FrameConnection {
 public:
  virtual ~FrameConnection() = default;

  // Starts reading. The handler must live until its OnClosed.
  virtual void Start(std::shared_ptr<FrameHandler> handler) = 0;
  // Sends one frame made of the pieces; frames go out in the order of the calls. After Close: dropped.
  virtual void Send(std::vector<Piece> pieces) = 0;
  // While paused no OnFrame comes, and the peer feels back-pressure. One frame may already be on its way.
  virtual void PauseReading() = 0;
  virtual void ResumeReading() = 0;
  virtual void Close(Error reason) = 0;

  virtual size_t unsent_bytes() const = 0;
  virtual int64_t frames_received() const = 0;
  virtual EventLoop& loop() = 0;                     // any thread
  virtual const std::string& peer_host() const = 0;  // any thread; the address as text
  virtual uint16_t peer_port() const = 0;            // any thread
};

// A listening socket whose connections are dealt out to `loops` in turn.
class Listener {
 public:
  using OnAccept = std::function<void(std::shared_ptr<FrameConnection>)>;  // on the loop of the connection

  // Binds at once: port 0 takes a free one. `loops` outlive the listener; the first one accepts. External error when
  // the address cannot be bound, with the address and the reason.
  static Result<std::unique_ptr<Listener>> Listen(const std::string& host, uint16_t port, std::vector<EventLoop*> loops,
                                                  FrameLimits limits, OnAccept on_accept);
  virtual ~Listener() = default;
  virtual uint16_t port() const = 0;
  virtual void Close() = 0;  // on the first loop's thread or when no loop runs; accepts no more
};

// Connects on `loop` and calls `done` there. External error with the address and the reason.
void Connect(EventLoop& loop, const std::string& host, uint16_t port, int64_t timeout_millis, FrameLimits limits,
             std::function<void(Result<std::shared_ptr<FrameConnection>>)> done);

}  // namespace millrace::net
