#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "connect/trouble.h"
#include "exec/event.h"
#include "exec/metrics.h"
#include "functions/scalar_function.h"
#include "state/backend.h"
#include "state/snapshot.h"

namespace millrace::exec {

// Where an operator puts its results: the next operator, or an exchange.
class Output {
 public:
  virtual ~Output() = default;
  virtual Status Emit(Event event) = 0;
  Status Emit(Batch batch) { return batch.num_rows == 0 ? Ok() : Emit(Event::Of(std::move(batch))); }
};

// What an operator may use of its surroundings. Lives as long as the operator.
struct OperatorContext {
  functions::KernelContext kernel;  // zone, clock; `watermark` is kept current
  uint32_t slot = 0;
  uint32_t parallelism = 1;
  OperatorMetrics* metrics = nullptr;
  state::Backend* backend = nullptr;  // null: keyed state stays in memory
};

// One step of a pipeline in one slot. Knows no thread, file or Kafka; all calls come from the slot's thread. Only
// Process is mandatory. Control events (watermarks already merged over the inputs, barriers aligned) reach the operator
// through On…; after each of these calls the driver itself passes the event on, so an operator only emits data.
class Operator {
 public:
  virtual ~Operator() = default;
  virtual Status Open(OperatorContext& context) {
    context_ = &context;
    return Ok();
  }
  virtual Status Process(Batch batch, Output& output) = 0;
  virtual Status OnWatermark(int64_t /*watermark*/, Output& /*output*/) { return Ok(); }
  // All inputs are idle: partial results must not wait for a watermark that other slots may pass meanwhile.
  virtual Status OnIdle(Output& /*output*/) { return Ok(); }
  // About every 100 ms of processing time.
  virtual Status OnTimer(int64_t /*now_millis*/, Output& /*output*/) { return Ok(); }
  // All inputs have ended, after the watermark kEndOfTime.
  virtual Status Finish(Output& /*output*/) { return Ok(); }
  // The job was cancelled: results that were emitted must not be lost.
  virtual Status Close() { return Ok(); }
  // Before a barrier is passed on: buffered results belong before it.
  virtual Status OnBarrier(int64_t /*checkpoint*/, Output& /*output*/) { return Ok(); }
  // The state at a barrier, after OnBarrier; must take milliseconds: large state is written later by another thread.
  virtual Status Snapshot(state::OperatorSnapshot& /*snapshot*/) { return Ok(); }
  // After Open, before any event, when the job starts from a checkpoint.
  virtual Status Restore(const state::OperatorState& /*state*/) { return Ok(); }
  // The watermark to pass on; operators that emit rows behind their input's watermark hold it back.
  virtual int64_t OutputWatermark(int64_t watermark) const { return watermark; }
  // An operator that has seen enough (LIMIT) lets the sources stop.
  virtual bool Done() const { return false; }
  // Of a sink, asked by any thread.
  virtual connect::Trouble trouble() const { return {}; }

 protected:
  OperatorContext* context_ = nullptr;
};

using OperatorPtr = std::unique_ptr<Operator>;

}  // namespace millrace::exec
