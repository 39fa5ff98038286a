#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "engine/job_service.h"
#include "engine/session.h"
#include "server/gateway/operations.h"
#include "server/gateway/statement_runner.h"

namespace millrace::server::gateway {

// A random UUID (version 4): "7f9c24e5-1a2b-4c3d-8e4f-5a6b7c8d9e0f".
std::string NewHandle();

// One session of a user: what its statements have set up, its operations, and the thread that runs them one after the
// other. Thread-safe.
class GatewaySession {
 public:
  static constexpr size_t kMaxOperations = 1000;

  // `jobs` outlives it.
  GatewaySession(engine::SessionEnvironment environment, SharedJobs& jobs);
  ~GatewaySession();  // closes; waits for the statement at work

  const std::string& handle() const { return handle_; }

  // Returns at once; mistakes come with the operation's result. Error: too many operations are open, or it is closed.
  Result<std::shared_ptr<Operation>> Submit(StatementRequest request);
  Result<std::shared_ptr<Operation>> Find(std::string_view operation) const;
  Status CloseOperation(std::string_view operation);
  // Ends all operations, and the jobs of their queries; those of INSERTs go on, unless somebody waits for one
  // (table.dml-sync) and `leave_jobs` is not given. Takes no more statements.
  void Close(bool leave_jobs = false);

  // `fn(engine::Session&)` while no statement is being planned.
  template <typename Fn>
  auto With(Fn fn) {
    const std::lock_guard lock(planning_);
    return fn(session_);
  }

 private:
  struct Queued {
    std::shared_ptr<Operation> operation;
    StatementRequest request;
  };
  void Work();

  const std::string handle_ = NewHandle();
  SharedJobs& jobs_;
  std::mutex planning_;
  engine::Session session_;  // under planning_
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;  // under mutex_, as all below
  std::deque<Queued> queue_;
  std::map<std::string, std::shared_ptr<Operation>, std::less<>> operations_;
  std::thread worker_;  // started by the first statement
};

}  // namespace millrace::server::gateway
