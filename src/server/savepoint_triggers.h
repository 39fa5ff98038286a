#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"

namespace millrace::server {

// Savepoints that clients asked for: each runs on a thread of its own and is asked after by its id. Thread-safe.
class SavepointTriggers {
 public:
  ~SavepointTriggers();  // waits for those at work
  // Starts `take`, which gives the savepoint's folder; the id, 32 hex digits.
  std::string Start(std::function<Result<std::string>()> take);

  struct Outcome {
    bool known = false;
    std::optional<Result<std::string>> result;  // none yet: in progress
  };
  Outcome Find(const std::string& id);
  // Until every outcome was asked for, at most `millis`: a process that ends with its job tells the client first.
  void AwaitReaders(int64_t millis);

 private:
  struct Trigger {
    std::optional<Result<std::string>> result;
    bool told = false;
  };
  std::mutex mutex_;
  std::condition_variable told_;
  std::map<std::string, Trigger> triggers_;
  std::vector<std::thread> threads_;
};

}  // namespace millrace::server
