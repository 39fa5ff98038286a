// millrace check
#include <fmt/format.h>

#include "app/commands.h"
#include "http/client.h"

namespace millrace::app {
namespace {

Result<int> Run(const Arguments& arguments) {
  MR_ASSIGN(const int64_t timeout, arguments.GetDurationMillis("timeout"));
  http::Client client({.connect_timeout_millis = timeout, .request_timeout_millis = timeout});
  for (const std::string& url : arguments.positional()) {
    MR_ASSIGN(const http::ClientResponse answer, client.Get(url));
    if (answer.status >= 400) return ExternalError(fmt::format("GET {}: status {}", url, answer.status));
  }
  return kExitOk;
}

}  // namespace

Command CheckCommand() {
  ArgumentSpec spec{.command = "millrace check",
                    .summary = "Whether services answer: exit code 0 when every URL does (for health checks).",
                    .flags = {{"--timeout", "DURATION", "how long to wait for each", "5s"}},
                    .positional = "URL...",
                    .positional_doc = "http or https addresses",
                    .min_positional = 1,
                    .max_positional = 100};
  spec.epilog = "Example:\n  millrace check http://127.0.0.1:18081/overview http://127.0.0.1:8081/subjects";
  return {std::move(spec), Run};
}

}  // namespace millrace::app
