#include "app/local/script_jobs.h"

#include <algorithm>

#include "engine/job.h"
#include "engine/job_spec.h"
#include "sql/parser.h"
#include "sql/script.h"

namespace millrace::app {

Result<std::vector<std::string>> SubmitScriptJobs(std::string_view script,
                                                  const engine::SessionEnvironment& environment,
                                                  engine::JobService& jobs, Resubmit resubmit) {
  using Kind = engine::StatementResult::Kind;
  engine::Session session(environment);
  std::vector<engine::JobSpec> specs;
  std::vector<std::string> names;
  for (const sql::ScriptPiece& piece : sql::SplitScript(script)) {
    MR_ASSIGN(const auto statement, sql::ParseStatement(piece.text, piece.position));
    MR_ASSIGN(const engine::StatementResult result, session.Execute(statement, piece.text));
    if (result.kind != Kind::kInsert) continue;
    const auto same = std::count(names.begin(), names.end(), result.plan->job_name);
    names.push_back(result.plan->job_name);
    const std::string name = engine::NumberedName(result.plan->job_name, static_cast<size_t>(same) + 1);
    engine::JobSpec& spec = specs.emplace_back(engine::MakeJobSpec(result, session, engine::StableJobId(name)));
    spec.name = name;
    spec.resumable = resubmit == Resubmit::kAlways;
  }
  if (specs.empty()) return UserError("The script starts no job.").WithHint("It needs an INSERT INTO … SELECT.");
  std::vector<std::string> ids;
  for (const engine::JobSpec& spec : specs) {
    ids.push_back(spec.id);
    const auto known = jobs.Find(spec.id);
    if (known && known->ended() && resubmit == Resubmit::kNever) continue;
    MR_TRY(jobs.Submit(spec));
  }
  return ids;
}

}  // namespace millrace::app
