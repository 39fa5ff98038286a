#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "http/client.h"
#include "http/router.h"
#include "http/server.h"

namespace millrace::http {
namespace {

// ---- URLs ----

TEST(Url, DecodesAndEncodes) {
  EXPECT_EQ(*UrlDecode("%3A.ctx%3Asub%2Fx", false), ":.ctx:sub/x");
  EXPECT_EQ(*UrlDecode("a+b", false), "a+b");
  EXPECT_EQ(*UrlDecode("a+b", true), "a b");
  for (const char* bad : {"%", "%2", "%zz", "%ff", "%00", "abc%"}) EXPECT_FALSE(UrlDecode(bad, false).ok()) << bad;
  EXPECT_EQ(UrlEncode("a/b c:é"), "a%2Fb%20c%3A%C3%A9");
  EXPECT_EQ(*UrlDecode(UrlEncode("SALES-value/é ?&=+"), false), "SALES-value/é ?&=+");
}

TEST(Url, ParsesItsParts) {
  const auto url = ParseUrl("https://us%40er:p%3Aw@schema-registry:8081/base?x=1");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->user, "us@er");
  EXPECT_EQ(url->password, "p:w");
  EXPECT_EQ(url->host, "schema-registry");
  EXPECT_EQ(url->port, 8081);
  EXPECT_EQ(url->path, "/base?x=1");
  EXPECT_EQ(ParseUrl("http://[::1]:80")->host, "::1");
  EXPECT_EQ(ParseUrl("http://h")->port, 80);
  for (const char* bad : {"", "h:80", "ftp://h", "http://", "http://h:0", "http://h:x", "http://[::1"}) {
    EXPECT_FALSE(ParseUrl(bad).ok()) << bad;
  }
  EXPECT_EQ(ParseUrl("user:p@ss@reg:8081").error().message,
            "Invalid URL '******@reg:8081': it must start with http:// or https://");
  EXPECT_EQ(ParseUrl("http://user:p%zz@reg:8081").error().message,
            "Invalid URL '******@reg:8081': its login is no percent-encoded text");
}

TEST(Url, ShowsNoLogin) {
  EXPECT_EQ(WithoutCredentials("http://u:p@ss@reg:8081/a@b?c@d"), "http://reg:8081/a@b?c@d");
  EXPECT_EQ(WithoutCredentials("http://:token@reg"), "http://reg");
  EXPECT_EQ(WithoutCredentials("http://reg?c@d"), "http://reg?c@d");
  EXPECT_EQ(WithoutCredentials("reg:8081"), "reg:8081");
  for (const char* bad : {"u:p@reg:8081/x", "http://u:p%zz@reg:8081/x", "http://u:p/ss@reg:8081/x"}) {
    EXPECT_EQ(WithoutCredentials(bad), "******@reg:8081/x");
  }
}

// ---- router ----

Response Echo(Request& request) {
  std::string out = request.method;
  for (const auto& [name, value] : request.parameters) out += " " + name + "=" + value;
  return Response::Of(200, out, "text/plain");
}

Request MakeRequest(std::string method, std::string path) {
  Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  return request;
}

TEST(Router, PathParametersAreDecodedAfterTheSplit) {
  Router router;
  router.Add("GET", "/subjects/{subject}/versions/{version}", Echo);
  router.Add("GET", "/subjects/{subject}", Echo);
  router.Add("DELETE", "/subjects/{subject}", Echo);
  router.Add("GET", "/files/{rest*}", Echo);
  router.Add("GET", "/", Echo);
  const auto call = [&](std::string method, std::string path) {
    Request request = MakeRequest(std::move(method), std::move(path));
    const Response response = router.Handle(request);
    const std::string* allow = response.headers.Find("Allow");
    return fmt::format("{} {}{}", response.status, response.body, allow == nullptr ? "" : *allow);
  };
  EXPECT_EQ(call("GET", "/subjects/a%2Fb/versions/latest"), "200 GET subject=a/b version=latest");
  EXPECT_EQ(call("GET", "/subjects/x/"), "200 GET subject=x");
  EXPECT_EQ(call("HEAD", "/subjects/x"), "200 HEAD subject=x");
  EXPECT_EQ(call("GET", "/files/a/b%20c"), "200 GET rest=a/b c");
  EXPECT_EQ(call("GET", "/"), "200 GET");
  EXPECT_EQ(call("GET", "/nothing"), "404 HTTP 404 Not Found\n");
  EXPECT_EQ(call("GET", "/subjects/%zz"), "400 Broken percent-escape in the URL at byte 0\n");
  EXPECT_EQ(call("POST", "/subjects/x"), "405 HTTP 405 Method Not Allowed\nDELETE, GET, HEAD, OPTIONS");
  EXPECT_EQ(call("OPTIONS", "/subjects/x"), "200 DELETE, GET, HEAD, OPTIONS");
}

// ---- server and client over sockets ----

struct Fixture {
  explicit Fixture(Handler handler, ServerOptions options = {}) {
    server = std::move(*Server::Start(options, std::move(handler)));
    url = fmt::format("http://127.0.0.1:{}", server->port());
  }
  std::unique_ptr<Server> server;
  std::string url;
};

// Sends raw bytes and returns everything until the server closes.
std::string RawCall(int port, std::string_view bytes) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  while (!bytes.empty()) {  // the server may close before it has taken everything
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) break;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  std::string out;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;) out.append(buffer, static_cast<size_t>(n));
  ::close(fd);
  return out;
}

