// millrace taskmanager
#include <fmt/format.h>

#include "app/cluster_flags.h"
#include "app/commands.h"
#include "base/local_path.h"
#include "base/log.h"
#include "base/strings.h"
#include "cluster/task_manager.h"
#include "server/routes.h"

namespace millrace::app {
namespace {

constexpr int64_t kLastCheckpointMillis = 60'000;
constexpr size_t kLogLines = 2'000;

// "HOST[:PORT]" wins over the keys.
Result<std::string> JobManagerUrl(const Arguments& arguments, const Options& options) {
  std::string host = options.GetString("jobmanager.rpc.address");
  int64_t port = options.GetInt("jobmanager.rpc.port");
  if (arguments.Has("job-manager")) {
    const std::string given = arguments.Get("job-manager");
    const size_t colon = given.rfind(':');
    host = given.substr(0, colon);
    if (colon != std::string::npos) {
      const auto number = ParseInt64(given.substr(colon + 1));
      if (!number || *number < 1 || *number > 65535) {
        return UsageError(fmt::format("--job-manager takes HOST[:PORT], not '{}'.", given));
      }
      port = *number;
    }
  }
  return HttpUrl(host, port);
}

Result<int> Run(const Arguments& arguments) {
  SetLogLevel(LogLevel::kInfo);
  KeepRecentLog(kLogLines);
  MR_ASSIGN(const cluster::ClusterConfig config,
            ReadClusterConfig(arguments, {{"slots", "taskmanager.numberOfTaskSlots"},
                                          {"bind", "taskmanager.bind-host"},
                                          {"host", "taskmanager.host"},
                                          {"port", "taskmanager.rpc.port"}}));
  const Options& keys = config.options();
  cluster::TaskManagerOptions options;
  MR_ASSIGN(options.job_manager, JobManagerUrl(arguments, keys));
  options.bind_host = keys.GetString("taskmanager.bind-host");
  options.host = keys.GetString("taskmanager.host");
  options.port = static_cast<int>(keys.GetInt("taskmanager.rpc.port"));
  options.allowed_hosts = keys.GetList("rest.allowed-hosts");
  const int64_t slots = keys.GetInt("taskmanager.numberOfTaskSlots");
  if (slots < 1 || slots > 128) return UserError(fmt::format("A task manager has 1 to 128 slots, not {}.", slots));
  options.slots = static_cast<uint32_t>(slots);
  options.data_dir = AbsolutePath(arguments.Get("data-dir"));
  options.heartbeat_interval_millis = keys.GetDurationMillis("heartbeat.interval");
  options.metrics = server::PrometheusPage;
  const std::string data_dir = options.data_dir;
  MR_ASSIGN(options.environment, ClusterEnvironment(arguments, config));
  const std::string job_manager = options.job_manager;
  MR_ASSIGN(const auto task_manager, cluster::TaskManager::Start(std::move(options)));
  fmt::print("Task manager {} with {} slot{}; job manager at {}; data in {}\n", task_manager->id(), slots,
             slots == 1 ? "" : "s", job_manager, data_dir);
  std::fflush(stdout);
  while (!WaitForStop(3'600'000)) {
  }
  task_manager->Leave(kLastCheckpointMillis);
  return kExitOk;
}

}  // namespace

Command TaskManagerCommand() {
  ArgumentSpec spec{.command = "millrace taskmanager",
                    .summary = "Runs the jobs that a job manager hands it.",
                    .flags = ClusterFlags()};
  spec.flags.insert(
      spec.flags.end(),
      {{"--job-manager", "HOST[:PORT]", "the job manager (jobmanager.rpc.address and .port: 127.0.0.1:6123)", ""},
       {"--slots", "N", "jobs' slots (taskmanager.numberOfTaskSlots: 1)", ""},
       {"--bind", "HOST", "the address to listen on (taskmanager.bind-host: 127.0.0.1)", ""},
       {"--host", "HOST", "the name under which the job manager reaches it (taskmanager.host)", ""},
       {"--port", "PORT", "the port to listen on (taskmanager.rpc.port: any free one)", ""}});
  spec.epilog =
      "SIGTERM stops the jobs behind a last checkpoint; they go on in another task manager.\n"
      "Example:\n  millrace taskmanager --slots 2 --data-dir /var/lib/millrace";
  return {std::move(spec), Run};
}

}  // namespace millrace::app
