#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "registry/model.h"
#include "registry/schema_log.h"

namespace millrace::registry {

// Everything the log says, in memory. Not thread-safe: the Registry holds its lock.
class Store {
 public:
  // Applies a record. Fails on records it cannot read; those change nothing.
  Status Apply(const LogRecord& record);

  enum class Deleted { kHide, kShow, kOnly };
  // Ascending versions of a subject; empty when there is none.
  std::vector<const SchemaVersion*> Versions(const std::string& subject, Deleted deleted) const;
  const SchemaVersion* FindVersion(const std::string& subject, int32_t version) const;  // deleted ones too
  // Qualified names, sorted. A subject counts as deleted when all its versions are.
  std::vector<std::string> Subjects(Deleted deleted) const;
  std::vector<std::string> Contexts() const;  // "." first, then the others, sorted

  std::shared_ptr<const Content> FindId(const std::string& context, int32_t id) const;
  std::optional<int32_t> FindIdOf(const std::string& context, const Content& content) const;
  std::vector<const SchemaVersion*> VersionsWithId(const std::string& context, int32_t id, Deleted deleted) const;
  int32_t MaxId(const std::string& context) const;  // ever given, as far as the log tells; 0 = none

  // Live versions that use subject and version by reference.
  std::vector<const SchemaVersion*> ReferencedBy(const std::string& subject, int32_t version) const;

  // Of a subject (qualified), a context (":.ctx:") or everything (nullopt). Null when there is none.
  const codec::Json* FindConfig(const std::optional<std::string>& subject) const;
  std::optional<Mode> FindMode(const std::optional<std::string>& subject) const;

 private:
  struct Context {
    std::map<int32_t, std::shared_ptr<const Content>> by_id;
    std::map<std::string, int32_t> by_content;  // Fingerprint -> id
    int32_t max_id = 0;
  };
  static std::string Fingerprint(const Content& content);
  void Put(SchemaVersion schema);
  void Remove(const std::string& subject, int32_t version);

  std::map<std::string, std::map<int32_t, SchemaVersion>> subjects_;
  std::map<std::string, Context> contexts_;
  std::map<std::optional<std::string>, codec::Json> configs_;
  std::map<std::optional<std::string>, Mode> modes_;
};

}  // namespace millrace::registry
