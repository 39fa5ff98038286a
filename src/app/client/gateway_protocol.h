#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/client/executor.h"
#include "codec/json.h"

namespace millrace::app::client {

// The answers of Flink's SQL gateway, V1 and V2.

// One answer of GET ../operations/O/result/TOKEN.
struct ResultPage {
  enum class Type { kNotReady, kPayload, kEndOfStream };
  Type type = Type::kNotReady;
  bool is_query = false;
  bool has_content = false;  // result kind SUCCESS_WITH_CONTENT
  std::string job_id;        // "" = none
  Schema schema;
  std::vector<ResultRow> rows;
  int64_t next_token = 0;             // not behind the last page
  std::vector<std::string> warnings;  // from our gateway
};
Result<ResultPage> ParseResultPage(std::string_view body, CellFormat cells = CellFormat::kText);

// The type of a column: {"type":"DECIMAL","nullable":true,"precision":10,"scale":2}. Types that are not known here
// become STRING, whose cells look the same.
DataType ParseLogicalType(const codec::Json& json);

// What went wrong, out of {"errors":["Internal server error.","<Exception on server side: .. stack trace .."]}: the
// innermost cause that says something, its class as the error's code. Our own gateway tells its place in the statement
// and its hint, too.
Error ParseGatewayError(int status, std::string_view body);

// A URL for "host:port", "http://host:port" or "http://host:port/prefix", without a '/' at its end.
Result<std::string> GatewayUrl(std::string_view endpoint);

}  // namespace millrace::app::client
