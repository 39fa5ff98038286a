#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "engine/job.h"
#include "engine/session.h"

namespace millrace::app {

// Runs a script's statements on a session of its own and starts its INSERT jobs, each from its last checkpoint in
// `state_dir` if it has one there. An error's spans lie in `script`.
Result<std::vector<std::shared_ptr<engine::Job>>> StartScriptJobs(std::string_view script,
                                                                  engine::SessionEnvironment environment,
                                                                  const std::string& state_dir);

}  // namespace millrace::app
