#include <algorithm>

#include "cluster/cluster_config.h"

namespace millrace::cluster {

using enum OptionType;

const OptionTable& ClusterKeys() {
  static const OptionTable keys = {
      {"jobmanager.rpc.address", kString, "127.0.0.1", "The host where task managers find the job manager."},
      {"jobmanager.rpc.port", kInt, "6123", "The port where task managers find it; 0 = any free one."},
      {"jobmanager.bind-host", kString, "127.0.0.1", "The address the job manager listens on for task managers."},
      {"rest.address", kString, "127.0.0.1", "The host that clients use for the REST API and the pages."},
      {"rest.port", kInt, "18081", "The port of the REST API and the dashboard.", false, {}, {"rest.bind-port"}},
      {"rest.bind-address", kString, "127.0.0.1", "The address the REST API and the pages listen on."},
      {"rest.allowed-hosts", kList, "",
       "Further host names that the pages may be opened under, ';' between them; '*' = any."},
      {"rest.server.max-content-length", kInt, "8388608", "Most bytes of a request's body."},
      {"console.port", kInt, "9021", "The port of the console's pages."},
      {"console.bootstrap.servers", kString, "", "The Kafka cluster that the console shows."},
      {"console.kafka.*", kString, "", "A client property for it, e.g. console.kafka.security.protocol."},
      {"console.schema-registry.url", kList, "", "The schema registry that the console shows; several: a;b."},
      {"sql-gateway.endpoint.rest.address", kString, "127.0.0.1", "The host that clients use for the SQL gateway."},
      {"sql-gateway.endpoint.rest.bind-address", kString, "127.0.0.1", "The address the SQL gateway listens on."},
      {"sql-gateway.endpoint.rest.port",
       kInt,
       "8083",
       "The port of the SQL gateway.",
       false,
       {},
       {"sql-gateway.endpoint.rest.bind-port"}},
      {"taskmanager.numberOfTaskSlots", kInt, "1", "Slots of a task manager."},
      {"taskmanager.bind-host", kString, "127.0.0.1", "The address a task manager listens on."},
      {"taskmanager.host", kString, "",
       "The host under which the job manager reaches it; not set = the bound address, or this machine's name."},
      {"taskmanager.rpc.port", kInt, "0", "Its port; 0 = any free one."},
      {"heartbeat.interval", kDuration, "1 s", "How often a task manager reports its jobs."},
      {"heartbeat.timeout", kDuration, "5 s", "A task manager that is silent for this long is lost."},
      {"jobstore.max-capacity", kInt, "1000", "Ended jobs that the job manager remembers."},
  };
  return keys;
}

bool IsKnownToFlink(std::string_view key) {
  // Families of Flink's configuration that describe what is not there: the JVM, its network stack, resource managers.
  // Without a dot at its end: a whole key.
  static constexpr std::string_view kFamilies[] = {
      "akka.",
      "blob.",
      "classloader.",
      "cluster.",
      "containerized.",
      "env.",
      "fs.",
      "high-availability",
      "high-availability.",
      "historyserver.",
      "internal.",
      "io.tmp.",
      "job-result-store.",
      "jobmanager.",
      "jobstore.",
      "kubernetes.",
      "metrics.",
      "pekko.",
      "plugin.",
      "process.",
      "queryable-state.",
      "rest.",
      "s3.",
      "security.",
      "slot.",
      "slotmanager.",
      "sql-gateway.",
      "task.",
      "taskmanager.",
      "user.",
      "web.",
      "yarn.",
      "zookeeper.",
      "$internal.",
      "allow.",
      "heartbeat.",
      "client.",
      "execution.",
      "state.",
      "pipeline.",
      "table.",
      "sql-client.",
      "restart-strategy.",
      "compiler.",
      "optimizer.",
      "python.",
      "resourcemanager.",
      "shuffle-service-factory.",
      "sink.",
      "state-recovery.",
      "traces.",
      "events.",
      "parallelism.",
  };
  return std::any_of(std::begin(kFamilies), std::end(kFamilies), [&](std::string_view family) {
    return family.ends_with('.') ? key.starts_with(family) : key == family;
  });
}

}  // namespace millrace::cluster
