#include "engine/row_queue.h"

#include <chrono>

namespace millrace::engine {

void RowQueue::Put(const Batch& batch, const std::atomic<bool>& cancelled) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return batches_.size() < kBatchesAhead || cancelled.load(); });
  batches_.push_back(batch);
  changed_.notify_all();
}

void RowQueue::Wake() {
  const std::lock_guard lock(mutex_);  // not between the look at `cancelled` and the wait
  changed_.notify_all();
}

void RowQueue::End() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

std::optional<Batch> RowQueue::Take(int64_t max_wait_millis, bool& ended) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(max_wait_millis), [&] { return ended_ || !batches_.empty(); });
  ended = ended_ && batches_.empty();
  if (batches_.empty()) return std::nullopt;
  Batch batch = std::move(batches_.front());
  batches_.pop_front();
  changed_.notify_all();
  return batch;
}

}  // namespace millrace::engine
