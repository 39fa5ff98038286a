#include "server/static_files.h"

#include "codec/compress.h"

namespace millrace::server {
namespace {

constexpr std::string_view kIndex = "/index.html";
constexpr size_t kMaxFileBytes = size_t{64} << 20;
constexpr std::string_view kNotBuilt =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Millrace</title>"
    "<body style=\"font-family: system-ui; margin: 3rem; line-height: 1.5\"><h1>Millrace</h1>"
    "<p>This binary was built without its pages. The REST API works: <a href=\"/overview\">/overview</a>, "
    "<a href=\"/jobs/overview\">/jobs/overview</a>.</p>"
    "<p>To have the pages, install npm and build again: <code>./dev setup &amp;&amp; ./dev "
    "build</code>.</p></body></html>";

// What a page may load and who may frame it.
constexpr std::string_view kContentPolicy =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";

void AddPageHeaders(http::Response& response) {
  response.headers.Set("X-Content-Type-Options", "nosniff");
  response.headers.Set("Referrer-Policy", "same-origin");
  response.headers.Set("Content-Security-Policy", kContentPolicy);
}

bool IsUnchanged(const http::Request& request, std::string_view etag) {
  const std::string* known = request.headers.Find("If-None-Match");
  return known != nullptr && (*known == "*" || known->find(etag) != std::string::npos);
}

http::Response Send(const http::Request& request, const StaticFile& file) {
  http::Response response;
  response.content_type = file.content_type;
  response.headers.Set("ETag", file.etag);
  response.headers.Set("Vary", "Accept-Encoding");
  response.headers.Set("Cache-Control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  AddPageHeaders(response);
  if (IsUnchanged(request, file.etag)) {
    response.status = 304;
    response.content_type.clear();
  } else if (http::AcceptsCoding(request.headers, "gzip")) {
    response.headers.Set("Content-Encoding", "gzip");
    response.body = file.gzip;
  } else if (!codec::Decompress(codec::Compression::kGzip, file.gzip, kMaxFileBytes, &response.body).ok()) {
    return http::Response::Of(500, "The file in the binary is damaged.\n", "text/plain; charset=utf-8");
  }
  return response;
}

}  // namespace

std::optional<http::Response> StaticFiles::Find(const http::Request& request) const {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  if (request.path == "/") return Index(request);
  const auto path = http::UrlDecode(request.path, false);
  if (!path.ok()) return std::nullopt;
  for (const StaticFile& file : files_) {
    if (file.path == *path) return Send(request, file);
  }
  return std::nullopt;
}

http::Response StaticFiles::Index(const http::Request& request) const {
  for (const StaticFile& file : files_) {
    if (file.path == kIndex) return Send(request, file);
  }
  http::Response response = http::Response::Of(200, std::string(kNotBuilt), "text/html; charset=utf-8");
  AddPageHeaders(response);
  return response;
}

}  // namespace millrace::server
