// millrace jobs | cancel | stop: the jobs of a running process, over its REST API. `millrace savepoint` shares the
// calls.
#include <map>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/jobs_client.h"
#include "base/local_path.h"
#include "base/strings.h"
#include "data/value.h"

namespace millrace::app {
namespace {

// Of the jobs that do not run as they should, by id: what Flink's overview has no field for. Empty where the process is
// Flink itself.
std::map<std::string, codec::Json> Notes(JobsClient& client) {
  std::map<std::string, codec::Json> out;
  const auto answer = client.Call("GET", "/api/jobs");
  const codec::Json* jobs = answer.ok() ? answer->Find("jobs") : nullptr;
  if (jobs == nullptr || !jobs->is_array()) return out;
  for (const codec::Json& job : jobs->items()) {
    if (const std::string* id = job.FindString("id")) out[*id] = job;
  }
  return out;
}

Result<int> List(const Arguments& arguments) {
  JobsClient client(arguments.Get("jobmanager"));
  MR_ASSIGN(const codec::Json answer, client.Call("GET", "/jobs/overview"));
  codec::Json jobs = *answer.Find("jobs");
  const std::map<std::string, codec::Json> notes = Notes(client);
  for (codec::Json& job : jobs.items()) {
    const auto note = notes.find(*job.FindString("jid"));
    for (const char* name : {"waiting_for", "trouble"}) {
      const std::string* text = note == notes.end() ? nullptr : note->second.FindString(name);
      if (text != nullptr && !text->empty()) job.Set(name, *text);
    }
  }
  if (arguments.Has("json")) {
    fmt::print("{}\n", jobs.ToString());
    return kExitOk;
  }
  fmt::print("{:<32} {:<10} {:<23} {}\n", "JOB ID", "STATUS", "START TIME (UTC)", "NAME");
  for (const codec::Json& job : jobs.items()) {
    fmt::print("{:<32} {:<10} {:<23} {}\n", *job.FindString("jid"), *job.FindString("state"),
               FormatTimestamp(job.Find("start-time")->AsInt(), 0, 3), *job.FindString("name"));
    if (const std::string* reason = job.FindString("waiting_for")) fmt::print("  waits for {}\n", *reason);
    if (const std::string* trouble = job.FindString("trouble")) fmt::print("  {}\n", *trouble);
  }
  return kExitOk;
}

Result<int> Cancel(const Arguments& arguments) {
  JobsClient client(arguments.Get("jobmanager"));
  const std::string& id = arguments.positional()[0];
  MR_ASSIGN(const std::string state, client.Cancel(id));
  const bool cancelled = state == "CANCELED";
  if (arguments.Has("json")) {
    fmt::print("{}\n", codec::Json::MakeObject().Set("jid", id).Set("cancelled", cancelled).ToString());
  } else if (cancelled) {
    fmt::print("Cancelled job {}.\n", id);
  } else {
    fmt::print("Job {} is {}.\n", id, state);
  }
  return state == "CANCELLING" ? kExitFailed : kExitOk;
}

Result<int> Stop(const Arguments& arguments) {
  JobsClient client(arguments.Get("jobmanager"));
  const std::string& id = arguments.positional()[0];
  codec::Json body = codec::Json::MakeObject();
  body.Set("drain", arguments.Has("drain"));
  if (arguments.Has("savepoint-path")) body.Set("targetDirectory", AbsolutePath(arguments.Get("savepoint-path")));
  MR_ASSIGN(const std::string path, client.Savepoint(id, "stop", body));
  PrintSavepoint(arguments, id, path);
  return kExitOk;
}

}  // namespace

Command JobsCommand() {
  return {{.command = "millrace jobs",
           .summary = "Lists the jobs of a running process.",
           .flags = {JobManagerFlag(), JsonFlag()}},
          List};
}

Command CancelCommand() {
  return {{.command = "millrace cancel",
           .summary = "Cancels a job at once.",
           .flags = {JobManagerFlag(), JsonFlag()},
           .positional = "JOB_ID",
           .positional_doc = "as `millrace jobs` lists it",
           .min_positional = 1,
           .max_positional = 1},
          Cancel};
}

Command StopCommand() {
  return {{.command = "millrace stop",
           .summary = "Stops a job behind a savepoint.",
           .flags = {JobManagerFlag(),
                     JsonFlag(),
                     {"-d,--drain", "", "end the input first, so that every window fires", ""},
                     {"-p,--savepoint-path", "DIR",
                      "where the savepoint goes (default: execution.checkpointing.savepoint-dir)", ""}},
           .positional = "JOB_ID",
           .positional_doc = "as `millrace jobs` lists it",
           .min_positional = 1,
           .max_positional = 1},
          Stop};
}

}  // namespace millrace::app
