#include "registry/records.h"

namespace millrace::registry {
namespace {

using codec::Json;

Json Key(std::string_view type) { return Json::MakeObject().Set("keytype", type); }

Json SubjectKey(std::string_view type, const std::optional<std::string>& subject) {
  return Key(type).Set("subject", subject ? Json(*subject) : Json()).Set("magic", 0);
}

KeyType TypeByName(std::string_view name) {
  if (name == "SCHEMA") return KeyType::kSchema;
  if (name == "CONFIG") return KeyType::kConfig;
  if (name == "MODE") return KeyType::kMode;
  if (name == "DELETE_SUBJECT") return KeyType::kDeleteSubject;
  if (name == "CLEAR_SUBJECT") return KeyType::kClearSubject;
  if (name == "CONTEXT") return KeyType::kContext;
  if (name == "NOOP") return KeyType::kNoop;
  return KeyType::kUnknown;
}

std::optional<int32_t> Int32Member(const Json& json, std::string_view name) {
  const Json* value = json.Find(name);
  if (value == nullptr || !value->is_int() || value->AsInt() < INT32_MIN || value->AsInt() > INT32_MAX)
    return std::nullopt;
  return static_cast<int32_t>(value->AsInt());
}

std::string SchemaKey(std::string_view subject, int32_t version) {
  return Key("SCHEMA").Set("subject", subject).Set("version", version).Set("magic", 1).ToString();
}

}  // namespace

Result<ParsedRecord> ParseRecord(const LogRecord& record) {
  MR_ASSIGN(const Json key, codec::ParseJson(record.key));
  const std::string* type = key.FindString("keytype");
  if (type == nullptr) return UserError("the key has no keytype: " + record.key);
  ParsedRecord out;
  out.type = TypeByName(*type);
  if (const std::string* subject = key.FindString("subject")) out.subject = *subject;
  if (out.type == KeyType::kSchema) {
    const auto version = Int32Member(key, "version");
    if (!version || !out.subject) return UserError("the key has no subject or version: " + record.key);
    out.version = *version;
  }
  if (record.value && !record.value->empty()) {
    MR_ASSIGN(Json value, codec::ParseJson(*record.value));
    if (!value.is_object()) return UserError("the value is no JSON object");
    out.value = std::move(value);
  }
  return out;
}

LogRecord SchemaRecord(const SchemaVersion& schema) {
  const Content& content = *schema.content;
  Json value = Json::MakeObject();
  value.Set("subject", schema.subject).Set("version", schema.version).Set("id", schema.id);
  if (content.type != "AVRO") value.Set("schemaType", content.type);
  if (!content.references.empty()) value.Set("references", ReferencesToJson(content.references));
  if (!content.metadata.is_null()) value.Set("metadata", content.metadata);
  if (!content.rule_set.is_null()) value.Set("ruleSet", content.rule_set);
  value.Set("schema", content.text).Set("deleted", schema.deleted);
  return {SchemaKey(schema.subject, schema.version), value.ToString()};
}

LogRecord SchemaTombstone(std::string_view subject, int32_t version) {
  return {SchemaKey(subject, version), std::nullopt};
}

LogRecord ConfigRecord(const std::optional<std::string>& subject, const std::optional<Json>& config) {
  return {SubjectKey("CONFIG", subject).ToString(), config ? std::optional(config->ToString()) : std::nullopt};
}

LogRecord ModeRecord(const std::optional<std::string>& subject, std::optional<Mode> mode) {
  std::optional<std::string> value;
  if (mode) value = Json::MakeObject().Set("mode", ModeName(*mode)).ToString();
  return {SubjectKey("MODE", subject).ToString(), std::move(value)};
}

LogRecord DeleteSubjectRecord(std::string_view subject, int32_t version) {
  return {SubjectKey("DELETE_SUBJECT", std::string(subject)).ToString(),
          Json::MakeObject().Set("subject", subject).Set("version", version).ToString()};
}

std::optional<SchemaVersion> SchemaFromJson(const Json& value) {
  const std::string* subject = value.FindString("subject");
  const std::string* text = value.FindString("schema");
  const auto version = Int32Member(value, "version");
  const auto id = Int32Member(value, "id");
  if (subject == nullptr || text == nullptr || !version || !id) return std::nullopt;
  auto content = std::make_shared<Content>();
  if (const std::string* type = value.FindString("schemaType")) content->type = *type;
  content->text = *text;
  if (const Json* references = value.Find("references"); references != nullptr && !references->is_null()) {
    auto parsed = ReferencesFromJson(*references);
    if (!parsed.ok()) return std::nullopt;
    content->references = std::move(parsed).value();
  }
  if (const Json* metadata = value.Find("metadata")) content->metadata = *metadata;
  if (const Json* rules = value.Find("ruleSet")) content->rule_set = *rules;
  SchemaVersion out{ParseSubject(*subject).qualified(), *version, *id, false, std::move(content)};
  const Json* deleted = value.Find("deleted");
  out.deleted = deleted != nullptr && deleted->is_bool() && deleted->AsBool();
  return out;
}

Json ReferencesToJson(const std::vector<Reference>& references) {
  Json out = Json::MakeArray();
  for (const Reference& reference : references) {
    out.Append(Json::MakeObject()
                   .Set("name", reference.name)
                   .Set("subject", reference.subject)
                   .Set("version", reference.version));
  }
  return out;
}

Result<std::vector<Reference>> ReferencesFromJson(const Json& json) {
  if (!json.is_array()) return UserError("\"references\" must be an array");
  std::vector<Reference> out;
  for (const Json& item : json.items()) {
    const std::string* name = item.FindString("name");
    const std::string* subject = item.FindString("subject");
    const auto version = Int32Member(item, "version");
    if (name == nullptr || subject == nullptr || !version) {
      return UserError("each of \"references\" needs \"name\", \"subject\" and \"version\": " + item.ToString());
    }
    out.push_back({*name, *subject, *version});
  }
  return out;
}

}  // namespace millrace::registry