TEST(HttpServer, AnswersAllMethodsWithBodies) {
  Fixture f([](Request& request) {
    return Response::Of(201, request.method + " " + request.target + " " + request.body, "text/plain");
  });
  Client client;
  EXPECT_EQ(client.Get(f.url + "/a?b=c")->body, "GET /a?b=c ");
  EXPECT_EQ(client.Post(f.url + "/a", "x")->body, "POST /a x");
  EXPECT_EQ(client.Post(f.url + "/a", "")->body, "POST /a ");
  EXPECT_EQ(client.Put(f.url + "/a", "yy")->body, "PUT /a yy");
  EXPECT_EQ(client.Delete(f.url + "/a")->body, "DELETE /a ");
  EXPECT_EQ(client.Send("DELETE", f.url + "/a", "body")->body, "DELETE /a body");
  const auto head = client.Send("HEAD", f.url + "/a", "");
  EXPECT_EQ(head->status, 201);
  EXPECT_EQ(head->body, "");
  EXPECT_EQ(*head->headers.Find("content-length"), "8");
}

size_t Count(std::string_view text, std::string_view part) {
  size_t n = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; at += part.size()) n += 1;
  return n;
}

TEST(HttpServer, ConnectionsAreReusedAndRequestsMayBePipelined) {
  Fixture f(
      [](Request& request) { return Response::Of(200, "<" + request.method + request.body + ">", "text/plain"); });
  const std::string answer = RawCall(f.server->port(),
                                     "GET / HTTP/1.1\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"
                                     "GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(Count(answer, "HTTP/1.1 200 OK\r\n"), 3u) << answer;
  EXPECT_LT(answer.find("<GET>"), answer.find("<POSThello>"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n<GET>"));
}

TEST(HttpServer, BodiesOfAnyMethodAreReadToTheirEnd) {
  Fixture f([](Request& request) {
    const std::string* type = request.headers.Find("Content-Type");
    return Response::Of(200, fmt::format("<{} {} {}>", request.method, type == nullptr ? "-" : *type, request.body),
                        "a/b");
  });
  const std::string chunked = "Transfer-Encoding: chunked\r\n\r\n4;ext=1\r\nWiki\r\n6\r\npedia \r\n0\r\n\r\n";
  const std::string answer = RawCall(
      f.server->port(), "GET / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}DELETE / HTTP/1.1\r\n" + chunked +
                            "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n" + chunked +
                            "PUT / HTTP/1.1\r\nContent-Type: multipart/form-data\r\nConnection: close\r\n" + chunked);
  EXPECT_NE(answer.find("<GET - {}>"), std::string::npos) << answer;
  EXPECT_NE(answer.find("<DELETE - Wikipedia >"), std::string::npos) << answer;
  EXPECT_NE(answer.find("<POST application/x-www-form-urlencoded Wikipedia >"), std::string::npos) << answer;
  EXPECT_NE(answer.find("<PUT multipart/form-data Wikipedia >"), std::string::npos) << answer;
}

TEST(HttpServer, HandlersKnowTheAddressOfThePeer) {
  Fixture f([](Request& request) { return Response::Of(200, request.peer, "text/plain"); });
  EXPECT_EQ(Client().Get(f.url + "/")->body, "127.0.0.1");
}

TEST(HttpServer, PathsArriveAsTheyWereSent) {
  Fixture f([](Request& request) {
    return Response::Of(200, fmt::format("{} {}", request.path, request.Query("x").value_or("-")), "text/plain");
  });
  const std::string longest(8000, 'a');
  for (const std::string& path : {std::string("/a%2Fb%0Ac"), std::string("/:.ctx:sub"), "/" + longest}) {
    EXPECT_EQ(Client().Get(f.url + path + "?x=1+2")->body, path + " 1 2");
  }
  EXPECT_EQ(Client().Get(f.url + "/?x=%zz")->status, 400);
}

TEST(HttpServer, CompressedBodiesAreRefusedAndAnswersCompressedOnRequest) {
  Fixture f([](Request&) { return Response::Of(200, std::string(10'000, 'x'), "text/plain"); });
  Headers gzip;
  gzip.Add("Content-Encoding", "gzip");
  EXPECT_EQ(Client().Post(f.url + "/", "whatever", gzip)->status, 415);
  const std::string answer =
      RawCall(f.server->port(), "GET / HTTP/1.1\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("Content-Encoding: gzip"), std::string::npos);
  EXPECT_LT(answer.size(), 1000u);
}

TEST(HttpServer, BrowsersThatAlsoTakeBrotliGetTheFasterGzip) {
  Fixture f([](Request&) { return Response::Of(200, std::string(10'000, 'x'), "text/plain"); });
  const auto coding = [&](std::string_view accepted) {
    const std::string answer = RawCall(
        f.server->port(), fmt::format("GET / HTTP/1.1\r\nAccept-Encoding: {}\r\nConnection: close\r\n\r\n", accepted));
    const size_t at = answer.find("Content-Encoding: ");
    return at == std::string::npos ? "none" : answer.substr(at + 18, answer.find('\r', at) - at - 18);
  };
  EXPECT_EQ(coding("gzip, deflate, br, zstd"), "gzip");
  EXPECT_EQ(coding("br"), "none");
  EXPECT_EQ(coding("br, gzip;q=0"), "none");
}

TEST(HttpServer, LargeBodiesPassAndTooLargeOnesAreRefused) {
  ServerOptions options;
  options.max_body_bytes = 3 << 20;
  options.make_error = [](int status, std::string_view message) {
    return Response::Of(status, fmt::format("{{\"error_code\":{},\"message\":\"{}\"}}", status, message));
  };
  Fixture f([](Request& request) { return Response::Of(200, request.body, "text/plain"); }, options);
  Client client;
  const std::string large(3 << 20, 'x');
  const auto same = client.Post(f.url + "/", large);
  ASSERT_TRUE(same.ok()) << same.error().message;
  EXPECT_EQ(same->body, large);
  EXPECT_EQ(RawCall(f.server->port(), "POST / HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n").substr(0, 12),
            "HTTP/1.1 413");
  const std::string chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(RawCall(f.server->port(), chunked + "300000\r\n" + large + "\r\n1\r\nx\r\n0\r\n\r\n").substr(0, 12),
            "HTTP/1.1 413");
  EXPECT_EQ(RawCall(f.server->port(), chunked + "ffffff\r\n" + large + large + large).substr(0, 12), "HTTP/1.1 413");
  const auto refused = client.Post(f.url + "/", large + "x");
  ASSERT_TRUE(refused.ok()) << refused.error().message;
  EXPECT_EQ(refused->status, 413);
  EXPECT_EQ(refused->body, R"({"error_code":413,"message":"Content Too Large"})");
  Client small({.max_response_bytes = 10});
  EXPECT_FALSE(small.Post(f.url + "/", large).ok());
}

TEST(HttpServer, MalformedRequestsAreAnsweredAndClosed) {
  ServerOptions options;
  options.max_body_bytes = 100;
  Fixture f([](Request&) { return Response::Of(200, "ok"); }, options);
  const std::pair<std::string, int> cases[] = {
      {"nonsense\r\n\r\n", 400},
      {std::string("\x00\xff\x16\x03\r\n\r\n", 8), 400},
      {"GET / HTTP/2.0\r\n\r\n", 400},
      {"G@T / HTTP/1.1\r\n\r\n", 400},
      {"GET /?a=%zz HTTP/1.1\r\nConnection: close\r\n\r\n", 400},
      {"GET /" + std::string(10'000, 'a') + " HTTP/1.1\r\n\r\n", 414},
      {"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n", 413},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
  };
  for (const auto& [text, status] : cases) {
    EXPECT_EQ(RawCall(f.server->port(), text).substr(0, 12), fmt::format("HTTP/1.1 {}", status)) << text.substr(0, 80);
  }
}

TEST(HttpServer, RequestsWithoutALengthHaveNoBody) {
  Fixture f([](Request& request) { return Response::Of(200, request.method + request.body, "text/plain"); });
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    const std::string call = fmt::format("{} / HTTP/1.1\r\nConnection: close\r\n\r\n", method);
    EXPECT_TRUE(RawCall(f.server->port(), call).ends_with(fmt::format("\r\n\r\n{}", method))) << method;
  }
}

TEST(HttpServer, RequestThatNeverEndsIsDropped) {
  ServerOptions options;
  options.request_timeout_millis = 30;
  Fixture f([](Request&) { return Response::Of(200, "ok"); }, options);
  EXPECT_EQ(Count(RawCall(f.server->port(), "GET / HTT"), "HTTP/1.1 2"), 0u);
  EXPECT_EQ(Count(RawCall(f.server->port(), "GET / HTTP/1.1\r\nA: b\r\n"), "HTTP/1.1 2"), 0u);
}

TEST(HttpServer, IdleConnectionsAreClosedAfterTheKeepAliveTime) {
  ServerOptions options;
  options.keep_alive_millis = 20;
  Fixture f([](Request&) { return Response::Of(200, "ok"); }, options);
  EXPECT_EQ(Count(RawCall(f.server->port(), "GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 200"), 1u);  // returns: it was closed
}

TEST(HttpServer, StopDoesNotWaitForIdleConnections) {
  Fixture f([](Request&) { return Response::Of(200, "ok"); });
  Client client;
  EXPECT_EQ(client.Get(f.url + "/")->status, 200);  // the connection is kept
  const auto before = std::chrono::steady_clock::now();
  f.server->Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(1500));
}

TEST(HttpServer, EndlessHeadsAreCutOff) {
  ServerOptions options;
  options.max_body_bytes = 10'000;
  Fixture f([](Request&) { return Response::Of(200, "ok"); }, options);
  std::string head = "GET / HTTP/1.1\r\n";
  while (head.size() < 200'000) head += "X-A: 0123456789012345678901234567890123456789\r\n";
  EXPECT_EQ(Count(RawCall(f.server->port(), head + "\r\n"), "HTTP/1.1 200"), 0u);
}

TEST(HttpServer, ExceptionsBecome500) {
  Fixture f([](Request&) -> Response { throw std::runtime_error("boom"); });
  EXPECT_EQ(Client().Get(f.url + "/")->status, 500);
}

TEST(HttpServer, HeaderValuesCannotBreakOut) {
  Fixture f([](Request&) {
    Response response = Response::Of(200, "");
    response.headers.Set("X-A", "1\r\nX-B: 2");
    return response;
  });
  const auto response = Client().Get(f.url + "/");
  EXPECT_EQ(response->headers.Find("X-B"), nullptr);
}

TEST(HttpServer, StreamsArriveChunkByChunk) {
  Fixture f([](Request&) {
    return Response::EventStream([](ResponseStream& stream) {
      for (int i = 0; i < 3; ++i) stream.Write(fmt::format("data: {}\n\n", i));
    });
  });
  const auto response = Client().Get(f.url + "/");
  EXPECT_EQ(response->body, "data: 0\n\ndata: 1\n\ndata: 2\n\n");
  EXPECT_EQ(*response->headers.Find("content-type"), "text/event-stream");
  EXPECT_NE(RawCall(f.server->port(), "GET / HTTP/1.0\r\n\r\n").find("\r\n\r\ndata: 0\n\ndata: 1"), std::string::npos);
}

TEST(HttpServer, ManyStreamsDoNotKeepOthersWaitingAndEndAtStop) {
  std::atomic<int> running{0};
  std::mutex mutex;
  std::condition_variable changed;
  Fixture f([&](Request& request) {
    if (request.path != "/stream") return Response::Of(200, "plain");
    return Response::EventStream([&](ResponseStream& stream) {
      stream.Write("data: x\n\n");
      running += 1;
      changed.notify_all();
      while (stream.IsOpen()) std::this_thread::yield();
      running -= 1;
    });
  });
  std::vector<std::thread> readers;
  for (int i = 0; i < 12; ++i) {
    readers.emplace_back([&] { RawCall(f.server->port(), "GET /stream HTTP/1.1\r\n\r\n"); });
  }
  {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, std::chrono::seconds(10), [&] { return running == 12; });
  }
  EXPECT_EQ(Client().Get(f.url + "/")->body, "plain");
  f.server->Stop();
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(running, 0);
}

TEST(HttpServer, ConnectionsBeyondTheLimitAreTurnedAway) {
  ServerOptions options;
  options.max_connections = 0;
  Fixture f([](Request&) { return Response::Of(200, "ok"); }, options);
  EXPECT_EQ(Client().Get(f.url + "/")->status, 503);
}

TEST(HttpServer, OccupiedPortIsAnError) {
  Fixture f([](Request&) { return Response::Of(200, "ok"); });
  ServerOptions options;
  options.port = f.server->port();
  const auto second = Server::Start(options, [](Request&) { return Response(); });
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().message, fmt::format("Cannot listen on 127.0.0.1:{}: Address already in use", options.port));
  EXPECT_EQ(second.error().hint, "Choose a free port or stop the process that uses it.");
}

TEST(HttpServer, UnknownHostIsNoMatterOfPorts) {
  ServerOptions options;
  options.host = "nowhere.invalid";
  const auto server = Server::Start(options, [](Request&) { return Response(); });
  ASSERT_FALSE(server.ok());
  EXPECT_EQ(server.error().hint, "Name an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all it has.");
}

TEST(HttpServer, ServesManyThreadsAtOnce) {
  std::atomic<int> calls{0};
  Fixture f([&](Request& request) {
    calls += 1;
    return Response::Of(200, request.body, "text/plain");
  });
  Client client;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string body = fmt::format("{}-{}", t, i);
        const auto response = client.Post(f.url + "/", body);
        ASSERT_TRUE(response.ok()) << response.error().message;
        ASSERT_EQ(response->body, body);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(calls, 400);
}

TEST(HttpClient, SendsAuthentication) {
  Fixture f([](Request& request) {
    const std::string* value = request.headers.Find("Authorization");
    return Response::Of(200, value == nullptr ? "none" : *value, "text/plain");
  });
  ClientOptions basic;
  basic.basic_auth_user = "user";
  basic.basic_auth_password = "secret";
  EXPECT_EQ(Client(basic).Get(f.url + "/")->body, "Basic dXNlcjpzZWNyZXQ=");
  ClientOptions bearer;
  bearer.bearer_token = "token";
  EXPECT_EQ(Client(bearer).Get(f.url + "/")->body, "Bearer token");
  EXPECT_EQ(Client().Get(f.url + "/")->body, "none");
}

TEST(HttpClient, ErrorsNameTheCallAndHideThePassword) {
  int port = 0;
  {
    port = Fixture([](Request&) { return Response(); }).server->port();
  }
  const auto response = Client().Get(fmt::format("http://user:secret@127.0.0.1:{}/x", port));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().domain, ErrorDomain::kExternal);
  EXPECT_EQ(response.error().retry, Retry::kYes);
  EXPECT_TRUE(response.error().message.starts_with(fmt::format("GET http://127.0.0.1:{}/x: ", port)))
      << response.error().message;
  EXPECT_EQ(response.error().code, Client::kConnectionRefused);
  EXPECT_EQ(Client().Get("nonsense://x").error().retry, Retry::kNo);
}

TEST(HttpClient, SlowServerTimesOut) {
  std::atomic<bool> done{false};
  Fixture f([&](Request&) {
    while (!done) std::this_thread::yield();
    return Response();
  });
  ClientOptions options;
  options.request_timeout_millis = 50;
  const auto response = Client(options).Get(f.url + "/");
  done = true;
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().retry, Retry::kYes);
}

}  // namespace
}  // namespace millrace::http
