#include "app/jobs_client.h"

#include <fmt/format.h>

#include "base/clock.h"

namespace millrace::app {
namespace {

constexpr const char* kNotFound = "NOT_FOUND";
constexpr int64_t kCancelMillis = 10'000;
constexpr int64_t kAskAgainMillis = 50;

Error ErrorOf(const http::ClientResponse& response, const std::string& url) {
  const auto body = codec::ParseJson(response.body);
  const codec::Json* errors = body.ok() ? body->Find("errors") : nullptr;
  if (errors != nullptr && errors->is_array() && !errors->items().empty() && errors->items()[0].is_string()) {
    return UserError(errors->items()[0].AsString()).WithCode(response.status == 404 ? kNotFound : "");
  }
  return UserError(fmt::format("{} answered HTTP {}.", url, response.status))
      .WithHint("It is no REST address of jobs: give that of a job manager, --jobmanager URL.");
}

}  // namespace

JobsClient::JobsClient(std::string url) : url_(std::move(url)) {
  while (url_.ends_with('/')) url_.pop_back();
  if (url_.find("://") == std::string::npos) url_ = "http://" + url_;
}

Result<codec::Json> JobsClient::Call(std::string_view method, const std::string& path, std::string_view body) {
  http::Headers headers;
  if (!body.empty()) headers.Add("Content-Type", "application/json");
  auto response = http_.Send(method, url_ + path, body, headers);
  if (!response.ok()) {
    return std::move(response).error().WithHint(
        "Is it running? `millrace jobmanager`, `millrace local` and `millrace sql --rest HOST:PORT` serve this "
        "address; --jobmanager URL names another.");
  }
  if (response->status >= 400) return ErrorOf(*response, url_ + path);
  return codec::ParseJson(response->body);
}

Result<std::string> JobsClient::Cancel(const std::string& job_id) {
  MR_TRY(Call("PATCH", fmt::format("/jobs/{}?mode=cancel", job_id)));
  const auto millis = [] { return SystemClock().MonotonicNanos() / 1'000'000; };
  for (const int64_t end = millis() + kCancelMillis; millis() < end;) {
    const auto answer = Call("GET", fmt::format("/jobs/{}/status", job_id));
    // A process may end with its job, an ended job may be forgotten: then it is gone.
    if (!answer.ok() && (answer.error().code == kNotFound || answer.error().code == http::Client::kConnectionRefused))
      return std::string("CANCELED");
    const std::string* state = answer.ok() ? answer->FindString("status") : nullptr;
    if (state != nullptr && (*state == "CANCELED" || *state == "FINISHED" || *state == "FAILED")) return *state;
    SystemClock().SleepMillis(kAskAgainMillis);
  }
  return std::string("CANCELLING");
}

Result<std::string> JobsClient::Savepoint(const std::string& job_id, std::string_view action, const codec::Json& body) {
  MR_ASSIGN(const codec::Json accepted, Call("POST", fmt::format("/jobs/{}/{}", job_id, action), body.ToString()));
  const std::string* trigger = accepted.FindString("request-id");
  if (trigger == nullptr) return ExternalError("The answer has no request-id: " + accepted.ToString(), Retry::kNo);
  while (true) {
    MR_ASSIGN(const codec::Json answer, Call("GET", fmt::format("/jobs/{}/savepoints/{}", job_id, *trigger)));
    const codec::Json* status = answer.Find("status");
    const std::string* id = status == nullptr ? nullptr : status->FindString("id");
    if (id != nullptr && *id == "COMPLETED") {
      const codec::Json* operation = answer.Find("operation");
      const std::string* location = operation == nullptr ? nullptr : operation->FindString("location");
      if (location != nullptr) return *location;
      const codec::Json* cause = operation == nullptr ? nullptr : operation->Find("failure-cause");
      const std::string* text = cause == nullptr ? nullptr : cause->FindString("stack-trace");
      return ExternalError(text == nullptr ? "The savepoint failed." : *text, Retry::kNo);
    }
    SystemClock().SleepMillis(kAskAgainMillis);
  }
}

FlagDef JobManagerFlag() { return {"--jobmanager", "URL", "the REST address of the process", kDefaultJobManager}; }

FlagDef JsonFlag() { return {"--json", "", "machine-readable output", ""}; }

void PrintSavepoint(const Arguments& arguments, std::string_view job_id, std::string_view path) {
  if (arguments.Has("json")) {
    fmt::print("{}\n", codec::Json::MakeObject().Set("jid", job_id).Set("savepoint", path).ToString());
  } else {
    fmt::print("Savepoint completed. Path: {}\n", path);
  }
}

}  // namespace millrace::app
