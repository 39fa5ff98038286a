#pragma once

#include <string_view>

#include "base/result.h"

namespace millrace {

// What a server says that cannot listen at `host`:`port`; 0 for `errno_value`: the host has no address.
Error CannotListen(std::string_view host, int port, int errno_value);

}  // namespace millrace
