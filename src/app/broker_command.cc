// millrace broker
#include <fmt/format.h>

#include "app/commands.h"
#include "app/connection_flags.h"
#include "base/log.h"
#include "broker/broker.h"

namespace millrace::app {
namespace {

// --listen and --advertise are given in pairs: the n-th --advertise belongs to the n-th --listen.
Result<std::vector<broker::ListenerOptions>> Listeners(const Arguments& arguments) {
  std::vector<std::string> addresses = arguments.GetAll("listen");
  const std::vector<std::string> advertised = arguments.GetAll("advertise");
  if (addresses.empty()) addresses = {kDefaultBootstrap};
  if (advertised.size() > addresses.size()) return UsageError("There are more --advertise than --listen addresses.");
  std::vector<broker::ListenerOptions> out;
  for (size_t i = 0; i < addresses.size(); ++i) {
    MR_ASSIGN(out.emplace_back(), Listener(addresses[i], i < advertised.size() ? &advertised[i] : nullptr));
  }
  return out;
}

Result<int> Run(const Arguments& arguments) {
  SetLogLevel(LogLevel::kInfo);
  broker::BrokerOptions options;
  MR_ASSIGN(options.listeners, Listeners(arguments));
  options.data_dir = arguments.Get("data-dir");
  MR_ASSIGN(const int64_t partitions, arguments.GetInt("num-partitions", 1, 10'000));
  options.num_partitions = static_cast<int32_t>(partitions);
  options.auto_create_topics = !arguments.Has("no-auto-create");
  options.flush_always = arguments.Get("flush") == "always";
  MR_ASSIGN(options.retention_check_ms, arguments.GetDurationMillis("retention-check-interval"));
  MR_ASSIGN(const int64_t connections, arguments.GetInt("max-connections", 1, 1'000'000));
  options.max_connections = static_cast<size_t>(connections);
  MR_ASSIGN(options.configs, arguments.GetPairs("config"));
  MR_ASSIGN(const auto running, broker::Broker::Start(std::move(options)));
  for (const auto& listener : running->listeners()) {
    fmt::print("Kafka broker on {}:{}, advertised as {}:{}\n", listener.host, listener.port, listener.advertised_host,
               listener.advertised_port);
  }
  std::fflush(stdout);
  while (!WaitForStop(60'000)) {
  }
  running->Stop();
  return kExitOk;
}

}  // namespace

Command BrokerCommand() {
  ArgumentSpec spec{.command = "millrace broker", .summary = "Runs the embedded Kafka broker.", .flags = {}};
  spec.flags = {
      {"--listen", "HOST:PORT", "an address to listen on; may be repeated (default: 127.0.0.1:9092)", "", true},
      {"--advertise", "HOST:PORT", "the address clients are told, for the --listen at the same place", "", true},
      {"--data-dir", "DIR", "where topics are kept", "millrace-data/broker"},
      {"--num-partitions", "N", "partitions of topics that are created without a number", "1"},
      {"--no-auto-create", "", "do not create topics that clients ask for", ""},
      {"--flush", "interval|always", "fsync in the background (survives kill -9) or before every acknowledgement",
       "interval"},
      {"--retention-check-interval", "DURATION", "how often retention and compaction run", "5min"},
      {"--max-connections", "N", "connections beyond this are refused", "10000"},
      {"--config", "KEY=VALUE", "a broker setting under Kafka's name, e.g. log.retention.ms=86400000", "", true},
  };
  spec.epilog =
      "Example:\n  millrace broker --listen 127.0.0.1:9092 --listen 0.0.0.0:29092 --advertise localhost:9092 "
      "--advertise kafka_broker:29092";
  return {std::move(spec), Run};
}

}  // namespace millrace::app
