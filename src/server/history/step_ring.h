#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace millrace::server {

// How far back a plot looks: 15 minutes by the second or 6 hours by ten seconds.
enum class HistoryRange : uint8_t { kQuarterHour, kSixHours };

struct HistorySteps {
  int64_t step_millis;
  int64_t capacity;
};
constexpr HistorySteps StepsOf(HistoryRange range) {
  return range == HistoryRange::kQuarterHour ? HistorySteps{1'000, 900} : HistorySteps{10'000, 2'160};
}

// "15m", "6h"; absent = 15m.
inline std::optional<HistoryRange> ParseHistoryRange(std::string_view text) {
  if (text.empty() || text == "15m") return HistoryRange::kQuarterHour;
  if (text == "6h") return HistoryRange::kSixHours;
  return std::nullopt;
}

// The last values of a series by the number of their step; NaN = none. Grows up to its capacity.
template <typename T>
class StepRing {
 public:
  static constexpr T kNone = std::numeric_limits<T>::quiet_NaN();

  explicit StepRing(int64_t capacity) : capacity_(capacity) {}

  // Steps do not go back; what is left out has no value, the same step again replaces.
  void Set(int64_t step, T value) {
    if (values_.empty()) first_ = next_ = step;
    for (int64_t missing = std::max(next_, step - capacity_); missing < step; ++missing) Put(missing, kNone);
    Put(step, value);
  }
  // The steps that may have a value: [begin, end).
  int64_t begin() const { return std::max(first_, next_ - capacity_); }
  int64_t end() const { return next_; }
  T At(int64_t step) const { return step < begin() || step >= end() ? kNone : values_[Slot(step)]; }

 private:
  size_t Slot(int64_t step) const { return static_cast<size_t>((step - first_) % capacity_); }
  void Put(int64_t step, T value) {
    const size_t at = Slot(step);
    if (at >= values_.size()) {
      // Doubled as a vector grows, yet never past what is kept.
      if (at >= values_.capacity()) values_.reserve(std::min(static_cast<size_t>(capacity_), 2 * at + 1));
      values_.resize(at + 1, kNone);
    }
    values_[at] = value;
    next_ = step + 1;
  }

  int64_t capacity_;
  int64_t first_ = 0;
  int64_t next_ = 0;
  std::vector<T> values_;
};

}  // namespace millrace::server
