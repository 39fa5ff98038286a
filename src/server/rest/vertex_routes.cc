// GET /jobs/:jobid/vertices/…: subtasks, their times, where they run, how busy they are.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/strings.h"
#include "server/rest/job_json.h"
#include "server/rest/rest_context.h"

namespace millrace::server {
namespace {

using codec::Json;
using engine::JobReport;
using engine::SubtaskReport;
using engine::VertexReport;

constexpr double kHighBackPressure = 0.5;  // as Flink's dashboard colours
constexpr double kLowBackPressure = 0.1;

Json StatusDurations(const SubtaskReport& subtask, int64_t now) {
  const std::string state = SubtaskState(subtask);
  const int64_t run = DurationOf(subtask.start_millis, subtask.end_millis, now);
  Json out = Json::MakeObject();
  out.Set("CREATED", run < 0 ? int64_t{-1} : 0).Set("SCHEDULED", run < 0 ? int64_t{-1} : 0);
  out.Set("DEPLOYING", run < 0 ? int64_t{-1} : 0);
  out.Set("INITIALIZING", state == "INITIALIZING" ? run : run < 0 ? int64_t{-1} : 0);
  return out.Set("RUNNING", state == "INITIALIZING" || state == "CREATED" ? int64_t{-1} : run);
}

Json Attempt(const JobReport& job, const SubtaskReport& subtask, const Place& place) {
  Json out = Json::MakeObject();
  out.Set("subtask", int64_t{subtask.index}).Set("status", SubtaskState(subtask)).Set("attempt", job.restarts);
  out.Set("host", place.host).Set("endpoint", place.endpoint).Set("start-time", subtask.start_millis);
  out.Set("end-time", subtask.end_millis);
  out.Set("duration", DurationOf(subtask.start_millis, subtask.end_millis, job.now_millis));
  out.Set("metrics", IoMetrics({&subtask, 1})).Set("taskmanager-id", place.task_manager);
  out.Set("status-duration", StatusDurations(subtask, job.now_millis));
  return out.Set("start_time", subtask.start_millis);  // Flink keeps the older spelling too
}

Json Times(const JobReport& job, const VertexReport& vertex, const Place& place) {
  Json subtasks = Json::MakeArray();
  for (const SubtaskReport& one : vertex.subtasks) {
    Json timestamps = Json::MakeObject();
    const std::string state = SubtaskState(one);
    for (const std::string_view name : kExecutionStates) {
      const bool begins = name == "CREATED" || name == "SCHEDULED" || name == "DEPLOYING" || name == "INITIALIZING" ||
                          (name == "RUNNING" && state != "INITIALIZING" && state != "CREATED");
      const bool ends = name == state && one.end_millis >= 0;
      timestamps.Set(name, ends ? one.end_millis : begins ? std::max<int64_t>(0, one.start_millis) : int64_t{0});
    }
    Json row = Json::MakeObject();
    row.Set("subtask", int64_t{one.index}).Set("host", place.host).Set("endpoint", place.endpoint);
    row.Set("duration", DurationOf(one.start_millis, one.end_millis, job.now_millis));
    subtasks.Append(std::move(row.Set("timestamps", std::move(timestamps))));
  }
  Json out = Json::MakeObject();
  out.Set("id", vertex.id).Set("name", vertex.name).Set("now", job.now_millis);
  return out.Set("subtasks", std::move(subtasks));
}

// {"min", "max", "avg", "sum", "median", "p25", "p75", "p95"} over the subtasks.
Json Statistics(const Distribution& values) {
  Json out = Json::MakeObject();
  out.Set("min", values.At(0)).Set("max", values.At(1)).Set("avg", values.mean()).Set("sum", values.sum());
  out.Set("median", values.At(0.5)).Set("p25", values.At(0.25)).Set("p75", values.At(0.75));
  return out.Set("p95", values.At(0.95));
}

Json Aggregated(const JobReport& job, const VertexReport& vertex) {
  const std::pair<const char*, int64_t SubtaskReport::*> fields[] = {
      {"read-bytes", &SubtaskReport::bytes_in},
      {"write-bytes", &SubtaskReport::bytes_out},
      {"read-records", &SubtaskReport::records_in},
      {"write-records", &SubtaskReport::records_out},
      {"accumulated-backpressured-time", &SubtaskReport::backpressured_millis},
      {"accumulated-idle-time", &SubtaskReport::idle_millis},
      {"accumulated-busy-time", &SubtaskReport::busy_millis}};
  Json metrics = Json::MakeObject();
  for (const auto& [name, field] : fields) {
    std::vector<int64_t> values;
    for (const SubtaskReport& one : vertex.subtasks) values.push_back(one.*field);
    metrics.Set(name, Statistics(Distribution(std::move(values))));
  }
  std::map<std::string, std::vector<int64_t>> durations;
  for (const SubtaskReport& one : vertex.subtasks) {
    const Json of_one = StatusDurations(one, job.now_millis);
    for (const auto& [state, millis] : of_one.members()) durations[state].push_back(millis.AsInt());
  }
  Json status = Json::MakeObject();
  for (auto& [state, values] : durations) status.Set(state, Statistics(Distribution(std::move(values))));
  Json out = Json::MakeObject();
  return out.Set("metrics", std::move(metrics)).Set("status-duration", std::move(status));
}

Json Details(const JobReport& job, const VertexReport& vertex, const Place& place) {
  Json subtasks = Json::MakeArray();
  for (const SubtaskReport& one : vertex.subtasks) subtasks.Append(Attempt(job, one, place));
  Json out = Json::MakeObject();
  out.Set("id", vertex.id).Set("name", vertex.name).Set("parallelism", static_cast<int64_t>(vertex.subtasks.size()));
  out.Set("maxParallelism", kMaxParallelism).Set("now", job.now_millis);
  return out.Set("subtasks", std::move(subtasks)).Set("aggregated", Aggregated(job, vertex));
}

Json TaskManagersOf(const JobReport& job, const VertexReport& vertex, const Place& place) {
  const int64_t start = VertexStart(vertex);
  const int64_t end = VertexEnd(vertex);
  Json row = Json::MakeObject();
  row.Set("host", place.host).Set("endpoint", place.endpoint).Set("status", VertexState(vertex));
  row.Set("start-time", start).Set("end-time", end).Set("duration", DurationOf(start, end, job.now_millis));
  row.Set("metrics", IoMetrics(vertex.subtasks)).Set("status-counts", StateCounts(vertex.subtasks));
  row.Set("taskmanager-id", place.task_manager).Set("aggregated", Aggregated(job, vertex));
  Json list = Json::MakeArray();
  list.Append(std::move(row));
  Json out = Json::MakeObject();
  out.Set("id", vertex.id).Set("name", vertex.name).Set("now", job.now_millis);
  return out.Set("taskmanagers", std::move(list));
}

const char* Level(double ratio) { return ratio > kHighBackPressure ? "high" : ratio > kLowBackPressure ? "low" : "ok"; }

Json BackPressure(const JobReport& job, const VertexReport& vertex, const JobRates& rates) {
  Json subtasks = Json::MakeArray();
  double highest = 0;
  for (const SubtaskReport& one : vertex.subtasks) {
    const SubtaskRates shares = rates.Of(vertex.id, one.index);
    highest = std::max(highest, shares.backpressured);
    Json row = Json::MakeObject();
    row.Set("subtask", int64_t{one.index}).Set("backpressureLevel", Level(shares.backpressured));
    row.Set("ratio", shares.backpressured).Set("idleRatio", shares.idle).Set("busyRatio", shares.busy);
    subtasks.Append(std::move(row.Set("backpressure-level", Level(shares.backpressured))));
  }
  Json out = Json::MakeObject();
  out.Set("status", "ok").Set("backpressureLevel", Level(highest)).Set("end-timestamp", job.now_millis);
  return out.Set("subtasks", std::move(subtasks)).Set("backpressure-level", Level(highest));
}

// There are no stacks of a JVM to sample: what Flink answers where flame graphs are off.
Json FlameGraph() {
  constexpr int64_t kOff = -2;
  Json out = Json::MakeObject();
  return out.Set("endTimestamp", kOff);
}

Json NoAccumulators(const VertexReport& vertex) {
  Json out = Json::MakeObject();
  return out.Set("id", vertex.id).Set("user-accumulators", Json::MakeArray());
}

Json NoSubtaskAccumulators(const JobReport& job, const VertexReport& vertex, const Place& place) {
  Json subtasks = Json::MakeArray();
  for (const SubtaskReport& one : vertex.subtasks) {
    Json row = Json::MakeObject();
    row.Set("subtask", int64_t{one.index}).Set("attempt", job.restarts).Set("host", place.host);
    row.Set("endpoint", place.endpoint);
    subtasks.Append(std::move(row.Set("user-accumulators", Json::MakeArray())));
  }
  Json out = Json::MakeObject();
  out.Set("id", vertex.id).Set("parallelism", static_cast<int64_t>(vertex.subtasks.size()));
  return out.Set("subtasks", std::move(subtasks));
}

Json NoAttemptAccumulators(const JobReport& job, const SubtaskReport& subtask, const Place&) {
  Json out = Json::MakeObject();
  out.Set("subtask", int64_t{subtask.index}).Set("attempt", job.restarts);
  out.Set("id", fmt::format("{:032x}", subtask.index));
  return out.Set("user-accumulators", Json::MakeArray());
}

http::Handler WithPlace(const RestContext& context, Json (*make)(const JobReport&, const VertexReport&, const Place&)) {
  return WithVertex(context, [&context, make](const JobReport& job, const VertexReport& vertex, http::Request&) {
    return Answer(make(job, vertex, PlaceOf(job, context.jobs)));
  });
}

// Of the path's {subtask}, and only of its present {attempt}.
http::Handler WithSubtask(const RestContext& context,
                          Json (*make)(const JobReport&, const SubtaskReport&, const Place&)) {
  return WithVertex(
      context, [&context, make](const JobReport& job, const VertexReport& vertex, http::Request& request) {
        const auto index = ParseInt64(request.Parameter("subtask"));
        if (!index || *index < 0 || *index >= static_cast<int64_t>(vertex.subtasks.size())) {
          return AnswerError(404, fmt::format("Invalid subtask index {}", request.Parameter("subtask")));
        }
        const std::string& attempt = request.Parameter("attempt");
        if (!attempt.empty() && attempt != std::to_string(job.restarts)) {
          return AnswerError(404, fmt::format("The attempt {} of subtask {} is not kept", attempt, *index));
        }
        return Answer(make(job, vertex.subtasks[static_cast<size_t>(*index)], PlaceOf(job, context.jobs)));
      });
}

}  // namespace

void AddVertexRoutes(http::Router& router, const RestContext& context) {
  const std::string vertex = "/jobs/{jobid}/vertices/{vertexid}";
  AddRoute(router, "GET", vertex, WithPlace(context, Details));
  AddRoute(router, "GET", vertex + "/subtasktimes", WithPlace(context, Times));
  AddRoute(router, "GET", vertex + "/taskmanagers", WithPlace(context, TaskManagersOf));
  AddRoute(router, "GET", vertex + "/subtasks/accumulators", WithPlace(context, NoSubtaskAccumulators));
  AddRoute(router, "GET", vertex + "/subtasks/{subtask}", WithSubtask(context, Attempt));
  AddRoute(router, "GET", vertex + "/subtasks/{subtask}/attempts/{attempt}", WithSubtask(context, Attempt));
  AddRoute(router, "GET", vertex + "/subtasks/{subtask}/attempts/{attempt}/accumulators",
           WithSubtask(context, NoAttemptAccumulators));
  AddRoute(router, "GET", vertex + "/accumulators",
           WithVertex(context, [](const JobReport&, const VertexReport& v, http::Request&) {
             return Answer(NoAccumulators(v));
           }));
  AddRoute(router, "GET", vertex + "/backpressure",
           WithVertex(context, [&context](const JobReport& job, const VertexReport& v, http::Request&) {
             return Answer(BackPressure(job, v, *context.history.RatesOf(job.id)));
           }));
  AddRoute(
      router, "GET", vertex + "/flamegraph",
      WithVertex(context, [](const JobReport&, const VertexReport&, http::Request&) { return Answer(FlameGraph()); }));
}

}  // namespace millrace::server
