#include "server/console/sample_ring.h"

#include <gtest/gtest.h>

namespace millrace::server::console {
namespace {

TEST(SampleRing, KeepsAQuarterHourBySecondsAndSixHoursByTen) {
  SampleRing ring;
  EXPECT_TRUE(ring.Read(HistoryRange::kQuarterHour).times.empty());
  for (int64_t second = 0; second < 30'000; ++second) ring.Add(second * 1'000, static_cast<double>(second));
  const auto fine = ring.Read(HistoryRange::kQuarterHour);
  EXPECT_EQ(fine.times.size(), 900u);
  EXPECT_EQ(fine.times.back(), 29'999'000);
  EXPECT_EQ(fine.values.front(), 29'100.0);
  const auto coarse = ring.Read(HistoryRange::kSixHours);
  EXPECT_EQ(coarse.times.size(), 2'160u);
  EXPECT_EQ(coarse.times.back(), 29'990'000);
  EXPECT_EQ(coarse.values.back(), 29'999.0);
  // Steps without a sample are empty, a clock set back waits.
  ring.Add(30'003'000, 1);
  ring.Add(20'000'000, 5);
  const auto gap = ring.Read(HistoryRange::kQuarterHour);
  EXPECT_EQ(gap.times.back(), 30'003'000);
  EXPECT_EQ(gap.values[gap.values.size() - 2], std::nullopt);
  EXPECT_EQ(gap.values[gap.values.size() - 5], 29'999.0);
}

TEST(SampleRing, RatesBridgeALateSample) {
  SampleRing ring;
  for (const auto& [second, value] : {std::pair{10, 5.0}, {11, 8.0}, {13, 12.0}, {14, 3.0}, {20, 9.0}}) {
    ring.Add(second * 1'000, value);
  }
  const auto rates = Rates(ring.Read(HistoryRange::kQuarterHour));
  ASSERT_EQ(rates.size(), 11u);
  EXPECT_EQ(rates[0], std::nullopt);
  EXPECT_EQ(rates[1], 3.0);
  EXPECT_EQ(rates[2], std::nullopt);
  EXPECT_EQ(rates[3], 2.0);
  EXPECT_EQ(rates[4], 0.0);
  EXPECT_EQ(rates[10], std::nullopt);
}

}  // namespace
}  // namespace millrace::server::console
