#include "net/frame_connection.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <deque>

#include <fmt/format.h>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>

#include "net/byte_budget.h"
#include "net/event_loop.h"
#include "net/tcp_frame_connection.h"

namespace millrace::net {
namespace {

constexpr size_t kPrefix = 4;
constexpr size_t kReadBuffer = 16 * 1024;
// A length prefix alone does not earn more memory than this; the rest follows the bytes that really arrive.
constexpr size_t kFirstBody = 1u << 20;
constexpr size_t kMaxPiecesPerWrite = 64;

uint32_t BigEndian32(const char* p) {
  const auto* b = reinterpret_cast<const unsigned char*>(p);
  return static_cast<uint32_t>(b[0]) << 24 | static_cast<uint32_t>(b[1]) << 16 | static_cast<uint32_t>(b[2]) << 8 |
         b[3];
}

// Gives the bytes back to the budget when the last copy of a frame goes.
std::shared_ptr<char[]> AllocateBody(size_t capacity) { return std::make_shared_for_overwrite<char[]>(capacity); }

std::shared_ptr<char[]> WithBudget(std::shared_ptr<char[]> body, std::shared_ptr<ByteBudget> budget, size_t bytes) {
  if (budget == nullptr) return body;
  char* raw = body.get();
  return std::shared_ptr<char[]>(raw, [body = std::move(body), budget = std::move(budget), bytes](char*) mutable {
    body.reset();
    budget->Release(bytes);
  });
}

class TcpFrameConnection final : public FrameConnection, public std::enable_shared_from_this<TcpFrameConnection> {
 public:
  TcpFrameConnection(EventLoop& loop, asio::ip::tcp::socket socket, FrameLimits limits)
      : loop_(loop), socket_(std::move(socket)), limits_(std::move(limits)) {
    asio::error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.set_option(asio::socket_base::keep_alive(true), ignored);
    const auto peer = socket_.remote_endpoint(ignored);
    if (!ignored) {
      peer_host_ = peer.address().to_string();
      peer_port_ = peer.port();
    }
  }

  ~TcpFrameConnection() override { ReturnBudget(); }

  void Start(std::shared_ptr<FrameHandler> handler) override {
    handler_ = std::move(handler);
    Advance();
  }

  void Send(std::vector<Piece> pieces) override {
    if (closed_) return;
    size_t size = 0;
    for (const Piece& piece : pieces) size += piece.bytes.size();
    std::string prefix(kPrefix, '\0');
    for (size_t i = 0; i < kPrefix; ++i) prefix[i] = static_cast<char>(size >> (24 - 8 * i));
    outgoing_.push_back(OwnedPiece(std::move(prefix)));
    for (Piece& piece : pieces) {
      if (!piece.bytes.empty()) outgoing_.push_back(std::move(piece));
    }
    unsent_ += kPrefix + size;
    if (!writing_) Write();
  }

  void PauseReading() override { paused_ = true; }

  void ResumeReading() override {
    if (!std::exchange(paused_, false)) return;
    // Posted: the caller may stand inside OnFrame, and frames already here must not nest.
    loop_.Post([self = shared_from_this()] { self->Advance(); });
  }

  void Close(Error reason) override {
    if (closed_) return;
    closed_ = true;
    asio::error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_both, ignored);
    socket_.close(ignored);
    outgoing_.clear();
    unsent_ = 0;
    loop_.Post([self = shared_from_this(), reason = std::move(reason)] {
      if (const auto handler = std::exchange(self->handler_, nullptr)) handler->OnClosed(reason);
    });
  }

  size_t unsent_bytes() const override { return unsent_; }
  int64_t frames_received() const override { return frames_received_; }
  EventLoop& loop() override { return loop_; }
  const std::string& peer_host() const override { return peer_host_; }
  uint16_t peer_port() const override { return peer_port_; }

 private:
  // Hands out the frames that are here, then reads on. One read is outstanding at most.
  void Advance() {
    if (reading_ || waiting_for_budget_) return;
    while (!closed_ && !paused_) {
      if (!has_length_) {
        if (buffered_ < kPrefix) return ReadIntoBuffer();
        if (!TakeLength()) return;
      }
      if (!has_budget_ && !TakeBudget()) return;
      TakeBuffered();
      if (body_filled_ < body_size_) return ReadIntoBody();
      DeliverFrame();
    }
  }

  bool TakeLength() {
    const uint32_t length = BigEndian32(buffer_.data() + buffer_start_);
    buffer_start_ += kPrefix;
    buffered_ -= kPrefix;
    if (length > limits_.max_frame_bytes) {
      Close(UserError(fmt::format("A frame of {} bytes from {}:{} exceeds the limit of {} bytes.", length, peer_host_,
                                  peer_port_, limits_.max_frame_bytes)));
      return false;
    }
    has_length_ = true;
    body_size_ = length;
    body_filled_ = 0;
    body_capacity_ = 0;
    return true;
  }

  bool TakeBudget() {
    if (limits_.budget != nullptr) {
      // The loop is there while the connection is; once closed, it may be about to go.
      waiting_for_budget_ = !limits_.budget->TryTake(body_size_, [weak = weak_from_this()] {
        auto self = weak.lock();
        if (self == nullptr || self->closed_) return;
        EventLoop& loop = self->loop_;
        loop.Post([self = std::move(self)] {
          self->waiting_for_budget_ = false;
          self->Advance();
        });
      });
      if (waiting_for_budget_) return false;
    }
    has_budget_ = true;
    return true;
  }

