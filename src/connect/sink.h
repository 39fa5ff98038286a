#pragma once

#include <cstdint>
#include <memory>

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
  // Called about every 100 ms so that time-based buffers can flush; never blocks long.
  virtual Status OnTimer(int64_t /*now_millis*/) { return Ok(); }
  // Two-phase commit: everything since the last call becomes one unit named by the checkpoint, durable on the other
  // side but not yet visible; Commit makes it visible and may be repeated after a restart. Sinks without transactions
  // flush.
  virtual Status PrepareCommit(uint64_t /*checkpoint*/) { return Flush(); }
  virtual Status Commit(uint64_t /*checkpoint*/) { return Ok(); }
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual Result<std::unique_ptr<SinkWriter>> CreateWriter(uint32_t slot, uint32_t parallelism) = 0;
};

}  // namespace millrace::connect
