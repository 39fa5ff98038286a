#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "cluster/protocol.h"
#include "engine/job_directory.h"
#include "engine/local_jobs.h"

namespace millrace::cluster {

// The jobs of a task manager: runs them as jobs of this process, keeps their checkpoint folders from other processes,
// and holds the rows of queries until they are fetched. Thread-safe.
class HeldJobs {
 public:
  struct Options {
    std::string data_dir;
    std::string owner;  // for the locks of the folders
    engine::LocalJobs::Options local;
  };
  explicit HeldJobs(Options options);
  ~HeldJobs();  // as CancelAll

  // The job runs on return. Once more the same one is fine: the answer to the first call may have got lost.
  Status Start(const Deployment& deployment);
  // What a heartbeat says of them.
  std::vector<RunningJob> Report();
  size_t num_ended() const;  // of those that Report() tells of
  void Obey(const HeartbeatAnswer& answer);
  // Frames of a query's rows: at least one, unless none came within `max_wait_millis`.
  Result<std::string> TakeRows(std::string_view id, int64_t max_wait_millis);
  // Stops all behind a last checkpoint; from here on they are reported as running. False when time is up.
  bool StopAll(int64_t max_wait_millis);

  void CancelAll();  // and waits for their ends

  engine::LocalJobs& local() { return local_; }

 private:
  struct Held {
    Deployment deployment;
    std::atomic<bool> started = false;  // what follows is there
    bool describe = false;
    bool stopped = false;  // by StopAll, before its end
    std::string folder;    // of the checkpoints; "" = none of ours
    std::optional<DirectoryLock> lock;
    std::mutex rows_mutex;  // one reader at a time
    std::unique_ptr<engine::RowStream> rows;
    Batch batch;  // the last one of `rows`
    size_t next_row = 0;
    bool rows_ended = false;
  };

  Status Claim(Held& held) const;
  Status Run(Held& held);
  std::shared_ptr<Held> Find(std::string_view id) const;
  // The memory of an ended attempt, and its checkpoints where they are not kept.
  void Drop(const JobAttempt& job, bool keep_checkpoints);

  const Options options_;
  engine::JobDirectory directory_;
  engine::LocalJobs local_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Held>, std::less<>> held_;  // under mutex_
  bool stopping_ = false;                                           // under mutex_
};

}  // namespace millrace::cluster
