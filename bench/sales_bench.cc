// The sales job: the hand-written bound and the engine through SQL, alternating in one run (limits.md section 7).
#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "app/flags.h"
#include "app/wiring.h"
#include "base/check.h"
#include "base/strings.h"
#include "bench/batches_connector.h"
#include "bench/measure.h"
#include "bench/sales_bound.h"
#include "bench/sales_topic.h"
#include "bench/services.h"
#include "codec/json.h"
#include "engine/job.h"
#include "engine/session.h"
#include "sql/script.h"

namespace millrace::bench {
namespace {

constexpr double kMemoryGoal = 3.0;  // ratio to the bound
// Through librdkafka: 220 ns of CPU per record where librdkafka by itself takes 150; on a slower machine the same
// ratio.
constexpr double kKafkaGoal = 220.0;
constexpr double kKafkaRatioGoal = kKafkaGoal / 150;

struct Options {
  int64_t records = 0;
  int64_t kafka_records = 0;
  int64_t pairs = 0;
  bool json = false;
  std::vector<uint32_t> stores = {3, 1'000, 1'000'000};
};

constexpr std::string_view kColumns =
    "store_id VARCHAR, sale_amount INT, sale_ts TIMESTAMP(3), WATERMARK FOR sale_ts AS sale_ts - INTERVAL '5' SECOND";
constexpr std::string_view kJob =
    "CREATE TABLE totals (store_id VARCHAR, window_start TIMESTAMP(3), aggregated_sales INT) WITH ('connector' = "
    "'batches');"
    "INSERT INTO totals SELECT store_id, window_start, SUM(sale_amount) "
    "FROM TABLE(TUMBLE(TABLE sales, DESCRIPTOR(sale_ts), INTERVAL '60' SECOND)) GROUP BY store_id, window_start, "
    "window_end;";

// Runs a script on a fresh session; ends the program on an error.
void RunEngine(const std::string& script, BatchesTables* tables) {
  static const std::vector<connect::FormatDef> formats = app::Formats();
  std::vector<connect::ConnectorDef> connectors = app::Connectors();
  connectors.push_back(BatchesConnector(tables));
  engine::SessionEnvironment environment;
  environment.connectors = &connectors;
  environment.formats = &formats;
  environment.connect.formats = &formats;
  engine::Session session(environment);
  for (const sql::ScriptPiece& piece : sql::SplitScript(script)) {
    auto result = session.ExecuteText(piece.text);
    if (!result.ok()) {
      fmt::print(stderr, "{}\n", RenderError(result.error(), piece.text));
      std::exit(1);
    }
    if (result->kind != engine::StatementResult::Kind::kInsert) continue;
    auto job = engine::Job::Start(result->plan, {});
    CHECK(job.ok());
    (*job)->Wait();
    if ((*job)->state() != engine::JobState::kFinished) {
      fmt::print(stderr, "{}\n", (*job)->error().ToString());
      std::exit(1);
    }
  }
}

void CheckSame(std::vector<WindowRow> bound, std::vector<WindowRow> engine, std::string_view what) {
  std::sort(bound.begin(), bound.end());
  std::sort(engine.begin(), engine.end());
  if (bound == engine && !bound.empty()) return;
  fmt::print(stderr, "{}: the bound has {} rows and the engine {}, and they differ; no time is worth printing\n", what,
             bound.size(), engine.size());
  std::exit(1);
}

struct Series {
  std::vector<double> bound;
  std::vector<double> engine;
  std::vector<double> ratio;
  std::vector<double> engine_wall;