  void ReturnBudget() {
    if (!has_budget_ || limits_.budget == nullptr) return;
    has_budget_ = false;
    limits_.budget->Release(body_size_);
  }

  void TakeBuffered() {
    const size_t take = std::min(buffered_, body_size_ - body_filled_);
    GrowBody(body_filled_ + take);
    if (take > 0) std::memcpy(body_.get() + body_filled_, buffer_.data() + buffer_start_, take);
    body_filled_ += take;
    buffer_start_ += take;
    buffered_ -= take;
  }

  // Makes room for at least one more byte than `filled`, if the frame has more.
  void GrowBody(size_t filled) {
    if (body_ != nullptr && (filled < body_capacity_ || body_capacity_ >= body_size_)) return;
    const size_t capacity = std::min(body_size_, std::max({kFirstBody, body_capacity_ * 4, filled + 1}));
    auto larger = AllocateBody(std::max<size_t>(capacity, 1));
    if (body_filled_ > 0) std::memcpy(larger.get(), body_.get(), body_filled_);
    body_ = std::move(larger);
    body_capacity_ = capacity;
  }

  void ReadIntoBuffer() {
    if (buffered_ > 0) std::memmove(buffer_.data(), buffer_.data() + buffer_start_, buffered_);
    buffer_start_ = 0;
    reading_ = true;
    socket_.async_read_some(asio::buffer(buffer_.data() + buffered_, buffer_.size() - buffered_),
                            [self = shared_from_this()](const asio::error_code& error, size_t size) {
                              self->reading_ = false;
                              if (error) return self->CloseOnError("read", error);
                              self->buffered_ += size;
                              self->Advance();
                            });
  }

  void ReadIntoBody() {
    GrowBody(body_filled_);
    reading_ = true;
    socket_.async_read_some(asio::buffer(body_.get() + body_filled_, body_capacity_ - body_filled_),
                            [self = shared_from_this()](const asio::error_code& error, size_t size) {
                              self->reading_ = false;
                              if (error) return self->CloseOnError("read", error);
                              self->body_filled_ += size;
                              self->Advance();
                            });
  }

  void DeliverFrame() {
    Frame frame(WithBudget(std::move(body_), limits_.budget, body_size_), body_size_);
    body_ = nullptr;
    has_length_ = false;
    has_budget_ = false;
    ++frames_received_;
    const auto handler = handler_;
    if (handler != nullptr) handler->OnFrame(std::move(frame));
  }

  void Write() {
    writing_ = true;
    std::vector<asio::const_buffer> buffers;
    size_t size = 0;
    in_flight_.clear();
    while (!outgoing_.empty() && buffers.size() < kMaxPiecesPerWrite) {
      in_flight_.push_back(std::move(outgoing_.front()));
      outgoing_.pop_front();
      buffers.emplace_back(in_flight_.back().bytes.data(), in_flight_.back().bytes.size());
      size += in_flight_.back().bytes.size();
    }
    asio::async_write(socket_, buffers, [self = shared_from_this(), size](const asio::error_code& error, size_t) {
      self->writing_ = false;
      self->in_flight_.clear();
      if (error) return self->CloseOnError("write", error);
      self->unsent_ -= std::min(self->unsent_, size);
      if (self->closed_) return;
      if (!self->outgoing_.empty()) self->Write();
      if (const auto handler = self->handler_) handler->OnSent();
    });
  }

  void CloseOnError(std::string_view action, const asio::error_code& error) {
    if (error == asio::error::eof) return Close(ExternalError("The peer closed the connection."));
    Close(ExternalError(
        fmt::format("Cannot {} the connection with {}:{}: {}", action, peer_host_, peer_port_, error.message())));
  }

  EventLoop& loop_;
  asio::ip::tcp::socket socket_;
  const FrameLimits limits_;
  std::shared_ptr<FrameHandler> handler_;
  std::string peer_host_;
  uint16_t peer_port_ = 0;
  std::atomic<bool> closed_ = false;  // written on the loop; read by whoever gives bytes back to the budget

  std::array<char, kReadBuffer> buffer_;  // prefixes and short frames; bytes [buffer_start_, +buffered_) are unread
  size_t buffer_start_ = 0;
  size_t buffered_ = 0;
  std::shared_ptr<char[]> body_;  // the frame being received
  size_t body_size_ = 0;
  size_t body_filled_ = 0;
  size_t body_capacity_ = 0;
  bool has_length_ = false;
  bool has_budget_ = false;
  bool waiting_for_budget_ = false;
  bool reading_ = false;
  bool paused_ = false;
  int64_t frames_received_ = 0;

  std::deque<Piece> outgoing_;
  std::vector<Piece> in_flight_;
  bool writing_ = false;
  size_t unsent_ = 0;
};

}  // namespace

Piece OwnedPiece(std::string bytes) {
  auto owner = std::make_shared<const std::string>(std::move(bytes));
  const std::string_view view = *owner;
  return Piece{view, std::move(owner)};
}

std::shared_ptr<FrameConnection> AdoptTcpSocket(EventLoop& loop, int descriptor, bool is_v6, FrameLimits limits) {
  using asio::ip::tcp;
  tcp::socket socket(*static_cast<asio::io_context*>(loop.native_context()));
  asio::error_code ignored;
  socket.assign(is_v6 ? tcp::v6() : tcp::v4(), descriptor, ignored);
  return std::make_shared<TcpFrameConnection>(loop, std::move(socket), std::move(limits));
}

}  // namespace millrace::net
