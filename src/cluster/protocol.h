#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"
#include "data/batch.h"
#include "data/type.h"
#include "engine/job_report.h"
#include "engine/job_service.h"
#include "engine/job_spec.h"

// What job manager and task managers say to each other over HTTP (docs/cluster-contract.md). Both ends are the same
// release.
namespace millrace::cluster {

// A job as its task manager sees it.
struct RunningJob {
  std::string id;
  uint32_t attempt = 0;  // which of the job manager's deployments this is
  engine::JobReport report;
  engine::JobSpec spec;  // only when the job manager asked for it; else its id is ""
};

// Task manager to job manager, every heartbeat.interval.
struct Heartbeat {
  engine::TaskManagerReport task_manager;
  bool leaving = false;  // takes no more jobs; those it has stop behind a last checkpoint
  std::vector<RunningJob> jobs;
};

// One of the job manager's deployments of a job; what is said of it does not concern another one.
struct JobAttempt {
  std::string id;
  uint32_t attempt = 0;
  friend bool operator==(const JobAttempt&, const JobAttempt&) = default;
};

struct HeartbeatAnswer {
  std::vector<JobAttempt> forget;     // ended jobs that the job manager has noted
  std::vector<JobAttempt> leave;      // ended, but the job goes on: as forget, and its checkpoints stay
  std::vector<JobAttempt> cancel;     // jobs that were given to another, or that nobody wants
  std::vector<std::string> describe;  // jobs the job manager does not know: their specs go into the next heartbeat
};

// Job manager to task manager: run this.
struct Deployment {
  engine::JobSpec spec;
  uint32_t attempt = 0;
  // The job has checkpoints: where they cannot be found it must not start, since it would begin anew.
  bool needs_checkpoints = false;
};

codec::Json ToJson(const Heartbeat& heartbeat);
Result<Heartbeat> HeartbeatFromJson(const codec::Json& json);
codec::Json ToJson(const HeartbeatAnswer& answer);
Result<HeartbeatAnswer> HeartbeatAnswerFromJson(const codec::Json& json);
codec::Json ToJson(const Deployment& deployment);
Result<Deployment> DeploymentFromJson(const codec::Json& json);
codec::Json ToJson(const engine::TaskManagerReport& report);
codec::Json ToJson(const engine::EdgeSample& sample);
Result<engine::EdgeSample> EdgeSampleFromJson(const codec::Json& json);
// {"error": {..}}, and back with everything but the span's text.
codec::Json ErrorToJson(const Error& error);
Error ErrorFromJson(const codec::Json& json);

// Codes of a deployment that another task manager, or the same one later, may take.
// Not now, e.g. since another process works with them; the message says what the job waits for.
inline constexpr std::string_view kCheckpointsHeld = "CHECKPOINTS_HELD";
inline constexpr std::string_view kCheckpointsNotFound = "CHECKPOINTS_NOT_FOUND";  // this machine does not see them

// Rows of a SELECT: frames one behind the other, each a 4-byte length and what it counts: one byte that says what
// follows, then rows (each with its kind), or the error the job ended with, or nothing at the end.
enum class FrameKind : uint8_t { kRows = 0, kEnd = 1, kError = 2 };
// From row `first` on, one frame of `max_bytes` or little more; returns the first row that it does not hold.
size_t AppendRows(const Batch& batch, size_t first, size_t max_bytes, std::string& out);
void AppendEnd(std::string& out);
void AppendError(const Error& error, std::string& out);

struct Frame {
  FrameKind kind = FrameKind::kRows;
  Batch rows;
  Error error;
};
// Takes the first frame off `bytes`, which holds whole frames.
Result<Frame> TakeFrame(std::string_view& bytes, const Schema& schema);

}  // namespace millrace::cluster
