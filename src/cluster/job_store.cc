#include "cluster/job_store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <mutex>

#include <fmt/format.h>

#include "base/log.h"

namespace millrace::cluster {
namespace {

constexpr const char* kSchema =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;"
    "CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, ordinal INTEGER NOT NULL, job TEXT NOT NULL) WITHOUT ROWID;";

}  // namespace

struct JobStore::Impl {
  ~Impl() { sqlite3_close(database); }

  Error Failure(std::string_view what) const {
    const bool full = sqlite3_errcode(database) == SQLITE_FULL;
    return ExternalError(fmt::format("{} {}: {}", what, path, sqlite3_errmsg(database)))
        .WithHint(full ? "The disk is full: make room." : "");
  }

  // Runs a statement with text parameters; `row` is called with each row.
  template <typename F>
  Status Run(const char* sql, const std::vector<std::string>& parameters, F row) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) != SQLITE_OK) return Failure("Cannot use");
    for (size_t i = 0; i < parameters.size(); ++i) {
      sqlite3_bind_text(statement, static_cast<int>(i) + 1, parameters[i].data(),
                        static_cast<int>(parameters[i].size()), SQLITE_STATIC);
    }
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) row(statement);
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? Ok() : Status(Failure("Cannot use"));
  }

  std::string path;
  std::mutex mutex;
  sqlite3* database = nullptr;  // under mutex
};

JobStore::JobStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JobStore::~JobStore() = default;

Result<std::unique_ptr<JobStore>> JobStore::Open(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  const int fd = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);  // SQLite would let others read it
  if (fd < 0) return ErrnoError("Cannot create " + path, errno);
  ::close(fd);
  char* message = nullptr;
  if (sqlite3_open_v2(path.c_str(), &impl->database, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK ||
      sqlite3_exec(impl->database, kSchema, nullptr, nullptr, &message) != SQLITE_OK) {
    sqlite3_free(message);
    return impl->Failure("Cannot open").WithHint("If it is damaged, move it away: running jobs are found again.");
  }
  return std::unique_ptr<JobStore>(new JobStore(std::move(impl)));
}

Status JobStore::Put(const ClusterJob& job) {
  const std::string text = ToJson(job).ToString();
  const std::lock_guard lock(impl_->mutex);
  return impl_->Run("INSERT OR REPLACE INTO jobs (id, ordinal, job) VALUES (?1, CAST(?2 AS INTEGER), ?3)",
                    {job.spec.id, std::to_string(job.ordinal), text}, [](sqlite3_stmt*) {});
}

Status JobStore::Remove(const std::string& id) {
  const std::lock_guard lock(impl_->mutex);
  return impl_->Run("DELETE FROM jobs WHERE id = ?1", {id}, [](sqlite3_stmt*) {});
}

Result<std::vector<ClusterJob>> JobStore::Load() {
  std::vector<std::string> texts;
  {
    const std::lock_guard lock(impl_->mutex);
    MR_TRY(impl_->Run("SELECT job FROM jobs ORDER BY ordinal", {}, [&](sqlite3_stmt* row) {
      texts.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(row, 0)),
                         static_cast<size_t>(sqlite3_column_bytes(row, 0)));
    }));
  }
  std::vector<ClusterJob> jobs;
  for (const std::string& text : texts) {
    const auto json = codec::ParseJson(text);
    auto job = json.ok() ? ClusterJobFromJson(*json) : Result<ClusterJob>(json.error());
    if (job.ok()) {
      jobs.push_back(std::move(*job));
    } else {
      Log(LogLevel::kError, "jobs", "A job of {} cannot be read and is left out: {}", impl_->path,
          job.error().ToString());
    }
  }
  return jobs;
}

}  // namespace millrace::cluster
