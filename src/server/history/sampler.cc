#include "server/history/sampler.h"

#include "base/clock.h"

namespace millrace::server {

Sampler::Sampler(const engine::JobService& jobs, MetricHistory& history)
    : thread_([this, &jobs, &history] { Run(jobs, history); }) {}

Sampler::~Sampler() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Sampler::Run(const engine::JobService& jobs, MetricHistory& history) {
  auto next = std::chrono::steady_clock::now();
  while (true) {
    history.Add(jobs.Jobs(), SystemClock().WallMillis());
    next += std::chrono::seconds(1);
    std::unique_lock lock(mutex_);
    if (changed_.wait_until(lock, next, [this] { return ending_; })) return;
  }
}

}  // namespace millrace::server
