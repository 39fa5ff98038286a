// millrace console
#include <fmt/format.h>

#include "app/commands.h"
#include "app/connection_flags.h"
#include "app/web.h"
#include "app/wiring.h"
#include "base/log.h"
#include "base/strings.h"
#include "broker/broker.h"
#include "engine/local_jobs.h"
#include "server/remote_jobs.h"

namespace millrace::app {
namespace {

Result<int> Run(const Arguments& arguments) {
  SetLogLevel(LogLevel::kInfo);
  MR_ASSIGN(const broker::ListenerOptions listener, Listener(arguments.Get("listen")));
  server::KafkaConsoleOptions console;
  MR_ASSIGN(console.kafka, KafkaConfig(arguments));
  for (const std::string& url : Split(arguments.Get("schema-registry"), ',')) {
    if (!Trim(url).empty()) console.registry.urls.emplace_back(Trim(url));
  }
  MR_TRY(CheckUrls("--schema-registry", console.registry.urls));
  if (arguments.Has("jobmanager")) MR_TRY(CheckUrls("--jobmanager", {arguments.Get("jobmanager")}));

  static const std::vector<connect::ConnectorDef> connectors = Connectors();
  static const std::vector<connect::FormatDef> formats = Formats();
  WebServices services;
  services.web.addresses = {{.host = listener.host, .port = listener.port, .home = "topics"}};
  services.web.allowed_hosts = arguments.GetAll("allowed-host");
  services.environment.connectors = &connectors;
  services.environment.formats = &formats;
  services.environment.connect.formats = &formats;
  services.environment.connect.host_aliases = console.kafka.host_aliases;
  services.kafka = std::move(console);
  engine::JobDirectory directory;
  engine::LocalJobs own({.environment = services.environment}, &directory);
  std::optional<server::RemoteJobs> remote;
  if (arguments.Has("jobmanager")) remote.emplace(arguments.Get("jobmanager"), own);
  engine::JobService& jobs = remote ? static_cast<engine::JobService&>(*remote) : own;
  MR_ASSIGN(const auto running, Web::Start(jobs, std::move(services)));
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
  spec.flags.push_back({"--jobmanager", "URL",
                        "the REST address of a job manager whose jobs are shown and submitted to, e.g. "
                        "http://127.0.0.1:18081; without it jobs run in this process",
                        ""});
  spec.flags.push_back({"--allowed-host", "NAME", "a further host name that pages may be asked for under", "", true});
  spec.epilog =
      "Example:\n  millrace console --bootstrap-server kafka:9092 --schema-registry http://schema-registry:8081";
  return {std::move(spec), Run};
}

}  // namespace millrace::app
