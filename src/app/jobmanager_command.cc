// millrace jobmanager
#include <fmt/format.h>

#include "app/cluster_flags.h"
#include "app/commands.h"
#include "app/connection_flags.h"
#include "app/local/script_jobs.h"
#include "app/web.h"
#include "base/file.h"
#include "base/local_path.h"
#include "base/log.h"
#include "cluster/job_manager.h"

namespace millrace::app {
namespace {

constexpr size_t kLogLines = 2'000;

server::WebOptions MakeWebOptions(const Options& keys) {
  server::WebOptions web;
  const auto address = [&](const char* host, const char* port) {
    web.addresses.push_back({keys.GetString(host), static_cast<int>(keys.GetInt(port))});
  };
  address("rest.bind-address", "rest.port");
  address("rest.bind-address", "console.port");
  web.addresses.back().home = "topics";
  address("sql-gateway.endpoint.rest.bind-address", "sql-gateway.endpoint.rest.port");
  web.allowed_hosts = keys.GetList("rest.allowed-hosts");
  for (const char* name : {"rest.address", "sql-gateway.endpoint.rest.address", "jobmanager.rpc.address"}) {
    web.allowed_hosts.push_back(keys.GetString(name));
  }
  web.max_body_bytes = static_cast<size_t>(std::max<int64_t>(1, keys.GetInt("rest.server.max-content-length")));
  return web;
}

// None when no cluster is named.
std::optional<server::KafkaConsoleOptions> MakeConsoleOptions(const Options& keys) {
  if (keys.GetString("console.bootstrap.servers").empty()) return std::nullopt;
  server::KafkaConsoleOptions console;
  console.kafka = kafka::ClientConfig::For(keys.GetString("console.bootstrap.servers"));
  for (auto& [name, value] : keys.WithPrefix("console.kafka.")) console.kafka.properties[name] = value;
  console.registry.urls = keys.GetList("console.schema-registry.url");
  return console;
}

Result<int> Run(const Arguments& arguments) {
  SetLogLevel(LogLevel::kInfo);
  KeepRecentLog(kLogLines);
  MR_ASSIGN(const cluster::ClusterConfig config,
            ReadClusterConfig(arguments, {{"bind", "rest.bind-address"},
                                          {"bind", "sql-gateway.endpoint.rest.bind-address"},
                                          {"bind", "jobmanager.bind-host"},
                                          {"rest-port", "rest.port"},
                                          {"console-port", "console.port"},
                                          {"gateway-port", "sql-gateway.endpoint.rest.port"},
                                          {"bootstrap-server", "console.bootstrap.servers"},
                                          {"schema-registry", "console.schema-registry.url"},
                                          {"rpc-port", "jobmanager.rpc.port"}}));
  const Options& keys = config.options();
  MR_TRY(CheckUrls("console.schema-registry.url", keys.GetList("console.schema-registry.url")));
  cluster::JobManagerOptions options;
  options.data_dir = AbsolutePath(arguments.Get("data-dir"));
  options.bind_host = keys.GetString("jobmanager.bind-host");
  options.port = static_cast<int>(keys.GetInt("jobmanager.rpc.port"));
  options.allowed_hosts = keys.GetList("rest.allowed-hosts");
  options.heartbeat_timeout_millis = keys.GetDurationMillis("heartbeat.timeout");
  options.max_ended = static_cast<size_t>(std::max<int64_t>(1, keys.GetInt("jobstore.max-capacity")));
  const std::string data_dir = options.data_dir;
  MR_ASSIGN(options.environment, ClusterEnvironment(arguments, config));
  const engine::SessionEnvironment environment = options.environment;
  MR_ASSIGN(const auto job_manager, cluster::JobManager::Start(std::move(options)));
  if (arguments.Has("script")) {
    MR_ASSIGN(const std::string script, ReadWholeFile(RealFileSystem(), arguments.Get("script")));
    const auto jobs = SubmitScriptJobs(script, environment, *job_manager, Resubmit::kNever);
    if (!jobs.ok()) {
      fmt::print(stderr, "{}\n", RenderError(jobs.error(), script));
      return kExitFailed;
    }
  }
  const server::WebOptions web_options = MakeWebOptions(keys);
  MR_ASSIGN(const auto web, Web::Start(*job_manager, {.web = web_options,
                                                      .environment = environment,
                                                      .config = config.Visible(),
                                                      .kafka = MakeConsoleOptions(keys)}));
  const std::string host = keys.GetString("rest.bind-address");
  fmt::print("Dashboard and REST API on {}; console on {}; SQL gateway on {}\n", HttpUrl(host, web->port(0)),
             HttpUrl(host, web->port(1)), HttpUrl(web_options.addresses[2].host, web->port(2)));
  fmt::print("Task managers report to {}:{}; data in {}\n", keys.GetString("jobmanager.bind-host"), job_manager->port(),
             data_dir);
  std::fflush(stdout);
  while (!WaitForStop(3'600'000)) {
  }
  return kExitOk;
}

}  // namespace

Command JobManagerCommand() {
  ArgumentSpec spec{.command = "millrace jobmanager",
                    .summary = "Takes jobs, hands them to task managers, serves REST, SQL gateway and pages.",
                    .flags = ClusterFlags()};
  spec.flags.insert(
      spec.flags.end(),
      {{"--bind", "HOST", "the address to listen on, for all ports (rest.bind-address ..: 127.0.0.1)", ""},
       {"--rest-port", "PORT", "REST API and dashboard (rest.port: 18081)", ""},
       {"--console-port", "PORT", "the console (console.port: 9021)", ""},
       {"--gateway-port", "PORT", "the SQL gateway (sql-gateway.endpoint.rest.port: 8083)", ""},
       {"--bootstrap-server", "HOST:PORT", "the Kafka cluster that the console shows (console.bootstrap.servers)", ""},
       {"--schema-registry", "URL", "the registry that the console shows (console.schema-registry.url)", ""},
       {"--rpc-port", "PORT", "where task managers report (jobmanager.rpc.port: 6123)", ""},
       {"--script", "FILE", "submit the jobs of this SQL script, unless it has done so before", ""}});
  spec.epilog =
      "SIGTERM leaves the jobs running in their task managers; the next start finds them again.\n"
      "Example:\n  millrace jobmanager --data-dir /var/lib/millrace";
  return {std::move(spec), Run};
}

}  // namespace millrace::app
