#include "server/history/metric_history.h"

#include <cmath>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace millrace::server {
namespace {

using engine::JobReport;

// A source and a sink in one vertex of two subtasks, after so many seconds at 100 records a second.
JobReport ReportAt(int64_t second, std::string id = "a") {
  JobReport job{.id = std::move(id), .name = "n", .state = "RUNNING", .now_millis = second * 1'000};
  engine::VertexReport vertex{.id = "v", .name = "v"};
  vertex.operators = {
      {.id = 1, .name = "Source: T[1]", .records_in = second * 100, .records_out = second * 100},
      {.id = 2, .name = "U[2]: Writer", .records_in = second * 50, .late_rows = second, .state_bytes = 7}};
  vertex.subtasks = {{.index = 0, .records_in = second * 80, .busy_millis = second * 900, .idle_millis = second * 100},
                     {.index = 1, .records_in = second * 20, .busy_millis = second * 200, .idle_millis = second * 800}};
  job.vertices = {vertex};
  job.splits = {{.name = "T-0", .watermark = second * 1'000 - 5'000}, {.name = "T-1", .idle = true}};
  return job;
}

TEST(RateMeter, RatesAreThoseOfTheLastFiveSeconds) {
  RateMeter meter;
  meter.Add(ReportAt(0));
  EXPECT_EQ(meter.rates()->records_in, 0);
  for (int64_t second = 1; second <= 3; ++second) meter.Add(ReportAt(second));
  EXPECT_DOUBLE_EQ(meter.rates()->records_in, 100);
  EXPECT_DOUBLE_EQ(meter.rates()->records_out, 50);
  EXPECT_DOUBLE_EQ(meter.rates()->Of("v", 1).records_in, 20);
  EXPECT_DOUBLE_EQ(meter.rates()->Of("v", 1).busy, 0.2);
  EXPECT_DOUBLE_EQ(meter.rates()->OfVertex("v").busy, 0.9);
  EXPECT_DOUBLE_EQ(meter.rates()->OfVertex("v").idle, 0.1);
  EXPECT_DOUBLE_EQ(meter.rates()->OfOperator(1).records_out, 100);
  // The job stands still for ten seconds: after five nothing of its speed is left.
  JobReport still = ReportAt(3);
  for (int64_t second = 4; second <= 10; ++second) {
    still.now_millis = second * 1'000;
    meter.Add(still);
  }
  EXPECT_EQ(meter.rates()->records_in, 0);
}

TEST(RateMeter, ANewRunCountsFromZero) {
  RateMeter meter;
  meter.Add(ReportAt(10));
  JobReport restarted = ReportAt(0);
  restarted.now_millis = 11'000;
  meter.Add(restarted);
  EXPECT_EQ(meter.rates()->records_in, 0);
  JobReport replanned = ReportAt(12);
  replanned.vertices[0].operators.pop_back();
  meter.Add(replanned);  // another shape: nothing to compare with
  EXPECT_EQ(meter.rates()->records_in, 0);
}

TEST(MetricHistory, AValueASecondAndOnePerTen) {
  MetricHistory history;
  for (int64_t second = 1; second <= 30; ++second) history.Add({ReportAt(second)}, second * 1'000);
  const TimeSeries seconds = history.Of("a", HistoryRange::kQuarterHour);
  EXPECT_EQ(seconds.times.size(), 30u);
  EXPECT_EQ(seconds.times.back(), 30'000);
  EXPECT_FLOAT_EQ(seconds.series.at("records_in_rate").back(), 100);
  EXPECT_FLOAT_EQ(seconds.series.at("late_rows_rate").back(), 1);
  EXPECT_FLOAT_EQ(seconds.series.at("watermark_delay_millis").back(), 5'000);
  EXPECT_FLOAT_EQ(seconds.series.at("busy_ratio").back(), 0.9F);
  EXPECT_FLOAT_EQ(seconds.series.at("state_bytes").back(), 7);
  EXPECT_FLOAT_EQ(seconds.series.at("vertex.v.busy_ratio").back(), 0.9F);
  EXPECT_TRUE(std::isnan(seconds.series.at("checkpoint_duration_millis").back()));
  const TimeSeries tens = history.Of("a", HistoryRange::kSixHours);
  EXPECT_EQ(tens.times, (std::vector<int64_t>{10'000, 20'000, 30'000}));
  EXPECT_FLOAT_EQ(tens.series.at("records_in_rate")[0], 90);  // the first look has no rate
  EXPECT_FLOAT_EQ(tens.series.at("records_in_rate")[2], 100);
  EXPECT_FALSE(tens.series.contains("vertex.v.busy_ratio"));
}

TEST(MetricHistory, TheOldestValuesGo) {
  MetricHistory history;
  for (int64_t second = 1; second <= 1'000; ++second) {
    history.Add({ReportAt(second), ReportAt(second, second > 990 ? "late" : "b")}, second * 1'000);
  }
  const TimeSeries seconds = history.Of("a", HistoryRange::kQuarterHour);
  ASSERT_EQ(seconds.times.size(), 900u);
  EXPECT_EQ(seconds.times.front(), 101'000);
  EXPECT_EQ(seconds.times.back(), 1'000'000);
  EXPECT_EQ(seconds.series.at("records_in_rate").size(), 900u);
  for (const float value : seconds.series.at("records_in_rate")) EXPECT_FLOAT_EQ(value, 100);
  const TimeSeries late = history.Of("late", HistoryRange::kQuarterHour);
  EXPECT_TRUE(std::isnan(late.series.at("records_in_rate")[889]));
  EXPECT_FLOAT_EQ(late.series.at("records_in_rate")[899], 100);
  EXPECT_TRUE(history.Of("b", HistoryRange::kQuarterHour).series.empty());  // the service has forgotten it
}

TEST(MetricHistory, SixHoursOfTens) {
  MetricHistory history;
  constexpr int64_t kSeconds = 6 * 3'600 + 100;
  for (int64_t second = 1; second <= kSeconds; ++second) history.Add({ReportAt(second)}, second * 1'000);
  const TimeSeries tens = history.Of("a", HistoryRange::kSixHours);
  ASSERT_EQ(tens.times.size(), 2'160u);
  EXPECT_EQ(tens.times.back() - tens.times.front(), (6 * 3'600 - 10) * 1'000);
  EXPECT_EQ(tens.times.back(), kSeconds * 1'000);
  const auto& rates = tens.series.at("records_in_rate");
  ASSERT_EQ(rates.size(), 2'160u);
  for (const float rate : rates) EXPECT_FLOAT_EQ(rate, 100);
}

TEST(MetricHistory, RatesWithoutSeries) {
  MetricHistory history(0);
  for (int64_t second = 1; second <= 3; ++second) history.Add({ReportAt(second)}, second * 1'000);
  EXPECT_DOUBLE_EQ(history.RatesOf("a")->records_in, 100);
  EXPECT_TRUE(history.Of("a", HistoryRange::kQuarterHour).series.empty());
}

TEST(MetricHistory, JobsThatEndedMakeRoom) {
  MetricHistory history;
  std::vector<JobReport> jobs;
  for (size_t i = 0; i < MetricHistory::kMaxJobs; ++i) jobs.push_back(ReportAt(1, fmt::format("{:04}", i)));
  history.Add(jobs, 1'000);
  jobs.push_back(ReportAt(1, "one too many"));
  history.Add(jobs, 2'000);
  EXPECT_TRUE(history.Of("one too many", HistoryRange::kQuarterHour).series.empty());
  jobs[7].state = "FINISHED";
  jobs.push_back(ReportAt(1, "next"));
  history.Add(jobs, 3'000);
  EXPECT_FALSE(history.Of("next", HistoryRange::kQuarterHour).series.empty());
  EXPECT_TRUE(history.Of("0007", HistoryRange::kQuarterHour).series.empty());
  EXPECT_FALSE(history.Of("0008", HistoryRange::kQuarterHour).series.empty());
}

}  // namespace
}  // namespace millrace::server
