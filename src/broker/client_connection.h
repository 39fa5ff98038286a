#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "broker/request.h"
#include "net/frame_connection.h"

namespace millrace::broker {

struct BrokerContext;

// One client: takes its requests in order, one at a time, and answers in order, as Kafka does. While a request waits
// (a long poll, a rebalance) the next frames stay queued, and past kMaxQueued unread. All on the connection's loop,
// except Complete and Abort.
class ClientConnection final : public net::FrameHandler,
                               public ResponseSink,
                               public std::enable_shared_from_this<ClientConnection> {
 public:
  ClientConnection(BrokerContext& broker, const BoundListener& listener,
                   std::shared_ptr<net::FrameConnection> connection);

  // Called once, on the loop. Set it before Start.
  void set_on_closed(std::function<void()> on_closed) { on_closed_ = std::move(on_closed); }
  void Start() { connection_->Start(shared_from_this()); }
  void Close(Error reason) { connection_->Close(std::move(reason)); }
  net::FrameConnection& connection() { return *connection_; }
  int64_t last_activity_ms() const { return last_activity_ms_; }
  bool busy() const { return busy_; }

  void OnFrame(net::Frame frame) override;
  void OnClosed(const Error& reason) override;
  void OnSent() override;

  void Complete(std::optional<kafka::EncodedMessage> response) override;
  void Abort(Error reason) override;

 private:
  void ServeQueued();
  void Serve(net::Frame frame);
  void Finish(std::optional<kafka::EncodedMessage> response);

  BrokerContext& broker_;
  const BoundListener& listener_;
  std::shared_ptr<net::FrameConnection> connection_;
  std::function<void()> on_closed_;
  std::deque<net::Frame> queue_;
  bool busy_ = false;     // a request is being answered
  bool serving_ = false;  // ServeQueued is on the stack
  int64_t last_activity_ms_ = 0;
};

}  // namespace millrace::broker
