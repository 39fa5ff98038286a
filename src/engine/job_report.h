#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"
#include "connect/external_use.h"
#include "engine/checkpoint_report.h"

namespace millrace::engine {

// What a job looks like from outside: plain data, made from a running engine::Job, sent from task manager to job
// manager as JSON, and all that the REST API, the dashboard and the client know about a job. Counts are since the start
// of the present run; times are epoch millis, -1 = not yet; watermarks are epoch millis, INT64_MIN = none yet.

// One operator (a node of the physical plan) over all slots of its vertex. A source takes in what it hands out; what a
// sink hands out is what it has written.
struct OperatorReport {
  uint32_t id = 0;                          // "[3]" in EXPLAIN and vertex names
  std::string name;                         // "LocalWindowAggregate[2]"
  std::string description;                  // its line of EXPLAIN
  std::string table;                        // of a source or sink: "default_catalog.default_database.SALES"
  std::optional<connect::ExternalUse> use;  // of a source or sink: where the table leads; none for most connectors
  uint32_t line = 0;                        // of the job's script where it comes from; 0 = unknown
  int64_t records_in = 0;
  int64_t records_out = 0;
  int64_t bytes_out = 0;  // of a sink
  int64_t late_rows = 0;
  int64_t bad_records = 0;
  int64_t windows_fired = 0;
  int64_t state_rows = 0;
  int64_t state_bytes = 0;
};

// One slot's part of a vertex. The three times add up to the time since the start of the run; the vertices of a slot
// share its thread. Bytes are keys and values of sources and sinks, and an estimate of what exchanges move.
struct SubtaskReport {
  uint32_t index = 0;
  std::string state;  // Flink's ExecutionState: "RUNNING", "FINISHED" ..
  int64_t start_millis = -1;
  int64_t end_millis = -1;
  int64_t records_in = 0;
  int64_t records_out = 0;
  int64_t bytes_in = 0;
  int64_t bytes_out = 0;
  int64_t busy_millis = 0;
  int64_t backpressured_millis = 0;
  int64_t idle_millis = 0;
  int64_t watermark = INT64_MIN;  // the input's; of a source the one it emits
};

// Chained operators between exchanges, as Flink cuts a job: "Source: SALES[1] -> LocalWindowAggregate[2]".
struct VertexReport {
  std::string id;    // 32 hex digits, the same in every run of the job
  std::string name;  // operators joined by " -> "
  struct Input {
    std::string vertex;         // id
    std::string ship_strategy;  // "HASH", "FORWARD", "GLOBAL"
  };
  std::vector<Input> inputs;
  std::vector<OperatorReport> operators;  // from the input on
  std::vector<SubtaskReport> subtasks;
};

struct FailureReport {
  int64_t time_millis = 0;
  std::string code;          // Error::code, e.g. an exception's class; may be empty
  std::string message;       // first line
  std::string text;          // all of it
  std::string task;          // vertex name with "(1/2)"; "" = the job
  uint32_t operator_id = 0;  // where in that vertex; 0 = none
  uint32_t line = 0;         // of the job's script; 0 = unknown
};

struct SplitReport {
  std::string name;   // "SALES-0"
  std::string table;  // of the source
  uint32_t slot = 0;
  int64_t watermark = INT64_MIN;
  bool idle = false;
};

struct JobReport {
  std::string id;     // 32 hex digits
  std::string name;   // "insert-into_default_catalog.default_database.SALES_AGGREGATE"
  std::string state;  // Flink's JobStatus: "CREATED", "RUNNING", "RESTARTING", "FAILING", "CANCELLING", "FINISHED" ..
  std::string waiting_for;      // why a CREATED job does not run: "2 slots; 0 of 2 are free"; else ""
  std::string trouble;          // whose other side does not answer a RUNNING job: a source's or a sink's; else ""
  int64_t trouble_millis = -1;  // since when
  std::string script;           // the statements it was made of, secrets hidden
  std::string task_manager;     // id of the one it runs in; "" = none, or this process
  bool query = false;           // a SELECT: its rows go to a client
  bool streaming = true;
  uint32_t parallelism = 1;
  int64_t start_millis = 0;
  int64_t end_millis = -1;
  int64_t changed_millis = 0;  // since when it is in `state`
  int64_t now_millis = 0;      // when this look was taken
  int64_t restarts = 0;
  std::vector<VertexReport> vertices;
  std::vector<SplitReport> splits;
  std::vector<FailureReport> failures;        // the last 20, oldest first
  std::vector<CheckpointReport> checkpoints;  // the last 20, oldest first
  CheckpointReport in_progress;               // the one that is being taken; id 0 = none
  CheckpointReport restored;                  // what the present run began from; id 0 = nothing
  int64_t times_restored = 0;                 // runs that began from one
  int64_t checkpoints_completed = 0;          // of all
  int64_t checkpoints_failed = 0;
  int64_t checkpoint_interval_millis = 0;       // 0 = none are taken
  std::map<std::string, std::string> settings;  // keys that were set for it

  bool ended() const { return state == "FINISHED" || state == "FAILED" || state == "CANCELED"; }
  const CheckpointReport* last_completed() const;  // null = none among `checkpoints`
};

codec::Json ToJson(const JobReport& report);
Result<JobReport> JobReportFromJson(const codec::Json& json);

}  // namespace millrace::engine
