#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connect/connector.h"
#include "data/value.h"
#include "engine/compile.h"
#include "engine/config.h"
#include "engine/job_settings.h"
#include "engine/session_texts.h"
#include "plan/physical.h"

namespace millrace::sql {
struct Statement;
}

namespace millrace::engine {

struct CatalogTree;
struct Completion;
struct ExplainedJob;

// What a session is given by the process around it. The lists outlive the session and its jobs.
struct SessionEnvironment {
  const std::vector<connect::ConnectorDef>* connectors = nullptr;
  const std::vector<connect::FormatDef>* formats = nullptr;
  connect::Environment connect;               // `zone` is set by the session from table.local-time-zone
  std::map<std::string, std::string> config;  // cluster defaults: what RESET goes back to
  FlinkVersion texts = FlinkVersion::k1_20;   // whose message texts the session answers with
  bool optimize = true;                       // false: no planner rules, for tests that compare results
};

// What one statement brought about.
struct StatementResult {
  enum class Kind {
    kMessage,  // `text` is the line of success: "Execute statement succeeded."
    kRows,     // SHOW .., DESCRIBE, SET; : `schema` and `rows`
    kText,     // EXPLAIN, SHOW CREATE ..: `text` is printed as it is
    kQuery,    // SELECT: `plan` has one kCollect root, `schema` its columns
    kInsert,   // INSERT, or the end of a statement set: `plan` has one kSink root per INSERT
    // The caller acts, since the session knows no jobs, terminal or process.
    kQuit,
    kClear,
    kHelp,
    kShowJobs,
    kDescribeJob,  // `job.id`
    kStopJob,      // `job`
  };
  struct JobCommand {
    std::string id;
    bool with_savepoint = false;
    bool with_drain = false;
  };

  Kind kind = Kind::kMessage;
  std::string text;
  Schema schema;
  std::vector<ValueList> rows;
  std::shared_ptr<plan::PhysicalPlan> plan;
  std::string statement;      // of a plan: what made it, one statement without ";"; an open set becomes one
  bool wait_for_job = false;  // kInsert: table.dml-sync
  JobSettings settings;       // kInsert: checkpoints, restarts, state; kQuery: state
  JobCommand job;
  std::vector<std::string> warnings;  // one line each, for stderr
};

// The state between the statements of one user: catalogs, config, jars, an open statement set. Starts no jobs: a plan
// in the result is handed to engine::Job by the caller. One thread.
class Session {
 public:
  explicit Session(SessionEnvironment environment);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Runs one parsed statement. An error leaves the session as it was; its spans lie in the text the statement was
  // parsed from. `text` is the statement as it was written, for the scripts of jobs; "" = as the printer writes it.
  Result<StatementResult> Execute(const sql::Statement& statement, std::string_view text = {});
  // Parses `text`, one statement with or without ';', and runs it.
  Result<StatementResult> ExecuteText(std::string_view text);

  // The statement as it looks after one stage (millrace explain --stage=..). Runs nothing.
  Result<std::string> ExplainStage(std::string_view statement, Stage stage);

  // A script that brings a new session into the state of this one, each statement ended by ";\n": its settings as they
  // stand, with the cluster defaults that matter to a job, then what changed it (USE, ADD JAR, DDL ..) in the order it
  // was run. With the `statement` of a result behind it, it is the whole script of a job.
  std::string Preparation() const;

  // SET and RESET from outside SQL (-D key=value).
  void Set(std::string_view key, std::string_view value);
  void Reset(std::string_view key);
  const Config& config() const;
  const SessionEnvironment& environment() const;
  const SessionTexts& texts() const;  // of 'compat.flink-version', else of the environment
  // Of table.local-time-zone; UTC when its value is bad (the statement that needs it reports that).
  const TimeZone* zone() const;
  bool in_statement_set() const;

  // Names of the current database, sorted.
  std::vector<std::string> TableNames() const;
  std::vector<std::string> ColumnNames() const;  // of all its tables

  // What an editor asks; only Check changes the session.
  std::unique_ptr<Session> Clone() const;  // for Check
  // Whether the statement would be accepted: a query or INSERT is bound and not planned, all else is run.
  Status Check(const sql::Statement& statement, std::string_view text);
  // The plan of a query, INSERT or statement set; an EXPLAIN counts as what it explains.
  Result<ExplainedJob> Explain(const sql::Statement& statement) const;  // engine/session_view.h
  CatalogTree Catalogs() const;                                         // engine/session_view.h
  // What may be typed at byte `cursor` of `text`, which may hold several statements.
  Completion Complete(std::string_view text, size_t cursor) const;  // engine/completion.h

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace::engine
