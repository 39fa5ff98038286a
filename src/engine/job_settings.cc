#include "engine/job_settings.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/local_path.h"
#include "base/strings.h"

namespace millrace::engine {
namespace {

constexpr std::string_view kFolderKeys[] = {"execution.checkpointing.dir", "execution.checkpointing.savepoint-dir",
                                            "execution.state-recovery.path", "state.backend.rocksdb.localdir"};

Result<std::string> Folder(const Config& config, std::string_view key) {
  auto path = AbsoluteLocalPath(config.GetString(key));
  if (!path.ok()) return std::move(path).error().InContext(fmt::format("'{}'", key));
  return path;
}

Result<double> Number(const Config& config, std::string_view key, bool (*allowed)(double), std::string_view which) {
  const auto value = ParseDouble(config.GetString(key));
  if (value && allowed(*value)) return *value;
  return ValidationError(fmt::format("Could not parse value '{}' for key '{}'.", config.GetString(key), key))
      .WithHint(fmt::format("It takes a number {}.", which));
}

Result<int64_t> IntFrom(const Config& config, int64_t least, std::string_view key) {
  MR_ASSIGN(const int64_t value, config.GetInt(key));
  if (value >= least) return value;
  return ValidationError(fmt::format("'{}' must be at least {}.", key, least));
}

// A time that must pass: at least 1 ms.
Result<int64_t> SomeMillis(const Config& config, std::string_view key) {
  MR_ASSIGN(const int64_t value, config.GetDurationMillis(key));
  if (value >= 1) return value;
  return ValidationError(fmt::format("'{}' must be at least 1 ms.", key));
}

Result<CheckpointSettings> ReadCheckpoints(const Config& config) {
  CheckpointSettings out;
  if (!config.GetString("execution.checkpointing.interval").empty()) {
    MR_ASSIGN(out.interval, config.GetDurationMillis("execution.checkpointing.interval"));
    if (out.interval < 10) {
      return ValidationError(fmt::format("'execution.checkpointing.interval' = '{} ms' is too short.", out.interval))
          .WithHint("The least is 10 ms.");
    }
  }
  MR_ASSIGN(out.min_pause, config.GetDurationMillis("execution.checkpointing.min-pause"));
  MR_ASSIGN(out.timeout, config.GetDurationMillis("execution.checkpointing.timeout"));
  MR_ASSIGN(out.tolerable_failures, config.GetInt("execution.checkpointing.tolerable-failed-checkpoints"));
  MR_ASSIGN(const std::string mode, config.GetEnum("execution.checkpointing.mode"));
  out.exactly_once = mode == "exactly_once";
  MR_ASSIGN(out.incremental, config.GetBool("execution.checkpointing.incremental"));
  MR_ASSIGN(const std::string retention, config.GetEnum("execution.checkpointing.externalized-checkpoint-retention"));
  out.retain_on_cancel = retention == "retain_on_cancellation";
  MR_ASSIGN(const int64_t retained, IntFrom(config, 1, "execution.checkpointing.num-retained"));
  out.num_retained = static_cast<size_t>(retained);
  MR_ASSIGN(out.directory, Folder(config, "execution.checkpointing.dir"));
  MR_ASSIGN(out.savepoint_directory, Folder(config, "execution.checkpointing.savepoint-dir"));
  MR_TRY(config.GetEnum("execution.checkpointing.storage"));  // not read, but a misspelt one is no other
  return out;
}

Result<double> Ratio(const Config& config, std::string_view key) {
  return Number(config, key, [](double number) { return number >= 0 && number < 1; }, "from 0 to less than 1");
}

Result<StateSettings> ReadState(const Config& config) {
  constexpr const char* kFixed = "state.backend.rocksdb.memory.fixed-per-slot";
  StateSettings out;
  MR_ASSIGN(out.local_directory, Folder(config, "state.backend.rocksdb.localdir"));
  MR_ASSIGN(out.memory_bytes, config.GetMemoryBytes("taskmanager.memory.managed.size"));
  MR_ASSIGN(const bool managed, config.GetBool("state.backend.rocksdb.memory.managed"));
  out.per_slot = !managed;
  if (!config.GetString(kFixed).empty()) {
    MR_ASSIGN(out.memory_bytes, config.GetMemoryBytes(kFixed));
    out.per_slot = true;
  }
  if (out.memory_bytes < 1) return ValidationError("The memory of state on disk must be more than 0 bytes.");
  MR_ASSIGN(out.table_ratio, Ratio(config, "state.backend.rocksdb.memory.write-buffer-ratio"));
  MR_ASSIGN(out.index_ratio, Ratio(config, "state.backend.rocksdb.memory.high-prio-pool-ratio"));
  return out;
}

// The values are checked as Flink 1.20's restart strategies check them.
Result<RestartSettings> ReadRestart(const Config& config, bool checkpoints) {
  RestartSettings out;
  std::string kind;  // "" = by the checkpoints
  if (!config.GetString("restart-strategy.type").empty()) {
    MR_ASSIGN(kind, config.GetEnum("restart-strategy.type"));
  }
  std::erase(kind, '-');
  if (kind.empty()) kind = checkpoints ? "exponentialdelay" : "none";
  if (kind == "fixeddelay") {
    out.kind = RestartSettings::Kind::kFixedDelay;
    MR_ASSIGN(out.attempts, IntFrom(config, 0, "restart-strategy.fixed-delay.attempts"));
    MR_ASSIGN(out.delay, config.GetDurationMillis("restart-strategy.fixed-delay.delay"));
  } else if (kind == "failurerate") {
    out.kind = RestartSettings::Kind::kFailureRate;
    MR_ASSIGN(out.attempts, IntFrom(config, 1, "restart-strategy.failure-rate.max-failures-per-interval"));
    MR_ASSIGN(out.interval, SomeMillis(config, "restart-strategy.failure-rate.failure-rate-interval"));
    MR_ASSIGN(out.delay, config.GetDurationMillis("restart-strategy.failure-rate.delay"));
  } else if (kind == "exponentialdelay") {
    constexpr const char* kPrefix = "restart-strategy.exponential-delay.";
    const auto key = [](const char* name) { return std::string(kPrefix) + name; };
    out.kind = RestartSettings::Kind::kExponentialDelay;
    MR_ASSIGN(out.attempts, IntFrom(config, 1, key("attempts-before-reset-backoff")));
    MR_ASSIGN(out.delay, SomeMillis(config, key("initial-backoff")));
    MR_ASSIGN(out.max_delay, SomeMillis(config, key("max-backoff")));
    if (out.delay > out.max_delay) {
      return ValidationError(
          fmt::format("'{}' must not be longer than '{}'.", key("initial-backoff"), key("max-backoff")));
    }
    MR_ASSIGN(out.multiplier,
              Number(config, key("backoff-multiplier"), [](double number) { return number > 1; }, "greater than 1"));
    MR_ASSIGN(out.interval, SomeMillis(config, key("reset-backoff-threshold")));
    MR_ASSIGN(
        out.jitter,
        Number(config, key("jitter-factor"), [](double number) { return number >= 0 && number <= 1; }, "from 0 to 1"));
  }
  return out;
}

}  // namespace

bool IsFolderKey(std::string_view key) {
  return std::any_of(std::begin(kFolderKeys), std::end(kFolderKeys),
                     [&](std::string_view folder) { return IsSameKey(folder, key); });
}

Result<std::string> SavepointDirectory(const CheckpointSettings& settings, std::string directory) {
  if (directory.empty()) directory = settings.savepoint_directory;
  if (!directory.empty()) return AbsoluteLocalPath(std::move(directory));
  return UserError(
             "Config key [execution.checkpointing.savepoint-dir] is not set. Property [targetDirectory] must be "
             "provided.")
      .WithHint("`millrace savepoint take JOB DIR` and `millrace stop JOB --savepoint-path DIR` name a folder.");
}

Result<JobSettings> ReadJobSettings(const Config& config) {
  JobSettings out;
  MR_ASSIGN(out.checkpoints, ReadCheckpoints(config));
  MR_ASSIGN(out.restart, ReadRestart(config, out.checkpoints.enabled()));
  MR_ASSIGN(const std::string backend, config.GetEnum("state.backend.type"));
  // forst is Flink 2's name of a disk backend; filesystem and jobmanager are old names of the one in memory.
  out.backend = backend == "rocksdb" || backend == "forst" ? "rocksdb" : "hashmap";
  MR_ASSIGN(out.state, ReadState(config));
  MR_ASSIGN(out.restore_path, Folder(config, "execution.state-recovery.path"));
  MR_TRY(config.GetEnum("execution.state-recovery.claim-mode"));
  MR_ASSIGN(out.ignore_unclaimed_state, config.GetBool("execution.state-recovery.ignore-unclaimed-state"));
  return out;
}

}  // namespace millrace::engine
