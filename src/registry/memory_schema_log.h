#pragma once

#include <mutex>
#include <vector>

#include "registry/schema_log.h"

namespace millrace::registry {

// A log that lives as long as the process: for tests and for reading a dump. Thread-safe.
class MemorySchemaLog final : public SchemaLog {
 public:
  MemorySchemaLog() = default;
  explicit MemorySchemaLog(std::vector<LogRecord> records) : records_(std::move(records)) {}

  Status Start(Sink sink) override;
  Status Append(const LogRecord& record) override;
  Status Sync() override { return Ok(); }
  std::string ClusterId() const override { return "memory"; }

  std::vector<LogRecord> records() const;
  // From now on Append fails with this error, as a broker that went away would make it.
  void FailWith(std::optional<Error> error);

 private:
  mutable std::mutex mutex_;
  std::vector<LogRecord> records_;
  Sink sink_;
  std::optional<Error> failure_;
};

}  // namespace millrace::registry
