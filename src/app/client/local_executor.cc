#include "app/client/local_executor.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "app/client/job_status.h"
#include "app/client/tableau.h"
#include "base/log.h"
#include "base/strings.h"
#include "engine/completion.h"
#include "engine/job_spec.h"
#include "engine/plan_job.h"
#include "engine/row_queue.h"
#include "server/gateway/result_json.h"
#include "sql/parser.h"

namespace millrace::app::client {
namespace {

using engine::StatementResult;

std::string JsonCell(const Value& value, const DataType& type, const TimeZone* zone) {
  std::string out;
  server::gateway::AppendJsonCell(out, value, type, zone);
  return out;
}

// A SELECT that runs in this process. The job starts with the first Next.
class LocalStream : public ResultStream {
 public:
  LocalStream(std::shared_ptr<plan::PhysicalPlan> plan, engine::JobOptions options, const TimeZone* zone,
              CellFormat cells)
      : plan_(std::move(plan)), options_(std::move(options)), zone_(zone), cells_(cells) {}

  ~LocalStream() override {
    Cancel();
    if (job_ != nullptr) job_->Wait();
  }

  Result<bool> Next(int64_t max_wait_millis, std::vector<ResultRow>* rows) override {
    if (job_ == nullptr) MR_TRY(Start());
    bool ended = false;
    // Not for ever: a job may be faster than this.
    for (size_t i = 0; i < engine::RowQueue::kBatchesAhead && !ended; ++i) {
      const auto batch = rows_->Take(i == 0 ? max_wait_millis : 0, ended);
      if (!batch) break;
      Append(*batch, rows);
    }
    if (ended && job_->state() == engine::JobState::kFailed) return job_->error();
    return !ended;
  }

  void Cancel() override {
    const std::lock_guard lock(job_mutex_);
    if (job_ != nullptr) job_->Cancel();
  }

 private:
  Status Start() {
    options_.rows = rows_;
    MR_ASSIGN(auto job, engine::Job::Start(plan_, std::move(options_)));
    const std::lock_guard lock(job_mutex_);
    job_ = std::move(job);
    return Ok();
  }

  void Append(const Batch& batch, std::vector<ResultRow>* rows) const {
    for (size_t row = 0; row < batch.num_rows; ++row) {
      ResultRow& out = rows->emplace_back();
      out.kind = batch.kind(row);
      for (const ColumnPtr& column : batch.columns) {
        out.cells.push_back(cells_ == CellFormat::kJson ? JsonCell(ColumnValue(*column, row), column->type(), zone_)
                                                        : CellText(*column, row, zone_));
      }
    }
  }

