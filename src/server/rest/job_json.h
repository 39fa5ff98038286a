#pragma once

#include <span>
#include <string>
#include <vector>

#include "codec/json.h"
#include "data/hash.h"
#include "engine/job_service.h"

// Pieces that several answers of Flink's REST API share.
namespace millrace::server {

// Flink's ExecutionState, in its order.
inline constexpr std::string_view kExecutionStates[] = {"CREATED",     "SCHEDULED",   "DEPLOYING", "RUNNING",
                                                        "FINISHED",    "CANCELING",   "CANCELED",  "FAILED",
                                                        "RECONCILING", "INITIALIZING"};

// Where a job runs, as the answers name it.
struct Place {
  std::string task_manager;  // id; "(unassigned)"
  std::string host;
  std::string endpoint;  // "host:port"
};
Place PlaceOf(const engine::JobReport& job, const engine::JobService& jobs);
Place PlaceOf(const engine::TaskManagerReport& task_manager);

inline constexpr int64_t kMaxParallelism = kDefaultKeyGroups;  // whatever is set

int64_t DurationOf(int64_t start, int64_t end, int64_t now);  // -1: not started
std::string SubtaskState(const engine::SubtaskReport& subtask);
// Flink's ExecutionJobVertex.getAggregateJobVertexState.
std::string VertexState(const engine::VertexReport& vertex);
// Of the subtasks together: the first start; -1 = none; the last end once all have ended.
int64_t VertexStart(const engine::VertexReport& vertex);
int64_t VertexEnd(const engine::VertexReport& vertex);

// Some values in order.
class Distribution {
 public:
  explicit Distribution(std::vector<int64_t> values);
  int64_t At(double share) const;  // 0.5 = the median; 0 when there are none
  int64_t sum() const { return sum_; }
  int64_t mean() const { return values_.empty() ? 0 : sum_ / static_cast<int64_t>(values_.size()); }

 private:
  std::vector<int64_t> values_;
  int64_t sum_ = 0;
};

// {"CREATED": 0, "RUNNING": 2, …}: all states.
codec::Json StateCounts(std::span<const engine::SubtaskReport> subtasks);
codec::Json IoMetrics(std::span<const engine::SubtaskReport> subtasks);
codec::Json PlanJson(const engine::JobReport& job);

}  // namespace millrace::server
