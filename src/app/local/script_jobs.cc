#include "app/local/script_jobs.h"

#include <fmt/format.h>

#include "sql/parser.h"
#include "sql/script.h"

namespace millrace::app {

Result<std::vector<std::shared_ptr<engine::Job>>> StartScriptJobs(std::string_view script,
                                                                  engine::SessionEnvironment environment,
                                                                  const std::string& state_dir) {
  using Kind = engine::StatementResult::Kind;
  engine::Session session(std::move(environment));
  std::vector<std::shared_ptr<engine::Job>> jobs;
  for (const sql::ScriptPiece& piece : sql::SplitScript(script)) {
    MR_ASSIGN(const auto statement, sql::ParseStatement(piece.text, piece.position));
    MR_ASSIGN(const engine::StatementResult result, session.Execute(statement));
    if (result.kind != Kind::kInsert) continue;
    engine::JobOptions options;
    options.job_id = engine::StableJobId(fmt::format("{}#{}", result.plan->job_name, jobs.size()));
    options.settings = result.settings;
    options.checkpoint_directory = state_dir + "/" + options.job_id;
    options.resumable = true;
    MR_ASSIGN(jobs.emplace_back(), engine::Job::Start(result.plan, std::move(options)));
  }
  if (jobs.empty()) return UserError("The script starts no job.").WithHint("It needs an INSERT INTO … SELECT.");
  return jobs;
}

}  // namespace millrace::app
