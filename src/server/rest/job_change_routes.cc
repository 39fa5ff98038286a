// What changes jobs: cancel, stop, savepoints, checkpoints on demand. The long ones are asked after by their trigger
// id.
#include <algorithm>

#include <fmt/format.h>

#include "base/file.h"
#include "base/strings.h"
#include "engine/state_export.h"
#include "server/rest/rest_context.h"
#include "server/rest/throwable_json.h"

namespace millrace::server {
namespace {

using codec::Json;
using engine::JobReport;

constexpr const char* kFlinkException = "org.apache.flink.util.FlinkException";

// The JSON object of a body; an empty body is {}.
Result<Json> BodyOf(const http::Request& request) {
  if (Trim(request.body).empty()) return Json::MakeObject();
  MR_ASSIGN(Json body, codec::ParseJson(request.body));
  if (!body.is_object()) return UserError("The body is no JSON object.");
  return body;
}

std::string TextOf(const Json& body, std::string_view name) {
  const std::string* text = body.FindString(name);
  return text == nullptr ? "" : *text;
}

bool FlagOf(const Json& body, std::string_view name) {
  const Json* flag = body.Find(name);
  return flag != nullptr && flag->is_bool() && flag->AsBool();
}

http::Response Accepted(const std::string& trigger) {
  Json out = Json::MakeObject();
  return Answer(out.Set("request-id", trigger), 202);
}

http::Response Cancel(const RestContext& context, const JobReport& job) {
  const Status canceled = context.jobs.Cancel(job.id);
  context.list.Forget();
  if (canceled.ok() || job.state == "CANCELED") return Answer(Json::MakeObject(), 202);
  if (canceled.error().code != "JOB_ENDED") return AnswerError(500, canceled.error().ToString());
  const auto now = context.jobs.Find(job.id);
  return AnswerError(409, fmt::format("Job cancellation failed because the job has already reached another terminal "
                                      "state ({}).",
                                      now ? now->state : job.state));
}

using Take = std::function<Result<std::string>(const RestContext&, const std::string& job, const Json& body)>;

// `take` runs behind the answer; its outcome is asked after. A client that gives the trigger id may ask twice.
http::Handler Trigger(const RestContext& context, Take take) {
  return WithJob(context, [&context, take = std::move(take)](const JobReport& job, http::Request& request) {
    const auto body = BodyOf(request);
    if (!body.ok()) return AnswerError(400, "Request did not match expected format: " + body.error().message);
    return Accepted(context.triggers.Start(TextOf(*body, "triggerId"), [&context, take, id = job.id, body = *body] {
      Result<std::string> outcome = take(context, id, body);
      context.list.Forget();
      return outcome;
    }));
  });
}

// The answer to "how far is it"; `describe` makes the operation of one that went well.
http::Response StatusOf(const RestContext& context, const http::Request& request, const char* failure,
                        const std::function<Json(const std::string&)>& describe) {
  const std::string& id = request.Parameter("triggerid");
  const SavepointTriggers::Outcome outcome = context.triggers.Find(id);
  if (!outcome.known) {
    return AnswerError(404, fmt::format("There is no savepoint operation with triggerId={}.", id));
  }
  Json status = Json::MakeObject();
  status.Set("id", outcome.result ? "COMPLETED" : "IN_PROGRESS");
  Json out = Json::MakeObject();
  out.Set("status", std::move(status));
  if (!outcome.result) return Answer(out);
  if (outcome.result->ok()) return Answer(out.Set("operation", describe(**outcome.result)));
  const Error& error = outcome.result->error();
  const bool is_class = error.code.find('.') != std::string::npos;
  Json operation = Json::MakeObject();
  operation.Set(failure, ThrowableJson(is_class ? error.code : kFlinkException, error.ToString()));
  return Answer(out.Set("operation", std::move(operation)));
}

Json Location(const std::string& path) {
  Json out = Json::MakeObject();
  return out.Set("location", path);
}

void AddSavepointRoutes(http::Router& router, const RestContext& context) {
  AddRoute(router, "POST", "/jobs/{jobid}/savepoints",
           Trigger(context, [](const RestContext& c, const std::string& id, const Json& body) {
             std::string directory = TextOf(body, "target-directory");
             if (FlagOf(body, "cancel-job")) return c.jobs.StopWithSavepoint(id, std::move(directory), false);
             return c.jobs.TakeSavepoint(id, std::move(directory));
           }));
  AddRoute(router, "POST", "/jobs/{jobid}/stop",
           Trigger(context, [](const RestContext& c, const std::string& id, const Json& body) {
             return c.jobs.StopWithSavepoint(id, TextOf(body, "targetDirectory"), FlagOf(body, "drain"));
           }));
  AddRoute(router, "GET", "/jobs/{jobid}/savepoints/{triggerid}",
           [&context](http::Request& request) { return StatusOf(context, request, "failure-cause", Location); });
  AddRoute(router, "POST", "/savepoint-disposal", [&context](http::Request& request) {
    const auto body = BodyOf(request);
    const std::string path = body.ok() ? TextOf(*body, "savepoint-path") : "";
    if (path.empty()) return AnswerError(400, "Field savepoint-path must not be omitted.");
    Json out = Json::MakeObject();
    return Answer(out.Set("request-id", context.triggers.Start("", [path]() -> Result<std::string> {
      MR_TRY(engine::DisposeSavepoint(RealFileSystem(), path));
      return path;
    })));
  });
  AddRoute(router, "GET", "/savepoint-disposal/{triggerid}", [&context](http::Request& request) {
    return StatusOf(context, request, "failure-cause", [](const std::string&) { return Json::MakeObject(); });
  });
}

void AddCheckpointTriggerRoutes(http::Router& router, const RestContext& context) {
  AddRoute(router, "POST", "/jobs/{jobid}/checkpoints",
           Trigger(context,
                   [](const RestContext& c, const std::string& id, const Json&) { return c.jobs.TakeCheckpoint(id); }));
  AddRoute(router, "GET", "/jobs/{jobid}/checkpoints/{triggerid}",
           WithJob(context, [&context](const JobReport&, http::Request& request) {
             return StatusOf(context, request, "failureCause", [](const std::string& path) {
               // ".../chk-7". The job's report may not have it yet.
               const auto id = ParseInt64(std::string_view(path).substr(path.rfind('-') + 1));
               Json out = Json::MakeObject();
               return out.Set("checkpointId", id.value_or(0));
             });
           }));
}

}  // namespace

void AddJobChangeRoutes(http::Router& router, const RestContext& context) {
  AddRoute(router, "PATCH", "/jobs/{jobid}", WithJob(context, [&context](const JobReport& job, http::Request& request) {
             if (request.Query("mode").value_or("cancel") == "cancel") return Cancel(context, job);
             return AnswerError(
                 400,
                 "The termination mode \"stop\" has been removed. For an ungraceful shutdown, please use "
                 "\"cancel\" instead. For a graceful shutdown, please use \"jobs/:jobId/stop\" instead.");
           }));
  AddRoute(router, "GET", "/jobs/{jobid}/yarn-cancel",
           WithJob(context, [&context](const JobReport& job, http::Request&) { return Cancel(context, job); }));
  AddRoute(router, "PATCH", "/jobs/{jobid}/clientHeartbeat",
           WithJob(context, [](const JobReport&, http::Request&) { return Answer(Json::MakeObject(), 202); }));
  AddRoute(router, "PATCH", "/jobs/{jobid}/rescaling",
           [](http::Request&) { return AnswerError(503, "Rescaling is temporarily disabled. See FLINK-12312."); });
  AddRoute(router, "PUT", "/jobs/{jobid}/resource-requirements", [](http::Request&) {
    return AnswerError(400,
                       "A running job keeps its parallelism. Stop it with a savepoint, SET 'parallelism.default' "
                       "and start it from the savepoint.");
  });
  AddSavepointRoutes(router, context);
  AddCheckpointTriggerRoutes(router, context);
}

}  // namespace millrace::server
