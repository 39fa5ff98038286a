#include "broker/client_connection.h"

#include <fmt/format.h>

#include "base/log.h"
#include "broker/context.h"
#include "broker/handlers.h"
#include "net/event_loop.h"

namespace millrace::broker {
namespace {

constexpr size_t kMaxQueued = 2;          // enough to notice that the client has gone
constexpr size_t kMaxUnsent = 16u << 20;  // a client that does not read its answers is not served on

std::vector<net::Piece> ToPieces(kafka::EncodedMessage message) {
  std::vector<net::Piece> pieces;
  auto owner = std::make_shared<const std::string>(std::move(message.bytes));
  const std::string_view bytes = *owner;
  size_t done = 0;
  for (kafka::EncodedMessage::Splice& splice : message.splices) {
    pieces.push_back({bytes.substr(done, splice.at - done), owner});
    pieces.push_back({splice.piece.bytes, std::move(splice.piece.owner)});
    done = splice.at;
  }
  pieces.push_back({bytes.substr(done), owner});
  return pieces;
}

}  // namespace

ClientConnection::ClientConnection(BrokerContext& broker, const BoundListener& listener,
                                   std::shared_ptr<net::FrameConnection> connection)
    : broker_(broker), listener_(listener), connection_(std::move(connection)) {
  last_activity_ms_ = broker_.NowMillis();
}

void ClientConnection::OnFrame(net::Frame frame) {
  last_activity_ms_ = broker_.NowMillis();
  queue_.push_back(std::move(frame));
  if (queue_.size() >= kMaxQueued) connection_->PauseReading();
  ServeQueued();
}

void ClientConnection::OnSent() { ServeQueued(); }

void ClientConnection::OnClosed(const Error& reason) {
  Log(LogLevel::kDebug, "broker", "{}:{} gone: {}", connection_->peer_host(), connection_->peer_port(), reason.message);
  queue_.clear();
  if (const auto on_closed = std::exchange(on_closed_, nullptr)) on_closed();
}

void ClientConnection::ServeQueued() {
  if (std::exchange(serving_, true)) return;
  while (!busy_ && !queue_.empty() && connection_->unsent_bytes() < kMaxUnsent) {
    net::Frame frame = std::move(queue_.front());
    queue_.pop_front();
    if (queue_.size() < kMaxQueued) connection_->ResumeReading();
    busy_ = true;
    Serve(std::move(frame));
  }
  serving_ = false;
}

void ClientConnection::Serve(net::Frame frame) {
  const auto reject = [&](std::string why) {
    Log(LogLevel::kWarn, "broker", "closing {}:{}: {}", connection_->peer_host(), connection_->peer_port(), why);
    connection_->Close(UserError(std::move(why)));
  };
  const Result<kafka::RequestPrefix> prefix = kafka::PeekRequest(frame.bytes());
  if (!prefix.ok()) return reject("the request is shorter than its header");
  const Handler* handler = FindHandler(prefix->api_key);
  const bool accepted = handler != nullptr && prefix->api_version >= handler->first_accepted &&
                        prefix->api_version <= handler->max_version;
  Request request;
  request.header = {prefix->api_key, prefix->api_version, prefix->correlation_id, std::nullopt};
  request.listener = &listener_;
  request.loop = &connection_->loop();
  request.client_host = connection_->peer_host();
  if (!accepted) {
    // ApiVersions alone answers to a version it does not know; its handler looks at the version first.
    if (prefix->api_key == kafka::kApiVersionsKey) {
      const Responder responder(shared_from_this(), request.header);
      return handler->handle(broker_, std::move(request), responder);
    }
    return reject(fmt::format("API {} version {} is not supported", prefix->api_key, prefix->api_version));
  }
  kafka::Reader in(frame.bytes());
  Result<kafka::RequestHeader> header = kafka::DecodeRequestHeader(in);
  if (!header.ok()) return reject("malformed request header: " + header.error().message);
  request.header = std::move(header).value();
  request.body = frame.bytes().substr(frame.size() - in.remaining());
  request.frame = std::move(frame);
  const Responder responder(shared_from_this(), request.header);
  handler->handle(broker_, std::move(request), responder);
}

void ClientConnection::Complete(std::optional<kafka::EncodedMessage> response) {
  if (connection_->loop().InLoopThread()) return Finish(std::move(response));
  connection_->loop().Post(
      [self = shared_from_this(), response = std::move(response)]() mutable { self->Finish(std::move(response)); });
}

void ClientConnection::Abort(Error reason) {
  Log(LogLevel::kWarn, "broker", "closing {}:{}: {}", connection_->peer_host(), connection_->peer_port(),
      reason.message);
  connection_->loop().Post(
      [self = shared_from_this(), reason = std::move(reason)] { self->connection_->Close(reason); });
}

void ClientConnection::Finish(std::optional<kafka::EncodedMessage> response) {
  busy_ = false;
  last_activity_ms_ = broker_.NowMillis();
  if (response.has_value()) connection_->Send(ToPieces(*std::move(response)));
  ServeQueued();
}

}  // namespace millrace::broker
