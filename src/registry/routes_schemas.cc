#include <set>

#include "registry/rest.h"
#include "registry/routes.h"

namespace millrace::registry {

using codec::Json;
using http::Request;
using http::Response;
using Outcome = Result<Response>;

namespace {

// The level of Confluent's API that is spoken here.
constexpr std::string_view kApiVersion = "7.6.0";

Outcome GetRoot(const Registry&, const Request&) { return Answer(Json::MakeObject()); }

Outcome ListTypes(const Registry&, const Request&) {
  return Answer(std::vector<std::string>{"JSON", "PROTOBUF", "AVRO"});
}

Outcome ListSchemas(const Registry& registry, const Request& request) {
  const std::string prefix = request.Query("subjectPrefix").value_or(":*:");
  Json out = Json::MakeArray();
  for (const SchemaVersion& schema :
       Page(request, registry.Schemas(prefix, request.QueryFlag("deleted"), request.QueryFlag("latestOnly")))) {
    out.Append(SchemaToJson(schema));
  }
  return Answer(out);
}

Outcome GetById(const Registry& registry, const Request& request) {
  MR_ASSIGN(const int32_t id, ParseId(request));
  const std::string subject = request.Query("subject").value_or("");
  MR_ASSIGN(const auto content, registry.GetById(id, subject));
  Json json = Json::MakeObject();
  SetContent(json, *content);
  if (request.QueryFlag("fetchMaxId")) json.Set("maxId", registry.MaxId(subject));
  return Answer(json);
}

Outcome GetTextById(const Registry& registry, const Request& request) {
  MR_ASSIGN(const int32_t id, ParseId(request));
  MR_ASSIGN(const auto content, registry.GetById(id, request.Query("subject").value_or("")));
  return Response::Of(200, content->text, std::string(kContentType));
}

Result<std::vector<SchemaVersion>> FindById(const Registry& registry, const Request& request) {
  MR_ASSIGN(const int32_t id, ParseId(request));
  return registry.VersionsWithId(id, request.Query("subject").value_or(""), request.QueryFlag("deleted"));
}

Outcome ListSubjectsOfId(const Registry& registry, const Request& request) {
  MR_ASSIGN(const auto versions, FindById(registry, request));
  std::set<std::string> subjects;
  for (const SchemaVersion& schema : versions) subjects.insert(schema.subject);
  return Answer(Page(request, std::vector<std::string>(subjects.begin(), subjects.end())));
}

Outcome ListVersionsOfId(const Registry& registry, const Request& request) {
  MR_ASSIGN(auto versions, FindById(registry, request));
  Json out = Json::MakeArray();
  for (const SchemaVersion& schema : Page(request, std::move(versions))) {
    out.Append(Json::MakeObject().Set("subject", schema.subject).Set("version", schema.version));
  }
  return Answer(out);
}

Outcome ListContexts(const Registry& registry, const Request& request) {
  return Answer(Page(request, registry.Contexts()));
}

// Contexts are made by their first subject and go with their last one.
Outcome DeleteContext(const Registry& registry, const Request& request) {
  std::string context = request.Parameter("context");
  if (context.starts_with(":.") && context.ends_with(':')) context = context.substr(1, context.size() - 2);
  for (const std::string& subject : registry.Subjects(":*:", Store::Deleted::kShow)) {
    if (ParseSubject(subject).context == context) {
      return RegistryError(kContextNotEmpty, "The specified context '" + context + "' is not empty.");
    }
  }
  return Response::Of(204, "", "");
}

Outcome GetClusterId(const Registry& registry, const Request&) {
  Json clusters = Json::MakeObject();
  clusters.Set("kafka-cluster", registry.ClusterId()).Set("schema-registry-cluster", "schema-registry");
  Json scope = Json::MakeObject();
  scope.Set("path", Json::MakeArray()).Set("clusters", std::move(clusters));
  return Answer(Json::MakeObject().Set("scope", std::move(scope)).Set("id", ""));
}

Outcome GetServerVersion(const Registry&, const Request&) {
  return Answer(Json::MakeObject().Set("version", kApiVersion).Set("commitId", ""));
}

Outcome GetDeployment(const Registry&, const Request&) {
  return Answer(Json::MakeObject().Set("attributes", Json::MakeArray()));
}

}  // namespace

void AddSchemaRoutes(http::Router& router, Registry& registry) {
  const auto add = [&](std::string_view method, std::string_view pattern, auto handler) {
    router.Add(method, pattern,
               Fallible([&registry, handler](Request& request) { return handler(registry, request); }));
  };
  add("GET", "/", GetRoot);
  add("POST", "/", GetRoot);
  add("GET", "/schemas", ListSchemas);
  add("GET", "/schemas/types", ListTypes);
  add("GET", "/schemas/ids/{id}", GetById);
  add("GET", "/schemas/ids/{id}/schema", GetTextById);
  add("GET", "/schemas/ids/{id}/subjects", ListSubjectsOfId);
  add("GET", "/schemas/ids/{id}/versions", ListVersionsOfId);
  add("GET", "/contexts", ListContexts);
  add("DELETE", "/contexts/{context}", DeleteContext);
  add("GET", "/v1/metadata/id", GetClusterId);
  add("GET", "/v1/metadata/version", GetServerVersion);
  add("GET", "/v1/metadata/deployment", GetDeployment);
}

}  // namespace millrace::registry
