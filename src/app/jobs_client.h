#pragma once

#include <string>
#include <string_view>

#include "app/flags.h"
#include "codec/json.h"
#include "http/client.h"

namespace millrace::app {

inline constexpr const char* kDefaultJobManager = "http://127.0.0.1:18081";

// Calls of Flink's REST API: of our processes, or of a Flink job manager.
class JobsClient {
 public:
  explicit JobsClient(std::string url);
  // An answer of 400 or more is an error with the text it gives.
  Result<codec::Json> Call(std::string_view method, const std::string& path, std::string_view body = "");
  // Cancels the job; its state once it has ended, or CANCELLING after ten seconds.
  Result<std::string> Cancel(const std::string& job_id);
  // POST /jobs/ID/`action`, then waits for the savepoint; its path.
  Result<std::string> Savepoint(const std::string& job_id, std::string_view action, const codec::Json& body);

 private:
  std::string url_;
  http::Client http_;
};

// --jobmanager and --json of the commands that use it.
FlagDef JobManagerFlag();
FlagDef JsonFlag();
// "Savepoint completed. Path: …", or {"jid":…,"savepoint":…} with --json.
void PrintSavepoint(const Arguments& arguments, std::string_view job_id, std::string_view path);

}  // namespace millrace::app
