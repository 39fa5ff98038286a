#include "registry/memory_schema_log.h"

namespace millrace::registry {

Status MemorySchemaLog::Start(Sink sink) {
  std::lock_guard lock(mutex_);
  sink_ = std::move(sink);
  for (const LogRecord& record : records_) sink_(record);
  return Ok();
}

Status MemorySchemaLog::Append(const LogRecord& record) {
  std::lock_guard lock(mutex_);
  if (failure_) return *failure_;
  records_.push_back(record);
  if (sink_) sink_(record);
  return Ok();
}

std::vector<LogRecord> MemorySchemaLog::records() const {
  std::lock_guard lock(mutex_);
  return records_;
}

void MemorySchemaLog::FailWith(std::optional<Error> error) {
  std::lock_guard lock(mutex_);
  failure_ = std::move(error);
}

}  // namespace millrace::registry
