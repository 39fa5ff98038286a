#include "server/rest/rest_context.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "engine/job_spec.h"

namespace millrace::server {
namespace {

http::Response NoId(std::string_view parameter, std::string_view value) {
  return AnswerError(400, fmt::format("Cannot resolve path parameter ({}) from value \"{}\": an id has 32 hex digits.",
                                      parameter, value));
}

}  // namespace

void AddRestRoutes(http::Router& router, const RestContext& context) {
  // Literal segments before parameters: /jobs/metrics, then /jobs/{jobid}.
  AddMetricRoutes(router, context);
  AddClusterRoutes(router, context);
  AddTaskManagerRoutes(router, context);
  AddJobRoutes(router, context);
  AddCheckpointRoutes(router, context);
  AddJobChangeRoutes(router, context);
  AddVertexRoutes(router, context);
}

void AddRoute(http::Router& router, std::string_view method, std::string_view pattern, http::Handler handler) {
  router.Add(method, "/v1" + std::string(pattern), handler);
  router.Add(method, pattern, std::move(handler));
}

http::Handler WithJob(const RestContext& context, JobHandler make) {
  return [&context, make = std::move(make)](http::Request& request) {
    const std::string id = ToLower(request.Parameter("jobid"));
    if (!engine::IsJobId(id)) return NoId("jobid", id);
    const auto report = context.jobs.Find(id);
    if (!report) return AnswerError(404, fmt::format("Job {} not found", id));
    return make(*report, request);
  };
}

http::Handler WithVertex(const RestContext& context, VertexHandler make) {
  return WithJob(context, [make = std::move(make)](const engine::JobReport& job, http::Request& request) {
    const std::string id = ToLower(request.Parameter("vertexid"));  // made as ids of jobs are
    if (!engine::IsJobId(id)) return NoId("vertexid", id);
    const auto vertex =
        std::find_if(job.vertices.begin(), job.vertices.end(), [&](const auto& v) { return v.id == id; });
    if (vertex == job.vertices.end()) return AnswerError(404, fmt::format("JobVertex {} not found", id));
    return make(job, *vertex, request);
  });
}

}  // namespace millrace::server
