#include "server/rest/metric_values.h"

#include <cmath>
#include <map>

#include <fmt/format.h>

namespace millrace::server {

using engine::JobReport;

std::string MetricValue::ToText() const {
  if (is_text()) return text;
  if (number == static_cast<double>(INT64_MIN)) return std::to_string(INT64_MIN);  // no watermark yet
  if (number == std::floor(number) && std::abs(number) < 9.2e18) return std::to_string(static_cast<int64_t>(number));
  return fmt::format("{}", number);
}

std::vector<MetricValue> SubtaskMetrics(const engine::VertexReport& vertex, const engine::SubtaskReport& subtask,
                                        const SubtaskRates& rates) {
  const auto number = [](int64_t value) { return static_cast<double>(value); };
  constexpr double kMillis = 1000;  // shares of the time as millis per second
  return {{"numRecordsIn", number(subtask.records_in)},
          {"numRecordsOut", number(subtask.records_out)},
          {"numBytesIn", number(subtask.bytes_in)},
          {"numBytesOut", number(subtask.bytes_out)},
          {"numRecordsInPerSecond", rates.records_in},
          {"numRecordsOutPerSecond", rates.records_out},
          {"numBytesInPerSecond", rates.bytes_in},
          {"numBytesOutPerSecond", rates.bytes_out},
          {"busyTimeMsPerSecond", rates.busy * kMillis},
          {"backPressuredTimeMsPerSecond", rates.backpressured * kMillis},
          {"idleTimeMsPerSecond", rates.idle * kMillis},
          {"isBackPressured", rates.backpressured > 0.5 ? 1.0 : 0.0},
          {"accumulateBusyTimeMs", number(subtask.busy_millis)},
          {"accumulateBackPressuredTimeMs", number(subtask.backpressured_millis)},
          {"accumulateIdleTimeMs", number(subtask.idle_millis)},
          {vertex.inputs.empty() ? "currentOutputWatermark" : "currentInputWatermark", number(subtask.watermark)}};
}

std::vector<MetricValue> OperatorMetrics(const engine::OperatorReport& op, const OperatorRates& rates) {
  std::vector<MetricValue> out = {{"numRecordsIn", static_cast<double>(op.records_in)},
                                  {"numRecordsOut", static_cast<double>(op.records_out)},
                                  {"numRecordsInPerSecond", rates.records_in},
                                  {"numRecordsOutPerSecond", rates.records_out}};
  if (op.name.ends_with(": Writer")) {
    out.push_back({"numRecordsSend", static_cast<double>(op.records_out)});
    out.push_back({"numBytesSend", static_cast<double>(op.bytes_out)});
  }
  out.push_back({"numLateRecordsDropped", static_cast<double>(op.late_rows)});
  out.push_back({"numRecordsInErrors", static_cast<double>(op.bad_records)});
  out.push_back({"stateRows", static_cast<double>(op.state_rows)});
  out.push_back({"stateBytes", static_cast<double>(op.state_bytes)});
  return out;
}

std::vector<MetricValue> JobMetrics(const JobReport& job) {
  const engine::CheckpointReport* last = job.last_completed();
  const int64_t now = job.end_millis < 0 ? job.now_millis : job.end_millis;
  const auto since = [&](bool is_now) { return is_now ? static_cast<double>(now - job.changed_millis) : 0.0; };
  const double up = since(job.state == "RUNNING");
  const double in_progress = job.in_progress.id == 0 ? 0 : 1;
  return {{"uptime", up},
          {"runningTime", up},
          {"restartingTime", since(job.state == "RESTARTING")},
          {"downtime", since(job.state != "RUNNING" && !job.ended())},
          {"numRestarts", static_cast<double>(job.restarts)},
          {"fullRestarts", static_cast<double>(job.restarts)},
          {"totalNumberOfCheckpoints",
           static_cast<double>(job.checkpoints_completed + job.checkpoints_failed) + in_progress},
          {"numberOfCompletedCheckpoints", static_cast<double>(job.checkpoints_completed)},
          {"numberOfFailedCheckpoints", static_cast<double>(job.checkpoints_failed)},
          {"numberOfInProgressCheckpoints", in_progress},
          {"lastCheckpointDuration", last == nullptr ? -1.0 : static_cast<double>(last->duration_millis)},
          {"lastCheckpointSize", last == nullptr ? -1.0 : static_cast<double>(last->added_bytes)},
          {"lastCheckpointFullSize", last == nullptr ? -1.0 : static_cast<double>(last->state_bytes)},
          {"lastCheckpointRestoreTimestamp", static_cast<double>(job.restored.restored_millis)},
          {"lastCheckpointExternalPath", 0, last == nullptr || last->path.empty() ? "n/a" : last->path}};
}

std::vector<MetricValue> ClusterMetrics(const engine::JobService& jobs) {
  double managers = 0;
  double slots = 0;
  double free_slots = 0;
  for (const engine::TaskManagerReport& one : jobs.TaskManagers()) {
    managers += 1;
    slots += one.slots;
    free_slots += one.free_slots;
  }
  double running = 0;
  for (const JobReport& job : jobs.Jobs()) running += job.state == "RUNNING" ? 1 : 0;
  return {{"numRegisteredTaskManagers", managers},
          {"taskSlotsTotal", slots},
          {"taskSlotsAvailable", free_slots},
          {"numRunningJobs", running}};
}

// There is no heap of a JVM: all memory is outside of it.
std::vector<MetricValue> TaskManagerMetrics(const engine::TaskManagerReport& task_manager) {
  return {{"Status.JVM.Memory.NonHeap.Used", static_cast<double>(task_manager.resident_memory)},
          {"Status.JVM.Memory.NonHeap.Max", static_cast<double>(task_manager.physical_memory)},
          {"Status.JVM.Memory.Heap.Used", 0},
          {"taskSlotsTotal", static_cast<double>(task_manager.slots)},
          {"taskSlotsAvailable", static_cast<double>(task_manager.free_slots)}};
}

namespace {

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return out;
}

// `job_id="..",job_name=".."`
std::string Label(const char* name, std::string_view value) { return fmt::format("{}=\"{}\"", name, Escaped(value)); }

// Lines grouped by metric, as the text format wants them.
class PrometheusWriter {
 public:
  void Add(const char* scope, const MetricValue& metric, const std::string& labels) {
    if (metric.is_text()) return;
    std::string name = fmt::format("flink_{}_{}", scope, metric.id);
    for (char& c : name) {
      if (c == '.' || c == '-') c = '_';
    }
    std::string& lines = metrics_[name];
    fmt::format_to(std::back_inserter(lines), "{}{}{}{} {}\n", name, labels.empty() ? "" : "{", labels,
                   labels.empty() ? "" : "}", metric.ToText());
  }
  std::string Take() const {
    std::string out;
    for (const auto& [name, lines] : metrics_) out += fmt::format("# TYPE {} gauge\n{}", name, lines);
    return out;
  }

