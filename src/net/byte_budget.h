#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

namespace millrace::net {

// A limit on the bytes that all connections together hold in memory. A taker that does not fit waits its turn; one that
// is alone always fits, so that a piece larger than the whole budget still passes. Any thread.
class ByteBudget {
 public:
  explicit ByteBudget(size_t limit) : limit_(limit) {}

  // True: taken. False: `retry` is called once, from a later Release, on that caller's thread; then try again.
  bool TryTake(size_t bytes, std::function<void()> retry);
  void Release(size_t bytes);
  size_t used() const;

 private:
  mutable std::mutex mutex_;
  const size_t limit_;
  size_t used_ = 0;
  std::deque<std::function<void()>> waiters_;
};

}  // namespace millrace::net
