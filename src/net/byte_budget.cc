#include "net/byte_budget.h"

#include <algorithm>
#include <utility>

namespace millrace::net {

bool ByteBudget::TryTake(size_t bytes, std::function<void()> retry) {
  const std::lock_guard lock(mutex_);
  if (used_ == 0 || bytes <= limit_ - std::min(limit_, used_)) {
    used_ += bytes;
    return true;
  }
  waiters_.push_back(std::move(retry));
  return false;
}

void ByteBudget::Release(size_t bytes) {
  std::deque<std::function<void()>> woken;
  {
    const std::lock_guard lock(mutex_);
    used_ -= bytes;
    woken.swap(waiters_);
  }
  for (const auto& retry : woken) retry();
}

size_t ByteBudget::used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

}  // namespace millrace::net
