#include "server/web_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include "http/client.h"
#include "http/router.h"
#include "server/answers.h"

namespace millrace::server {
namespace {

// The status line and all that follows.
std::string Raw(int port, std::string_view bytes) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  std::string out;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;) out.append(buffer, static_cast<size_t>(n));
  ::close(fd);
  return out;
}

Routes Greetings(int* stops = nullptr) {
  Routes out;
  out.add = [](http::Router& router) {
    router.Add("GET", "/greeting", [](http::Request&) { return Answer("hello"); });
    router.Add("POST", "/greeting", [](http::Request& r) { return Answer(codec::Json(r.body.substr(0, 10))); });
    router.Add("GET", "/api/fail", [](http::Request& r) {
      return AnswerErrorTo(r, UserError("No such job.").WithCode("JOB_NOT_FOUND").WithHint("Look at /api/jobs."));
    });
  };
  out.before_stop = [stops] {
    if (stops != nullptr) *stops += 1;
  };
  return out;
}

struct WebServerTest : testing::Test {
  void Start(WebOptions options = {}) {
    if (options.addresses.empty()) options.addresses = {{}, {}};
    auto started = WebServer::Start(options, {Greetings(&stops)});
    ASSERT_TRUE(started.ok()) << started.error().message;
    server = std::move(*started);
  }
  std::string Url(size_t address = 0) const { return fmt::format("http://127.0.0.1:{}", server->port(address)); }
  int Status(std::string_view method, const std::string& path, std::vector<http::NameValue> headers,
             std::string_view body = "") {
    http::Headers fields;
    fields.fields = std::move(headers);
    auto response = client.Send(method, Url() + path, body, fields);
    EXPECT_TRUE(response.ok());
    return response.ok() ? response->status : 0;
  }

  int stops = 0;
  std::unique_ptr<WebServer> server;
  http::Client client;
};

TEST_F(WebServerTest, EachAddressHasItsFirstPage) {
  Start({.addresses = {{}, {.home = "topics"}}});
  for (const auto& [address, page] : {std::pair<size_t, const char*>{0, "overview"}, {1, "topics"}}) {
    auto response = client.Send("GET", Url(address) + "/api/home", "");
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(response->body, fmt::format(R"({{"page":"{}"}})", page));
  }
}

TEST_F(WebServerTest, AllAddressesServeTheSame) {
  Start();
  ASSERT_NE(server->port(0), server->port(1));
  for (const size_t address : {0, 1}) {
    EXPECT_EQ(client.Get(Url(address) + "/greeting")->body, "\"hello\"");
    EXPECT_EQ(client.Get(Url(address) + "/")->status, 200);
  }
  server.reset();
  EXPECT_EQ(stops, 1);
}

TEST_F(WebServerTest, AnAddressInUseIsNamed) {
  Start();
  const auto second = WebServer::Start({.addresses = {{}, {.port = server->port()}}}, {Greetings()});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().message,
            fmt::format("Cannot listen on 127.0.0.1:{}: Address already in use", server->port()));
}

TEST_F(WebServerTest, ForeignPagesChangeNothing) {
  Start();
  EXPECT_EQ(Status("POST", "/greeting", {{"Origin", "http://evil.example"}}, "x"), 403);
  EXPECT_EQ(Status("POST", "/greeting", {{"Origin", Url()}}, "x"), 200);
  EXPECT_EQ(Status("GET", "/greeting", {{"Host", "evil.example"}}), 403);
  EXPECT_EQ(Status("GET", "/", {{"Host", "evil.example"}}), 403);
  const auto refused = client.Post(Url() + "/api/x", "", {{{"Origin", "null"}}});
  EXPECT_EQ(refused->body, R"({"error":{"message":"A page of another origin may not change anything here."}})");
}

TEST_F(WebServerTest, LargeBodiesAreRefused) {
  Start({.max_body_bytes = 1000});
  EXPECT_EQ(Status("POST", "/greeting", {}, std::string(1000, 'x')), 200);
  EXPECT_EQ(Status("POST", "/greeting", {}, std::string(1001, 'x')), 413);
}

TEST_F(WebServerTest, FloodsAreRefused) {
  ManualClock clock(0);
  Start({.max_changes_per_second = 3, .clock = &clock});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Status("POST", "/greeting", {}, "x"), 200);
  EXPECT_EQ(Status("POST", "/greeting", {}, "x"), 429);
  EXPECT_EQ(Status("GET", "/greeting", {}), 200);
}

TEST_F(WebServerTest, PathsCannotLeaveTheApp) {
  Start();
  for (const char* path : {"/../../../../etc/passwd", "/..%2f..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd",
                           "/assets/..%5c..%5cetc", "/index.html%00.js", "/%c0%ae%c0%ae/etc/passwd"}) {
    const std::string answer = Raw(server->port(), fmt::format("GET {} HTTP/1.1\r\nConnection: close\r\n\r\n", path));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 404") || answer.starts_with("HTTP/1.1 400")) << path << answer;
    EXPECT_EQ(answer.find("root:"), std::string::npos);
  }
}

TEST_F(WebServerTest, PagesForPeopleErrorsForPrograms) {
  Start();
  const http::NameValue page{"Accept", "text/html,application/xhtml+xml"};
  EXPECT_EQ(Status("GET", "/somewhere", {page}), 200);
  EXPECT_EQ(Status("GET", "/somewhere", {}), 404);
  EXPECT_EQ(Status("POST", "/somewhere", {page}), 404);
  EXPECT_EQ(Status("GET", "/v1/somewhere", {page}), 404);
  EXPECT_EQ(Status("GET", "/api/somewhere", {page}), 404);
  EXPECT_EQ(Status("DELETE", "/greeting", {}), 405);
  EXPECT_EQ(client.Get(Url() + "/v1/somewhere")->body, R"({"errors":["HTTP 404 Not Found"]})");
  const auto failed = client.Get(Url() + "/api/fail");
  EXPECT_EQ(failed->status, 404);
  EXPECT_EQ(failed->body, R"({"error":{"message":"No such job.","hint":"Look at /api/jobs."}})");
}

TEST_F(WebServerTest, EveryAnswerSaysWhoGaveIt) {
  Start();
  for (const char* path : {"/greeting", "/nowhere", "/"}) {
    const auto response = client.Get(Url() + path);
    ASSERT_NE(response->headers.Find("Server"), nullptr) << path;
    EXPECT_EQ(*response->headers.Find("Server"), kServerHeader);
  }
}

}  // namespace
}  // namespace millrace::server
