#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "base/spsc_queue.h"
#include "exec/operator.h"
#include "exec/work_meter.h"
#include "plan/physical.h"

namespace millrace::exec {

// The rings of one exchange: one per pair of slots, written by the sending and read by the receiving slot's thread.
class ExchangeChannels {
 public:
  ExchangeChannels(uint32_t parallelism, size_t capacity);
  SpscQueue<Event>& ring(uint32_t from, uint32_t to) { return *rings_[from * parallelism_ + to]; }
  uint32_t parallelism() const { return parallelism_; }

 private:
  uint32_t parallelism_;
  std::vector<std::unique_ptr<SpscQueue<Event>>> rings_;
};

// The sending end in one slot: cuts batches by key group, broadcasts control events. What does not fit into a full ring
// waits here, and while anything waits the slot drives none of this exchange's inputs: that is the back-pressure.
class ExchangeSender final : public Output {
 public:
  ExchangeSender(const plan::PhysicalNode& node, uint32_t slot, ExchangeChannels* channels, OperatorMetrics* metrics);
  using Output::Emit;
  Status Emit(Event event) override;
  // Pushes what waits; true when something moved.
  bool Drain();
  bool blocked() const { return num_waiting_ > 0; }

 private:
  void Push(uint32_t to, Event event);
  Status EmitByKey(const Batch& batch);

  const plan::PhysicalNode& node_;
  uint32_t slot_;
  ExchangeChannels* channels_;
  OperatorMetrics* metrics_;
  ByteEstimate estimate_;
  std::vector<std::deque<Event>> waiting_;  // by receiving slot
  size_t num_waiting_ = 0;
  std::vector<uint64_t> hashes_;
  std::vector<std::vector<uint32_t>> rows_;
};

}  // namespace millrace::exec
