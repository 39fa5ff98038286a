#include "server/console/sample_ring.h"

#include <algorithm>
#include <cmath>

namespace millrace::server::console {

void SampleRing::Add(int64_t epoch_millis, double value) {
  if (epoch_millis < last_millis_) return;  // the clock was set back: wait until it has caught up
  last_millis_ = epoch_millis;
  fine_.Set(epoch_millis / StepsOf(HistoryRange::kQuarterHour).step_millis, value);
  coarse_.Set(epoch_millis / StepsOf(HistoryRange::kSixHours).step_millis, value);
}

SampleRing::Series SampleRing::Read(HistoryRange range) const {
  const StepRing<double>& ring = range == HistoryRange::kQuarterHour ? fine_ : coarse_;
  Series out{StepsOf(range).step_millis, {}, {}};
  for (int64_t step = ring.begin(); step < ring.end(); ++step) {
    const double value = ring.At(step);
    if (out.times.empty() && std::isnan(value)) continue;
    out.times.push_back(step * out.step_millis);
    out.values.push_back(std::isnan(value) ? std::nullopt : std::optional<double>(value));
  }
  return out;
}

std::vector<std::optional<double>> Rates(const SampleRing::Series& series) {
  constexpr size_t kMaxGap = 3;  // a sample that came late leaves its step empty
  std::vector<std::optional<double>> out(series.values.size());
  std::optional<size_t> last;
  for (size_t i = 0; i < out.size(); ++i) {
    if (!series.values[i]) continue;
    if (last && i - *last <= kMaxGap) {
      const double seconds = static_cast<double>(i - *last) * static_cast<double>(series.step_millis) / 1'000.0;
      out[i] = std::max(0.0, *series.values[i] - *series.values[*last]) / seconds;
    }
    last = i;
  }
  return out;
}

}  // namespace millrace::server::console
