#include "http/server.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/request_parser.h"
#include "http/socket.h"

namespace millrace::http {
namespace {

constexpr uint64_t kListenerId = 0;
constexpr uint64_t kWakeId = 1;
constexpr int64_t kSweepMillis = 1000;
constexpr int64_t kGraceMillis = 2000;  // what handlers at work get in Stop before their connections are cut

int64_t NowMillis() { return SystemClock().MonotonicNanos() / 1'000'000; }

struct Connection {
  Connection(uint64_t id, Socket socket, size_t max_body) : id(id), socket(std::move(socket)), parser(max_body) {}
  const uint64_t id;
  const Socket socket;
  RequestParser parser;    // only the worker that has the connection
  bool busy = false;       // with a worker; under Impl::mutex_
  int64_t idle_since = 0;  // under Impl::mutex_
};
using ConnectionPtr = std::shared_ptr<Connection>;

void AppendHeader(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  for (const char c : value) out += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
  out += "\r\n";
}

}  // namespace

class Server::Impl {
 public:
  Impl(const ServerOptions& options, Handler handler, Socket listener)
      : options_(options),
        handler_(std::move(handler)),
        listener_(std::move(listener)),
        port_(LocalPort(listener_)),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    Watch(EPOLL_CTL_ADD, listener_.fd(), kListenerId, EPOLLIN);
    Watch(EPOLL_CTL_ADD, wake_.fd(), kWakeId, EPOLLIN);
    poller_ = std::thread([this] { PollLoop(); });
  }

  ~Impl() { Stop(); }

  int port() const { return port_; }

  void Stop() {
    if (stopping_.exchange(true)) return;
    const uint64_t one = 1;
    (void)!::write(wake_.fd(), &one, sizeof one);
    poller_.join();
    {
      std::unique_lock lock(mutex_);
      for (auto& [id, connection] : connections_) ::shutdown(connection->socket.fd(), SHUT_RD);
      work_ready_.notify_all();
      const auto drained = [this] { return num_busy_ == 0; };
      if (!drained_.wait_for(lock, std::chrono::milliseconds(kGraceMillis), drained)) {
        for (auto& [id, connection] : connections_) ::shutdown(connection->socket.fd(), SHUT_RDWR);
      }
    }
    for (std::thread& worker : workers_) worker.join();
    connections_.clear();
  }

 private:
  class Stream;

  void Watch(int operation, int fd, uint64_t id, uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = id;
    ::epoll_ctl(epoll_.fd(), operation, fd, &event);
  }

  // ---- the poller's thread ----

  void PollLoop() {
    epoll_event events[64];
    int64_t next_sweep = NowMillis() + kSweepMillis;
    while (!stopping_) {
      const int n = ::epoll_wait(epoll_.fd(), events, 64, static_cast<int>(kSweepMillis));
      for (int i = 0; i < n; ++i) {
        const uint64_t id = events[i].data.u64;
        if (id == kListenerId) {
          AcceptAll();
        } else if (id != kWakeId) {
          Dispatch(id);
        }
      }
      if (NowMillis() >= next_sweep) {
        CloseIdle();
        next_sweep = NowMillis() + kSweepMillis;
      }
    }
  }

  void AcceptAll() {
    while (true) {
      Socket socket = AcceptFrom(listener_);
      if (socket.fd() < 0) return;
      std::lock_guard lock(mutex_);
      if (connections_.size() >= options_.max_connections) {
        WriteAll(socket, 0, RenderHead(MakeError(503, "Too many connections"), false, nullptr));
        continue;
      }
      const uint64_t id = next_id_++;
      const int fd = socket.fd();
      auto connection = std::make_shared<Connection>(id, std::move(socket), options_.max_body_bytes);
      connection->idle_since = NowMillis();
      connections_.emplace(id, std::move(connection));
      Watch(EPOLL_CTL_ADD, fd, id, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT);
    }
  }

