#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/batch.h"
#include "data/type.h"
#include "engine/job_report.h"
#include "engine/job_spec.h"

namespace millrace::engine {

struct TaskManagerReport {
  std::string id;       // "host:port-1a2b3c"
  std::string address;  // of its HTTP server: "http://127.0.0.1:40123"; "" = this process
  uint32_t slots = 0;
  uint32_t free_slots = 0;
  int64_t last_heartbeat_millis = 0;  // epoch
  int64_t start_millis = 0;
  int64_t process_id = 0;
  uint32_t cpu_cores = 0;
  int64_t physical_memory = 0;  // bytes, as all below
  int64_t resident_memory = 0;
  int64_t disk_free = 0;
  std::string data_directory;
  std::vector<std::string> jobs;  // ids
};

// The rows of a SELECT, from the job to one reader.
class RowStream {
 public:
  virtual ~RowStream() = default;  // cancels the job when it still runs
  virtual const Schema& schema() const = 0;
  // The next rows; an empty batch when none came within `max_wait_millis`; nullopt behind the last. An error is that of
  // the job.
  virtual Result<std::optional<Batch>> Next(int64_t max_wait_millis) = 0;
};

// Some rows that passed an edge of a job's graph.
struct EdgeSample {
  Schema schema;
  struct Row {
    int64_t seen_millis = 0;
    std::string kind;                               // "+I" "-U" "+U" "-D"
    std::vector<std::optional<std::string>> cells;  // as the client prints them; nullopt = NULL
  };
  std::vector<Row> rows;  // oldest first
};

// What a JobService says of a job or task manager that is not there, or no more.
Error JobNotFound(std::string_view id);                       // "JOB_NOT_FOUND"
Error JobEnded(std::string_view id, std::string_view state);  // "JOB_ENDED"
Error TaskManagerNotFound(std::string_view id);               // "TASK_MANAGER_NOT_FOUND"

// All that can be asked of jobs, whether they run in this process (LocalJobs) or in the task managers of a cluster
// (cluster::JobManager). Thread-safe.
class JobService {
 public:
  virtual ~JobService() = default;
  // Hands the job over; it may have to wait for slots. Mistakes in its SQL come back here.
  virtual Status Submit(const JobSpec& spec) = 0;
  // Runs a SELECT; its job is among Jobs() while it lasts.
  virtual Result<std::unique_ptr<RowStream>> Query(const JobSpec& spec) = 0;
  virtual std::vector<JobReport> Jobs() const = 0;  // in order of their start, ended ones too
  virtual std::optional<JobReport> Find(std::string_view id) const = 0;
  virtual Status Cancel(std::string_view id) = 0;
  // These block until the savepoint is there; its folder. `directory` "" = that of the job's settings.
  virtual Result<std::string> StopWithSavepoint(std::string_view id, std::string directory, bool drain) = 0;
  virtual Result<std::string> TakeSavepoint(std::string_view id, std::string directory) = 0;
  virtual Result<std::string> TakeCheckpoint(std::string_view id) = 0;  // as these, one of the job's own
  // The rows that flow out of an operator: the first call switches the sampling on for 30 s. At most `limit` rows.
  virtual Result<EdgeSample> SampleEdge(std::string_view id, uint32_t operator_id, size_t limit) = 0;
  virtual std::vector<TaskManagerReport> TaskManagers() const = 0;
  // Text of a task manager's page: "log", "stdout", "thread-dump", "metrics" (Prometheus); "" = this process, which
  // has no "metrics".
  virtual Result<std::string> TaskManagerText(std::string_view task_manager, std::string_view what) = 0;
};

}  // namespace millrace::engine
