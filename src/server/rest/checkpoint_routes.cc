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

enum class CheckpointStatus : uint8_t { kInProgress, kCompleted, kFailed };

CheckpointStatus StatusOf(const JobReport& job, const CheckpointReport& one) {
  if (&one == &job.in_progress) return CheckpointStatus::kInProgress;
  return one.failure.empty() ? CheckpointStatus::kCompleted : CheckpointStatus::kFailed;
}
bool IsComplete(const JobReport& job, const CheckpointReport& one) {
  return StatusOf(job, one) == CheckpointStatus::kCompleted;
}

const char* NameOf(CheckpointStatus status) {
  switch (status) {
    case CheckpointStatus::kInProgress: return "IN_PROGRESS";
    case CheckpointStatus::kCompleted: return "COMPLETED";
    case CheckpointStatus::kFailed: return "FAILED";
  }
  return "";
}

std::vector<const CheckpointReport*> NewestFirst(const JobReport& job) {
  std::vector<const CheckpointReport*> out;
  if (job.in_progress.id != 0) out.push_back(&job.in_progress);
  for (auto one = job.checkpoints.rbegin(); one != job.checkpoints.rend(); ++one) out.push_back(&*one);
  return out;
}

int64_t NumSubtasks(const JobReport& job) {
  int64_t out = 0;
  for (const auto& vertex : job.vertices) out += static_cast<int64_t>(vertex.subtasks.size());
  return out;
}

// What each subtask of the vertex wrote.
std::vector<CheckpointReport::StateSize> SizesOf(const engine::VertexReport& vertex, const CheckpointReport& one) {
  std::vector<CheckpointReport::StateSize> out(vertex.subtasks.size());
  for (const CheckpointReport::OperatorSize& size : one.operators) {
    if (std::none_of(vertex.operators.begin(), vertex.operators.end(), [&](auto& op) { return op.name == size.name; }))
      continue;
    for (size_t slot = 0; slot < std::min(out.size(), size.slots.size()); ++slot) out[slot] += size.slots[slot];
  }
  return out;
}

// The figures that checkpoints and their parts have in common.
void SetCommon(Json& out, const JobReport& job, const CheckpointReport& one, CheckpointReport::StateSize size,
               int64_t num_subtasks) {
  const CheckpointStatus status = StatusOf(job, one);
  const bool in_progress = status == CheckpointStatus::kInProgress;
  const bool complete = status == CheckpointStatus::kCompleted;
  out.Set("id", static_cast<int64_t>(one.id)).Set("status", NameOf(status));
  out.Set("latest_ack_timestamp", complete ? one.trigger_millis + one.duration_millis : -1);  // Flink: -1 = none has
  out.Set("checkpointed_size", size.added_bytes).Set("state_size", size.bytes);
  out.Set("end_to_end_duration", in_progress ? -1 : one.duration_millis).Set("alignment_buffered", int64_t{0});
  out.Set("processed_data", int64_t{0}).Set("persisted_data", int64_t{0}).Set("num_subtasks", num_subtasks);
  out.Set("num_acknowledged_subtasks", complete ? num_subtasks : int64_t{0});
}

