#include "registry/server.h"

#include "http/request_guard.h"
#include "http/server.h"
#include "registry/routes.h"

namespace millrace::registry {

struct Server::Impl {
  std::unique_ptr<Registry> registry;
  http::Router router;
  std::unique_ptr<http::Server> http;  // last: its threads use the others
};

Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, std::unique_ptr<SchemaLog> log) {
  auto impl = std::make_unique<Impl>();
  MR_ASSIGN(impl->registry, Registry::Open(std::move(log)));
  AddRoutes(impl->router, *impl->registry);
  http::ServerOptions http_options;
  http_options.host = options.host;
  http_options.port = options.port;
  http_options.max_body_bytes = options.max_body_bytes;
  http_options.make_error = [](int status, std::string_view message) {
    return ErrorAnswer(status == 413 ? kTooLarge : status, message);
  };
  const auto handle = [raw = impl.get()](http::Request& request) { return raw->router.Handle(request); };
  const http::GuardOptions guard = http::GuardForPrograms(options.host, options.allowed_hosts);
  MR_ASSIGN(impl->http, http::Server::Start(http_options, http::Guarded(guard, handle, http_options.make_error)));
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
int Server::port() const { return impl_->http->port(); }
void Server::Stop() { impl_->http->Stop(); }

}  // namespace millrace::registry
