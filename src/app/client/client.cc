#include "app/client/client.h"

#include <unistd.h>

#include <chrono>
#include <random>

#include <fmt/format.h>

#include "app/command.h"
#include "base/strings.h"
#include "engine/local_jobs.h"
#include "sql/parser.h"
#include "sql/script.h"

namespace millrace::app::client {
namespace {

using engine::StatementResult;

constexpr std::string_view kPrompt = "Flink SQL> ";
constexpr size_t kUncapped = SIZE_MAX;

double Seconds(int64_t begin_nanos) { return static_cast<double>(SystemClock().MonotonicNanos() - begin_nanos) / 1e9; }

// The statement as file mode echoes it: continuation lines begin with "> ".
std::string Echo(std::string_view statement) {
  return std::string(kPrompt) + ReplaceAll(Trim(statement), "\n", "\n> ") + "\n";
}

bool StartsJob(StatementResult::Kind kind) {
  return kind == StatementResult::Kind::kQuery || kind == StatementResult::Kind::kInsert;
}

}  // namespace

std::string NewJobId() {
  std::random_device device;
  std::string id;
  for (int i = 0; i < 4; ++i) id += fmt::format("{:08x}", device());
  return id;
}

std::string StatusLine(const std::string& name, const engine::JobMetrics& metrics, double records_per_second) {
  return fmt::format("job {}: {} records in ({}/s), watermark {}, {} windows closed, {} late rows{}", name,
                     FormatCount(metrics.records_in), FormatCount(static_cast<int64_t>(records_per_second)),
                     metrics.watermark == INT64_MIN   ? "none yet"
                     : metrics.watermark == INT64_MAX ? "at the end"
                                                      : FormatMillisUtc(metrics.watermark),
                     metrics.windows_fired, metrics.late_rows,
                     metrics.bad_records == 0 ? "" : fmt::format(", {} bad records", metrics.bad_records)) +
         (metrics.last_checkpoint == 0 ? "" : fmt::format(", checkpoint {}", metrics.last_checkpoint)) +
         (metrics.restarts == 0 ? "" : fmt::format(", {} restarts", metrics.restarts));
}

Client::Client(engine::SessionEnvironment environment, ClientOptions options)
    : options_(std::move(options)), session_(std::make_unique<engine::Session>(std::move(environment))) {}

Client::~Client() {
  for (RunningJob& job : jobs_) job.job->Cancel();
  for (RunningJob& job : jobs_) job.job->Wait();
}

bool Client::RunScript(std::string_view script) {
  if (options_.echo && !options_.quiet) options_.out("[INFO] Executing SQL from file.\n");
  for (const sql::ScriptPiece& piece : sql::SplitScript(script)) {
    if (options_.echo && !options_.quiet) options_.out("\n" + Echo(piece.text));
    if (!Execute(script, piece)) return false;
    if (quit_ || StopRequested()) break;
  }
  return true;
}

bool Client::RunInit(std::string_view script) {
  in_init_ = true;
  bool good = true;
  for (const sql::ScriptPiece& piece : sql::SplitScript(script)) {
    good = Execute(script, piece);
    if (!good || quit_) break;
  }
  in_init_ = false;
  return good;
}

bool Client::Execute(std::string_view script, const sql::ScriptPiece& piece) {
  const auto statement = sql::ParseStatement(piece.text, piece.position);
  auto result = statement.ok() ? session_->Execute(*statement, piece.text) : Result<StatementResult>(statement.error());
  if (!result.ok()) {
    PrintError(result.error(), script);
    return false;
  }
  for (const std::string& warning : result->warnings) options_.err("[WARN] " + warning + "\n");
  if (in_init_ && StartsJob(result->kind)) {
    PrintError(UserError("An init script only prepares the session: DDL, SET, USE, ADD JAR."), script);
    return false;
  }
  return Dispatch(*result);
}

bool Client::Dispatch(const StatementResult& result) {
  switch (result.kind) {
    case StatementResult::Kind::kMessage: Info(result.text); return true;
    case StatementResult::Kind::kRows: PrintRows(result); return true;
    case StatementResult::Kind::kText: options_.out(result.text + "\n"); return true;
    case StatementResult::Kind::kQuery: return RunQuery(result);
    case StatementResult::Kind::kInsert: return StartInsert(result);
    case StatementResult::Kind::kQuit:
      Info(engine::TextsOf(session_->environment().texts).quit);
      quit_ = true;
      return true;
    case StatementResult::Kind::kClear:
      if (interactive_) options_.out("\x1b[H\x1b[2J");
      return true;
    case StatementResult::Kind::kHelp: Help(); return true;
    case StatementResult::Kind::kShowJobs: ShowJobs(); return true;
    case StatementResult::Kind::kDescribeJob: return DescribeJob(result.job.id);
    case StatementResult::Kind::kStopJob: return StopJob(result.job);
  }
  return true;
}

bool Client::StartInsert(const StatementResult& result) {
  const engine::SessionTexts& texts = engine::TextsOf(session_->environment().texts);
  const bool wait = result.wait_for_job;
  Info(wait ? texts.insert_sync_submitting : texts.insert_submitting);
  const std::string& name = result.plan->job_name;
  const auto same = std::count_if(jobs_.begin(), jobs_.end(), [&](const RunningJob& job) { return job.name == name; });
  engine::JobOptions job_options = engine::MakeJobOptions(result, *session_);
  job_options.name = engine::NumberedName(name, static_cast<size_t>(same) + 1);
  // With a state folder a job is found again by its name.
  RunningJob running{.id = options_.state_dir.empty() ? NewJobId() : engine::StableJobId(job_options.name),
                     .name = name,
                     .start_millis = SystemClock().WallMillis()};
  job_options.job_id = running.id;
  if (!options_.state_dir.empty()) {
    job_options.checkpoint_directory = options_.state_dir + "/" + running.id;
    job_options.resumable = true;
  }
  auto job = engine::Job::Start(result.plan, std::move(job_options));
  if (!job.ok()) {
    PrintError(job.error(), "");
    return false;
  }
  running.job = std::move(*job);
  if (options_.directory != nullptr) options_.directory->Add(running.job);
  if (wait) {
    Info(texts.insert_sync_waiting);
  } else {
    Info(texts.insert_submitted);
    options_.out(fmt::format("Job ID: {}\n\n", running.id));
  }
  jobs_.push_back(std::move(running));
  if (!wait) return true;
  if (!WaitForJobs()) return false;
  Info(texts.insert_sync_complete);
  return true;
}

bool Client::RunQuery(const StatementResult& result) {
  const auto mode = session_->config().GetEnum("sql-client.execution.result-mode");
  if (!mode.ok()) {
    PrintError(mode.error(), "");
    return false;
  }
  if (!interactive_ && *mode != "tableau") {
    PrintError(UserError("In non-interactive mode, it only supports to use TABLEAU as value of "
                         "sql-client.execution.result-mode when execute query. Please add 'SET "
                         "sql-client.execution.result-mode=TABLEAU;' in the sql file.")
                   .WithCode("org.apache.flink.table.client.gateway.SqlExecutionException"),
               "");
    return false;
  }
  TableauStyle style;
  style.max_column_width =
      static_cast<size_t>(session_->config().GetInt("sql-client.display.max-column-width").value());
  style.print_time_cost = session_->config().GetBool("sql-client.display.print-time-cost").value();
  style.zone = session_->zone();
  const int64_t begin = SystemClock().MonotonicNanos();
  // Rows arrive on the job's threads and are printed by this one.
  std::mutex mutex;
  std::vector<Batch> arrived;
  engine::JobOptions job_options = engine::MakeJobOptions(result, *session_);
  job_options.job_id = NewJobId();
  job_options.on_rows = [&](const Batch& batch) {
    const std::lock_guard lock(mutex);
    arrived.push_back(batch);
  };
  auto job = engine::Job::Start(result.plan, std::move(job_options));
  if (!job.ok()) {
    PrintError(job.error(), "");
    return false;
  }
  const bool streaming = result.plan->streaming;
  StreamingTableau tableau(result.schema, style, options_.out);
  std::vector<std::vector<std::optional<std::string>>> rows;
  if (streaming) tableau.Begin();
  bool cancelled = false;
  for (bool ended = false; !ended;) {
    ended = (*job)->WaitFor(20);
    if (!cancelled && StopRequested()) {
      cancelled = true;
      (*job)->Cancel();
    }
    std::vector<Batch> batches;
    {
      const std::lock_guard lock(mutex);
      batches.swap(arrived);
    }
    for (const Batch& batch : batches) {
      if (streaming) {
        tableau.Rows(batch);
        continue;
      }
      for (size_t row = 0; row < batch.num_rows; ++row) {
        auto& cells = rows.emplace_back();
        for (const ColumnPtr& column : batch.columns) cells.emplace_back(CellText(*column, row, style.zone));
      }
    }
  }
  if (interactive_ && cancelled) ClearStopRequest();
  if ((*job)->state() == engine::JobState::kFailed) {
    PrintError((*job)->error(), "");
    return false;
  }
  if (streaming) {
    tableau.End(cancelled, Seconds(begin));
  } else {
    std::vector<std::string> names;
    for (const Field& field : result.schema.fields) names.push_back(field.name);
    options_.out(RenderTable(names, rows, style.max_column_width,
                             style.print_time_cost ? std::optional(Seconds(begin)) : std::nullopt));
  }
  return true;
}

void Client::PrintRows(const StatementResult& result) {
  std::vector<std::string> names;
  for (const Field& field : result.schema.fields) names.push_back(field.name);
  std::vector<std::vector<std::optional<std::string>>> rows;
  for (const ValueList& values : result.rows) {
    auto& cells = rows.emplace_back();
    for (size_t i = 0; i < values.size(); ++i) {
      cells.push_back(values[i].is_null()
                          ? std::nullopt
                          : std::optional(ValueToString(values[i], result.schema.fields[i].type, session_->zone())));
    }
  }
  options_.out(RenderTable(names, rows, kUncapped, std::nullopt));
}

Client::RunningJob* Client::FindJob(const std::string& id) {
  for (RunningJob& job : jobs_) {
    if (job.id == id) return &job;
  }
  return nullptr;
}

void Client::ShowJobs() {
  std::vector<std::vector<std::optional<std::string>>> rows;
  for (const RunningJob& job : jobs_) {
    rows.push_back({job.id, job.name, std::string(engine::JobStateName(job.job->state())),
                    ReplaceAll(FormatMillisUtc(job.start_millis), " ", "T")});
  }
  options_.out(RenderTable({"job id", "job name", "status", "start time"}, rows, kUncapped, std::nullopt));
}

bool Client::DescribeJob(const std::string& id) {
  const RunningJob* job = FindJob(id);
  if (job == nullptr) {
    PrintError(UserError(fmt::format("Job {} is not one of this session.", id)).WithHint("SHOW JOBS lists them."), "");
    return false;
  }
  options_.out(RenderTable({"job id", "job name", "status", "start time"},
                           {{job->id, job->name, std::string(engine::JobStateName(job->job->state())),
                             ReplaceAll(FormatMillisUtc(job->start_millis), " ", "T")}},
                           kUncapped, std::nullopt));
  return true;
}

bool Client::StopJob(const StatementResult::JobCommand& command) {
  RunningJob* job = FindJob(command.id);
  if (job == nullptr) {
    PrintError(
        UserError(fmt::format("Job {} is not one of this session.", command.id)).WithHint("SHOW JOBS lists them."), "");
    return false;
  }
  if (command.with_savepoint) {
    const auto path = job->job->StopWithSavepoint("", command.with_drain);
    if (!path.ok()) {
      PrintError(path.error(), "");
      return false;
    }
    options_.out(RenderTable({"savepoint path"}, {{*path}}, kUncapped, std::nullopt));
    return true;
  }
  job->job->Cancel();
  job->job->Wait();
  Info(engine::TextsOf(session_->environment().texts).ok);
  return true;
}

bool Client::WaitForJobs() {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  int64_t last_status = SystemClock().MonotonicNanos();
  bool cancelled = false;
  bool running = true;
  while (running) {
    running = false;
    for (RunningJob& job : jobs_) running |= !job.job->WaitFor(jobs_.size() == 1 ? 20 : 5);
    if (running && !cancelled && StopRequested()) {
      cancelled = true;
      for (RunningJob& job : jobs_) job.job->Stop();
    }
    const int64_t period = terminal ? 1'000'000'000 : 10'000'000'000;
    if (running && options_.live_status && SystemClock().MonotonicNanos() - last_status >= period) {
      last_status = SystemClock().MonotonicNanos();
      PrintStatus();
    }
  }
  ClearStatus();
  if (interactive_ && cancelled) ClearStopRequest();
  bool good = true;
  for (RunningJob& job : jobs_) {
    if (job.job->state() == engine::JobState::kFailed) {
      PrintError(job.job->error(), "");
      good = false;
    } else if (options_.live_status) {
      const auto metrics = job.job->metrics();
      options_.err(StatusLine(job.name, metrics, metrics.records_per_second) + "\n");
    }
  }
  return good;
}

void Client::PrintStatus() {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  std::string text;
  for (RunningJob& job : jobs_) {
    const engine::JobState state = job.job->state();
    if (engine::HasEnded(state)) continue;
    const auto metrics = job.job->metrics();
    if (!text.empty()) text += terminal ? "; " : "\n";
    text += state != engine::JobState::kRestarting
                ? StatusLine(job.name, metrics, metrics.records_per_second)
                : fmt::format("job {}: RESTARTING after {}", job.name, job.job->error().ToString());
  }
  status_shown_ = terminal && !text.empty();
  options_.err(terminal ? "\r\x1b[K" + text : text + "\n");
}

void Client::ClearStatus() {
  if (status_shown_) options_.err("\r\x1b[K");
  status_shown_ = false;
}

void Client::PrintError(const Error& error, std::string_view text) {
  ClearStatus();
  const std::string code = error.code.empty() ? "" : error.code + ": ";
  const std::string label = options_.color ? "\x1b[1;31m[ERROR]\x1b[0m" : "[ERROR]";
  options_.out(
      fmt::format("{} Could not execute SQL statement. Reason:\n{}{}\n\n", label, code, RenderError(error, text)));
}

void Client::Info(std::string_view text) {
  if (text.empty() || options_.quiet) return;
  const std::string label = options_.color ? "\x1b[1;34m[INFO]\x1b[0m " : "[INFO] ";
  options_.out(label + std::string(text) + "\n");
}

void Client::PrintGoodbye() {
  if (options_.quiet) return;
  if (options_.echo) options_.out(std::string(kPrompt) + "\n");
  options_.out("Shutting down the session...\ndone.\n");
}

}  // namespace millrace::app::client
