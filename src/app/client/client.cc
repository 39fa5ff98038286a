#include "app/client/client.h"

#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "app/client/json_output.h"
#include "app/client/result_view.h"
#include "app/client/statement_kind.h"
#include "app/command.h"
#include "base/clock.h"
#include "base/strings.h"
#include "sql/script.h"

namespace millrace::app::client {
namespace {

constexpr std::string_view kPrompt = "Flink SQL> ";
constexpr std::string_view kResultMode = "sql-client.execution.result-mode";
constexpr size_t kUncapped = SIZE_MAX;
constexpr int64_t kPollMillis = 20;
constexpr size_t kChangelogRows = 1000;  // as many as Flink's client keeps

double Seconds(int64_t begin_nanos) { return static_cast<double>(SystemClock().MonotonicNanos() - begin_nanos) / 1e9; }

// The statement as file mode echoes it: continuation lines begin with "> ".
std::string Echo(std::string_view statement) {
  return std::string(kPrompt) + ReplaceAll(Trim(statement), "\n", "\n> ") + "\n";
}

// Flink's default, 'table', needs a terminal: a script has it only by its own choice, and is refused as by Flink's
// client.
Result<std::string> ResultMode(const engine::Config& settings, bool interactive) {
  const auto listing = settings.Listing();
  const bool chosen = std::any_of(listing.begin(), listing.end(),
                                  [](const auto& entry) { return engine::IsSameKey(entry.first, kResultMode); });
  if (!interactive && !chosen) return std::string("tableau");
  return settings.GetEnum(kResultMode);
}

Result<TableauStyle> StyleOf(const engine::Config& settings) {
  TableauStyle style;
  MR_ASSIGN(const int64_t width, settings.GetInt("sql-client.display.max-column-width"));
  style.max_column_width = static_cast<size_t>(std::max<int64_t>(width, 1));
  MR_ASSIGN(style.print_time_cost, settings.GetBool("sql-client.display.print-time-cost"));
  return style;
}

}  // namespace

Client::Client(std::unique_ptr<Executor> executor, ClientOptions options)
    : options_(std::move(options)), executor_(std::move(executor)) {}

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
  switch (CommandOf(piece.text)) {
    case ClientCommand::kQuit:
      Info(executor_->texts().quit);
      quit_ = true;
      return true;
    case ClientCommand::kClear:
      if (interactive_) options_.out("\x1b[H\x1b[2J");
      return true;
    case ClientCommand::kHelp: Help(); return true;
    case ClientCommand::kNone: break;
  }
  begin_nanos_ = SystemClock().MonotonicNanos();
  auto outcome = executor_->Execute(piece, in_init_ ? Executor::Purpose::kPrepare : Executor::Purpose::kRun);
  if (!outcome.ok()) return Fail(outcome.error(), script);
  for (const std::string& warning : outcome->warnings) options_.err("[WARN] " + warning + "\n");
  return Print(std::move(*outcome));
}

bool Client::Print(Outcome outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::kMessage: Info(outcome.text); return true;
    case Outcome::Kind::kTable:
      options_.out(options_.json ? JsonRows(outcome.schema, outcome.rows)
                                 : RenderTable(outcome.schema, outcome.rows, kUncapped, std::nullopt));
      return true;
    case Outcome::Kind::kText: Text(outcome.text); return true;
    case Outcome::Kind::kQuery: return RunQuery(std::move(outcome));
    case Outcome::Kind::kJob: return PrintJob(outcome);
  }
  return true;
}

bool Client::PrintJob(const Outcome& outcome) {
  const engine::SessionTexts& texts = executor_->texts();
  const bool sync = outcome.wait_for_job || outcome.job_ended;
  if (options_.json) {
    options_.out(JsonLine("jid", outcome.job_id));
  } else {
    Info(sync ? texts.insert_sync_submitting : texts.insert_submitting);
    Info(sync ? texts.insert_sync_waiting : texts.insert_submitted);
    if (!sync) options_.out(fmt::format("Job ID: {}\n\n", outcome.job_id));
  }
  if (!sync) return true;
  if (outcome.wait_for_job && !WaitForJobs()) return false;
  Info(texts.insert_sync_complete);
  return true;
}

bool Client::RunQuery(Outcome outcome) {
  const auto settings = executor_->Settings();
  if (!settings.ok()) return Fail(settings.error());
  const bool streaming = ToLower(settings->GetString("execution.runtime-mode")) != "batch";
  if (options_.json) return PrintJson(outcome, streaming);
  const auto mode = ResultMode(*settings, interactive_);
  if (!mode.ok()) return Fail(mode.error());
  if (!interactive_ && *mode != "tableau") {
    return Fail(UserError("In non-interactive mode, it only supports to use TABLEAU as value of "
                          "sql-client.execution.result-mode when execute query. Please add 'SET "
                          "sql-client.execution.result-mode=TABLEAU;' in the sql file.")
                    .WithCode("org.apache.flink.table.client.gateway.SqlExecutionException"));
  }
  if (options_.terminal && interactive_ && *mode != "tableau") return ShowQuery(outcome, *settings, *mode);
  return streaming ? PrintStream(outcome, *settings) : PrintBatch(outcome, *settings);
}

Status Client::ReadRows(ResultStream& stream, bool* cancelled,
                        const std::function<void(std::vector<ResultRow>&)>& take) {
  std::vector<ResultRow> rows;
  for (bool more = true; more;) {
    rows.clear();
    MR_ASSIGN(more, stream.Next(kPollMillis, &rows));
    take(rows);
    if (!*cancelled && StopRequested()) {
      *cancelled = true;
      stream.Cancel();
    }
  }
  if (interactive_ && *cancelled) ClearStopRequest();
  return Ok();
}

