// GET /jobs/:jobid/checkpoints and below.
#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "base/strings.h"
#include "server/rest/job_json.h"
#include "server/rest/rest_context.h"

namespace millrace::server {
namespace {

using codec::Json;
using engine::CheckpointReport;
using engine::JobReport;

constexpr int64_t kDefaultTimeoutMillis = 600'000;

bool IsComplete(const CheckpointReport& one) { return one.failure.empty(); }

int64_t NumSubtasks(const JobReport& job) {
  int64_t out = 0;
  for (const auto& vertex : job.vertices) out += static_cast<int64_t>(vertex.subtasks.size());
  return out;
}

// The figures that checkpoints and their parts have in common; sizes of single parts are not kept.
void SetCommon(Json& out, const CheckpointReport& one, int64_t num_subtasks) {
  out.Set("id", static_cast<int64_t>(one.id)).Set("status", IsComplete(one) ? "COMPLETED" : "FAILED");
  out.Set("latest_ack_timestamp", one.trigger_millis + one.duration_millis);
  out.Set("checkpointed_size", int64_t{0}).Set("state_size", int64_t{0});
  out.Set("end_to_end_duration", one.duration_millis).Set("alignment_buffered", int64_t{0});
  out.Set("processed_data", int64_t{0}).Set("persisted_data", int64_t{0}).Set("num_subtasks", num_subtasks);
  out.Set("num_acknowledged_subtasks", IsComplete(one) ? num_subtasks : int64_t{0});
}

Json Checkpoint(const JobReport& job, const CheckpointReport& one, bool with_tasks) {
  Json tasks = Json::MakeObject();
  for (const auto& vertex : job.vertices) {
    if (!with_tasks) break;
    Json part = Json::MakeObject();
    SetCommon(part, one, static_cast<int64_t>(vertex.subtasks.size()));
    tasks.Set(vertex.id, std::move(part));
  }
  Json out = Json::MakeObject();
  out.Set("className", IsComplete(one) ? "completed" : "failed");
  SetCommon(out, one, NumSubtasks(job));
  out.Set("is_savepoint", one.savepoint).Set("savepointFormat", one.savepoint ? Json("CANONICAL") : Json());
  out.Set("trigger_timestamp", one.trigger_millis).Set("checkpoint_type", one.savepoint ? "SAVEPOINT" : "CHECKPOINT");
  out.Set("tasks", std::move(tasks));
  if (IsComplete(one)) {
    out.Set("external_path", one.path).Set("discarded", false);
  } else {
    out.Set("failure_timestamp", one.trigger_millis + one.duration_millis).Set("failure_message", one.failure);
  }
  return out;
}

Json Summary(std::vector<int64_t> given) {
  const Distribution values(std::move(given));
  Json out = Json::MakeObject();
  out.Set("min", values.At(0)).Set("max", values.At(1)).Set("avg", values.mean());
  for (const auto& [name, share] :
       {std::pair{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p999", 0.999}}) {
    out.Set(name, static_cast<double>(values.At(share)));
  }
  return out;
}

std::vector<int64_t> Durations(const JobReport& job) {
  std::vector<int64_t> out;
  for (const CheckpointReport& one : job.checkpoints) {
    if (IsComplete(one)) out.push_back(one.duration_millis);
  }
  return out;
}

Json Latest(const JobReport& job, const std::function<bool(const CheckpointReport&)>& fits) {
  for (auto one = job.checkpoints.rbegin(); one != job.checkpoints.rend(); ++one) {
    if (fits(*one)) return Checkpoint(job, *one, false);
  }
  return {};
}

Json Overview(const JobReport& job) {
  Json counts = Json::MakeObject();
  counts.Set("restored", job.restarts).Set("total", job.checkpoints_completed + job.checkpoints_failed);
  counts.Set("in_progress", int64_t{0}).Set("completed", job.checkpoints_completed);
  counts.Set("failed", job.checkpoints_failed);
  Json summary = Json::MakeObject();
  summary.Set("checkpointed_size", Summary({})).Set("state_size", Summary({}));
  summary.Set("end_to_end_duration", Summary(Durations(job))).Set("alignment_buffered", Summary({}));
  summary.Set("processed_data", Summary({})).Set("persisted_data", Summary({}));
  Json latest = Json::MakeObject();
  latest.Set("completed", Latest(job, [](auto& one) { return IsComplete(one) && !one.savepoint; }));
  latest.Set("savepoint", Latest(job, [](auto& one) { return IsComplete(one) && one.savepoint; }));
  latest.Set("failed", Latest(job, [](auto& one) { return !IsComplete(one); })).Set("restored", Json());
  Json history = Json::MakeArray();
  for (auto one = job.checkpoints.rbegin(); one != job.checkpoints.rend(); ++one) {
    history.Append(Checkpoint(job, *one, false));
  }
  Json out = Json::MakeObject();
  out.Set("counts", std::move(counts)).Set("summary", std::move(summary)).Set("latest", std::move(latest));
  return out.Set("history", std::move(history));
}

int64_t MillisOf(const JobReport& job, const std::string& key, int64_t otherwise) {
  const auto it = job.settings.find(key);
  if (it == job.settings.end()) return otherwise;
  const auto millis = ParseDurationMillis(it->second);
  return millis.ok() ? *millis : otherwise;
}

Json ConfigOf(const JobReport& job) {
  const auto text = [&](const char* key, std::string otherwise) {
    const auto it = job.settings.find(key);
    return it == job.settings.end() ? otherwise : ToLower(it->second);
  };
  Json externalization = Json::MakeObject();
  externalization.Set("enabled", true).Set("delete_on_cancellation", false);
  const bool on_disk = text("state.backend.type", text("state.backend", "hashmap")) == "rocksdb";
  Json out = Json::MakeObject();
  out.Set("mode",
          text("execution.checkpointing.mode", "exactly_once") == "at_least_once" ? "at_least_once" : "exactly_once");
  out.Set("interval", job.checkpoint_interval_millis > 0 ? job.checkpoint_interval_millis : INT64_MAX);
  out.Set("timeout", MillisOf(job, "execution.checkpointing.timeout", kDefaultTimeoutMillis));
  out.Set("min_pause", MillisOf(job, "execution.checkpointing.min-pause", 0)).Set("max_concurrent", int64_t{1});
  out.Set("externalization", std::move(externalization));
  out.Set("state_backend", on_disk ? "EmbeddedRocksDBStateBackend" : "HashMapStateBackend");
  out.Set("checkpoint_storage", "FileSystemCheckpointStorage").Set("unaligned_checkpoints", false);
  out.Set("tolerable_failed_checkpoints",
          ParseInt64(text("execution.checkpointing.tolerable-failed-checkpoints", "0")).value_or(0));
  out.Set("aligned_checkpoint_timeout", int64_t{0}).Set("checkpoints_after_tasks_finish", true);
  out.Set("state_changelog_enabled", false).Set("changelog_periodic_materialization_interval", int64_t{600'000});
  return out.Set("changelog_storage", "memory");
}

// Sync and async parts, alignment and delays of single subtasks are not kept; what is known is the whole.
Json TaskDetails(const engine::VertexReport& vertex, const CheckpointReport& one) {
  const std::vector<int64_t> durations(vertex.subtasks.size(), one.duration_millis);
  Json duration = Json::MakeObject();
  duration.Set("sync", Summary({})).Set("async", Summary({}));
  Json alignment = Json::MakeObject();
  for (const char* name : {"buffered", "processed", "persisted", "duration"}) alignment.Set(name, Summary({}));
  Json summary = Json::MakeObject();
  summary.Set("checkpointed_size", Summary({})).Set("state_size", Summary({}));
  summary.Set("end_to_end_duration", Summary(durations)).Set("checkpoint_duration", std::move(duration));
  summary.Set("alignment", std::move(alignment)).Set("start_delay", Summary({}));
  Json subtasks = Json::MakeArray();
  for (const engine::SubtaskReport& subtask : vertex.subtasks) {
    Json row = Json::MakeObject();
    row.Set("className", IsComplete(one) ? "completed" : "pending").Set("index", int64_t{subtask.index});
    row.Set("status", IsComplete(one) ? "completed" : "pending_or_failed");
    if (IsComplete(one)) {
      Json checkpoint = Json::MakeObject();
      checkpoint.Set("sync", int64_t{0}).Set("async", int64_t{0});
      Json aligned = Json::MakeObject();
      for (const char* name : {"buffered", "processed", "persisted", "duration"}) aligned.Set(name, int64_t{0});
      row.Set("ack_timestamp", one.trigger_millis + one.duration_millis);
      row.Set("end_to_end_duration", one.duration_millis).Set("checkpointed_size", int64_t{0});
      row.Set("state_size", int64_t{0}).Set("checkpoint", std::move(checkpoint)).Set("alignment", std::move(aligned));
      row.Set("start_delay", int64_t{0}).Set("unaligned_checkpoint", false).Set("aborted", false);
    }
    subtasks.Append(std::move(row));
  }
  Json out = Json::MakeObject();
  SetCommon(out, one, static_cast<int64_t>(vertex.subtasks.size()));
  return out.Set("summary", std::move(summary)).Set("subtasks", std::move(subtasks));
}

const CheckpointReport* FindCheckpoint(const JobReport& job, const http::Request& request) {
  const auto id = ParseInt64(request.Parameter("checkpointid"));
  const auto it = std::find_if(job.checkpoints.begin(), job.checkpoints.end(),
                               [&](const auto& one) { return id && static_cast<int64_t>(one.id) == *id; });
  return it == job.checkpoints.end() ? nullptr : &*it;
}

http::Response NoCheckpoint(const http::Request& request) {
  return AnswerError(404, fmt::format("Could not find checkpointing statistics for checkpoint {}.",
                                      request.Parameter("checkpointid")));
}

}  // namespace

void AddCheckpointRoutes(http::Router& router, const RestContext& context) {
  const std::string path = "/jobs/{jobid}/checkpoints";
  AddRoute(router, "GET", path,
           WithJob(context, [](const JobReport& job, http::Request&) { return Answer(Overview(job)); }));
  AddRoute(router, "GET", path + "/config",
           WithJob(context, [](const JobReport& job, http::Request&) { return Answer(ConfigOf(job)); }));
  AddRoute(router, "GET", path + "/details/{checkpointid}",
           WithJob(context, [](const JobReport& job, http::Request& request) {
             const CheckpointReport* one = FindCheckpoint(job, request);
             return one == nullptr ? NoCheckpoint(request) : Answer(Checkpoint(job, *one, true));
           }));
  AddRoute(router, "GET", path + "/details/{checkpointid}/subtasks/{vertexid}",
           WithVertex(context, [](const JobReport& job, const engine::VertexReport& vertex, http::Request& request) {
             const CheckpointReport* one = FindCheckpoint(job, request);
             return one == nullptr ? NoCheckpoint(request) : Answer(TaskDetails(vertex, *one));
           }));
}

}  // namespace millrace::server
