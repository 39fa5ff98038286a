#include "engine/row_queue.h"

#include <future>

#include <gtest/gtest.h>

namespace millrace::engine {
namespace {

class RowQueueTest : public ::testing::Test {
 protected:
  std::future<void> PutToFull() {
    for (size_t i = 0; i < RowQueue::kBatchesAhead; ++i) queue.Put({.num_rows = i}, cancelled);
    return std::async(std::launch::async, [this] { queue.Put({.num_rows = 99}, cancelled); });
  }
  static bool Waits(const std::future<void>& put) {
    return put.wait_for(std::chrono::milliseconds(20)) == std::future_status::timeout;
  }

  RowQueue queue;
  std::atomic<bool> cancelled{false};
  bool ended = false;
};

TEST_F(RowQueueTest, AReaderThatTakesMakesRoom) {
  auto put = PutToFull();
  EXPECT_TRUE(Waits(put));
  EXPECT_EQ(queue.Take(0, ended)->num_rows, 0u);
  put.wait();
  queue.End();
  for (size_t i = 1; i < RowQueue::kBatchesAhead; ++i) EXPECT_EQ(queue.Take(0, ended)->num_rows, i);
  EXPECT_EQ(queue.Take(0, ended)->num_rows, 99u);
  EXPECT_FALSE(ended);
  EXPECT_FALSE(queue.Take(10'000, ended));
  EXPECT_TRUE(ended);
}

TEST_F(RowQueueTest, ACancelledJobDoesNotWait) {
  auto put = PutToFull();
  EXPECT_TRUE(Waits(put));
  cancelled = true;
  queue.Wake();
  put.wait();
}

}  // namespace
}  // namespace millrace::engine
