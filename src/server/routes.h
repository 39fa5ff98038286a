#pragma once

#include "codec/json.h"
#include "engine/job_directory.h"
#include "http/router.h"
#include "server/savepoint_triggers.h"

// What the routes share.
namespace millrace::server {

http::Response Answer(const codec::Json& json, int status = 200);
http::Response AnswerError(int status, std::string_view message);

// Adds the pattern bare and under /v1.
void AddRoute(http::Router& router, std::string_view method, std::string_view pattern, http::Handler handler);

void AddJobRoutes(http::Router& router, engine::JobDirectory& jobs, SavepointTriggers& triggers);

}  // namespace millrace::server