  std::shared_ptr<plan::PhysicalPlan> plan_;
  engine::JobOptions options_;
  const TimeZone* zone_;
  CellFormat cells_;
  std::shared_ptr<engine::RowQueue> rows_ = std::make_shared<engine::RowQueue>();
  std::mutex job_mutex_;              // between Start, on the reader's thread, and Cancel, on any
  std::unique_ptr<engine::Job> job_;  // last: its threads use the others
};

Outcome Table(const Schema& schema, const std::vector<ValueList>& rows, const TimeZone* zone, CellFormat format) {
  Outcome outcome{.kind = Outcome::Kind::kTable, .schema = schema};
  for (const ValueList& values : rows) {
    Cells& cells = outcome.rows.emplace_back();
    for (size_t i = 0; i < values.size(); ++i) {
      const DataType& type = schema.fields[i].type;
      if (values[i].is_null()) {
        cells.push_back(std::nullopt);
      } else {
        cells.push_back(format == CellFormat::kJson ? JsonCell(values[i], type, zone)
                                                    : ValueToString(values[i], type, zone));
      }
    }
  }
  return outcome;
}

Outcome TextTable(const std::vector<std::string>& header, const std::vector<ValueList>& rows, CellFormat format) {
  Schema schema;
  for (const std::string& name : header) schema.fields.push_back({name, DataType::String(), ""});
  return Table(schema, rows, nullptr, format);
}

const std::vector<std::string> kJobColumns = {"job id", "job name", "status", "start time"};

}  // namespace

LocalExecutor::LocalExecutor(engine::SessionEnvironment environment, LocalOptions options)
    : options_(std::move(options)), session_(std::move(environment)) {}

LocalExecutor::~LocalExecutor() {
  for (RunningJob& job : jobs_) job.job->Cancel();
  for (RunningJob& job : jobs_) job.job->Wait();
}

Result<Outcome> LocalExecutor::Execute(const sql::ScriptPiece& piece, Purpose purpose) {
  using Kind = StatementResult::Kind;
  MR_ASSIGN(const auto statement, sql::ParseStatement(piece.text, piece.position));
  MR_ASSIGN(const StatementResult result, session_.Execute(statement, piece.text));
  if (purpose == Purpose::kPrepare && (result.kind == Kind::kQuery || result.kind == Kind::kInsert))
    return UserError("An init script only prepares the session: DDL, SET, USE, ADD JAR.");
  Outcome outcome;
  switch (result.kind) {
    case Kind::kMessage: outcome.text = result.text; break;
    case Kind::kRows: outcome = Table(result.schema, result.rows, session_.zone(), options_.cells); break;
    case Kind::kText: outcome = {.kind = Outcome::Kind::kText, .text = result.text}; break;
    case Kind::kQuery: {
      engine::JobOptions job_options = engine::MakeJobOptions(result, session_);
      job_options.job_id = engine::NewJobId();
      outcome = {.kind = Outcome::Kind::kQuery,
                 .schema = result.schema,
                 .stream = std::make_unique<LocalStream>(result.plan, std::move(job_options), session_.zone(),
                                                         options_.cells)};
      break;
    }
    case Kind::kInsert: {
      MR_ASSIGN(outcome, Insert(result));
      break;
    }
    case Kind::kShowJobs: outcome = ShowJobs(); break;
    case Kind::kDescribeJob: {
      MR_ASSIGN(outcome, DescribeJob(result.job.id));
      break;
    }
    case Kind::kStopJob: {
      MR_ASSIGN(outcome, StopJob(result.job));
      break;
    }
    // The client's own commands do not come here.
    case Kind::kQuit:
    case Kind::kClear:
    case Kind::kHelp: break;
  }
  outcome.warnings = result.warnings;
  return outcome;
}

Result<Outcome> LocalExecutor::Insert(const StatementResult& result) {
  const std::string& name = result.plan->job_name;
  const auto same = std::count_if(jobs_.begin(), jobs_.end(), [&](const RunningJob& job) { return job.name == name; });
  engine::JobOptions job_options = engine::MakeJobOptions(result, session_);
  job_options.name = engine::NumberedName(name, static_cast<size_t>(same) + 1);
  // With a state folder a job is found again by its name.
  RunningJob running{.id = options_.state_dir.empty() ? engine::NewJobId() : engine::StableJobId(job_options.name),
                     .name = name,
                     .start_millis = SystemClock().WallMillis()};
  job_options.job_id = running.id;
  if (!options_.state_dir.empty()) {
    const std::string& directory = job_options.settings.checkpoints.directory;
    if (!directory.empty() && !std::exchange(told_folder_, true)) {
      Log(LogLevel::kWarn, "session", "'execution.checkpointing.dir' = '{}' has no effect here: --state-dir is {}.",
          directory, options_.state_dir);
    }
    job_options.checkpoint_directory = options_.state_dir + "/" + running.id;
    job_options.resumable = true;
  } else if (job_options.settings.checkpoints.enabled() && job_options.settings.checkpoints.directory.empty() &&
             !std::exchange(told_folder_, true)) {
    Log(LogLevel::kWarn, "session",
        "Checkpoints lie in a temporary folder and end with this process: with --state-dir DIR the script goes on "
        "where it ended.");
  }
  MR_ASSIGN(running.job, engine::Job::Start(result.plan, std::move(job_options)));
  if (options_.directory != nullptr) options_.directory->Add(running.job);
  jobs_.push_back(std::move(running));
  return Outcome{.kind = Outcome::Kind::kJob, .job_id = jobs_.back().id, .wait_for_job = result.wait_for_job};
}

Result<const LocalExecutor::RunningJob*> LocalExecutor::FindJob(const std::string& id) const {
  for (const RunningJob& job : jobs_) {
    if (job.id == id) return &job;
  }
  return UserError(fmt::format("Job {} is not one of this session.", id)).WithHint("SHOW JOBS lists them.");
}

Outcome LocalExecutor::JobTable(const std::vector<const RunningJob*>& jobs) const {
  std::vector<ValueList> rows;
  for (const RunningJob* job : jobs) {
    rows.push_back({Value(job->id), Value(job->name), Value(std::string(engine::JobStateName(job->job->state()))),
                    Value(ReplaceAll(FormatMillisUtc(job->start_millis), " ", "T"))});
  }
  return TextTable(kJobColumns, rows, options_.cells);
}

Outcome LocalExecutor::ShowJobs() const {
  std::vector<const RunningJob*> jobs;
  for (const RunningJob& job : jobs_) jobs.push_back(&job);
  return JobTable(jobs);
}

Result<Outcome> LocalExecutor::DescribeJob(const std::string& id) {
  MR_ASSIGN(const RunningJob* job, FindJob(id));
  return JobTable({job});
}

Result<Outcome> LocalExecutor::StopJob(const StatementResult::JobCommand& command) {
  MR_ASSIGN(const RunningJob* job, FindJob(command.id));
  if (command.with_savepoint) {
    MR_ASSIGN(std::string path, job->job->StopWithSavepoint("", command.with_drain));
    return TextTable({"savepoint path"}, {{Value(std::move(path))}}, options_.cells);
  }
  job->job->Cancel();
  job->job->Wait();
  return Outcome{.text = std::string(texts().ok)};
}

std::vector<OwnJob> LocalExecutor::OwnJobs() const {
  std::vector<OwnJob> jobs;
  for (const RunningJob& job : jobs_) {
    const engine::JobState state = job.job->state();
    OwnJob& own = jobs.emplace_back(OwnJob{.name = job.name});
    own.running = !engine::HasEnded(state);
    own.status = state == engine::JobState::kRestarting
                     ? fmt::format("job {}: RESTARTING after {}", job.name, job.job->error().ToString())
                     : StatusLine(job.name, job.job->metrics());
    if (state == engine::JobState::kFailed) own.error = job.job->error();
  }
  return jobs;
}

bool LocalExecutor::WaitForOwnJobs(int64_t millis) {
  const int64_t share = std::max<int64_t>(1, millis / static_cast<int64_t>(std::max<size_t>(1, jobs_.size())));
  bool ended = true;
  for (RunningJob& job : jobs_) ended &= job.job->WaitFor(share);
  return ended;
}

void LocalExecutor::StopOwnJobs() {
  for (RunningJob& job : jobs_) job.job->Stop();
}

Completion LocalExecutor::Complete(const std::string& text, size_t cursor) {
  engine::Completion found = session_.Complete(text, cursor);
  Completion completion{.begin = found.from};
  for (engine::Candidate& candidate : found.candidates) {
    completion.candidates.push_back({std::move(candidate.text), std::string(engine::CandidateKindName(candidate.kind)),
                                     std::move(candidate.detail)});
  }
  return completion;
}

}  // namespace millrace::app::client
