#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "http/message.h"

namespace millrace::http {

struct ServerOptions {
  std::string host = "127.0.0.1";  // a name or an address; "0.0.0.0" and "::" for all
  int port = 0;                    // 0: any free one
  size_t max_body_bytes = size_t{8} << 20;
  size_t max_connections = 1024;            // more are answered 503; each has a thread while it is open
  int64_t keep_alive_millis = 75'000;       // how long an idle connection stays
  int64_t request_timeout_millis = 30'000;  // from a request's first byte to its last, and for each write
  // The answer to a request that never reaches the handler: malformed, too large, too many connections (400, 413, 414,
  // 415, 503 ...). Absent: a plain text line.
  std::function<Response(int status, std::string_view message)> make_error;
};

// An HTTP/1.1 server over cpp-httplib: one thread per connection. The handler runs on these, several at a time; an
// exception out of it is answered 500. Bodies of any method reach it as they are: forms are not taken apart, and
// compressed ones are refused (415). Answers are compressed where the client asks for it, streams never are. A request
// that does not arrive in time is dropped with its connection.
class Server {
 public:
  // Listens on return. Errors: "Cannot listen on 127.0.0.1:8081: Address already in use".
  static Result<std::unique_ptr<Server>> Start(const ServerOptions& options, Handler handler);
  ~Server();  // stops

  int port() const;
  // Takes no more requests, ends streams, waits for the handlers at work. Idempotent; any thread but a handler's.
  void Stop();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::http
