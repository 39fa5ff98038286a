#include "engine/job_directory.h"

namespace millrace::engine {

void JobDirectory::Add(std::shared_ptr<Job> job) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
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

}  // namespace millrace::engine
