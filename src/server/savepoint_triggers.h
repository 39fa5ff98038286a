#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"

namespace millrace::server {

// Savepoints that clients asked for: each runs on a thread of its own and is asked after by its id. The outcomes of the
// last kMaxKept are known. Thread-safe.
class SavepointTriggers {
 public:
  static constexpr size_t kMaxKept = 300;

  ~SavepointTriggers();  // waits for those at work
  // Starts `take`, which gives the savepoint's folder; the id, 32 hex digits. A given `id` that is known already starts
  // nothing: the client asks again because it got no answer.
  std::string Start(std::string id, std::function<Result<std::string>()> take);

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
    uint64_t number = 0;  // in order of their start
    std::thread thread;
  };
  void ForgetOldest();  // of those that are done

  std::mutex mutex_;
  std::condition_variable told_;
  std::map<std::string, Trigger> triggers_;
  uint64_t started_ = 0;
};

}  // namespace millrace::server
