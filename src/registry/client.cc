#include "registry/client.h"

#include <algorithm>
#include <list>
#include <map>
#include <mutex>
#include <set>

#include <fmt/format.h>

#include "base/strings.h"
#include "http/client.h"
#include "registry/records.h"

namespace millrace::registry {
namespace {

using codec::Json;

constexpr std::string_view kContentType = "application/vnd.schemaregistry.v1+json";
constexpr int64_t kFirstBackoffMillis = 100;

// Keeps the entries used last. Not thread-safe.
template <typename Key, typename Value>
class LruCache {
 public:
  explicit LruCache(size_t capacity) : capacity_(std::max<size_t>(1, capacity)) {}

  std::optional<Value> Find(const Key& key) {
    const auto it = places_.find(key);
    if (it == places_.end()) return std::nullopt;
    entries_.splice(entries_.begin(), entries_, it->second);
    return it->second->second;
  }
  void Put(const Key& key, Value value) {
    if (places_.contains(key)) return;
    entries_.emplace_front(key, std::move(value));
    places_[key] = entries_.begin();
    if (entries_.size() <= capacity_) return;
    places_.erase(entries_.back().first);
    entries_.pop_back();
  }

 private:
  size_t capacity_;
  std::list<std::pair<Key, Value>> entries_;
  std::map<Key, typename std::list<std::pair<Key, Value>>::iterator> places_;
};

// Whether another try, or another server, may do better.
bool IsTransient(int status) { return status == 408 || status == 429 || status >= 500; }

Json SchemaBody(const Content& schema) {
  Json body = Json::MakeObject();
  body.Set("schema", schema.text);
  if (schema.type != "AVRO") body.Set("schemaType", schema.type);
  if (!schema.references.empty()) body.Set("references", ReferencesToJson(schema.references));
  if (!schema.metadata.is_null()) body.Set("metadata", schema.metadata);
  if (!schema.rule_set.is_null()) body.Set("ruleSet", schema.rule_set);
  return body;
}

// What the registry says about a failed call, e.g. "Schema 7 not found (40403)".
Error RefusedError(const std::string& call, int status, const std::string& body) {
  const auto json = codec::ParseJson(body);
  std::string message;
  int64_t code = status;
  if (json.ok()) {
    if (const std::string* text = json->FindString("message")) message = *text;
    if (const Json* number = json->Find("error_code"); number != nullptr && number->is_int()) code = number->AsInt();
  }
  if (message.empty()) message = body.substr(0, 200);
  if (message.empty()) message = "no further words";
  const std::string text = fmt::format("{}: HTTP {}: {} ({})", call, status, message, code);
  Error error = IsTransient(status) ? ExternalError(text) : UserError(text);
  error.code = std::to_string(code);
  if (status == 401 || status == 403) {
    error.hint = "Check the schema registry's credentials (basic-auth.user-info or bearer-auth.token).";
  }
  return error;
}

// HTTP 404, or one of the registry's own numbers for it (40401 subject, 40402 version, 40403 schema).
bool IsNotFound(const Error& error) { return error.code.starts_with("404"); }

std::string SubjectPath(const std::string& subject) { return "/subjects/" + http::UrlEncode(subject); }

std::optional<int32_t> IntMember(const Json& json, std::string_view name) {
  const Json* value = json.Find(name);
  if (value == nullptr || !value->is_int() || value->AsInt() < 0 || value->AsInt() > INT32_MAX) return std::nullopt;
  return static_cast<int32_t>(value->AsInt());
}

}  // namespace

struct Client::Impl {
  explicit Impl(ClientOptions given)
      : options(WithCredentialsOfUrl(std::move(given))),
        http(HttpOptions(options)),
        by_id(options.max_cached_schemas),
        ids(options.max_cached_schemas) {}

  static ClientOptions WithCredentialsOfUrl(ClientOptions options) {
    for (std::string& url : options.urls) {
      while (url.ends_with('/')) url.pop_back();
      const auto parsed = http::ParseUrl(url);
      if (!parsed.ok()) continue;  // Call refuses it
      if (options.basic_auth_user.empty() && options.basic_auth_password.empty() && options.bearer_token.empty()) {
        options.basic_auth_user = parsed->user;
        options.basic_auth_password = parsed->password;
      }
      url = http::WithoutCredentials(url);
    }
    return options;
  }

