#include "server/console/subject_catalog.h"

#include <algorithm>
#include <set>

namespace millrace::server::console {

const SubjectSnapshot::Subject* SubjectSnapshot::Find(const std::string& subject) const {
  const auto it = subjects.find(subject);
  return it == subjects.end() ? nullptr : &it->second;
}

std::string SubjectSnapshot::SubjectOf(int32_t id, const std::string& topic, bool is_key) const {
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return "";
  const std::string usual = topic + (is_key ? "-key" : "-value");
  return std::find(it->second.begin(), it->second.end(), usual) != it->second.end() ? usual : it->second.front();
}

const registry::RegisteredSchema* SubjectSnapshot::OfTopic(const std::string& topic, bool is_key) const {
  const Subject* subject = Find(topic + (is_key ? "-key" : "-value"));
  return subject == nullptr ? nullptr : &subject->latest();
}

std::vector<std::string> SubjectSnapshot::ReferencedBy(const std::string& subject) const {
  std::set<std::string> out;
  for (const auto& [name, other] : subjects) {
    for (const auto& version : other.versions) {
      for (const registry::Reference& reference : version.content.references) {
        if (reference.subject == subject) out.insert(name);
      }
    }
  }
  return {out.begin(), out.end()};
}

void SubjectCatalog::Refresh() {
  const std::lock_guard refreshing(refreshing_);
  auto next = std::make_shared<SubjectSnapshot>();
  const Status status = Read(*next);
  if (!status.ok()) {
    *next = *snapshot();
    next->error = status.error().message;
  }
  next->configured = client_ != nullptr;
  next->reachable = status.ok() && next->configured;
  const std::lock_guard lock(mutex_);
  snapshot_ = std::move(next);
}

Status SubjectCatalog::Read(SubjectSnapshot& next) {
  if (client_ == nullptr) return Ok();
  MR_ASSIGN(const auto schemas, client_->ListSchemas());
  for (const registry::RegisteredSchema& schema : schemas) {
    next.subjects[schema.subject].versions.push_back(schema);
    next.by_id_[schema.id].push_back(schema.subject);
  }
  for (auto& [name, subject] : next.subjects) {
    std::sort(subject.versions.begin(), subject.versions.end(),
              [](const auto& a, const auto& b) { return a.version < b.version; });
  }
  MR_ASSIGN(next.level, client_->GetLevel());
  std::erase_if(levels_, [&](const auto& level) { return !next.subjects.contains(level.first); });
  auto at = next.subjects.lower_bound(next_level_);
  for (size_t i = 0; i < std::min(kLevelsPerRefresh, next.subjects.size()); ++i) {
    if (at == next.subjects.end()) at = next.subjects.begin();
    MR_ASSIGN(levels_[at->first], client_->GetLevel(at->first));
    ++at;
  }
  next_level_ = at == next.subjects.end() ? "" : at->first;
  for (auto& [name, subject] : next.subjects) {
    if (const auto level = levels_.find(name); level != levels_.end()) subject.level = level->second;
  }
  return Ok();
}

std::shared_ptr<const SubjectSnapshot> SubjectCatalog::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

}  // namespace millrace::server::console
