#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/job_service.h"
#include "engine/session.h"
#include "server/gateway/operations.h"

namespace millrace::server::gateway {

struct StatementRequest {
  std::string text;
  std::map<std::string, std::string> config;  // settings of this statement alone
  bool configures = false;                    // configure-session: nothing but SET, USE and DDL
};

// A statement that its session has run or planned; what is left to do needs the jobs, not the session.
struct PreparedStatement {
  engine::StatementResult result;
  engine::JobSpec spec;  // of kQuery and kInsert
  const TimeZone* zone = nullptr;
};

// The jobs that all sessions of a gateway share.
struct SharedJobs {
  explicit SharedJobs(engine::JobService& jobs) : service(jobs) {}
  engine::JobService& service;
  std::mutex naming;  // from the look for a free name until the job has it
};

// Errors have their places in the request's text.
Result<PreparedStatement> Prepare(engine::Session& session, const StatementRequest& request);

// The same columns, rows and kinds for every statement that Flink's gateway gives (OperationExecutor of 1.20). Blocks
// for a savepoint, and for the whole job with table.dml-sync: then a cancellation ends the job.
Result<StatementOutcome> Perform(PreparedStatement prepared, SharedJobs& jobs, const Cancellation& cancellation);

}  // namespace millrace::server::gateway
