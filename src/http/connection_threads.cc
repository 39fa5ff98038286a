#include "http/connection_threads.h"

namespace millrace::http {

void ConnectionThreads::Run(std::function<void()> work) {
  std::lock_guard lock(mutex_);
  queue_.push_back(std::move(work));
  if (queue_.size() > num_idle_ && threads_.size() < max_threads_) threads_.emplace_back([this] { Loop(); });
  changed_.notify_one();
}

void ConnectionThreads::Join() {
  std::vector<std::thread> threads;
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
    threads.swap(threads_);
    changed_.notify_all();
  }
  for (std::thread& thread : threads) thread.join();
}

void ConnectionThreads::Loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    num_idle_ += 1;
    changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    num_idle_ -= 1;
    if (queue_.empty()) return;
    const std::function<void()> work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace millrace::http
