// millrace sql
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "app/client/client.h"
#include "app/commands.h"
#include "app/connection_flags.h"
#include "app/wiring.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strings.h"
#include "engine/local_jobs.h"
#include "server/gateway/gateway.h"
#include "server/routes.h"

namespace millrace::app {
namespace {

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
  if (!port || *port < 0 || *port > 65535) return UserError(fmt::format("--rest takes [HOST:]PORT, not '{}'.", text));
  address.port = static_cast<int>(*port);
  return address;
}

// What --rest serves: the jobs of this process, and the SQL gateway, whose sessions start more of them.
class RestService {
 public:
  RestService(const engine::SessionEnvironment& environment, engine::JobDirectory& directory)
      : directory_(directory),
        jobs_({.environment = environment}, &directory),
        gateway_({.environment = environment}, jobs_) {}

  Status Start(const server::Address& address) {
    MR_ASSIGN(web_, server::WebServer::Start({.addresses = {address}}, {server::JobRoutes(jobs_, {.version = kVersion}),
                                                                        server::gateway::GatewayRoutes(gateway_)}));
    return Ok();
  }

 private:
  engine::JobDirectory& directory_;
  engine::LocalJobs jobs_;
  server::gateway::Gateway gateway_;
  std::unique_ptr<server::WebServer> web_;  // last: its threads use the others
};

Result<int> Run(const Arguments& arguments) {
  static const std::vector<connect::ConnectorDef> connectors = Connectors();
  static const std::vector<connect::FormatDef> formats = Formats();
  const auto& words = arguments.positional();
  if (!words.empty() && words[0] != "embedded") {
    return UserError(fmt::format("millrace sql runs its jobs in this process; the mode '{}' is unknown.", words[0]))
        .WithHint("Leave it out, or write 'embedded'.");
  }
  SetLogLevel(arguments.Has("verbose") ? LogLevel::kInfo : LogLevel::kWarn);
  engine::SessionEnvironment environment;
  environment.connectors = &connectors;
  environment.formats = &formats;
  environment.connect.formats = &formats;
  MR_ASSIGN(environment.connect.host_aliases, HostAliases(arguments));
  if (arguments.Get("flink-texts") == "1.16") environment.texts = engine::FlinkVersion::k1_16;
  for (const std::string& pair : arguments.GetAll("D")) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos) return UserError(fmt::format("-D takes KEY=VALUE, not '{}'.", pair));
    environment.config[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  client::ClientOptions options;
  options.quiet = arguments.Has("quiet");
  options.color = isatty(STDOUT_FILENO) != 0;
  options.live_status = !options.quiet;
  options.out = [](std::string_view text) { WriteTo(stdout, text); };
  options.err = [](std::string_view text) { WriteTo(stderr, text); };
  options.echo = arguments.Has("file");
  std::optional<DirectoryLock> lock;
  if (arguments.Has("state-dir")) {
    options.state_dir = arguments.Get("state-dir");
    MR_ASSIGN(lock, DirectoryLock::Acquire(options.state_dir, "millrace sql"));
  }
  engine::JobDirectory jobs;
  options.directory = &jobs;
  std::optional<RestService> rest;
  if (arguments.Has("rest")) {
    MR_ASSIGN(const server::Address address, ParseAddress(arguments.Get("rest")));
    rest.emplace(environment, jobs);
    MR_TRY(rest->Start(address));
  }
  client::Client client(std::move(environment), std::move(options));
  if (arguments.Has("init")) {
    MR_ASSIGN(const std::string script, ReadWholeFile(RealFileSystem(), arguments.Get("init")));
    if (!client.RunInit(script)) return kExitFailed;
  }
  if (!arguments.Has("file") && !arguments.Has("execute")) {
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
                    .positional = "embedded",
                    .positional_doc = "accepted for scripts written for Flink's client",
                    .max_positional = 1};
  spec.flags = {
      {"-f,--file", "FILE", "run a script; its jobs run in the foreground until they end or Ctrl-C", ""},
      {"-e,--execute", "SQL", "run these statements", ""},
      {"-i,--init", "FILE", "run an init script first: DDL, SET, USE, ADD JAR", ""},
      {"-D", "KEY=VALUE", "a session property", "", true},
      {"--state-dir", "DIR",
       "keep the checkpoints of the jobs here: the same script started again goes on where it ended", ""},
      {"--rest", "[HOST:]PORT",
       "serve Flink's REST API and its SQL gateway: for `millrace jobs|stop|savepoint` and Flink's SQL clients", ""},
      AliasFlag(),
      {"--history", "FILE", "history of the interactive client (default: ~/.millrace-sql-history)", ""},
      {"--flink-texts", "1.16|1.20", "whose messages to print", "1.20"},
      {"-j,--jar", "FILE", "accepted and ignored: connectors and formats are built in", "", true},
      {"-l,--library", "DIR", "accepted and ignored, as --jar", "", true},
      {"-q,--quiet", "", "results and errors only", ""},
      {"--verbose", "", "log what the engine does", ""}};
  spec.epilog =
      "Examples:\n  millrace sql\n  millrace sql -e \"SELECT 1;\"\n"
      "  millrace sql -f examples/sales-aggregate.sql --alias kafka_broker=127.0.0.1 --alias schema-registry=127.0.0.1";
  return {std::move(spec), Run};
}

}  // namespace millrace::app
