#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <vector>

namespace millrace {

// A ring for one producer thread and one consumer thread. A full ring is back-pressure: TryPush says no.
template <typename T>
class SpscQueue {
 public:
  explicit SpscQueue(size_t capacity) : slots_(capacity + 1) {}

  // Producer thread. False, and `item` untouched, when full.
  bool TryPush(T& item) {
    const size_t tail = tail_.load(std::memory_order_relaxed);
    const size_t next = tail + 1 == slots_.size() ? 0 : tail + 1;
    if (next == head_.load(std::memory_order_acquire)) return false;
    slots_[tail] = std::move(item);
    tail_.store(next, std::memory_order_release);
    return true;
  }

  // Consumer thread.
  std::optional<T> TryPop() {
    const size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return std::nullopt;
    std::optional<T> out(std::move(slots_[head]));
    slots_[head] = T();
    head_.store(head + 1 == slots_.size() ? 0 : head + 1, std::memory_order_release);
    return out;
  }

  bool Empty() const { return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire); }

 private:
  std::vector<T> slots_;
  alignas(64) std::atomic<size_t> head_{0};
  alignas(64) std::atomic<size_t> tail_{0};
};

}  // namespace millrace
