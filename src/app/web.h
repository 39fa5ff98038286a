#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/job_service.h"
#include "engine/session.h"
#include "server/console/kafka_console.h"
#include "server/gateway/gateway.h"
#include "server/web_server.h"

namespace millrace::app {

struct WebServices {
  server::WebOptions web;
  engine::SessionEnvironment environment;            // of the gateway's sessions
  std::map<std::string, std::string> config;         // shown to whoever asks: secrets hidden
  std::optional<server::KafkaConsoleOptions> kafka;  // what the console looks at
};

// Everything that a process serves over HTTP: Flink's REST API, the SQL gateway, the console, the pages.
class Web {
 public:
  // `jobs` outlives it.
  static Result<std::unique_ptr<Web>> Start(engine::JobService& jobs, WebServices services);
  int port(size_t address = 0) const { return server_->port(address); }

 private:
  Web(engine::JobService& jobs, const engine::SessionEnvironment& environment);
  server::gateway::Gateway gateway_;
  std::unique_ptr<server::KafkaConsole> console_;
  std::unique_ptr<server::WebServer> server_;  // last: its threads use the others
};
}  // namespace millrace::app
