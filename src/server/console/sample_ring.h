#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace millrace::server::console {

// How far back a plot looks: 15 minutes by the second or 6 hours by ten seconds.
enum class HistoryRange : uint8_t { kQuarterHour, kSixHours };
// "15m", "6h"; absent = 15m.
std::optional<HistoryRange> ParseHistoryRange(std::string_view text);

// The recent past of one number, in about 24 KiB. One thread.
class SampleRing {
 public:
  SampleRing();
  // Times must not go back; a second call within a step replaces the first.
  void Add(int64_t epoch_millis, double value);
  // The last sample's time; INT64_MIN before the first.
  int64_t last_millis() const { return last_millis_; }

  struct Series {
    int64_t step_millis = 0;
    std::vector<int64_t> times;                 // epoch millis, ascending, one per step up to the last sample
    std::vector<std::optional<double>> values;  // none: no sample in that step
  };
  // From the first sample there is to the last.
  Series Read(HistoryRange range) const;

 private:
  struct Level {
    int64_t step_millis;
    std::vector<double> values;  // NaN: none
    int64_t last_step = -1;
    void Add(int64_t epoch_millis, double value);
  };
  Level fine_;
  Level coarse_;
  int64_t last_millis_ = INT64_MIN;
};

// Rise per second from sample to sample, 0 where it falls; none where samples are missing.
std::vector<std::optional<double>> Rates(const SampleRing::Series& series);

}  // namespace millrace::server::console
