#include "server/console/sample_ring.h"

#include <algorithm>
#include <cmath>

namespace millrace::server::console {

std::optional<HistoryRange> ParseHistoryRange(std::string_view text) {
  if (text.empty() || text == "15m") return HistoryRange::kQuarterHour;
  if (text == "6h") return HistoryRange::kSixHours;
  return std::nullopt;
}

SampleRing::SampleRing()
    : fine_{1'000, std::vector<double>(900, std::nan(""))}, coarse_{10'000, std::vector<double>(2'160, std::nan(""))} {}

void SampleRing::Level::Add(int64_t epoch_millis, double value) {
  const auto size = static_cast<int64_t>(values.size());
  const int64_t step = epoch_millis / step_millis;
  if (last_step >= 0) {
    for (int64_t skipped = std::max(last_step + 1, step - size); skipped < step; ++skipped) {
      values[static_cast<size_t>(skipped % size)] = std::nan("");
    }
  }
  last_step = std::max(step, last_step);
  values[static_cast<size_t>(step % size)] = value;
}

void SampleRing::Add(int64_t epoch_millis, double value) {
  if (epoch_millis < last_millis_) return;  // the clock was set back: wait until it has caught up
  last_millis_ = epoch_millis;
  fine_.Add(epoch_millis, value);
  coarse_.Add(epoch_millis, value);
}

SampleRing::Series SampleRing::Read(HistoryRange range) const {
  const Level& level = range == HistoryRange::kQuarterHour ? fine_ : coarse_;
  Series out{level.step_millis, {}, {}};
  if (level.last_step < 0) return out;
  const auto size = static_cast<int64_t>(level.values.size());
  for (int64_t step = std::max<int64_t>(0, level.last_step - size + 1); step <= level.last_step; ++step) {
    const double value = level.values[static_cast<size_t>(step % size)];
    if (out.times.empty() && std::isnan(value)) continue;
    out.times.push_back(step * level.step_millis);
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
