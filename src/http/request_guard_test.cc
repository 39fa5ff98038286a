#include "http/request_guard.h"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

struct Guarded {
  explicit Guarded(GuardOptions options = {}) : guard(std::move(options), clock) {}

  // The status of the refusal, 0 when the request may go on.
  int Check(std::string method, std::vector<NameValue> headers, std::string path = "/jobs/1",
            std::string peer = "10.0.0.1") {
    Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.peer = std::move(peer);
    request.headers.fields = std::move(headers);
    const auto refusal = guard.Check(request);
    return refusal ? refusal->status : 0;
  }

  ManualClock clock{1'000};
  RequestGuard guard;
};

TEST(RequestGuard, NamesOfOthersAreRefused) {
  Guarded g({.hosts = {"flink.example.org", "jobmanager"}});
  for (const char* host : {"localhost", "localhost:18081", "127.0.0.1:18081", "[::1]:18081", "192.168.1.5", "LOCALHOST",
                           "app.localhost:1", "localhost.", "jobmanager:8081", "Flink.Example.org"}) {
    EXPECT_EQ(g.Check("GET", {{"Host", host}}), 0) << host;
    EXPECT_EQ(g.Check("POST", {{"Host", host}}), 0) << host;
  }
  for (const char* host : {"evil.example", "evil.example:18081", "127.0.0.1.evil.example", "localhost.evil.example",
                           "xlocalhost", "flink.example.org.evil", "[evil", "", "0x7f000001", "127.1"}) {
    EXPECT_EQ(g.Check("GET", {{"Host", host}}), 403) << host;
  }
  EXPECT_EQ(Guarded({.hosts = {"*"}}).Check("GET", {{"Host", "anything.example"}}), 0);
  EXPECT_EQ(g.Check("GET", {}), 0);
}

TEST(RequestGuard, PagesOfOtherOriginsMayNotChangeAnything) {
  Guarded g({.hosts = {"dash.example.org", "*"}});
  const NameValue host{"Host", "localhost:18081"};
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    EXPECT_EQ(g.Check(method, {host}), 0) << method;
    EXPECT_EQ(g.Check(method, {host, {"Origin", "http://localhost:18081"}}), 0) << method;
    EXPECT_EQ(g.Check(method, {host, {"Origin", "https://dash.example.org"}}), 0) << method;
    for (const char* origin : {"http://evil.example", "http://localhost:9999", "http://localhost", "null", "",
                               "http://localhost:18081.evil.example", "http://evil.example?localhost:18081"}) {
      EXPECT_EQ(g.Check(method, {host, {"Origin", origin}}), 403) << method << " " << origin;
    }
    EXPECT_EQ(g.Check(method, {host, {"Sec-Fetch-Site", "cross-site"}}), 403);
    EXPECT_EQ(g.Check(method, {host, {"Sec-Fetch-Site", "same-origin"}}), 0);
  }
  const NameValue foreign{"Origin", "http://evil.example"};
  EXPECT_EQ(g.Check("GET", {host, foreign}), 0);  // the browser does not show it the answer
  EXPECT_EQ(g.Check("OPTIONS", {host, foreign}), 0);
  // Flink's cancel by GET, as an image of a foreign page would send it.
  EXPECT_EQ(g.Check("GET", {host, {"Sec-Fetch-Site", "cross-site"}}, "/v1/jobs/1/yarn-cancel"), 403);
  EXPECT_EQ(g.Check("GET", {host, foreign}, "/jobs/1/yarn-cancel/"), 403);
  EXPECT_EQ(g.Check("GET", {host}, "/jobs/1/yarn-cancel"), 0);
}

