#include "registry/rest.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "registry/records.h"
#include "registry/routes.h"

namespace millrace::registry {

using codec::Json;

namespace {

constexpr int kBadRequest = 400;

int HttpStatus(int code) { return code >= 10'000 ? code / 100 : code; }

// "name" as a 32-bit number from 1; null, absent and -1 mean none.
Result<std::optional<int32_t>> OptionalNumber(const Json& body, std::string_view name) {
  const Json* value = body.Find(name);
  if (value == nullptr || value->is_null()) return std::optional<int32_t>();
  if (!value->is_int() || value->AsInt() < -1 || value->AsInt() > INT32_MAX) {
    return RegistryError(kUnprocessable, fmt::format("\"{}\" must be a number from 1 to 2147483647", name));
  }
  if (value->AsInt() <= 0) return std::optional<int32_t>();
  return std::optional(static_cast<int32_t>(value->AsInt()));
}

Result<std::string> OptionalText(const Json& body, std::string_view name, std::string default_value) {
  const Json* value = body.Find(name);
  if (value == nullptr || value->is_null()) return default_value;
  if (!value->is_string()) return RegistryError(kBadRequest, fmt::format("\"{}\" must be a string", name));
  return value->AsString();
}

}  // namespace

http::Response Answer(const Json& json) { return http::Response::Of(200, json.ToString(), std::string(kContentType)); }

http::Response Answer(const std::vector<std::string>& texts) {
  return Answer(Json(Json::Array(texts.begin(), texts.end())));
}

http::Response Answer(const std::vector<int32_t>& numbers) {
  return Answer(Json(Json::Array(numbers.begin(), numbers.end())));
}

http::Response ErrorAnswer(int code, std::string_view message) {
  const Json body = Json::MakeObject().Set("error_code", code).Set("message", message);
  return http::Response::Of(HttpStatus(code), body.ToString(), std::string(kContentType));
}

http::Response AnswerError(const Error& error) {
  const auto code = ParseInt64(error.code);
  if (code) return ErrorAnswer(static_cast<int>(*code), error.message);
  return ErrorAnswer(kStoreError, "Error in the backend datastore: " + error.message);
}

Result<Json> ParseBody(const http::Request& request) {
  if (Trim(request.body).empty()) return RegistryError(kUnprocessable, "The request has no body");
  auto json = codec::ParseJson(request.body);
  if (!json.ok()) return RegistryError(kBadRequest, json.error().message);
  if (!json->is_object()) return RegistryError(kBadRequest, "The request's body must be a JSON object");
  return json;
}

Result<SchemaRequest> ParseSchemaRequest(const http::Request& request) {
  MR_ASSIGN(const Json body, ParseBody(request));
  SchemaRequest out;
  MR_ASSIGN(out.content.text, OptionalText(body, "schema", ""));
  MR_ASSIGN(out.content.type, OptionalText(body, "schemaType", "AVRO"));
  MR_ASSIGN(out.version, OptionalNumber(body, "version"));
  MR_ASSIGN(out.id, OptionalNumber(body, "id"));
  if (const Json* references = body.Find("references"); references != nullptr && !references->is_null()) {
    auto parsed = ReferencesFromJson(*references);
    if (!parsed.ok()) return RegistryError(kUnprocessable, parsed.error().message);
    out.content.references = std::move(parsed).value();
  }
  if (const Json* metadata = body.Find("metadata")) out.content.metadata = *metadata;
  if (const Json* rules = body.Find("ruleSet")) out.content.rule_set = *rules;
  for (const Json* part : {&out.content.metadata, &out.content.rule_set}) {
    if (!part->is_null() && !part->is_object()) {
      return RegistryError(kUnprocessable, "\"metadata\" and \"ruleSet\" must be objects");
    }
  }
  out.normalize = request.QueryFlag("normalize");
  return out;
}

Result<int32_t> ParseVersion(const http::Request& request) {
  const std::string& text = request.Parameter("version");
  if (text == "latest" || text == "-1") return -1;
  const auto number = ParseInt64(text);
  if (number && *number >= 1 && *number <= INT32_MAX) return static_cast<int32_t>(*number);
  return RegistryError(kInvalidVersion,
                       fmt::format("The specified version '{}' is not a valid version id. Allowed values are "
                                   "between [1, 2^31-1] and the string \"latest\"",
                                   text));
}

Result<int32_t> ParseId(const http::Request& request) {
  const std::string& text = request.Parameter("id");
  const auto number = ParseInt64(text);
  if (number && *number >= 0 && *number <= INT32_MAX) return static_cast<int32_t>(*number);
  return RegistryError(kSchemaNotFound, fmt::format("Schema {} not found", text));
}

Result<std::string> ParseSubjectParameter(const http::Request& request) {
  const std::string& subject = request.Parameter("subject");
  const bool has_control =
      std::any_of(subject.begin(), subject.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  const std::string name = ParseSubject(subject).name;
  if (subject.empty() || has_control || name == "__GLOBAL" || name == "__EMPTY") {
    return RegistryError(kInvalidSubject, fmt::format("The specified subject '{}' is not a valid.", subject));
  }
  return subject;
}

Store::Deleted ParseDeleted(const http::Request& request) {
  if (request.QueryFlag("deletedOnly")) return Store::Deleted::kOnly;
  return request.QueryFlag("deleted") ? Store::Deleted::kShow : Store::Deleted::kHide;
}

void SetContent(Json& json, const Content& content) {
  if (content.type != "AVRO") json.Set("schemaType", content.type);
  if (!content.references.empty()) json.Set("references", ReferencesToJson(content.references));
  if (!content.metadata.is_null()) json.Set("metadata", content.metadata);
  if (!content.rule_set.is_null()) json.Set("ruleSet", content.rule_set);
  json.Set("schema", content.text);
}

Json SchemaToJson(const SchemaVersion& schema) {
  Json json = Json::MakeObject();
  json.Set("subject", schema.subject).Set("version", schema.version).Set("id", schema.id);
  SetContent(json, *schema.content);
  return json;
}

std::pair<size_t, size_t> PageBounds(const http::Request& request, size_t size) {
  const auto number = [&](std::string_view name, int64_t default_value) {
    const auto text = request.Query(name);
    return text ? ParseInt64(*text).value_or(default_value) : default_value;
  };
  const int64_t offset = std::clamp<int64_t>(number("offset", 0), 0, static_cast<int64_t>(size));
  const int64_t limit = number("limit", -1);
  const int64_t left = static_cast<int64_t>(size) - offset;
  const int64_t count = limit < 0 ? left : std::min(limit, left);
  return {static_cast<size_t>(offset), static_cast<size_t>(offset + count)};
}

void AddRoutes(http::Router& router, Registry& registry) {
  AddSubjectRoutes(router, registry);
  AddSchemaRoutes(router, registry);
  AddSettingRoutes(router, registry);
  router.OnError(
      [](const http::Request&, int status, std::string_view message) { return ErrorAnswer(status, message); });
}

}  // namespace millrace::registry
