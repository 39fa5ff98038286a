// What the cluster is: /config, /overview, /jobmanager/…, and what it does not take: jars and job graphs.
#include <ctime>

#include <fmt/format.h>

#include "base/clock.h"
#include "server/rest/log_answers.h"
#include "server/rest/rest_context.h"

namespace millrace::server {
namespace {

using codec::Json;

constexpr int64_t kRefreshMillis = 3'000;
constexpr const char* kNoJars =
    "Millrace runs SQL, not jars or job graphs of the JVM. Submit the SQL script instead: `millrace sql -f job.sql`, "
    "or "
    "a session of the SQL gateway (POST /v1/sessions).";

Json DashboardConfig() {
  const std::time_t now = SystemClock().WallMillis() / 1000;
  std::tm local{};
  localtime_r(&now, &local);
  Json features = Json::MakeObject();
  features.Set("web-submit", false).Set("web-cancel", true).Set("web-rescale", false).Set("web-history", false);
  Json out = Json::MakeObject();
  out.Set("refresh-interval", kRefreshMillis).Set("timezone-name", local.tm_zone == nullptr ? "UTC" : local.tm_zone);
  out.Set("timezone-offset", int64_t{local.tm_gmtoff} * 1000).Set("flink-version", kFlinkVersion);
  return out.Set("flink-revision", kFlinkRevision).Set("features", std::move(features));
}

Json Overview(const engine::JobService& jobs) {
  int64_t managers = 0;
  int64_t slots = 0;
  int64_t free_slots = 0;
  for (const auto& one : jobs.TaskManagers()) {
    managers += 1;
    slots += one.slots;
    free_slots += one.free_slots;
  }
  int64_t finished = 0;
  int64_t canceled = 0;
  int64_t failed = 0;
  int64_t running = 0;
  for (const auto& job : jobs.Jobs()) {
    (job.state == "FINISHED"   ? finished
     : job.state == "CANCELED" ? canceled
     : job.state == "FAILED"   ? failed
                               : running) += 1;
  }
  Json out = Json::MakeObject();
  out.Set("taskmanagers", managers).Set("slots-total", slots).Set("slots-available", free_slots);
  out.Set("jobs-running", running).Set("jobs-finished", finished).Set("jobs-cancelled", canceled);
  out.Set("jobs-failed", failed).Set("flink-version", kFlinkVersion);
  return out.Set("flink-commit", kFlinkRevision);
}

Json ConfigList(const std::map<std::string, std::string>& config) {
  Json out = Json::MakeArray();
  for (const auto& [key, value] : config) {
    Json one = Json::MakeObject();
    out.Append(std::move(one.Set("key", key).Set("value", value)));
  }
  return out;
}

Json Environment() {
  Json jvm = Json::MakeObject();
  jvm.Set("version", "none: Millrace is one native binary").Set("arch", "").Set("options", Json::MakeArray());
  Json out = Json::MakeObject();
  return out.Set("jvm", std::move(jvm)).Set("classpath", Json::MakeArray());
}

Json Jars(const http::Request& request) {
  const std::string* host = request.headers.Find("Host");
  Json out = Json::MakeObject();
  return out.Set("address", host == nullptr ? "" : "http://" + *host).Set("files", Json::MakeArray());
}

http::Handler Always(Json answer) {
  return [answer = std::move(answer)](http::Request&) { return Answer(answer); };
}

http::Handler Refuse(int status, const char* why) {
  return [status, why](http::Request&) { return AnswerError(status, why); };
}

void AddJarRoutes(http::Router& router) {
  AddRoute(router, "GET", "/jars", [](http::Request& request) { return Answer(Jars(request)); });
  AddRoute(router, "POST", "/jars/upload", Refuse(400, kNoJars));
  AddRoute(router, "POST", "/jars/{jarid}/run", Refuse(400, kNoJars));
  AddRoute(router, "GET", "/jars/{jarid}/plan", Refuse(400, kNoJars));
  AddRoute(router, "POST", "/jars/{jarid}/plan", Refuse(400, kNoJars));
  AddRoute(router, "DELETE", "/jars/{jarid}", Refuse(400, kNoJars));
  AddRoute(router, "POST", "/jobs", Refuse(400, kNoJars));
}

}  // namespace

void AddClusterRoutes(http::Router& router, const RestContext& context) {
  AddRoute(router, "GET", "/config", [](http::Request&) { return Answer(DashboardConfig()); });
  AddRoute(router, "GET", "/overview", [&context](http::Request&) { return Answer(Overview(context.jobs)); });
  AddRoute(router, "GET", "/jobmanager/config", Always(ConfigList(context.config)));
  AddRoute(router, "GET", "/jobmanager/environment", Always(Environment()));
  // A job has no job manager of its own.
  const auto of_job = [&](const char* what, Json answer) {
    AddRoute(router, "GET", fmt::format("/jobs/{{jobid}}/jobmanager/{}", what),
             WithJob(context, [answer = std::move(answer)](const engine::JobReport&, http::Request&) {
               return Answer(answer);
             }));
  };
  of_job("config", ConfigList(context.config));
  of_job("environment", Environment());
  Json url = Json::MakeObject();
  of_job("log-url", url.Set("url", "/jobmanager/log"));
  AddLogRoutes(router, "/jobmanager", [&context](const http::Request&, std::string_view what) {
    return context.jobs.TaskManagerText("", what);
  });
  Json data_sets = Json::MakeObject();
  AddRoute(router, "GET", "/datasets", Always(data_sets.Set("dataSets", Json::MakeArray())));
  AddJarRoutes(router);
}

}  // namespace millrace::server
