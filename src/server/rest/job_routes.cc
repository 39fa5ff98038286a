// GET /jobs and below: what jobs are and how they fare.
#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "server/rest/job_json.h"
#include "server/rest/rest_context.h"
#include "server/rest/throwable_json.h"

namespace millrace::server {
namespace {

using codec::Json;
using engine::JobReport;
using engine::SubtaskReport;
using engine::VertexReport;

constexpr size_t kDefaultMaxExceptions = 20;

Json Overview(const JobReport& job) {
  std::vector<SubtaskReport> subtasks;
  for (const VertexReport& vertex : job.vertices) {
    subtasks.insert(subtasks.end(), vertex.subtasks.begin(), vertex.subtasks.end());
  }
  Json tasks = Json::MakeObject();
  const Json counts = StateCounts(subtasks);
  for (const auto& [state, count] : counts.members()) tasks.Set(ToLower(state), count);
  tasks.Set("total", static_cast<int64_t>(subtasks.size()));
  Json out = Json::MakeObject();
  out.Set("jid", job.id).Set("name", job.name).Set("start-time", job.start_millis).Set("end-time", job.end_millis);
  out.Set("duration", DurationOf(job.start_millis, job.end_millis, job.now_millis)).Set("state", job.state);
  return out.Set("last-modification", job.changed_millis)
      .Set("tasks", std::move(tasks))
      .Set("pending-operators", int64_t{0});
}

// When the job came into each state; 0 = never, as Flink has it.
Json Timestamps(const JobReport& job) {
  Json out = Json::MakeObject();
  for (const char* state : {"INITIALIZING", "CREATED", "RUNNING", "FAILING", "FAILED", "CANCELLING", "CANCELED",
                            "FINISHED", "RESTARTING", "SUSPENDED", "RECONCILING"}) {
    int64_t millis = 0;
    if (std::string_view(state) == "INITIALIZING" || std::string_view(state) == "CREATED") millis = job.start_millis;
    if (std::string_view(state) == "RUNNING" && job.state != "CREATED") millis = job.start_millis;
    if (job.state == state) millis = job.changed_millis;
    out.Set(state, millis);
  }
  return out;
}

// The whole pipeline of a job runs in each of its slots: one sharing group.
Json VertexSummary(const JobReport& job, const VertexReport& vertex) {
  const int64_t start = VertexStart(vertex);
  const int64_t end = VertexEnd(vertex);
  Json out = Json::MakeObject();
  out.Set("id", vertex.id).Set("slotSharingGroupId", job.id).Set("name", vertex.name);
  out.Set("maxParallelism", kMaxParallelism).Set("parallelism", static_cast<int64_t>(vertex.subtasks.size()));
  out.Set("status", VertexState(vertex)).Set("start-time", start).Set("end-time", end);
  out.Set("duration", DurationOf(start, end, job.now_millis)).Set("tasks", StateCounts(vertex.subtasks));
  return out.Set("metrics", IoMetrics(vertex.subtasks));
}

Json Details(const JobReport& job) {
  Json vertices = Json::MakeArray();
  std::vector<SubtaskReport> states;  // one for each vertex, to be counted
  for (const VertexReport& vertex : job.vertices) {
    vertices.Append(VertexSummary(job, vertex));
    states.push_back({.state = VertexState(vertex)});
  }
  Json out = Json::MakeObject();
  out.Set("jid", job.id).Set("name", job.name).Set("isStoppable", false).Set("state", job.state);
  out.Set("job-type", job.streaming ? "STREAMING" : "BATCH");
  out.Set("start-time", job.start_millis).Set("end-time", job.end_millis);
  out.Set("duration", DurationOf(job.start_millis, job.end_millis, job.now_millis));
  out.Set("maxParallelism", kMaxParallelism).Set("now", job.now_millis).Set("timestamps", Timestamps(job));
  out.Set("vertices", std::move(vertices)).Set("status-counts", StateCounts(states));
  return out.Set("plan", PlanJson(job)).Set("pending-operators", int64_t{0});
}

Json ConfigOf(const JobReport& job) {
  const auto strategy = job.settings.find("restart-strategy.type");
  Json user = Json::MakeObject();
  for (const auto& [key, value] : job.settings) user.Set(key, value);
  Json execution = Json::MakeObject();
  execution.Set("execution-mode", job.streaming ? "PIPELINED" : "BATCH");
  execution.Set("restart-strategy",
                strategy == job.settings.end() ? "Cluster level default restart strategy" : strategy->second);
  execution.Set("job-parallelism", int64_t{job.parallelism}).Set("object-reuse-mode", true);
  Json out = Json::MakeObject();
  out.Set("jid", job.id).Set("name", job.name);
  return out.Set("execution-config", std::move(execution.Set("user-config", std::move(user))));
}

Json FailureEntry(const engine::FailureReport& failure, const Place& place) {
  Json out = Json::MakeObject();
  out.Set("exceptionName", ExceptionClass(failure)).Set("stacktrace", failure.text);
  out.Set("timestamp", failure.time_millis).Set("failureLabels", Json::MakeObject());
  if (!failure.task.empty()) {
    out.Set("taskName", failure.task).Set("location", place.endpoint).Set("endpoint", place.endpoint);
    out.Set("taskManagerId", place.task_manager);
  }
  return out.Set("concurrentExceptions", Json::MakeArray());
}

Json Exceptions(const JobReport& job, const Place& place, size_t max_entries) {
  Json all = Json::MakeArray();
  Json entries = Json::MakeArray();
  for (auto failure = job.failures.rbegin(); failure != job.failures.rend(); ++failure) {
    if (entries.items().size() == max_entries) break;
    entries.Append(FailureEntry(*failure, place));
    if (failure->task.empty()) continue;
    Json one = Json::MakeObject();
    one.Set("exception", failure->text).Set("task", failure->task).Set("location", place.endpoint);
    one.Set("endpoint", place.endpoint).Set("timestamp", failure->time_millis);
    all.Append(std::move(one.Set("taskManagerId", place.task_manager)));
  }
  const bool truncated = entries.items().size() < job.failures.size();
  Json history = Json::MakeObject();
  history.Set("entries", std::move(entries)).Set("truncated", truncated);
  Json out = Json::MakeObject();
  out.Set("root-exception", job.failures.empty() ? Json() : Json(job.failures.back().text));
  out.Set("timestamp", job.failures.empty() ? Json() : Json(job.failures.back().time_millis));
  out.Set("all-exceptions", std::move(all)).Set("truncated", truncated);
  return out.Set("exceptionHistory", std::move(history));
}

Json ExecutionResult(const JobReport& job) {
  Json status = Json::MakeObject();
  Json out = Json::MakeObject();
  out.Set("status", std::move(status.Set("id", job.ended() ? "COMPLETED" : "IN_PROGRESS")));
  if (!job.ended()) return out;
  Json result = Json::MakeObject();
  result.Set("id", job.id).Set("application-status", job.state == "FINISHED" ? "SUCCEEDED" : job.state);
  result.Set("accumulator-results", Json::MakeObject());
  result.Set("net-runtime", DurationOf(job.start_millis, job.end_millis, job.now_millis));
  if (job.state == "FAILED" && !job.failures.empty()) {
    const engine::FailureReport& failure = job.failures.back();
    result.Set("failure-cause", ThrowableJson(ExceptionClass(failure), failure.text));
  }
  if (job.state == "CANCELED") {
    result.Set("failure-cause",
               ThrowableJson("org.apache.flink.runtime.client.JobCancellationException", "Job was cancelled."));
  }
  return out.Set("job-execution-result", std::move(result));
}

Json Accumulators() {
  Json out = Json::MakeObject();
  out.Set("job-accumulators", Json::MakeArray()).Set("user-task-accumulators", Json::MakeArray());
  return out.Set("serialized-user-task-accumulators", Json::MakeObject());
}

Json ResourceRequirements(const JobReport& job) {
  Json out = Json::MakeObject();
  for (const VertexReport& vertex : job.vertices) {
    Json bounds = Json::MakeObject();
    bounds.Set("lowerBound", int64_t{job.parallelism}).Set("upperBound", int64_t{job.parallelism});
    Json one = Json::MakeObject();
    out.Set(vertex.id, std::move(one.Set("parallelism", std::move(bounds))));
  }
  return out;
}

http::Response ListOf(const RestContext& context, Json (*make)(const JobReport&)) {
  Json list = Json::MakeArray();
  const JobList::Reports jobs = context.list.Get();
  for (const JobReport& job : *jobs) list.Append(make(job));
  Json out = Json::MakeObject();
  return Answer(out.Set("jobs", std::move(list)));
}

JobHandler Always(Json (*make)(const JobReport&)) {
  return [make](const JobReport& job, http::Request&) { return Answer(make(job)); };
}

}  // namespace

void AddJobRoutes(http::Router& router, const RestContext& context) {
  AddRoute(router, "GET", "/jobs", [&context](http::Request&) {
    return ListOf(context, [](const JobReport& job) {
      Json one = Json::MakeObject();
      return one.Set("id", job.id).Set("status", job.state);
    });
  });
  AddRoute(router, "GET", "/jobs/overview", [&context](http::Request&) { return ListOf(context, Overview); });
  AddRoute(router, "GET", "/jobs/{jobid}", WithJob(context, Always(Details)));
  AddRoute(router, "GET", "/jobs/{jobid}/config", WithJob(context, Always(ConfigOf)));
  AddRoute(router, "GET", "/jobs/{jobid}/execution-result", WithJob(context, Always(ExecutionResult)));
  AddRoute(router, "GET", "/jobs/{jobid}/resource-requirements", WithJob(context, Always(ResourceRequirements)));
  AddRoute(router, "GET", "/jobs/{jobid}/accumulators",
           WithJob(context, [](const JobReport&, http::Request&) { return Answer(Accumulators()); }));
  AddRoute(router, "GET", "/jobs/{jobid}/plan", WithJob(context, Always([](const JobReport& job) {
                                                          Json out = Json::MakeObject();
                                                          return out.Set("plan", PlanJson(job));
                                                        })));
  AddRoute(router, "GET", "/jobs/{jobid}/status", WithJob(context, Always([](const JobReport& job) {
                                                            Json out = Json::MakeObject();
                                                            return out.Set("status", job.state);
                                                          })));
  AddRoute(router, "GET", "/jobs/{jobid}/exceptions",
           WithJob(context, [&context](const JobReport& job, http::Request& request) {
             const auto limit = ParseInt64(request.Query("maxExceptions").value_or(""));
             const size_t max_entries = limit && *limit > 0 ? static_cast<size_t>(*limit) : kDefaultMaxExceptions;
             return Answer(Exceptions(job, PlaceOf(job, context.jobs), max_entries));
           }));
}

}  // namespace millrace::server
