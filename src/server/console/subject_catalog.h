#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "registry/client.h"

namespace millrace::server::console {

// All subjects of a registry at one moment. Never changes.
struct SubjectSnapshot {
  bool configured = false;  // there is a registry
  bool reachable = false;
  std::string error;
  std::string level;  // global
  struct Subject {
    std::vector<registry::RegisteredSchema> versions;  // ascending, none of them deleted
    std::string level;                                 // in force; "" = not known yet
    const registry::RegisteredSchema& latest() const { return versions.back(); }
  };
  std::map<std::string, Subject> subjects;

  const Subject* Find(const std::string& subject) const;
  // The subject that the id's records in this topic go by: "<topic>-key" or "<topic>-value" when it has that id, else
  // the first that has it, else "".
  std::string SubjectOf(int32_t id, const std::string& topic, bool is_key) const;
  // The latest schema of "<topic>-key" or "<topic>-value"; null when there is none.
  const registry::RegisteredSchema* OfTopic(const std::string& topic, bool is_key) const;
  std::vector<std::string> ReferencedBy(const std::string& subject) const;

 private:
  friend class SubjectCatalog;
  std::map<int32_t, std::vector<std::string>> by_id_;
};

// What a registry holds, kept at hand: pages list and look up without asking it. Thread-safe.
class SubjectCatalog {
 public:
  // null: there is no registry.
  explicit SubjectCatalog(registry::Client* client) : client_(client) {}
  // Asks for all schemas (one request), the global level, and the levels of at most kLevelsPerRefresh subjects, in
  // turn.
  void Refresh();
  std::shared_ptr<const SubjectSnapshot> snapshot() const;

  static constexpr size_t kLevelsPerRefresh = 50;

 private:
  Status Read(SubjectSnapshot& next);

  registry::Client* client_;
  std::mutex refreshing_;
  std::map<std::string, std::string> levels_;
  std::string next_level_;  // the subject whose level is asked for next
  mutable std::mutex mutex_;
  std::shared_ptr<const SubjectSnapshot> snapshot_ = std::make_shared<SubjectSnapshot>();
};

}  // namespace millrace::server::console
