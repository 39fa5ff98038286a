#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cluster/held_jobs.h"
#include "codec/json.h"
#include "http/router.h"
#include "http/server.h"

namespace millrace::cluster {

// What the routes of a task manager work on; all of it outlives them.
struct TaskManagerParts {
  HeldJobs* jobs = nullptr;
  std::function<void()> changed;        // the job manager is to hear of a change at once
  std::function<bool(int64_t)> linger;  // waits so many millis; false when the task manager ends
  std::function<Result<std::string>(const std::string& what)> text;
};

void AddTaskManagerRoutes(http::Router& router, TaskManagerParts parts);

// Answers of job manager and task managers to each other.
http::Response Answer(const codec::Json& json);
http::Response AnswerError(const Error& error);

// Where they ask each other, behind a guard (http::GuardForPrograms).
Result<std::unique_ptr<http::Server>> StartClusterServer(const http::ServerOptions& options,
                                                         const std::vector<std::string>& allowed_hosts,
                                                         http::Handler handle);

}  // namespace millrace::cluster