TEST(RequestGuard, OnePeerChangesSoManyTimesASecond) {
  Guarded g({.max_per_second = 5});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(g.Check("POST", {}), 0) << i;
  EXPECT_EQ(g.Check("POST", {}), 429);
  EXPECT_EQ(g.Check("GET", {}), 0);
  EXPECT_EQ(g.Check("POST", {}, "/jobs/1", "10.0.0.2"), 0);
  g.clock.Advance(400);
  EXPECT_EQ(g.Check("POST", {}), 0);
  EXPECT_EQ(g.Check("POST", {}), 0);
  EXPECT_EQ(g.Check("POST", {}), 429);
  g.clock.Advance(60'000);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(g.Check("DELETE", {}), 0) << i;
  EXPECT_EQ(g.Check("DELETE", {}), 429);
}

TEST(RequestGuard, ProgramsComeUnderAnyNameUnlessOnLoopback) {
  for (const char* bound : {"0.0.0.0", "::", "10.0.0.7", "schema-registry"}) {
    Guarded g(GuardForPrograms(bound));
    for (const char* method : {"GET", "POST"}) {
      for (const char* host : {"schema-registry:8081", "jobmanager", "10.0.0.7:8081", "localhost:8081"}) {
        EXPECT_EQ(g.Check(method, {{"Host", host}}), 0) << bound << " " << host;
      }
      // A rebound name: its page's origin is the host that it was sent to.
      EXPECT_EQ(g.Check(method, {{"Host", "evil.example"}, {"Origin", "http://evil.example"}}), 403) << bound;
    }
  }
  for (const char* bound : {"127.0.0.1", "127.0.1.1", "localhost", "::1"}) {
    Guarded g(GuardForPrograms(bound));
    EXPECT_EQ(g.Check("POST", {{"Host", "evil.example"}}), 403) << bound;
    EXPECT_EQ(g.Check("GET", {{"Host", "evil.example"}}), 403) << bound;
    EXPECT_EQ(Guarded(GuardForPrograms(bound, {"registry"})).Check("POST", {{"Host", "registry:8081"}}), 0) << bound;
    for (const char* host : {"localhost:8081", "127.0.0.1:8081", "[::1]:8081"}) {
      EXPECT_EQ(g.Check("POST", {{"Host", host}}), 0) << bound << " " << host;
    }
  }
}

TEST(RequestGuard, PagesOfOtherOriginsMayNotUseThePortsOfPrograms) {
  Guarded g(GuardForPrograms("127.0.0.1"));
  const NameValue host{"Host", "localhost:8081"};
  for (const char* method : {"GET", "POST", "PUT", "DELETE", "OPTIONS"}) {
    EXPECT_EQ(g.Check(method, {host, {"Origin", "http://localhost:8081"}}), 0) << method;
    EXPECT_EQ(g.Check(method, {host, {"Origin", "http://evil.example"}}), 403) << method;
    EXPECT_EQ(g.Check(method, {host, {"Sec-Fetch-Site", "cross-site"}}), 403) << method;
  }
  const NameValue cross{"Sec-Fetch-Site", "cross-site"};
  const NameValue link{"Sec-Fetch-Mode", "navigate"};
  EXPECT_EQ(g.Check("GET", {host, cross, link}), 0);
  EXPECT_EQ(g.Check("POST", {host, cross, link}), 403);  // a form
}

TEST(RequestGuard, OneProgramAsksSoManyTimesASecond) {
  Guarded g(GuardForPrograms("0.0.0.0"));
  for (int i = 0; i < 5'000; ++i) {
    ASSERT_EQ(g.Check("POST", {}), 0) << i;
    ASSERT_EQ(g.Check("GET", {}), 0) << i;
  }
  EXPECT_EQ(g.Check("POST", {}), 429);
  EXPECT_EQ(g.Check("GET", {}), 429);
  EXPECT_EQ(g.Check("GET", {}, "/subjects", "10.0.0.2"), 0);
  g.clock.Advance(1'000);
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(g.Check("GET", {}), 0) << i;
  EXPECT_EQ(g.Check("GET", {}), 429);
}

}  // namespace
}  // namespace millrace::http