  void Dispatch(uint64_t id) {
    std::lock_guard lock(mutex_);
    const auto it = connections_.find(id);
    if (it == connections_.end() || it->second->busy) return;
    it->second->busy = true;
    num_busy_ += 1;
    queue_.push_back(it->second);
    if (queue_.size() > num_idle_workers_ && workers_.size() < static_cast<size_t>(options_.num_threads)) {
      workers_.emplace_back([this] { WorkLoop(); });
    }
    work_ready_.notify_one();
  }

  void CloseIdle() {
    const int64_t before = NowMillis() - options_.keep_alive_millis;
    std::lock_guard lock(mutex_);
    std::erase_if(connections_,
                  [&](const auto& entry) { return !entry.second->busy && entry.second->idle_since < before; });
  }

  // ---- workers ----

  void WorkLoop() {
    std::unique_lock lock(mutex_);
    while (true) {
      num_idle_workers_ += 1;
      work_ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      num_idle_workers_ -= 1;
      if (queue_.empty()) return;  // stopping
      const ConnectionPtr connection = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      const bool keep = Serve(*connection) && !stopping_;
      lock.lock();
      connection->busy = false;
      connection->idle_since = NowMillis();
      num_busy_ -= 1;
      if (keep) {
        Watch(EPOLL_CTL_MOD, connection->socket.fd(), connection->id, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT);
      } else {
        connections_.erase(connection->id);
      }
      if (num_busy_ == 0) drained_.notify_all();
    }
  }

  // Answers the requests that are there. True: wait for the next one.
  bool Serve(Connection& connection) {
    char buffer[16 * 1024];
    const int64_t deadline = NowMillis() + options_.request_timeout_millis;
    int64_t wait = 0;  // the first read finds bytes, the others wait for the rest of the request
    RequestParser& parser = connection.parser;
    while (true) {
      size_t taken = 0;
      const ReadOutcome outcome = ReadSome(connection.socket, wait, buffer, sizeof buffer, &taken);
      if (outcome == ReadOutcome::kClosed) return false;
      if (outcome == ReadOutcome::kTimeout && wait > 0 && NowMillis() >= deadline) {
        SendError(connection, 408, "The request did not arrive in time");
        return false;
      }
      parser.Feed({buffer, taken});
      while (parser.state() == RequestParser::State::kComplete) {
        if (!Answer(connection)) return false;
        parser.Feed("");
      }
      if (parser.state() == RequestParser::State::kFailed) {
        SendError(connection, parser.failure().status, parser.failure().message);
        return false;
      }
      if (parser.TakeWantsContinue() && !parser.has_buffered_bytes()) {
        WriteAll(connection.socket, options_.request_timeout_millis, "HTTP/1.1 100 Continue\r\n\r\n");
      }
      if (parser.state() == RequestParser::State::kHead && !parser.has_buffered_bytes()) return true;
      if (stopping_) return false;
      wait = std::max<int64_t>(1, deadline - NowMillis());
    }
  }

  Response MakeError(int status, std::string_view message) const {
    if (options_.make_error) return options_.make_error(status, message);
    return Response::Of(status, std::string(message) + "\n", "text/plain; charset=utf-8");
  }

  void SendError(Connection& connection, int status, const std::string& message) {
    WriteAll(connection.socket, options_.request_timeout_millis,
             RenderHead(MakeError(status, message), false, nullptr));
    // The peer may still be sending: closing at once would take the answer away from it.
    ::shutdown(connection.socket.fd(), SHUT_WR);
    char rest[4096];
    size_t taken = 0;
    for (int i = 0; i < 64; ++i) {
      if (ReadSome(connection.socket, 50, rest, sizeof rest, &taken) != ReadOutcome::kBytes) return;
    }
  }

  // True: the connection stays.
  bool Answer(Connection& connection) {
    Request request = connection.parser.Take();
    Response response;
    try {
      response = handler_(request);
    } catch (const std::exception& e) {
      Log(LogLevel::kError, "http", "{} {}: {}", request.method, request.target, e.what());
      response = MakeError(500, "Internal Server Error");
    }
    const bool keep = request.keep_alive && !stopping_;
    if (response.stream) return AnswerStream(connection, request, response, keep);
    return WriteAll(connection.socket, options_.request_timeout_millis, RenderHead(response, keep, &request)) && keep;
  }

