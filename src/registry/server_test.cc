#include "registry/server.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "codec/json.h"
#include "http/client.h"
#include "http/server.h"
#include "registry/client.h"
#include "registry/memory_schema_log.h"

namespace millrace::registry {
namespace {

::testing::AssertionResult StartsWith(const std::string& text, std::string_view prefix) {
  if (text.starts_with(prefix)) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << text << "\ndoes not start with\n" << prefix;
}

struct RegistryServer : ::testing::Test {
  RegistryServer() {
    ServerOptions options;
    options.port = 0;
    options.max_body_bytes = 100'000;
    server = std::move(*Server::Start(options, std::make_unique<MemorySchemaLog>()));
    url = fmt::format("http://127.0.0.1:{}", server->port());
  }

  // "200 body"
  std::string Call(std::string_view method, const std::string& path, std::string_view body = "") {
    http::Headers headers;
    if (!body.empty()) headers.Add("Content-Type", "application/vnd.schemaregistry.v1+json");
    const auto response = http.Send(method, url + path, body, headers);
    if (!response.ok()) return response.error().message;
    const std::string* type = response->headers.Find("Content-Type");
    EXPECT_EQ(type == nullptr ? "" : *type, response->status == 204 ? "" : "application/vnd.schemaregistry.v1+json")
        << path;
    return fmt::format("{} {}", response->status, response->body);
  }
  std::string Register(const std::string& subject, const std::string& schema) {
    return Call("POST", "/subjects/" + subject + "/versions",
                codec::Json::MakeObject().Set("schema", schema).ToString());
  }
  ClientOptions Options() const {
    ClientOptions options;
    options.urls = {url};
    options.max_retries = 0;
    return options;
  }

  std::unique_ptr<Server> server;
  std::string url;
  http::Client http;
};

TEST_F(RegistryServer, SerializersTraffic) {
  EXPECT_EQ(Register("t-value", R"({"type":"string"})"), R"(200 {"id":1})");
  EXPECT_EQ(Call("POST", "/subjects/t-value?normalize=false&deleted=false", R"({"schema":"\"string\""})"),
            R"(200 {"subject":"t-value","version":1,"id":1,"schema":"\"string\""})");
  EXPECT_EQ(Call("GET", "/schemas/ids/1?fetchMaxId=false&subject=t-value"), R"(200 {"schema":"\"string\""})");
  EXPECT_EQ(Call("GET", "/schemas/ids/1?fetchMaxId=true"), R"(200 {"schema":"\"string\"","maxId":1})");
  EXPECT_EQ(Call("GET", "/schemas/ids/1/schema"), R"(200 "string")");
  EXPECT_EQ(Call("GET", "/schemas/ids/1/subjects"), R"(200 ["t-value"])");
  EXPECT_EQ(Call("GET", "/schemas/ids/1/versions"), R"(200 [{"subject":"t-value","version":1}])");
  EXPECT_EQ(Call("GET", "/subjects/t-value/versions/latest"),
            R"(200 {"subject":"t-value","version":1,"id":1,"schema":"\"string\""})");
  EXPECT_EQ(Call("GET", "/subjects/t-value/versions/1/schema"), R"(200 "string")");
  EXPECT_EQ(Call("GET", "/subjects/t-value/versions/1/referencedby"), "200 []");
  EXPECT_EQ(Call("GET", "/schemas/ids/7"), R"(404 {"error_code":40403,"message":"Schema 7 not found"})");
  EXPECT_EQ(Call("GET", "/schemas/ids/x"), R"(404 {"error_code":40403,"message":"Schema x not found"})");
}

TEST_F(RegistryServer, PagesOfOthersAreRefused) {
  const auto send = [&](http::Headers headers) {
    return http.Send("POST", url + "/subjects/s/versions", R"({"schema":"\"int\""})", headers);
  };
  const auto foreign = send({{{"Content-Type", "text/plain"}, {"Origin", "http://evil.example"}}});
  EXPECT_EQ(foreign->status, 403);
  EXPECT_TRUE(StartsWith(foreign->body, R"({"error_code":403,"message":"A page of another origin)"));
  EXPECT_EQ(send({{{"Host", "evil.example"}}})->status, 403);
  EXPECT_EQ(Call("GET", "/subjects"), "200 []");
  EXPECT_EQ(send({{{"Content-Type", "application/json"}, {"Origin", url}}})->status, 200);
}

