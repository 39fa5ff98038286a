#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "registry/model.h"
#include "registry/schema_log.h"

// Records of the topic `_schemas` exactly as Confluent's registry writes them, so that either can read the other's
// topic.
namespace millrace::registry {

enum class KeyType { kSchema, kConfig, kMode, kDeleteSubject, kClearSubject, kContext, kNoop, kUnknown };

struct ParsedRecord {
  KeyType type = KeyType::kUnknown;
  std::optional<std::string> subject;  // of CONFIG and MODE: none = global
  int32_t version = 0;                 // of SCHEMA
  std::optional<codec::Json> value;    // none = tombstone
};
// Fails on a key or a value that is no JSON object; unknown key types are kUnknown.
Result<ParsedRecord> ParseRecord(const LogRecord& record);

LogRecord SchemaRecord(const SchemaVersion& schema);
LogRecord SchemaTombstone(std::string_view subject, int32_t version);
LogRecord ConfigRecord(const std::optional<std::string>& subject, const std::optional<codec::Json>& config);
LogRecord ModeRecord(const std::optional<std::string>& subject, std::optional<Mode> mode);
// Versions up to this one are softly deleted.
LogRecord DeleteSubjectRecord(std::string_view subject, int32_t version);

// The value of a SCHEMA record; nullopt when a required member is missing or of a wrong type.
std::optional<SchemaVersion> SchemaFromJson(const codec::Json& value);

codec::Json ReferencesToJson(const std::vector<Reference>& references);
// Fails with a message about what is wrong.
Result<std::vector<Reference>> ReferencesFromJson(const codec::Json& json);

}  // namespace millrace::registry
