#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace::app::golden {

// Keeps one line with who waits for the process's death; from any thread.
using Tell = std::function<void(std::string_view line)>;

// Runs `work` in a copy of this process, which SIGKILL ends when it returns, with the threads it started in full run.
// What was told until the death itself; an error when the copy ended in another way. This process must have no other
// threads: the copy would wait for the locks they hold.
Result<std::vector<std::string>> RunAndKill(const std::function<void(const Tell&)>& work);

}  // namespace millrace::app::golden
