#include <algorithm>

#include "registry/rest.h"
#include "registry/routes.h"

namespace millrace::registry {

using codec::Json;
using http::Request;
using http::Response;
using Outcome = Result<Response>;
using OptionalSubject = std::optional<std::string>;

namespace {

// The subject of /config/{subject} and /mode/{subject}; none for /config and /mode.
Result<OptionalSubject> SubjectOf(const Request& request) {
  const bool has_subject = std::any_of(request.parameters.begin(), request.parameters.end(),
                                       [](const http::NameValue& parameter) { return parameter.first == "subject"; });
  if (!has_subject) return OptionalSubject();
  MR_ASSIGN(std::string subject, ParseSubjectParameter(request));
  return OptionalSubject(std::move(subject));
}

Outcome GetConfig(const Registry& registry, const Request& request) {
  MR_ASSIGN(const OptionalSubject subject, SubjectOf(request));
  MR_ASSIGN(const Json config, registry.GetConfig(subject, request.QueryFlag("defaultToGlobal")));
  return Answer(config);
}

Outcome PutConfig(Registry& registry, const Request& request) {
  MR_ASSIGN(const OptionalSubject subject, SubjectOf(request));
  MR_ASSIGN(const Json body, ParseBody(request));
  MR_TRY(registry.PutConfig(subject, body));
  Json answer = body;
  if (const std::string* level = body.FindString("compatibility")) {
    answer.Set("compatibility", LevelName(*LevelByName(*level)));
  }
  return Answer(answer);
}

Outcome DeleteConfig(Registry& registry, const Request& request) {
  MR_ASSIGN(const OptionalSubject subject, SubjectOf(request));
  MR_ASSIGN(const Json config, registry.DeleteConfig(subject));
  return Answer(config);
}

Json ModeAnswer(Mode mode) { return Json::MakeObject().Set("mode", ModeName(mode)); }

Outcome GetMode(const Registry& registry, const Request& request) {
  MR_ASSIGN(const OptionalSubject subject, SubjectOf(request));
  MR_ASSIGN(const Mode mode, registry.GetMode(subject, request.QueryFlag("defaultToGlobal")));
  return Answer(ModeAnswer(mode));
}

Outcome PutMode(Registry& registry, const Request& request) {
  MR_ASSIGN(const OptionalSubject subject, SubjectOf(request));
  MR_ASSIGN(const Json body, ParseBody(request));
  const std::string* name = body.FindString("mode");
  const auto mode = name == nullptr ? std::nullopt : ModeByName(*name);
  if (!mode) {
    return RegistryError(kInvalidMode,
                         "Invalid mode. Valid values are READWRITE, READONLY, READONLY_OVERRIDE, IMPORT, and FORWARD");
  }
  MR_TRY(registry.PutMode(subject, *mode, request.QueryFlag("force")));
  return Answer(ModeAnswer(*mode));
}

Outcome DeleteMode(Registry& registry, const Request& request) {
  MR_ASSIGN(const OptionalSubject subject, SubjectOf(request));
  MR_ASSIGN(const Mode mode, registry.DeleteMode(subject));
  return Answer(ModeAnswer(mode));
}

Outcome CheckCompatibility(Registry& registry, const Request& request) {
  MR_ASSIGN(const std::string subject, ParseSubjectParameter(request));
  std::optional<int32_t> version;
  if (!request.Parameter("version").empty()) {
    MR_ASSIGN(version, ParseVersion(request));
  }
  MR_ASSIGN(const SchemaRequest schema, ParseSchemaRequest(request));
  MR_ASSIGN(const CompatibilityAnswer answer, registry.CheckCompatibility(subject, version, schema));
  Json json = Json::MakeObject().Set("is_compatible", answer.is_compatible);
  if (request.QueryFlag("verbose")) {
    json.Set("messages", Json(Json::Array(answer.messages.begin(), answer.messages.end())));
  }
  return Answer(json);
}

}  // namespace

void AddSettingRoutes(http::Router& router, Registry& registry) {
  const auto add = [&](std::string_view method, std::string_view pattern, auto handler) {
    router.Add(method, pattern,
               Fallible([&registry, handler](Request& request) { return handler(registry, request); }));
  };
  for (const char* pattern : {"/config", "/config/{subject}"}) {
    add("GET", pattern, GetConfig);
    add("PUT", pattern, PutConfig);
    add("DELETE", pattern, DeleteConfig);
  }
  for (const char* pattern : {"/mode", "/mode/{subject}"}) {
    add("GET", pattern, GetMode);
    add("PUT", pattern, PutMode);
    add("DELETE", pattern, DeleteMode);
  }
  add("POST", "/compatibility/subjects/{subject}/versions", CheckCompatibility);
  add("POST", "/compatibility/subjects/{subject}/versions/{version}", CheckCompatibility);
}

}  // namespace millrace::registry
