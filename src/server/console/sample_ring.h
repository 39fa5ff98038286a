#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "server/history/step_ring.h"

namespace millrace::server::console {

// The recent past of one number, in at most 24 KiB. One thread.
class SampleRing {
 public:
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
  StepRing<double> fine_{StepsOf(HistoryRange::kQuarterHour).capacity};
  StepRing<double> coarse_{StepsOf(HistoryRange::kSixHours).capacity};
  int64_t last_millis_ = INT64_MIN;
};

// Rise per second from sample to sample, 0 where it falls; none where samples are missing.
std::vector<std::optional<double>> Rates(const SampleRing::Series& series);

}  // namespace millrace::server::console