bool Client::ShowQuery(const Outcome& outcome, const engine::Config& settings, std::string_view mode) {
  const auto style = StyleOf(settings);
  if (!style.ok()) return Fail(style.error());
  ViewOptions view{.max_column_width = style->max_column_width};
  if (mode == "changelog") {
    view.mode = ResultModel::Mode::kChangelog;
    view.max_rows = kChangelogRows;
  } else {
    const auto rows = settings.GetInt("sql-client.execution.max-table-result.rows");
    if (!rows.ok()) return Fail(rows.error());
    if (*rows > 0) view.max_rows = static_cast<size_t>(*rows);
  }
  const auto ended = ShowResult(outcome.schema, *outcome.stream, view);
  ClearStopRequest();
  if (!ended.ok()) return Fail(ended.error());
  if (!*ended) Info("Result retrieval cancelled.");
  return true;
}

bool Client::PrintStream(Outcome& outcome, const engine::Config& settings) {
  const auto style = StyleOf(settings);
  if (!style.ok()) return Fail(style.error());
  StreamingTableau tableau(outcome.schema, *style, options_.out);
  tableau.Begin();
  bool cancelled = false;
  const Status status =
      ReadRows(*outcome.stream, &cancelled, [&](std::vector<ResultRow>& rows) { tableau.Rows(rows); });
  if (!status.ok()) return Fail(status.error());
  tableau.End(cancelled, Seconds(begin_nanos_));
  return true;
}

bool Client::PrintBatch(Outcome& outcome, const engine::Config& settings) {
  const auto style = StyleOf(settings);
  if (!style.ok()) return Fail(style.error());
  std::vector<Cells> all;
  bool cancelled = false;
  const Status status = ReadRows(*outcome.stream, &cancelled, [&](std::vector<ResultRow>& rows) {
    for (ResultRow& row : rows) all.push_back(std::move(row.cells));
  });
  if (!status.ok()) return Fail(status.error());
  options_.out(RenderTable(outcome.schema, all, style->max_column_width,
                           style->print_time_cost ? std::optional(Seconds(begin_nanos_)) : std::nullopt));
  return true;
}

// As they come, in batch mode too: no column waits for the widest cell.
bool Client::PrintJson(Outcome& outcome, bool streaming) {
  bool cancelled = false;
  const Status status = ReadRows(*outcome.stream, &cancelled, [&](std::vector<ResultRow>& rows) {
    if (streaming) return options_.out(JsonChanges(outcome.schema, rows));
    std::vector<Cells> cells;
    for (ResultRow& row : rows) cells.push_back(std::move(row.cells));
    options_.out(JsonRows(outcome.schema, cells));
  });
  return status.ok() || Fail(status.error());
}

bool Client::WaitForJobs() {
  const int64_t period = isatty(STDERR_FILENO) != 0 ? 1'000'000'000 : 10'000'000'000;
  int64_t last_status = SystemClock().MonotonicNanos();
  bool cancelled = false;
  while (!executor_->WaitForOwnJobs(kPollMillis)) {
    if (!cancelled && StopRequested()) {
      cancelled = true;
      executor_->StopOwnJobs();
    }
    if (options_.live_status && SystemClock().MonotonicNanos() - last_status >= period) {
      last_status = SystemClock().MonotonicNanos();
      PrintStatus();
    }
  }
  ClearStatus();
  if (interactive_ && cancelled) ClearStopRequest();
  bool good = true;
  const std::vector<OwnJob> jobs = executor_->OwnJobs();
  for (; jobs_told_ < jobs.size(); ++jobs_told_) {
    const OwnJob& job = jobs[jobs_told_];
    if (job.error) {
      good = Fail(*job.error);
    } else if (options_.live_status) {
      options_.err(job.status + "\n");
    }
  }
  return good;
}

void Client::PrintStatus() {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  std::string text;
  for (const OwnJob& job : executor_->OwnJobs()) {
    if (!job.running) continue;
    if (!text.empty()) text += terminal ? "; " : "\n";
    text += job.status;
  }
  status_shown_ = terminal && !text.empty();
  options_.err(terminal ? "\r\x1b[K" + text : text + "\n");
}

void Client::ClearStatus() {
  if (status_shown_) options_.err("\r\x1b[K");
  status_shown_ = false;
}

bool Client::Fail(const Error& error, std::string_view text) {
  ClearStatus();
  if (options_.json) {
    options_.out(JsonError(error));
    return false;
  }
  const std::string code = error.code.empty() ? "" : error.code + ": ";
  const std::string label = options_.color ? "\x1b[1;31m[ERROR]\x1b[0m" : "[ERROR]";
  options_.out(
      fmt::format("{} Could not execute SQL statement. Reason:\n{}{}\n\n", label, code, RenderError(error, text)));
  return false;
}

void Client::Info(std::string_view text) {
  if (text.empty() || options_.quiet) return;
  if (options_.json) return options_.out(JsonLine("message", text));
  const std::string label = options_.color ? "\x1b[1;34m[INFO]\x1b[0m " : "[INFO] ";
  options_.out(label + std::string(text) + "\n");
}

void Client::Text(std::string_view text) {
  options_.out(options_.json ? JsonLine("text", text) : std::string(text) + "\n");
}

void Client::PrintGoodbye() {
  if (options_.quiet || options_.json) return;
  if (options_.echo) options_.out(std::string(kPrompt) + "\n");
  options_.out("Shutting down the session...\ndone.\n");
}

}  // namespace millrace::app::client
