#include <algorithm>

#include "registry/rest.h"
#include "registry/routes.h"

namespace millrace::registry {

using codec::Json;
using http::Request;
using http::Response;
using Outcome = Result<Response>;

namespace {

Outcome ListSubjects(const Registry& registry, const Request& request) {
  const std::string prefix = request.Query("subjectPrefix").value_or(":*:");
  return Answer(Page(request, registry.Subjects(prefix, ParseDeleted(request))));
}

Outcome LookUp(Registry& registry, const Request& request) {
  MR_ASSIGN(const std::string subject, ParseSubjectParameter(request));
  MR_ASSIGN(const SchemaRequest schema, ParseSchemaRequest(request));
  MR_ASSIGN(const SchemaVersion found, registry.Lookup(subject, schema, request.QueryFlag("deleted")));
  return Answer(SchemaToJson(found));
}

Outcome RegisterSchema(Registry& registry, const Request& request) {
  MR_ASSIGN(const std::string subject, ParseSubjectParameter(request));
  MR_ASSIGN(const SchemaRequest schema, ParseSchemaRequest(request));
  MR_ASSIGN(const SchemaVersion made, registry.Register(subject, schema));
  return Answer(Json::MakeObject().Set("id", made.id));
}

Outcome ListVersions(const Registry& registry, const Request& request) {
  MR_ASSIGN(const std::string subject, ParseSubjectParameter(request));
  MR_ASSIGN(std::vector<int32_t> versions, registry.Versions(subject, ParseDeleted(request)));
  if (request.QueryFlag("deletedAsNegative")) {
    const auto live = registry.Versions(subject, Store::Deleted::kHide);
    for (int32_t& version : versions) {
      const bool is_live = live.ok() && std::find(live->begin(), live->end(), version) != live->end();
      if (!is_live) version = -version;
    }
  }
  return Answer(Page(request, std::move(versions)));
}

Result<SchemaVersion> FindVersion(const Registry& registry, const Request& request) {
  MR_ASSIGN(const std::string subject, ParseSubjectParameter(request));
  MR_ASSIGN(const int32_t version, ParseVersion(request));
  return registry.GetVersion(subject, version, request.QueryFlag("deleted"));
}

Outcome GetVersion(const Registry& registry, const Request& request) {
  MR_ASSIGN(const SchemaVersion schema, FindVersion(registry, request));
  return Answer(SchemaToJson(schema));
}

Outcome GetVersionText(const Registry& registry, const Request& request) {
  MR_ASSIGN(const SchemaVersion schema, FindVersion(registry, request));
  return Response::Of(200, schema.content->text, std::string(kContentType));
}

Outcome GetReferencedBy(const Registry& registry, const Request& request) {
  MR_ASSIGN(const std::string subject, ParseSubjectParameter(request));
  MR_ASSIGN(const int32_t version, ParseVersion(request));
  MR_ASSIGN(std::vector<int32_t> ids, registry.ReferencedBy(subject, version));
  return Answer(Page(request, std::move(ids)));
}

// The newest version whose metadata has all the given key=value properties.
Outcome GetLatestWithMetadata(const Registry& registry, const Request& request) {
  MR_ASSIGN(const std::string subject, ParseSubjectParameter(request));
  const bool deleted = request.QueryFlag("deleted");
  MR_ASSIGN(const std::vector<int32_t> versions,
            registry.Versions(subject, deleted ? Store::Deleted::kShow : Store::Deleted::kHide));
  std::vector<std::string> keys;
  std::vector<std::string> values;
  for (const auto& [name, value] : request.query) {
    if (name == "key") keys.push_back(value);
    if (name == "value") values.push_back(value);
  }
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    MR_ASSIGN(const SchemaVersion schema, registry.GetVersion(subject, *version, deleted));
    const Json* properties = schema.content->metadata.Find("properties");
    bool matches = keys.size() == values.size();
    for (size_t i = 0; matches && i < keys.size(); ++i) {
      const std::string* value = properties == nullptr ? nullptr : properties->FindString(keys[i]);
      matches = value != nullptr && *value == values[i];
    }
    if (matches) return Answer(SchemaToJson(schema));
  }
  return RegistryError(kSchemaNotFound, "Schema not found");
}

Outcome DeleteSubject(Registry& registry, const Request& request) {
  MR_ASSIGN(const std::string subject, ParseSubjectParameter(request));
  MR_ASSIGN(const std::vector<int32_t> versions, registry.DeleteSubject(subject, request.QueryFlag("permanent")));
  return Answer(versions);
}

Outcome DeleteVersion(Registry& registry, const Request& request) {
  MR_ASSIGN(const std::string subject, ParseSubjectParameter(request));
  MR_ASSIGN(const int32_t version, ParseVersion(request));
  MR_ASSIGN(const int32_t deleted, registry.DeleteVersion(subject, version, request.QueryFlag("permanent")));
  return Answer(Json(deleted));
}

}  // namespace

void AddSubjectRoutes(http::Router& router, Registry& registry) {
  const auto add = [&](std::string_view method, std::string_view pattern, auto handler) {
    router.Add(method, pattern,
               Fallible([&registry, handler](Request& request) { return handler(registry, request); }));
  };
  add("GET", "/subjects", ListSubjects);
  add("POST", "/subjects/{subject}", LookUp);
  add("DELETE", "/subjects/{subject}", DeleteSubject);
  add("GET", "/subjects/{subject}/metadata", GetLatestWithMetadata);
  add("GET", "/subjects/{subject}/versions", ListVersions);
  add("POST", "/subjects/{subject}/versions", RegisterSchema);
  add("GET", "/subjects/{subject}/versions/{version}", GetVersion);
  add("DELETE", "/subjects/{subject}/versions/{version}", DeleteVersion);
  add("GET", "/subjects/{subject}/versions/{version}/schema", GetVersionText);
  add("GET", "/subjects/{subject}/versions/{version}/referencedby", GetReferencedBy);
}

}  // namespace millrace::registry