  static http::ClientOptions HttpOptions(const ClientOptions& options) {
    http::ClientOptions out;
    out.connect_timeout_millis = options.connect_timeout_millis;
    out.request_timeout_millis = options.request_timeout_millis;
    out.basic_auth_user = options.basic_auth_user;
    out.basic_auth_password = options.basic_auth_password;
    out.bearer_token = options.bearer_token;
    out.ca_file = options.ca_file;
    out.certificate_file = options.certificate_file;
    out.key_file = options.key_file;
    out.key_password = options.key_password;
    out.verify_host_name = options.verify_host_name;
    return out;
  }

  // Calls `path` at one server after another until one gives an answer that stands.
  Result<Json> Call(std::string_view method, const std::string& path, const std::string& body,
                    std::string_view purpose) {
    if (options.urls.empty()) return UserError("No schema registry URL is given").WithHint("Set the option 'url'.");
    for (const std::string& url : options.urls) {
      if (auto parsed = http::ParseUrl(url); !parsed.ok()) return std::move(parsed).error().InContext(purpose);
    }
    http::Headers headers;
    headers.Add("Accept", kContentType);
    if (!body.empty()) headers.Add("Content-Type", kContentType);
    Error last;
    int64_t backoff = kFirstBackoffMillis;
    for (int attempt = 0; attempt <= options.max_retries; ++attempt) {
      if (attempt > 0) {
        options.clock->SleepMillis(std::min(backoff, options.max_backoff_millis));
        backoff *= 2;
      }
      for (const std::string& url : options.urls) {
        const std::string call = fmt::format("{} at {}", purpose, url);
        auto response = http.Send(method, url + path, body, headers);
        if (!response.ok()) {
          last = std::move(response).error().InContext(call);
          last.hint = "Is the schema registry running, and is its URL right?";
          if (last.retry == Retry::kNo) return last;
          continue;
        }
        if (response->status >= 200 && response->status < 300) {
          auto json = codec::ParseJson(response->body);
          if (json.ok()) return json;
          return ExternalError(fmt::format("{}: the answer is no JSON: {}", call, json.error().message), Retry::kNo)
              .WithHint("Is this the URL of a schema registry?");
        }
        last = RefusedError(call, response->status, response->body);
        if (!IsTransient(response->status)) return last;
      }
    }
    return last;
  }

  Result<RegisteredSchema> ToRegistered(const Json& json, std::string_view purpose) const {
    const std::string* subject = json.FindString("subject");
    const auto version = IntMember(json, "version");
    const auto id = IntMember(json, "id");
    if (subject == nullptr || !version || !id) return Incomplete(purpose);
    MR_ASSIGN(Content content, ToContent(json, purpose));
    return RegisteredSchema{*subject, *version, *id, std::move(content)};
  }

  Result<Content> ToContent(const Json& json, std::string_view purpose) const {
    const std::string* text = json.FindString("schema");
    if (text == nullptr) return Incomplete(purpose);
    Content content;
    content.text = *text;
    if (const std::string* type = json.FindString("schemaType")) content.type = *type;
    if (const Json* references = json.Find("references"); references != nullptr && !references->is_null()) {
      MR_ASSIGN(content.references, ReferencesFromJson(*references));
    }
    if (const Json* metadata = json.Find("metadata")) content.metadata = *metadata;
    if (const Json* rules = json.Find("ruleSet")) content.rule_set = *rules;
    return content;
  }

  Result<std::vector<int32_t>> Numbers(const Json& json, std::string_view purpose) const {
    if (!json.is_array()) return Incomplete(purpose);
    std::vector<int32_t> out;
    for (const Json& item : json.items()) {
      if (!item.is_int()) return Incomplete(purpose);
      out.push_back(static_cast<int32_t>(item.AsInt()));
    }
    return out;
  }

  // A schema that was deleted has to be registered again.
  void ForgetIds() {
    std::lock_guard lock(mutex);
    ids = LruCache<std::string, int32_t>(options.max_cached_schemas);
  }

  Error Incomplete(std::string_view purpose) const {
    return ExternalError(
        fmt::format("{} at {}: the answer lacks what a schema registry says", purpose, Join(options.urls, ", ")),
        Retry::kNo);
  }

