#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"

namespace millrace::registry {

// One record of the compacted topic `_schemas`: JSON texts; no value = tombstone.
struct LogRecord {
  std::string key;
  std::optional<std::string> value;
};

// Where the registry keeps everything it knows: an ordered log that may have other writers too.
class SchemaLog {
 public:
  // Called with every record in log order, one at a time.
  using Sink = std::function<void(const LogRecord&)>;

  virtual ~SchemaLog() = default;
  // Hands all records there are to the sink before it returns, later ones from a thread of the log's own. Called once.
  virtual Status Start(Sink sink) = 0;
  // On return the record is durable and the sink has seen it and everything before it. Any thread. The caller must hold
  // no lock that the sink takes.
  virtual Status Append(const LogRecord& record) = 0;
  // On return the sink has seen everything that was in the log when the call began.
  virtual Status Sync() = 0;
  // Names the log's home for /v1/metadata/id.
  virtual std::string ClusterId() const = 0;
};

}  // namespace millrace::registry
