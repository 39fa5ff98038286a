#include "app/web.h"

#include "server/routes.h"

namespace millrace::app {

Result<std::unique_ptr<server::WebServer>> StartWebServer(engine::JobService& jobs, const server::WebOptions& options) {
  return server::WebServer::Start(options, {});
}

}  // namespace millrace::app
