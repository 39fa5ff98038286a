#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "registry/model.h"

namespace millrace::registry {

struct ClientOptions {
  // One or several base URLs, "http://a:8081" or with a path; the next one is tried when one does not answer. A
  // "user:password@" in a URL is used for basic auth unless the options below give one.
  std::vector<std::string> urls;
  std::string basic_auth_user;
  std::string basic_auth_password;
  std::string bearer_token;
  // PEM files (see http/client.h); empty = system's CAs, no client certificate.
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  std::string key_password;
  bool verify_host_name = true;
  int64_t connect_timeout_millis = 5'000;
  int64_t request_timeout_millis = 30'000;
  // Calls that fail to connect, time out, or are answered 408, 429 or 5xx are repeated this often, after 100, 200, 400
  // ... ms, at most `max_backoff_millis` each.
  int max_retries = 5;
  int64_t max_backoff_millis = 2'000;
  size_t max_cached_schemas = 1'000;
  Clock* clock = &SystemClock();
};

struct RegisteredSchema {
  std::string subject;
  int32_t version = 0;
  int32_t id = 0;
  Content content;
};

// A client of a Confluent-compatible schema registry. Calls block, retries included; they may come from several
// threads. Schemas by id and ids by (subject, schema) are cached: both never change.
//
// Errors name the URL and the subject or id. What the registry refuses is a user error without retry whose Error::code
// is the registry's error_code ("40403" unknown id, "409" incompatible); a registry that does not answer is external
// with Retry::kYes.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();

  // POST /subjects/{subject}/versions: the id under which the schema is now known.
  Result<int32_t> Register(const std::string& subject, const Content& schema, bool normalize = false);
  // POST /subjects/{subject}: id and version of a schema that is there already.
  Result<RegisteredSchema> Lookup(const std::string& subject, const Content& schema, bool normalize = false);
  // GET /schemas/ids/{id}. `subject` helps registries with contexts; may be empty.
  Result<std::shared_ptr<const Content>> GetById(int32_t id, const std::string& subject = "");
  // GET /subjects/{subject}/versions/latest; not cached.
  Result<RegisteredSchema> GetLatest(const std::string& subject);
  // GET /subjects/{subject}/versions/{version}, softly deleted ones too: what references point at.
  Result<RegisteredSchema> GetVersion(const std::string& subject, int32_t version);
  // The texts of everything `schema` refers to, deepest first: what avro::ParseOptions::references wants.
  Result<std::vector<std::string>> ResolveReferences(const Content& schema);
  Result<std::vector<std::string>> ListSubjects();

  // For consoles; nothing of it is cached.
  // GET /schemas: every version of every subject that is not deleted. Registries without that call (Apicurio) are
  // asked for each version.
  Result<std::vector<RegisteredSchema>> ListSchemas();
  Result<std::vector<int32_t>> ListVersions(const std::string& subject);
  // Whether `schema` may become the subject's next version under its level, and the registry's lines why not. A subject
  // that does not exist yet takes anything.
  struct Compatibility {
    bool is_compatible = true;
    std::vector<std::string> messages;
  };
  Result<Compatibility> CheckCompatibility(const std::string& subject, const Content& schema);
  // The compatibility level of a subject, else the global one. No subject = global.
  Result<std::string> GetLevel(const std::string& subject = "");
  Status PutLevel(const std::string& subject, const std::string& level);
  Status DeleteSubject(const std::string& subject);  // softly, as DeleteVersion
  Status DeleteVersion(const std::string& subject, int32_t version);
  // Ids of the schemas that refer to it.
  Result<std::vector<int32_t>> ReferencedBy(const std::string& subject, int32_t version);

 private:
  Result<std::vector<RegisteredSchema>> ListOneByOne();

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::registry
