#include "server/web_server.h"

#include "http/request_guard.h"
#include "http/router.h"
#include "http/server.h"
#include "server/answers.h"
#include "server/static_files.h"

namespace millrace::server {
namespace {

// A browser that asks for a page, not a program that asks for JSON.
bool WantsPage(const http::Request& request) {
  if (request.method != "GET" && request.method != "HEAD") return false;
  for (const std::string_view api : {"/v1/", "/v2/", "/v3/", "/v4/", "/api/"}) {
    if (request.path.starts_with(api)) return false;
  }
  const std::string* accept = request.headers.Find("Accept");
  return accept != nullptr && accept->find("text/html") != std::string::npos;
}

http::GuardOptions MakeGuardOptions(const WebOptions& options) {
  http::GuardOptions out{.hosts = options.allowed_hosts, .max_per_second = options.max_changes_per_second};
  for (const Address& address : options.addresses) out.hosts.push_back(address.host);
  return out;
}

}  // namespace

struct WebServer::Impl {
  explicit Impl(const WebOptions& options) : guard(MakeGuardOptions(options), *options.clock), files(WebAppFiles()) {}

  http::Response Handle(http::Request& request, const std::string& home) {
    http::Response response = Answer(request, home);
    response.headers.Set("Server", kServerHeader);
    return response;
  }

  http::Response Answer(http::Request& request, const std::string& home) {
    if (const auto refusal = guard.Check(request)) return AnswerErrorTo(request, refusal->status, refusal->message);
    if (auto file = files.Find(request)) return std::move(*file);
    // The router does not know which of the ports was asked.
    if (request.method == "GET" && request.path == "/api/home") {
      codec::Json out = codec::Json::MakeObject();
      return server::Answer(out.Set("page", home));
    }
    return router.Handle(request);
  }

  http::RequestGuard guard;
  StaticFiles files;
  std::vector<Routes> routes;
  http::Router router;
  std::vector<std::unique_ptr<http::Server>> servers;  // last: their threads use the others
};

Result<std::unique_ptr<WebServer>> WebServer::Start(const WebOptions& options, std::vector<Routes> routes) {
  auto impl = std::make_unique<Impl>(options);
  impl->routes = std::move(routes);
  for (const Routes& group : impl->routes) group.add(impl->router);
  impl->router.OnError([raw = impl.get()](const http::Request& request, int status, std::string_view message) {
    if (status == 404 && WantsPage(request)) return raw->files.Index(request);
    return AnswerErrorTo(request, status, message);
  });
  for (const Address& address : options.addresses) {
    http::ServerOptions http_options{
        .host = address.host, .port = address.port, .max_body_bytes = options.max_body_bytes};
    http_options.make_error = [](int status, std::string_view message) { return AnswerError(status, message); };
    MR_ASSIGN(auto server,
              http::Server::Start(http_options, [raw = impl.get(), home = address.home](http::Request& request) {
                return raw->Handle(request, home);
              }));
    impl->servers.push_back(std::move(server));
  }
  return std::unique_ptr<WebServer>(new WebServer(std::move(impl)));
}

WebServer::WebServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WebServer::~WebServer() {
  for (const Routes& group : impl_->routes) {
    if (group.before_stop) group.before_stop();
  }
}
int WebServer::port(size_t address) const { return impl_->servers.at(address)->port(); }

}  // namespace millrace::server
