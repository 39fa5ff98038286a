// The schema registry's REST calls on any bytes, without the sockets: calls are separated by 0x1e, each is
// "METHOD /target?query", a line feed and the body. Every answer must be one, and a registry that reads the log again
// must know the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "http/router.h"
#include "registry/memory_schema_log.h"
#include "registry/registry.h"
#include "registry/rest.h"
#include "registry/routes.h"

using namespace millrace;  // NOLINT

namespace {

constexpr char kBetweenCalls = '\x1e';
constexpr int kMaxCalls = 16;

// What the server makes of a request line; false when it refuses it by itself.
bool ParseCall(std::string_view call, http::Request* request) {
  const size_t line_end = call.find('\n');
  const std::string_view line = call.substr(0, line_end);
  if (line_end != std::string_view::npos) request->body = call.substr(line_end + 1);
  const size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return false;
  request->method = line.substr(0, blank);
  request->target = line.substr(blank + 1);
  const size_t mark = request->target.find('?');
  request->path = request->target.substr(0, mark);
  if (mark == std::string::npos) return true;
  auto query = http::ParseQuery(std::string_view(request->target).substr(mark + 1));
  if (!query.ok()) return false;
  request->query = std::move(query).value();
  return true;
}

void CheckAnswer(const http::Request& request, const http::Response& response) {
  if (response.status < 200 || response.status > 599) abort();
  const bool is_schema_text = request.path.find("schema") != std::string::npos && response.status == 200;
  if (response.body.empty() || is_schema_text) return;
  const auto json = codec::ParseJson(response.body);
  if (!json.ok()) abort();
  if (response.status >= 400 && json->FindString("message") == nullptr) abort();
}

std::string Dump(const registry::Registry& registry) {
  std::string out;
  for (const auto& schema : registry.Schemas(":*:", true, false)) {
    out += registry::SchemaToJson(schema).ToString() + (schema.deleted ? "-\n" : "\n");
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto owned = std::make_unique<registry::MemorySchemaLog>();
  registry::MemorySchemaLog* log = owned.get();
  auto registry = std::move(*registry::Registry::Open(std::move(owned)));
  http::Router router;
  registry::AddRoutes(router, *registry);
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  for (int i = 0; i < kMaxCalls && !rest.empty(); ++i) {
    const size_t end = std::min(rest.find(kBetweenCalls), rest.size());
    http::Request request;
    if (ParseCall(rest.substr(0, end), &request)) CheckAnswer(request, router.Handle(request));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const auto again = registry::Registry::Open(std::make_unique<registry::MemorySchemaLog>(log->records()));
  if (!again.ok() || Dump(**again) != Dump(*registry)) abort();
  return 0;
}
