#include "http/server.h"

#include <httplib.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "base/listen_error.h"
#include "base/log.h"
#include "base/strings.h"
#include "http/connection.h"
#include "http/connection_threads.h"

namespace millrace::http {
namespace {

constexpr size_t kMaxHeadBytes = 64 * 1024;
constexpr size_t kRefusals = 16;        // connections beyond the limit that are told so at the same time
constexpr int kBacklog = 512;           // the library's own 5 makes bursts wait for a second
constexpr int64_t kGraceMillis = 2000;  // what handlers at work get in Stop before their connections are cut
constexpr int64_t kReopenMillis = 100;

// What happens to the request that a connection's thread is serving.
struct Exchange {
  const Connection* connection = nullptr;
  std::string method;                   // as sent; the library sees another one where it would not read the body
  Headers headers;                      // as sent
  httplib::Request* request = nullptr;  // once its head is understood
  int refuse_with = 0;                  // a status: answered so instead of asking the handler
  bool is_answered = false;             // by the handler
  bool must_close = false;
};
thread_local Exchange* current_exchange = nullptr;

// The library takes a length it does not understand for 0, and a missing one for "up to the end of the connection".
// The status to refuse with, or 0.
int CheckFraming(const httplib::Request& request, size_t max_bytes) {
  const size_t num_lengths = request.get_header_value_count("Content-Length");
  const size_t num_codings = request.get_header_value_count("Transfer-Encoding");
  if (num_lengths + num_codings > 1) return 400;
  if (num_codings == 1 && !EqualsIgnoreCase(request.get_header_value("Transfer-Encoding"), "chunked")) return 501;
  if (num_lengths == 0) return 0;
  const std::string text = request.get_header_value("Content-Length");
  const auto length = ParseInt64(text);
  if (!length || text.find_first_not_of("0123456789") != std::string::npos) return 400;
  return static_cast<uint64_t>(*length) > max_bytes ? 413 : 0;
}

bool HasBody(const httplib::Request& request) {
  return request.has_header("Transfer-Encoding") || request.has_header("Content-Length");
}

bool IsCompressed(const Headers& headers) {
  const std::string* coding = headers.Find("Content-Encoding");
  return coding != nullptr && !coding->empty() && !EqualsIgnoreCase(*coding, "identity");
}

Headers FromLibrary(const httplib::Headers& headers) {
  static constexpr std::string_view kAddedByLibrary[] = {"REMOTE_ADDR", "REMOTE_PORT", "LOCAL_ADDR", "LOCAL_PORT"};
  Headers out;
  for (const auto& [name, value] : headers) {
    if (std::find(std::begin(kAddedByLibrary), std::end(kAddedByLibrary), name) == std::end(kAddedByLibrary)) {
      out.Add(name, value);
    }
  }
  return out;
}

// The library's view of a connection.
class LibraryStream final : public httplib::Stream {
 public:
  LibraryStream(Connection& connection, int64_t timeout_millis)
      : connection_(connection), timeout_millis_(timeout_millis) {}

  bool is_readable() const override { return true; }
  bool is_writable() const override { return !connection_.IsPeerGone(); }
  ssize_t read(char* data, size_t size) override { return connection_.Read({data, size}); }
  ssize_t write(const char* data, size_t size) override {
    return connection_.Write({data, size}, timeout_millis_) ? static_cast<ssize_t>(size) : -1;
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  // Asked for only to refuse numbers that select() cannot take; nothing here selects.
  socket_t socket() const override { return 0; }

 private:
  Connection& connection_;
  const int64_t timeout_millis_;
};

class SinkStream final : public ResponseStream {
 public:
  SinkStream(httplib::DataSink& sink, const std::atomic<bool>& stopping) : sink_(sink), stopping_(stopping) {}
  bool Write(std::string_view bytes) override {
    if (bytes.empty()) return IsOpen();
    return IsOpen() && sink_.write(bytes.data(), bytes.size()) && sink_.is_writable();
  }
  bool IsOpen() override { return !stopping_ && sink_.is_writable(); }

 private:
  httplib::DataSink& sink_;
  const std::atomic<bool>& stopping_;
};

class LibraryQueue final : public httplib::TaskQueue {
 public:
  LibraryQueue(size_t max_threads, std::function<void()> before_join)
      : threads_(max_threads), before_join_(std::move(before_join)) {}
  void enqueue(std::function<void()> work) override { threads_.Run(std::move(work)); }
  void shutdown() override {
    before_join_();
    threads_.Join();
  }

