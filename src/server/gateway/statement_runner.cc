#include "server/gateway/statement_runner.h"

#include <fmt/format.h>

#include "base/log.h"
#include "data/column_builder.h"
#include "server/gateway/errors.h"
#include "sql/ast.h"
#include "sql/parser.h"

namespace millrace::server::gateway {
namespace {

using engine::JobReport;
using engine::StatementResult;
using Kind = StatementResult::Kind;

constexpr int64_t kLookMillis = 50;  // between two looks at a job that is waited for
constexpr int64_t kStopMillis = 10'000;

// What configure-session takes.
bool ConfiguresSession(sql::Statement::Kind kind) {
  using S = sql::Statement::Kind;
  switch (kind) {
    case S::kSet:
    case S::kReset:
    case S::kCreateTable:
    case S::kCreateView:
    case S::kCreateDatabase:
    case S::kCreateCatalog:
    case S::kCreateFunction:
    case S::kAlterTable:
    case S::kAlterView:
    case S::kAlterDatabase:
    case S::kAlterCatalog:
    case S::kAlterFunction:
    case S::kDrop:
    case S::kUseCatalog:
    case S::kUseDatabase:
    case S::kUseModules:
    case S::kLoadModule:
    case S::kUnloadModule:
    case S::kAddJar:
    case S::kRemoveJar: return true;
    default: return false;
  }
}

// Settings that go back to what they were.
class ScopedSettings {
 public:
  ScopedSettings(engine::Session& session, const std::map<std::string, std::string>& config) : session_(session) {
    const auto before = session.config().Listing();
    for (const auto& [key, value] : config) {
      const auto it = before.find(key);
      before_.emplace_back(key, it == before.end() ? std::nullopt : std::optional(it->second));
      session.Set(key, value);
    }
  }
  ~ScopedSettings() {
    for (const auto& [key, value] : before_) {
      if (value) {
        session_.Set(key, *value);
      } else {
        session_.Reset(key);
      }
    }
  }
  ScopedSettings(const ScopedSettings&) = delete;
  ScopedSettings& operator=(const ScopedSettings&) = delete;

