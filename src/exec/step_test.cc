#include "exec/step.h"

#include <gtest/gtest.h>

#include "base/clock.h"

namespace millrace::exec {
namespace {

// Takes as long for its snapshots as the list says.
class SlowSnapshots final : public Operator {
 public:
  SlowSnapshots(ManualClock* clock, std::vector<int64_t> millis) : clock_(clock), millis_(std::move(millis)) {}
  Status Process(Batch, Output&) override { return Ok(); }
  Status Snapshot(state::OperatorSnapshot&) override {
    clock_->Advance(millis_[next_++]);
    return Ok();
  }

 private:
  ManualClock* clock_;
  std::vector<int64_t> millis_;
  size_t next_ = 0;
};

TEST(Step, TellsTheLongestSnapshot) {
  ManualClock clock(0);
  OperatorMetrics metrics;
  OperatorContext context;
  context.kernel.clock = &clock;
  context.metrics = &metrics;
  NoOutput output;
  Step step(std::make_unique<SlowSnapshots>(&clock, std::vector<int64_t>{3, 12, 5}), "uid", 1, context, &output);
  ASSERT_TRUE(step.Open().ok());
  EXPECT_EQ(metrics.snapshot_micros.Get(), 0);
  for (const int64_t barrier : {1, 2, 3}) ASSERT_TRUE(step.Handle(0, Event::Barrier(barrier)).ok());
  EXPECT_EQ(metrics.snapshot_micros.Get(), 12'000);
}

}  // namespace
}  // namespace millrace::exec
