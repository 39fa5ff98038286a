#include "engine/plan_job.h"

#include <fmt/format.h>

#include "sql/parser.h"
#include "sql/script.h"

namespace millrace::engine {

Result<PlannedJob> PlanJob(const JobSpec& spec, const SessionEnvironment& environment) {
  using Kind = StatementResult::Kind;
  Session session(environment);
  PlannedJob planned;
  JobOptions& job = planned.options;
  job.script = spec.preparation + spec.statement + ";\n";
  for (const sql::ScriptPiece& piece : sql::SplitScript(job.script)) {
    if (planned.result.plan != nullptr) return UserError("Only the last statement of a job may read or write tables.");
    MR_ASSIGN(const sql::Statement statement, sql::ParseStatement(piece.text, piece.position));
    MR_ASSIGN(planned.result, session.Execute(statement, piece.text));
  }
  const Kind wanted = spec.query ? Kind::kQuery : Kind::kInsert;
  if (planned.result.plan == nullptr || planned.result.kind != wanted) {
    return UserError(fmt::format("A job is one {}.", spec.query ? "query" : "INSERT or statement set"));
  }
  job.job_id = spec.id;
  job.name = spec.name;
  job.query = spec.query;
  job.settings = planned.result.settings;
  job.config = session.config().Listing();
  job.checkpoint_directory = spec.checkpoint_directory;
  return planned;
}

}  // namespace millrace::engine
