#include "cluster/cluster_job.h"

#include "base/strings.h"
#include "engine/json_fields.h"

namespace millrace::cluster {
namespace {

using codec::Json;
using engine::JobReport;
using Phase = ClusterJob::Phase;

constexpr size_t kKept = 20;  // failures and checkpoints of a report

template <typename T>
std::vector<T> LastOf(std::vector<T> first, const std::vector<T>& second) {
  first.insert(first.end(), second.begin(), second.end());
  if (first.size() > kKept) first.erase(first.begin(), first.end() - static_cast<ptrdiff_t>(kKept));
  return first;
}

// `report` continued from `past`.
void Continue(const JobReport& past, JobReport& report) {
  report.failures = LastOf(past.failures, report.failures);
  report.checkpoints = LastOf(past.checkpoints, report.checkpoints);
  report.checkpoints_completed += past.checkpoints_completed;
  report.checkpoints_failed += past.checkpoints_failed;
  report.restarts += past.restarts;
  report.times_restored += past.times_restored;
}

std::string StateOf(const ClusterJob& job) {
  switch (job.phase) {
    case Phase::kWaiting:
    case Phase::kDeploying:
      if (job.cancel_requested) return "CANCELLING";
      return job.started || job.past.restarts > 0 ? "RESTARTING" : "CREATED";
    case Phase::kRunning:
      if (job.cancel_requested) return "CANCELLING";
      return job.report->state == "CREATED" ? "RUNNING" : job.report->state;
    case Phase::kEnded: return job.report->state;
  }
  return "";
}

// The parts of a ClusterJob that are plain members.
struct Stored {
  uint32_t restart_kind = 0;
  int64_t attempts = 0;
  int64_t delay = 0;
  int64_t max_delay = 0;
  std::string multiplier;
  std::string jitter;
  int64_t interval = 0;
  int64_t ordinal = 0;
  int64_t submit_millis = 0;
  uint32_t phase = 0;
  uint32_t attempt = 0;
  std::string task_manager;
  bool cancel_requested = false;
  bool started = false;
  bool has_checkpoints = false;
  int64_t changed_millis = 0;
};

template <typename F>
void Fields(F& field, Stored& job) {
  field("restart_kind", job.restart_kind);
  field("attempts", job.attempts);
  field("delay", job.delay);
  field("max_delay", job.max_delay);
  field("multiplier", job.multiplier);
  field("jitter", job.jitter);
  field("interval", job.interval);
  field("ordinal", job.ordinal);
  field("submit_millis", job.submit_millis);
  field("phase", job.phase);
  field("attempt", job.attempt);
  field("task_manager", job.task_manager);
  field("cancel_requested", job.cancel_requested);
  field("started", job.started);
  field("has_checkpoints", job.has_checkpoints);
  field("changed_millis", job.changed_millis);
}

Result<JobReport> ReportMember(const Json& json, std::string_view name) {
  const Json* member = json.Find(name);
  if (member == nullptr) return UserError(fmt::format("A stored job has no '{}'.", name));
  return engine::JobReportFromJson(*member);
}

}  // namespace

std::shared_ptr<const JobReport> FirstReport(const engine::JobSpec& spec) {
  auto report = std::make_shared<JobReport>();
  report->id = spec.id;
  report->name = spec.name;
  report->state = "CREATED";
  report->query = spec.query;
  report->parallelism = spec.slots;
  return report;
}

void FoldAttempt(ClusterJob& job) {
  auto last = std::make_shared<JobReport>(*job.report);
  JobReport sum = *last;
  Continue(job.past, sum);
  job.past = JobReport{.restarts = sum.restarts,
                       .failures = std::move(sum.failures),
                       .checkpoints = std::move(sum.checkpoints),
                       .times_restored = sum.times_restored,
                       .checkpoints_completed = sum.checkpoints_completed,
                       .checkpoints_failed = sum.checkpoints_failed};
  last->failures.clear();
  last->checkpoints.clear();
  last->in_progress = {};
  last->checkpoints_completed = last->checkpoints_failed = last->restarts = last->times_restored = 0;
  job.report = std::move(last);
}

JobReport ReportOf(const ClusterJob& job, const std::string& waiting_for, int64_t now_millis) {
  JobReport out = *job.report;
  Continue(job.past, out);
  const bool own_state = job.phase == Phase::kWaiting || job.phase == Phase::kDeploying;
  out.state = StateOf(job);
  out.id = job.spec.id;
  out.name = job.spec.name;
  out.task_manager = job.task_manager;
  out.start_millis = job.submit_millis;
  if (job.phase == Phase::kWaiting) out.waiting_for = job.waiting_for.empty() ? waiting_for : job.waiting_for;
  if (out.state != "RUNNING") {
    out.trouble.clear();  // of the run before
    out.trouble_millis = -1;
  }
  if (own_state || out.changed_millis == 0) out.changed_millis = job.changed_millis;
  if (own_state || job.ended() || out.now_millis == 0) out.now_millis = now_millis;
  if (!job.ended()) out.end_millis = -1;
  return out;
}

Json ToJson(const ClusterJob& job) {
  const Stored plain{.restart_kind = static_cast<uint32_t>(job.restart.kind),
                     .attempts = job.restart.attempts,
                     .delay = job.restart.delay,
                     .max_delay = job.restart.max_delay,
                     .multiplier = fmt::format("{}", job.restart.multiplier),
                     .jitter = fmt::format("{}", job.restart.jitter),
                     .interval = job.restart.interval,
                     .ordinal = job.ordinal,
                     .submit_millis = job.submit_millis,
                     .phase = static_cast<uint32_t>(job.phase),
                     .attempt = job.attempt,
                     .task_manager = job.task_manager,
                     .cancel_requested = job.cancel_requested,
                     .started = job.started,
                     .has_checkpoints = job.has_checkpoints,
                     .changed_millis = job.changed_millis};
  Json out = engine::FieldWriter::Write(plain);
  out.Set("spec", engine::ToJson(job.spec)).Set("past", engine::ToJson(job.past));
  return std::move(out.Set("report", engine::ToJson(*job.report)));
}

Result<ClusterJob> ClusterJobFromJson(const Json& json) {
  MR_ASSIGN(const Stored plain, engine::FieldReader::Read<Stored>(json, "stored job"));
  const Json* spec = json.Find("spec");
  if (spec == nullptr) return UserError("A stored job has no 'spec'.");
  ClusterJob job;
  MR_ASSIGN(job.spec, engine::JobSpecFromJson(*spec));
  MR_ASSIGN(job.past, ReportMember(json, "past"));
  MR_ASSIGN(JobReport report, ReportMember(json, "report"));
  job.report = std::make_shared<const JobReport>(std::move(report));
  if (plain.restart_kind > static_cast<uint32_t>(engine::RestartSettings::Kind::kExponentialDelay) ||
      plain.phase > static_cast<uint32_t>(Phase::kEnded)) {
    return UserError("A stored job has an unknown phase or restart strategy.");
  }
  job.restart = {.kind = static_cast<engine::RestartSettings::Kind>(plain.restart_kind),
                 .attempts = plain.attempts,
                 .delay = plain.delay,
                 .max_delay = plain.max_delay,
                 .multiplier = ParseDouble(plain.multiplier).value_or(1.5),
                 .jitter = ParseDouble(plain.jitter).value_or(0.1),
                 .interval = plain.interval};
  job.ordinal = plain.ordinal;
  job.submit_millis = plain.submit_millis;
  job.phase = static_cast<Phase>(plain.phase);
  job.attempt = plain.attempt;
  job.task_manager = plain.task_manager;
  job.cancel_requested = plain.cancel_requested;
  job.started = plain.started;
  job.has_checkpoints = plain.has_checkpoints;
  job.changed_millis = plain.changed_millis;
  return job;
}

}  // namespace millrace::cluster
