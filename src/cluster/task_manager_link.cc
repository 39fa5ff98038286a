#include "cluster/task_manager_link.h"

#include <chrono>

namespace millrace::cluster {
namespace {

constexpr int64_t kOrderMillis = 60'000;  // handing a job over: planning it and opening its state
constexpr int64_t kWatchMillis = 5'000;   // the task manager answers every second
constexpr auto kPause = std::chrono::milliseconds(100);

}  // namespace

TaskManagerLink::TaskManagerLink(std::string address, std::function<void()> on_refused)
    : address_(std::move(address)),
      on_refused_(std::move(on_refused)),
      client_({.connect_timeout_millis = 2'000, .request_timeout_millis = kOrderMillis}),
      watch_client_({.connect_timeout_millis = 2'000, .request_timeout_millis = kWatchMillis}),
      worker_([this] { Run(&TaskManagerLink::Work); }),
      watcher_([this] { Run(&TaskManagerLink::Watch); }) {}

void TaskManagerLink::Run(void (TaskManagerLink::*loop)()) {
  (this->*loop)();
  const std::lock_guard lock(mutex_);
  --threads_;
}

bool TaskManagerLink::idle() {
  const std::lock_guard lock(mutex_);
  return threads_ == 0;
}

bool TaskManagerLink::whole() {
  const std::lock_guard lock(mutex_);
  return !stopping_ && threads_ == 2;
}

TaskManagerLink::~TaskManagerLink() {
  Stop();
  worker_.join();
  watcher_.join();
}

void TaskManagerLink::Stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  work_.clear();
  changed_.notify_all();
}

void TaskManagerLink::Post(std::function<void(http::Client&)> work) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  work_.push_back(std::move(work));
  changed_.notify_all();
}

void TaskManagerLink::Work() {
  while (true) {
    std::function<void(http::Client&)> next;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopping_ || !work_.empty(); });
      if (stopping_) return;
      next = std::move(work_.front());
      work_.pop_front();
    }
    next(client_);
  }
}

// Keeps asking for an answer that takes a second: the connection breaks when the process dies.
void TaskManagerLink::Watch() {
  while (true) {
    const auto answer = watch_client_.Get(address_ + "/watch");
    if (!answer.ok() && answer.error().code == http::Client::kConnectionRefused) return on_refused_();
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, answer.ok() ? kPause / 10 : kPause, [&] { return stopping_; });
    if (stopping_) return;
  }
}

}  // namespace millrace::cluster
