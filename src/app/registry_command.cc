// millrace registry
#include <fmt/format.h>

#include "app/commands.h"
#include "app/connection_flags.h"
#include "base/log.h"
#include "broker/broker.h"
#include "registry/kafka_schema_log.h"
#include "registry/memory_schema_log.h"
#include "registry/server.h"

namespace millrace::app {
namespace {

Result<std::unique_ptr<registry::SchemaLog>> OpenLog(const Arguments& arguments) {
  if (arguments.Has("memory"))
    return std::unique_ptr<registry::SchemaLog>(std::make_unique<registry::MemorySchemaLog>());
  registry::KafkaLogOptions options;
  MR_ASSIGN(options.config, KafkaConfig(arguments));
  options.topic = arguments.Get("topic");
  MR_ASSIGN(const int64_t replicas, arguments.GetInt("replication-factor", -1, 32'767));
  options.replication_factor = static_cast<int32_t>(replicas);
  MR_ASSIGN(options.start_timeout_millis, arguments.GetDurationMillis("wait"));
  options.is_cancelled = StopRequested;
  return registry::MakeKafkaSchemaLog(std::move(options));
}

Result<int> Run(const Arguments& arguments) {
  SetLogLevel(LogLevel::kInfo);
  registry::ServerOptions options;
  MR_ASSIGN(const broker::ListenerOptions listener, Listener(arguments.Get("listen")));
  options.host = listener.host;
  options.port = listener.port;
  options.allowed_hosts = arguments.GetAll("allowed-host");
  MR_ASSIGN(auto log, OpenLog(arguments));
  MR_ASSIGN(const auto running, registry::Server::Start(options, std::move(log)));
  const bool is_v6 = options.host.find(':') != std::string::npos;
  fmt::print("Schema registry on http://{}:{}\n", is_v6 ? fmt::format("[{}]", options.host) : options.host,
             running->port());
  std::fflush(stdout);
  while (!WaitForStop(60'000)) {
  }
  running->Stop();
  return kExitOk;
}

}  // namespace

Command RegistryCommand() {
  ArgumentSpec spec{.command = "millrace registry",
                    .summary = "Runs the schema registry; schemas are kept in a Kafka topic.",
                    .flags = {{"--listen", "HOST:PORT", "the address to listen on", "127.0.0.1:8081"}}};
  spec.flags.push_back({"--allowed-host", "NAME", "a further host name that it may be asked for under", "", true});
  for (FlagDef& flag : KafkaFlags()) spec.flags.push_back(std::move(flag));
  const std::vector<FlagDef> own = {
      {"--topic", "NAME", "the topic that keeps the schemas; made when absent", "_schemas"},
      {"--replication-factor", "N", "of the topic when it is made; -1 = the broker's default", "-1"},
      {"--wait", "DURATION", "how long to wait for a broker that is not there yet", "60s"},
      {"--memory", "", "keep schemas in memory only: no broker needed, all is gone at the end", ""},
  };
  spec.flags.insert(spec.flags.end(), own.begin(), own.end());
  spec.epilog = "Example:\n  millrace registry --listen 127.0.0.1:8081 --bootstrap-server 127.0.0.1:9092";
  return {std::move(spec), Run};
}

}  // namespace millrace::app
