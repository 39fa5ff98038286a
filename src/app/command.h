#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/flags.h"
#include "base/result.h"

namespace millrace::app {

inline constexpr const char* kVersion = "0.1.0";

// Exit codes of every sub-command.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;  // the work failed: a statement, a job, a check
inline constexpr int kExitUsage = 2;   // the command line is wrong

// One sub-command. Adding one = adding a file with a `Command XxxCommand()` and a row in commands.cc.
struct Command {
  ArgumentSpec spec;
  // Runs with parsed arguments (never with --help). An error is printed as "error: …" with its hint; exit code 1, or 2
  // for a UsageError.
  std::function<Result<int>(const Arguments&)> run;
};

std::vector<Command> AllCommands();

// SIGINT and SIGTERM ask to stop; a second Ctrl-C more than two seconds later ends the process at once.
void InstallStopSignals();
bool StopRequested();
bool TerminationRequested();            // SIGTERM: not for one statement but for the process; is not cleared
void OnSuddenExit(void (*put_back)());  // called before a signal ends the process at once; async-signal-safe
void RequestStop();
void ClearStopRequest();  // the interactive client: Ctrl-C stops one query, not the process
// Waits until a stop is asked for or `millis` have passed; true when stopping.
bool WaitForStop(int64_t millis);

}  // namespace millrace::app
