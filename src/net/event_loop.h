#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace millrace::net {

// Runs callbacks, timers and sockets on the one thread that calls Run(). Nothing that runs on it may block.
class EventLoop {
 public:
  EventLoop();
  ~EventLoop();  // after Run() has returned; drops callbacks that have not run
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void Run();   // until Stop()
  void Stop();  // any thread
  // Runs `task` on the loop's thread, later than now, in the order of the calls. Any thread.
  void Post(std::function<void()> task);
  bool InLoopThread() const;

  // The asio::io_context, for the .cc files of net/ that open sockets on it.
  void* native_context();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A one-shot timer. Loop thread only, the destructor too.
class Timer {
 public:
  explicit Timer(EventLoop& loop);
  ~Timer();  // cancels
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Runs `task` once, `millis` from now; an earlier task that has not run yet never does. A task is dropped on the
  // loop's thread or with the loop.
  void After(int64_t millis, std::function<void()> task);
  void Cancel();
  bool armed() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace millrace::net
