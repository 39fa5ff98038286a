#include "registry/store.h"

#include "registry/records.h"

namespace millrace::registry {
namespace {

bool Shows(Store::Deleted wanted, bool deleted) {
  return wanted == Store::Deleted::kShow || deleted == (wanted == Store::Deleted::kOnly);
}

}  // namespace

Status Store::Apply(const LogRecord& record) {
  MR_ASSIGN(const ParsedRecord parsed, ParseRecord(record));
  std::optional<std::string> subject = parsed.subject;
  if (subject) subject = ParseSubject(*subject).qualified();
  switch (parsed.type) {
    case KeyType::kSchema: {
      if (!parsed.value) {
        Remove(*subject, parsed.version);
        return Ok();
      }
      auto schema = SchemaFromJson(*parsed.value);
      if (!schema) return UserError("the schema record lacks subject, version, id or schema: " + record.key);
      Put(std::move(*schema));
      return Ok();
    }
    case KeyType::kConfig:
      if (parsed.value) {
        configs_[subject] = *parsed.value;
      } else {
        configs_.erase(subject);
      }
      return Ok();
    case KeyType::kMode: {
      if (!parsed.value) {
        modes_.erase(subject);
        return Ok();
      }
      const std::string* name = parsed.value->FindString("mode");
      const auto mode = name == nullptr ? std::nullopt : ModeByName(*name);
      if (!mode) return UserError("the mode record has no known mode");
      modes_[subject] = *mode;
      return Ok();
    }
    case KeyType::kDeleteSubject: {
      if (!parsed.value || !subject) return Ok();
      const codec::Json* version = parsed.value->Find("version");
      if (version == nullptr || !version->is_int()) return UserError("the record has no version: " + record.key);
      const auto it = subjects_.find(*subject);
      if (it == subjects_.end()) return Ok();
      for (auto& [number, schema] : it->second) {
        if (number <= version->AsInt()) schema.deleted = true;
      }
      return Ok();
    }
    case KeyType::kClearSubject: {
      if (!parsed.value || !subject) return Ok();
      for (const SchemaVersion* schema : Versions(*subject, Deleted::kOnly)) Remove(*subject, schema->version);
      return Ok();
    }
    case KeyType::kContext:
    case KeyType::kNoop:
    case KeyType::kUnknown: return Ok();
  }
  return Ok();
}

std::string Store::Fingerprint(const Content& content) {
  codec::Json key = codec::Json::MakeArray();
  key.Append(content.type).Append(content.text).Append(ReferencesToJson(content.references));
  key.Append(content.metadata).Append(content.rule_set);
  return key.ToString();
}

void Store::Put(SchemaVersion schema) {
  // A version that is written again under another id (an import over a deleted one) gives up its old id.
  if (const SchemaVersion* old = FindVersion(schema.subject, schema.version); old != nullptr && old->id != schema.id) {
    Remove(std::string(schema.subject), schema.version);
  }
  Context& context = contexts_[ParseSubject(schema.subject).context];
  // Versions with the same id share one content.
  auto& known = context.by_id[schema.id];
  if (known == nullptr) {
    known = schema.content;
    context.by_content.try_emplace(Fingerprint(*known), schema.id);
  } else if (*known == *schema.content) {
    schema.content = known;
  }
  context.max_id = std::max(context.max_id, schema.id);
  auto& versions = subjects_[schema.subject];
  const int32_t version = schema.version;
  versions[version] = std::move(schema);
}

void Store::Remove(const std::string& subject, int32_t version) {
  const auto it = subjects_.find(subject);
  if (it == subjects_.end()) return;
  const auto found = it->second.find(version);
  if (found == it->second.end()) return;
  const int32_t id = found->second.id;
  it->second.erase(found);
  if (it->second.empty()) subjects_.erase(it);
  const std::string context_name = ParseSubject(subject).context;
  if (!VersionsWithId(context_name, id, Deleted::kShow).empty()) return;
  Context& context = contexts_[context_name];
  const auto content = context.by_id.find(id);
  if (content == context.by_id.end()) return;
  const auto key = context.by_content.find(Fingerprint(*content->second));
  if (key != context.by_content.end() && key->second == id) context.by_content.erase(key);
  context.by_id.erase(content);
}

std::vector<const SchemaVersion*> Store::Versions(const std::string& subject, Deleted deleted) const {
  std::vector<const SchemaVersion*> out;
  const auto it = subjects_.find(subject);
  if (it == subjects_.end()) return out;
  for (const auto& [number, schema] : it->second) {
    if (Shows(deleted, schema.deleted)) out.push_back(&schema);
  }
  return out;
}

const SchemaVersion* Store::FindVersion(const std::string& subject, int32_t version) const {
  const auto it = subjects_.find(subject);
  if (it == subjects_.end()) return nullptr;
  const auto found = it->second.find(version);
  return found == it->second.end() ? nullptr : &found->second;
}

std::vector<std::string> Store::Subjects(Deleted deleted) const {
  std::vector<std::string> out;
  for (const auto& [name, versions] : subjects_) {
    const bool all_deleted = Versions(name, Deleted::kHide).empty();
    if (Shows(deleted, all_deleted)) out.push_back(name);
  }
  return out;
}

std::vector<std::string> Store::Contexts() const {
  std::set<std::string> names;
  for (const auto& [name, versions] : subjects_) names.insert(ParseSubject(name).context);
  names.erase(".");
  std::vector<std::string> out = {"."};
  out.insert(out.end(), names.begin(), names.end());
  return out;
}

std::shared_ptr<const Content> Store::FindId(const std::string& context, int32_t id) const {
  const auto it = contexts_.find(context);
  if (it == contexts_.end()) return nullptr;
  const auto found = it->second.by_id.find(id);
  return found == it->second.by_id.end() ? nullptr : found->second;
}

std::optional<int32_t> Store::FindIdOf(const std::string& context, const Content& content) const {
  const auto it = contexts_.find(context);
  if (it == contexts_.end()) return std::nullopt;
  const auto found = it->second.by_content.find(Fingerprint(content));
  return found == it->second.by_content.end() ? std::nullopt : std::optional(found->second);
}

std::vector<const SchemaVersion*> Store::VersionsWithId(const std::string& context, int32_t id, Deleted deleted) const {
  std::vector<const SchemaVersion*> out;
  for (const auto& [subject, versions] : subjects_) {
    if (ParseSubject(subject).context != context) continue;
    for (const auto& [number, schema] : versions) {
      if (schema.id == id && Shows(deleted, schema.deleted)) out.push_back(&schema);
    }
  }
  return out;
}

int32_t Store::MaxId(const std::string& context) const {
  const auto it = contexts_.find(context);
  return it == contexts_.end() ? 0 : it->second.max_id;
}

std::vector<const SchemaVersion*> Store::ReferencedBy(const std::string& subject, int32_t version) const {
  std::vector<const SchemaVersion*> out;
  const std::string context = ParseSubject(subject).context;
  for (const auto& [name, versions] : subjects_) {
    for (const auto& [number, schema] : versions) {
      if (schema.deleted) continue;
      for (const Reference& reference : schema.content->references) {
        SubjectName target = ParseSubject(reference.subject);
        // A reference without a context means the context of the schema that holds it.
        if (!reference.subject.starts_with(":.")) target.context = ParseSubject(name).context;
        if (target.qualified() == subject && reference.version == version) {
          out.push_back(&schema);
          break;
        }
      }
    }
  }
  return out;
}

const codec::Json* Store::FindConfig(const std::optional<std::string>& subject) const {
  const auto it = configs_.find(subject);
  return it == configs_.end() ? nullptr : &it->second;
}

std::optional<Mode> Store::FindMode(const std::optional<std::string>& subject) const {
  const auto it = modes_.find(subject);
  return it == modes_.end() ? std::nullopt : std::optional(it->second);
}

}  // namespace millrace::registry
