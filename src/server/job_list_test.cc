#include "server/job_list.h"

#include "server/testing/job_server.h"

namespace millrace::server {
namespace {

using testing::kJob;

struct JobListTest : testing::JobServer {
  ManualClock clock{0};
};

TEST_F(JobListTest, AQuickLookIsAlwaysNew) {
  JobList list(jobs_, clock, 1);  // the clock stands still: nothing takes time
  EXPECT_TRUE(list.Get()->empty());
  Submit(kJob);
  EXPECT_EQ(list.Get()->size(), 1u);
}

TEST_F(JobListTest, ASlowLookServesHalfASecond) {
  JobList list(jobs_, clock, 0);
  EXPECT_TRUE(list.Get()->empty());
  Submit(kJob);
  clock.Advance(499);
  EXPECT_TRUE(list.Get()->empty());
  clock.Advance(1);
  EXPECT_EQ(list.Get()->size(), 1u);
  Submit(std::string(32, 'f'));
  EXPECT_EQ(list.Get()->size(), 1u);
  list.Forget();
  EXPECT_EQ(list.Get()->size(), 2u);
}

}  // namespace
}  // namespace millrace::server
