#include "app/web.h"

#include "app/command.h"
#include "server/answers.h"
#include "server/console/console_routes.h"
#include "server/routes.h"

namespace millrace::app {
namespace {

// What a page asks first: it says why there are no topics.
void AddNoKafka(http::Router& router) {
  router.Add("GET", "/api/info", [](http::Request&) {
    const auto away = [](std::string_view what, std::string_view place) {
      codec::Json one = codec::Json::MakeObject();
      one.Set(place, "").Set("embedded", false).Set("reachable", false);
      return one.Set("error", std::string("No ") + std::string(what) + " was named when this process was started.");
    };
    codec::Json out = codec::Json::MakeObject();
    out.Set("version", kVersion).Set("kafka", away("Kafka cluster", "bootstrap"));
    return server::Answer(out.Set("registry", away("schema registry", "url")).Set("zone", "UTC"));
  });
}

}  // namespace

Web::Web(engine::JobService& jobs, const engine::SessionEnvironment& environment)
    : gateway_({.environment = environment}, jobs) {}

Result<std::unique_ptr<Web>> Web::Start(engine::JobService& jobs, WebServices services) {
  auto web = std::unique_ptr<Web>(new Web(jobs, services.environment));
  if (services.kafka) {
    services.kafka->version = kVersion;
    MR_ASSIGN(web->console_, server::KafkaConsole::Create(std::move(*services.kafka), jobs));
  }
  const server::Routes console = {.add = [console = web->console_.get()](http::Router& router) {
    console == nullptr ? AddNoKafka(router) : server::AddKafkaConsoleRoutes(router, *console);
  }};
  MR_ASSIGN(web->server_, server::WebServer::Start(
                              services.web, {server::JobRoutes(jobs, {.version = kVersion, .config = services.config}),
                                             server::gateway::GatewayRoutes(web->gateway_), console}));
  return web;
}

}  // namespace millrace::app
