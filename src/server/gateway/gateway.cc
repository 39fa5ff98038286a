#include "server/gateway/gateway.h"

#include <chrono>

#include <fmt/format.h>

#include "server/gateway/errors.h"

namespace millrace::server::gateway {
namespace {

constexpr std::chrono::seconds kWatchPeriod{10};

}  // namespace

Gateway::Gateway(GatewayOptions options, engine::JobService& jobs) : options_(std::move(options)), jobs_(jobs) {
  if (options_.idle_timeout_millis > 0) watcher_ = std::thread([this] { Watch(); });
}

Gateway::~Gateway() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    ending_.notify_all();
  }
  if (watcher_.joinable()) watcher_.join();
  CloseAll();
}

Result<std::shared_ptr<GatewaySession>> Gateway::Open(const std::map<std::string, std::string>& properties) {
  auto session = std::make_shared<GatewaySession>(options_.environment, jobs_);
  session->With([&](engine::Session& engine_session) {
    for (const auto& [key, value] : properties) engine_session.Set(key, value);
  });
  const std::lock_guard lock(mutex_);
  if (ended_ || sessions_.size() >= options_.max_sessions) {
    return UserError(fmt::format("Failed to create session, the count of active sessions exceeds the max count: {}.",
                                 options_.max_sessions))
        .WithCode(std::string(kSqlGatewayException));
  }
  sessions_[session->handle()] = {session, options_.clock->MonotonicNanos()};
  return session;
}

Result<std::shared_ptr<GatewaySession>> Gateway::Find(std::string_view session) {
  const std::lock_guard lock(mutex_);
  const auto it = sessions_.find(session);
  if (it == sessions_.end()) return UnknownSession(session);
  it->second.used_nanos = options_.clock->MonotonicNanos();
  return it->second.session;
}

Status Gateway::Close(std::string_view session) {
  std::shared_ptr<GatewaySession> found;
  {
    const std::lock_guard lock(mutex_);
    const auto it = sessions_.find(session);
    if (it == sessions_.end()) return UnknownSession(session);
    found = std::move(it->second.session);
    sessions_.erase(it);
  }
  found->Close();
  return Ok();
}

void Gateway::CloseIdle() {
  const int64_t limit = options_.clock->MonotonicNanos() - options_.idle_timeout_millis * 1'000'000;
  std::vector<std::string> idle;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [handle, entry] : sessions_) {
      if (entry.used_nanos < limit) idle.push_back(handle);
    }
  }
  for (const std::string& handle : idle) static_cast<void>(Close(handle).ok());
}

void Gateway::CloseAll() {
  std::map<std::string, Entry, std::less<>> sessions;
  {
    const std::lock_guard lock(mutex_);
    sessions.swap(sessions_);
  }
  for (const auto& [handle, entry] : sessions) entry.session->Close(true);
}

size_t Gateway::num_sessions() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

void Gateway::Watch() {
  std::unique_lock lock(mutex_);
  while (!ending_.wait_for(lock, kWatchPeriod, [&] { return ended_; })) {
    lock.unlock();
    CloseIdle();
    lock.lock();
  }
}

}  // namespace millrace::server::gateway
