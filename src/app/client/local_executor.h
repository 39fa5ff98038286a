#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/client/executor.h"
#include "engine/job_directory.h"
#include "engine/session.h"

namespace millrace::app::client {

struct LocalOptions {
  engine::JobDirectory* directory = nullptr;  // takes every INSERT job; null = none; outlives the executor
  // Checkpoints of the INSERT jobs, found again by the next start, whatever 'execution.checkpointing.dir' says; "" =
  // none.
  std::string state_dir;
  CellFormat cells = CellFormat::kText;
};

// A session and its jobs in this process. The destructor cancels the jobs.
class LocalExecutor : public Executor {
 public:
  LocalExecutor(engine::SessionEnvironment environment, LocalOptions options);
  ~LocalExecutor() override;

  Result<Outcome> Execute(const sql::ScriptPiece& piece, Purpose purpose) override;
  Result<engine::Config> Settings() override { return session_.config(); }
  const engine::SessionTexts& texts() const override { return session_.texts(); }
  Completion Complete(const std::string& text, size_t cursor) override;
  std::string Description() const override { return "Jobs run in this process."; }

  std::vector<OwnJob> OwnJobs() const override;
  bool WaitForOwnJobs(int64_t millis) override;
  void StopOwnJobs() override;

 private:
  struct RunningJob {
    std::string id;
    std::string name;
    int64_t start_millis = 0;
    std::shared_ptr<engine::Job> job;
  };

  Result<Outcome> Insert(const engine::StatementResult& result);
  Outcome JobTable(const std::vector<const RunningJob*>& jobs) const;
  Outcome ShowJobs() const;
  Result<Outcome> DescribeJob(const std::string& id);
  Result<Outcome> StopJob(const engine::StatementResult::JobCommand& command);
  Result<const RunningJob*> FindJob(const std::string& id) const;

  LocalOptions options_;
  engine::Session session_;
  std::vector<RunningJob> jobs_;
  bool told_folder_ = false;
};

}  // namespace millrace::app::client
