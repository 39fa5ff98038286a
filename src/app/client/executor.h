#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/type.h"
#include "engine/config.h"
#include "engine/session_texts.h"
#include "sql/script.h"

namespace millrace::app::client {

// What the cells of an executor hold: text as the client shows it, or JSON.
enum class CellFormat { kText, kJson };
using Cells = std::vector<std::optional<std::string>>;  // nullopt = NULL

struct ResultRow {
  RowKind kind = RowKind::kInsert;
  Cells cells;
  bool operator==(const ResultRow&) const = default;
};

// The rows of a running SELECT. The destructor ends the query if it still runs.
class ResultStream {
 public:
  virtual ~ResultStream() = default;
  // Appends what has come, waiting at most about `max_wait_millis` for the first row. False behind the last row. An
  // error is that of the query.
  virtual Result<bool> Next(int64_t max_wait_millis, std::vector<ResultRow>* rows) = 0;
  // Any thread; Next comes to its end soon, without an error.
  virtual void Cancel() = 0;
};

// What a statement came to, wherever it ran.
struct Outcome {
  enum class Kind {
    kMessage,  // `text` is the line of success
    kTable,    // `schema` and `rows`
    kText,     // `text` is printed as it is
    kQuery,    // `schema` and `stream`
    kJob,      // `job_id` has been submitted
  };
  Kind kind = Kind::kMessage;
  std::string text;
  Schema schema;
  std::vector<Cells> rows;
  std::unique_ptr<ResultStream> stream;
  std::string job_id;
  bool wait_for_job = false;  // kJob: table.dml-sync, and the job runs in this process
  bool job_ended = false;     // kJob: table.dml-sync, and the other side has waited for it
  std::vector<std::string> warnings;
};

struct Candidate {
  std::string text;
  std::string kind;    // "table", "keyword" ..; "" = not known
  std::string detail;  // a type, a signature; may be empty
};

// Whether what is typed is the beginning of the candidate, with or without its quote, or of its last name ("a.b.sales"
// for "sa"); any case.
bool Continues(const Candidate& candidate, std::string_view typed);

struct Completion {
  size_t begin = 0;  // what to replace: [begin, cursor)
  std::vector<Candidate> candidates;
};

// A job that ends with this process.
struct OwnJob {
  std::string name;
  bool running = false;
  std::string status;  // one line
  std::optional<Error> error;
};

// Where the statements of a client run: in this process or behind a SQL gateway. One thread, except for the streams.
class Executor {
 public:
  enum class Purpose { kRun, kPrepare };  // kPrepare: a statement that starts a job is refused
  virtual ~Executor() = default;
  // Runs one statement of a script. Ctrl-C gives it up.
  virtual Result<Outcome> Execute(const sql::ScriptPiece& piece, Purpose purpose) = 0;
  // The session's settings, those of the client (sql-client.*) too.
  virtual Result<engine::Config> Settings() = 0;
  virtual const engine::SessionTexts& texts() const = 0;
  virtual Completion Complete(const std::string& text, size_t cursor) = 0;
  virtual std::string Description() const = 0;  // for the banner: "in this process"

  virtual std::vector<OwnJob> OwnJobs() const { return {}; }
  virtual bool WaitForOwnJobs(int64_t /*millis*/) { return true; }  // true when all have ended
  virtual void StopOwnJobs() {}                                     // behind a last checkpoint
};

}  // namespace millrace::app::client
