#include "exec/window_times.h"

#include <gtest/gtest.h>

namespace millrace::exec {
namespace {

using plan::WindowKind;

WindowTimes Times(WindowKind kind, int64_t size, int64_t slide, int64_t offset = 0) {
  return WindowTimes({.kind = kind, .size = size, .slide = slide, .offset = offset}, nullptr);
}

TEST(WindowTimes, TumbleAlignsDownwardsWithOffsets) {
  // Flink's documented example: size 10 min, 00:00:04; offsets -16, -6 and 4 give [23:54, 00:04).
  constexpr int64_t kMinute = 60'000;
  for (const int64_t offset : {-16, -6, 4}) {
    const int64_t end = Times(WindowKind::kTumble, 10 * kMinute, 0, offset * kMinute).SliceEnd(4'000);
    EXPECT_EQ(end, 4 * kMinute) << offset;
  }
  for (const int64_t offset : {-4, 6}) {
    const int64_t end = Times(WindowKind::kTumble, 10 * kMinute, 0, offset * kMinute).SliceEnd(4'000);
    EXPECT_EQ(end, 6 * kMinute) << offset;
  }
  EXPECT_EQ(Times(WindowKind::kTumble, 10, 0).SliceEnd(-1), 0);
  EXPECT_EQ(Times(WindowKind::kTumble, 10, 0).SliceEnd(-10), 0);
  EXPECT_EQ(Times(WindowKind::kTumble, 10, 0).SliceEnd(-11), -10);
}

TEST(WindowTimes, HopWindowsOfASlice) {
  const WindowTimes times = Times(WindowKind::kHop, 10, 5);
  EXPECT_EQ(times.SliceEnd(6), 10);
  EXPECT_EQ(times.FirstWindowEnd(10), 10);
  EXPECT_EQ(times.LastWindowEnd(10), 15);
  EXPECT_EQ(times.WindowStart(15), 5);
  EXPECT_EQ(times.NextWindowEnd(15), 20);
}

TEST(WindowTimes, HopWithoutDivisibilityUsesTheGreatestCommonDivisor) {
  const WindowTimes times = Times(WindowKind::kHop, 10, 4);
  EXPECT_EQ(times.slice_length(), 2);
  std::vector<int64_t> ends;
  times.WindowEndsOf(9, &ends);
  EXPECT_EQ(ends, (std::vector<int64_t>{10, 14, 18}));
  EXPECT_EQ(times.FirstWindowEnd(times.SliceEnd(9)), 10);
  EXPECT_EQ(times.LastWindowEnd(times.SliceEnd(9)), 18);
}

TEST(WindowTimes, CumulateStepsUpToTheSize) {
  const WindowTimes times = Times(WindowKind::kCumulate, 10, 2);
  std::vector<int64_t> ends;
  times.WindowEndsOf(5, &ends);
  EXPECT_EQ(ends, (std::vector<int64_t>{6, 8, 10}));
  EXPECT_EQ(times.LastWindowEnd(6), 10);
  EXPECT_EQ(times.WindowStart(6), 0);
  EXPECT_EQ(times.NextWindowEnd(8), 10);
  EXPECT_FALSE(times.NextWindowEnd(10).has_value());
}

TEST(WindowTimes, EveryTimeLiesInExactlyTheWindowsOfItsSlice) {
  for (const auto& [size, slide] : {std::pair(10, 5), std::pair(12, 4), std::pair(9, 6), std::pair(7, 7)}) {
    for (const int64_t offset : {-3, 0, 2}) {
      const WindowTimes times = Times(WindowKind::kHop, size, slide, offset);
      for (int64_t time = -40; time < 40; ++time) {
        std::vector<int64_t> ends;
        times.WindowEndsOf(time, &ends);
        const int64_t slice = times.SliceEnd(time);
        ASSERT_FALSE(ends.empty() && size >= slide);
        EXPECT_EQ(ends.front(), times.FirstWindowEnd(slice));
        EXPECT_EQ(ends.back(), times.LastWindowEnd(slice));
        for (const int64_t end : ends) EXPECT_TRUE(end - size <= time && time < end);
      }
    }
  }
}

}  // namespace
}  // namespace millrace::exec
