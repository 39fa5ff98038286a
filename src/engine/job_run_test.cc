#include "engine/job_run.h"

#include <gtest/gtest.h>

namespace millrace::engine {
namespace {

// Without an exchange between them one slot may be a checkpoint behind the other.
TEST(JobRun, ALateSnapshotLeavesThoseOfTheNextCheckpoint) {
  plan::PhysicalPlan plan;
  plan.parallelism = 2;
  JobRun run(plan, {.clock = &SystemClock()});
  const auto report = [&](int64_t checkpoint, uint32_t slot) { run.shared().on_snapshot(checkpoint, {.slot = slot}); };
  report(5, 0);
  report(4, 1);
  EXPECT_TRUE(run.TakeSnapshots(5).empty());
  report(5, 1);
  EXPECT_EQ(run.TakeSnapshots(5).size(), 2u);
}

}  // namespace
}  // namespace millrace::engine
