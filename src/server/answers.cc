#include "server/answers.h"

namespace millrace::server {
namespace {

using codec::Json;

bool IsConsole(const http::Request& request) { return request.path.starts_with("/api/"); }

http::Response AnswerConsoleError(int status, Json error) {
  Json body = Json::MakeObject();
  return Answer(body.Set("error", std::move(error)), status);
}

int StatusOf(const Error& error) {
  if (error.code.ends_with("_NOT_FOUND")) return 404;
  if (error.code == "JOB_ENDED") return 409;
  return error.domain == ErrorDomain::kUser ? 400 : 500;
}

}  // namespace

http::Response Answer(const Json& json, int status) { return http::Response::Of(status, json.ToString()); }

http::Response AnswerError(int status, std::string_view message) {
  Json errors = Json::MakeArray();
  errors.Append(message);
  Json body = Json::MakeObject();
  return Answer(body.Set("errors", std::move(errors)), status);
}

http::Response AnswerErrorTo(const http::Request& request, int status, std::string_view message) {
  if (!IsConsole(request)) return AnswerError(status, message);
  Json error = Json::MakeObject();
  return AnswerConsoleError(status, std::move(error.Set("message", message)));
}

http::Response AnswerErrorTo(const http::Request& request, const Error& error) {
  if (!IsConsole(request)) return AnswerError(StatusOf(error), error.ToString());
  Json out = Json::MakeObject();
  out.Set("message", error.message);
  if (!error.hint.empty()) out.Set("hint", error.hint);
  if (error.span) out.Set("line", int64_t{error.span->line}).Set("column", int64_t{error.span->column});
  return AnswerConsoleError(StatusOf(error), std::move(out));
}

}  // namespace millrace::server
