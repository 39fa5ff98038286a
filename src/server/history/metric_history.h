#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/job_report.h"
#include "server/history/job_rates.h"
#include "server/history/step_ring.h"

namespace millrace::server {

// One value per step, the oldest first; NaN = none.
struct TimeSeries {
  int64_t step_millis = 0;
  std::vector<int64_t> times;  // epoch millis
  std::map<std::string, std::vector<float>> series;
};

// What the server remembers of each job: a value a second for 15 minutes, one per 10 seconds for 6 hours, about 120 KB
// a job: 8 series of 3 060 floats, and 7 KB more for each vertex. Series: records_in_rate, records_out_rate,
// late_rows_rate (per second), watermark_delay_millis, state_bytes, busy_ratio, backpressured_ratio (0..1),
// checkpoint_duration_millis; for 15 minutes also vertex.<id>.busy_ratio and .backpressured_ratio. At most `max_jobs`
// jobs have series: those that ended first make room, and what comes when all run has rates only. Thread-safe.
class MetricHistory {
 public:
  static constexpr size_t kMaxJobs = 1'000;  // 120 MB

  explicit MetricHistory(size_t max_jobs = kMaxJobs);  // 0: rates only
  ~MetricHistory();
  // A look at all jobs, once a second.
  void Add(const std::vector<engine::JobReport>& jobs, int64_t now_millis);

  std::shared_ptr<const JobRates> RatesOf(std::string_view job) const;  // zeros for one that is not known
  TimeSeries Of(std::string_view job, HistoryRange range) const;

 private:
  struct JobHistory;
  void AddJob(const engine::JobReport& report, int64_t now_millis);
  void MakeRoom();

  const size_t max_jobs_;
  mutable std::mutex mutex_;
  int64_t ticks_ = 0;  // looks so far; under mutex_, as all below
  std::vector<int64_t> short_times_;
  std::vector<int64_t> long_times_;
  std::map<std::string, std::unique_ptr<JobHistory>, std::less<>> jobs_;
};

}  // namespace millrace::server
