#include <set>

#include <fmt/format.h>

#include "registry/registry.h"

namespace millrace::registry {
namespace {

constexpr std::string_view kAllContexts = ":*:";

bool HasPrefix(const std::string& subject, const std::string& prefix) {
  return prefix == kAllContexts ||
         subject.starts_with(ParseSubject(prefix).context == "." && prefix.starts_with(":.") ? ParseSubject(prefix).name
                                                                                             : prefix);
}

}  // namespace

Result<const SchemaVersion*> Registry::FindVersion(const std::string& subject, int32_t version, bool deleted) const {
  const auto versions = store_.Versions(subject, deleted ? Store::Deleted::kShow : Store::Deleted::kHide);
  if (versions.empty()) return SubjectNotFound(subject);
  if (version == -1) return versions.back();
  const SchemaVersion* found = store_.FindVersion(subject, version);
  if (found == nullptr || (found->deleted && !deleted)) return VersionNotFound(version);
  return found;
}

Result<std::shared_ptr<const Content>> Registry::GetById(int32_t id, const std::string& subject) const {
  const SubjectName name = ParseSubject(subject);
  std::lock_guard lock(mutex_);
  if (auto content = store_.FindId(name.context, id)) return content;
  // A bare subject may live in another context: one in which it has this id.
  if (!name.name.empty() && name.context == ".") {
    for (const std::string& context : store_.Contexts()) {
      for (const SchemaVersion* schema : store_.VersionsWithId(context, id, Store::Deleted::kShow)) {
        if (ParseSubject(schema->subject).name == name.name) return schema->content;
      }
    }
  }
  return RegistryError(kSchemaNotFound, fmt::format("Schema {} not found", id));
}

int32_t Registry::MaxId(const std::string& subject) const {
  std::lock_guard lock(mutex_);
  return store_.MaxId(ParseSubject(subject).context);
}

Result<std::vector<SchemaVersion>> Registry::VersionsWithId(int32_t id, const std::string& subject,
                                                            bool deleted) const {
  const SubjectName name = ParseSubject(subject);
  std::lock_guard lock(mutex_);
  if (store_.FindId(name.context, id) == nullptr) {
    return RegistryError(kSchemaNotFound, fmt::format("Schema {} not found", id));
  }
  std::vector<SchemaVersion> out;
  for (const SchemaVersion* schema :
       store_.VersionsWithId(name.context, id, deleted ? Store::Deleted::kShow : Store::Deleted::kHide)) {
    if (name.name.empty() || schema->subject == name.qualified()) out.push_back(*schema);
  }
  return out;
}

std::vector<std::string> Registry::Subjects(const std::string& prefix, Store::Deleted deleted) const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (std::string& subject : store_.Subjects(deleted)) {
    if (HasPrefix(subject, prefix)) out.push_back(std::move(subject));
  }
  return out;
}

Result<std::vector<int32_t>> Registry::Versions(const std::string& subject, Store::Deleted deleted) const {
  std::lock_guard lock(mutex_);
  std::vector<int32_t> out;
  for (const SchemaVersion* schema : store_.Versions(ParseSubject(subject).qualified(), deleted)) {
    out.push_back(schema->version);
  }
  if (out.empty()) return SubjectNotFound(subject);
  return out;
}

Result<SchemaVersion> Registry::GetVersion(const std::string& subject, int32_t version, bool deleted) const {
  std::lock_guard lock(mutex_);
  MR_ASSIGN(const SchemaVersion* const found, FindVersion(ParseSubject(subject).qualified(), version, deleted));
  return *found;
}

std::vector<SchemaVersion> Registry::Schemas(const std::string& prefix, bool deleted, bool latest_only) const {
  const Store::Deleted which = deleted ? Store::Deleted::kShow : Store::Deleted::kHide;
  std::lock_guard lock(mutex_);
  std::vector<SchemaVersion> out;
  for (const std::string& subject : store_.Subjects(which)) {
    if (!HasPrefix(subject, prefix)) continue;
    const auto versions = store_.Versions(subject, which);
    for (const SchemaVersion* schema : versions) {
      if (!latest_only || schema == versions.back()) out.push_back(*schema);
    }
  }
  return out;
}

Result<std::vector<int32_t>> Registry::ReferencedBy(const std::string& subject, int32_t version) const {
  const std::string name = ParseSubject(subject).qualified();
  std::lock_guard lock(mutex_);
  MR_ASSIGN(const SchemaVersion* const found, FindVersion(name, version, true));
  std::set<int32_t> ids;
  for (const SchemaVersion* schema : store_.ReferencedBy(name, found->version)) ids.insert(schema->id);
  return std::vector<int32_t>(ids.begin(), ids.end());
}

std::vector<std::string> Registry::Contexts() const {
  std::lock_guard lock(mutex_);
  return store_.Contexts();
}

}  // namespace millrace::registry
