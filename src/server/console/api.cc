#include "server/console/api.h"

#include <set>

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::server::console {

using codec::Json;

namespace {

int StatusOf(const Error& error) {
  // Names of Kafka, numbers of the schema registry, and our own.
  static const std::set<std::string_view> kMissing = {"NOT_FOUND",          "UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC",
                                                      "_UNKNOWN_PARTITION", "GROUP_ID_NOT_FOUND",    "JOB_NOT_FOUND"};
  static const std::set<std::string_view> kInTheWay = {
      "CONFLICT", "TOPIC_ALREADY_EXISTS", "NON_EMPTY_GROUP", "UNKNOWN_MEMBER_ID", "JOB_ENDED", "409", "40901", "42206"};
  if (kMissing.contains(error.code) || (error.code.size() == 5 && error.code.starts_with("404"))) return 404;
  if (kInTheWay.contains(error.code)) return 409;
  switch (error.domain) {
    case ErrorDomain::kUser: return 400;
    // What Kafka refuses by name and will refuse again: a bad setting, a name that is not allowed.
    case ErrorDomain::kExternal: return error.retry == Retry::kNo && !error.code.empty() ? 400 : 503;
    case ErrorDomain::kInternal: return 500;
  }
  return 500;
}

Error BadNumber(std::string_view name, std::string_view text, int64_t min, int64_t max) {
  return UserError(fmt::format("'{}' must be a whole number from {} to {}, not '{}'.", name, min, max, text));
}

}  // namespace

http::Response Answer(const Json& json, int status) { return http::Response::Of(status, json.ToString()); }

Json ErrorJson(const Error& error) {
  Json out = Json::MakeObject();
  out.Set("message", error.message);
  if (!error.hint.empty()) out.Set("hint", error.hint);
  if (error.span) out.Set("line", int64_t{error.span->line}).Set("column", int64_t{error.span->column});
  return out;
}

http::Response AnswerError(const Error& error) {
  Json body = Json::MakeObject();
  return Answer(body.Set("error", ErrorJson(error)), StatusOf(error));
}

Error NotFound(std::string message) { return UserError(std::move(message)).WithCode("NOT_FOUND"); }
Error Conflict(std::string message) { return UserError(std::move(message)).WithCode("CONFLICT"); }

Result<Json> ParseBody(const http::Request& request) {
  if (Trim(request.body).empty()) return UserError("The request has no body.").WithHint("Send a JSON object.");
  auto json = codec::ParseJson(request.body);
  if (json.ok() && !json->is_object()) return UserError("The request's body must be a JSON object.");
  return json;
}

Result<int64_t> QueryNumber(const http::Request& request, std::string_view name, int64_t default_value, int64_t min,
                            int64_t max) {
  const auto text = request.Query(name);
  if (!text || text->empty()) return default_value;
  const auto number = ParseInt64(*text);
  if (!number || *number < min || *number > max) return BadNumber(name, *text, min, max);
  return *number;
}

Result<int64_t> BodyNumber(const Json& body, std::string_view name, int64_t default_value, int64_t min, int64_t max) {
  const Json* value = body.Find(name);
  if (value == nullptr || value->is_null()) return default_value;
  if (!value->is_int() || value->AsInt() < min || value->AsInt() > max) {
    return BadNumber(name, value->ToString(), min, max);
  }
  return value->AsInt();
}

Result<std::string> BodyText(const Json& body, std::string_view name) {
  const std::string* text = body.FindString(name);
  if (text == nullptr || text->empty()) return UserError(fmt::format("The body's '{}' must be a text.", name));
  return *text;
}

std::string Event(std::string_view name, const Json& data) {
  return fmt::format("event: {}\ndata: {}\n\n", name, data.ToString());
}

Json TextArray(const std::vector<std::string>& texts) { return Json(Json::Array(texts.begin(), texts.end())); }

}  // namespace millrace::server::console
