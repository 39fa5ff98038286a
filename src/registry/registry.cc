#include "registry/registry.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "codec/avro/compatibility.h"
#include "registry/records.h"

namespace millrace::registry {

using codec::Json;

namespace {}  // namespace

Result<std::unique_ptr<Registry>> Registry::Open(std::unique_ptr<SchemaLog> log) {
  std::unique_ptr<Registry> registry(new Registry(std::move(log)));
  MR_TRY(registry->log_->Start([raw = registry.get()](const LogRecord& record) { raw->ApplyRecord(record); }));
  return registry;
}

void Registry::ApplyRecord(const LogRecord& record) {
  std::lock_guard lock(mutex_);
  const Status status = store_.Apply(record);
  if (!status.ok()) Log(LogLevel::kWarn, "registry", "skipping a record of the schema log: {}", status.error().message);
}

Result<std::vector<std::string>> Registry::ReferencedTexts(const std::string& context,
                                                           const std::vector<Reference>& references) const {
  std::vector<std::string> out;
  std::vector<std::pair<std::string, int32_t>> seen;
  struct Open {
    const Content* content;
    const std::vector<Reference>* references;
    size_t next;
  };
  std::vector<Open> stack = {{nullptr, &references, 0}};
  while (true) {
    Open& top = stack.back();
    if (top.next == top.references->size()) {
      if (stack.size() == 1) return out;
      out.push_back(top.content->text);
      stack.pop_back();
      continue;
    }
    const Reference& reference = (*top.references)[top.next++];
    SubjectName target = ParseSubject(reference.subject);
    if (!reference.subject.starts_with(":.")) target.context = context;
    const int32_t version = reference.version;
    const SchemaVersion* found = nullptr;
    if (version == -1) {
      const auto live = store_.Versions(target.qualified(), Store::Deleted::kHide);
      if (!live.empty()) found = live.back();
    } else {
      found = store_.FindVersion(target.qualified(), version);
    }
    if (found == nullptr) {
      return RegistryError(kInvalidSchema, fmt::format("No schema reference found for subject \"{}\" and version {}",
                                                       reference.subject, version));
    }
    const std::pair<std::string, int32_t> key(found->subject, found->version);
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
    if (seen.size() == kMaxReferences) return RegistryError(kInvalidSchema, "The schema has too many references");
    seen.push_back(key);
    stack.push_back({found->content.get(), &found->content->references, 0});
  }
}

Result<codec::avro::Schema> Registry::ParseStored(const std::string& context, const Content& content) const {
  codec::avro::ParseOptions options;
  MR_ASSIGN(options.references, ReferencedTexts(context, content.references));
  return codec::avro::Schema::Parse(content.text, options);
}

Result<CanonicalSchema> Registry::PrepareRequest(const SubjectName& subject, const SchemaRequest& request,
                                                 bool is_new) const {
  if (request.content.text.empty()) return RegistryError(kInvalidSchema, "Empty schema");
  std::vector<std::string> references;
  MR_ASSIGN(references, ReferencedTexts(subject.context, request.content.references));
  const bool normalize = request.normalize || NormalizeByConfig(subject.qualified());
  return Canonicalize(request.content, std::move(references), normalize, is_new);
}

const SchemaVersion* Registry::FindSame(const std::string& subject, const CanonicalSchema& schema,
                                        Store::Deleted deleted) const {
  const auto versions = store_.Versions(subject, deleted);
  for (auto it = versions.rbegin(); it != versions.rend(); ++it) {
    if (*(*it)->content == schema.content) return *it;
  }
  for (auto it = versions.rbegin(); it != versions.rend(); ++it) {
    const Content& content = *(*it)->content;
    // A request without metadata, rules or references means the newest schema that is the same but for them.
    if (content.type != schema.content.type) continue;
    if (!schema.content.metadata.is_null() && schema.content.metadata != content.metadata) continue;
    if (!schema.content.rule_set.is_null() && schema.content.rule_set != content.rule_set) continue;
    if (content.references == schema.content.references && content.text == schema.content.text) return *it;
    if (!schema.content.references.empty() || content.references.empty() || content.type != "AVRO") continue;
    const auto parsed = ParseStored(ParseSubject(subject).context, content);
    if (parsed.ok() && parsed->ToString(codec::avro::Schema::Style::kInlined) == schema.content.text) return *it;
  }
  return nullptr;
}

Result<std::vector<std::string>> Registry::Incompatibilities(const std::string& context, const CanonicalSchema& schema,
                                                             std::vector<const SchemaVersion*> newest_first,
                                                             Level level) const {
  std::vector<std::string> messages;
  if (level == Level::kNone) return messages;
  if (!IsTransitive(level) && newest_first.size() > 1) newest_first.resize(1);
  for (const SchemaVersion* old : newest_first) {
    if (old->content->type != schema.content.type) {
      messages.push_back("Incompatible because of different schema type");
    } else if (schema.content.type != "AVRO") {
      return RegistryError(
          kUnprocessable,
          fmt::format("Compatibility {} cannot be checked for schemas of type {}: only AVRO is checked. Set the "
                      "compatibility of the subject to NONE to register another version.",
                      LevelName(level), schema.content.type));
    } else {
      MR_ASSIGN(const auto old_schema, ParseStored(context, *old->content));
      const bool forward = level != Level::kBackward && level != Level::kBackwardTransitive;
      const bool backward = level != Level::kForward && level != Level::kForwardTransitive;
      if (forward) {
        for (const auto& problem : codec::avro::CheckReaderWriter(old_schema, *schema.avro)) {
          messages.push_back(codec::avro::FormatIncompatibility(problem, "old", "new"));
        }
      }
      if (backward) {
        for (const auto& problem : codec::avro::CheckReaderWriter(*schema.avro, old_schema)) {
          messages.push_back(codec::avro::FormatIncompatibility(problem, "new", "old"));
        }
      }
    }
    if (messages.empty()) continue;
    AppendOldSchema(messages, *old);
    messages.push_back(fmt::format("{{validateFields: 'false', compatibility: '{}'}}", LevelName(level)));
    return messages;
  }
  return messages;
}

Result<SchemaVersion> Registry::NewVersion(const SubjectName& subject, const SchemaRequest& request,
                                           const CanonicalSchema& schema) const {
  const std::string name = subject.qualified();
  const auto all = store_.Versions(name, Store::Deleted::kShow);
  SchemaVersion out;
  out.subject = name;
  out.version =
      request.version && *request.version > 0 ? *request.version : (all.empty() ? 1 : all.back()->version + 1);
  out.content = std::make_shared<const Content>(schema.content);
  const auto known = store_.FindIdOf(subject.context, schema.content);
  if (request.id) {
    if (known && *known != *request.id) {
      return RegistryError(
          kIdMismatch, fmt::format("Schema already registered with id {} instead of input id {}", *known, *request.id));
    }
    const auto taken = store_.FindId(subject.context, *request.id);
    if (taken != nullptr && !(*taken == schema.content)) {
      return RegistryError(kNotPermitted,
                           fmt::format("Overwrite new schema with id {} is not permitted.", *request.id));
    }
    out.id = *request.id;
    return out;
  }
  const int32_t max_id = store_.MaxId(subject.context);
  if (!known && max_id == INT32_MAX) return RegistryError(kStoreError, "No schema ids are left");
  out.id = known ? *known : max_id + 1;
  return out;
}

Result<SchemaVersion> Registry::Register(const std::string& subject_text, const SchemaRequest& request) {
  const SubjectName subject = ParseSubject(subject_text);
  const std::string name = subject.qualified();
  if (!request.id) {
    // A live schema that is known already needs no word with the log.
    std::lock_guard lock(mutex_);
    const auto schema = PrepareRequest(subject, request, true);
    const SchemaVersion* same = schema.ok() ? FindSame(name, *schema, Store::Deleted::kHide) : nullptr;
    if (same != nullptr && CheckMode(name, request).ok()) return *same;
  }
  std::lock_guard write(write_mutex_);
  MR_TRY(log_->Sync());
  SchemaVersion made;
  std::vector<LogRecord> records;
  {
    std::lock_guard lock(mutex_);
    MR_TRY(CheckMode(name, request));
    MR_ASSIGN(const CanonicalSchema schema, PrepareRequest(subject, request, true));
    if (const SchemaVersion* same = FindSame(name, schema, Store::Deleted::kHide)) {
      if (!request.id || *request.id == same->id) return *same;
    }
    auto live = store_.Versions(name, Store::Deleted::kHide);
    std::reverse(live.begin(), live.end());
    if (ModeOf(name) != Mode::kImport) {
      MR_ASSIGN(const auto messages, Incompatibilities(subject.context, schema, std::move(live), LevelOf(name)));
      if (!messages.empty()) {
        return RegistryError(kIncompatible,
                             fmt::format("Schema being registered is incompatible with an earlier schema for subject "
                                         "\"{}\", details: [{}]",
                                         subject_text, fmt::join(messages, ", ")));
      }
    }
    MR_ASSIGN(made, NewVersion(subject, request, schema));
    records.push_back(SchemaRecord(made));
    // A softly deleted version with the same id has served its turn: the new one carries the id on.
    for (const SchemaVersion* old : store_.Versions(name, Store::Deleted::kOnly)) {
      if (old->id == made.id && old->version != made.version) records.push_back(SchemaTombstone(name, old->version));
    }
  }
  for (const LogRecord& record : records) MR_TRY(log_->Append(record));
  return made;
}

Result<SchemaVersion> Registry::Lookup(const std::string& subject_text, const SchemaRequest& request, bool deleted) {
  const SubjectName subject = ParseSubject(subject_text);
  const std::string name = subject.qualified();
  const Store::Deleted which = deleted ? Store::Deleted::kShow : Store::Deleted::kHide;
  std::lock_guard lock(mutex_);
  if (store_.Versions(name, which).empty()) return SubjectNotFound(subject_text);
  MR_ASSIGN(const CanonicalSchema schema, PrepareRequest(subject, request, false));
  const SchemaVersion* same = FindSame(name, schema, which);
  if (same == nullptr) return RegistryError(kSchemaNotFound, "Schema not found");
  return *same;
}

Result<CompatibilityAnswer> Registry::CheckCompatibility(const std::string& subject_text,
                                                         std::optional<int32_t> version, const SchemaRequest& request) {
  const SubjectName subject = ParseSubject(subject_text);
  const std::string name = subject.qualified();
  std::lock_guard lock(mutex_);
  Level level = LevelOf(name);
  std::vector<const SchemaVersion*> old = store_.Versions(name, Store::Deleted::kHide);
  std::reverse(old.begin(), old.end());
  if (version && *version == -1) {
    if (old.size() > 1) old.resize(1);
  } else if (version) {
    if (old.empty() && store_.Versions(name, Store::Deleted::kShow).empty()) return SubjectNotFound(subject_text);
    MR_ASSIGN(const SchemaVersion* const found, FindVersion(name, *version, false));
    old = {found};
  }
  MR_ASSIGN(const CanonicalSchema schema, PrepareRequest(subject, request, true));
  CompatibilityAnswer answer;
  MR_ASSIGN(answer.messages, Incompatibilities(subject.context, schema, std::move(old), level));
  answer.is_compatible = answer.messages.empty();
  return answer;
}

}  // namespace millrace::registry
