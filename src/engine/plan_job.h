#pragma once

#include "engine/job.h"
#include "engine/job_spec.h"
#include "engine/session.h"

namespace millrace::engine {

// What a job of a plan that `session` has just made takes from it: settings, script, name. The caller adds the rest.
JobOptions MakeJobOptions(const StatementResult& result, const Session& session);

// A job's SQL, planned anew. `options` has what the spec and its settings say; hooks are up to the caller.
struct PlannedJob {
  StatementResult result;  // kInsert or kQuery
  JobOptions options;
};

// Runs the spec's statements on a new session of `environment`. Positions of errors and operators are those in the
// job's script, its preparation with the statement behind it.
Result<PlannedJob> PlanJob(const JobSpec& spec, const SessionEnvironment& environment);

}  // namespace millrace::engine
