#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "codec/json.h"

namespace millrace::engine {

// A job as it is handed from one process to another: its SQL. The receiver runs `preparation` on a new session (SET,
// USE and DDL in the order they were run), then `statement`, one INSERT, statement set or SELECT; plans are never sent.
struct JobSpec {
  std::string id;           // 32 hex digits
  std::string name;         // tells it from all other jobs of the cluster: "insert-into_…", "insert-into_…#2"
  std::string preparation;  // statements, each ended by ";\n"
  std::string statement;    // without ";"
  bool query = false;       // rows go to the client that asked
  uint32_t slots = 1;       // its parallelism
  // What a restart of the whole job needs besides: "" = a folder of the process that runs it.
  std::string checkpoint_directory;
  // It will be submitted again under this id: its checkpoints are kept however it ends (JobOptions::resumable).
  bool resumable = false;
};

// The job of a plan that `session` has just made, kQuery or kInsert, under the name of its plan.
class Session;
struct StatementResult;
JobSpec MakeJobSpec(const StatementResult& result, const Session& session, std::string id);

std::string NewJobId();  // a random one, 32 hex digits
bool IsJobId(std::string_view text);

codec::Json ToJson(const JobSpec& spec);
Result<JobSpec> JobSpecFromJson(const codec::Json& json);

}  // namespace millrace::engine