 private:
  ConnectionThreads threads_;
  std::function<void()> before_join_;
};

// No signal is handled here: it would interrupt accept(), which the library takes for the end.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

// The library parses requests, calls back and renders answers; sockets, threads and limits are ours, because its own
// loop polls idle connections 100 times a second, cannot be stopped before they time out, and has no limits in time.
class Server::Impl final : private httplib::Server {
 public:
  Impl(const ServerOptions& options, http::Handler handler) : options_(options), handler_(std::move(handler)) {
    new_task_queue = [this] {
      return new LibraryQueue(options_.max_connections + kRefusals, [this] { EndConnections(); });
    };
    set_payload_max_length(options_.max_body_bytes);
    set_tcp_nodelay(true);
    // Not the library's SO_REUSEPORT, which lets two servers share a port.
    set_socket_options([](socket_t fd) {
      const int yes = 1;
      ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    const auto serve = [this](const httplib::Request& from, httplib::Response& to) { Serve(from, to); };
    Get("/", serve).Post("/", serve).Put("/", serve).Patch("/", serve).Delete("/", serve).Options("/", serve);
    set_error_handler([this](const httplib::Request&, httplib::Response& to) { AnswerError(to); });
  }
  ~Impl() override { Stop(); }

  Status Start() {
    port_ = options_.port;
    errno = 0;
    const bool bound = port_ == 0 ? (port_ = bind_to_any_port(options_.host)) > 0 : bind_to_port(options_.host, port_);
    if (!bound) return CannotListen(options_.host, options_.port, errno);
    ::listen(svr_sock_, kBacklog);
    const SignalsBlocked blocked;
    thread_ = std::thread([this] { ListenLoop(); });
    while (!is_running()) std::this_thread::yield();
    return Ok();
  }

  void Stop() {
    if (stopping_.exchange(true)) return;
    stop();
    if (thread_.joinable()) thread_.join();
  }

  int port() const { return port_; }

 private:
  void ListenLoop() {
    while (!listen_after_bind() && !stopping_) {
      Log(LogLevel::kError, "http", "listening on port {} ended: {}; starting it again", port_, std::strerror(errno));
      while (!stopping_ && !bind_to_port(options_.host, port_)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(kReopenMillis));
      }
    }
  }

  // ---- connections ----

  // The library's entry, on a thread of the connection's own.
  bool process_and_close_socket(socket_t fd) override {
    Connection connection(fd);
    const bool is_welcome = Enter(&connection);
    LibraryStream stream(connection, options_.request_timeout_millis);
    while (!stopping_ && connection.WaitForRequest(options_.keep_alive_millis)) {
      connection.BeginRequest(options_.request_timeout_millis, kMaxHeadBytes + 2 * options_.max_body_bytes);
      Exchange exchange;
      exchange.connection = &connection;
      exchange.refuse_with = is_welcome ? 0 : 503;
      current_exchange = &exchange;
      bool wants_close = false;
      const bool sent =
          process_request(stream, stopping_, wants_close, [this](httplib::Request& request) { SetUp(request); });
      current_exchange = nullptr;
      if (!sent || wants_close) break;
      if (exchange.must_close || exchange.request == nullptr) {
        connection.FinishWriting();
        break;
      }
    }
    Leave(&connection);
    return true;
  }

  // False when there are too many.
  bool Enter(Connection* connection) {
    std::lock_guard lock(mutex_);
    connections_.insert(connection);
    return connections_.size() <= options_.max_connections;
  }

  void Leave(Connection* connection) {
    std::lock_guard lock(mutex_);
    connections_.erase(connection);
    changed_.notify_all();
  }

  // Idle connections end at once, those with a handler at work after its answer.
  void EndConnections() {
    std::unique_lock lock(mutex_);
    for (Connection* connection : connections_) connection->EndReading();
    const auto all_left = [this] { return connections_.empty(); };
    if (changed_.wait_for(lock, std::chrono::milliseconds(kGraceMillis), all_left)) return;
    for (Connection* connection : connections_) connection->Cut();
  }

  // ---- requests ----

  // Between the head and the body of a request: steers how the library goes on.
  void SetUp(httplib::Request& request) const {
    Exchange& exchange = *current_exchange;
    exchange.request = &request;
    exchange.method = request.method;
    exchange.headers = FromLibrary(request.headers);
    // Routes are std::regex, which recurses once per byte, so all paths look alike to it.
    request.path = "/";
    request.ranges.clear();
    // The body is to be read for every method, and as it is: no form to be parsed, no bomb to be unpacked.
    if (request.method != "HEAD" && HasBody(request)) request.method = "POST";
    request.headers.erase("Content-Type");
    request.headers.erase("Content-Encoding");
    // Of the library's codings not Brotli, which takes two seconds a megabyte there.
    request.headers.erase("Accept-Encoding");
    if (AcceptsCoding(exchange.headers, "gzip")) request.set_header("Accept-Encoding", "gzip");
    if (exchange.refuse_with == 0) exchange.refuse_with = CheckFraming(request, options_.max_body_bytes);
    if (exchange.refuse_with == 0 && IsCompressed(exchange.headers)) exchange.refuse_with = 415;
    if (exchange.refuse_with != 0 || !HasBody(request)) {  // after a refusal the connection ends: nobody needs the body
      for (const char* name : {"Content-Length", "Transfer-Encoding", "Expect"}) request.headers.erase(name);
      request.set_header("Content-Length", "0");
    }
  }

  Response MakeError(int status, std::string_view message) const {
    if (options_.make_error) return options_.make_error(status, message);
    return Response::Of(status, std::string(message) + "\n", "text/plain; charset=utf-8");
  }

  static std::string_view ErrorText(int status) {
    if (status == 415) return "Compressed request bodies are not supported";
    if (status == 503) return "Too many connections";
    return StatusText(status);
  }

  // The library calls it for every status from 400 on.
  void AnswerError(httplib::Response& to) const {
    Exchange& exchange = *current_exchange;
    if (exchange.is_answered) return;
    exchange.must_close = true;
    if (exchange.connection->IsOverLimit()) to.status = 413;
    to.set_header("Connection", "close");
    const Response error = MakeError(to.status, ErrorText(to.status));
    to.status = error.status;
    to.set_content(error.body, error.content_type);
  }

  void Serve(const httplib::Request& from, httplib::Response& to) {
    Exchange& exchange = *current_exchange;
    // The library looks at declared lengths only, not at chunked bodies.
    if (from.body.size() > options_.max_body_bytes) exchange.refuse_with = 413;
    if (exchange.refuse_with != 0) {
      to.status = exchange.refuse_with;
      return;
    }
    Response response = Ask(from);
    exchange.is_answered = true;
    to.status = response.status;
    for (const auto& [name, value] : response.headers.fields) to.headers.emplace(name, Cleaned(value));
    if (response.stream || response.headers.Find("Content-Encoding") != nullptr) {
      exchange.request->headers.erase("Accept-Encoding");
    }
    if (!response.stream) {
      to.body = std::move(response.body);
      if (!response.content_type.empty()) to.set_header("Content-Type", response.content_type);
      return;
    }
    const auto provider = [this, stream = std::move(response.stream)](size_t, httplib::DataSink& sink) {
      return SendStream(stream, sink);
    };
    // HTTP/1.0 knows no chunks: there the end of the connection is the end of the stream.
    if (from.version == "HTTP/1.0") {
      to.set_content_provider(response.content_type, provider);
    } else {
      to.set_chunked_content_provider(response.content_type, provider);
    }
  }

  Response Ask(const httplib::Request& from) const {
    Exchange& exchange = *current_exchange;
    Request request;
    request.method = exchange.method;
    request.target = from.target;
    request.headers = std::move(exchange.headers);
    request.body = from.body;
    request.peer = exchange.connection->PeerAddress();
    const size_t mark = from.target.find('?');
    request.path = from.target.substr(0, mark);
    if (mark != std::string::npos) {
      auto query = ParseQuery(std::string_view(from.target).substr(mark + 1));
      if (!query.ok()) return MakeError(400, query.error().message);
      request.query = std::move(query).value();
    }
    try {
      return handler_(request);
    } catch (const std::exception& e) {
      Log(LogLevel::kError, "http", "{} {}: {}", request.method, request.target, e.what());
      return MakeError(500, "Internal Server Error");
    }
  }

  // False cuts the connection, so that the peer sees that something is missing.
  bool SendStream(const std::function<void(ResponseStream&)>& stream, httplib::DataSink& sink) const {
    SinkStream out(sink, stopping_);
    try {
      stream(out);
    } catch (const std::exception& e) {
      Log(LogLevel::kError, "http", "a stream ended: {}", e.what());
      return false;
    }
    sink.done();
    return true;
  }

  static std::string Cleaned(std::string value) {
    for (char& c : value) {
      if (c == '\r' || c == '\n' || c == '\0') c = ' ';
    }
    return value;
  }

  const ServerOptions options_;
  const http::Handler handler_;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread thread_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<Connection*> connections_;  // under mutex_
};

Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, Handler handler) {
  auto impl = std::make_unique<Impl>(options, std::move(handler));
  MR_TRY(impl->Start());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
int Server::port() const { return impl_->port(); }
void Server::Stop() { impl_->Stop(); }

}  // namespace millrace::http
