#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/job_service.h"
#include "engine/session.h"

namespace millrace::app {

// What becomes of a script's jobs that are known from an earlier start and have ended.
enum class Resubmit { kAlways, kNever };

// Runs a script's statements on a session of its own and hands its INSERT jobs over, under ids that the next start
// finds again. The ids. An error's spans lie in `script`.
Result<std::vector<std::string>> SubmitScriptJobs(std::string_view script,
                                                  const engine::SessionEnvironment& environment,
                                                  engine::JobService& jobs, Resubmit resubmit);

}  // namespace millrace::app
