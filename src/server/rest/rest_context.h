#pragma once

#include <functional>
#include <map>
#include <string>

#include "engine/job_service.h"
#include "http/router.h"
#include "server/answers.h"
#include "server/history/metric_history.h"
#include "server/job_list.h"
#include "server/savepoint_triggers.h"

// Flink's REST API, version 1, with the field sets of Flink 1.20, and two numbers that the clients of Flink 2 insist on
// ("pending-operators", "assignedTasks"); clients from 1.19 on pass over what they do not know.
namespace millrace::server {

// What Flink's own clients are told.
inline constexpr const char* kFlinkVersion = "1.20.3";
inline constexpr const char* kFlinkRevision = "millrace";

// What the routes work on. Outlives them.
struct RestContext {
  engine::JobService& jobs;
  JobList& list;
  SavepointTriggers& triggers;
  const MetricHistory& history;
  std::map<std::string, std::string> config;  // of the cluster, secrets hidden
};

// Adds the pattern bare and under /v1, as Flink has all of its own.
void AddRoute(http::Router& router, std::string_view method, std::string_view pattern, http::Handler handler);

// All of the groups below.
void AddRestRoutes(http::Router& router, const RestContext& context);
void AddClusterRoutes(http::Router& router, const RestContext& context);
void AddTaskManagerRoutes(http::Router& router, const RestContext& context);
void AddJobRoutes(http::Router& router, const RestContext& context);
void AddJobChangeRoutes(http::Router& router, const RestContext& context);
void AddVertexRoutes(http::Router& router, const RestContext& context);
void AddCheckpointRoutes(http::Router& router, const RestContext& context);
void AddMetricRoutes(http::Router& router, const RestContext& context);

using JobHandler = std::function<http::Response(const engine::JobReport&, http::Request&)>;
using VertexHandler =
    std::function<http::Response(const engine::JobReport&, const engine::VertexReport&, http::Request&)>;
// `make` gets the job of the path's {jobid} (and the vertex of {vertexid}); 400 for what is no id, 404 for one that is
// not known.
http::Handler WithJob(const RestContext& context, JobHandler make);
http::Handler WithVertex(const RestContext& context, VertexHandler make);

}  // namespace millrace::server
