// What exactly-once costs: the sales job from Kafka to Kafka without checkpoints and with one per second, in turns. And
// how long the snapshot of a window of 1 M keys keeps that job from its rows.
#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "app/flags.h"
#include "app/wiring.h"
#include "base/check.h"
#include "base/strings.h"
#include "bench/measure.h"
#include "bench/sales_topic.h"
#include "bench/services.h"
#include "codec/json.h"
#include "engine/job.h"
#include "engine/session.h"
#include "kafka/client/admin.h"
#include "kafka/client/consumer.h"
#include "sql/script.h"

namespace millrace::bench {
namespace {

constexpr double kGoal = 1.10;      // ratio of wall time
constexpr double kPauseGoal = 100;  // milliseconds

struct Options {
  int64_t records = 0;
  int64_t pairs = 0;
  int64_t large_records = 0;
  std::vector<std::string> backends;
  bool json = false;
};

// What a job reads and how it sums it up.
struct Workload {
  std::string topic;
  uint32_t stores = 0;
  int64_t records = 0;
  std::string window;
};

// Runs the job into `target`; ends the program on an error. `backend`: "" = no checkpoints.
engine::JobMetrics RunJob(const Services& services, const Workload& load, const std::string& target,
                          const std::string& backend) {
  static const std::vector<connect::FormatDef> formats = app::Formats();
  static const std::vector<connect::ConnectorDef> connectors = app::Connectors();
  engine::SessionEnvironment environment;
  environment.connectors = &connectors;
  environment.formats = &formats;
  environment.connect.formats = &formats;
  environment.config["pipeline.name"] = target;
  if (!backend.empty()) {
    environment.config["execution.checkpointing.interval"] = "1 s";
    environment.config["state.backend"] = backend;
  }
  engine::Session session(environment);
  const std::string script = fmt::format(
      "CREATE TABLE sales (store_id VARCHAR, sale_amount INT, sale_ts TIMESTAMP(3), WATERMARK FOR sale_ts AS sale_ts - "
      "INTERVAL '5' SECOND) WITH ('connector' = 'kafka', 'topic' = '{0}', 'properties.bootstrap.servers' = '{1}', "
      "'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset', 'format' = 'avro-confluent', "
      "'avro-confluent.url' = '{2}');"
      "CREATE TABLE totals (store_id VARCHAR, window_start TIMESTAMP(3), aggregated_sales INT) WITH ('connector' = "
      "'kafka', 'topic' = '{3}', 'properties.bootstrap.servers' = '{1}', 'format' = 'json');"
      "INSERT INTO totals SELECT store_id, window_start, SUM(sale_amount) FROM TABLE(TUMBLE(TABLE sales, "
      "DESCRIPTOR(sale_ts), INTERVAL {4})) GROUP BY store_id, window_start, window_end;",
      load.topic, services.bootstrap(), services.registry_url(), target, load.window);
  for (const sql::ScriptPiece& piece : sql::SplitScript(script)) {
    auto result = session.ExecuteText(piece.text);
    if (result.ok() && result->kind != engine::StatementResult::Kind::kInsert) continue;
    auto job = result.ok() ? engine::Job::Start(result->plan, {.job_id = "bench", .settings = result->settings})
                           : Result<std::unique_ptr<engine::Job>>(result.error());
    if (job.ok()) (*job)->Wait();
    if (!job.ok() || (*job)->state() != engine::JobState::kFinished) {
      fmt::print(stderr, "{}\n", (job.ok() ? (*job)->error() : job.error()).ToString());
      std::exit(1);
    }
    const engine::JobMetrics metrics = (*job)->metrics();
    if (metrics.records_in != load.records) {
      fmt::print(stderr, "{} of {} records were read; no time is worth printing\n", metrics.records_in, load.records);
      std::exit(1);
    }
    return metrics;
  }
  return {};
}

// What readers of committed data see, sorted.
std::vector<std::string> CommittedRows(const Services& services, const std::string& topic) {
  kafka::ClientConfig config = kafka::ClientConfig::For(services.bootstrap());
  config.properties["isolation.level"] = "read_committed";
  auto admin = kafka::AdminClient::Create(config);
  auto consumer = kafka::PartitionConsumer::Create(config);
  CHECK(admin.ok() && consumer.ok());
  const auto description = (*admin)->DescribeTopic(topic);
  CHECK(description.ok());
  for (const auto& partition : description->partitions) CHECK((*consumer)->Add({{topic, partition.id}, 0, {}}).ok());
  std::vector<std::string> rows;
  for (size_t ended = 0; ended < description->partitions.size();) {
    const auto batch = (*consumer)->Poll(1'000, kBatchRows);
    CHECK(batch.ok());
    for (const kafka::MessageView& message : batch->messages) rows.emplace_back(message.value, message.value_size);
    ended += batch->ends.size();
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

struct Pair {
  Sample without;
  Sample with;
  uint64_t checkpoints = 0;
  double WallRatio() const { return with.wall / without.wall; }
  double CpuRatio() const { return with.cpu / without.cpu; }
};

// Which of the two goes first changes from pair to pair.
Pair RunPair(const Services& services, const Workload& load, int64_t number) {
  const std::string plain = fmt::format("{}-plain-{}", load.topic, number);
  const std::string exact = fmt::format("{}-exact-{}", load.topic, number);
  Pair pair;
  const auto without = [&] { pair.without = Time(load.records, [&] { RunJob(services, load, plain, ""); }); };
  if (number % 2 == 0) without();
  pair.with = Time(load.records, [&] { pair.checkpoints = RunJob(services, load, exact, "hashmap").last_checkpoint; });
  if (number % 2 == 1) without();
  // The first pair warms up, and its rows are compared.
  if (number > 0) return pair;
  if (const auto rows = CommittedRows(services, exact); rows.empty() || rows != CommittedRows(services, plain)) {
    fmt::print(stderr, "the two runs differ; no time is worth printing\n");
    std::exit(1);
  }
  return pair;
}

template <typename Value>
std::vector<double> Each(const std::vector<Pair>& pairs, const Value& value) {
  std::vector<double> out;
  for (const Pair& pair : pairs) out.push_back(value(pair));
  return out;
}

bool MeasureCost(const Options& options, const Services& services, const Workload& load) {
  std::vector<Pair> pairs;
  RunPair(services, load, 0);
  for (int64_t i = 1; i <= options.pairs; ++i) pairs.push_back(RunPair(services, load, i));
  const double with = Median(Each(pairs, [](const Pair& pair) { return pair.with.wall; }));
  const std::vector<double> wall = Each(pairs, [](const Pair& pair) { return pair.WallRatio(); });
  const std::vector<double> cpu = Each(pairs, [](const Pair& pair) { return pair.CpuRatio(); });
  const auto [wall_low, wall_high] = std::minmax_element(wall.begin(), wall.end());
  const auto [cpu_low, cpu_high] = std::minmax_element(cpu.begin(), cpu.end());
  const std::vector<double> plain = Each(pairs, [](const Pair& pair) { return pair.without.wall; });
  const auto [plain_low, plain_high] = std::minmax_element(plain.begin(), plain.end());
  const double without = Median(plain);
  const bool noisy = *plain_high > *plain_low * 1.1;
  int64_t checkpoints = 0;
  for (const Pair& pair : pairs) checkpoints += static_cast<int64_t>(pair.checkpoints);
  if (options.json) {
    codec::Json row = codec::Json::MakeObject();
    row.Set("job", "checkpoint").Set("records", load.records).Set("pairs", options.pairs);
    row.Set("wall_ns_without", without).Set("wall_ns_with", with);
    row.Set("wall_ratio", Median(wall)).Set("wall_ratio_min", *wall_low).Set("wall_ratio_max", *wall_high);
    row.Set("cpu_ratio", Median(cpu)).Set("cpu_ratio_min", *cpu_low).Set("cpu_ratio_max", *cpu_high);
    row.Set("checkpoints", checkpoints).Set("noisy", noisy);
    fmt::print("{}\n", row.ToString());
  } else {
    fmt::print("{} records of {} stores, {:.1f} s per run, {} pairs, medians\n", FormatCount(load.records), load.stores,
               without * static_cast<double>(load.records) / 1e9, options.pairs);
    fmt::print("wall ns per record: {:.1f} without checkpoints, {:.1f} with one per second ({} in all)\n", without,
               with, checkpoints);
    fmt::print("ratio of wall time {:.3f} ({:.3f} .. {:.3f}), of CPU time {:.3f} ({:.3f} .. {:.3f})\n", Median(wall),
               *wall_low, *wall_high, Median(cpu), *cpu_low, *cpu_high);
    fmt::print("goal: wall at most {:.2f}: {}{}\n", kGoal, Median(wall) <= kGoal ? "reached" : "missed",
               noisy ? " (noisy: runs without checkpoints differ by more than 10 %)" : "");
  }
  std::fflush(stdout);
  return Median(wall) <= kGoal;
}

// One window over all records: when the last snapshot is taken nearly every store has a row in it.
bool MeasurePause(const Options& options, const Services& services, const Workload& load, const std::string& backend) {
  std::vector<double> pauses;
  uint64_t checkpoints = 0;
  for (int64_t i = 0; i < 3; ++i) {
    const auto metrics = RunJob(services, load, fmt::format("{}-{}-{}", load.topic, backend, i), backend);
    pauses.push_back(static_cast<double>(metrics.snapshot_micros) / 1e3);
    checkpoints += metrics.last_checkpoint;
  }
  const auto [low, high] = std::minmax_element(pauses.begin(), pauses.end());
  if (options.json) {
    codec::Json row = codec::Json::MakeObject();
    row.Set("job", "snapshot").Set("backend", backend).Set("keys", int64_t{load.stores});
    row.Set("checkpoints", static_cast<int64_t>(checkpoints));
    row.Set("pause_ms", Median(pauses)).Set("pause_ms_min", *low).Set("pause_ms_max", *high);
    fmt::print("{}\n", row.ToString());
  } else {
    fmt::print(
        "{}: a snapshot of {} keys keeps the slot from its rows for {:.1f} ms ({:.1f} .. {:.1f}; the longest of "
        "each of 3 runs, {} checkpoints); goal: at most {:.0f}: {}\n",
        backend, FormatCount(load.stores), Median(pauses), *low, *high, checkpoints, kPauseGoal,
        *high <= kPauseGoal ? "reached" : "missed");
  }
  std::fflush(stdout);
  return *high <= kPauseGoal;
}

Result<int> Main(const std::vector<std::string>& words) {
  app::ArgumentSpec spec{
      .command = "checkpoint_bench",
      .summary =
          "What exactly-once with a checkpoint per second costs, in turns with no checkpoints; and how long a "
          "snapshot of 1 M keys keeps a job from its rows.",
      .flags = {}};
  spec.flags = {{"--records", "N", "records of a run; 0 = leave the pairs out", "20000000"},
                {"--pairs", "N", "timed pairs", "7"},
                {"--large-records", "N", "records over 1 M keys; 0 = leave the snapshots out", "8000000"},
                {"--backend", "NAME", "state backend of the snapshots; may be repeated (default: hashmap)", "", true},
                {"--json", "", "a line of JSON per measurement", ""},
                {"--gate", "", "exit code 1 when a goal is missed", ""}};
  MR_ASSIGN(const app::Arguments arguments, app::Arguments::Parse(spec, words));
  if (!arguments.help().empty()) {
    fmt::print("{}", arguments.help());
    return 0;
  }
  Options options{.backends = arguments.GetAll("backend"), .json = arguments.Has("json")};
  MR_ASSIGN(options.records, arguments.GetInt("records", 0, INT64_MAX));
  MR_ASSIGN(options.pairs, arguments.GetInt("pairs", 1, 1000));
  MR_ASSIGN(options.large_records, arguments.GetInt("large-records", 0, INT64_MAX));
  if (options.backends.empty()) options.backends = {"hashmap"};
  const auto services = Services::Start();
  MR_ASSIGN(const int32_t schema_id, RegisterSaleSchema(*services));
  bool reached = true;
  if (options.records > 0) {
    const Workload load{"SALES", 1'000, options.records, "'60' SECOND"};
    ProduceSales(*services, load.topic, load.stores, schema_id, load.records);
    reached &= MeasureCost(options, *services, load);
  }
  if (options.large_records > 0) {
    const Workload load{"SALES_1M", 1'000'000, options.large_records, "'1' DAY"};
    ProduceSales(*services, load.topic, load.stores, schema_id, load.records);
    for (const std::string& backend : options.backends) reached &= MeasurePause(options, *services, load, backend);
  }
  return reached || !arguments.Has("gate") ? 0 : 1;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  const auto code = millrace::bench::Main({argv + 1, argv + argc});
  if (code.ok()) return *code;
  fmt::print(stderr, "error: {}\n", code.error().ToString());
  return 2;
}
