#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "http/client.h"

namespace millrace::cluster {

// The job manager's side of one task manager: does what is asked of it one by one on a thread of its own, so that a
// slow one holds up nobody else, and notices when its process dies.
class TaskManagerLink {
 public:
  // `on_refused` is called, once and on a thread of the link, when the port refuses connections.
  TaskManagerLink(std::string address, std::function<void()> on_refused);
  ~TaskManagerLink();  // waits for the call at work

  void Post(std::function<void(http::Client&)> work);
  void Stop();   // takes no more work, drops what waits; does not wait
  bool idle();   // both threads have ended: the destructor does not wait
  bool whole();  // both threads are at work: it has neither been stopped nor refused
  const std::string& address() const { return address_; }

 private:
  void Run(void (TaskManagerLink::*loop)());
  void Work();
  void Watch();

  const std::string address_;
  const std::function<void()> on_refused_;
  http::Client client_;
  http::Client watch_client_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void(http::Client&)>> work_;  // under mutex_
  bool stopping_ = false;                                // under mutex_
  int threads_ = 2;                                      // under mutex_
  std::thread worker_;
  std::thread watcher_;
};

}  // namespace millrace::cluster
