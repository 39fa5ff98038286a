#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"

namespace millrace::connect {

// One checkpoint of a job. Two processes may have taken one of the same number; only one was committed.
struct CheckpointName {
  uint64_t number = 0;
  std::string taken_by;  // hex digits of the process that took it
};

// An outside system that takes part in the checkpoints of one run of a job: what its sinks write between two
// checkpoints becomes visible at once, together with the number of the checkpoint. Recover, Begin and Commit come from
// the job's coordinating thread.
class Committer {
 public:
  virtual ~Committer() = default;
  // "Kafka at 127.0.0.1:9092", for messages.
  virtual std::string name() const = 0;
  // Before any writer exists: ends what an earlier run (of this or another process) left open and keeps that one from
  // writing. Returns the last checkpoint of this job that was committed; nullopt: none is known.
  virtual Result<std::optional<CheckpointName>> Recover() = 0;
  // The last checkpoint of another job that was committed to this system, under the same names of transactions;
  // nullopt: none is known. Behind Recover.
  virtual Result<std::optional<CheckpointName>> CommittedBy(const std::string& job_id) = 0;
  // Opens the unit of a checkpoint: first before any writer exists, then before the barrier of the checkpoint before
  // it.
  virtual Status Begin(uint64_t checkpoint) = 0;
  // Makes the unit of `checkpoint.number` visible. Its snapshot is durable. After an error with Retry::kNo, or when it
  // is not known whether the unit was committed, the job starts again from what Recover says.
  virtual Status Commit(const CheckpointName& checkpoint) = 0;
  // The run is to end: what is open will not be committed, and writers that wait for the other side fail. They may
  // still write.
  virtual void Cancel() = 0;
  // The run is over: what is open will not be committed. Writers are gone or no longer write.
  virtual void Abort() = 0;
};

// What one run of a job tells its sinks before they make writers. Sinks of one cluster share a committer.
struct JobContext {
  std::string job_id;  // 32 hex digits
  std::string job_name;
  bool checkpoints = false;   // the job takes some
  bool exactly_once = false;  // in mode EXACTLY_ONCE
  // How long the unit of one checkpoint may stay open: interval, pause and timeout of the checkpoints.
  int64_t unit_millis = 0;
  std::map<std::string, std::shared_ptr<Committer>> committers;  // by system
};

}  // namespace millrace::connect
