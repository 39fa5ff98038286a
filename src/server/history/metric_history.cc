#include "server/history/metric_history.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace millrace::server {
namespace {

using Ring = StepRing<float>;

constexpr int64_t kShortSteps = StepsOf(HistoryRange::kQuarterHour).capacity;
constexpr int64_t kLongSteps = StepsOf(HistoryRange::kSixHours).capacity;
constexpr int64_t kTicksPerLongStep = 10;
constexpr float kNone = Ring::kNone;

// name -> value of one look
using Sample = std::vector<std::pair<std::string, float>>;

Sample JobSample(const engine::JobReport& report, const JobRates& rates) {
  double busy = 0;
  double backpressured = 0;
  for (const engine::VertexReport& vertex : report.vertices) {
    const SubtaskRates all = rates.OfVertex(vertex.id);
    busy = std::max(busy, all.busy);
    backpressured = std::max(backpressured, all.backpressured);
  }
  const int64_t watermark = WatermarkOfJob(report);
  const engine::CheckpointReport* checkpoint = report.last_completed();
  return {
      {"records_in_rate", static_cast<float>(rates.records_in)},
      {"records_out_rate", static_cast<float>(rates.records_out)},
      {"late_rows_rate", static_cast<float>(rates.late_rows)},
      {"watermark_delay_millis", watermark == INT64_MIN ? kNone : static_cast<float>(report.now_millis - watermark)},
      {"state_bytes", static_cast<float>(CountsOfJob(report).state_bytes)},
      {"busy_ratio", static_cast<float>(busy)},
      {"backpressured_ratio", static_cast<float>(backpressured)},
      {"checkpoint_duration_millis", checkpoint == nullptr ? kNone : static_cast<float>(checkpoint->duration_millis)}};
}

Sample VertexSample(const engine::JobReport& report, const JobRates& rates) {
  Sample out;
  for (const engine::VertexReport& vertex : report.vertices) {
    const SubtaskRates all = rates.OfVertex(vertex.id);
    out.emplace_back("vertex." + vertex.id + ".busy_ratio", static_cast<float>(all.busy));
    out.emplace_back("vertex." + vertex.id + ".backpressured_ratio", static_cast<float>(all.backpressured));
  }
  return out;
}

}  // namespace

struct MetricHistory::JobHistory {
  struct Series {
    Ring seconds{kShortSteps};
    Ring tens{kLongSteps};
    double sum = 0;  // of the present ten
    int64_t count = 0;
  };
  RateMeter meter;
  std::map<std::string, Series> series;
  std::map<std::string, Ring> vertex_series;
  bool has_series = false;
  int64_t ended_at = -1;  // tick

  void Add(int64_t tick, const Sample& job, const Sample& vertices) {
    for (const auto& [name, value] : job) {
      Series& one = series[name];
      one.seconds.Set(tick, value);
      if (!std::isnan(value)) {
        one.sum += value;
        one.count += 1;
      }
      if (tick % kTicksPerLongStep != kTicksPerLongStep - 1) continue;
      const float mean = one.count == 0 ? kNone : static_cast<float>(one.sum / static_cast<double>(one.count));
      one.tens.Set(tick / kTicksPerLongStep, mean);
      one.sum = 0;
      one.count = 0;
    }
    for (const auto& [name, value] : vertices)
      vertex_series.try_emplace(name, kShortSteps).first->second.Set(tick, value);
  }
};

MetricHistory::MetricHistory(size_t max_jobs) : max_jobs_(max_jobs) {}
MetricHistory::~MetricHistory() = default;

void MetricHistory::MakeRoom() {
  size_t with_series = 0;
  JobHistory* first_ended = nullptr;
  for (auto& [id, job] : jobs_) {
    if (!job->has_series) continue;
    with_series += 1;
    if (job->ended_at >= 0 && (first_ended == nullptr || job->ended_at < first_ended->ended_at)) {
      first_ended = job.get();
    }
  }
  if (with_series < max_jobs_ || first_ended == nullptr) return;
  first_ended->has_series = false;
  first_ended->series.clear();
  first_ended->vertex_series.clear();
}

void MetricHistory::AddJob(const engine::JobReport& report, int64_t now_millis) {
  auto it = jobs_.find(report.id);
  if (it == jobs_.end()) {
    MakeRoom();
    const auto with_series =
        std::count_if(jobs_.begin(), jobs_.end(), [](auto& one) { return one.second->has_series; });
    it = jobs_.emplace(report.id, std::make_unique<JobHistory>()).first;
    it->second->has_series = static_cast<size_t>(with_series) < max_jobs_;
  }
  JobHistory& job = *it->second;
  if (report.ended() && job.ended_at >= 0) return;  // its last look is in
  job.ended_at = report.ended() ? ticks_ : -1;
  job.meter.Add(report);
  if (!job.has_series) return;
  job.Add(ticks_, JobSample(report, *job.meter.rates()), VertexSample(report, *job.meter.rates()));
}

void MetricHistory::Add(const std::vector<engine::JobReport>& jobs, int64_t now_millis) {
  const std::lock_guard lock(mutex_);
  std::set<std::string_view> known;
  for (const engine::JobReport& report : jobs) {
    known.insert(report.id);
    AddJob(report, now_millis);
  }
  std::erase_if(jobs_, [&](const auto& one) { return !known.contains(one.first); });
  const auto put = [&](std::vector<int64_t>& times, int64_t step, int64_t capacity) {
    if (static_cast<int64_t>(times.size()) < capacity) times.resize(static_cast<size_t>(std::min(step + 1, capacity)));
    times[static_cast<size_t>(step % capacity)] = now_millis;
  };
  put(short_times_, ticks_, kShortSteps);
  if (ticks_ % kTicksPerLongStep == kTicksPerLongStep - 1) put(long_times_, ticks_ / kTicksPerLongStep, kLongSteps);
  ticks_ += 1;
}

std::shared_ptr<const JobRates> MetricHistory::RatesOf(std::string_view job) const {
  static const auto zeros = std::make_shared<const JobRates>();
  const std::lock_guard lock(mutex_);
  const auto it = jobs_.find(job);
  if (it == jobs_.end() || it->second->ended_at >= 0) return zeros;
  return it->second->meter.rates();
}

TimeSeries MetricHistory::Of(std::string_view job, HistoryRange range) const {
  const bool is_short = range == HistoryRange::kQuarterHour;
  const auto [step_millis, capacity] = StepsOf(range);
  TimeSeries out{.step_millis = step_millis};
  const std::lock_guard lock(mutex_);
  const int64_t end = is_short ? ticks_ : ticks_ / kTicksPerLongStep;
  const int64_t begin = std::max<int64_t>(0, end - capacity);
  const auto& times = is_short ? short_times_ : long_times_;
  for (int64_t step = begin; step < end; ++step) out.times.push_back(times[static_cast<size_t>(step % capacity)]);
  const auto it = jobs_.find(job);
  if (it == jobs_.end()) return out;
  const auto read = [&](const std::string& name, const Ring& ring) {
    auto& values = out.series[name];
    for (int64_t step = begin; step < end; ++step) values.push_back(ring.At(step));
  };
  for (const auto& [name, series] : it->second->series) read(name, is_short ? series.seconds : series.tens);
  if (!is_short) return out;
  for (const auto& [name, ring] : it->second->vertex_series) read(name, ring);
  return out;
}

}  // namespace millrace::server
