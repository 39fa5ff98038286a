#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/json.h"
#include "http/message.h"
#include "registry/registry.h"

// What the routes share: requests to values, values to answers.
namespace millrace::registry {

inline constexpr std::string_view kContentType = "application/vnd.schemaregistry.v1+json";

http::Response Answer(const codec::Json& json);
http::Response Answer(const std::vector<std::string>& texts);
http::Response Answer(const std::vector<int32_t>& numbers);
http::Response AnswerError(const Error& error);

// A handler that may fail: `fn` gives a Result<http::Response>.
template <typename Fn>
http::Handler Fallible(Fn fn) {
  return [fn = std::move(fn)](http::Request& request) {
    Result<http::Response> response = fn(request);
    return response.ok() ? std::move(response).value() : AnswerError(response.error());
  };
}

// The body as a JSON object. 422 when it is empty, 400 when it is no JSON object.
Result<codec::Json> ParseBody(const http::Request& request);
// The body of register, lookup and compatibility calls.
Result<SchemaRequest> ParseSchemaRequest(const http::Request& request);

// Path parameter "version": a number from 1, or -1 for "latest". 42202 otherwise.
Result<int32_t> ParseVersion(const http::Request& request);
// Path parameter "id". 40403 when it is no id.
Result<int32_t> ParseId(const http::Request& request);
// Path parameter "subject", checked. 42208 when it has control characters or is empty.
Result<std::string> ParseSubjectParameter(const http::Request& request);
Store::Deleted ParseDeleted(const http::Request& request);  // ?deleted, ?deletedOnly

// {"subject","version","id","schemaType","references","metadata","ruleSet","schema"}; members that say nothing are left
// out, because old Java clients fail on members they do not know.
codec::Json SchemaToJson(const SchemaVersion& schema);
void SetContent(codec::Json& json, const Content& content);

// ?offset and ?limit of the request applied to a list.
template <typename T>
std::vector<T> Page(const http::Request& request, std::vector<T> items);
std::pair<size_t, size_t> PageBounds(const http::Request& request, size_t size);

template <typename T>
std::vector<T> Page(const http::Request& request, std::vector<T> items) {
  const auto [begin, end] = PageBounds(request, items.size());
  return std::vector<T>(std::make_move_iterator(items.begin() + static_cast<ptrdiff_t>(begin)),
                        std::make_move_iterator(items.begin() + static_cast<ptrdiff_t>(end)));
}

}  // namespace millrace::registry
