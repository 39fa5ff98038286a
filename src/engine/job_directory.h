#pragma once

#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "engine/job.h"

namespace millrace::engine {

// The jobs that a process has started, and the last 1 000 of those that have ended. Thread-safe.
class JobDirectory {
 public:
  void Add(std::shared_ptr<Job> job);
  std::vector<std::shared_ptr<Job>> Jobs() const;        // in order of their start
  std::shared_ptr<Job> Find(std::string_view id) const;  // null: none
  void Remove(std::string_view id);                      // cancels it when nobody else holds it

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Job>> jobs_;
};

}  // namespace millrace::engine
