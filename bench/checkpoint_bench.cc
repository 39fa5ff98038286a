// What exactly-once costs: the sales job from Kafka to Kafka without checkpoints and with one per second, in turns.
#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "app/flags.h"
#include "app/wiring.h"
#include "base/check.h"
#include "bench/measure.h"
#include "bench/sales_data.h"
#include "bench/services.h"
#include "codec/json.h"
#include "engine/job.h"
#include "engine/session.h"
#include "kafka/client/admin.h"
#include "kafka/client/consumer.h"
#include "kafka/client/producer.h"
#include "registry/client.h"
#include "sql/script.h"

namespace millrace::bench {
namespace {

constexpr double kGoal = 1.10;  // ratio of wall time
constexpr uint32_t kStores = 1'000;
constexpr const char* kTopic = "SALES";

struct Options {
  int64_t records = 0;
  int64_t pairs = 0;
  bool json = false;
};

void Produce(const Services& services, int32_t schema_id, int64_t records) {
  kafka::ClientConfig config = kafka::ClientConfig::For(services.bootstrap());
  config.properties["linger.ms"] = "20";
  auto admin = kafka::AdminClient::Create(config);
  CHECK(admin.ok());
  CHECK((*admin)->CreateTopic({.name = kTopic, .num_partitions = 1}).ok());
  auto producer = kafka::Producer::Create(config);
  CHECK(producer.ok());
  const auto handle = (*producer)->OpenTopic(kTopic);
  CHECK(handle.ok());
  SaleGenerator sales(kStores, schema_id);
  std::string key;
  std::string value;
  for (int64_t i = 0; i < records; ++i) {
    int64_t time = 0;
    sales.Next(&key, &value, &time);
    kafka::ProducerRecord record{.key = key.data(),
                                 .value = value.data(),
                                 .key_size = key.size(),
                                 .value_size = value.size(),
                                 .partition = 0,
                                 .timestamp = time};
    CHECK((*producer)->Send(*handle, std::span(&record, 1)).ok());
  }
  CHECK((*producer)->Flush().ok());
}

// Runs the job into `target`; how many checkpoints it took.
uint64_t RunJob(const Services& services, const std::string& target, bool exactly_once) {
  static const std::vector<connect::FormatDef> formats = app::Formats();
  static const std::vector<connect::ConnectorDef> connectors = app::Connectors();
  engine::SessionEnvironment environment;
  environment.connectors = &connectors;
  environment.formats = &formats;
  environment.connect.formats = &formats;
  environment.config["pipeline.name"] = target;
  if (exactly_once) environment.config["execution.checkpointing.interval"] = "1 s";
  engine::Session session(environment);
  const std::string script = fmt::format(
      "CREATE TABLE sales (store_id VARCHAR, sale_amount INT, sale_ts TIMESTAMP(3), WATERMARK FOR sale_ts AS sale_ts - "
      "INTERVAL '5' SECOND) WITH ('connector' = 'kafka', 'topic' = '{0}', 'properties.bootstrap.servers' = '{1}', "
      "'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset', 'format' = 'avro-confluent', "
      "'avro-confluent.url' = '{2}');"
      "CREATE TABLE totals (store_id VARCHAR, window_start TIMESTAMP(3), aggregated_sales INT) WITH ('connector' = "
      "'kafka', 'topic' = '{3}', 'properties.bootstrap.servers' = '{1}', 'format' = 'json');"
      "INSERT INTO totals SELECT store_id, window_start, SUM(sale_amount) FROM TABLE(TUMBLE(TABLE sales, "
      "DESCRIPTOR(sale_ts), INTERVAL '60' SECOND)) GROUP BY store_id, window_start, window_end;",
      kTopic, services.bootstrap(), services.registry_url(), target);
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
    return (*job)->metrics().last_checkpoint;
  }
  return 0;
}

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
  for (int quiet = 0; quiet < 10;) {
    const auto batch = (*consumer)->Poll(10'000, 100);
    CHECK(batch.ok());
    for (const kafka::MessageView& message : batch->messages) rows.emplace_back(message.value);
    quiet = batch->messages.empty() ? quiet + 1 : 0;
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

struct Pair {
  Sample without;
  Sample with;
  uint64_t checkpoints = 0;
};

void Report(const Options& options, const std::vector<Pair>& pairs) {
  std::vector<double> wall;
  std::vector<double> cpu;
  std::vector<double> without;
  std::vector<double> with;
  uint64_t checkpoints = 0;
  for (const Pair& pair : pairs) {
    wall.push_back(pair.with.wall / pair.without.wall);
    cpu.push_back(pair.with.cpu / pair.without.cpu);
    without.push_back(pair.without.wall);
    with.push_back(pair.with.wall);
    checkpoints += pair.checkpoints;
  }
  const auto [low, high] = std::minmax_element(wall.begin(), wall.end());
  if (options.json) {
    codec::Json row = codec::Json::MakeObject();
    row.Set("job", "checkpoint").Set("records", options.records).Set("pairs", options.pairs);
    row.Set("wall_ns_without", Median(without)).Set("wall_ns_with", Median(with));
    row.Set("wall_ratio", Median(wall)).Set("wall_ratio_min", *low).Set("wall_ratio_max", *high);
    row.Set("cpu_ratio", Median(cpu)).Set("checkpoints", static_cast<int64_t>(checkpoints));
    fmt::print("{}\n", row.ToString());
    return;
  }
  fmt::print("wall ns per record: {:.1f} without checkpoints, {:.1f} with one per second ({} in all)\n",
             Median(without), Median(with), checkpoints);
  fmt::print("ratio of wall time {:.3f} ({:.3f} .. {:.3f}), of CPU time {:.3f}; medians of {} pairs\n", Median(wall),
             *low, *high, Median(cpu), options.pairs);
  fmt::print("goal: at most {:.2f}: {}\n", kGoal, Median(wall) <= kGoal ? "reached" : "missed");
}

Result<int> Main(const std::vector<std::string>& words) {
  app::ArgumentSpec spec{
      .command = "checkpoint_bench",
      .summary = "What exactly-once with a checkpoint per second costs, in turns with no checkpoints.",
      .flags = {}};
  spec.flags = {{"--records", "N", "records of a run", "20000000"},
                {"--pairs", "N", "timed pairs", "5"},
                {"--json", "", "one line of JSON", ""},
                {"--gate", "", "exit code 1 when the goal is missed", ""}};
  MR_ASSIGN(const app::Arguments arguments, app::Arguments::Parse(spec, words));
  if (!arguments.help().empty()) {
    fmt::print("{}", arguments.help());
    return 0;
  }
  Options options{.json = arguments.Has("json")};
  MR_ASSIGN(options.records, arguments.GetInt("records", 1, INT64_MAX));
  MR_ASSIGN(options.pairs, arguments.GetInt("pairs", 1, 1000));
  const auto services = Services::Start();
  registry::ClientOptions registry_options;
  registry_options.urls = {services->registry_url()};
  registry::Content schema;
  schema.text = kSaleSchema;
  MR_ASSIGN(const int32_t schema_id, registry::Client(std::move(registry_options)).Register("SALES-value", schema));
  Produce(*services, schema_id, options.records);
  std::vector<Pair> pairs;
  for (int64_t i = 0; i <= options.pairs; ++i) {
    const std::string plain = fmt::format("plain-{}", i);
    const std::string exact = fmt::format("exact-{}", i);
    Pair pair;
    pair.without = Time(options.records, [&] { RunJob(*services, plain, false); });
    pair.with = Time(options.records, [&] { pair.checkpoints = RunJob(*services, exact, true); });
    if (i > 0) {  // the first one warms up, and its rows are compared
      pairs.push_back(pair);
      continue;
    }
    if (const auto rows = CommittedRows(*services, exact); rows.empty() || rows != CommittedRows(*services, plain)) {
      fmt::print(stderr, "the two runs differ; no time is worth printing\n");
      return 1;
    }
  }
  Report(options, pairs);
  std::vector<double> wall;
  for (const Pair& pair : pairs) wall.push_back(pair.with.wall / pair.without.wall);
  return Median(wall) <= kGoal || !arguments.Has("gate") ? 0 : 1;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  const auto code = millrace::bench::Main({argv + 1, argv + argc});
  if (code.ok()) return *code;
  fmt::print(stderr, "error: {}\n", code.error().ToString());
  return 2;
}
