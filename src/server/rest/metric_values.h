#pragma once

#include <string>
#include <vector>

#include "engine/job_service.h"
#include "server/history/metric_history.h"

// The metrics of a job under Flink's names, for the REST API and for Prometheus.
namespace millrace::server {

struct MetricValue {
  std::string id;  // "numRecordsIn"
  double number = 0;
  std::string text;  // of one that is no number
  bool is_text() const { return !text.empty(); }
  std::string ToText() const;  // as Flink prints it: "12", "0.5"
};

std::vector<MetricValue> SubtaskMetrics(const engine::VertexReport& vertex, const engine::SubtaskReport& subtask,
                                        const SubtaskRates& rates);
std::vector<MetricValue> OperatorMetrics(const engine::OperatorReport& op, const OperatorRates& rates);
std::vector<MetricValue> JobMetrics(const engine::JobReport& job);
std::vector<MetricValue> ClusterMetrics(const engine::JobService& jobs);
std::vector<MetricValue> TaskManagerMetrics(const engine::TaskManagerReport& task_manager);

// Flink's metrics of these jobs in Prometheus' text format. A task manager knows its part of a job alone: it has no
// flink_jobmanager_*, which the job manager counts over all attempts.
enum class Role { kJobManager, kTaskManager };
std::string PrometheusText(const engine::JobService& jobs, const MetricHistory& history, Role role);

}  // namespace millrace::server
