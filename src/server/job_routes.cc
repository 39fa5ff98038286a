#include <fmt/format.h>

#include "server/answers.h"
#include "server/routes.h"
#include "server/savepoint_triggers.h"

namespace millrace::server {
namespace {

using codec::Json;
using engine::Job;
using JobPtr = std::shared_ptr<Job>;

bool HasEnded(const Job& job) { return engine::HasEnded(job.state()); }

Json JobSummary(const Job& job) {
  const int64_t end = job.end_millis();
  Json out = Json::MakeObject();
  out.Set("jid", job.id()).Set("name", job.name()).Set("start-time", job.start_millis()).Set("end-time", end);
  out.Set("duration", (end < 0 ? job.now_millis() : end) - job.start_millis());
  out.Set("state", engine::JobStateName(job.state())).Set("last-modification", job.changed_millis());
  return out;
}

Json JobDetails(const Job& job) {
  const engine::JobMetrics metrics = job.metrics();
  Json out = JobSummary(job);
  out.Set("isStoppable", false).Set("now", job.now_millis());
  out.Set("records-in", metrics.records_in).Set("records-out", metrics.records_out);
  out.Set("records-per-second", metrics.records_per_second).Set("late-rows", metrics.late_rows);
  out.Set("restarts", metrics.restarts).Set("last-checkpoint", static_cast<int64_t>(metrics.last_checkpoint));
  Json splits = Json::MakeArray();
  for (const auto& split : metrics.splits) {
    Json one = Json::MakeObject();
    one.Set("name", split.name).Set("watermark", split.watermark == INT64_MIN ? Json() : Json(split.watermark));
    splits.Append(std::move(one.Set("idle", split.idle)));
  }
  return out.Set("splits", std::move(splits));
}

Json CheckpointList(const Job& job) {
  Json history = Json::MakeArray();
  int64_t completed = 0;
  int64_t failed = 0;
  for (const engine::CheckpointReport& report : job.checkpoints()) {
    (report.failure.empty() ? completed : failed) += 1;
    Json one = Json::MakeObject();
    one.Set("id", static_cast<int64_t>(report.id)).Set("status", report.failure.empty() ? "COMPLETED" : "FAILED");
    one.Set("is_savepoint", report.savepoint).Set("trigger_timestamp", report.trigger_millis);
    one.Set("end_to_end_duration", report.duration_millis).Set("external_path", report.path);
    if (!report.failure.empty()) one.Set("failure_message", report.failure);
    history.Append(std::move(one));
  }
  Json counts = Json::MakeObject();
  counts.Set("completed", completed).Set("failed", failed).Set("total", completed + failed);
  Json out = Json::MakeObject();
  return out.Set("counts", std::move(counts)).Set("history", std::move(history));
}

Json Exceptions(const Job& job) {
  Json entries = Json::MakeArray();
  for (const Job::Failure& failure : job.failures()) {
    Json one = Json::MakeObject();
    one.Set("exceptionName", failure.error.message).Set("stacktrace", failure.error.ToString());
    entries.Append(std::move(one.Set("timestamp", failure.time_millis)));
  }
  Json history = Json::MakeObject();
  history.Set("entries", std::move(entries)).Set("truncated", false);
  Json out = Json::MakeObject();
  return out.Set("exceptionHistory", std::move(history));
}

// The body's member, "" when it has none.
Result<std::string> BodyText(const http::Request& request, std::string_view name) {
  if (request.body.empty()) return std::string();
  MR_ASSIGN(const Json body, codec::ParseJson(request.body));
  const std::string* text = body.FindString(name);
  return text == nullptr ? std::string() : *text;
}

Result<bool> BodyFlag(const http::Request& request, std::string_view name) {
  if (request.body.empty()) return false;
  MR_ASSIGN(const Json body, codec::ParseJson(request.body));
  const Json* flag = body.Find(name);
  return flag != nullptr && flag->is_bool() && flag->AsBool();
}

http::Response Accepted(const std::string& trigger) {
  Json out = Json::MakeObject();
  return Answer(out.Set("request-id", trigger), 202);
}

http::Response SavepointStatus(SavepointTriggers& triggers, const std::string& id) {
  const SavepointTriggers::Outcome outcome = triggers.Find(id);
  if (!outcome.known) return AnswerError(404, fmt::format("There is no savepoint operation with triggerId={}.", id));
  Json status = Json::MakeObject();
  status.Set("id", outcome.result ? "COMPLETED" : "IN_PROGRESS");
  Json out = Json::MakeObject();
  out.Set("status", std::move(status));
  if (!outcome.result) return Answer(out);
  Json operation = Json::MakeObject();
  if (outcome.result->ok()) {
    operation.Set("location", **outcome.result);
  } else {
    Json cause = Json::MakeObject();
    cause.Set("class", "org.apache.flink.util.FlinkException").Set("stack-trace", outcome.result->error().ToString());
    operation.Set("failure-cause", std::move(cause));
  }
  return Answer(out.Set("operation", std::move(operation)));
}

// `make` gets the job of the path, or the answer is 404.
http::Handler WithJob(engine::JobDirectory& jobs, std::function<http::Response(const JobPtr&, http::Request&)> make) {
  return [&jobs, make = std::move(make)](http::Request& request) {
    const std::string& id = request.Parameter("jobid");
    const JobPtr job = jobs.Find(id);
    if (job == nullptr) return AnswerError(404, fmt::format("Job {} not found", id));
    return make(job, request);
  };
}

http::Response TriggerSavepoint(const JobPtr& job, const http::Request& request, SavepointTriggers& triggers) {
  const auto target = BodyText(request, "target-directory");
  const auto cancel = BodyFlag(request, "cancel-job");
  if (!target.ok() || !cancel.ok()) return AnswerError(400, "The body is no JSON object.");
  return Accepted(triggers.Start([job, directory = *target, stop = *cancel] {
    return stop ? job->StopWithSavepoint(directory, false) : job->TakeSavepoint(directory);
  }));
}

http::Response StopJob(const JobPtr& job, const http::Request& request, SavepointTriggers& triggers) {
  const auto target = BodyText(request, "targetDirectory");
  const auto drain = BodyFlag(request, "drain");
  if (!target.ok() || !drain.ok()) return AnswerError(400, "The body is no JSON object.");
  return Accepted(triggers.Start(
      [job, directory = *target, drained = *drain] { return job->StopWithSavepoint(directory, drained); }));
}

constexpr int64_t kAwaitReadersMillis = 2'000;

void AddJobRoutes(http::Router& router, engine::JobDirectory& jobs, SavepointTriggers& triggers) {
  AddRoute(router, "GET", "/jobs", [&jobs](http::Request&) {
    Json list = Json::MakeArray();
    for (const JobPtr& job : jobs.Jobs()) {
      Json one = Json::MakeObject();
      one.Set("id", job->id()).Set("status", engine::JobStateName(job->state()));
      list.Append(std::move(one));
    }
    Json out = Json::MakeObject();
    return Answer(out.Set("jobs", std::move(list)));
  });
  AddRoute(router, "GET", "/jobs/overview", [&jobs](http::Request&) {
    Json list = Json::MakeArray();
    for (const JobPtr& job : jobs.Jobs()) list.Append(JobSummary(*job));
    Json out = Json::MakeObject();
    return Answer(out.Set("jobs", std::move(list)));
  });
  AddRoute(router, "GET", "/jobs/{jobid}",
           WithJob(jobs, [](const JobPtr& job, http::Request&) { return Answer(JobDetails(*job)); }));
  AddRoute(router, "GET", "/jobs/{jobid}/checkpoints",
           WithJob(jobs, [](const JobPtr& job, http::Request&) { return Answer(CheckpointList(*job)); }));
  AddRoute(router, "GET", "/jobs/{jobid}/exceptions",
           WithJob(jobs, [](const JobPtr& job, http::Request&) { return Answer(Exceptions(*job)); }));
  AddRoute(router, "PATCH", "/jobs/{jobid}", WithJob(jobs, [](const JobPtr& job, http::Request& request) {
             if (request.Query("mode").value_or("cancel") != "cancel") return AnswerError(400, "mode takes: cancel");
             if (HasEnded(*job)) return AnswerError(409, fmt::format("Job {} has ended.", job->id()));
             job->Cancel();
             return Answer(Json::MakeObject(), 202);
           }));
  AddRoute(router, "POST", "/jobs/{jobid}/savepoints",
           WithJob(jobs, [&triggers](const JobPtr& job, http::Request& request) {
             return TriggerSavepoint(job, request, triggers);
           }));
  AddRoute(router, "POST", "/jobs/{jobid}/stop", WithJob(jobs, [&triggers](const JobPtr& job, http::Request& request) {
             return StopJob(job, request, triggers);
           }));
  AddRoute(router, "GET", "/jobs/{jobid}/savepoints/{triggerid}",
           WithJob(jobs, [&triggers](const JobPtr&, http::Request& request) {
             return SavepointStatus(triggers, request.Parameter("triggerid"));
           }));
}

}  // namespace

void AddRoute(http::Router& router, std::string_view method, std::string_view pattern, http::Handler handler) {
  router.Add(method, "/v1" + std::string(pattern), handler);
  router.Add(method, pattern, std::move(handler));
}

Routes JobRoutes(engine::JobDirectory& jobs) {
  const auto triggers = std::make_shared<SavepointTriggers>();
  return {.add = [&jobs, triggers](http::Router& router) { AddJobRoutes(router, jobs, *triggers); },
          .before_stop = [triggers] { triggers->AwaitReaders(kAwaitReadersMillis); }};
}

}  // namespace millrace::server
