#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "data/batch.h"
#include "engine/checkpoint_report.h"
#include "engine/job_service.h"
#include "engine/job_settings.h"
#include "plan/physical.h"

namespace millrace::engine {

// kFailing, kCancelling: the slots are being stopped.
enum class JobState { kCreated, kRunning, kFailing, kRestarting, kCancelling, kFinished, kFailed, kCanceled };
bool HasEnded(JobState state);                  // for good
std::string_view JobStateName(JobState state);  // "RUNNING" ..

// One look at a running job; all counts since the start of its present run.
struct JobMetrics {
  int64_t records_in = 0;         // rows out of all sources
  double records_per_second = 0;  // over the last seconds
  int64_t records_out = 0;        // rows into sinks and to the client
  int64_t watermark = INT64_MIN;  // the lowest of all sources; INT64_MIN = none yet, INT64_MAX = end of input
  int64_t windows_fired = 0;      // rows that window aggregations emitted
  int64_t late_rows = 0;          // dropped because their window had fired
  int64_t bad_records = 0;        // could not be decoded and were skipped or logged
  int64_t restarts = 0;
  uint64_t last_checkpoint = 0;  // 0 = none yet
  int64_t snapshot_micros = 0;   // the longest time that a snapshot has kept an operator from its rows
  struct Split {
    std::string name;  // "SALES-0"
    int64_t watermark = INT64_MIN;
    bool idle = false;
  };
  std::vector<Split> splits;
};

class RowQueue;

struct JobOptions {
  Clock* clock = &SystemClock();
  FileSystem* files = &RealFileSystem();
  std::string job_id;
  // What tells it from all other jobs of the Kafka cluster it writes to exactly once. "" = the plan's name.
  std::string name;
  JobSettings settings;
  // The folder of this job's checkpoints. "" = "<execution.checkpointing.dir>/<job id>", else a temporary one.
  std::string checkpoint_directory;
  // A new start of the process finds the job's checkpoints again, so they are kept however the job ends: one that has
  // finished does not write its rows again.
  bool resumable = false;
  // Rows of the kCollect root: to a reader, or called on slot threads, one call at a time.
  std::shared_ptr<RowQueue> rows;
  std::function<void(const Batch&)> on_rows;
  // How long a source or sink whose other side is away may keep retrying before the run fails.
  int64_t external_retry_millis = 60'000;
  // For the report, which hides the secrets in them: the statements the job was made of, the line on which the last
  // one begins, whose plan this is, and the keys that were set for it.
  std::string script;
  uint32_t statement_line = 1;
  std::map<std::string, std::string> config;
  bool query = false;  // a SELECT
};

// The id of a job that is to be found again by its name: 32 hex digits.
std::string StableJobId(std::string_view name);
// The name of the second, third .. job of one name: "name#2".
std::string NumberedName(std::string_view name, size_t ordinal);

// A running job: one thread per slot and one that takes checkpoints and starts it again after a failure. Thread-safe.
class Job {
 public:
  static Result<std::unique_ptr<Job>> Start(std::shared_ptr<plan::PhysicalPlan> plan, JobOptions options);
  ~Job();  // cancels and waits

  void Cancel();  // asks to stop at once; what no checkpoint covers is not committed
  // Asks to stop behind a last checkpoint (none are taken: like Cancel, but sinks flush what they have).
  void Stop();
  // Blocks until the job has stopped behind a savepoint, or gone on after one; its folder. `directory`: "" = that of
  // the settings. `drain`: the input ends first, so that every window fires.
  Result<std::string> StopWithSavepoint(std::string directory, bool drain);
  Result<std::string> TakeSavepoint(std::string directory);
  // Blocks until a checkpoint that began after the call is committed; its folder.
  Result<std::string> TakeCheckpoint();
  bool WaitFor(int64_t millis);  // true when the job has ended
  void Wait();
  JobState state() const;
  Error error() const;  // of a failed job; of the last failure while it restarts
  struct Failure {
    int64_t time_millis = 0;  // epoch
    Error error;
    std::string task;          // "GlobalWindowAggregate[4] -> Calc[5] (1/2)"; "" = the job itself
    uint32_t operator_id = 0;  // of it; 0 = none
    uint32_t line = 0;         // of the script; 0 = unknown
  };
  std::vector<Failure> failures() const;              // the last 20
  std::vector<CheckpointReport> checkpoints() const;  // the last 20, oldest first
  int64_t start_millis() const;                       // epoch
  int64_t end_millis() const;                         // epoch; -1 while it goes on
  int64_t changed_millis() const;                     // epoch, of the present state
  int64_t now_millis() const;                         // by the job's clock
  JobMetrics metrics() const;
  JobReport Report() const;
  // JobService::SampleEdge.
  Result<EdgeSample> SampleEdge(uint32_t operator_id, size_t limit);
  const std::string& id() const;
  const std::string& name() const;
  uint32_t parallelism() const;  // its slots

 private:
  struct Impl;
  explicit Job(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::engine
