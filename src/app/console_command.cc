// millrace console
#include <fmt/format.h>

#include "app/commands.h"
#include "app/connection_flags.h"
#include "app/wiring.h"
#include "base/log.h"
#include "base/strings.h"
#include "broker/broker.h"
#include "engine/local_jobs.h"
#include "server/console/console_routes.h"
#include "server/web_server.h"

namespace millrace::app {
namespace {

Result<int> Run(const Arguments& arguments) {
  SetLogLevel(LogLevel::kInfo);
  MR_ASSIGN(const broker::ListenerOptions listener, broker::ParseListener(arguments.Get("listen")));
  server::KafkaConsoleOptions console;
  MR_ASSIGN(console.kafka, KafkaConfig(arguments));
  for (const std::string& url : Split(arguments.Get("schema-registry"), ',')) {
    if (!Trim(url).empty()) console.registry.urls.emplace_back(Trim(url));
  }
  console.version = kVersion;

  const std::vector<connect::ConnectorDef> connectors = Connectors();
  const std::vector<connect::FormatDef> formats = Formats();
  engine::LocalJobs::Options local;
  local.environment.connectors = &connectors;
  local.environment.formats = &formats;
  local.environment.connect.formats = &formats;
  local.environment.connect.host_aliases = console.kafka.host_aliases;
  engine::JobDirectory directory;
  engine::LocalJobs jobs(std::move(local), &directory);
  MR_ASSIGN(const auto context, server::KafkaConsole::Create(std::move(console), jobs));

  server::WebOptions web;
  web.addresses = {{.host = listener.host, .port = listener.port}};
  web.allowed_hosts = arguments.GetAll("allowed-host");
  MR_ASSIGN(const auto running,
            server::WebServer::Start(
                web, {{.add = [&context](http::Router& router) { server::AddKafkaConsoleRoutes(router, *context); }}}));
  fmt::print("Console on http://{}:{}\n", listener.host, running->port());
  std::fflush(stdout);
  while (!WaitForStop(60'000)) {
  }
  return kExitOk;
}

}  // namespace

Command ConsoleCommand() {
  ArgumentSpec spec{.command = "millrace console",
                    .summary = "Serves the console's pages for any Kafka cluster and schema registry.",
                    .flags = {{"--listen", "HOST:PORT", "the address to listen on", "127.0.0.1:9021"}}};
  for (FlagDef& flag : KafkaFlags()) spec.flags.push_back(std::move(flag));
  spec.flags.push_back(RegistryFlag());
  spec.flags.push_back({"--allowed-host", "NAME", "a further host name that pages may be asked for under", "", true});
  spec.epilog =
      "Example:\n  millrace console --bootstrap-server kafka:9092 --schema-registry http://schema-registry:8081";
  return {std::move(spec), Run};
}

}  // namespace millrace::app
