#include <csignal>
#include <ctime>

#include <atomic>
#include <chrono>
#include <thread>

#include "app/command.h"

namespace millrace::app {
namespace {

std::atomic<int> stop_requests{0};
std::atomic<int64_t> first_request_seconds{0};
std::atomic<bool> termination{false};
std::atomic<void (*)()> before_exit{nullptr};

void OnSignal(int signal) {
  const int64_t now = std::time(nullptr);
  if (signal == SIGTERM) termination.store(true);
  if (stop_requests.fetch_add(1) > 0 && signal == SIGINT && now - first_request_seconds.load() > 2) {
    if (before_exit.load() != nullptr) before_exit.load()();
    _exit(130);
  }
  if (stop_requests.load() == 1) first_request_seconds.store(now);
}

}  // namespace

void InstallStopSignals() {
  struct sigaction action{};
  action.sa_handler = OnSignal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

bool TerminationRequested() { return termination.load(); }

void OnSuddenExit(void (*put_back)()) { before_exit.store(put_back); }

bool StopRequested() { return stop_requests.load() > 0; }

void RequestStop() { stop_requests.fetch_add(1); }

void ClearStopRequest() { stop_requests.store(0); }

bool WaitForStop(int64_t millis) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(millis);
  while (!StopRequested()) {
    const auto left = end - std::chrono::steady_clock::now();
    if (left <= left.zero()) return false;
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, std::chrono::milliseconds(20)));
  }
  return true;
}

}  // namespace millrace::app
