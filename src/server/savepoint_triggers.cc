#include "server/savepoint_triggers.h"

#include <algorithm>
#include <chrono>
#include <random>

#include <fmt/format.h>

namespace millrace::server {

SavepointTriggers::~SavepointTriggers() {
  for (std::thread& thread : threads_) thread.join();
}

std::string SavepointTriggers::Start(std::function<Result<std::string>()> take) {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) id += fmt::format("{:08x}", static_cast<uint32_t>(random()));
  const std::lock_guard lock(mutex_);
  triggers_[id] = {};
  threads_.emplace_back([this, id, take = std::move(take)] {
    Result<std::string> path = take();
    const std::lock_guard done(mutex_);
    triggers_[id].result = std::move(path);
  });
  return id;
}

SavepointTriggers::Outcome SavepointTriggers::Find(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto it = triggers_.find(id);
  if (it == triggers_.end()) return {};
  it->second.told = it->second.result.has_value();
  told_.notify_all();
  return {true, it->second.result};
}

void SavepointTriggers::AwaitReaders(int64_t millis) {
  std::unique_lock lock(mutex_);
  told_.wait_for(lock, std::chrono::milliseconds(millis), [&] {
    return std::all_of(triggers_.begin(), triggers_.end(), [](const auto& one) { return one.second.told; });
  });
}

}  // namespace millrace::server
