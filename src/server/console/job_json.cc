#include "server/console/job_json.h"

#include <algorithm>
#include <cmath>

namespace millrace::server {
namespace {

using codec::Json;
using engine::JobReport;

Json& MemberOf(Json& object, std::string_view name) {
  auto& members = object.members();
  return std::find_if(members.begin(), members.end(), [&](const auto& one) { return one.name == name; })->value;
}

Json Names(const std::vector<std::string>& names) {
  Json out = Json::MakeArray();
  for (const std::string& name : names) out.Append(name);
  return out;
}

Json Millis(int64_t value) { return value == INT64_MIN ? Json() : Json(value); }

// "default_catalog.default_database.SALES" -> what the report has; once each, in order.
void AddTable(std::vector<std::string>& tables, const std::string& table) {
  if (!table.empty() && std::find(tables.begin(), tables.end(), table) == tables.end()) tables.push_back(table);
}

}  // namespace

Json ConsoleSummary(const JobReport& job, const JobRates& rates) {
  JobReport head;  // without what is long
  head.id = job.id;
  head.name = job.name;
  head.state = job.state;
  head.waiting_for = job.waiting_for;
  head.trouble = job.trouble;
  head.trouble_millis = job.trouble_millis;
  head.task_manager = job.task_manager;
  head.query = job.query;
  head.streaming = job.streaming;
  head.parallelism = job.parallelism;
  head.start_millis = job.start_millis;
  head.end_millis = job.end_millis;
  head.changed_millis = job.changed_millis;
  head.now_millis = job.now_millis;
  head.restarts = job.restarts;
  head.times_restored = job.times_restored;
  head.checkpoints_completed = job.checkpoints_completed;
  head.checkpoints_failed = job.checkpoints_failed;
  head.checkpoint_interval_millis = job.checkpoint_interval_millis;
  Json out = ToJson(head);
  std::erase_if(out.members(), [](const codec::JsonMember& one) {
    for (const char* name :
         {"vertices", "splits", "failures", "checkpoints", "in_progress", "restored", "settings", "script"}) {
      if (one.name == name) return true;
    }
    return false;
  });
  const JobCounts counts = CountsOfJob(job);
  const int64_t watermark = WatermarkOfJob(job);
  const engine::CheckpointReport* last = job.last_completed();
  std::vector<std::string> sources;
  std::vector<std::string> sinks;
  for (const auto& vertex : job.vertices) {
    for (const auto& op : vertex.operators) {
      if (IsSource(vertex, op)) AddTable(sources, op.table);
      if (IsSink(vertex, op)) AddTable(sinks, op.table);
    }
  }
  out.Set("records_in", counts.records_in).Set("records_out", counts.records_out);
  out.Set("records_in_rate", rates.records_in).Set("records_out_rate", rates.records_out);
  out.Set("watermark", Millis(watermark));
  out.Set("watermark_delay_millis", watermark == INT64_MIN ? Json() : Json(job.now_millis - watermark));
  out.Set("late_rows", counts.late_rows)
      .Set("last_checkpoint_millis", last == nullptr ? -1 : last->trigger_millis + last->duration_millis);
  return out.Set("sources", Names(sources)).Set("sinks", Names(sinks));
}

Json ConsoleJob(const JobReport& job, const JobRates& rates) {
  Json out = ToJson(job);
  auto vertex = job.vertices.begin();
  for (Json& one : MemberOf(out, "vertices").items()) {
    const SubtaskRates all = rates.OfVertex(vertex->id);
    one.Set("busy_ratio", all.busy).Set("backpressured_ratio", all.backpressured).Set("idle_ratio", all.idle);
    size_t op = 0;
    for (Json& json : MemberOf(one, "operators").items()) {
      const OperatorRates of_op = rates.OfOperator(vertex->operators[op++].id);
      json.Set("records_in_rate", of_op.records_in).Set("records_out_rate", of_op.records_out);
    }
    size_t subtask = 0;
    for (Json& json : MemberOf(one, "subtasks").items()) {
      const SubtaskRates of_subtask = rates.Of(vertex->id, subtask++);
      json.Set("records_in_rate", of_subtask.records_in).Set("records_out_rate", of_subtask.records_out);
    }
    ++vertex;
  }
  return out;
}

Json ConsoleHistory(const TimeSeries& history) {
  Json times = Json::MakeArray();
  for (const int64_t time : history.times) times.Append(time);
  Json series = Json::MakeObject();
  for (const auto& [name, values] : history.series) {
    Json list = Json::MakeArray();
    for (const float value : values) list.Append(std::isnan(value) ? Json() : Json(static_cast<double>(value)));
    series.Set(name, std::move(list));
  }
  Json out = Json::MakeObject();
  out.Set("step_millis", history.step_millis).Set("times", std::move(times));
  return out.Set("series", std::move(series));
}

Json ConsoleEdge(const engine::EdgeSample& sample) {
  Json columns = Json::MakeArray();
  for (const auto& field : sample.schema.fields) {
    Json one = Json::MakeObject();
    columns.Append(std::move(one.Set("name", field.name).Set("type", field.type.ToString())));
  }
  Json rows = Json::MakeArray();
  for (const auto& row : sample.rows) {
    Json cells = Json::MakeArray();
    for (const auto& cell : row.cells) cells.Append(cell ? Json(*cell) : Json());
    Json one = Json::MakeObject();
    one.Set("seen_millis", row.seen_millis).Set("kind", row.kind);
    rows.Append(std::move(one.Set("cells", std::move(cells))));
  }
  Json out = Json::MakeObject();
  return out.Set("columns", std::move(columns)).Set("rows", std::move(rows));
}

Json ConsoleTaskManager(const engine::TaskManagerReport& task_manager) {
  Json out = Json::MakeObject();
  out.Set("id", task_manager.id).Set("address", task_manager.address).Set("slots", int64_t{task_manager.slots});
  out.Set("free_slots", int64_t{task_manager.free_slots});
  out.Set("last_heartbeat_millis", task_manager.last_heartbeat_millis).Set("start_millis", task_manager.start_millis);
  out.Set("process_id", task_manager.process_id).Set("cpu_cores", int64_t{task_manager.cpu_cores});
  out.Set("physical_memory", task_manager.physical_memory).Set("resident_memory", task_manager.resident_memory);
  out.Set("disk_free", task_manager.disk_free).Set("data_directory", task_manager.data_directory);
  return out.Set("jobs", Names(task_manager.jobs));
}

}  // namespace millrace::server
