#pragma once

#include <string>
#include <vector>

#include "engine/job.h"
#include "engine/job_run.h"
#include "engine/job_service.h"
#include "plan/physical.h"

namespace millrace::engine {

// One vertex of a job's graph: operators that hand rows to each other without an exchange. Flink cuts at the same
// places: at every exchange, and where an operator has several inputs.
struct JobVertex {
  std::string id;
  std::string name;
  std::vector<VertexReport::Input> inputs;
  std::vector<const plan::PhysicalNode*> nodes;    // from the input on; those of a plan that outlives this
  std::vector<const plan::PhysicalNode*> entries;  // the exchanges before it
  const plan::PhysicalNode* exit = nullptr;        // the exchange behind it
};

const JobVertex& VertexOf(const std::vector<JobVertex>& graph, const plan::PhysicalNode& node);

// Sources first; exchanges are edges and belong to no vertex.
std::vector<JobVertex> CutIntoVertices(const plan::PhysicalPlan& plan);

// The vertices with the counts of a run, or without any when it is null or not open yet. `parallelism` subtasks each,
// all in `state` but those whose input has ended.
std::vector<VertexReport> ReportVertices(const std::vector<JobVertex>& graph, const JobRun* run, uint32_t parallelism,
                                         const SubtaskReport& subtask);
std::vector<SplitReport> ReportSplits(const JobRun& run);
void AddTrouble(const JobRun& run, JobReport& report);  // of one source
// All of Job::metrics() that a run knows.
JobMetrics CountsOf(const JobRun& run);

// What left the operator of this id, oldest first; what a sink takes is what leaves its input. Sampling goes on for
// 30 s. Error "OPERATOR_NOT_FOUND".
Result<EdgeSample> LookAtEdge(const plan::PhysicalPlan& plan, const JobRun* run, uint32_t operator_id,
                              int64_t now_millis);

}  // namespace millrace::engine
