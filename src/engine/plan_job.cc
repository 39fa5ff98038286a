#include "engine/plan_job.h"

#include <algorithm>

#include <fmt/format.h>

#include "sql/parser.h"
#include "sql/script.h"

namespace millrace::engine {

JobOptions MakeJobOptions(const StatementResult& result, const Session& session) {
  JobOptions job;
  const std::string preparation = session.Preparation();
  job.name = result.plan->job_name;
  job.settings = result.settings;
  job.script = preparation + result.statement + ";\n";
  job.statement_line = 1 + static_cast<uint32_t>(std::count(preparation.begin(), preparation.end(), '\n'));
  job.config = session.config().Listing();
  job.query = result.kind == StatementResult::Kind::kQuery;
  return job;
}

Result<PlannedJob> PlanJob(const JobSpec& spec, const SessionEnvironment& environment) {
  using Kind = StatementResult::Kind;
  Session session(environment);
  PlannedJob planned;
  const std::string script = spec.preparation + spec.statement + ";\n";
  for (const sql::ScriptPiece& piece : sql::SplitScript(script)) {
    if (planned.result.plan != nullptr) return UserError("Only the last statement of a job may read or write tables.");
    MR_ASSIGN(const sql::Statement statement, sql::ParseStatement(piece.text, piece.position));
    MR_ASSIGN(planned.result, session.Execute(statement, piece.text));
  }
  const Kind wanted = spec.query ? Kind::kQuery : Kind::kInsert;
  if (planned.result.plan == nullptr || planned.result.kind != wanted) {
    return UserError(fmt::format("A job is one {}.", spec.query ? "query" : "INSERT or statement set"));
  }
  JobOptions& job = planned.options;
  job = MakeJobOptions(planned.result, session);
  // Without the defaults of this process in front of it.
  job.script = script;
  job.statement_line = 1 + static_cast<uint32_t>(std::count(spec.preparation.begin(), spec.preparation.end(), '\n'));
  job.job_id = spec.id;
  job.name = spec.name;
  job.checkpoint_directory = spec.checkpoint_directory;
  return planned;
}

}  // namespace millrace::engine
