#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace millrace::broker {

// The two threads of a data folder. One flushes: within `flush_interval_ms` after Wake, at once when it is urgent,
// never without need. The other calls `maintain` once a second.
class StorageThreads {
 public:
  StorageThreads(int64_t flush_interval_ms, std::function<void()> flush, std::function<void()> maintain);
  ~StorageThreads();  // waits for both
  StorageThreads(const StorageThreads&) = delete;
  StorageThreads& operator=(const StorageThreads&) = delete;

  void Wake(bool urgent);  // any thread

 private:
  void RunFlush();
  void RunMaintenance();

  const int64_t flush_interval_ms_;
  const std::function<void()> flush_;
  const std::function<void()> maintain_;

  std::mutex mutex_;  // guards the flags
  std::condition_variable changed_;
  bool dirty_ = false;
  bool urgent_ = false;
  bool stopped_ = false;

  std::thread flush_thread_;
  std::thread maintenance_thread_;
};

}  // namespace millrace::broker