  bool AnswerStream(Connection& connection, const Request& request, const Response& response, bool keep);

  // Status line, headers and, unless it is a stream, the body. `request` null: it never was understood.
  static std::string RenderHead(const Response& response, bool keep, const Request* request) {
    std::string out = fmt::format("HTTP/1.1 {} {}\r\n", response.status, StatusText(response.status));
    for (const auto& [name, value] : response.headers.fields) AppendHeader(out, name, value);
    if (!response.content_type.empty()) AppendHeader(out, "Content-Type", response.content_type);
    const bool bodyless = response.status == 204 || response.status == 304;
    if (response.stream) {
      if (keep) AppendHeader(out, "Transfer-Encoding", "chunked");
    } else if (!bodyless) {
      AppendHeader(out, "Content-Length", std::to_string(response.body.size()));
    }
    AppendHeader(out, "Connection", keep ? "keep-alive" : "close");
    out += "\r\n";
    const bool head_only = request != nullptr && request->method == "HEAD";
    if (!response.stream && !bodyless && !head_only) out += response.body;
    return out;
  }

  const ServerOptions options_;
  const Handler handler_;
  const Socket listener_;
  const int port_;
  const Socket epoll_;
  const Socket wake_;
  std::atomic<bool> stopping_{false};

  std::mutex mutex_;
  std::condition_variable work_ready_;
  std::condition_variable drained_;
  std::map<uint64_t, ConnectionPtr> connections_;  // under mutex_, as all below
  uint64_t next_id_ = kWakeId + 1;
  std::deque<ConnectionPtr> queue_;
  size_t num_idle_workers_ = 0;
  size_t num_busy_ = 0;
  std::vector<std::thread> workers_;  // grows under mutex_ by the poller only; joined after the poller has ended
  std::thread poller_;
};

// Chunks on connections that stay, bare bytes up to the close on others.
class Server::Impl::Stream final : public ResponseStream {
 public:
  Stream(const Impl& server, const Connection& connection, bool chunked)
      : server_(server), connection_(connection), chunked_(chunked) {}

  bool Write(std::string_view bytes) override {
    if (bytes.empty()) return IsOpen();
    std::string out = chunked_ ? fmt::format("{:x}\r\n", bytes.size()) : std::string();
    out += bytes;
    if (chunked_) out += "\r\n";
    open_ = IsOpen() && WriteAll(connection_.socket, server_.options_.request_timeout_millis, out);
    return open_;
  }
  bool IsOpen() override { return open_ && !server_.stopping_ && !PeerClosed(connection_.socket); }
  bool Finish() {
    if (!open_ || !chunked_) return false;
    return WriteAll(connection_.socket, server_.options_.request_timeout_millis, "0\r\n\r\n");
  }

 private:
  const Impl& server_;
  const Connection& connection_;
  const bool chunked_;
  bool open_ = true;
};

bool Server::Impl::AnswerStream(Connection& connection, const Request& request, const Response& response, bool keep) {
  if (!WriteAll(connection.socket, options_.request_timeout_millis, RenderHead(response, keep, &request))) return false;
  if (request.method == "HEAD") return false;
  Stream stream(*this, connection, keep);
  try {
    response.stream(stream);
  } catch (const std::exception& e) {
    Log(LogLevel::kError, "http", "{} {}: {}", request.method, request.target, e.what());
    return false;  // cut short, so that the peer sees that something is missing
  }
  return stream.Finish() && keep;
}

Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, Handler handler) {
  MR_ASSIGN(Socket listener, ListenOn(options.host, options.port));
  return std::unique_ptr<Server>(new Server(std::make_unique<Impl>(options, std::move(handler), std::move(listener))));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
int Server::port() const { return impl_->port(); }
void Server::Stop() { impl_->Stop(); }

}  // namespace millrace::http
