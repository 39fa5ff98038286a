#include "cluster/task_manager_routes.h"

#include <algorithm>

#include "base/strings.h"
#include "cluster/protocol.h"
#include "http/request_guard.h"

namespace millrace::cluster {
namespace {

using codec::Json;

constexpr int64_t kWatchAnswerMillis = 1'000;
constexpr int64_t kMaxRowsWaitMillis = 30'000;
constexpr codec::JsonLimits kJobLimits{.max_bytes = size_t{64} << 20};

int64_t Number(const http::Request& request, std::string_view name, int64_t absent) {
  return ParseInt64(request.Query(name).value_or("")).value_or(absent);
}

http::Response AnswerPath(const Result<std::string>& path) {
  if (!path.ok()) return AnswerError(path.error());
  Json out = Json::MakeObject();
  return Answer(out.Set("path", *path));
}

// POST /jobs/{id}/stop and /savepoint: {"directory": "..", "drain": false}
http::Response TakeSavepoint(const TaskManagerParts& parts, const http::Request& request, bool stop) {
  const auto body = codec::ParseJson(request.body);
  if (!body.ok()) return AnswerError(body.error());
  const std::string* directory = body->FindString("directory");
  const Json* drain = body->Find("drain");
  const std::string& id = request.Parameter("id");
  const std::string target = directory == nullptr ? "" : *directory;
  auto path =
      stop ? parts.jobs->local().StopWithSavepoint(id, target, drain != nullptr && drain->is_bool() && drain->AsBool())
           : parts.jobs->local().TakeSavepoint(id, target);
  parts.changed();
  return AnswerPath(path);
}

http::Response Deploy(const TaskManagerParts& parts, const http::Request& request) {
  const auto body = codec::ParseJson(request.body, kJobLimits);
  if (!body.ok()) return AnswerError(body.error());
  const auto deployment = DeploymentFromJson(*body);
  if (!deployment.ok()) return AnswerError(deployment.error());
  const Status started = parts.jobs->Start(*deployment);
  parts.changed();
  return started.ok() ? Answer(Json::MakeObject()) : AnswerError(started.error());
}

}  // namespace

http::Response Answer(const Json& json) { return http::Response::Of(200, json.ToString()); }

http::Response AnswerError(const Error& error) {
  const int status = error.code.ends_with("_NOT_FOUND") ? 404 : error.domain == ErrorDomain::kUser ? 400 : 500;
  return http::Response::Of(status, ErrorToJson(error).ToString());
}

Result<std::unique_ptr<http::Server>> StartClusterServer(const http::ServerOptions& options,
                                                         const std::vector<std::string>& allowed_hosts,
                                                         http::Handler handle) {
  const auto refuse = [](int status, std::string_view message) {
    return http::Response::Of(status, ErrorToJson(UserError(std::string(message))).ToString());
  };
  return http::Server::Start(
      options, http::Guarded(http::GuardForPrograms(options.host, allowed_hosts), std::move(handle), refuse));
}

void AddTaskManagerRoutes(http::Router& router, TaskManagerParts parts) {
  router.Add("PUT", "/jobs/{id}", [parts](http::Request& request) { return Deploy(parts, request); });
  router.Add("POST", "/jobs/{id}/cancel", [parts](http::Request& request) {
    const Status cancelled = parts.jobs->local().Cancel(request.Parameter("id"));
    parts.changed();
    return cancelled.ok() ? Answer(Json::MakeObject()) : AnswerError(cancelled.error());
  });
  router.Add("POST", "/jobs/{id}/stop",
             [parts](http::Request& request) { return TakeSavepoint(parts, request, true); });
  router.Add("POST", "/jobs/{id}/savepoint",
             [parts](http::Request& request) { return TakeSavepoint(parts, request, false); });
  router.Add("POST", "/jobs/{id}/checkpoint", [parts](http::Request& request) {
    const auto path = parts.jobs->local().TakeCheckpoint(request.Parameter("id"));
    parts.changed();
    return AnswerPath(path);
  });
  router.Add("GET", "/jobs/{id}/rows", [parts](http::Request& request) {
    const int64_t wait = std::clamp<int64_t>(Number(request, "wait", 0), 0, kMaxRowsWaitMillis);
    auto frames = parts.jobs->TakeRows(request.Parameter("id"), wait);
    if (!frames.ok()) return AnswerError(frames.error());
    return http::Response::Of(200, std::move(*frames), "application/octet-stream");
  });
  router.Add("GET", "/jobs/{id}/edges/{operator}", [parts](http::Request& request) {
    const auto sample = parts.jobs->local().SampleEdge(
        request.Parameter("id"), static_cast<uint32_t>(ParseInt64(request.Parameter("operator")).value_or(0)),
        static_cast<size_t>(std::max<int64_t>(0, Number(request, "limit", 50))));
    return sample.ok() ? Answer(ToJson(*sample)) : AnswerError(sample.error());
  });
  // Ends when this process does: who waits for the answer learns of its death at once.
  router.Add("GET", "/watch", [parts](http::Request&) {
    parts.linger(kWatchAnswerMillis);
    return Answer(Json::MakeObject());
  });
  for (const char* what : {"log", "stdout", "thread-dump", "metrics"}) {
    router.Add("GET", std::string("/") + what, [parts, what](http::Request&) {
      auto text = parts.text(what);
      return text.ok() ? http::Response::Of(200, std::move(*text), "text/plain") : AnswerError(text.error());
    });
  }
}

}  // namespace millrace::cluster
