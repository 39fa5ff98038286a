#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace::net {

// One frame there and one back over a connection of its own; blocks for `timeout_millis` at most, and for as long as
// the name takes to resolve. An answer of more than `max_bytes` is an error, as is a peer that is away.
Result<std::string> CallFrame(const std::string& host, uint16_t port, std::string_view frame, int64_t timeout_millis,
                              size_t max_bytes);

}  // namespace millrace::net
