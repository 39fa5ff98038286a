#include "engine/job_directory.h"

#include <algorithm>

namespace millrace::engine {

namespace {
constexpr size_t kEndedJobsKept = 1'000;
}

void JobDirectory::Add(std::shared_ptr<Job> job) {
  std::shared_ptr<Job> oldest;  // goes behind the lock
  const std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
  const auto ended = [](const std::shared_ptr<Job>& one) { return one->end_millis() >= 0; };
  if (jobs_.size() <= kEndedJobsKept || std::count_if(jobs_.begin(), jobs_.end(), ended) <= int64_t{kEndedJobsKept}) {
    return;
  }
  const auto first = std::find_if(jobs_.begin(), jobs_.end(), ended);
  oldest = std::move(*first);
  jobs_.erase(first);
}

std::vector<std::shared_ptr<Job>> JobDirectory::Jobs() const {
  const std::lock_guard lock(mutex_);
  return jobs_;
}

std::shared_ptr<Job> JobDirectory::Find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  for (const auto& job : jobs_) {
    if (job->id() == id) return job;
  }
  return nullptr;
}

void JobDirectory::Remove(std::string_view id) {
  std::shared_ptr<Job> removed;  // goes behind the lock
  const std::lock_guard lock(mutex_);
  const auto it = std::find_if(jobs_.begin(), jobs_.end(), [&](const auto& job) { return job->id() == id; });
  if (it == jobs_.end()) return;
  removed = std::move(*it);
  jobs_.erase(it);
}

}  // namespace millrace::engine
