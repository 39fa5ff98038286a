#include "server/rest/log_answers.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/strings.h"
#include "server/rest/rest_context.h"

namespace millrace::server {
namespace {

using codec::Json;

constexpr const char* kLogName = "millrace.log";
constexpr const char* kOutName = "millrace.out";

http::Response Text(const ProcessText& text_of, const http::Request& request, std::string_view what) {
  auto text = text_of(request, what);
  if (!text.ok()) return AnswerErrorTo(request, text.error());
  return http::Response::Of(200, std::move(*text), "text/plain; charset=utf-8");
}

http::Response List(const ProcessText& text_of, const http::Request& request) {
  Json list = Json::MakeArray();
  for (const auto& [name, what] : {std::pair{kLogName, "log"}, {kOutName, "stdout"}}) {
    const auto text = text_of(request, what);
    if (!text.ok()) continue;
    Json one = Json::MakeObject();
    one.Set("name", name).Set("size", static_cast<int64_t>(text->size()));
    list.Append(std::move(one.Set("mtime", SystemClock().WallMillis())));
  }
  Json out = Json::MakeObject();
  return Answer(out.Set("logs", std::move(list)));
}

// A line of the dump is a thread: "12 kafka-fetch state S in ep_poll, 3.21 s of CPU". None where there is no dump.
http::Response ThreadDump(const ProcessText& text_of, const http::Request& request) {
  const auto text = text_of(request, "thread-dump");
  if (!text.ok() && text.error().code == "TASK_MANAGER_NOT_FOUND") return AnswerErrorTo(request, text.error());
  Json threads = Json::MakeArray();
  for (const std::string& line : text.ok() ? Split(*text, '\n') : std::vector<std::string>()) {
    const size_t state = line.find(" state ");
    if (state == std::string::npos) continue;
    Json thread = Json::MakeObject();
    threads.Append(std::move(thread.Set("threadName", line.substr(0, state)).Set("stringifiedThreadInfo", line)));
  }
  Json out = Json::MakeObject();
  return Answer(out.Set("threadInfos", std::move(threads)));
}

}  // namespace

void AddLogRoutes(http::Router& router, const std::string& path, ProcessText text_of) {
  AddRoute(router, "GET", path + "/log", [text_of](http::Request& r) { return Text(text_of, r, "log"); });
  AddRoute(router, "GET", path + "/stdout", [text_of](http::Request& r) { return Text(text_of, r, "stdout"); });
  AddRoute(router, "GET", path + "/logs", [text_of](http::Request& r) { return List(text_of, r); });
  AddRoute(router, "GET", path + "/logs/{filename}", [text_of](http::Request& r) {
    const std::string& name = r.Parameter("filename");
    if (name == kLogName) return Text(text_of, r, "log");
    if (name == kOutName) return Text(text_of, r, "stdout");
    return AnswerError(404, fmt::format("There is no log file '{}'.", name));
  });
  AddRoute(router, "GET", path + "/thread-dump", [text_of](http::Request& r) { return ThreadDump(text_of, r); });
  AddRoute(router, "GET", path + "/profiler", [](http::Request&) {
    Json out = Json::MakeObject();
    return Answer(out.Set("profilingList", Json::MakeArray()));
  });
  AddRoute(router, "POST", path + "/profiler", [](http::Request&) {
    return AnswerError(400, "There is no JVM to profile; use perf on the millrace process.");
  });
}

}  // namespace millrace::server