 private:
  engine::Session& session_;
  std::vector<std::pair<std::string, std::optional<std::string>>> before_;
};

Batch RowsToBatch(const Schema& schema, const std::vector<ValueList>& rows) {
  Batch batch{.num_rows = rows.size(), .columns = {}};
  for (size_t i = 0; i < schema.size(); ++i) {
    ColumnBuilder builder(schema.fields[i].type);
    for (const ValueList& row : rows) {
      if (row[i].is_null()) {
        builder.AppendNull();
      } else {
        builder.AppendValue(row[i]);
      }
    }
    batch.columns.push_back(builder.Finish());
  }
  return batch;
}

StatementOutcome WholeResult(Schema schema, const std::vector<ValueList>& rows) {
  StatementOutcome out;
  out.rows = RowsToBatch(schema, rows);
  out.schema = std::move(schema);
  return out;
}

StatementOutcome OneText(std::string_view column, std::string text) {
  return WholeResult({{{std::string(column), DataType::String(), ""}}}, {{Value(std::move(text))}});
}

StatementOutcome Done() {
  StatementOutcome out = OneText("result", "OK");
  out.has_content = false;
  return out;
}

StatementOutcome JobTable(const std::vector<JobReport>& jobs) {
  const Schema schema = {{{"job id", DataType::String(), ""},
                          {"job name", DataType::String(), ""},
                          {"status", DataType::String(), ""},
                          {"start time", DataType::TimestampLtzOf(6), ""}}};
  std::vector<ValueList> rows;
  for (const JobReport& job : jobs)
    rows.push_back({Value(job.id), Value(job.name), Value(job.state), Value(Timestamp{job.start_millis, 0})});
  return WholeResult(schema, rows);
}

Error JobFailed(const JobReport& job) {
  if (job.failures.empty()) return UserError(fmt::format("Job {} has ended as {}.", job.id, job.state));
  const engine::FailureReport& last = job.failures.back();
  return UserError(last.text.empty() ? last.message : last.text).WithCode(last.code);
}

// The end of the job; nullopt when the wait was cancelled or too long (-1 = as long as it takes).
std::optional<JobReport> AwaitEnd(engine::JobService& jobs, const std::string& id, const Cancellation& cancellation,
                                  int64_t max_millis) {
  for (int64_t waited = 0; max_millis < 0 || waited < max_millis; waited += kLookMillis) {
    auto job = jobs.Find(id);
    if (!job || job->ended()) return job;
    if (cancellation.WaitFor(kLookMillis)) return std::nullopt;
  }
  return std::nullopt;
}

// A second job of the same name is "name#2": the name tells a job from all others of the cluster.
std::string FreeName(const std::string& name, const std::vector<JobReport>& jobs) {
  for (size_t ordinal = 1;; ++ordinal) {
    std::string numbered = ordinal == 1 ? name : fmt::format("{}#{}", name, ordinal);
    const bool taken = std::any_of(jobs.begin(), jobs.end(), [&](const JobReport& job) {
      return !job.ended() && !job.query && job.name == numbered;
    });
    if (!taken) return numbered;
  }
}

Status SubmitNamed(engine::JobSpec spec, SharedJobs& jobs) {
  const std::lock_guard lock(jobs.naming);
  spec.name = FreeName(spec.name, jobs.service.Jobs());
  return jobs.service.Submit(spec);
}

Result<StatementOutcome> Insert(const PreparedStatement& prepared, SharedJobs& shared,
                                const Cancellation& cancellation) {
  MR_TRY(SubmitNamed(prepared.spec, shared));
  engine::JobService& jobs = shared.service;
  const std::string& id = prepared.spec.id;
  if (prepared.result.wait_for_job) {
    const auto job = AwaitEnd(jobs, id, cancellation, -1);
    if (cancellation.cancels_job()) static_cast<void>(jobs.Cancel(id).ok());
    if (job && job->state != "FINISHED") return JobFailed(*job);
  }
  StatementOutcome out = OneText("job id", id);
  out.job_id = id;
  return out;
}

Result<StatementOutcome> Query(const PreparedStatement& prepared, engine::JobService& jobs) {
  StatementOutcome out;
  out.is_query = true;
  MR_ASSIGN(out.stream, jobs.Query(prepared.spec));
  out.schema = out.stream->schema();
  out.job_id = prepared.spec.id;
  return out;
}

Result<StatementOutcome> StopJob(const StatementResult::JobCommand& job, engine::JobService& jobs,
                                 const Cancellation& cancellation) {
  if (job.with_savepoint) {
    MR_ASSIGN(std::string path, jobs.StopWithSavepoint(job.id, "", job.with_drain));
    return OneText("savepoint path", std::move(path));
  }
  MR_TRY(jobs.Cancel(job.id));
  AwaitEnd(jobs, job.id, cancellation, kStopMillis);
  return Done();
}

Result<StatementOutcome> DescribeJob(const std::string& id, engine::JobService& jobs) {
  auto job = jobs.Find(id);
  if (!job) {
    return ValidationError(fmt::format("Described job {} does not exist in the cluster.", id))
        .WithHint("SHOW JOBS lists them.");
  }
  return JobTable({*std::move(job)});
}

Result<StatementOutcome> Dispatch(PreparedStatement prepared, SharedJobs& shared, const Cancellation& cancellation) {
  StatementResult& result = prepared.result;
  engine::JobService& jobs = shared.service;
  switch (result.kind) {
    case Kind::kMessage:
    case Kind::kQuit:
    case Kind::kClear:
    case Kind::kHelp: return Done();
    case Kind::kRows: return WholeResult(std::move(result.schema), result.rows);
    case Kind::kText: return OneText("result", std::move(result.text));
    case Kind::kQuery: return Query(prepared, jobs);
    case Kind::kInsert: return Insert(prepared, shared, cancellation);
    case Kind::kShowJobs: return JobTable(jobs.Jobs());
    case Kind::kDescribeJob: return DescribeJob(result.job.id, jobs);
    case Kind::kStopJob: return StopJob(result.job, jobs, cancellation);
  }
  return InternalError("unknown statement");
}

}  // namespace

Result<PreparedStatement> Prepare(engine::Session& session, const StatementRequest& request) {
  MR_ASSIGN(const sql::Statement statement, sql::ParseStatement(request.text));
  if (request.configures && !ConfiguresSession(statement.kind)) {
    return UserError(fmt::format("Unsupported statement for configuring session:{}", request.text))
        .WithCode("java.lang.UnsupportedOperationException")
        .WithHint("It takes SET, RESET, USE, ADD JAR, modules, and CREATE, DROP and ALTER.");
  }
  const ScopedSettings settings(session, request.config);
  PreparedStatement prepared;
  MR_ASSIGN(prepared.result, session.Execute(statement, request.text));
  prepared.zone = session.zone();
  if (prepared.result.plan != nullptr)
    prepared.spec = engine::MakeJobSpec(prepared.result, session, engine::NewJobId());
  return prepared;
}

Result<StatementOutcome> Perform(PreparedStatement prepared, SharedJobs& jobs, const Cancellation& cancellation) {
  if (cancellation.cancelled()) return UserError("The statement was cancelled.");
  for (const std::string& warning : prepared.result.warnings) Log(LogLevel::kWarn, "gateway", "{}", warning);
  const TimeZone* zone = prepared.zone;
  std::vector<std::string> warnings = std::move(prepared.result.warnings);
  MR_ASSIGN(StatementOutcome out, Dispatch(std::move(prepared), jobs, cancellation));
  out.warnings = std::move(warnings);
  out.zone = zone;
  return out;
}

}  // namespace millrace::server::gateway