 private:
  std::map<std::string, std::string> metrics_;
};

std::string JobLabels(const JobReport& job) { return Label("job_id", job.id) + "," + Label("job_name", job.name); }

void AddTasks(PrometheusWriter& out, const JobReport& job, const std::string& this_process, const JobRates& rates) {
  const std::string job_labels = JobLabels(job);
  for (const engine::VertexReport& vertex : job.vertices) {
    const std::string task = fmt::format("{},{},{},{},", job_labels,
                                         Label("tm_id", job.task_manager.empty() ? this_process : job.task_manager),
                                         Label("task_id", vertex.id), Label("task_name", vertex.name));
    for (const engine::SubtaskReport& subtask : vertex.subtasks) {
      const std::string labels = task + Label("subtask_index", std::to_string(subtask.index));
      for (const MetricValue& metric : SubtaskMetrics(vertex, subtask, rates.Of(vertex.id, subtask.index))) {
        out.Add("taskmanager_job_task", metric, labels);
      }
    }
    for (const engine::OperatorReport& op : vertex.operators) {
      // An operator is counted over all its subtasks.
      const std::string labels =
          fmt::format("{}{},{},{}", task, Label("subtask_index", "all"), Label("operator_id", std::to_string(op.id)),
                      Label("operator_name", op.name));
      for (const MetricValue& metric : OperatorMetrics(op, rates.OfOperator(op.id))) {
        out.Add("taskmanager_job_task_operator", metric, labels);
      }
    }
  }
}

}  // namespace

std::string PrometheusText(const engine::JobService& jobs, const MetricHistory& history, Role role) {
  PrometheusWriter out;
  if (role == Role::kJobManager) {
    for (const MetricValue& metric : ClusterMetrics(jobs)) out.Add("jobmanager", metric, "");
  }
  std::string this_process;
  for (const engine::TaskManagerReport& one : jobs.TaskManagers()) {
    if (one.address.empty()) this_process = one.id;
    for (const MetricValue& metric : TaskManagerMetrics(one)) out.Add("taskmanager", metric, Label("tm_id", one.id));
  }
  for (const JobReport& job : jobs.Jobs()) {
    if (job.ended()) continue;
    if (role == Role::kJobManager) {
      for (const MetricValue& metric : JobMetrics(job)) out.Add("jobmanager_job", metric, JobLabels(job));
    }
    AddTasks(out, job, this_process, *history.RatesOf(job.id));
  }
  return out.Take();
}

}  // namespace millrace::server
