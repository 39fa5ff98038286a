#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kafka/protocol/wire.h"

namespace millrace::kafka {

inline constexpr int16_t kApiVersionsKey = 18;

// Request header v1, or v2 when the API version is flexible: v2 adds tagged fields, while the client id keeps its
// int16 length.
struct RequestHeader {
  int16_t api_key = 0;
  int16_t api_version = 0;
  int32_t correlation_id = 0;
  std::optional<std::string> client_id;
};

// What a frame starts with whatever the API is; enough to answer an ApiVersions request of an unknown version.
struct RequestPrefix {
  int16_t api_key = 0;
  int16_t api_version = 0;
  int32_t correlation_id = 0;
};
Result<RequestPrefix> PeekRequest(std::string_view frame);

// Moves `in` from the start of a frame to the body. The API and its version must be known (api_table.h).
Result<RequestHeader> DecodeRequestHeader(Reader& in);
void EncodeRequestHeader(const RequestHeader& header, Writer& out);

// Response header v0 (correlation id), or v1 with tagged fields when the API version is flexible. ApiVersions always
// answers with v0, since the client cannot yet know what the broker speaks.
void EncodeResponseHeader(int16_t api_key, int16_t api_version, int32_t correlation_id, Writer& out);
Result<int32_t> DecodeResponseHeader(int16_t api_key, int16_t api_version, Reader& in);

}  // namespace millrace::kafka
