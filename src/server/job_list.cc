#include "server/job_list.h"

namespace millrace::server {
namespace {

constexpr int64_t kKeptNanos = 500'000'000;

}  // namespace

JobList::Reports JobList::Get() {
  const std::lock_guard lock(mutex_);
  const int64_t start = clock_.MonotonicNanos();
  if (kept_ != nullptr && start - kept_at_nanos_ < kKeptNanos) return kept_;
  auto reports = std::make_shared<const std::vector<engine::JobReport>>(jobs_.Jobs());
  const bool was_slow = clock_.MonotonicNanos() - start >= slow_nanos_;
  kept_ = was_slow ? reports : nullptr;
  kept_at_nanos_ = start;
  return reports;
}

void JobList::Forget() {
  const std::lock_guard lock(mutex_);
  kept_ = nullptr;
}

}  // namespace millrace::server
