#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "http/router.h"

namespace millrace::server {

// The text of a process: "log", "stdout" or "thread-dump".
using ProcessText = std::function<Result<std::string>(const http::Request&, std::string_view what)>;

// {path}/log, stdout, logs, logs/{name}, thread-dump, profiler: of the job manager or of a task manager.
void AddLogRoutes(http::Router& router, const std::string& path, ProcessText text_of);

}  // namespace millrace::server
