#include <fmt/format.h>

#include "registry/records.h"
#include "registry/registry.h"

// Deletions, levels and modes.
namespace millrace::registry {

using codec::Json;

namespace {

Json DefaultConfig() { return Json::MakeObject().Set("compatibilityLevel", LevelName(Level::kBackward)); }

std::string ContextOf(const std::string& qualified) { return ":" + ParseSubject(qualified).context + ":"; }

std::optional<std::string> Qualify(const std::optional<std::string>& subject) {
  if (!subject) return std::nullopt;
  const SubjectName name = ParseSubject(*subject);
  // ":.:" without a name is the default context as a whole.
  if (name.context == "." && name.name.empty()) return ":.:";
  return name.qualified();
}

Error ReferenceExists(const SchemaVersion& schema) {
  return RegistryError(kReferenceExists,
                       fmt::format("One or more references exist to the schema {{magic=1,keytype=SCHEMA,"
                                   "subject={},version={}}}.",
                                   schema.subject, schema.version));
}

Error SoftDeletedFirst(const std::string& subject) {
  return RegistryError(kSubjectNotSoftDeleted,
                       fmt::format("Subject '{}' was not deleted first before being permanently deleted", subject));
}

}  // namespace

Level Registry::LevelOf(const std::string& subject) const {
  for (const std::optional<std::string>& place :
       {std::optional(subject), std::optional(ContextOf(subject)), std::optional<std::string>()}) {
    const Json* config = store_.FindConfig(place);
    const std::string* name = config == nullptr ? nullptr : config->FindString("compatibilityLevel");
    const auto level = name == nullptr ? std::nullopt : LevelByName(*name);
    if (level) return *level;
  }
  return Level::kBackward;
}

bool Registry::NormalizeByConfig(const std::string& subject) const {
  for (const std::optional<std::string>& place :
       {std::optional(subject), std::optional(ContextOf(subject)), std::optional<std::string>()}) {
    const Json* config = store_.FindConfig(place);
    const Json* value = config == nullptr ? nullptr : config->Find("normalize");
    if (value != nullptr && value->is_bool()) return value->AsBool();
  }
  return false;
}

Mode Registry::ModeOf(const std::string& subject) const {
  const auto global = store_.FindMode(std::nullopt);
  if (global == Mode::kReadOnlyOverride) return Mode::kReadOnlyOverride;  // holds for all subjects
  if (const auto mode = store_.FindMode(subject)) return *mode;
  if (const auto mode = store_.FindMode(ContextOf(subject))) return *mode;
  return global.value_or(Mode::kReadWrite);
}

Status Registry::CheckWritable(const std::string& subject) const {
  const Mode mode = ModeOf(subject);
  if (mode != Mode::kReadOnly && mode != Mode::kReadOnlyOverride && mode != Mode::kForward) return Ok();
  return RegistryError(kNotPermitted, fmt::format("Subject {} is in read-only mode", subject));
}

Status Registry::CheckMode(const std::string& subject, const SchemaRequest& request) const {
  MR_TRY(CheckWritable(subject));
  const Mode mode = ModeOf(subject);
  if (request.id && mode != Mode::kImport) {
    return RegistryError(kNotPermitted, fmt::format("Subject {} is not in import mode", subject));
  }
  if (!request.id && mode != Mode::kReadWrite) {
    return RegistryError(kNotPermitted, fmt::format("Subject {} is not in read-write mode", subject));
  }
  return Ok();
}

Result<std::vector<int32_t>> Registry::DeleteSubject(const std::string& subject, bool permanent) {
  const std::string name = ParseSubject(subject).qualified();
  std::lock_guard write(write_mutex_);
  MR_TRY(log_->Sync());
  std::vector<int32_t> versions;
  std::vector<LogRecord> records;
  {
    std::lock_guard lock(mutex_);
    const auto all = store_.Versions(name, Store::Deleted::kShow);
    const auto live = store_.Versions(name, Store::Deleted::kHide);
    if (all.empty()) return SubjectNotFound(subject);
    MR_TRY(CheckWritable(name));
    if (permanent && !live.empty()) return SoftDeletedFirst(subject);
    if (!permanent && live.empty()) {
      return RegistryError(
          kSubjectSoftDeleted,
          fmt::format("Subject '{}' was soft deleted.Set permanent=true to delete permanently", subject));
    }
    for (const SchemaVersion* schema : permanent ? all : live) {
      if (!store_.ReferencedBy(name, schema->version).empty()) return ReferenceExists(*schema);
      versions.push_back(schema->version);
      if (permanent) records.push_back(SchemaTombstone(name, schema->version));
    }
    if (!permanent) {
      records.push_back(DeleteSubjectRecord(name, versions.back()));
      if (store_.FindMode(name)) records.push_back(ModeRecord(name, std::nullopt));
      if (store_.FindConfig(name) != nullptr) records.push_back(ConfigRecord(name, std::nullopt));
    }
  }
  for (const LogRecord& record : records) MR_TRY(log_->Append(record));
  return versions;
}

Result<int32_t> Registry::DeleteVersion(const std::string& subject, int32_t version, bool permanent) {
  const std::string name = ParseSubject(subject).qualified();
  std::lock_guard write(write_mutex_);
  MR_TRY(log_->Sync());
  SchemaVersion schema;
  {
    std::lock_guard lock(mutex_);
    // "latest" is the newest live version when one is hidden, the newest hidden one when it is removed for good.
    if (version == -1 && permanent) {
      const auto hidden = store_.Versions(name, Store::Deleted::kOnly);
      if (!hidden.empty()) version = hidden.back()->version;
    }
    MR_ASSIGN(const SchemaVersion* const found, FindVersion(name, version, version != -1 || permanent));
    schema = *found;
    MR_TRY(CheckWritable(name));
    if (permanent && !schema.deleted) {
      return RegistryError(kVersionNotSoftDeleted,
                           fmt::format("Subject '{}' Version {} was not deleted first before being permanently deleted",
                                       subject, schema.version));
    }
    if (!permanent && schema.deleted) {
      return RegistryError(
          kVersionSoftDeleted,
          fmt::format("Subject '{}' Version {} was soft deleted.Set permanent=true to delete permanently", subject,
                      schema.version));
    }
    if (!store_.ReferencedBy(name, schema.version).empty()) return ReferenceExists(schema);
  }
  schema.deleted = true;
  MR_TRY(log_->Append(permanent ? SchemaTombstone(name, schema.version) : SchemaRecord(schema)));
  return schema.version;
}

Result<Json> Registry::GetConfig(const std::optional<std::string>& subject, bool fall_back) const {
  const auto name = Qualify(subject);
  std::lock_guard lock(mutex_);
  if (const Json* config = store_.FindConfig(name)) {
    Json out = *config;
    if (!name && out.Find("compatibilityLevel") == nullptr) out.Set("compatibilityLevel", LevelName(Level::kBackward));
    return out;
  }
  if (!name) return DefaultConfig();
  if (!fall_back) {
    return RegistryError(kNoSubjectLevel,
                         fmt::format("Subject '{}' does not have subject-level compatibility configured", *subject));
  }
  if (const Json* config = store_.FindConfig(ContextOf(*name))) return *config;
  const Json* config = store_.FindConfig(std::nullopt);
  return config == nullptr ? DefaultConfig() : *config;
}

Status Registry::PutConfig(const std::optional<std::string>& subject, const Json& change) {
  const auto name = Qualify(subject);
  std::lock_guard write(write_mutex_);
  MR_TRY(log_->Sync());
  Json config = Json::MakeObject();
  {
    std::lock_guard lock(mutex_);
    if (name) MR_TRY(CheckWritable(*name));
    if (const Json* old = store_.FindConfig(name)) config = *old;
  }
  for (const auto& member : change.members()) {
    if (member.name != "compatibility" && member.name != "compatibilityLevel") {
      config.Set(member.name, member.value);
      continue;
    }
    if (member.value.is_null()) continue;
    const auto level = member.value.is_string() ? LevelByName(member.value.AsString()) : std::nullopt;
    if (!level) {
      return RegistryError(kInvalidLevel,
                           "Invalid compatibility level. Valid values are none, backward, forward, full, "
                           "backward_transitive, forward_transitive, and full_transitive");
    }
    config.Set("compatibilityLevel", LevelName(*level));
  }
  return log_->Append(ConfigRecord(name, config));
}

Result<Json> Registry::DeleteConfig(const std::optional<std::string>& subject) {
  const auto name = Qualify(subject);
  std::lock_guard write(write_mutex_);
  MR_TRY(log_->Sync());
  Json old = DefaultConfig();
  {
    std::lock_guard lock(mutex_);
    const Json* config = store_.FindConfig(name);
    if (config == nullptr) {
      if (name) return SubjectNotFound(*subject);
      return old;
    }
    old = *config;
    if (name) MR_TRY(CheckWritable(*name));
  }
  MR_TRY(log_->Append(ConfigRecord(name, std::nullopt)));
  return old;
}

Result<Mode> Registry::GetMode(const std::optional<std::string>& subject, bool fall_back) const {
  const auto name = Qualify(subject);
  std::lock_guard lock(mutex_);
  if (const auto mode = store_.FindMode(name)) return *mode;
  if (!name) return Mode::kReadWrite;
  if (!fall_back) {
    return RegistryError(kNoSubjectMode,
                         fmt::format("Subject '{}' does not have subject-level mode configured", *subject));
  }
  return ModeOf(*name);
}

Status Registry::PutMode(const std::optional<std::string>& subject, Mode mode, bool force) {
  const auto name = Qualify(subject);
  std::lock_guard write(write_mutex_);
  MR_TRY(log_->Sync());
  {
    std::lock_guard lock(mutex_);
    const bool entering = mode == Mode::kImport && (name ? ModeOf(*name) : store_.FindMode(name)) != Mode::kImport;
    if (entering && !force) {
      bool occupied = false;
      for (const std::string& existing : store_.Subjects(Store::Deleted::kHide)) {
        occupied = occupied || !name || existing == *name || (name->ends_with(':') && ContextOf(existing) == *name);
      }
      if (occupied) {
        return RegistryError(kNotPermitted, "Cannot import since found existing subjects");
      }
    }
  }
  return log_->Append(ModeRecord(name, mode));
}

Result<Mode> Registry::DeleteMode(const std::optional<std::string>& subject) {
  const auto name = Qualify(subject);
  std::lock_guard write(write_mutex_);
  MR_TRY(log_->Sync());
  Mode old = Mode::kReadWrite;
  {
    std::lock_guard lock(mutex_);
    const auto mode = store_.FindMode(name);
    if (!mode) {
      if (name) return SubjectNotFound(*subject);
      return old;
    }
    old = *mode;
  }
  MR_TRY(log_->Append(ModeRecord(name, std::nullopt)));
  return old;
}

}  // namespace millrace::registry
