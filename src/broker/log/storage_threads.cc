#include "broker/log/storage_threads.h"

#include <chrono>

namespace millrace::broker {

StorageThreads::StorageThreads(int64_t flush_interval_ms, std::function<void()> flush, std::function<void()> maintain)
    : flush_interval_ms_(flush_interval_ms),
      flush_(std::move(flush)),
      maintain_(std::move(maintain)),
      flush_thread_([this] { RunFlush(); }),
      maintenance_thread_([this] { RunMaintenance(); }) {}

StorageThreads::~StorageThreads() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  flush_thread_.join();
  maintenance_thread_.join();
}

void StorageThreads::Wake(bool urgent) {
  {
    std::lock_guard lock(mutex_);
    if (dirty_ && (urgent_ || !urgent)) return;
    dirty_ = true;
    urgent_ = urgent_ || urgent;
  }
  changed_.notify_all();
}

void StorageThreads::RunFlush() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopped_ || dirty_; });
    changed_.wait_for(lock, std::chrono::milliseconds(flush_interval_ms_), [this] { return stopped_ || urgent_; });
    if (stopped_) return;
    dirty_ = urgent_ = false;
    lock.unlock();
    flush_();
    lock.lock();
  }
}

void StorageThreads::RunMaintenance() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, std::chrono::seconds(1), [this] { return stopped_; })) {
    lock.unlock();
    maintain_();
    lock.lock();
  }
}

}  // namespace millrace::broker
