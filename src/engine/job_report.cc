#include "engine/job_report.h"

#include <algorithm>

#include "engine/json_fields.h"

namespace millrace::engine {

template <typename F>
void Fields(F& field, connect::ExternalUse& use) {
  field("system", use.system);
  field("servers", use.servers);
  field("topics", use.topics);
  field("topic_pattern", use.topic_pattern);
  field("group", use.group);
}

template <typename F>
void Fields(F& field, OperatorReport& report) {
  field("id", report.id);
  field("name", report.name);
  field("description", report.description);
  field("table", report.table);
  field("use", report.use);
  field("line", report.line);
  field("records_in", report.records_in);
  field("records_out", report.records_out);
  field("bytes_out", report.bytes_out);
  field("late_rows", report.late_rows);
  field("bad_records", report.bad_records);
  field("windows_fired", report.windows_fired);
  field("state_rows", report.state_rows);
  field("state_bytes", report.state_bytes);
}

template <typename F>
void Fields(F& field, SubtaskReport& report) {
  field("index", report.index);
  field("state", report.state);
  field("start_millis", report.start_millis);
  field("end_millis", report.end_millis);
  field("records_in", report.records_in);
  field("records_out", report.records_out);
  field("bytes_in", report.bytes_in);
  field("bytes_out", report.bytes_out);
  field("busy_millis", report.busy_millis);
  field("backpressured_millis", report.backpressured_millis);
  field("idle_millis", report.idle_millis);
  field.Watermark("watermark", report.watermark);
}

template <typename F>
void Fields(F& field, VertexReport::Input& input) {
  field("vertex", input.vertex);
  field("ship_strategy", input.ship_strategy);
}

template <typename F>
void Fields(F& field, VertexReport& report) {
  field("id", report.id);
  field("name", report.name);
  field("inputs", report.inputs);
  field("operators", report.operators);
  field("subtasks", report.subtasks);
}

template <typename F>
void Fields(F& field, FailureReport& report) {
  field("time_millis", report.time_millis);
  field("code", report.code);
  field("message", report.message);
  field("text", report.text);
  field("task", report.task);
  field("operator_id", report.operator_id);
  field("line", report.line);
}

template <typename F>
void Fields(F& field, SplitReport& report) {
  field("name", report.name);
  field("table", report.table);
  field("slot", report.slot);
  field.Watermark("watermark", report.watermark);
  field("idle", report.idle);
}

template <typename F>
void Fields(F& field, CheckpointReport::StateSize& size) {
  field("bytes", size.bytes);
  field("added_bytes", size.added_bytes);
}

template <typename F>
void Fields(F& field, CheckpointReport::OperatorSize& size) {
  field("name", size.name);
  field("rows", size.rows);
  field("slots", size.slots);
}

template <typename F>
void Fields(F& field, CheckpointReport::SlotTimes& times) {
  field("start_delay_millis", times.start_delay_millis);
  field("alignment_millis", times.alignment_millis);
  field("sync_millis", times.sync_millis);
}

template <typename F>
void Fields(F& field, CheckpointReport& report) {
  field("id", report.id);
  field("savepoint", report.savepoint);
  field("trigger_millis", report.trigger_millis);
  field("duration_millis", report.duration_millis);
  field("path", report.path);
  field("failure", report.failure);
  field("state_bytes", report.state_bytes);
  field("added_bytes", report.added_bytes);
  field("operators", report.operators);
  field("slots", report.slots);
  field("async_millis", report.async_millis);
  field("restored_millis", report.restored_millis);
}

template <typename F>
void Fields(F& field, JobReport& report) {
  field("id", report.id);
  field("name", report.name);
  field("state", report.state);
  field("waiting_for", report.waiting_for);
  field("trouble", report.trouble);
  field("trouble_millis", report.trouble_millis);
  field("script", report.script);
  field("task_manager", report.task_manager);
  field("query", report.query);
  field("streaming", report.streaming);
  field("parallelism", report.parallelism);
  field("start_millis", report.start_millis);
  field("end_millis", report.end_millis);
  field("changed_millis", report.changed_millis);
  field("now_millis", report.now_millis);
  field("restarts", report.restarts);
  field("vertices", report.vertices);
  field("splits", report.splits);
  field("failures", report.failures);
  field("checkpoints", report.checkpoints);
  field("in_progress", report.in_progress);
  field("restored", report.restored);
  field("times_restored", report.times_restored);
  field("checkpoints_completed", report.checkpoints_completed);
  field("checkpoints_failed", report.checkpoints_failed);
  field("checkpoint_interval_millis", report.checkpoint_interval_millis);
  field("settings", report.settings);
}

const CheckpointReport* JobReport::last_completed() const {
  const auto it = std::find_if(checkpoints.rbegin(), checkpoints.rend(), [](auto& one) { return one.failure.empty(); });
  return it == checkpoints.rend() ? nullptr : &*it;
}

codec::Json ToJson(const JobReport& report) { return FieldWriter::Write(report); }
Result<JobReport> JobReportFromJson(const codec::Json& json) {
  return FieldReader::Read<JobReport>(json, "job report");
}

}  // namespace millrace::engine
