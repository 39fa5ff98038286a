#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "app/client/executor.h"
#include "app/client/tableau.h"

namespace millrace::app::client {

struct ClientOptions {
  bool echo = true;    // file mode: prompt and statement before each result
  bool quiet = false;  // no banner, prompt or success lines; results and errors only
  bool color = false;
  bool terminal = false;    // stdin and stdout: full-screen results
  bool live_status = true;  // one line per second on stderr while jobs run
  bool json = false;        // results and errors as JSON lines; the executor's cells are JSON
  WriteText out;            // results
  WriteText err;            // errors of jobs, warnings, live status
};

// Runs statements and prints what Flink's SQL client prints (flink-sql.md 1.5), or JSON lines, wherever the statements
// run. One thread.
class Client {
 public:
  Client(std::unique_ptr<Executor> executor, ClientOptions options);

  // Runs a script statement by statement; the first failing one ends it. True when all succeeded.
  bool RunScript(std::string_view script);
  // An init script (-i): only statements that start no job.
  bool RunInit(std::string_view script);
  // Prompt, editing, history; ends with QUIT or Ctrl-D.
  void RunInteractive(const std::string& history_path);
  // Waits for the jobs of this process, with the live status line; Ctrl-C stops them. False when one failed.
  bool WaitForJobs();
  // "Shutting down the session...\ndone."
  void PrintGoodbye();

 private:
  // False when the statement failed. `piece` is one statement of `script`.
  bool Execute(std::string_view script, const sql::ScriptPiece& piece);
  bool Print(Outcome outcome);
  bool PrintJob(const Outcome& outcome);
  bool RunQuery(Outcome outcome);
  bool ShowQuery(const Outcome& outcome, const engine::Config& settings, std::string_view mode);
  bool PrintStream(Outcome& outcome, const engine::Config& settings);
  bool PrintBatch(Outcome& outcome, const engine::Config& settings);
  bool PrintJson(Outcome& outcome, bool streaming);
  // Reads rows until the stream's end or Ctrl-C (`*cancelled`); `take` gets what came.
  Status ReadRows(ResultStream& stream, bool* cancelled, const std::function<void(std::vector<ResultRow>&)>& take);
  bool Fail(const Error& error, std::string_view text = "");
  void Info(std::string_view text);
  void Text(std::string_view text);
  void Help();
  void PrintStatus();
  void ClearStatus();

  ClientOptions options_;
  std::unique_ptr<Executor> executor_;
  bool interactive_ = false;
  bool quit_ = false;
  bool in_init_ = false;
  bool status_shown_ = false;
  size_t jobs_told_ = 0;     // own jobs whose end has been told
  int64_t begin_nanos_ = 0;  // of the statement that runs
};

}  // namespace millrace::app::client
