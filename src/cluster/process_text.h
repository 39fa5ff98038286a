#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace::cluster {

// Text about this process: "log" (the lines since KeepRecentLog), "stdout" (its end, where it goes to a file),
// "thread-dump" (every thread with its state and what it waits for in the kernel).
Result<std::string> ProcessText(std::string_view what);

}  // namespace millrace::cluster
