#include "server/gateway/operations.h"

#include <chrono>

#include <fmt/format.h>

#include "server/gateway/errors.h"

namespace millrace::server::gateway {

std::string_view OperationStatusName(OperationStatus status) {
  switch (status) {
    case OperationStatus::kInitialized: return "INITIALIZED";
    case OperationStatus::kPending: return "PENDING";
    case OperationStatus::kRunning: return "RUNNING";
    case OperationStatus::kFinished: return "FINISHED";
    case OperationStatus::kCanceled: return "CANCELED";
    case OperationStatus::kClosed: return "CLOSED";
    case OperationStatus::kError: return "ERROR";
  }
  return "";
}

void Cancellation::Cancel(bool leave_job) {
  const std::lock_guard lock(mutex_);
  leave_job_ = leave_job;
  cancelled_ = true;
  changed_.notify_all();
}

bool Cancellation::cancelled() const {
  const std::lock_guard lock(mutex_);
  return cancelled_;
}

bool Cancellation::cancels_job() const {
  const std::lock_guard lock(mutex_);
  return cancelled_ && !leave_job_;
}

bool Cancellation::WaitFor(int64_t millis) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::milliseconds(millis), [&] { return cancelled_; });
}

bool Operation::working() const { return status_ <= OperationStatus::kRunning; }

bool Operation::Advance(OperationStatus to) {
  const std::lock_guard lock(mutex_);
  if (!working()) return false;
  status_ = to;
  changed_.notify_all();
  return true;
}

void Operation::Run(const std::function<Result<StatementOutcome>(const Cancellation&)>& work) {
  if (!Advance(OperationStatus::kRunning)) return;
  Result<StatementOutcome> outcome = work(cancellation_);
  const std::lock_guard lock(mutex_);
  if (!working()) return;  // the outcome goes, and with it the job of a query
  if (outcome.ok()) {
    pages_ = std::make_shared<ResultPages>(std::move(*outcome));
  } else {
    error_ = outcome.error();
  }
  status_ = outcome.ok() ? OperationStatus::kFinished : OperationStatus::kError;
  changed_.notify_all();
}

OperationStatus Operation::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

Status Operation::Wait() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !working(); });
  if (status_ == OperationStatus::kError) return error_;
  return Ok();
}

Result<ResultPage> Operation::Fetch(int64_t token) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(ResultPages::kHoldMillis), [&] { return !working(); });
  if (working()) return ResultPage{.outcome = nullptr, .rows = {}, .next_token = 0};
  if (status_ == OperationStatus::kError) return error_;
  if (status_ != OperationStatus::kFinished) {
    return UserError(
               fmt::format("Can not fetch results from the {} in {} status.", handle_, OperationStatusName(status_)))
        .WithCode(std::string(kSqlGatewayException));
  }
  const std::shared_ptr<ResultPages> pages = pages_;
  lock.unlock();
  return pages->Fetch(token);
}

void Operation::End(OperationStatus to, bool leave_job) {
  std::shared_ptr<ResultPages> pages;
  {
    const std::lock_guard lock(mutex_);
    status_ = to;
    pages = std::move(pages_);
    changed_.notify_all();
  }
  cancellation_.Cancel(leave_job);
  if (pages != nullptr) pages->Close();
}

Status Operation::Cancel() {
  const OperationStatus now = status();
  if (now > OperationStatus::kFinished && now != OperationStatus::kCanceled) {
    return UserError(fmt::format("Failed to convert the Operation Status from {} to CANCELED for {}.",
                                 OperationStatusName(now), handle_))
        .WithCode(std::string(kSqlGatewayException));
  }
  End(OperationStatus::kCanceled, false);
  return Ok();
}

void Operation::Close(bool leave_job) { End(OperationStatus::kClosed, leave_job); }

}  // namespace millrace::server::gateway
