#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/client/tableau.h"
#include "engine/job_directory.h"
#include "engine/session.h"

namespace millrace::sql {
struct ScriptPiece;
}

namespace millrace::app::client {

struct ClientOptions {
  bool echo = true;    // file mode: prompt and statement before each result
  bool quiet = false;  // no banner, prompt or success lines; results and errors only
  bool color = false;
  bool live_status = true;                    // one line per second on stderr while jobs run
  engine::JobDirectory* directory = nullptr;  // takes every job that is started; null = none; outlives the client
  std::string state_dir;  // checkpoints of the INSERT jobs, found again by the next start; "" = none
  WriteText out;          // results
  WriteText err;          // errors of jobs, warnings, live status
};

// Runs statements on a session and prints what Flink's SQL client prints (flink-sql.md 1.5). Jobs run in this process:
// an INSERT goes on in the background, a SELECT in the foreground. One thread.
class Client {
 public:
  Client(engine::SessionEnvironment environment, ClientOptions options);
  ~Client();

  engine::Session& session() { return *session_; }

  // Runs a script statement by statement; the first failing one ends it. True when all succeeded.
  bool RunScript(std::string_view script);
  // An init script (-i): only statements that start no job.
  bool RunInit(std::string_view script);
  // Prompt, editing, history; ends with QUIT or Ctrl-D.
  void RunInteractive(const std::string& history_path);
  // Waits for the INSERT jobs, with the live status line; Ctrl-C cancels them. False when one failed.
  bool WaitForJobs();
  // "Shutting down the session...\ndone."
  void PrintGoodbye();

 private:
  struct RunningJob {
    std::string id;
    std::string name;
    int64_t start_millis = 0;
    std::shared_ptr<engine::Job> job;
  };

  // False when the statement failed. `piece` is one statement of `script`.
  bool Execute(std::string_view script, const sql::ScriptPiece& piece);
  bool Dispatch(const engine::StatementResult& result);
  bool StartInsert(const engine::StatementResult& result);
  bool RunQuery(const engine::StatementResult& result);
  void PrintRows(const engine::StatementResult& result);
  bool StopJob(const engine::StatementResult::JobCommand& command);
  void ShowJobs();
  bool DescribeJob(const std::string& id);
  RunningJob* FindJob(const std::string& id);
  void PrintError(const Error& error, std::string_view text);
  void Info(std::string_view text);
  void Help();
  void PrintStatus();
  void ClearStatus();

  ClientOptions options_;
  std::unique_ptr<engine::Session> session_;
  std::vector<RunningJob> jobs_;
  bool interactive_ = false;
  bool quit_ = false;
  bool in_init_ = false;
  bool status_shown_ = false;
};

// 32 hex digits.
std::string NewJobId();

// "job insert-into_…: RUNNING, 1.2M records in (350.0k/s), watermark 2026-01-01 00:00:55.000, 36 windows closed, 0 late
// rows"
std::string StatusLine(const std::string& name, const engine::JobMetrics& metrics, double records_per_second);

}  // namespace millrace::app::client
