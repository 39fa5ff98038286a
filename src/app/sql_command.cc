// millrace sql
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "app/client/client.h"
#include "app/client/gateway_executor.h"
#include "app/client/local_executor.h"
#include "app/commands.h"
#include "app/connection_flags.h"
#include "app/web.h"
#include "app/wiring.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strings.h"
#include "engine/local_jobs.h"

namespace millrace::app {
namespace {

constexpr const char* kDefaultGateway = "http://127.0.0.1:8083";

void WriteTo(std::FILE* file, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), file);
  std::fflush(file);
}

std::string HistoryPath(const Arguments& arguments) {
  if (arguments.Has("history")) return arguments.Get("history");
  const char* home = std::getenv("HOME");
  return home == nullptr ? "" : std::string(home) + "/.millrace-sql-history";
}

Result<server::Address> ParseAddress(const std::string& text) {
  server::Address address;
  const size_t colon = text.rfind(':');
  if (colon != std::string::npos) address.host = text.substr(0, colon);
  const auto port = ParseInt64(text.substr(colon == std::string::npos ? 0 : colon + 1));
  if (!port || *port < 0 || *port > 65535) return UsageError(fmt::format("--rest takes [HOST:]PORT, not '{}'.", text));
  address.port = static_cast<int>(*port);
  return address;
}

// Where the statements run: in this process or behind a gateway.
struct Place {
  std::string endpoint;  // "" = this process
  bool execute_is_endpoint = false;
};

bool IsInteractive(const Arguments& arguments, const Place& place) {
  return !arguments.Has("file") && (!arguments.Has("execute") || place.execute_is_endpoint);
}

bool OnTerminal() { return isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0; }

// `millrace sql gateway -e HOST:PORT` and `millrace sql embedded` as Flink's client takes them. Who sits at a terminal
// and says nothing gets the gateway of this machine when it is ours.
Result<Place> PlaceOf(const Arguments& arguments) {
  const std::string mode = arguments.positional().empty() ? "" : arguments.positional()[0];
  Place place{.endpoint = arguments.Get("endpoint")};
  if (mode == "gateway") {
    if (place.endpoint.empty() && arguments.Has("execute")) {
      place.endpoint = arguments.Get("execute");
      place.execute_is_endpoint = true;
    }
    if (place.endpoint.empty()) place.endpoint = kDefaultGateway;
  }
  if (arguments.Has("file") && arguments.Has("execute") && !place.execute_is_endpoint)
    return UsageError("-e and -f are both given: one call runs statements or a script.");
  const bool own_jobs = mode == "embedded" || arguments.Has("state-dir") || arguments.Has("rest");
  if (!place.endpoint.empty() && own_jobs) {
    return UsageError(
        "With --endpoint the jobs run behind the gateway: 'embedded', --state-dir and --rest are for jobs of "
        "this process.");
  }
  if (place.endpoint.empty() && !own_jobs && IsInteractive(arguments, place) && OnTerminal() &&
      client::IsOurGateway(kDefaultGateway)) {
    place.endpoint = kDefaultGateway;
  }
  return place;
}

void WarnOf(const std::map<std::string, std::string>& properties) {
  for (const auto& [key, value] : properties) {
    const std::string note = engine::NoEffectNote(key, value);
    if (!note.empty()) WriteTo(stderr, fmt::format("[WARN] {}\n", note));
  }
}

engine::FlinkVersion Texts(const Arguments& arguments) {
  return arguments.Get("flink-texts") == "1.16" ? engine::FlinkVersion::k1_16 : engine::FlinkVersion::k1_20;
}

client::CellFormat CellsOf(const Arguments& arguments) {
  return arguments.Has("json") ? client::CellFormat::kJson : client::CellFormat::kText;
}

// What an executor in this process needs for as long as it lives.
struct Surroundings {
  std::optional<DirectoryLock> lock;
  engine::JobDirectory jobs;
  std::optional<engine::LocalJobs> service;
  std::unique_ptr<Web> web;  // last: its threads use the others
};

Result<std::unique_ptr<client::Executor>> LocalExecutor(const Arguments& arguments, Surroundings& surroundings) {
  static const std::vector<connect::ConnectorDef> connectors = Connectors();
  static const std::vector<connect::FormatDef> formats = Formats();
  engine::SessionEnvironment environment;
  environment.connectors = &connectors;
  environment.formats = &formats;
  environment.connect.formats = &formats;
  MR_ASSIGN(environment.connect.host_aliases, HostAliases(arguments));
  environment.texts = Texts(arguments);
  MR_ASSIGN(environment.config, arguments.GetPairs("D"));
  WarnOf(environment.config);
  client::LocalOptions options{.directory = &surroundings.jobs, .cells = CellsOf(arguments)};
  if (arguments.Has("state-dir")) {
    options.state_dir = arguments.Get("state-dir");
    MR_ASSIGN(surroundings.lock, DirectoryLock::Acquire(options.state_dir, "millrace sql"));
  }
  if (arguments.Has("rest")) {
    MR_ASSIGN(const server::Address address, ParseAddress(arguments.Get("rest")));
    const uint32_t slots = std::max(1U, std::thread::hardware_concurrency());
    surroundings.service.emplace(engine::LocalJobs::Options{.environment = environment, .slots = slots},
                                 &surroundings.jobs);
    WebServices services{.web = {.addresses = {address}}, .environment = environment, .config = {}, .kafka = {}};
    MR_ASSIGN(surroundings.web, Web::Start(*surroundings.service, std::move(services)));
  }
  return std::unique_ptr<client::Executor>(
      std::make_unique<client::LocalExecutor>(std::move(environment), std::move(options)));
}

