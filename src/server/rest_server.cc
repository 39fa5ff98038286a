#include "server/rest_server.h"

#include "http/server.h"
#include "server/routes.h"

namespace millrace::server {

constexpr int64_t kAwaitReadersMillis = 2'000;

http::Response Answer(const codec::Json& json, int status) { return http::Response::Of(status, json.ToString()); }

http::Response AnswerError(int status, std::string_view message) {
  codec::Json body = codec::Json::MakeObject();
  codec::Json errors = codec::Json::MakeArray();
  errors.Append(message);
  body.Set("errors", std::move(errors));
  return Answer(body, status);
}

void AddRoute(http::Router& router, std::string_view method, std::string_view pattern, http::Handler handler) {
  router.Add(method, "/v1" + std::string(pattern), handler);
  router.Add(method, pattern, std::move(handler));
}

struct RestServer::Impl {
  SavepointTriggers triggers;
  http::Router router;
  std::unique_ptr<http::Server> http;  // last: its threads use the others
};

Result<std::unique_ptr<RestServer>> RestServer::Start(const RestOptions& options, engine::JobDirectory& jobs) {
  auto impl = std::make_unique<Impl>();
  AddJobRoutes(impl->router, jobs, impl->triggers);
  impl->router.OnError([](int status, std::string_view message) { return AnswerError(status, message); });
  http::ServerOptions http_options{.host = options.host, .port = options.port, .max_body_bytes = size_t{1} << 20};
  http_options.make_error = [](int status, std::string_view message) { return AnswerError(status, message); };
  MR_ASSIGN(impl->http, http::Server::Start(http_options, [raw = impl.get()](http::Request& request) {
              return raw->router.Handle(request);
            }));
  return std::unique_ptr<RestServer>(new RestServer(std::move(impl)));
}

RestServer::RestServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RestServer::~RestServer() { impl_->triggers.AwaitReaders(kAwaitReadersMillis); }
int RestServer::port() const { return impl_->http->port(); }

}  // namespace millrace::server
