#include "exec/edge_sampler.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "data/value.h"

namespace millrace::exec {
namespace {

constexpr int64_t kSampledMillis = 30'000;  // behind the last look
constexpr int64_t kPeriodMillis = 100;
constexpr size_t kRowsPerPeriod = 10;
constexpr size_t kRowsKept = 200;

std::optional<std::string> CellText(const Column& column, size_t row, const TimeZone* zone) {
  if (column.IsNull(row)) return std::nullopt;
  if (column.type().IsBinary()) return fmt::format("x'{}'", HexEncode(column.values<StringRef>()[row].view()));
  std::string out;
  AppendValueText(out, column, row, zone);
  return out;
}

}  // namespace

std::vector<SampledRow> EdgeSampler::Look(int64_t now_millis) {
  const std::lock_guard lock(mutex_);
  if (!on()) rows_.clear();  // of an earlier look
  until_millis_ = now_millis + kSampledMillis;
  on_.store(true, std::memory_order_relaxed);
  return {rows_.begin(), rows_.end()};
}

void EdgeSampler::Offer(const Batch& batch, const functions::KernelContext& kernel) {
  const int64_t now = kernel.clock->WallMillis();
  const std::lock_guard lock(mutex_);
  if (now >= until_millis_) {
    on_.store(false, std::memory_order_relaxed);
    return;
  }
  if (now - period_millis_ >= kPeriodMillis || now < period_millis_) {
    period_millis_ = now;
    taken_ = 0;
  }
  const size_t count = std::min(batch.num_rows, kRowsPerPeriod - taken_);
  taken_ += count;
  for (size_t row = 0; row < count; ++row) {
    SampledRow& kept = rows_.emplace_back();
    kept.seen_millis = now;
    kept.kind = batch.kind(row);
    for (const ColumnPtr& column : batch.columns) kept.cells.push_back(CellText(*column, row, kernel.zone));
  }
  while (rows_.size() > kRowsKept) rows_.pop_front();
}

}  // namespace millrace::exec