Result<std::unique_ptr<client::Executor>> GatewayExecutor(const Arguments& arguments, const Place& place) {
  client::GatewayOptions options{.endpoint = place.endpoint,
                                 .texts = Texts(arguments),
                                 .stop_requested = StopRequested,
                                 .cells = CellsOf(arguments)};
  MR_ASSIGN(options.properties, arguments.GetPairs("D"));
  MR_ASSIGN(auto executor, client::GatewayExecutor::Connect(options));
  if (executor->is_ours()) WarnOf(options.properties);  // Flink knows more keys
  return std::unique_ptr<client::Executor>(std::move(executor));
}

client::ClientOptions Output(const Arguments& arguments) {
  client::ClientOptions options;
  options.quiet = arguments.Has("quiet");
  options.color = isatty(STDOUT_FILENO) != 0;
  options.terminal = OnTerminal();
  options.live_status = !options.quiet;
  options.out = [](std::string_view text) { WriteTo(stdout, text); };
  options.err = [](std::string_view text) { WriteTo(stderr, text); };
  options.json = arguments.Has("json");
  options.echo = arguments.Has("file") && !options.json;
  return options;
}

Result<int> Run(const Arguments& arguments) {
  SetLogLevel(arguments.Has("verbose") ? LogLevel::kInfo : LogLevel::kWarn);
  MR_ASSIGN(const Place place, PlaceOf(arguments));
  if (arguments.Has("json") && IsInteractive(arguments, place))
    return UsageError("--json prints the results of a script: it goes with -e or -f.");
  Surroundings surroundings;
  MR_ASSIGN(auto executor,
            place.endpoint.empty() ? LocalExecutor(arguments, surroundings) : GatewayExecutor(arguments, place));
  client::Client client(std::move(executor), Output(arguments));
  if (arguments.Has("init")) {
    MR_ASSIGN(const std::string script, ReadWholeFile(RealFileSystem(), arguments.Get("init")));
    if (!client.RunInit(script)) return kExitFailed;
  }
  if (IsInteractive(arguments, place)) {
    client.RunInteractive(HistoryPath(arguments));
    client.PrintGoodbye();
    return kExitOk;
  }
  bool good = true;
  if (arguments.Has("file")) {
    MR_ASSIGN(const std::string script, ReadWholeFile(RealFileSystem(), arguments.Get("file")));
    good = client.RunScript(script);
  } else {
    good = client.RunScript(arguments.Get("execute"));
  }
  good = client.WaitForJobs() && good;
  if (arguments.Has("file")) client.PrintGoodbye();
  return good ? kExitOk : kExitFailed;
}

}  // namespace

Command SqlCommand() {
  ArgumentSpec spec{.command = "millrace sql",
                    .summary = "The SQL client: a script, a statement, or interactive.",
                    .flags = {},
                    .positional = "embedded | gateway",
                    .positional_doc = "as for Flink's client: run jobs in this process, or behind --endpoint",
                    .max_positional = 1};
  spec.flags = {
      {"-f,--file", "FILE", "run a script; its jobs run in the foreground until they end or Ctrl-C", ""},
      {"-e,--execute", "SQL", "run these statements; behind the word 'gateway': the same as --endpoint", ""},
      {"--endpoint", "URL", "run the statements on this SQL gateway, ours or Apache Flink's", ""},
      {"-i,--init", "FILE", "run an init script first: DDL, SET, USE, ADD JAR", ""},
      {"-D", "KEY=VALUE", "a session property", "", true},
      {"--state-dir", "DIR",
       "keep the checkpoints of the jobs here, whatever execution.checkpointing.dir says: the same script started "
       "again "
       "goes on where it ended",
       ""},
      {"--rest", "[HOST:]PORT",
       "serve Flink's REST API and its SQL gateway: for `millrace jobs|stop|savepoint` and Flink's SQL clients", ""},
      AliasFlag(),
      {"--history", "FILE", "history of the interactive client (default: ~/.millrace-sql-history)", ""},
      {"--flink-texts", "1.16|1.20", "whose messages to print", "1.20"},
      {"-j,--jar", "FILE", "accepted and ignored: connectors and formats are built in", "", true},
      {"-l,--library", "DIR", "accepted and ignored, as --jar", "", true},
      {"--json", "", "with -e or -f: results and errors as JSON, one object per line", ""},
      {"-q,--quiet", "", "results and errors only", ""},
      {"--verbose", "", "log what the engine does", ""}};
  spec.epilog =
      "Without 'embedded' or --endpoint an interactive client uses the gateway on 127.0.0.1:8083 if that is "
      "Millrace's.\n"
      "Examples:\n  millrace sql\n  millrace sql -e \"SELECT 1;\"\n"
      "  millrace sql --json -e \"SHOW TABLES;\"\n"
      "  millrace sql --endpoint http://127.0.0.1:8083 -f job.sql\n"
      "  millrace sql -f examples/sales-aggregate.sql --alias kafka_broker=127.0.0.1 --alias schema-registry=127.0.0.1";
  return {std::move(spec), Run};
}

}  // namespace millrace::app