TEST_F(RegistryServer, UserInterfacesTraffic) {
  EXPECT_EQ(Call("GET", "/"), "200 {}");
  EXPECT_EQ(Call("GET", "/subjects"), "200 []");
  Register("b", R"("int")");
  Register("a%2Fb%20c", R"("int")");
  EXPECT_EQ(Call("GET", "/subjects"), R"(200 ["a/b c","b"])");
  EXPECT_EQ(Call("GET", "/subjects?subjectPrefix=a"), R"(200 ["a/b c"])");
  EXPECT_EQ(Call("GET", "/subjects?offset=1&limit=5"), R"(200 ["b"])");
  EXPECT_EQ(Call("GET", "/subjects/a%2Fb%20c/versions"), "200 [1]");
  EXPECT_EQ(Call("GET", "/schemas/types"), R"(200 ["JSON","PROTOBUF","AVRO"])");
  EXPECT_EQ(Call("GET", "/schemas?latestOnly=true&limit=1"),
            R"(200 [{"subject":"a/b c","version":1,"id":1,"schema":"\"int\""}])");
  EXPECT_EQ(Call("GET", "/contexts"), R"(200 ["."])");
  EXPECT_EQ(
      Call("GET", "/v1/metadata/id"),
      R"(200 {"scope":{"path":[],"clusters":{"kafka-cluster":"memory","schema-registry-cluster":"schema-registry"}},"id":""})");
  EXPECT_EQ(Call("DELETE", "/subjects/b"), "200 [1]");
  EXPECT_EQ(Call("GET", "/subjects?deleted=true"), R"(200 ["a/b c","b"])");
  EXPECT_EQ(Call("GET", "/subjects?deletedOnly=true"), R"(200 ["b"])");
  EXPECT_EQ(Call("GET", "/subjects/b/versions?deleted=true&deletedAsNegative=true"), "200 [-1]");
  EXPECT_EQ(Call("DELETE", "/subjects/b?permanent=true"), "200 [1]");
  EXPECT_EQ(Call("DELETE", "/subjects/a%2Fb%20c/versions/latest"), "200 1");
}

