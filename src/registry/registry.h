#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "codec/avro/schema.h"
#include "registry/canonical.h"
#include "registry/schema_log.h"
#include "registry/store.h"

namespace millrace::registry {

// What a client sends to register, look up or check a schema.
struct SchemaRequest {
  Content content;                 // text as sent
  std::optional<int32_t> version;  // only in IMPORT mode
  std::optional<int32_t> id;       // only in IMPORT mode
  bool normalize = false;
};

struct CompatibilityAnswer {
  bool is_compatible = true;
  std::vector<std::string> messages;  // Confluent's lines
};

// The rules of Confluent's schema registry over a log. Thread-safe: reads share nothing with a write that waits for the
// log; writes go one after another. Subjects are given as written in the URL. Errors carry Confluent's code (see
// model.h); an error without code comes from the log (50001).
class Registry {
 public:
  // Reads the whole log.
  static Result<std::unique_ptr<Registry>> Open(std::unique_ptr<SchemaLog> log);

  // Gives the schema an id and a version unless it has them already. Cheap for known schemas.
  Result<SchemaVersion> Register(const std::string& subject, const SchemaRequest& request);
  Result<SchemaVersion> Lookup(const std::string& subject, const SchemaRequest& request, bool deleted);
  // `version` none: against as many versions as the level asks for; -1: the latest.
  Result<CompatibilityAnswer> CheckCompatibility(const std::string& subject, std::optional<int32_t> version,
                                                 const SchemaRequest& request);

  Result<std::shared_ptr<const Content>> GetById(int32_t id, const std::string& subject) const;
  int32_t MaxId(const std::string& subject) const;
  Result<std::vector<SchemaVersion>> VersionsWithId(int32_t id, const std::string& subject, bool deleted) const;
  std::vector<std::string> Subjects(const std::string& prefix, Store::Deleted deleted) const;
  Result<std::vector<int32_t>> Versions(const std::string& subject, Store::Deleted deleted) const;
  // -1 = latest.
  Result<SchemaVersion> GetVersion(const std::string& subject, int32_t version, bool deleted) const;
  std::vector<SchemaVersion> Schemas(const std::string& prefix, bool deleted, bool latest_only) const;
  Result<std::vector<int32_t>> ReferencedBy(const std::string& subject, int32_t version) const;  // ids
  std::vector<std::string> Contexts() const;

  Result<std::vector<int32_t>> DeleteSubject(const std::string& subject, bool permanent);
  Result<int32_t> DeleteVersion(const std::string& subject, int32_t version, bool permanent);

  // The members of a config: "compatibilityLevel" and what else was put. `fall_back`: the context's or the global one
  // when the subject has none. No subject = global, which always has a level.
  Result<codec::Json> GetConfig(const std::optional<std::string>& subject, bool fall_back) const;
  // Merges the members of `change` ("compatibility" is the level) into the config.
  Status PutConfig(const std::optional<std::string>& subject, const codec::Json& change);
  Result<codec::Json> DeleteConfig(const std::optional<std::string>& subject);  // the one that was

  Result<Mode> GetMode(const std::optional<std::string>& subject, bool fall_back) const;
  Status PutMode(const std::optional<std::string>& subject, Mode mode, bool force);
  Result<Mode> DeleteMode(const std::optional<std::string>& subject);

  std::string ClusterId() const { return log_->ClusterId(); }

 private:
  explicit Registry(std::unique_ptr<SchemaLog> log) : log_(std::move(log)) {}
  void ApplyRecord(const LogRecord& record);

  // With mutex_ held:
  Result<CanonicalSchema> PrepareRequest(const SubjectName& subject, const SchemaRequest& request, bool is_new) const;
  Result<std::vector<std::string>> ReferencedTexts(const std::string& context,
                                                   const std::vector<Reference>& references) const;
  Result<codec::avro::Schema> ParseStored(const std::string& context, const Content& content) const;
  const SchemaVersion* FindSame(const std::string& subject, const CanonicalSchema& schema,
                                Store::Deleted deleted) const;
  Level LevelOf(const std::string& subject) const;
  Mode ModeOf(const std::string& subject) const;
  bool NormalizeByConfig(const std::string& subject) const;
  Result<std::vector<std::string>> Incompatibilities(const std::string& context, const CanonicalSchema& schema,
                                                     std::vector<const SchemaVersion*> newest_first, Level level) const;
  Status CheckMode(const std::string& subject, const SchemaRequest& request) const;
  Status CheckWritable(const std::string& subject) const;
  Result<SchemaVersion> NewVersion(const SubjectName& subject, const SchemaRequest& request,
                                   const CanonicalSchema& schema) const;
  Result<const SchemaVersion*> FindVersion(const std::string& subject, int32_t version, bool deleted) const;

  std::mutex write_mutex_;  // one write at a time, its wait for the log included; taken before mutex_
  mutable std::mutex mutex_;
  Store store_;                     // under mutex_
  std::unique_ptr<SchemaLog> log_;  // last: its thread calls ApplyRecord until it is gone
};

}  // namespace millrace::registry
