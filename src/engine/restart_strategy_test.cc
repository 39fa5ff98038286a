#include "engine/restart_strategy.h"

#include <gtest/gtest.h>

namespace millrace::engine {
namespace {

using Kind = RestartSettings::Kind;

double Middle() { return 0.5; }
double High() { return 1; }

TEST(RestartStrategy, NoneFailsAtOnce) {
  RestartStrategy strategy({}, Middle);
  EXPECT_EQ(strategy.DelayAfterFailure(0, 10), std::nullopt);
}

TEST(RestartStrategy, FixedDelayCountsAttempts) {
  RestartStrategy strategy({.kind = Kind::kFixedDelay, .attempts = 2, .delay = 70}, Middle);
  EXPECT_EQ(strategy.DelayAfterFailure(0, 10), 70);
  EXPECT_EQ(strategy.DelayAfterFailure(80, 90), 70);
  EXPECT_EQ(strategy.DelayAfterFailure(160, 170), std::nullopt);
}

TEST(RestartStrategy, FailureRateForgetsOldFailures) {
  RestartStrategy strategy({.kind = Kind::kFailureRate, .attempts = 2, .delay = 5, .interval = 100}, Middle);
  EXPECT_EQ(strategy.DelayAfterFailure(0, 0), 5);
  EXPECT_EQ(strategy.DelayAfterFailure(0, 50), 5);
  EXPECT_EQ(strategy.DelayAfterFailure(0, 120), 5);  // the first one is out of the interval
  EXPECT_EQ(strategy.DelayAfterFailure(0, 140), std::nullopt);
}

TEST(RestartStrategy, FailureRateOfOneSurvivesOneFailure) {
  RestartStrategy strategy({.kind = Kind::kFailureRate, .attempts = 1, .delay = 5, .interval = 100}, Middle);
  EXPECT_EQ(strategy.DelayAfterFailure(0, 0), 5);
  EXPECT_EQ(strategy.DelayAfterFailure(0, 101), 5);
  EXPECT_EQ(strategy.DelayAfterFailure(0, 201), std::nullopt) << "the end of the interval belongs to it";
}

TEST(RestartStrategy, ExponentialDelayGrowsToItsLimitAndResets) {
  RestartStrategy strategy({.kind = Kind::kExponentialDelay,
                            .delay = 100,
                            .max_delay = 300,
                            .multiplier = 2,
                            .jitter = 0.1,
                            .interval = 10'000},
                           Middle);
  EXPECT_EQ(strategy.DelayAfterFailure(0, 10), 100);
  EXPECT_EQ(strategy.DelayAfterFailure(100, 110), 200);
  EXPECT_EQ(strategy.DelayAfterFailure(300, 310), 300);
  EXPECT_EQ(strategy.DelayAfterFailure(600, 610), 300);
  EXPECT_EQ(strategy.DelayAfterFailure(900, 10'900), 100) << "it ran for as long as the threshold";
}

TEST(RestartStrategy, JitterStaysWithinItsPartAndTheLimit) {
  RestartStrategy strategy({.kind = Kind::kExponentialDelay, .delay = 100, .max_delay = 105, .jitter = 0.1}, High);
  EXPECT_EQ(strategy.DelayAfterFailure(0, 1), 105);
}

}  // namespace
}  // namespace millrace::engine
