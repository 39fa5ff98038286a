#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "server/gateway/result_pages.h"

namespace millrace::server::gateway {

// Flink's OperationStatus. INITIALIZED -> PENDING -> RUNNING -> FINISHED or ERROR; any of these -> CANCELED; all ->
// CLOSED. A SELECT is FINISHED once its job has started.
enum class OperationStatus { kInitialized, kPending, kRunning, kFinished, kCanceled, kClosed, kError };
std::string_view OperationStatusName(OperationStatus status);  // "INITIALIZED" ..

// Tells work that nobody waits for it any more. Thread-safe.
class Cancellation {
 public:
  // `leave_job`: this process ends, and a job it waits for may go on elsewhere.
  void Cancel(bool leave_job);
  bool cancelled() const;
  bool cancels_job() const;
  // Until cancelled, at most so long; cancelled().
  bool WaitFor(int64_t millis) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool cancelled_ = false;  // under mutex_, as below
  bool leave_job_ = false;
};

// One statement of a session on its way from its text to its last page. Thread-safe.
class Operation {
 public:
  Operation(std::string handle, std::string statement) : handle_(std::move(handle)), statement_(std::move(statement)) {}

  const std::string& handle() const { return handle_; }
  const std::string& statement() const { return statement_; }  // where its errors have their places
  // It waits for the statements before it.
  void SetPending() { Advance(OperationStatus::kPending); }
  // Runs the work, unless the operation was cancelled before. On the session's thread.
  void Run(const std::function<Result<StatementOutcome>(const Cancellation&)>& work);

  OperationStatus status() const;
  // Blocks until the work is done, or given up; its error.
  Status Wait() const;
  // NOT_READY while the work goes on, after a moment's wait; then the pages of the result.
  Result<ResultPage> Fetch(int64_t token);
  // Ends the work and the job of a query. An error when it had failed or was closed before.
  Status Cancel();
  void Close(bool leave_job = false);

 private:
  bool Advance(OperationStatus to);  // false: it has been cancelled or closed
  bool working() const;              // under mutex_
  void End(OperationStatus to, bool leave_job);

  const std::string handle_;
  const std::string statement_;
  Cancellation cancellation_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  OperationStatus status_ = OperationStatus::kInitialized;  // under mutex_, as all below
  Error error_;                                             // of kError
  std::shared_ptr<ResultPages> pages_;                      // of kFinished
};

}  // namespace millrace::server::gateway
