#pragma once

#include <string_view>

namespace millrace {

// A named place in a protocol where tests let the process die. MILLRACE_CRASH_AT="checkpoint.metadata.synced:3" kills
// it (SIGKILL) when the place is passed for the third time. Without that variable a call costs one load.
void FailPoint(std::string_view name);

}  // namespace millrace
