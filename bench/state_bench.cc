// Keyed state: a window over more keys than memory holds, and how long a snapshot keeps rows waiting.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "app/flags.h"
#include "app/wiring.h"
#include "base/check.h"
#include "bench/measure.h"
#include "engine/job.h"
#include "engine/session.h"
#include "exec/testing/window_jobs.h"
#include "sql/script.h"
#include "state/disk_backend.h"
#include "state/testing/scratch.h"

namespace millrace::bench {
namespace {

constexpr int64_t kResidentGoal = 1LL << 30;
constexpr double kPauseGoal = 100;  // milliseconds, at 1 M keys

struct Options {
  int64_t keys = 0;
  int64_t slots = 0;
  std::string memory;
  std::vector<std::string> backends;
};

// Every key once, all in one window.
std::string Script(const Options& options, const std::string& backend) {
  return fmt::format(
      "SET 'state.backend' = '{}'; SET 'taskmanager.memory.managed.size' = '{}'; SET 'parallelism.default' = '{}';"
      "CREATE TABLE numbers (k BIGINT, v INT, ts AS TO_TIMESTAMP_LTZ(v, 3), WATERMARK FOR ts AS ts) WITH ("
      "'connector' = 'datagen', 'rows-per-second' = '1000000000', 'fields.k.kind' = 'sequence', 'fields.k.start' = "
      "'1', 'fields.k.end' = '{}', 'fields.v.min' = '1', 'fields.v.max' = '1000');"
      "CREATE TABLE sums (k BIGINT, window_start TIMESTAMP_LTZ(3), s INT, n BIGINT) WITH ('connector' = 'blackhole');"
      "INSERT INTO sums SELECT k, window_start, SUM(v), COUNT(*) FROM TABLE(TUMBLE(TABLE numbers, DESCRIPTOR(ts), "
      "INTERVAL '1' MINUTE)) GROUP BY k, window_start, window_end;",
      backend, options.memory, options.slots, options.keys);
}

// In a process of its own, so that its memory can be told. Fails unless the window gives a row for every key.
int RunJob(const Options& options, const std::string& backend) {
  static const std::vector<connect::FormatDef> formats = app::Formats();
  const std::vector<connect::ConnectorDef> connectors = app::Connectors();
  engine::SessionEnvironment environment;
  environment.connectors = &connectors;
  environment.formats = &formats;
  environment.connect.formats = &formats;
  engine::Session session(environment);
  int64_t rows = 0;
  for (const sql::ScriptPiece& piece : sql::SplitScript(Script(options, backend))) {
    auto result = session.ExecuteText(piece.text);
    if (!result.ok()) {
      fmt::print(stderr, "{}\n", RenderError(result.error(), piece.text));
      return 1;
    }
    if (result->kind != engine::StatementResult::Kind::kInsert) continue;
    auto job = engine::Job::Start(result->plan, {.settings = result->settings});
    CHECK(job.ok());
    (*job)->Wait();
    rows = (*job)->metrics().records_out;
    if ((*job)->state() != engine::JobState::kFinished) {
      fmt::print(stderr, "{}\n", (*job)->error().ToString());
      return 1;
    }
  }
  if (rows == options.keys) return 0;
  fmt::print(stderr, "the window gave {} rows instead of {}\n", rows, options.keys);
  return 1;
}

bool MeasureJob(const Options& options, const std::string& backend) {
  const int64_t begin = WallNanos();
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) ::_exit(RunJob(options, backend));
  int status = 0;
  rusage usage{};
  CHECK(::wait4(child, &status, 0, &usage) == child);
  const double wall = static_cast<double>(WallNanos() - begin) / 1e9;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  const double cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  fmt::print("{:<8} {:>11} keys {:>3} slots {:>7.1f} s {:>7.1f} s CPU {:>6.0f} ns CPU/row {:>6} MB resident{}\n",
             backend, options.keys, options.slots, wall, cpu, cpu * 1e9 / static_cast<double>(options.keys),
             usage.ru_maxrss >> 10, status == 0 ? "" : "  FAILED");
  std::fflush(stdout);
  return status == 0 && (backend == "hashmap" || (static_cast<int64_t>(usage.ru_maxrss) << 10) <= kResidentGoal);
}

// What the slot's thread does at a barrier, with 1 M groups in one window.
bool MeasurePause(const std::string& backend, const DataType& key_type) {
  constexpr int64_t kKeys = 1'000'000;
  const DataType bigint = DataType::Of(TypeKind::kBigInt);
  exec::testing::WindowJob job{.input = {key_type, bigint, DataType::TimestampOf(3).NotNull()},
                               .keys = {0},
                               .calls = {{"SUM", 1}, {"COUNT", {}}},
                               .window = {}};
  job.window.kind = plan::WindowKind::kTumble;
  job.window.size = job.window.slide = 60'000;
  job.window.time_column = 2;
  const state::testing::Scratch scratch;
  std::unique_ptr<state::Backend> disk;
  if (backend != "hashmap") {
    auto made = state::MakeDiskBackend(RealFileSystem(), {.directory = scratch.path() + "/local"});
    CHECK(made.ok());
    disk = std::move(*made);
  }
  exec::testing::Slot slot(job, 0, 1, disk.get());
  CHECK(slot.op->Open(slot.context).ok());
  exec::testing::Lines out;
  const bool text = key_type.physical() == Physical::kString;
  for (int64_t begin = 0; begin < kKeys; begin += kBatchRows) {
    ColumnBuilder keys(key_type);
    ColumnBuilder values(bigint);
    ColumnBuilder times(job.input[2]);
    Batch batch{.num_rows = static_cast<size_t>(std::min<int64_t>(kBatchRows, kKeys - begin))};
    for (size_t row = 0; row < batch.num_rows; ++row) {
      const int64_t key = begin + static_cast<int64_t>(row);
      text ? keys.AppendString(fmt::format("a key of some length {}", key)) : keys.Append(key);
      values.Append(key);
      times.AppendValue(Value(int64_t{1'000}));
    }
    for (ColumnBuilder* builder : {&keys, &values, &times}) batch.columns.push_back(builder->Finish());
    CHECK(slot.op->Process(std::move(batch), out).ok());
  }
  std::vector<double> millis;
  for (int repeat = 0; repeat < 9; ++repeat) {
    state::OperatorSnapshot snapshot;
    const int64_t begin = WallNanos();
    CHECK(slot.op->Snapshot(snapshot).ok());
    millis.push_back(static_cast<double>(WallNanos() - begin) / 1e6);
  }
  const double longest = *std::max_element(millis.begin(), millis.end());
  fmt::print("{:<8} snapshot of 1 M {} keys: {:.1f} ms, longest {:.1f} ms\n", backend, text ? "text" : "BIGINT",
             Median(millis), longest);
  return longest <= kPauseGoal;
}

Result<int> Main(const std::vector<std::string>& words) {
  app::ArgumentSpec spec{.command = "state_bench",
                         .summary =
                             "A TUMBLE with SUM and COUNT over many keys, each state backend: time and memory; "
                             "and how long a snapshot keeps rows waiting.",
                         .flags = {}};
  spec.flags = {{"--keys", "N", "distinct keys of the window; 0 = snapshots only", "50000000"},
                {"--slots", "N", "parallelism of the job", "1"},
                {"--memory", "SIZE", "taskmanager.memory.managed.size", "256 mb"},
                {"--backend", "NAME", "hashmap or rocksdb; may be repeated (default: rocksdb)", "", true},
                {"--gate", "", "exit code 1 when a goal is missed", ""}};
  MR_ASSIGN(const app::Arguments arguments, app::Arguments::Parse(spec, words));
  if (!arguments.help().empty()) {
    fmt::print("{}", arguments.help());
    return 0;
  }
  Options options;
  MR_ASSIGN(options.keys, arguments.GetInt("keys", 0, INT64_MAX));
  MR_ASSIGN(options.slots, arguments.GetInt("slots", 1, 128));
  options.memory = arguments.Get("memory");
  options.backends = arguments.GetAll("backend");
  if (options.backends.empty()) options.backends = {"rocksdb"};
  bool reached = true;
  for (const std::string& backend : options.backends) {
    if (options.keys > 0) reached &= MeasureJob(options, backend);
  }
  for (const char* backend : {"hashmap", "rocksdb"}) {
    reached &= MeasurePause(backend, DataType::Of(TypeKind::kBigInt).NotNull());
    reached &= MeasurePause(backend, DataType::String().NotNull());
  }
  fmt::print("goals: rocksdb within {} MB; the longest snapshot of 1 M keys within {:.0f} ms: {}\n",
             kResidentGoal >> 20, kPauseGoal, reached ? "reached" : "missed");
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
