// The interactive side of the client: banner, prompt, highlighting, completion.
#include <fmt/format.h>

#include "app/client/client.h"
#include "app/client/highlight.h"
#include "app/client/line_editor.h"
#include "app/command.h"
#include "base/strings.h"
#include "sql/script.h"

namespace millrace::app::client {
namespace {

constexpr std::string_view kPrompt = "Flink SQL> ";

// Whether every statement of the text has its end.
bool IsComplete(const std::string& text) {
  sql::StatementBuffer buffer;
  for (const std::string& line : Split(text, '\n')) buffer.AddLine(line);
  while (buffer.Take()) {
  }
  return !buffer.pending();
}

}  // namespace

void Client::RunInteractive(const std::string& history_path) {
  interactive_ = true;
  options_.echo = false;
  if (!history_path.empty()) options_.out(fmt::format("Command history file path: {}\n", history_path));
  options_.out(fmt::format("Millrace SQL client. {}\n", executor_->Description()));
  options_.out("Statements end with ';'. Tab completes, HELP; lists commands, QUIT; or Ctrl-D leaves.\n\n");
  EditorHooks hooks;
  hooks.is_complete = IsComplete;
  if (options_.color) hooks.highlight = Highlight;
  hooks.complete = [this](const std::string& text, size_t cursor) { return executor_->Complete(text, cursor); };
  LineEditor editor(history_path, std::move(hooks));
  while (!quit_ && !TerminationRequested()) {
    ClearStopRequest();
    std::string text;
    const LineEditor::Outcome outcome = editor.Read(kPrompt, &text);
    if (outcome == LineEditor::Outcome::kEndOfInput) break;
    if (outcome == LineEditor::Outcome::kInterrupted) continue;
    for (const sql::ScriptPiece& piece : sql::SplitScript(text)) {
      if (!Execute(text, piece) || quit_) break;
    }
    options_.out("\n");
  }
}

void Client::Help() {
  Text(
      "The following commands are available:\n\n"
      "HELP             Prints the available commands.\n"
      "QUIT/EXIT        Quits the SQL client.\n"
      "CLEAR            Clears the terminal.\n"
      "SET              Sets a session property: SET 'key' = 'value'; SET; lists them.\n"
      "RESET            Resets a session property, or all of them.\n"
      "INSERT INTO      Starts a job that writes the result of a query into a table.\n"
      "SELECT           Runs a query and shows its rows; Ctrl-C ends it.\n"
      "SHOW JOBS        Lists the jobs: on a gateway those of the cluster, else of this process; STOP JOB 'id' ends "
      "one.\n"
      "CREATE, DROP, ALTER, SHOW, DESCRIBE, EXPLAIN, USE, BEGIN STATEMENT SET .. END, ADD JAR as in Flink SQL.");
}

}  // namespace millrace::app::client