  const ClientOptions options;
  http::Client http;
  std::mutex mutex;
  LruCache<std::string, std::shared_ptr<const Content>> by_id;  // "id subject"; under mutex
  LruCache<std::string, int32_t> ids;                           // subject and schema; under mutex
};

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;

Result<int32_t> Client::Register(const std::string& subject, const Content& schema, bool normalize) {
  const std::string body = SchemaBody(schema).ToString();
  const std::string key = subject + '\n' + body;
  {
    std::lock_guard lock(impl_->mutex);
    if (const auto id = impl_->ids.Find(key)) return *id;
  }
  const std::string purpose = fmt::format("Registering a schema under subject '{}'", subject);
  const std::string path = "/subjects/" + http::UrlEncode(subject) + "/versions" + (normalize ? "?normalize=true" : "");
  MR_ASSIGN(const Json json, impl_->Call("POST", path, body, purpose));
  const auto id = IntMember(json, "id");
  if (!id) return impl_->Incomplete(purpose);
  std::lock_guard lock(impl_->mutex);
  impl_->ids.Put(key, *id);
  return *id;
}

Result<RegisteredSchema> Client::Lookup(const std::string& subject, const Content& schema, bool normalize) {
  const std::string purpose = fmt::format("Looking up a schema of subject '{}'", subject);
  const std::string path = "/subjects/" + http::UrlEncode(subject) + (normalize ? "?normalize=true" : "");
  MR_ASSIGN(const Json json, impl_->Call("POST", path, SchemaBody(schema).ToString(), purpose));
  return impl_->ToRegistered(json, purpose);
}

Result<std::shared_ptr<const Content>> Client::GetById(int32_t id, const std::string& subject) {
  const std::string key = std::to_string(id) + " " + subject;
  {
    std::lock_guard lock(impl_->mutex);
    if (auto content = impl_->by_id.Find(key)) return *content;
  }
  const std::string purpose = fmt::format("Fetching the schema with id {}", id);
  std::string path = fmt::format("/schemas/ids/{}?fetchMaxId=false", id);
  if (!subject.empty()) path += "&subject=" + http::UrlEncode(subject);
  MR_ASSIGN(const Json json, impl_->Call("GET", path, "", purpose));
  MR_ASSIGN(Content content, impl_->ToContent(json, purpose));
  auto shared = std::make_shared<const Content>(std::move(content));
  std::lock_guard lock(impl_->mutex);
  impl_->by_id.Put(key, shared);
  return shared;
}

Result<RegisteredSchema> Client::GetLatest(const std::string& subject) {
  const std::string purpose = fmt::format("Fetching the latest schema of subject '{}'", subject);
  MR_ASSIGN(const Json json,
            impl_->Call("GET", "/subjects/" + http::UrlEncode(subject) + "/versions/latest", "", purpose));
  return impl_->ToRegistered(json, purpose);
}

Result<RegisteredSchema> Client::GetVersion(const std::string& subject, int32_t version) {
  const std::string purpose = fmt::format("Fetching version {} of subject '{}'", version, subject);
  const std::string path = fmt::format("/subjects/{}/versions/{}?deleted=true", http::UrlEncode(subject), version);
  MR_ASSIGN(const Json json, impl_->Call("GET", path, "", purpose));
  return impl_->ToRegistered(json, purpose);
}

Result<std::vector<std::string>> Client::ResolveReferences(const Content& schema) {
  std::vector<std::string> out;
  std::set<std::pair<std::string, int32_t>> seen;
  // Depth first without recursion: an entry is put out once everything it refers to is.
  struct Open {
    Content content;
    size_t next = 0;
  };
  std::vector<Open> stack;
  stack.push_back({schema, 0});
  while (true) {
    Open& top = stack.back();
    if (top.next == top.content.references.size()) {
      if (stack.size() == 1) return out;
      out.push_back(std::move(top.content.text));
      stack.pop_back();
      continue;
    }
    const Reference reference = top.content.references[top.next++];
    if (!seen.emplace(reference.subject, reference.version).second) continue;
    if (seen.size() > kMaxReferences) {
      return UserError(fmt::format("A schema refers to more than {} others", kMaxReferences));
    }
    MR_ASSIGN(RegisteredSchema found, GetVersion(reference.subject, reference.version));
    stack.push_back({std::move(found.content), 0});
  }
}

Result<std::vector<std::string>> Client::ListSubjects() {
  MR_ASSIGN(const Json json, impl_->Call("GET", "/subjects", "", "Listing the subjects"));
  std::vector<std::string> out;
  if (!json.is_array()) return impl_->Incomplete("Listing the subjects");
  for (const Json& item : json.items()) {
    if (item.is_string()) out.push_back(item.AsString());
  }
  return out;
}

Result<std::vector<RegisteredSchema>> Client::ListSchemas() {
  const std::string_view purpose = "Listing the schemas";
  const auto json = impl_->Call("GET", "/schemas", "", purpose);
  if (!json.ok() && IsNotFound(json.error())) return ListOneByOne();
  if (!json.ok()) return json.error();
  if (!json->is_array()) return impl_->Incomplete(purpose);
  std::vector<RegisteredSchema> out;
  for (const Json& item : json->items()) {
    MR_ASSIGN(out.emplace_back(), impl_->ToRegistered(item, purpose));
  }
  return out;
}

Result<std::vector<RegisteredSchema>> Client::ListOneByOne() {
  MR_ASSIGN(const std::vector<std::string> subjects, ListSubjects());
  std::vector<RegisteredSchema> out;
  for (const std::string& subject : subjects) {
    const auto versions = ListVersions(subject);
    if (!versions.ok() && !IsNotFound(versions.error())) return versions.error();
    for (const int32_t version : versions.ok() ? *versions : std::vector<int32_t>()) {
      auto schema = GetVersion(subject, version);
      if (schema.ok()) {
        out.push_back(*std::move(schema));
      } else if (!IsNotFound(schema.error())) {  // else: deleted meanwhile
        return std::move(schema).error();
      }
    }
  }
  return out;
}

Result<std::vector<int32_t>> Client::ListVersions(const std::string& subject) {
  const std::string purpose = fmt::format("Listing the versions of subject '{}'", subject);
  MR_ASSIGN(const Json json, impl_->Call("GET", SubjectPath(subject) + "/versions", "", purpose));
  return impl_->Numbers(json, purpose);
}

Result<Client::Compatibility> Client::CheckCompatibility(const std::string& subject, const Content& schema) {
  const std::string purpose = fmt::format("Checking a schema against subject '{}'", subject);
  auto json = impl_->Call("POST", "/compatibility" + SubjectPath(subject) + "/versions?verbose=true",
                          SchemaBody(schema).ToString(), purpose);
  if (!json.ok()) {
    if (json.error().code == std::to_string(kSubjectNotFound)) return Compatibility();
    return std::move(json).error();
  }
  const Json* verdict = json->Find("is_compatible");
  if (verdict == nullptr || !verdict->is_bool()) return impl_->Incomplete(purpose);
  Compatibility out{verdict->AsBool(), {}};
  const Json* messages = json->Find("messages");
  for (const Json& message : messages != nullptr && messages->is_array() ? messages->items() : Json::Array()) {
    if (message.is_string()) out.messages.push_back(message.AsString());
  }
  return out;
}

Result<std::string> Client::GetLevel(const std::string& subject) {
  const std::string purpose = subject.empty() ? "Reading the compatibility level"
                                              : fmt::format("Reading the compatibility level of '{}'", subject);
  const std::string path =
      subject.empty() ? "/config" : "/config/" + http::UrlEncode(subject) + "?defaultToGlobal=true";
  const auto json = impl_->Call("GET", path, "", purpose);
  // Some registries do not know the level of a subject that is not there.
  if (!json.ok() && !subject.empty() && IsNotFound(json.error())) return GetLevel();
  if (!json.ok()) return json.error();
  const std::string* level = json->FindString("compatibilityLevel");
  if (level == nullptr) return impl_->Incomplete(purpose);
  return *level;
}

Status Client::PutLevel(const std::string& subject, const std::string& level) {
  const std::string path = subject.empty() ? "/config" : "/config/" + http::UrlEncode(subject);
  Json body = Json::MakeObject();
  body.Set("compatibility", level);
  MR_TRY(impl_->Call("PUT", path, body.ToString(), fmt::format("Setting the compatibility level of '{}'", subject)));
  return Ok();
}

Status Client::DeleteSubject(const std::string& subject) {
  MR_TRY(impl_->Call("DELETE", SubjectPath(subject), "", fmt::format("Deleting subject '{}'", subject)));
  impl_->ForgetIds();
  return Ok();
}

Status Client::DeleteVersion(const std::string& subject, int32_t version) {
  MR_TRY(impl_->Call("DELETE", fmt::format("{}/versions/{}", SubjectPath(subject), version), "",
                     fmt::format("Deleting version {} of subject '{}'", version, subject)));
  impl_->ForgetIds();
  return Ok();
}

Result<std::vector<int32_t>> Client::ReferencedBy(const std::string& subject, int32_t version) {
  const std::string purpose = fmt::format("Listing what refers to version {} of subject '{}'", version, subject);
  MR_ASSIGN(const Json json,
            impl_->Call("GET", fmt::format("{}/versions/{}/referencedby", SubjectPath(subject), version), "", purpose));
  return impl_->Numbers(json, purpose);
}

}  // namespace millrace::registry
