#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/config.h"

namespace millrace::engine {

// What the keys of flink-sql.md section 8 say about one job; all times in millis.
struct CheckpointSettings {
  int64_t interval = 0;  // 0 = no checkpoints
  int64_t min_pause = 0;
  int64_t timeout = 600'000;
  int64_t tolerable_failures = 0;
  bool exactly_once = true;
  bool retain_on_cancel = false;
  bool incremental = false;
  size_t num_retained = 1;
  std::string directory;  // "" = a folder of the process
  std::string savepoint_directory;
  bool enabled() const { return interval > 0; }
};

struct RestartSettings {
  enum class Kind { kNone, kFixedDelay, kFailureRate, kExponentialDelay } kind = Kind::kNone;
  int64_t attempts = INT64_MAX;  // fixed and exponential delay; failure rate: failures allowed per interval
  int64_t delay = 1'000;         // the first one
  int64_t max_delay = 60'000;
  double multiplier = 1.5;
  double jitter = 0.1;
  int64_t interval = 60'000;  // of the failure rate; exponential delay: after this long without a failure all is well
};

// Of a backend that keeps state on disk.
struct StateSettings {
  std::string local_directory;         // "" = beside the checkpoints
  int64_t memory_bytes = 256LL << 20;  // of the job, or of each slot
  bool per_slot = false;
  double table_ratio = 0.5;
  double index_ratio = 0.1;
};

struct JobSettings {
  CheckpointSettings checkpoints;
  RestartSettings restart;
  std::string backend = "hashmap";
  StateSettings state;
  std::string restore_path;  // execution.state-recovery.path
  bool ignore_unclaimed_state = false;
};

// Whether its value is a folder: a relative one means the working folder of the process where it is set.
bool IsFolderKey(std::string_view key);

// The folder for savepoints: `directory`, where it is not "", else the settings'. Absolute.
Result<std::string> SavepointDirectory(const CheckpointSettings& settings, std::string directory);

// A value that does not parse is the error.
Result<JobSettings> ReadJobSettings(const Config& config);

}  // namespace millrace::engine
