// /api/overview, /api/jobs…, /api/task-managers…, /api/config, /api/log
#include "server/console/job_routes.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/strings.h"
#include "engine/config.h"
#include "engine/local_zone.h"
#include "server/console/job_json.h"

namespace millrace::server {
namespace {

using codec::Json;
using engine::JobReport;

constexpr int64_t kLiveMillis = 1'000;
constexpr int64_t kCloseCheckMillis = 100;  // how soon a stream sees that its reader is gone
constexpr int64_t kDefaultEdgeRows = 50;
constexpr int64_t kMaxEdgeRows = 1'000;

Json Overview(const ConsoleContext& context) {
  int64_t slots = 0;
  int64_t free_slots = 0;
  int64_t managers = 0;
  for (const auto& one : context.rest.jobs.TaskManagers()) {
    slots += one.slots;
    free_slots += one.free_slots;
    managers += 1;
  }
  std::map<std::string, int64_t> counts;
  const JobList::Reports reports = context.rest.list.Get();
  for (const JobReport& job : *reports) {
    const std::string& s = job.state;
    counts[s == "RESTARTING" || s == "FAILING"                   ? "restarting"
           : s == "CREATED"                                      ? "waiting"
           : s == "FINISHED" || s == "CANCELED" || s == "FAILED" ? ToLower(s)
                                                                 : "running"] += 1;
  }
  Json jobs = Json::MakeObject();
  for (const char* name : {"running", "restarting", "waiting", "finished", "canceled", "failed"}) {
    jobs.Set(name, counts[name]);
  }
  const auto zone = engine::FindSessionZone("default");
  Json out = Json::MakeObject();
  out.Set("version", context.version).Set("start_millis", context.start_millis);
  out.Set("zone", zone.ok() ? (*zone)->name() : "UTC").Set("slots", slots).Set("free_slots", free_slots);
  return out.Set("task_managers", managers).Set("jobs", std::move(jobs));
}

using ConsoleHandler = std::function<http::Response(const JobReport&, http::Request&)>;

http::Handler OfJob(const ConsoleContext& context, ConsoleHandler make) {
  return [&context, make = std::move(make)](http::Request& request) {
    const auto job = context.rest.jobs.Find(request.Parameter("jobid"));
    return job ? make(*job, request) : AnswerErrorTo(request, engine::JobNotFound(request.Parameter("jobid")));
  };
}

// Waits, but not for a reader that has gone.
bool WaitOpen(http::ResponseStream& out, int64_t millis) {
  for (int64_t waited = 0; waited < millis; waited += kCloseCheckMillis) {
    if (!out.IsOpen()) return false;
    SystemClock().SleepMillis(kCloseCheckMillis);
  }
  return out.IsOpen();
}

// One report a second; of a job that has ended the last one, and then signs of life.
void SendReports(const ConsoleContext& context, const std::string& id, http::ResponseStream& out) {
  bool ended = false;
  do {
    const auto job = context.rest.jobs.Find(id);
    if (!job) return;
    if (ended && job->ended()) {
      if (!out.Write(": ended\n\n")) return;
      continue;
    }
    ended = job->ended();
    const Json json = ConsoleJob(*job, *context.rest.history.RatesOf(id));
    if (!out.Write(fmt::format("event: report\ndata: {}\n\n", json.ToString()))) return;
  } while (WaitOpen(out, kLiveMillis));
}

http::Response AnswerPath(const http::Request& request, const Result<std::string>& path) {
  if (!path.ok()) return AnswerErrorTo(request, path.error());
  Json out = Json::MakeObject();
  return Answer(out.Set("path", *path));
}

http::Response AnswerText(const http::Request& request, Result<std::string> text) {
  if (!text.ok()) return AnswerErrorTo(request, text.error());
  return http::Response::Of(200, std::move(*text), "text/plain; charset=utf-8");
}

// {drain, directory}, both may be left out.
struct StopBody {
  std::string directory;
  bool drain = false;
};
Result<StopBody> ParseStopBody(const http::Request& request) {
  StopBody out;
  if (Trim(request.body).empty()) return out;
  MR_ASSIGN(const Json body, codec::ParseJson(request.body));
  if (const std::string* directory = body.FindString("directory")) out.directory = *directory;
  const Json* drain = body.Find("drain");
  out.drain = drain != nullptr && drain->is_bool() && drain->AsBool();
  return out;
}

Json ConfigEntries(const std::map<std::string, std::string>& config) {
  Json entries = Json::MakeArray();
  const auto add = [&](std::string_view key, Json value, Json normal, std::string_view doc) {
    Json one = Json::MakeObject();
    one.Set("key", key).Set("value", std::move(value)).Set("default", std::move(normal));
    entries.Append(std::move(one.Set("doc", doc)));
  };
  std::map<std::string, std::string> rest = config;
  for (const auto& row : engine::ConfigKeys()) {
    const std::string key(row.name);
    const auto set = rest.find(key);
    add(row.name, set == rest.end() ? Json() : Json(set->second), row.default_value, row.doc);
    rest.erase(key);
  }
  for (const auto& [key, value] : rest) add(key, value, Json(), "");
  Json out = Json::MakeObject();
  return out.Set("entries", std::move(entries));
}

void AddReadRoutes(http::Router& router, const ConsoleContext& context) {
  router.Add("GET", "/api/overview", [&context](http::Request&) { return Answer(Overview(context)); });
  router.Add("GET", "/api/jobs", [&context](http::Request& request) {
    const bool reports = request.Query("reports") == "live";
    Json list = Json::MakeArray();
    const JobList::Reports jobs = context.rest.list.Get();
    for (const JobReport& job : *jobs) {
      list.Append(reports && !job.ended() ? ToJson(job) : ConsoleSummary(job, *context.rest.history.RatesOf(job.id)));
    }
    Json out = Json::MakeObject();
    return Answer(out.Set("jobs", std::move(list)));
  });
  router.Add("GET", "/api/jobs/{jobid}", OfJob(context, [&context](const JobReport& job, http::Request&) {
               return Answer(ConsoleJob(job, *context.rest.history.RatesOf(job.id)));
             }));
  router.Add("GET", "/api/jobs/{jobid}/live", OfJob(context, [&context](const JobReport& job, http::Request&) {
               return http::Response::EventStream(
                   [&context, id = job.id](http::ResponseStream& out) { SendReports(context, id, out); });
             }));
  router.Add("GET", "/api/jobs/{jobid}/history", OfJob(context, [&context](const JobReport& job, http::Request& r) {
               const auto range = ParseHistoryRange(r.Query("range").value_or(""));
               if (!range) return AnswerErrorTo(r, 400, "range takes 15m or 6h");
               return Answer(ConsoleHistory(context.rest.history.Of(job.id, *range)));
             }));
  router.Add("GET", "/api/jobs/{jobid}/edges/{operator}/rows",
             OfJob(context, [&context](const JobReport& job, http::Request& r) {
               const auto op = ParseInt64(r.Parameter("operator"));
               if (!op || *op < 0 || *op > UINT32_MAX) return AnswerErrorTo(r, 400, "The operator is a number.");
               const int64_t limit = ParseInt64(r.Query("limit").value_or("")).value_or(kDefaultEdgeRows);
               const auto rows = static_cast<size_t>(std::clamp<int64_t>(limit, 1, kMaxEdgeRows));
               const auto sample = context.rest.jobs.SampleEdge(job.id, static_cast<uint32_t>(*op), rows);
               return sample.ok() ? Answer(ConsoleEdge(*sample)) : AnswerErrorTo(r, sample.error());
             }));
}

// The body is a job as it is handed over between processes (engine/job_spec.h).
Status Submit(const ConsoleContext& context, const http::Request& request) {
  MR_ASSIGN(const Json body, codec::ParseJson(request.body));
  MR_ASSIGN(const engine::JobSpec spec, engine::JobSpecFromJson(body));
  // The folder of its checkpoints goes away with the job, so nobody from outside says which it is or what it is called.
  if (!engine::IsJobId(spec.id)) return UserError("The id of a job has 32 hex digits.");
  if (!spec.checkpoint_directory.empty())
    return UserError("The folder of the checkpoints is given by SET 'execution.checkpointing.dir'.");
  MR_TRY(context.rest.jobs.Submit(spec));
  context.rest.list.Forget();
  return Ok();
}

void AddChangeRoutes(http::Router& router, const ConsoleContext& context) {
  router.Add("POST", "/api/jobs", [&context](http::Request& request) {
    const Status submitted = Submit(context, request);
    return submitted.ok() ? Answer(Json::MakeObject(), 201) : AnswerErrorTo(request, submitted.error());
  });
  router.Add("POST", "/api/jobs/{jobid}/cancel", [&context](http::Request& request) {
    const Status canceled = context.rest.jobs.Cancel(request.Parameter("jobid"));
    context.rest.list.Forget();
    return canceled.ok() ? Answer(Json::MakeObject()) : AnswerErrorTo(request, canceled.error());
  });
  router.Add("POST", "/api/jobs/{jobid}/stop", [&context](http::Request& request) {
    const auto body = ParseStopBody(request);
    if (!body.ok()) return AnswerErrorTo(request, body.error());
    const auto path = context.rest.jobs.StopWithSavepoint(request.Parameter("jobid"), body->directory, body->drain);
    context.rest.list.Forget();
    return AnswerPath(request, path);
  });
  router.Add("POST", "/api/jobs/{jobid}/savepoint", [&context](http::Request& request) {
    const auto body = ParseStopBody(request);
    if (!body.ok()) return AnswerErrorTo(request, body.error());
    return AnswerPath(request, context.rest.jobs.TakeSavepoint(request.Parameter("jobid"), body->directory));
  });
  router.Add("POST", "/api/jobs/{jobid}/checkpoint", [&context](http::Request& request) {
    return AnswerPath(request, context.rest.jobs.TakeCheckpoint(request.Parameter("jobid")));
  });
}

void AddProcessRoutes(http::Router& router, const ConsoleContext& context) {
  engine::JobService& jobs = context.rest.jobs;
  router.Add("GET", "/api/task-managers", [&jobs](http::Request&) {
    Json list = Json::MakeArray();
    for (const auto& one : jobs.TaskManagers()) list.Append(ConsoleTaskManager(one));
    Json out = Json::MakeObject();
    return Answer(out.Set("task_managers", std::move(list)));
  });
  router.Add("GET", "/api/task-managers/{id}/{what}", [&jobs](http::Request& request) {
    const std::string& what = request.Parameter("what");
    if (what != "log" && what != "stdout" && what != "thread-dump" && what != "metrics") {
      return AnswerErrorTo(request, 404, "A task manager has: log, stdout, thread-dump, metrics.");
    }
    return AnswerText(request, jobs.TaskManagerText(request.Parameter("id"), what));
  });
  router.Add("GET", "/api/config", [&context](http::Request&) { return Answer(ConfigEntries(context.rest.config)); });
  router.Add("GET", "/api/log",
             [&jobs](http::Request& request) { return AnswerText(request, jobs.TaskManagerText("", "log")); });
}

}  // namespace

void AddConsoleJobRoutes(http::Router& router, const ConsoleContext& context) {
  AddReadRoutes(router, context);
  AddChangeRoutes(router, context);
  AddProcessRoutes(router, context);
}

}  // namespace millrace::server
