#include "server/gateway/errors.h"

#include <fmt/format.h>

#include "codec/json.h"

namespace millrace::server::gateway {
namespace {

constexpr std::string_view kNotFound = "NOT_FOUND";

std::string ClassOf(const Error& error) {
  // Flink's classes have dots; our own codes say what to answer.
  if (error.code.find('.') != std::string::npos) return error.code;
  return std::string(error.code == kNotFound ? kSqlGatewayException : kSqlExecutionException);
}

// What a text cannot be taken apart into again.
codec::Json Detail(const Error& error, bool has_place) {
  codec::Json detail = codec::Json::MakeObject();
  detail.Set("message", error.message);
  if (!error.hint.empty()) detail.Set("hint", error.hint);
  if (error.span && has_place) {
    detail.Set("line", int64_t{error.span->line}).Set("column", int64_t{error.span->column});
    detail.Set("offset", int64_t{error.span->offset}).Set("length", int64_t{error.span->length});
  }
  return detail;
}

int StatusOf(const Error& error) { return error.code == kNotFound ? 404 : 500; }

}  // namespace

http::Response AnswerFailure(const http::Request& request, std::string_view doing, const Error& error,
                             std::string_view statement) {
  std::string trace = fmt::format(
      "<Exception on server side:\n{0}: {1}\n\tat millrace.gateway\nCaused by: {2}: {3}\n\tat millrace.gateway\n\n"
      "End of exception on server side>",
      kSqlGatewayException, doing, ClassOf(error), RenderError(error, statement));
  codec::Json errors = codec::Json::MakeArray();
  errors.Append("Internal server error.").Append(std::move(trace));
  codec::Json body = codec::Json::MakeObject();
  body.Set("errors", std::move(errors));
  if (request.headers.Find(kDetailHeader) != nullptr) body.Set("detail", Detail(error, !statement.empty()));
  return http::Response::Of(StatusOf(error), body.ToString());
}

Error UnknownSession(std::string_view handle) {
  return UserError(fmt::format("Session '{}' does not exist.", handle)).WithCode(std::string(kNotFound));
}

Error UnknownOperation(std::string_view handle) {
  return UserError(fmt::format("Can not find the submitted operation in the OperationManager with the {}.", handle))
      .WithCode(std::string(kNotFound));
}

}  // namespace millrace::server::gateway
