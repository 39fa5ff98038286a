#pragma once

#include <atomic>
#include <memory>

#include "exec/operator.h"
#include "exec/watermark_merger.h"

namespace millrace::exec {

// One operator in one slot's pipeline: merges the watermarks of its inputs, calls the operator, passes control events
// on.
class Step {
 public:
  // `uid`: of the plan's node; empty = nothing of it goes into checkpoints.
  Step(OperatorPtr op, std::string uid, size_t num_inputs, OperatorContext context, Output* downstream)
      : operator_(std::move(op)),
        uid_(std::move(uid)),
        context_(context),
        merger_(num_inputs),
        barriers_(num_inputs),
        downstream_(downstream) {}

  Status Open() { return Noted(operator_->Open(context_)); }
  Status Handle(size_t input, Event event) { return Noted(HandleEvent(input, std::move(event))); }
  Status OnTimer(int64_t now_millis) { return ended_ ? Ok() : Noted(operator_->OnTimer(now_millis, *downstream_)); }
  // The job stops before its input ended: what was written so far is flushed.
  Status Close() { return ended_ ? Ok() : Noted(operator_->Close()); }
  OperatorMetrics& metrics() { return *context_.metrics; }
  bool ended() const { return ended_; }
  connect::Trouble trouble() const { return operator_->trouble(); }  // any thread

  // Whether the barrier of this checkpoint, or the end of input, has come from all inputs.
  bool HasPassed(int64_t checkpoint) const { return ended_ || passed_ >= checkpoint; }
  const std::string& uid() const { return uid_; }
  // The state at the barrier, once HasPassed; a step that has ended gives the state it ended with.
  Result<state::OperatorSnapshot> TakeSnapshot(int64_t checkpoint);
  int64_t snapshot_nanos() const { return snapshot_nanos_; }  // that the last one took
  Status Restore(const state::OperatorState& state) { return Noted(operator_->Restore(state)); }
  // `full` becomes true when the operator has seen enough.
  void SignalWhenDone(std::atomic<bool>* full) { full_ = full; }

 private:
  Status Noted(Status status) {
    if (!status.ok()) [[unlikely]]
      context_.metrics->failed = true;
    return status;
  }
  Status HandleEvent(size_t input, Event event);
  Status Apply(const WatermarkMerger::Change& change);
  Status PassBarrier();
  Status AtBarrier(int64_t checkpoint);

  OperatorPtr operator_;
  std::string uid_;
  OperatorContext context_;
  WatermarkMerger merger_;
  std::vector<int64_t> barriers_;  // last barrier of each input; kEndOfTime when it has ended
  int64_t passed_ = 0;             // last barrier that came from all inputs
  state::OperatorSnapshot snapshot_;
  int64_t snapshot_nanos_ = 0;
  Output* downstream_;
  std::atomic<bool>* full_ = nullptr;
  bool ended_ = false;
};

// An input of a step, as the operator before it sees it.
class StepInput final : public Output {
 public:
  StepInput(Step* step, size_t input) : step_(step), input_(input) {}
  using Output::Emit;
  Status Emit(Event event) override { return step_->Handle(input_, std::move(event)); }

 private:
  Step* step_;
  size_t input_;
};

// Behind a sink.
class NoOutput final : public Output {
 public:
  using Output::Emit;
  Status Emit(Event) override { return Ok(); }
};

}  // namespace millrace::exec
