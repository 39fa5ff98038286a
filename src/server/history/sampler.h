#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/job_service.h"
#include "server/history/metric_history.h"

namespace millrace::server {

// Looks at all jobs once a second, on a thread of its own.
class Sampler {
 public:
  Sampler(const engine::JobService& jobs, MetricHistory& history);
  ~Sampler();  // ends the thread

 private:
  void Run(const engine::JobService& jobs, MetricHistory& history);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;  // under mutex_
  std::thread thread_;
};

}  // namespace millrace::server
