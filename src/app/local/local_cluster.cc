#include "app/local/local_cluster.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/local/script_jobs.h"
#include "app/wiring.h"
#include "base/log.h"
#include "server/console/broker_sizes.h"
#include "server/routes.h"

namespace millrace::app {
namespace {

constexpr int64_t kLastCheckpointMillis = 60'000;
constexpr size_t kLogLines = 2'000;
constexpr int64_t kRateMillis = 500;

engine::SessionEnvironment MakeEnvironment(const LocalClusterOptions& options, const Services& services) {
  static const std::vector<connect::ConnectorDef> connectors = Connectors();
  static const std::vector<connect::FormatDef> formats = Formats();
  engine::SessionEnvironment environment;
  environment.connectors = &connectors;
  environment.formats = &formats;
  environment.connect.formats = &formats;
  environment.config = options.config.session();
  // The names of the tutorial's network lead here, whatever ports were chosen.
  auto& aliases = environment.connect.host_aliases;
  const auto& listeners = services.broker().listeners();
  aliases["kafka_broker"] = listeners.front().host;
  aliases["kafka_broker:29092"] = fmt::format("{}:{}", listeners.back().host, listeners.back().port);
  aliases["kafka_broker:9092"] = services.bootstrap();
  aliases["schema-registry"] = "127.0.0.1";
  aliases["schema-registry:8081"] = services.registry_url().substr(std::string_view("http://").size());
  return environment;
}

server::KafkaConsoleOptions MakeConsoleOptions(const Services& services) {
  server::KafkaConsoleOptions console;
  console.kafka = kafka::ClientConfig::For(services.bootstrap());
  console.kafka_embedded = true;
  console.topic_bytes = server::console::SizesOf(services.broker());
  console.registry.urls = {services.registry_url()};
  console.registry_embedded = true;
  return console;
}

}  // namespace

Result<std::unique_ptr<LocalCluster>> LocalCluster::Start(LocalClusterOptions options, const Services& services) {
  KeepRecentLog(kLogLines);
  auto out = std::unique_ptr<LocalCluster>(new LocalCluster());
  out->environment_ = MakeEnvironment(options, services);
  cluster::JobManagerOptions manager;
  manager.data_dir = options.data_dir;
  manager.environment = out->environment_;
  manager.alone = true;
  MR_ASSIGN(out->job_manager_, cluster::JobManager::Start(std::move(manager)));
  MR_ASSIGN(out->web_, Web::Start(*out->job_manager_, {.web = options.web,
                                                       .environment = out->environment_,
                                                       .config = options.config.Visible(),
                                                       .kafka = MakeConsoleOptions(services)}));
  out->options_ = std::move(options);
  return out;
}

LocalCluster::~LocalCluster() {
  Stop();
  web_.reset();
}

Result<std::vector<std::string>> LocalCluster::RunScript(std::string_view script) {
  MR_ASSIGN(auto ids, SubmitScriptJobs(script, environment_, *job_manager_, Resubmit::kAlways));
  cluster::TaskManagerOptions manager;
  manager.job_manager = fmt::format("http://127.0.0.1:{}", job_manager_->port());
  manager.slots = options_.slots;
  manager.data_dir = options_.data_dir;
  manager.environment = environment_;
  manager.metrics = server::PrometheusPage;
  MR_ASSIGN(task_manager_, cluster::TaskManager::Start(std::move(manager)));
  return ids;
}

std::optional<Error> LocalCluster::FailureOf(const std::vector<std::string>& ids) const {
  for (const std::string& id : ids) {
    const auto report = job_manager_->Find(id);
    if (!report || report->state != "FAILED") continue;
    if (report->failures.empty()) return ExternalError(fmt::format("Job {} has failed.", report->name), Retry::kNo);
    const engine::FailureReport& failure = report->failures.back();
    return ExternalError(failure.text, Retry::kNo).WithCode(failure.code);
  }
  return std::nullopt;
}

void LocalCluster::Stop() {
  if (task_manager_ != nullptr) task_manager_->Leave(kLastCheckpointMillis);
  task_manager_.reset();
}

engine::JobMetrics JobSpeed::Look(const std::optional<engine::JobReport>& report) {
  engine::JobMetrics out;
  if (!report) return out;
  for (const engine::VertexReport& vertex : report->vertices) {
    const bool reads = vertex.inputs.empty() && !vertex.operators.empty();
    if (reads) out.records_in += vertex.operators.front().records_out;
    for (const engine::OperatorReport& one : vertex.operators) {
      out.late_rows += one.late_rows;
      out.windows_fired += one.windows_fired;
      out.bad_records += one.bad_records;
    }
  }
  int64_t lowest = INT64_MAX;
  for (const engine::SplitReport& split : report->splits) {
    if (!split.idle) lowest = std::min(lowest, split.watermark);
  }
  if (!report->splits.empty()) out.watermark = lowest;
  out.restarts = report->restarts;
  if (const auto* last = report->last_completed(); last != nullptr) out.last_checkpoint = last->id;
  if (report->now_millis - millis_ > kRateMillis) {
    const int64_t rows = std::max<int64_t>(0, out.records_in - records_);
    if (millis_ > 0) rate_ = static_cast<double>(rows) * 1e3 / static_cast<double>(report->now_millis - millis_);
    millis_ = report->now_millis;
    records_ = out.records_in;
  }
  out.records_per_second = rate_;
  return out;
}

}  // namespace millrace::app
