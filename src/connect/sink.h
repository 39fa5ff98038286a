#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "connect/external_use.h"
#include "connect/job_context.h"
#include "connect/trouble.h"
#include "data/batch.h"

namespace millrace::connect {

// Writes the rows of one slot. One thread.
class SinkWriter {
 public:
  virtual ~SinkWriter() = default;
  // Columns in the order of SinkContext::columns. May buffer; errors may surface in a later call.
  virtual Status Write(const Batch& batch) = 0;
  // Everything written so far is accepted by the other side on return. Called at the end of input and at checkpoints.
  virtual Status Flush() = 0;
  // The job was cancelled. What a committer would have to make visible is lost and need not arrive.
  virtual Status Close() { return Flush(); }
  // Called about every 100 ms so that time-based buffers can flush; never blocks long.
  virtual Status OnTimer(int64_t /*now_millis*/) { return Ok(); }
  // Before the barrier of a checkpoint is passed on: all that was written so far belongs to it and is accepted by the
  // other side on return; what comes next belongs to the one after it. A sink with a Committer leaves it invisible.
  virtual Status PrepareCommit(uint64_t /*checkpoint*/) { return Flush(); }
  // Keys and values of all that was written.
  virtual int64_t BytesWritten() const { return 0; }
  // Asked by any thread: what a call has been waiting for, once that takes long.
  virtual Trouble trouble() const { return {}; }
};

class Sink {
 public:
  virtual ~Sink() = default;
  // As of a source.
  virtual std::optional<ExternalUse> use() const { return std::nullopt; }
  // Flink's operators of a sink of this kind, which name its vertex: "Sink: T[3]"; "T[3]: Writer"; that one and
  // "T[3]: Committer".
  enum class Operators { kFunction, kWriter, kWriterAndCommitter };
  virtual Operators operators() const { return Operators::kWriter; }
  // A run of a job begins, the first or after a failure; before CreateWriter. A sink that can take part in checkpoints
  // finds or adds its committer.
  virtual Status Join(JobContext& /*job*/) { return Ok(); }
  virtual Result<std::unique_ptr<SinkWriter>> CreateWriter(uint32_t slot, uint32_t parallelism) = 0;
};

}  // namespace millrace::connect
