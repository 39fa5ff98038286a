#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace millrace::broker {

// Callbacks that live as long as the handle Add gave. Any thread.
class Observers {
 public:
  std::shared_ptr<void> Add(std::function<void()> observer) {
    auto entry = std::make_shared<std::function<void()>>(std::move(observer));
    std::lock_guard lock(mutex_);
    std::erase_if(entries_, [](const auto& each) { return each.expired(); });
    entries_.push_back(entry);
    count_.store(entries_.size(), std::memory_order_seq_cst);
    return entry;
  }

  // Calls all of them, under no lock: one whose handle is being dropped at this moment may still be called.
  void Notify() {
    if (count_.load(std::memory_order_seq_cst) == 0) return;
    std::vector<std::shared_ptr<std::function<void()>>> alive;
    {
      std::lock_guard lock(mutex_);
      std::erase_if(entries_, [](const auto& each) { return each.expired(); });
      count_.store(entries_.size(), std::memory_order_seq_cst);
      for (const auto& entry : entries_) {
        if (auto observer = entry.lock()) alive.push_back(std::move(observer));
      }
    }
    for (const auto& observer : alive) (*observer)();
  }

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<std::function<void()>>> entries_;
  std::atomic<size_t> count_ = 0;
};

}  // namespace millrace::broker
