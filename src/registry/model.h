#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"

namespace millrace::registry {

// How many schemas one may refer to, directly or not.
inline constexpr size_t kMaxReferences = 1000;

// A schema that another one uses by name.
struct Reference {
  std::string name;  // Avro: the full name of the type
  std::string subject;
  int32_t version = 0;
  bool operator==(const Reference&) const = default;
};

// What has an id: the text and everything that tells it from another text.
struct Content {
  std::string type = "AVRO";  // or "JSON", "PROTOBUF"
  std::string text;           // canonical
  std::vector<Reference> references;
  codec::Json metadata;  // null = none
  codec::Json rule_set;  // null = none
  bool operator==(const Content&) const = default;
};

struct SchemaVersion {
  std::string subject;   // qualified: ":.ctx:name", or "name" in the default context
  int32_t version = 0;   // from 1
  int32_t id = 0;        // unique in its context, from 1
  bool deleted = false;  // softly: hidden, but readable by id
  std::shared_ptr<const Content> content;
};

// Subjects live in contexts. ":.ctx:name" is `name` in ".ctx"; everything else is in the default context ".".
struct SubjectName {
  std::string context = ".";
  std::string name;
  std::string qualified() const { return context == "." ? name : ":" + context + ":" + name; }
};
SubjectName ParseSubject(std::string_view text);

enum class Level : uint8_t {
  kNone,
  kBackward,
  kBackwardTransitive,
  kForward,
  kForwardTransitive,
  kFull,
  kFullTransitive,
};
std::string_view LevelName(Level level);                  // "BACKWARD_TRANSITIVE"
std::optional<Level> LevelByName(std::string_view name);  // any case
bool IsTransitive(Level level);

enum class Mode : uint8_t { kReadWrite, kReadOnly, kReadOnlyOverride, kImport, kForward };
std::string_view ModeName(Mode mode);  // "READWRITE"
std::optional<Mode> ModeByName(std::string_view name);

// Confluent's error codes; the HTTP status is their first three digits.
inline constexpr int kSubjectNotFound = 40401;
inline constexpr int kVersionNotFound = 40402;
inline constexpr int kSchemaNotFound = 40403;
inline constexpr int kSubjectSoftDeleted = 40404;
inline constexpr int kSubjectNotSoftDeleted = 40405;
inline constexpr int kVersionSoftDeleted = 40406;
inline constexpr int kVersionNotSoftDeleted = 40407;
inline constexpr int kNoSubjectLevel = 40408;
inline constexpr int kNoSubjectMode = 40409;
inline constexpr int kIncompatible = 409;
inline constexpr int kUnprocessable = 422;
inline constexpr int kInvalidSchema = 42201;
inline constexpr int kInvalidVersion = 42202;
inline constexpr int kInvalidLevel = 42203;
inline constexpr int kInvalidMode = 42204;
inline constexpr int kNotPermitted = 42205;
inline constexpr int kReferenceExists = 42206;
inline constexpr int kIdMismatch = 42207;
inline constexpr int kInvalidSubject = 42208;
inline constexpr int kTooLarge = 42209;
inline constexpr int kContextNotEmpty = 42211;
inline constexpr int kStoreError = 50001;

// An error whose Error::code is the number.
Error RegistryError(int code, std::string message);
Error SubjectNotFound(std::string_view subject);
Error VersionNotFound(int64_t version);

}  // namespace millrace::registry
