#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/job_service.h"
#include "server/web_server.h"

namespace millrace::app {

// Everything a job manager serves: Flink's REST API, the SQL gateway, the pages. What is passed in outlives it.
Result<std::unique_ptr<server::WebServer>> StartWebServer(engine::JobService& jobs, const server::WebOptions& options);

}  // namespace millrace::app
