#pragma once

#include <cstdint>

#include "base/clock.h"
#include "data/batch.h"
#include "exec/metrics.h"
#include "exec/operator.h"

namespace millrace::exec {

// Tells how a slot's thread shares its time among the vertices it runs: what is charged to one is not charged to the
// one that called it. One thread.
class WorkMeter {
 public:
  explicit WorkMeter(Clock* clock) : clock_(clock) {}

  struct Mark {
    int64_t begin = 0;    // nanos
    int64_t charged = 0;  // until then
  };
  int64_t Now() const { return clock_->MonotonicNanos(); }
  Mark Begin() const { return {Now(), charged_}; }
  // The time since the mark, without what was charged since.
  void Charge(OperatorMetrics& metrics, const Mark& mark) {
    const int64_t own = Now() - mark.begin - (charged_ - mark.charged);
    metrics.busy_nanos.Add(own);
    charged_ += own;
  }

 private:
  Clock* clock_;
  int64_t charged_ = 0;
};

// What batches take in memory, by the size of a row of every 16th: strings make it dear to know.
class ByteEstimate {
 public:
  int64_t Of(const Batch& batch) {
    if (batch.num_rows == 0) return 0;
    if (count_++ % 16 == 0) row_bytes_ = static_cast<double>(batch.MemoryBytes()) / static_cast<double>(batch.num_rows);
    return static_cast<int64_t>(row_bytes_ * static_cast<double>(batch.num_rows));
  }

 private:
  uint32_t count_ = 0;
  double row_bytes_ = 0;
};

// In the place of an exchange that a job of one slot does without: what lies behind it is a vertex of its own.
class VertexBorder final : public Output {
 public:
  VertexBorder(OperatorMetrics* metrics, WorkMeter* meter, Output* next)
      : metrics_(metrics), meter_(meter), next_(next) {}
  using Output::Emit;
  Status Emit(Event event) override {
    if (event.kind == Event::Kind::kBatch) {
      const int64_t bytes = estimate_.Of(event.batch);
      metrics_->bytes_in.Add(bytes);
      metrics_->bytes_out.Add(bytes);
    }
    const WorkMeter::Mark mark = meter_->Begin();
    Status status = next_->Emit(std::move(event));
    meter_->Charge(*metrics_, mark);
    return status;
  }

 private:
  OperatorMetrics* metrics_;
  WorkMeter* meter_;
  Output* next_;
  ByteEstimate estimate_;
};

}  // namespace millrace::exec
