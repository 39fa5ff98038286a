#pragma once

#include "engine/job_directory.h"
#include "http/router.h"
#include "server/web_server.h"

// The groups of routes; app/ gives WebServer::Start those it serves.
namespace millrace::server {

// Adds the pattern bare and under /v1, as Flink has all of its own.
void AddRoute(http::Router& router, std::string_view method, std::string_view pattern, http::Handler handler);

Routes JobRoutes(engine::JobDirectory& jobs);

}  // namespace millrace::server
