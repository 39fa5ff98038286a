#pragma once

#include <string_view>

#include "codec/json.h"
#include "http/message.h"

// The JSON answers of the APIs.
namespace millrace::server {

http::Response Answer(const codec::Json& json, int status = 200);

// Flink's form: {"errors": ["…"]}.
http::Response AnswerError(int status, std::string_view message);
// The form of the API the request is for: below /api/ {"error": {"message": "…"}}, else Flink's.
http::Response AnswerErrorTo(const http::Request& request, int status, std::string_view message);
// The same from an error: 404 for a code ..._NOT_FOUND, 409 for JOB_ENDED, 400 for a user's, else 500; with hint, line,
// column.
http::Response AnswerErrorTo(const http::Request& request, const Error& error);

}  // namespace millrace::server
