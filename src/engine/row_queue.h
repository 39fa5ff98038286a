#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include "data/batch.h"

namespace millrace::engine {

// Rows of a query between its job's threads and its reader: the job waits for a reader that is behind. Thread-safe.
class RowQueue {
 public:
  static constexpr size_t kBatchesAhead = 16;

  // Waits for room until `cancelled`; who sets that calls Wake.
  void Put(const Batch& batch, const std::atomic<bool>& cancelled);
  void Wake();
  // The job has ended.
  void End();
  // Nullopt: nothing came. `ended`: and nothing will.
  std::optional<Batch> Take(int64_t max_wait_millis, bool& ended);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> batches_;
  bool ended_ = false;
};

}  // namespace millrace::engine