TEST_F(RegistryServer, ConfigAndMode) {
  EXPECT_EQ(Call("GET", "/config"), R"(200 {"compatibilityLevel":"BACKWARD"})");
  EXPECT_EQ(Call("PUT", "/config", R"({"compatibility":"full"})"), R"(200 {"compatibility":"FULL"})");
  EXPECT_EQ(Call("GET", "/config"), R"(200 {"compatibilityLevel":"FULL"})");
  EXPECT_EQ(Call("GET", "/config/s"),
            R"(404 {"error_code":40408,"message":"Subject 's' does not have subject-level compatibility configured"})");
  EXPECT_EQ(Call("GET", "/config/s?defaultToGlobal=true"), R"(200 {"compatibilityLevel":"FULL"})");
  EXPECT_EQ(Call("PUT", "/config/s", R"({"compatibility":"NONE"})"), R"(200 {"compatibility":"NONE"})");
  EXPECT_EQ(Call("DELETE", "/config/s"), R"(200 {"compatibilityLevel":"NONE"})");
  EXPECT_EQ(Call("DELETE", "/config"), R"(200 {"compatibilityLevel":"FULL"})");
  EXPECT_TRUE(StartsWith(Call("PUT", "/config", R"({"compatibility":"X"})"), R"(422 {"error_code":42203,"m)"));
  EXPECT_EQ(Call("GET", "/mode"), R"(200 {"mode":"READWRITE"})");
  EXPECT_EQ(Call("PUT", "/mode/s", R"({"mode":"readonly"})"), R"(200 {"mode":"READONLY"})");
  EXPECT_EQ(Register("s", R"("int")"), R"(422 {"error_code":42205,"message":"Subject s is in read-only mode"})");
  EXPECT_EQ(Call("DELETE", "/mode/s"), R"(200 {"mode":"READONLY"})");
  EXPECT_TRUE(StartsWith(Call("PUT", "/mode", R"({"mode":"X"})"), R"(422 {"error_code":42204,"m)"));
}

TEST_F(RegistryServer, Contexts) {
  EXPECT_EQ(Register("%3A.dev%3As", R"("int")"), R"(200 {"id":1})");
  EXPECT_EQ(Register("s", R"("string")"), R"(200 {"id":1})");
  EXPECT_EQ(Call("GET", "/contexts"), R"(200 [".",".dev"])");
  EXPECT_EQ(Call("GET", "/subjects"), R"(200 [":.dev:s","s"])");
  EXPECT_EQ(Call("GET", "/subjects?subjectPrefix=%3A.dev%3A"), R"(200 [":.dev:s"])");
  EXPECT_EQ(Call("GET", "/schemas/ids/1?subject=%3A.dev%3As"), R"(200 {"schema":"\"int\""})");
  EXPECT_EQ(Call("GET", "/schemas/ids/1"), R"(200 {"schema":"\"string\""})");
  EXPECT_TRUE(StartsWith(Call("DELETE", "/contexts/.dev"), R"(422 {"error_code":42211,"m)"));
  EXPECT_EQ(Call("DELETE", "/subjects/%3A.dev%3As"), "200 [1]");
  EXPECT_EQ(Call("DELETE", "/subjects/%3A.dev%3As?permanent=true"), "200 [1]");
  EXPECT_EQ(Call("DELETE", "/contexts/.dev"), "204 ");
  EXPECT_EQ(Call("GET", "/contexts"), R"(200 ["."])");
}

TEST_F(RegistryServer, MetadataOfSchemasAndOfTheServer) {
  const auto with = [](const char* owner) {
    return codec::Json::MakeObject()
        .Set("schema", R"("int")")
        .Set("metadata", codec::Json::MakeObject().Set("properties", codec::Json::MakeObject().Set("owner", owner)))
        .ToString();
  };
  EXPECT_EQ(Call("POST", "/subjects/s/versions", with("a")), R"(200 {"id":1})");
  EXPECT_EQ(Call("POST", "/subjects/s/versions", with("b")), R"(200 {"id":2})");
  EXPECT_TRUE(StartsWith(Call("GET", "/subjects/s/metadata?key=owner&value=a"), R"(200 {"subject":"s","version":1,)"));
  EXPECT_TRUE(StartsWith(Call("GET", "/subjects/s/metadata?key=owner&value=c"), R"(404 {"error_code":40403,"m)"));
  EXPECT_TRUE(StartsWith(Call("GET", "/v1/metadata/version"), R"(200 {"version":")"));
  EXPECT_EQ(Call("GET", "/v1/metadata/deployment"), R"(200 {"attributes":[]})");
}

TEST_F(RegistryServer, ImportKeepsIdsAndVersions) {
  EXPECT_EQ(Call("PUT", "/mode/s", R"({"mode":"IMPORT"})"), R"(200 {"mode":"IMPORT"})");
  const auto import = [&](const char* schema, int id, int version) {
    const auto body = codec::Json::MakeObject().Set("schema", schema).Set("id", id).Set("version", version);
    return Call("POST", "/subjects/s/versions", body.ToString());
  };
  EXPECT_EQ(import(R"("int")", 70, 5), R"(200 {"id":70})");
  EXPECT_EQ(import(R"("string")", 80, 9), R"(200 {"id":80})") << "no compatibility is asked for";
  EXPECT_TRUE(StartsWith(import(R"("int")", 71, 10), R"(422 {"error_code":42207,"m)"));
  EXPECT_TRUE(StartsWith(import(R"("long")", 70, 11), R"(422 {"error_code":42205,"m)"));
  EXPECT_EQ(Call("GET", "/subjects/s/versions"), "200 [5,9]");
  EXPECT_EQ(Call("DELETE", "/mode/s"), R"(200 {"mode":"IMPORT"})");
  EXPECT_EQ(Register("t", R"("long")"), R"(200 {"id":81})");
}

TEST_F(RegistryServer, CompatibilityChecks) {
  const std::string text = R"({"schema":"\"int\""})";
  EXPECT_EQ(Call("POST", "/compatibility/subjects/s/versions/latest", text), R"(200 {"is_compatible":true})");
  EXPECT_TRUE(StartsWith(Call("POST", "/compatibility/subjects/s/versions/1", text), R"(404 {"error_code":40401,"m)"));
  Register("s", R"("string")");
  EXPECT_EQ(Call("POST", "/compatibility/subjects/s/versions/latest", text), R"(200 {"is_compatible":false})");
  EXPECT_EQ(Call("POST", "/compatibility/subjects/s/versions/2", text),
            R"(404 {"error_code":40402,"message":"Version 2 not found."})");
  EXPECT_EQ(
      Call("POST", "/compatibility/subjects/s/versions?verbose=true", text),
      R"(200 {"is_compatible":false,"messages":["{errorType:'TYPE_MISMATCH', description:'The type (path '/') of a field )"
      R"(in the new schema does not match with the old schema', additionalInfo:'reader type: INT not compatible with writer )"
      R"(type: STRING'}","{oldSchemaVersion: 1}","{oldSchema: '\"string\"'}","{validateFields: 'false', compatibility: )"
      R"('BACKWARD'}"]})");
  EXPECT_TRUE(StartsWith(Register("s", R"("int")"), R"(409 {"error_code":409,"me)"));
}

TEST_F(RegistryServer, BadRequestsGetConfluentsErrors) {
  EXPECT_EQ(Call("GET", "/nothing"), R"(404 {"error_code":404,"message":"HTTP 404 Not Found"})");
  EXPECT_EQ(Call("PATCH", "/subjects"), R"(405 {"error_code":405,"message":"HTTP 405 Method Not Allowed"})");
  const std::string path = "/subjects/s/versions";
  EXPECT_TRUE(StartsWith(Call("POST", path, "{"), R"(400 {"error_code":400,"me)"));
  EXPECT_TRUE(StartsWith(Call("POST", path, "[]"), R"(400 {"error_code":400,"me)"));
  EXPECT_TRUE(StartsWith(Call("POST", path, "\"\xff\""), R"(400 {"error_code":400,"me)"));
  EXPECT_TRUE(StartsWith(Call("POST", path, ""), R"(422 {"error_code":422,"me)"));
  EXPECT_EQ(Call("POST", path, "{}"), R"(422 {"error_code":42201,"message":"Empty schema"})");
  EXPECT_TRUE(StartsWith(Call("POST", path, R"({"schema":5})"), R"(400 {"error_code":400,"me)"));
  EXPECT_TRUE(StartsWith(Call("POST", path, R"({"schema":"{\"type\":\"nope\"}"})"), R"(422 {"error_code":42201,"m)"));
  EXPECT_TRUE(StartsWith(Call("POST", path, R"({"schema":"x","references":[{}]})"), R"(422 {"error_code":422,"me)"));
  EXPECT_TRUE(StartsWith(Call("POST", path, std::string(100'001, ' ')), R"(422 {"error_code":42209,"m)"));
  EXPECT_EQ(Call("GET", "/subjects/s/versions"), R"(404 {"error_code":40401,"message":"Subject 's' not found."})");
  EXPECT_TRUE(StartsWith(Call("GET", "/subjects/s/versions/0"), R"(422 {"error_code":42202,"m)"));
  EXPECT_TRUE(StartsWith(Call("GET", "/subjects/s/versions/x"), R"(422 {"error_code":42202,"m)"));
  EXPECT_TRUE(StartsWith(Call("GET", "/subjects/%ff/versions"), R"(400 {"error_code":400,"me)"));
  EXPECT_TRUE(StartsWith(Call("GET", "/subjects/%0a/versions"), R"(422 {"error_code":42208,"m)"));
}

TEST_F(RegistryServer, ClientRegistersAndFetches) {
  Client client(Options());
  const std::string text = R"({"type":"record","name":"StoreSale","fields":[{"name":"store_id","type":"string"}]})";
  Content schema;
  schema.text = text;
  EXPECT_EQ(*client.Register("SALES-value", schema), 1);
  EXPECT_EQ(*client.Register("SALES-value", schema), 1);
  EXPECT_EQ((*client.GetById(1))->text, text);
  EXPECT_EQ(client.GetLatest("SALES-value")->version, 1);
  EXPECT_EQ(client.Lookup("SALES-value", schema)->id, 1);
  EXPECT_EQ(*client.ListSubjects(), std::vector<std::string>{"SALES-value"});
  server->Stop();
  EXPECT_EQ((*client.GetById(1))->text, text) << "cached";
  EXPECT_EQ(*client.Register("SALES-value", schema), 1) << "cached";
  const auto away = client.GetById(2);
  ASSERT_FALSE(away.ok());
  EXPECT_EQ(away.error().domain, ErrorDomain::kExternal);
  EXPECT_EQ(away.error().retry, Retry::kYes);
  EXPECT_TRUE(away.error().message.starts_with("Fetching the schema with id 2 at " + url)) << away.error().message;
}

TEST_F(RegistryServer, ClientErrorsNameWhatWasAsked) {
  Client client(Options());
  const auto unknown = client.GetById(99);
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().domain, ErrorDomain::kUser);
  EXPECT_EQ(unknown.error().code, "40403");
  EXPECT_EQ(unknown.error().message,
            fmt::format("Fetching the schema with id 99 at {}: HTTP 404: Schema 99 not found (40403)", url));
  Content schema;
  schema.text = "\"int\"";
  (void)client.Register("s", schema);
  schema.text = "\"string\"";
  const auto refused = client.Register("s", schema);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "409");
  EXPECT_NE(refused.error().message.find("Registering a schema under subject 's' at"), std::string::npos);
}

TEST_F(RegistryServer, ClientResolvesReferencesDeepestFirst) {
  Client client(Options());
  Content schema;
  schema.text = R"({"type":"record","name":"A","fields":[]})";
  (void)client.Register("a", schema);
  schema.text = R"({"type":"record","name":"B","fields":[{"name":"a","type":"A"}]})";
  schema.references = {{"A", "a", 1}};
  (void)client.Register("b", schema);
  schema.text = R"({"type":"record","name":"C","fields":[{"name":"a","type":"A"},{"name":"b","type":"B"}]})";
  schema.references = {{"B", "b", 1}, {"A", "a", 1}};
  const auto texts = client.ResolveReferences(schema);
  ASSERT_TRUE(texts.ok());
  ASSERT_EQ(texts->size(), 2u);
  EXPECT_NE((*texts)[0].find("\"A\""), std::string::npos);
  EXPECT_NE((*texts)[1].find("\"B\""), std::string::npos);
  EXPECT_TRUE(client.Register("c", schema).ok());
}

TEST_F(RegistryServer, ManyClientsRegisterAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      Client client(Options());
      for (int i = 0; i < 10; ++i) {
        Content schema;
        schema.text = fmt::format(R"({{"type":"record","name":"R{}","fields":[]}})", i);
        const auto id = client.Register(fmt::format("s{}-{}", t % 4, i), schema);
        if (!id.ok()) failures += 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  std::vector<int32_t> ids;
  for (int i = 0; i < 10; ++i) {
    Content schema;
    schema.text = fmt::format(R"({{"type":"record","name":"R{}","fields":[]}})", i);
    ids.push_back(Client(Options()).Lookup(fmt::format("s0-{}", i), schema)->id);
  }
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(ids, (std::vector<int32_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

TEST(RegistryClient, RetriesWhatMayPassAndSendsAuthentication) {
  std::atomic<int> calls{0};
  std::string seen;
  auto server = std::move(*http::Server::Start({}, [&](http::Request& request) {
    if (const std::string* auth = request.headers.Find("Authorization")) seen = *auth;
    if (++calls < 3) return http::Response::Of(503, R"({"error_code":50003,"message":"busy"})");
    return http::Response::Of(200, R"({"id":5})");
  }));
  ManualClock clock(0);
  ClientOptions options;
  options.urls = {fmt::format("http://user:secret@127.0.0.1:{}/", server->port())};
  options.clock = &clock;
  Client client(options);
  EXPECT_EQ(*client.Register("s", Content{.text = "\"int\""}), 5);
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(clock.WallMillis(), 300) << "100 and 200 ms of backoff";
  EXPECT_EQ(seen, "Basic dXNlcjpzZWNyZXQ=");
}

TEST(RegistryClient, LoginWithoutAUserIsSentAndNotShown) {
  std::string seen;
  auto server = std::move(*http::Server::Start({}, [&](http::Request& request) {
    if (const std::string* auth = request.headers.Find("Authorization")) seen = *auth;
    return http::Response::Of(200, "{}");
  }));
  ClientOptions options;
  options.urls = {fmt::format("http://:token@127.0.0.1:{}", server->port())};
  const auto failed = Client(options).GetById(1);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message,
            fmt::format("Fetching the schema with id 1 at http://127.0.0.1:{}: the answer lacks what a schema registry "
                        "says",
                        server->port()));
  EXPECT_EQ(seen, "Basic OnRva2Vu");
}

TEST(RegistryClient, WhatIsNoUrlIsRefusedWithoutItsLogin) {
  std::atomic<int> calls{0};
  auto server = std::move(*http::Server::Start({}, [&](http::Request&) {
    ++calls;
    return http::Response::Of(200, "[]");
  }));
  const std::string address = fmt::format("127.0.0.1:{}", server->port());
  for (const char* login : {"user:secret@", "http://user:secret%zz@", "http://user:secret/secret@"}) {
    ClientOptions options;
    options.urls = {"http://" + address, login + address};
    const auto failed = Client(options).ListSubjects();
    ASSERT_FALSE(failed.ok()) << login;
    EXPECT_EQ(failed.error().domain, ErrorDomain::kUser);
    EXPECT_TRUE(
        failed.error().message.starts_with(fmt::format("Listing the subjects: Invalid URL '******@{}': ", address)))
        << failed.error().message;
  }
  EXPECT_EQ(calls, 0);
}

TEST(RegistryClient, GivesUpAfterTheLastRetry) {
  auto server = std::move(*http::Server::Start({}, [](http::Request&) { return http::Response::Of(500, "oops"); }));
  ManualClock clock(0);
  ClientOptions options;
  options.urls = {fmt::format("http://127.0.0.1:{}", server->port())};
  options.max_retries = 2;
  options.clock = &clock;
  const auto failed = Client(options).GetById(1);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().retry, Retry::kYes);
  EXPECT_NE(failed.error().message.find("HTTP 500: oops"), std::string::npos);
}

TEST(RegistryClient, TriesTheNextServer) {
  int closed_port = 0;
  {
    closed_port = (*http::Server::Start({}, [](http::Request&) { return http::Response(); }))->port();
  }
  auto server =
      std::move(*http::Server::Start({}, [](http::Request&) { return http::Response::Of(200, R"({"id":6})"); }));
  ClientOptions options;
  options.urls = {fmt::format("http://127.0.0.1:{}", closed_port), fmt::format("http://127.0.0.1:{}", server->port())};
  options.max_retries = 0;
  EXPECT_EQ(*Client(options).Register("s", Content{.text = "\"int\""}), 6);
}

TEST(RegistryClient, AnswersThatAreNoRegistrysAreErrors) {
  auto server = std::move(*http::Server::Start({}, [](http::Request&) { return http::Response::Of(200, "<html>"); }));
  ClientOptions options;
  options.urls = {fmt::format("http://127.0.0.1:{}", server->port())};
  const auto failed = Client(options).GetById(1);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().hint, "Is this the URL of a schema registry?");
  EXPECT_FALSE(Client({}).GetById(1).ok());
}

}  // namespace
}  // namespace millrace::registry
