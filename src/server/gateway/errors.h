#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace millrace::server::gateway {

inline constexpr std::string_view kSqlGatewayException = "org.apache.flink.table.gateway.api.utils.SqlGatewayException";
inline constexpr std::string_view kSqlExecutionException =
    "org.apache.flink.table.gateway.service.utils.SqlExecutionException";

// Our own client asks with it for the parts of an error; Flink's takes nothing beside its "errors".
inline constexpr std::string_view kDetailHeader = "X-Millrace-Detail";

// {"errors":["Internal server error.","<Exception on server side: ..>"]}: the second text is laid out as a Java stack
// trace, because Flink's SQL client shows what stands behind its last "Caused by: ": the message with the line of
// `statement` ("" = the error has no place in it) and the hint. `doing` is what failed: "Failed to fetchResults.". For
// our own client besides: "detail":{"message":..,"hint":..,"line":..,"column":..,"offset":..,"length":..}.
http::Response AnswerFailure(const http::Request& request, std::string_view doing, const Error& error,
                             std::string_view statement);

Error UnknownSession(std::string_view handle);
Error UnknownOperation(std::string_view handle);

}  // namespace millrace::server::gateway