  // One untimed pair, then `pairs` timed ones, in turns.
  static Series Run(int64_t pairs, int64_t records, const std::function<void()>& bound,
                    const std::function<void()>& engine) {
    Series out;
    for (int64_t i = 0; i <= pairs; ++i) {
      const Sample b = Time(records, bound);
      const Sample e = Time(records, engine);
      if (i == 0) continue;
      out.bound.push_back(b.cpu);
      out.engine.push_back(e.cpu);
      out.engine_wall.push_back(e.wall);
      out.ratio.push_back(e.cpu / b.cpu);
    }
    return out;
  }
};

void Report(const Options& options, std::string_view input, uint32_t stores, int64_t records, const Series& series,
            const Canaries& canaries) {
  const auto [low, high] = std::minmax_element(series.ratio.begin(), series.ratio.end());
  const auto [bound_low, bound_high] = std::minmax_element(series.bound.begin(), series.bound.end());
  const double bound = Median(series.bound);
  const double engine = Median(series.engine);
  const bool noisy = *bound_high > *bound_low * 1.1;
  if (options.json) {
    codec::Json row = codec::Json::MakeObject();
    row.Set("job", "sales");
    row.Set("input", input);
    row.Set("stores", int64_t{stores});
    row.Set("records", records);
    row.Set("pairs", static_cast<int64_t>(series.ratio.size()));
    row.Set("bound_cpu_ns", bound);
    row.Set("engine_cpu_ns", engine);
    row.Set("engine_wall_ns", Median(series.engine_wall));
    row.Set("ratio", Median(series.ratio));
    row.Set("ratio_min", *low);
    row.Set("ratio_max", *high);
    row.Set("noisy", noisy);
    row.Set("ghz", canaries.ghz);
    row.Set("copy_gb_per_second", canaries.copy_gb_per_second);
    row.Set("crc_gb_per_second", canaries.crc_gb_per_second);
    fmt::print("{}\n", row.ToString());
  } else {
    fmt::print("{:<8} {:>9} {:>9} {:>9.1f} {:>9.1f} {:>7.2f} {:>6.2f} .. {:<6.2f} {:>9.1f}{}\n", input, stores,
               FormatCount(records), bound, engine, Median(series.ratio), *low, *high, 1000 / engine,
               noisy ? "  noisy" : "");
  }
  std::fflush(stdout);
}

bool FromMemory(const Options& options, const Services& services, int32_t schema_id, uint32_t stores,
                const Canaries& canaries) {
  const std::string input = MakeBatches(stores, schema_id, options.records, 500);
  BatchesTables tables{.input = input};
  const std::string script = fmt::format(
      "CREATE TABLE sales ({}) WITH ('connector' = 'batches', 'format' = 'avro-confluent', 'avro-confluent.url' = "
      "'{}');{}",
      kColumns, services.registry_url(), kJob);
  const bool large = stores > 100'000;
  const auto bound = [&](std::vector<WindowRow>* rows) {
    return large ? RunBatchedBound(input, rows) : RunFusedBound(input, rows);
  };
  {
    std::vector<WindowRow> expected;
    std::vector<WindowRow> got;
    bound(&expected);
    tables.rows = &got;
    RunEngine(script, &tables);
    CheckSame(std::move(expected), std::move(got), "memory");
    tables.rows = nullptr;
  }
  const Series series =
      Series::Run(options.pairs, options.records, [&] { bound(nullptr); }, [&] { RunEngine(script, &tables); });
  Report(options, "memory", stores, options.records, series, canaries);
  return Median(series.ratio) <= kMemoryGoal;
}

bool FromKafka(const Options& options, const Services& services, int32_t schema_id, uint32_t stores,
               const Canaries& canaries) {
  const std::string topic = fmt::format("SALES_{}", stores);
  ProduceSales(services, topic, stores, schema_id, options.kafka_records);
  BatchesTables tables;
  const std::string script = fmt::format(
      "CREATE TABLE sales ({}) WITH ('connector' = 'kafka', 'topic' = '{}', 'properties.bootstrap.servers' = '{}', "
      "'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset', 'format' = 'avro-confluent', "
      "'avro-confluent.url' = '{}');{}",
      kColumns, topic, services.bootstrap(), services.registry_url(), kJob);
  {
    std::vector<WindowRow> expected;
    std::vector<WindowRow> got;
    RunKafkaBound(services.bootstrap(), topic, options.kafka_records, &expected);
    tables.rows = &got;
    RunEngine(script, &tables);
    CheckSame(std::move(expected), std::move(got), "kafka");
    tables.rows = nullptr;
  }
  const Series series = Series::Run(
      options.pairs, options.kafka_records,
      [&] { RunKafkaBound(services.bootstrap(), topic, options.kafka_records, nullptr); },
      [&] { RunEngine(script, &tables); });
  Report(options, "kafka", stores, options.kafka_records, series, canaries);
  return Median(series.engine) <= kKafkaGoal || Median(series.ratio) <= kKafkaRatioGoal;
}

Result<int> Main(const std::vector<std::string>& words) {
  app::ArgumentSpec spec{
      .command = "sales_bench",
      .summary = "The sales job through SQL against the hand-written bound, in turns: CPU time per record and ratio.",
      .flags = {}};
  spec.flags = {{"--records", "N", "records in memory", "4000000"},
                {"--kafka-records", "N", "records read from the embedded broker; 0 = leave it out", "2000000"},
                {"--stores", "N", "number of stores in memory; may be repeated (default: 3, 1000, 1000000)", "", true},
                {"--pairs", "N", "timed pairs of each job", "7"},
                {"--json", "", "one line of JSON per job", ""},
                {"--gate", "", "exit code 1 when a goal is missed", ""}};
  MR_ASSIGN(const app::Arguments arguments, app::Arguments::Parse(spec, words));
  if (!arguments.help().empty()) {
    fmt::print("{}", arguments.help());
    return 0;
  }
  Options options;
  MR_ASSIGN(options.records, arguments.GetInt("records", 1, INT64_MAX));
  MR_ASSIGN(options.kafka_records, arguments.GetInt("kafka-records", 0, INT64_MAX));
  MR_ASSIGN(options.pairs, arguments.GetInt("pairs", 1, 1000));
  options.json = arguments.Has("json");
  if (arguments.Has("stores")) options.stores.clear();
  for (const std::string& text : arguments.GetAll("stores")) {
    const auto stores = ParseInt64(text);
    if (!stores || *stores < 1 || *stores > 1'000'000)
      return UserError(fmt::format("--stores takes 1 .. 1000000, not '{}'.", text));
    options.stores.push_back(static_cast<uint32_t>(*stores));
  }
  const auto services = Services::Start();
  MR_ASSIGN(const int32_t schema_id, RegisterSaleSchema(*services));
  const Canaries canaries = MeasureCanaries();
  if (!options.json) {
    fmt::print("machine: {:.2f} GHz, copies {:.1f} GB/s, crc-32c {:.1f} GB/s; {} pairs each, medians\n", canaries.ghz,
               canaries.copy_gb_per_second, canaries.crc_gb_per_second, options.pairs);
    fmt::print("{:<8} {:>9} {:>9} {:>9} {:>9} {:>7} {:>16} {:>9}\n", "input", "stores", "records", "bound ns",
               "engine ns", "ratio", "min .. max", "M rec/s");
  }
  bool reached = true;
  for (const uint32_t stores : options.stores) reached &= FromMemory(options, *services, schema_id, stores, canaries);
  if (options.kafka_records > 0) reached &= FromKafka(options, *services, schema_id, 1'000, canaries);
  if (!options.json) {
    fmt::print(
        "goals: ratio from memory at most {:.1f}; from kafka at most {:.0f} ns of CPU per record or, on a slower "
        "machine, a ratio of {:.2f}: {}\n",
        kMemoryGoal, kKafkaGoal, kKafkaRatioGoal, reached ? "reached" : "missed");
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
