#include "server/static_files.h"

#include <gtest/gtest.h>

#include "codec/compress.h"

namespace millrace::server {
namespace {

struct StaticFilesTest : testing::Test {
  StaticFilesTest() {
    EXPECT_TRUE(codec::Compress(codec::Compression::kGzip, "<p>app</p>", &page).ok());
    EXPECT_TRUE(codec::Compress(codec::Compression::kGzip, "let x = 1;", &code).ok());
    table = {{"/index.html", "text/html; charset=utf-8", page, "\"aa11\"", false},
             {"/assets/index-4f2a91c3.js", "text/javascript", code, "\"bb22\"", true}};
  }

  static http::Request Get(std::string path, std::vector<http::NameValue> headers = {}, std::string method = "GET") {
    http::Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.headers.fields = std::move(headers);
    return request;
  }

  static std::string Header(const http::Response& response, std::string_view name) {
    const std::string* value = response.headers.Find(name);
    return value == nullptr ? "-" : *value;
  }

  std::string page;
  std::string code;
  std::vector<StaticFile> table;
};

TEST_F(StaticFilesTest, ServesTheTable) {
  const StaticFiles files(table);
  for (const char* path : {"/", "/index.html", "/index%2Ehtml"}) {
    const auto response = files.Find(Get(path));
    ASSERT_TRUE(response) << path;
    EXPECT_EQ(response->body, "<p>app</p>");
    EXPECT_EQ(response->content_type, "text/html; charset=utf-8");
    EXPECT_EQ(Header(*response, "Cache-Control"), "no-cache");
    EXPECT_EQ(Header(*response, "X-Content-Type-Options"), "nosniff");
    EXPECT_NE(Header(*response, "Content-Security-Policy").find("frame-ancestors 'none'"), std::string::npos);
  }
  const auto script = files.Find(Get("/assets/index-4f2a91c3.js"));
  ASSERT_TRUE(script);
  EXPECT_EQ(Header(*script, "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_FALSE(files.Find(Get("/", {}, "POST")));
}

TEST_F(StaticFilesTest, CompressedOnlyWhereAskedFor) {
  const StaticFiles files(table);
  const auto packed = files.Find(Get("/", {{"Accept-Encoding", "br, gzip;q=0.8"}}));
  EXPECT_EQ(packed->body, page);
  EXPECT_EQ(Header(*packed, "Content-Encoding"), "gzip");
  EXPECT_EQ(Header(*packed, "Vary"), "Accept-Encoding");
  for (const char* accepted : {"br", "gzip;q=0", "identity"}) {
    EXPECT_EQ(files.Find(Get("/", {{"Accept-Encoding", accepted}}))->body, "<p>app</p>") << accepted;
  }
}

TEST_F(StaticFilesTest, WhatTheBrowserHasIsNotSentAgain) {
  const StaticFiles files(table);
  const auto same = files.Find(Get("/", {{"If-None-Match", "W/\"zz\", \"aa11\""}}));
  EXPECT_EQ(same->status, 304);
  EXPECT_EQ(same->body, "");
  EXPECT_EQ(Header(*same, "ETag"), "\"aa11\"");
  EXPECT_EQ(files.Find(Get("/", {{"If-None-Match", "\"bb22\""}}))->status, 200);
}

TEST_F(StaticFilesTest, NothingOutsideTheTable) {
  const StaticFiles files(table);
  for (const char* path :
       {"/../etc/passwd", "/assets/../index.html", "/..%2f..%2fetc%2fpasswd", "/assets/%2e%2e/index.html",
        "/index.html%00.js", "//index.html", "/assets", "/assets/", "/%", "/index.html/", "\\index.html"}) {
    EXPECT_FALSE(files.Find(Get(path))) << path;
  }
}

TEST_F(StaticFilesTest, WithoutTheAppAPageSaysSo) {
  const auto response = StaticFiles({}).Find(Get("/"));
  EXPECT_EQ(response->status, 200);
  EXPECT_NE(response->body.find("built without its pages"), std::string::npos);
}

}  // namespace
}  // namespace millrace::server
