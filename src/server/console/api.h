#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"
#include "http/message.h"
#include "http/router.h"

// Requests and answers of the pages' JSON API (docs/cluster-contract.md).
namespace millrace::server::console {

http::Response Answer(const codec::Json& json, int status = 200);
// {"error": {"message", "hint", "line", "column"}}. Status: 404 for what is not there, 409 for what stands in the way
// (names that exist, groups with members, schemas that do not fit), 400 for other mistakes of the user, 503 for a
// broker or registry that does not answer, 500 for ours.
http::Response AnswerError(const Error& error);
codec::Json ErrorJson(const Error& error);
Error NotFound(std::string message);
Error Conflict(std::string message);

// A handler that may fail: `fn` gives a Result<http::Response>.
template <typename Fn>
http::Handler Fallible(Fn fn) {
  return [fn = std::move(fn)](http::Request& request) {
    Result<http::Response> response = fn(request);
    return response.ok() ? std::move(response).value() : AnswerError(response.error());
  };
}

// Adds handlers that are functions of the context and the request: add(method, pattern, handler).
template <typename Context>
auto RouteAdder(http::Router& router, Context& context) {
  return [&router, &context](std::string_view method, std::string_view pattern, auto handler) {
    router.Add(method, pattern,
               Fallible([&context, handler](http::Request& request) { return handler(context, request); }));
  };
}

// The body as a JSON object.
Result<codec::Json> ParseBody(const http::Request& request);
// A whole number out of a query parameter or, the second, out of a member of the body.
Result<int64_t> QueryNumber(const http::Request& request, std::string_view name, int64_t default_value, int64_t min,
                            int64_t max);
Result<int64_t> BodyNumber(const codec::Json& body, std::string_view name, int64_t default_value, int64_t min,
                           int64_t max);
// The member, which must be a text that is not empty.
Result<std::string> BodyText(const codec::Json& body, std::string_view name);

// One server-sent event.
std::string Event(std::string_view name, const codec::Json& data);

codec::Json TextArray(const std::vector<std::string>& texts);

}  // namespace millrace::server::console
