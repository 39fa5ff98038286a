#include "server/rest/job_json.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace millrace::server {
namespace {

using codec::Json;
using engine::JobReport;
using engine::SubtaskReport;
using engine::VertexReport;

std::string EscapeHtml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

// As Flink's planner names a chain: one operator a line, each below the one it reads.
std::string NodeDescription(const VertexReport& vertex) {
  std::string out;
  size_t depth = 0;
  for (const engine::OperatorReport& op : vertex.operators) {
    if (depth > 0) out += std::string((depth - 1) * 3, ' ') + "+- ";
    out += EscapeHtml(fmt::format("[{}]:{}", op.id, op.description.empty() ? op.name : op.description)) + "<br/>";
    depth += 1;
  }
  return out;
}

Json PlanNode(const VertexReport& vertex) {
  Json node = Json::MakeObject();
  node.Set("id", vertex.id).Set("parallelism", static_cast<int64_t>(vertex.subtasks.size()));
  node.Set("operator", "").Set("operator_strategy", "").Set("description", NodeDescription(vertex));
  if (!vertex.inputs.empty()) {
    Json inputs = Json::MakeArray();
    int64_t num = 0;
    for (const VertexReport::Input& input : vertex.inputs) {
      Json one = Json::MakeObject();
      one.Set("num", num++).Set("id", input.vertex).Set("ship_strategy", input.ship_strategy);
      inputs.Append(std::move(one.Set("exchange", "pipelined_bounded")));
    }
    node.Set("inputs", std::move(inputs));
  }
  return node.Set("optimizer_properties", Json::MakeObject());
}

}  // namespace

Place PlaceOf(const engine::TaskManagerReport& task_manager) {
  if (task_manager.address.empty()) return {task_manager.id, "localhost", "localhost:-1"};
  std::string endpoint = task_manager.address.substr(task_manager.address.find("://") + 3);
  return {task_manager.id, endpoint.substr(0, endpoint.rfind(':')), endpoint};
}

Place PlaceOf(const JobReport& job, const engine::JobService& jobs) {
  for (const engine::TaskManagerReport& one : jobs.TaskManagers()) {
    if (one.id == job.task_manager || (job.task_manager.empty() && one.address.empty())) return PlaceOf(one);
  }
  return {"(unassigned)", "(unassigned)", "(unassigned)"};
}

int64_t DurationOf(int64_t start, int64_t end, int64_t now) {
  return start < 0 ? -1 : std::max<int64_t>(0, (end < 0 ? now : end) - start);
}

std::string SubtaskState(const SubtaskReport& subtask) {
  for (const std::string_view state : kExecutionStates) {
    if (subtask.state == state) return subtask.state;
  }
  return subtask.state == "CANCELLING" ? "CANCELING" : subtask.state == "FAILING" ? "FAILED" : "CREATED";
}

std::string VertexState(const VertexReport& vertex) {
  std::map<std::string, size_t> counts;
  for (const SubtaskReport& subtask : vertex.subtasks) counts[SubtaskState(subtask)] += 1;
  for (const char* state : {"FAILED", "CANCELING", "CANCELED", "INITIALIZING", "RUNNING"}) {
    if (counts.contains(state)) return state;
  }
  if (counts.contains("FINISHED")) return counts["FINISHED"] == vertex.subtasks.size() ? "FINISHED" : "RUNNING";
  return "CREATED";
}

int64_t VertexStart(const VertexReport& vertex) {
  int64_t first = -1;
  for (const SubtaskReport& one : vertex.subtasks) {
    if (one.start_millis >= 0 && (first < 0 || one.start_millis < first)) first = one.start_millis;
  }
  return first;
}

int64_t VertexEnd(const VertexReport& vertex) {
  int64_t last = -1;
  for (const SubtaskReport& one : vertex.subtasks) {
    if (one.end_millis < 0) return -1;
    last = std::max(last, one.end_millis);
  }
  return last;
}

Distribution::Distribution(std::vector<int64_t> values) : values_(std::move(values)) {
  std::sort(values_.begin(), values_.end());
  for (const int64_t value : values_) sum_ += value;
}

int64_t Distribution::At(double share) const {
  if (values_.empty()) return 0;
  return values_[std::min(values_.size() - 1, static_cast<size_t>(share * static_cast<double>(values_.size())))];
}

Json StateCounts(std::span<const SubtaskReport> subtasks) {
  std::map<std::string, int64_t, std::less<>> counts;
  for (const SubtaskReport& one : subtasks) counts[SubtaskState(one)] += 1;
  Json out = Json::MakeObject();
  for (const std::string_view state : kExecutionStates) {
    const auto it = counts.find(state);
    out.Set(state, it == counts.end() ? int64_t{0} : it->second);
  }
  return out;
}

Json IoMetrics(std::span<const SubtaskReport> subtasks) {
  SubtaskReport sum;
  for (const SubtaskReport& one : subtasks) {
    sum.bytes_in += one.bytes_in;
    sum.bytes_out += one.bytes_out;
    sum.records_in += one.records_in;
    sum.records_out += one.records_out;
    sum.backpressured_millis += one.backpressured_millis;
    sum.idle_millis += one.idle_millis;
    sum.busy_millis += one.busy_millis;
  }
  Json out = Json::MakeObject();
  out.Set("read-bytes", sum.bytes_in).Set("read-bytes-complete", true);
  out.Set("write-bytes", sum.bytes_out).Set("write-bytes-complete", true);
  out.Set("read-records", sum.records_in).Set("read-records-complete", true);
  out.Set("write-records", sum.records_out).Set("write-records-complete", true);
  out.Set("accumulated-backpressured-time", sum.backpressured_millis);
  out.Set("accumulated-idle-time", sum.idle_millis);
  return out.Set("accumulated-busy-time", static_cast<double>(sum.busy_millis));
}

Json PlanJson(const JobReport& job) {
  Json nodes = Json::MakeArray();
  for (const VertexReport& vertex : job.vertices) nodes.Append(PlanNode(vertex));
  Json plan = Json::MakeObject();
  plan.Set("jid", job.id).Set("name", job.name).Set("type", job.streaming ? "STREAMING" : "BATCH");
  return plan.Set("nodes", std::move(nodes));
}

}  // namespace millrace::server
