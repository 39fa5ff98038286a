#include "exec/watermark_merger.h"

#include <gtest/gtest.h>

namespace millrace::exec {
namespace {

TEST(WatermarkMerger, TakesTheLowestInput) {
  WatermarkMerger merger(2);
  EXPECT_FALSE(merger.OnWatermark(0, 10).watermark.has_value());
  EXPECT_EQ(merger.OnWatermark(1, 5).watermark, 5);
  EXPECT_EQ(merger.OnWatermark(1, 20).watermark, 10);
  EXPECT_FALSE(merger.OnWatermark(1, 15).watermark.has_value());
}

TEST(WatermarkMerger, IdleInputsDoNotHoldItBack) {
  WatermarkMerger merger(2);
  EXPECT_FALSE(merger.OnWatermark(0, 10).watermark.has_value());
  EXPECT_EQ(merger.OnIdle(1).watermark, 10);
  merger.OnActive(1);
  EXPECT_FALSE(merger.OnWatermark(1, 3).watermark.has_value());
  EXPECT_FALSE(merger.OnWatermark(0, 30).watermark.has_value());
  EXPECT_EQ(merger.OnWatermark(1, 25).watermark, 25);
}

TEST(WatermarkMerger, TheLastActiveInputFlushesToTheHighest) {
  WatermarkMerger merger(2);
  merger.OnWatermark(0, 50);
  EXPECT_EQ(merger.OnWatermark(1, 10).watermark, 10);
  EXPECT_FALSE(merger.OnIdle(0).idle);
  const auto change = merger.OnIdle(1);
  EXPECT_TRUE(change.idle);
  EXPECT_EQ(change.watermark, 50);
}

TEST(WatermarkMerger, EndOfAllInputsIsTheEndOfTime) {
  WatermarkMerger merger(2);
  merger.OnWatermark(0, 50);
  merger.OnWatermark(1, 10);
  EXPECT_EQ(merger.OnEnd(1).watermark, 50);
  const auto change = merger.OnEnd(0);
  EXPECT_TRUE(change.ended);
  EXPECT_EQ(change.watermark, kEndOfTime);
}

}  // namespace
}  // namespace millrace::exec