Json Checkpoint(const JobReport& job, const CheckpointReport& one, bool with_tasks) {
  Json tasks = Json::MakeObject();
  for (const auto& vertex : job.vertices) {
    if (!with_tasks) break;
    CheckpointReport::StateSize size;
    for (const auto& in_slot : SizesOf(vertex, one)) size += in_slot;
    Json part = Json::MakeObject();
    SetCommon(part, job, one, size, static_cast<int64_t>(vertex.subtasks.size()));
    tasks.Set(vertex.id, std::move(part));
  }
  const CheckpointStatus status = StatusOf(job, one);
  Json out = Json::MakeObject();
  out.Set("className", ToLower(NameOf(status)));
  SetCommon(out, job, one, {one.state_bytes, one.added_bytes}, NumSubtasks(job));
  out.Set("is_savepoint", one.savepoint).Set("savepointFormat", one.savepoint ? Json("CANONICAL") : Json());
  out.Set("trigger_timestamp", one.trigger_millis).Set("checkpoint_type", one.savepoint ? "SAVEPOINT" : "CHECKPOINT");
  out.Set("tasks", std::move(tasks));
  if (status == CheckpointStatus::kCompleted) out.Set("external_path", one.path).Set("discarded", false);
  if (status == CheckpointStatus::kFailed) {
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

template <typename Item>
Json SummaryOf(const std::vector<Item>& items, int64_t Item::* figure) {
  std::vector<int64_t> values;
  for (const Item& one : items) values.push_back(one.*figure);
  return Summary(std::move(values));
}

Json Latest(const JobReport& job, const std::function<bool(const CheckpointReport&)>& fits) {
  for (auto one = job.checkpoints.rbegin(); one != job.checkpoints.rend(); ++one) {
    if (fits(*one)) return Checkpoint(job, *one, false);
  }
  return {};
}

Json Restored(const CheckpointReport& one) {
  if (one.id == 0) return {};
  Json out = Json::MakeObject();
  out.Set("id", static_cast<int64_t>(one.id)).Set("restore_timestamp", one.restored_millis);
  return out.Set("is_savepoint", one.savepoint).Set("external_path", one.path);
}

Json Overview(const JobReport& job) {
  const int64_t in_progress = job.in_progress.id == 0 ? 0 : 1;
  Json counts = Json::MakeObject();
  counts.Set("restored", job.times_restored);
  counts.Set("total", job.checkpoints_completed + job.checkpoints_failed + in_progress);
  counts.Set("in_progress", in_progress).Set("completed", job.checkpoints_completed);
  counts.Set("failed", job.checkpoints_failed);
  std::vector<CheckpointReport> completed;
  std::copy_if(job.checkpoints.begin(), job.checkpoints.end(), std::back_inserter(completed),
               [&](auto& one) { return IsComplete(job, one); });
  Json summary = Json::MakeObject();
  summary.Set("checkpointed_size", SummaryOf(completed, &CheckpointReport::added_bytes));
  summary.Set("state_size", SummaryOf(completed, &CheckpointReport::state_bytes));
  summary.Set("end_to_end_duration", SummaryOf(completed, &CheckpointReport::duration_millis));
  summary.Set("alignment_buffered", Summary({}));  // what waits stays in the exchanges
  summary.Set("processed_data", Summary({})).Set("persisted_data", Summary({}));
  Json latest = Json::MakeObject();
  latest.Set("completed", Latest(job, [&](auto& one) { return IsComplete(job, one) && !one.savepoint; }));
  latest.Set("savepoint", Latest(job, [&](auto& one) { return IsComplete(job, one) && one.savepoint; }));
  latest.Set("failed", Latest(job, [](auto& one) { return !one.failure.empty(); }));
  latest.Set("restored", Restored(job.restored));
  Json history = Json::MakeArray();
  for (const CheckpointReport* one : NewestFirst(job)) history.Append(Checkpoint(job, *one, false));
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

Json Alignment(Json duration, const Json& none) {
  Json out = Json::MakeObject();
  for (const char* name : {"buffered", "processed", "persisted"}) out.Set(name, none);
  return out.Set("duration", std::move(duration));
}

// The state of all is written in one go: each subtask is given the whole duration of that.
Json SubtaskDetails(const CheckpointReport& one, size_t index, const CheckpointReport::StateSize& size) {
  const auto times = index < one.slots.size() ? one.slots[index] : CheckpointReport::SlotTimes();
  Json checkpoint = Json::MakeObject();
  checkpoint.Set("sync", times.sync_millis).Set("async", one.async_millis);
  Json row = Json::MakeObject();
  row.Set("className", "completed").Set("index", static_cast<int64_t>(index)).Set("status", "completed");
  row.Set("ack_timestamp", one.trigger_millis + one.duration_millis);
  row.Set("end_to_end_duration", one.duration_millis).Set("checkpointed_size", size.added_bytes);
  row.Set("state_size", size.bytes).Set("checkpoint", std::move(checkpoint));
  row.Set("alignment", Alignment(Json(times.alignment_millis), Json(int64_t{0})));
  return row.Set("start_delay", times.start_delay_millis).Set("unaligned_checkpoint", false).Set("aborted", false);
}

Json TaskDetails(const JobReport& job, const engine::VertexReport& vertex, const CheckpointReport& one) {
  using StateSize = CheckpointReport::StateSize;
  using SlotTimes = CheckpointReport::SlotTimes;
  const std::vector<StateSize> sizes = SizesOf(vertex, one);
  StateSize size;
  for (const StateSize& in_slot : sizes) size += in_slot;
  const bool complete = IsComplete(job, one);
  const size_t known = complete ? sizes.size() : 0;
  const std::vector<SlotTimes> times = complete ? one.slots : std::vector<SlotTimes>();
  Json duration = Json::MakeObject();
  duration.Set("sync", SummaryOf(times, &SlotTimes::sync_millis));
  duration.Set("async", Summary(std::vector(known, one.async_millis)));
  Json summary = Json::MakeObject();
  summary.Set("checkpointed_size", SummaryOf(sizes, &StateSize::added_bytes));
  summary.Set("state_size", SummaryOf(sizes, &StateSize::bytes));
  summary.Set("end_to_end_duration", Summary(std::vector(known, one.duration_millis)));
  summary.Set("checkpoint_duration", std::move(duration));
  summary.Set("alignment", Alignment(SummaryOf(times, &SlotTimes::alignment_millis), Summary({})));
  summary.Set("start_delay", SummaryOf(times, &SlotTimes::start_delay_millis));
  Json subtasks = Json::MakeArray();
  for (size_t i = 0; i < sizes.size(); ++i) {
    Json pending = Json::MakeObject();
    pending.Set("className", "pending").Set("index", static_cast<int64_t>(i)).Set("status", "pending_or_failed");
    subtasks.Append(complete ? SubtaskDetails(one, i, sizes[i]) : std::move(pending));
  }
  Json out = Json::MakeObject();
  SetCommon(out, job, one, size, static_cast<int64_t>(sizes.size()));
  return out.Set("summary", std::move(summary)).Set("subtasks", std::move(subtasks));
}

const CheckpointReport* FindCheckpoint(const JobReport& job, const http::Request& request) {
  const auto id = ParseInt64(request.Parameter("checkpointid"));
  const auto all = NewestFirst(job);
  const auto it =
      std::find_if(all.begin(), all.end(), [&](auto* one) { return id && static_cast<int64_t>(one->id) == *id; });
  return it == all.end() ? nullptr : *it;
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
             return one == nullptr ? NoCheckpoint(request) : Answer(TaskDetails(job, vertex, *one));
           }));
}

}  // namespace millrace::server
