// millrace local
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "app/client/job_status.h"
#include "app/cluster_flags.h"
#include "app/commands.h"
#include "app/local/local_cluster.h"
#include "app/local/sales_script.h"
#include "app/local/services.h"
#include "app/local/window_view.h"
#include "app/produce/sales_run.h"
#include "base/file.h"
#include "base/local_path.h"
#include "base/log.h"
#include "base/strings.h"
#include "kafka/client/admin.h"

namespace millrace::app {
namespace {

constexpr const char* kSalesTopic = "SALES";
constexpr const char* kWindowsTopic = "SALES_AGGREGATE";
constexpr int64_t kBackfillMillis = 10 * 60'000;

struct LocalOptions {
  ServicesOptions services;
  LocalClusterOptions cluster;
  bool demo = false;
  int64_t for_millis = 0;  // 0 = until stopped
  SalesPlan sales;
  std::string script;
};

// When the topic's last record was written, epoch millis; 0 when it has none.
Result<int64_t> LastWritten(const kafka::ClientConfig& config, const std::string& topic) {
  MR_ASSIGN(const auto admin, kafka::AdminClient::Create(config));
  MR_ASSIGN(const auto description, admin->DescribeTopic(topic));
  MR_ASSIGN(const auto consumer, kafka::PartitionConsumer::Create(config));
  size_t waiting = 0;
  for (const auto& partition : description.partitions) {
    MR_ASSIGN(const kafka::Watermarks marks, admin->QueryWatermarks({topic, partition.id}));
    if (marks.high == marks.low) continue;
    MR_TRY(consumer->Add({{topic, partition.id}, marks.high - 1, ""}));
    ++waiting;
  }
  int64_t last = 0;
  for (int tries = 0; waiting > 0 && tries < 50; ++tries) {
    MR_ASSIGN(const kafka::ConsumedBatch batch, consumer->Poll(100, 100));
    for (const kafka::MessageView& message : batch.messages) last = std::max(last, message.timestamp);
    waiting -= std::min(waiting, batch.messages.size());
  }
  return last;
}

// Topics that exist already are what a second start finds.
Status CreateTopics(const kafka::ClientConfig& config) {
  MR_ASSIGN(const auto admin, kafka::AdminClient::Create(config));
  for (const char* topic : {kSalesTopic, kWindowsTopic}) {
    const Status created = admin->CreateTopic({.name = topic, .num_partitions = 1});
    if (!created.ok() && created.error().code != "TOPIC_ALREADY_EXISTS") return created;
  }
  return Ok();
}

// The producer: the demo's past first, or what is missing of it since the last start; then one live sale after another.
Status Produce(const LocalOptions& options, const Services& services) {
  SalesWriterOptions writer_options;
  writer_options.kafka = kafka::ClientConfig::For(services.bootstrap());
  writer_options.registry_url = services.registry_url();
  writer_options.topic = kSalesTopic;
  MR_ASSIGN(const auto writer, SalesWriter::Open(writer_options));
  const int64_t now = SystemClock().WallMillis();
  SalesEvents events(3, 0, static_cast<uint64_t>(now));
  int64_t written = 0;
  if (options.demo) {
    MR_ASSIGN(const int64_t last, LastWritten(writer_options.kafka, kSalesTopic));
    MR_ASSIGN(written, WritePastSales(options.sales, std::max(now - kBackfillMillis, last), now, events, *writer));
  }
  MR_TRY(WriteLiveSales(options.sales, events, *writer, written));
  return writer->Flush();
}

void Flush(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

// What the terminal shows: a table that is drawn over itself, or one line per window where there is no terminal.
class Screen {
 public:
  Screen(std::string title, bool live) : title_(std::move(title)), live_(live) {
    if (!live_) Flush(title_);
  }

  void Show(const std::vector<ClosedWindow>& windows, const engine::JobMetrics& metrics) {
    for (const ClosedWindow& window : windows) {
      table_.Add(window);
      if (!live_) Flush(WindowLine(window) + "\n");
    }
    if (live_) Draw(metrics);
  }

 private:
  void Draw(const engine::JobMetrics& metrics) {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0)
      size = {.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
    constexpr size_t kOtherLines = 9;
    const size_t rows = size.ws_row > kOtherLines + 1 ? size.ws_row - kOtherLines : 1;
    std::string text = title_ + "\n" + client::StatusLine("sales", metrics) + "\n\n" +
                       (table_.empty() ? "waiting for the first window to close\n" : table_.Render(rows, size.ws_col));
    // Home, each line cleared to its end, the rest of the screen cleared.
    std::string drawn = "\x1b[H";
    for (const char c : text) drawn += c == '\n' ? "\x1b[K\n" : std::string(1, c);
    Flush(drawn + "\x1b[J");
  }

  std::string title_;
  bool live_;
  WindowTable table_;
};

std::string Title(const LocalOptions& options, const Services& services, const Web& web) {
  std::string addresses;
  for (const auto& listener : services.broker().listeners()) {
    addresses += fmt::format("{}{}:{}", addresses.empty() ? "" : ", ", listener.host, listener.port);
  }
  return fmt::format(
      "Kafka broker on {}; schema registry on {}; data in {}\nDashboard on http://127.0.0.1:{}; console "
      "on http://127.0.0.1:{}; SQL gateway on http://127.0.0.1:{}\n{}Ctrl-C ends all.\n",
      addresses, services.registry_url(), options.services.data_dir, web.port(0), web.port(1), web.port(2),
      options.for_millis > 0 ? fmt::format("Runs for {} s. ", options.for_millis / 1000) : "");
}

Result<int> RunUntilStopped(const LocalOptions& options, const Services& services) {
  const int64_t end =
      options.for_millis == 0 ? INT64_MAX : SystemClock().MonotonicNanos() + options.for_millis * 1'000'000;
  MR_TRY(CreateTopics(kafka::ClientConfig::For(services.bootstrap())));
  MR_ASSIGN(const auto cluster, LocalCluster::Start(options.cluster, services));
  auto jobs = cluster->RunScript(options.script);
  if (!jobs.ok()) {
    fmt::print(stderr, "{}\n", RenderError(jobs.error(), options.script));
    return kExitFailed;
  }
  Status produced = Ok();
  std::thread producer([&] {
    produced = Produce(options, services);
    if (!produced.ok()) RequestStop();
  });
  // Ends the producer on every way out.
  struct Join {
    std::thread& thread;
    ~Join() {
      RequestStop();
      thread.join();
    }
  };
  const bool live = options.demo && isatty(STDOUT_FILENO) != 0;
  if (live) Flush("\x1b[2J");
  Screen screen(Title(options, services, cluster->web()), live);
  std::optional<Error> failure;
  JobSpeed speed;
  {
    const Join join{producer};
    std::unique_ptr<WindowReader> reader;
    if (options.demo) {
      MR_ASSIGN(reader, WindowReader::Open(services.bootstrap(), services.registry_url(), kWindowsTopic));
    }
    while (!StopRequested() && !failure && SystemClock().MonotonicNanos() < end) {
      if (reader != nullptr) {
        MR_ASSIGN(const std::vector<ClosedWindow> windows, reader->Poll(live ? 250 : 100));
        screen.Show(windows, speed.Look(cluster->jobs().Find(jobs->front())));
      } else {
        WaitForStop(100);
      }
      failure = cluster->FailureOf(*jobs);
    }
  }
  cluster->Stop();
  if (failure) return *failure;
  MR_TRY(std::move(produced));
  return kExitOk;
}

Result<LocalClusterOptions> ReadClusterOptions(const Arguments& arguments) {
  LocalClusterOptions options;
  options.data_dir = AbsolutePath(arguments.Get("data-dir"));
  MR_ASSIGN(options.config, ReadClusterConfig(arguments, {{"slots", "taskmanager.numberOfTaskSlots"},
                                                          {"rest-port", "rest.port"},
                                                          {"console-port", "console.port"},
                                                          {"gateway-port", "sql-gateway.endpoint.rest.port"}}));
  const Options& keys = options.config.options();
  if (keys.given().contains("taskmanager.numberOfTaskSlots")) {
    options.slots = static_cast<uint32_t>(std::clamp<int64_t>(keys.GetInt("taskmanager.numberOfTaskSlots"), 1, 128));
  }
  // Who asks for any REST port does not want to meet others on the rest.
  const bool any = keys.GetInt("rest.port") == 0;
  for (const char* key : {"rest.port", "console.port", "sql-gateway.endpoint.rest.port"}) {
    const bool chosen = !any || keys.given().contains(key);
    options.web.addresses.push_back({.port = chosen ? static_cast<int>(keys.GetInt(key)) : 0});
  }
  options.web.addresses[1].home = "topics";
  options.web.allowed_hosts = keys.GetList("rest.allowed-hosts");
  return options;
}

Result<int> Run(const Arguments& arguments) {
  LocalOptions options;
  options.demo = arguments.Has("demo");
  SetLogLevel(LogLevel::kInfo);
  if (options.demo) SetTerminalLogLevel(LogLevel::kWarn);  // where the windows are shown
  options.services.data_dir = AbsolutePath(arguments.Get("data-dir"));
  if (arguments.Has("broker-port")) {
    options.services.broker_ports.clear();
    for (const std::string& text : arguments.GetAll("broker-port")) {
      const auto port = ParseInt64(text);
      if (!port || *port < 0 || *port > 65535)
        return UsageError(fmt::format("--broker-port takes a port number, not '{}'.", text));
      options.services.broker_ports.push_back(static_cast<uint16_t>(*port));
    }
  }
  MR_ASSIGN(const int64_t registry_port, arguments.GetInt("registry-port", 0, 65535));
  options.services.registry_port = static_cast<int>(registry_port);
  MR_ASSIGN(options.cluster, ReadClusterOptions(arguments));
  options.services.allowed_hosts = options.cluster.web.allowed_hosts;
  if (arguments.Has("for")) {
    MR_ASSIGN(options.for_millis, arguments.GetDurationMillis("for"));
  }
  MR_ASSIGN(options.sales.rate, arguments.GetDouble("rate", 0.001));
  options.script = kSalesScript;
  if (arguments.Has("script")) {
    MR_ASSIGN(options.script, ReadWholeFile(RealFileSystem(), arguments.Get("script")));
  }
  MR_ASSIGN(const auto services, Services::Start(options.services));
  auto code = RunUntilStopped(options, *services);
  services->Stop();
  return code;
}

}  // namespace

Command LocalCommand() {
  ArgumentSpec spec{.command = "millrace local",
                    .summary = "Broker, schema registry, producer and the sales job in one process.",
                    .flags = {}};
  spec.flags = {
      {"--demo", "", "write ten minutes of past sales first and show the closed windows, as a live table on a terminal",
       ""},
      {"--data-dir", "DIR", "where the topics are kept; a second start finds them again", "millrace-data"},
      {"--for", "DURATION", "end by itself after this long, e.g. 90s", ""},
      {"--rate", "N", "sales per second", "1"},
      {"--broker-port", "PORT", "a port of the broker on loopback; may be repeated (default: 9092 and 29092)", "",
       true},
      {"--registry-port", "PORT", "the port of the schema registry on loopback", "8081"},
      {"--rest-port", "PORT", "the port of the dashboard and the REST API on loopback (rest.port: 18081)", ""},
      {"--console-port", "PORT", "the port of the console (console.port: 9021)", ""},
      {"--gateway-port", "PORT", "the port of the SQL gateway (sql-gateway.endpoint.rest.port: 8083)", ""},
      {"--slots", "N", "slots of the task manager (taskmanager.numberOfTaskSlots, here: 2)", ""},
      {"--config", "FILE", "config.yaml with Flink's keys, or the folder of one", ""},
      {"-D", "KEY=VALUE", "a key of the configuration", "", true},
      {"--script", "FILE", "run this SQL script instead of the built-in examples/sales-aggregate.sql", ""},
  };
  spec.epilog = "Example:\n  millrace local --demo --for 90s";
  return {std::move(spec), Run};
}

}  // namespace millrace::app
