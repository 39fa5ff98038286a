#include "server/gateway/sessions.h"

#include <random>

#include <fmt/format.h>

#include "server/gateway/errors.h"

namespace millrace::server::gateway {

std::string NewHandle() {
  std::random_device device;
  const uint32_t a = device();
  const uint32_t b = device();
  const uint32_t c = device();
  const uint32_t d = device();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:04x}{:08x}", a, b >> 16, b & 0xFFF, 0x8000 | (c >> 16 & 0x3FFF),
                     c & 0xFFFF, d);
}

GatewaySession::GatewaySession(engine::SessionEnvironment environment, SharedJobs& jobs)
    : jobs_(jobs), session_(std::move(environment)) {}

GatewaySession::~GatewaySession() {
  Close();
  if (worker_.joinable()) worker_.join();
}

Result<std::shared_ptr<Operation>> GatewaySession::Submit(StatementRequest request) {
  auto operation = std::make_shared<Operation>(NewHandle(), request.text);
  const std::lock_guard lock(mutex_);
  if (closed_) return UnknownSession(handle_);
  if (operations_.size() >= kMaxOperations) {
    return UserError(fmt::format("The session has {} open operations.", kMaxOperations))
        .WithCode(std::string(kSqlGatewayException))
        .WithHint("Close those whose results were read.");
  }
  operation->SetPending();
  operations_.emplace(operation->handle(), operation);
  queue_.push_back({operation, std::move(request)});
  if (!worker_.joinable()) worker_ = std::thread([this] { Work(); });
  changed_.notify_one();
  return operation;
}

void GatewaySession::Work() {
  for (;;) {
    Queued next;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return closed_ || !queue_.empty(); });
      if (closed_) return;
      next = std::move(queue_.front());
      queue_.pop_front();
    }
    next.operation->Run([&](const Cancellation& cancellation) -> Result<StatementOutcome> {
      auto prepared = With([&](engine::Session& session) { return Prepare(session, next.request); });
      if (!prepared.ok()) return std::move(prepared).error();
      auto outcome = Perform(std::move(*prepared), jobs_, cancellation);
      if (!outcome.ok()) outcome.error().span.reset();  // of a job's plan: it may lie in a view
      return outcome;
    });
  }
}

Result<std::shared_ptr<Operation>> GatewaySession::Find(std::string_view operation) const {
  const std::lock_guard lock(mutex_);
  const auto it = operations_.find(operation);
  if (it == operations_.end()) return UnknownOperation(operation);
  return it->second;
}

Status GatewaySession::CloseOperation(std::string_view operation) {
  MR_ASSIGN(const auto found, Find(operation));
  found->Close();
  const std::lock_guard lock(mutex_);
  operations_.erase(found->handle());
  return Ok();
}

void GatewaySession::Close(bool leave_jobs) {
  std::map<std::string, std::shared_ptr<Operation>, std::less<>> operations;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    queue_.clear();
    operations.swap(operations_);
    changed_.notify_all();
  }
  for (const auto& [handle, operation] : operations) operation->Close(leave_jobs);
}

}  // namespace millrace::server::gateway
