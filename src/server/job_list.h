#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "engine/job_service.h"

namespace millrace::server {

// The reports of all jobs for the pages that list them. As of now; where looking at all jobs takes long, of the last
// half second, so that many readers of many jobs cost one look. Thread-safe.
class JobList {
 public:
  using Reports = std::shared_ptr<const std::vector<engine::JobReport>>;

  // Both outlive it. A look is kept when it took `slow_nanos` or more.
  JobList(const engine::JobService& jobs, Clock& clock, int64_t slow_nanos = 5'000'000)
      : jobs_(jobs), clock_(clock), slow_nanos_(slow_nanos) {}

  Reports Get();
  void Forget();  // something was changed: the next Get looks again

 private:
  const engine::JobService& jobs_;
  Clock& clock_;
  const int64_t slow_nanos_;
  std::mutex mutex_;
  Reports kept_;  // under mutex_, as all below
  int64_t kept_at_nanos_ = 0;
};

}  // namespace millrace::server
