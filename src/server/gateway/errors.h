#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace millrace::server::gateway {

inline constexpr std::string_view kSqlGatewayException = "org.apache.flink.table.gateway.api.utils.SqlGatewayException";
inline constexpr std::string_view kSqlExecutionException =
    "org.apache.flink.table.gateway.service.utils.SqlExecutionException";

// {"errors":["Internal server error.","<Exception on server side: ..>"]}: the second text is laid out as a Java stack
// trace, because Flink's SQL client shows what stands behind its last "Caused by: ". `doing` is what failed:
// "Failed to fetchResults.".
http::Response AnswerFailure(std::string_view doing, const Error& error);

// An operation's error with the line of its statement and the hint in the message: all that a client will see of it.
Error Rendered(const Error& error, std::string_view statement);

Error UnknownSession(std::string_view handle);
Error UnknownOperation(std::string_view handle);

}  // namespace millrace::server::gateway
