#pragma once

#include <functional>
#include <map>
#include <string>

#include "engine/job_service.h"
#include "server/web_server.h"

// The groups of routes; app/ gives WebServer::Start those it serves.
namespace millrace::server {

struct JobRoutesOptions {
  std::string version;                        // of Millrace
  std::map<std::string, std::string> config;  // what was set for the cluster, secrets hidden
};

// Flink's REST API, Prometheus' /metrics and the pages' /api/jobs and what belongs to it. Looks at the jobs once a
// second for the rates and histories of all three. `jobs` outlives the server.
Routes JobRoutes(engine::JobService& jobs, JobRoutesOptions options);

// The text of Prometheus' /metrics alone, for a task manager, which has none of these routes. Looks at the jobs once a
// second for the rates, as long as the function is kept. `jobs` outlives it.
std::function<std::string()> PrometheusPage(const engine::JobService& jobs);

}  // namespace millrace::server
