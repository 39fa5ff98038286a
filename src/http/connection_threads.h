#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace millrace::http {

// Threads for work that may take as long as it likes. A new thread is started when none is idle, up to a limit; beyond
// it work waits. Any thread.
class ConnectionThreads {
 public:
  explicit ConnectionThreads(size_t max_threads) : max_threads_(max_threads) {}

  void Run(std::function<void()> work);
  // Waits for all work that was given, then ends the threads. Nothing may be given after it.
  void Join();

 private:
  void Loop();

  const size_t max_threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;  // under mutex_, as all below
  std::vector<std::thread> threads_;
  size_t num_idle_ = 0;
  bool ending_ = false;
};

}  // namespace millrace::http
