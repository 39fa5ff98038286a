#include "server/savepoint_triggers.h"

#include <algorithm>
#include <chrono>

#include "engine/job_spec.h"

namespace millrace::server {

SavepointTriggers::~SavepointTriggers() {
  for (auto& [id, trigger] : triggers_) trigger.thread.join();
}

std::string SavepointTriggers::Start(std::string id, std::function<Result<std::string>()> take) {
  if (id.empty()) id = engine::NewJobId();
  const std::lock_guard lock(mutex_);
  if (triggers_.contains(id)) return id;
  if (triggers_.size() >= kMaxKept) ForgetOldest();
  Trigger& trigger = triggers_[id];
  trigger.number = started_++;
  trigger.thread = std::thread([this, id, take = std::move(take)] {
    Result<std::string> path = take();
    const std::lock_guard done(mutex_);
    triggers_[id].result = std::move(path);
  });
  return id;
}

void SavepointTriggers::ForgetOldest() {
  auto oldest = triggers_.end();
  for (auto it = triggers_.begin(); it != triggers_.end(); ++it) {
    const bool is_older = oldest == triggers_.end() || it->second.number < oldest->second.number;
    if (it->second.result && is_older) oldest = it;
  }
  if (oldest == triggers_.end()) return;
  oldest->second.thread.join();  // it has nothing more to do
  triggers_.erase(oldest);
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
