// /api/schemas: subjects, versions, check, register, delete, compatibility.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/strings.h"
#include "codec/avro/compatibility.h"
#include "server/console/api.h"
#include "server/console/console_routes.h"

namespace millrace::server::console {

using codec::Json;
using http::Request;
using http::Response;
using Outcome = Result<Response>;

namespace {

// Topics whose keys or values the subject is for, by the usual naming.
std::vector<std::string> TopicsOfSubject(const TopicSnapshot& topics, const std::string& subject) {
  for (const std::string_view end : {"-key", "-value"}) {
    if (!subject.ends_with(end)) continue;
    const std::string topic = subject.substr(0, subject.size() - end.size());
    if (topics.Find(topic) != nullptr) return {topic};
  }
  return {};
}

Json TablesOfTopics(const std::vector<KafkaUse>& uses, const std::vector<std::string>& topics) {
  std::set<std::string> tables;
  for (const KafkaUse& use : uses) {
    for (const std::string& topic : topics) {
      if (UsesTopic(use, topic)) tables.insert(use.table);
    }
  }
  return TextArray({tables.begin(), tables.end()});
}

Outcome ListSchemas(KafkaConsole& context, const Request&) {
  const auto subjects = context.subjects();
  const auto topics = context.topics();
  const auto uses = context.uses();
  Json list = Json::MakeArray();
  for (const auto& [name, subject] : subjects->subjects) {
    const registry::RegisteredSchema& latest = subject.latest();
    const auto used_by = TopicsOfSubject(*topics, name);
    Json one = Json::MakeObject();
    one.Set("subject", name).Set("id", latest.id).Set("version", latest.version).Set("type", latest.content.type);
    one.Set("versions", static_cast<int64_t>(subject.versions.size()));
    one.Set("compatibility", subject.level.empty() ? subjects->level : subject.level);
    one.Set("topics", TextArray(used_by)).Set("tables", TablesOfTopics(*uses, used_by));
    list.Append(std::move(one));
  }
  Json out = Json::MakeObject();
  out.Set("reachable", subjects->reachable).Set("error", subjects->error.empty() ? Json() : Json(subjects->error));
  return Answer(out.Set("subjects", std::move(list)).Set("compatibility", subjects->level));
}

// From the catalog; looked for again when it is not there.
Result<SubjectSnapshot::Subject> FindSubject(KafkaConsole& context, const std::string& name) {
  MR_TRY(context.NeedRegistry());
  auto subjects = context.subjects();
  if (subjects->Find(name) == nullptr) {
    context.LookAtSubjects();
    subjects = context.subjects();
  }
  if (const SubjectSnapshot::Subject* subject = subjects->Find(name); subject != nullptr) return *subject;
  if (!subjects->reachable) return ExternalError(subjects->error);
  return NotFound(fmt::format("There is no subject '{}'.", name));
}

Json VersionJson(const registry::RegisteredSchema& schema) {
  Json references = Json::MakeArray();
  for (const registry::Reference& reference : schema.content.references) {
    Json one = Json::MakeObject();
    one.Set("name", reference.name).Set("subject", reference.subject).Set("version", reference.version);
    references.Append(std::move(one));
  }
  Json out = Json::MakeObject();
  out.Set("version", schema.version).Set("id", schema.id).Set("type", schema.content.type);
  return out.Set("schema", schema.content.text).Set("references", std::move(references));
}

Outcome GetSubject(KafkaConsole& context, const Request& request) {
  const std::string& name = request.Parameter("subject");
  MR_ASSIGN(const SubjectSnapshot::Subject subject, FindSubject(context, name));
  MR_ASSIGN(registry::Client * client, context.NeedRegistry());
  MR_ASSIGN(const std::string level, client->GetLevel(name));
  Json versions = Json::MakeArray();
  for (const registry::RegisteredSchema& version : subject.versions) versions.Append(VersionJson(version));
  Json out = Json::MakeObject();
  out.Set("subject", name).Set("compatibility", level).Set("versions", std::move(versions));
  out.Set("topics", TextArray(TopicsOfSubject(*context.topics(), name)));
  return Answer(out.Set("referenced_by", TextArray(context.subjects()->ReferencedBy(name))));
}

Result<registry::Content> ParseContent(const Json& body) {
  registry::Content out;
  const Json* schema = body.Find("schema");
  if (schema != nullptr && (schema->is_object() || schema->is_array()))
    out.text = schema->ToString();
  else {
    MR_ASSIGN(out.text, BodyText(body, "schema"));
  }
  if (const std::string* type = body.FindString("type"); type != nullptr) out.type = ToUpper(*type);
  const Json* references = body.Find("references");
  for (const Json& one : references != nullptr && references->is_array() ? references->items() : Json::Array()) {
    registry::Reference& reference = out.references.emplace_back();
    MR_ASSIGN(reference.name, BodyText(one, "name"));
    MR_ASSIGN(reference.subject, BodyText(one, "subject"));
    MR_ASSIGN(const int64_t version, BodyNumber(one, "version", 1, 1, INT32_MAX));
    reference.version = static_cast<int32_t>(version);
  }
  return out;
}

Result<codec::avro::Schema> ParseAvro(registry::Client& client, const registry::Content& content) {
  codec::avro::ParseOptions options;
  MR_ASSIGN(options.references, client.ResolveReferences(content));
  return codec::avro::Schema::Parse(content.text, options);
}

// What a reader with one schema meets in data of the other.
void Explain(const codec::avro::Schema& reader, const codec::avro::Schema& writer, bool new_reads_old, int32_t version,
             Json& messages) {
  for (const codec::avro::Incompatibility& problem : codec::avro::CheckReaderWriter(reader, writer)) {
    const std::string who = new_reads_old ? fmt::format("The new schema cannot read data of version {}", version)
                                          : fmt::format("Version {} cannot read data of the new schema", version);
    using Kind = codec::avro::Incompatibility::Kind;
    std::string why = problem.message;
    if (problem.kind == Kind::kReaderFieldMissingDefaultValue) {
      why = fmt::format("the reader's field '{}' is missing in that data and has no default", problem.message);
    } else if (problem.kind == Kind::kMissingEnumSymbols) {
      why = fmt::format("the reader's enum lacks the symbols {}", problem.message);
    } else if (problem.kind == Kind::kMissingUnionBranch) {
      why = fmt::format("the reader's union lacks a branch: {}", problem.message);
    } else if (problem.kind == Kind::kNameMismatch) {
      why = fmt::format("names differ: {}", problem.message);
    } else if (problem.kind == Kind::kFixedSizeMismatch) {
      why = fmt::format("sizes of fixed differ: {}", problem.message);
    }
    Json one = Json::MakeObject();
    messages.Append(one.Set("text", fmt::format("{}: {}.", who, why)).Set("path", problem.location));
  }
}

// In words, with places in the new or the old schema; the registry's own lines where they cannot be found out.
Result<Json> Reasons(registry::Client& client, const SubjectSnapshot::Subject& subject,
                     const registry::Content& content, const std::string& level) {
  Json messages = Json::MakeArray();
  if (content.type != "AVRO" || subject.latest().content.type != "AVRO") return messages;
  MR_ASSIGN(const codec::avro::Schema proposed, ParseAvro(client, content));
  const bool all = level.ends_with("_TRANSITIVE");
  for (auto version = subject.versions.rbegin(); version != subject.versions.rend(); ++version) {
    MR_ASSIGN(const codec::avro::Schema old, ParseAvro(client, version->content));
    if (level.starts_with("BACKWARD") || level.starts_with("FULL"))
      Explain(proposed, old, true, version->version, messages);
    if (level.starts_with("FORWARD") || level.starts_with("FULL"))
      Explain(old, proposed, false, version->version, messages);
    if (!all) break;
  }
  return messages;
}

Outcome CheckSchema(KafkaConsole& context, const Request& request) {
  const std::string& name = request.Parameter("subject");
  MR_ASSIGN(registry::Client * client, context.NeedRegistry());
  MR_ASSIGN(const Json body, ParseBody(request));
  MR_ASSIGN(const registry::Content content, ParseContent(body));
  MR_ASSIGN(const std::string level, client->GetLevel(name));
  // A schema that is none is told about before the registry is asked: with the place.
  if (content.type == "AVRO") MR_TRY(ParseAvro(*client, content));
  MR_ASSIGN(const auto verdict, client->CheckCompatibility(name, content));
  Json messages = Json::MakeArray();
  if (!verdict.is_compatible) {
    context.LookAtSubjects();
    MR_ASSIGN(const SubjectSnapshot::Subject subject, FindSubject(context, name));
    MR_ASSIGN(messages, Reasons(*client, subject, content, level));
    if (messages.items().empty()) {
      for (const std::string& line : verdict.messages) {
        Json one = Json::MakeObject();
        messages.Append(one.Set("text", line).Set("path", ""));
      }
    }
  }
  Json out = Json::MakeObject();
  return Answer(out.Set("compatible", verdict.is_compatible).Set("messages", std::move(messages)).Set("level", level));
}

Outcome RegisterSchema(KafkaConsole& context, const Request& request) {
  const std::string& name = request.Parameter("subject");
  MR_ASSIGN(registry::Client * client, context.NeedRegistry());
  MR_ASSIGN(const Json body, ParseBody(request));
  MR_ASSIGN(const registry::Content content, ParseContent(body));
  MR_ASSIGN(const int32_t id, client->Register(name, content));
  context.LookAtSubjects();
  MR_ASSIGN(const SubjectSnapshot::Subject subject, FindSubject(context, name));
  int32_t number = subject.latest().version;
  for (const registry::RegisteredSchema& version : subject.versions) {
    if (version.id == id) number = version.version;
  }
  Json out = Json::MakeObject();
  return Answer(out.Set("id", id).Set("version", number), 201);
}

Outcome DeleteSubject(KafkaConsole& context, const Request& request) {
  MR_ASSIGN(registry::Client * client, context.NeedRegistry());
  MR_TRY(client->DeleteSubject(request.Parameter("subject")));
  context.LookAtSubjects();
  return Answer(Json::MakeObject());
}

Outcome DeleteVersion(KafkaConsole& context, const Request& request) {
  MR_ASSIGN(registry::Client * client, context.NeedRegistry());
  const auto version = ParseInt64(request.Parameter("version"));
  if (!version || *version < 1 || *version > INT32_MAX) {
    return UserError(fmt::format("'{}' is no version of a schema.", request.Parameter("version")));
  }
  MR_TRY(client->DeleteVersion(request.Parameter("subject"), static_cast<int32_t>(*version)));
  context.LookAtSubjects();
  return Answer(Json::MakeObject());
}

Outcome PutCompatibility(KafkaConsole& context, const Request& request) {
  MR_ASSIGN(registry::Client * client, context.NeedRegistry());
  MR_ASSIGN(const Json body, ParseBody(request));
  MR_ASSIGN(const std::string level, BodyText(body, "level"));
  MR_TRY(client->PutLevel(request.Parameter("subject"), level));
  context.LookAtSubjects();
  Json out = Json::MakeObject();
  return Answer(out.Set("level", level));
}

}  // namespace

void AddSchemaRoutes(http::Router& router, KafkaConsole& context) {
  const auto add = RouteAdder(router, context);
  add("GET", "/api/schemas", ListSchemas);
  add("GET", "/api/schemas/{subject}", GetSubject);
  add("POST", "/api/schemas/{subject}", RegisterSchema);
  add("DELETE", "/api/schemas/{subject}", DeleteSubject);
  add("POST", "/api/schemas/{subject}/check", CheckSchema);
  add("PUT", "/api/schemas/{subject}/compatibility", PutCompatibility);
  add("DELETE", "/api/schemas/{subject}/versions/{version}", DeleteVersion);
}

}  // namespace millrace::server::console
