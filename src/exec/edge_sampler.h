#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "exec/metrics.h"
#include "exec/operator.h"

namespace millrace::exec {

// A row that left an operator, as text.
struct SampledRow {
  int64_t seen_millis = 0;  // epoch
  RowKind kind = RowKind::kInsert;
  std::vector<std::optional<std::string>> cells;  // nullopt = NULL
};

// Keeps some of the rows that leave one operator in one slot, while somebody looks: 10 rows per 100 ms, the last 200.
// Offer on the slot's thread, Look on any.
class EdgeSampler {
 public:
  // Rows that were kept, oldest first. Sampling goes on for 30 s from now.
  std::vector<SampledRow> Look(int64_t now_millis);

  bool on() const { return on_.load(std::memory_order_relaxed); }
  void Offer(const Batch& batch, const functions::KernelContext& kernel);

 private:
  std::atomic<bool> on_{false};
  mutable std::mutex mutex_;  // guards what follows
  int64_t until_millis_ = 0;
  int64_t period_millis_ = 0;  // when the present 100 ms began
  size_t taken_ = 0;           // in them
  std::deque<SampledRow> rows_;
};

// Behind an operator: counts and samples what leaves it.
class ObservedOutput final : public Output {
 public:
  ObservedOutput(OperatorMetrics* metrics, EdgeSampler* sampler, functions::KernelContext kernel, Output* next)
      : metrics_(metrics), sampler_(sampler), kernel_(kernel), next_(next) {}
  using Output::Emit;
  Status Emit(Event event) override {
    if (event.kind == Event::Kind::kBatch) {
      metrics_->records_out.Add(static_cast<int64_t>(event.batch.num_rows));
      if (sampler_->on()) [[unlikely]]
        sampler_->Offer(event.batch, kernel_);
    }
    return next_->Emit(std::move(event));
  }

 private:
  OperatorMetrics* metrics_;
  EdgeSampler* sampler_;
  functions::KernelContext kernel_;
  Output* next_;
};

}  // namespace millrace::exec
