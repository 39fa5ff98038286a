#include <atomic>

#include <fmt/format.h>
#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include "base/listen_error.h"
#include "base/log.h"
#include "net/event_loop.h"
#include "net/tcp_frame_connection.h"

namespace millrace::net {
namespace {

using asio::ip::tcp;

asio::io_context& ContextOf(EventLoop& loop) { return *static_cast<asio::io_context*>(loop.native_context()); }

std::shared_ptr<FrameConnection> Adopt(EventLoop& loop, tcp::socket& socket, const FrameLimits& limits) {
  asio::error_code ignored;
  const bool is_v6 = socket.local_endpoint(ignored).protocol() == tcp::v6();
  const int descriptor = socket.release(ignored);
  return AdoptTcpSocket(loop, descriptor, is_v6, limits);
}

constexpr int kBacklog = 511;
constexpr int64_t kAcceptPauseMillis = 100;

class TcpListener final : public Listener {
 public:
  TcpListener(std::vector<EventLoop*> loops, FrameLimits limits, OnAccept on_accept)
      : state_(std::make_shared<State>(std::move(loops), std::move(limits), std::move(on_accept))) {}
  ~TcpListener() override { Close(); }

  Status Bind(const std::string& host, uint16_t port) {
    asio::error_code error;
    tcp::resolver resolver(ContextOf(*state_->loops.front()));
    const auto found =
        resolver.resolve(host, std::to_string(port), tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error) return CannotListen(host, port, 0);
    const tcp::endpoint endpoint = found.begin()->endpoint();
    tcp::acceptor& acceptor = state_->acceptor;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(kBacklog, error);
    if (error) return CannotListen(host, port, error.value());
    port_ = acceptor.local_endpoint(error).port();
    Accept(state_);
    return Ok();
  }

  uint16_t port() const override { return port_; }

  void Close() override {
    if (state_->closed.exchange(true)) return;
    asio::error_code ignored;
    state_->acceptor.close(ignored);
  }

 private:
  struct State {
    State(std::vector<EventLoop*> loops_in, FrameLimits limits_in, OnAccept on_accept_in)
        : loops(std::move(loops_in)),
          limits(std::move(limits_in)),
          on_accept(std::move(on_accept_in)),
          acceptor(ContextOf(*loops.front())),
          pause(*loops.front()) {}
    std::vector<EventLoop*> loops;
    FrameLimits limits;
    OnAccept on_accept;
    tcp::acceptor acceptor;
    Timer pause;
    size_t next_loop = 0;
    std::atomic<bool> closed = false;  // the destructor may run on another thread, after Close
  };

  static void Accept(const std::shared_ptr<State>& state) {
    EventLoop& loop = *state->loops[state->next_loop++ % state->loops.size()];
    state->acceptor.async_accept(ContextOf(loop), [state, &loop](const asio::error_code& error, tcp::socket socket) {
      if (state->closed) return;
      if (error) {
        // Out of descriptors or of memory: others may free some.
        Log(LogLevel::kWarn, "net", "cannot accept a connection: {}", error.message());
        state->pause.After(kAcceptPauseMillis, [state] { Accept(state); });
        return;
      }
      auto connection = Adopt(loop, socket, state->limits);
      loop.Post([state, connection = std::move(connection)] { state->on_accept(connection); });
      Accept(state);
    });
  }

  std::shared_ptr<State> state_;
  uint16_t port_ = 0;
};

struct Attempt {
  explicit Attempt(EventLoop& loop) : resolver(ContextOf(loop)), socket(ContextOf(loop)), timer(loop) {}
  tcp::resolver resolver;
  tcp::socket socket;
  Timer timer;
  std::function<void(Result<std::shared_ptr<FrameConnection>>)> done;

  void Finish(Result<std::shared_ptr<FrameConnection>> result) {
    timer.Cancel();
    if (const auto callback = std::exchange(done, nullptr)) callback(std::move(result));
  }
};

}  // namespace

Result<std::unique_ptr<Listener>> Listener::Listen(const std::string& host, uint16_t port,
                                                   std::vector<EventLoop*> loops, FrameLimits limits,
                                                   OnAccept on_accept) {
  auto listener = std::make_unique<TcpListener>(std::move(loops), std::move(limits), std::move(on_accept));
  MR_TRY(listener->Bind(host, port));
  return std::unique_ptr<Listener>(std::move(listener));
}

void Connect(EventLoop& loop, const std::string& host, uint16_t port, int64_t timeout_millis, FrameLimits limits,
             std::function<void(Result<std::shared_ptr<FrameConnection>>)> done) {
  auto attempt = std::make_shared<Attempt>(loop);
  attempt->done = std::move(done);
  const std::string address = fmt::format("{}:{}", host, port);
  attempt->timer.After(timeout_millis, [attempt, address] {
    asio::error_code ignored;
    attempt->resolver.cancel();
    attempt->socket.close(ignored);
    attempt->Finish(ExternalError(fmt::format("Cannot connect to {}: timed out", address)));
  });
  const auto on_connect = [attempt, address, &loop, limits = std::move(limits)](const asio::error_code& error,
                                                                                const tcp::endpoint&) {
    if (!attempt->done) return;
    if (error) return attempt->Finish(ExternalError(fmt::format("Cannot connect to {}: {}", address, error.message())));
    attempt->Finish(Adopt(loop, attempt->socket, limits));
  };
  attempt->resolver.async_resolve(
      host, std::to_string(port),
      [attempt, address, on_connect](const asio::error_code& error, const tcp::resolver::results_type& found) {
        if (!attempt->done) return;
        if (error)
          return attempt->Finish(ExternalError(fmt::format("Cannot resolve {}: {}", address, error.message())));
        asio::async_connect(attempt->socket, found, on_connect);
      });
}

}  // namespace millrace::net
