#include "net/event_loop.h"

#include <chrono>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

namespace millrace::net {

struct EventLoop::Impl {
  // Without the hint that one thread runs it: what a task posts would queue up behind what others post after it.
  asio::io_context io;
};

EventLoop::EventLoop() : impl_(std::make_unique<Impl>()) {}
EventLoop::~EventLoop() = default;

void EventLoop::Run() {
  auto work = asio::make_work_guard(impl_->io);
  impl_->io.run();
}

void* EventLoop::native_context() { return &impl_->io; }

void EventLoop::Stop() { impl_->io.stop(); }

void EventLoop::Post(std::function<void()> task) { asio::post(impl_->io, std::move(task)); }

bool EventLoop::InLoopThread() const { return impl_->io.get_executor().running_in_this_thread(); }

struct Timer::State {
  explicit State(asio::io_context& io) : timer(io) {}
  asio::steady_timer timer;
  bool armed = false;
  uint64_t turn = 0;  // a wait that was already queued when the timer was set anew has an older turn
};

Timer::Timer(EventLoop& loop)
    : state_(std::make_shared<State>(*static_cast<asio::io_context*>(loop.native_context()))) {}

Timer::~Timer() { Cancel(); }

// The wait holds the task: whoever waits for his own timer goes with the loop.
void Timer::After(int64_t millis, std::function<void()> task) {
  const uint64_t turn = ++state_->turn;
  state_->armed = true;
  state_->timer.expires_after(std::chrono::milliseconds(millis < 0 ? 0 : millis));
  state_->timer.async_wait([state = state_, turn, task = std::move(task)](const asio::error_code& error) {
    if (error || state->turn != turn) return;
    state->armed = false;
    task();
  });
}

void Timer::Cancel() {
  ++state_->turn;
  state_->armed = false;
  state_->timer.cancel();
}

bool Timer::armed() const { return state_->armed; }

}  // namespace millrace::net
