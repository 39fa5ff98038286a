#include "app/local/script_jobs.h"

#include <algorithm>

#include "engine/local_jobs.h"
#include "sql/parser.h"
#include "sql/script.h"

namespace millrace::app {

Result<std::vector<std::shared_ptr<engine::Job>>> StartScriptJobs(std::string_view script,
                                                                  engine::SessionEnvironment environment,
                                                                  const std::string& state_dir) {
  using Kind = engine::StatementResult::Kind;
  engine::Session session(std::move(environment));
  std::vector<std::shared_ptr<engine::Job>> jobs;
  std::vector<std::string> names;
  for (const sql::ScriptPiece& piece : sql::SplitScript(script)) {
    MR_ASSIGN(const auto statement, sql::ParseStatement(piece.text, piece.position));
    MR_ASSIGN(const engine::StatementResult result, session.Execute(statement, piece.text));
    if (result.kind != Kind::kInsert) continue;
    engine::JobOptions options = engine::MakeJobOptions(result, session);
    const auto same = std::count(names.begin(), names.end(), result.plan->job_name);
    options.name = engine::NumberedName(result.plan->job_name, static_cast<size_t>(same) + 1);
    names.push_back(result.plan->job_name);
    options.job_id = engine::StableJobId(options.name);
    options.checkpoint_directory = state_dir + "/" + options.job_id;
    options.resumable = true;
    MR_ASSIGN(jobs.emplace_back(), engine::Job::Start(result.plan, std::move(options)));
  }
  if (jobs.empty()) return UserError("The script starts no job.").WithHint("It needs an INSERT INTO … SELECT.");
  return jobs;
}

}  // namespace millrace::app
